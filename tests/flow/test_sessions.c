/* Sessions: what binds a value, what rotation adds, what a logout or another account takes away, and what one spelling means. */
#include "stage.h"

static const char one[] = "limits: { devices: 1 }\n";

/* -- what binds -- */

/* Nobody is known to whom a second device would be one too many. */
static void expect_unbound(struct stage *g, struct browser *b)
{
	browser_click(b, "/members");
	ck_assert(g->forwarded);
	ck_assert_uint_eq(stage_count(g, "alice").counted, 0);
}

static void a_login_form_without_a_password_binds_nothing(void)
{
	struct stage *g = stage_open(one);
	static const char *const forms[] = { "user=alice", "user=alice&pass=", "pass=secret" };

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		struct browser b = browser_new(g);

		g->origin = (struct stage_origin){
			302, "Set-Cookie: PHPSESSID=session-number-one-1; Path=/\r\n"
		};
		ck_assert_int_eq(browser_post(&b, "/login.php", forms[i]), 302);
		ck_assert_ptr_null(browser_cookie(&b, "latch"));
		expect_unbound(g, &b);
	}
	stage_close(g);
}

static void a_login_that_does_not_meet_its_conditions_binds_nothing(void)
{
	struct stage *g = stage_open(one);
	static const struct stage_origin answers[] = {
		{ 200, "Set-Cookie: PHPSESSID=session-number-one-1; Path=/\r\n" },
		{ 302, "Location: /\r\n" },
		{ 302, "Set-Cookie: OTHER=session-number-one-1; Path=/\r\n" },
		{ 302, "Set-Cookie: PHPSESSID=too-short; Path=/\r\n" },
		{ 302, "Set-Cookie: PHPSESSID=deleted; Path=/\r\n" },
		{ 302, "Set-Cookie: PHPSESSID=session-number-one-1; Max-Age=0\r\n" },
	};

	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		struct browser b = browser_new(g);

		g->origin = answers[i];
		browser_post(&b, "/login.php", "user=alice&pass=secret");
		expect_unbound(g, &b);
	}
	stage_close(g);
}

static void a_value_that_the_client_brought_is_not_bound_by_a_login_form(void)
{
	struct stage *g = stage_open(one);
	struct browser fixer = browser_new(g), victim = browser_new(g), other = browser_new(g);

	browser_set_cookie(&victim, "PHPSESSID", "planted-by-the-fixer");
	ck_assert_int_eq(browser_log_in(&victim, "alice", "planted-by-the-fixer"), 302);
	browser_set_cookie(&fixer, "PHPSESSID", "planted-by-the-fixer");
	expect_unbound(g, &fixer);
	browser_arrive(&other, "alice", "session-number-one-1");
	stage_close(g);
}

static void who_kept_the_session_id_over_the_login_copies_it_afterwards(void)
{
	struct stage *g = stage_open(
		"limits: { devices: 1 }\nidentity:\n  session_cookies: [PHPSESSID]\n  account:\n"
		"    - login_form: { path: /login.php, field: user, success: { status: 302, sets_cookie: none } }\n");
	struct browser fixer = browser_new(g), victim = browser_new(g);

	fixer.agent = phone;
	browser_set_cookie(&victim, "PHPSESSID", "planted-by-the-fixer");
	g->origin = (struct stage_origin){ 302, "Location: /\r\n" };
	ck_assert_int_eq(browser_post(&victim, "/login.php", "user=alice&pass=secret"), 302);
	ck_assert_int_eq(browser_click(&victim, "/members"), 200);
	browser_set_cookie(&fixer, "PHPSESSID", "planted-by-the-fixer");
	browser_click(&fixer, "/members");
	ck_assert_int_eq(browser_click(&fixer, "/members"), 303);
	ck_assert_int_eq(browser_click(&victim, "/members"), 200);
	stage_close(g);
}

static void the_origins_header_binds_what_was_carried_and_is_consumed(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g), b = browser_new(g);

	browser_set_cookie(&a, "PHPSESSID", "session-number-one-1");
	g->origin.fields =
		"Latch-Account: alice\r\nlatch_limit: 3\r\nLATCH-Email: a@example.com\r\n";
	ck_assert_int_eq(browser_click(&a, "/"), 200);
	ck_assert_ptr_null(strcasestr(g->answer, "latch-account"));
	ck_assert_ptr_null(strcasestr(g->answer, "latch-email"));
	ck_assert_ptr_null(strcasestr(g->answer, "latch_limit"));
	ck_assert_int_eq(browser_click(&a, "/"), 200);
	ck_assert_uint_eq(stage_count(g, "alice").counted, 1);
	ck_assert_int_eq(browser_log_in(&b, "alice", "session-number-two-2"), 302);
	ck_assert_int_eq(browser_click(&b, "/"), 303);
	stage_close(g);
}

static void a_weaker_source_rebinds_nothing_and_its_attributes_are_kept(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g), b = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	g->origin.fields = "Latch-Account: 4711\r\nLatch-Device-Limit: 2\r\n"
			   "Set-Cookie: PHPSESSID=session-number-rotated; Path=/\r\n";
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert_uint_eq(stage_count(g, "4711").sessions, 0);
	ck_assert_uint_eq(stage_count(g, "alice").counted, 1);
	browser_arrive(&b, "alice", "session-number-two-2");
	stage_close(g);
}

static void attributes_beside_the_name_of_a_bound_account_are_kept(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g), b = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	g->origin.fields = "Latch-Account: alice\r\nLatch-Device-Limit: 2\r\n";
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	browser_arrive(&b, "alice", "session-number-two-2");
	stage_close(g);
}

static void a_stronger_source_rebinds(void)
{
	struct stage *g = stage_open(
		"limits: { devices: 1 }\nidentity:\n  session_cookies: [PHPSESSID]\n  account:\n"
		"    - response_header: Latch-Account\n"
		"    - login_form: { path: /login.php, field: user, success: { status: 302 } }\n");
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	g->origin.fields = "Latch-Account: 4711\r\n";
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert_uint_eq(stage_count(g, "4711").counted, 1);
	ck_assert_uint_eq(stage_count(g, "alice").counted, 0);
	stage_close(g);
}

/* -- rotation -- */

static void rotation_adds_a_value_to_the_same_device(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g), old = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	old = a;
	g->origin.fields = "Set-Cookie: PHPSESSID=session-number-rotated; Path=/\r\n"
			   "Set-Cookie: REMEMBER=remember-me-value-1; Path=/\r\n";
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert_int_eq(browser_click(&old, "/members"), 200);
	ck_assert_uint_eq(stage_count(g, "alice").all, 1);
	browser_drop_cookie(&a, "PHPSESSID");
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert_uint_eq(stage_count(g, "alice").all, 1);
	stage_close(g);
}

static void a_kick_takes_every_value_of_the_set_away(void)
{
	static const char *const values[] = { "session-number-one-1", "session-number-rotated",
					      "remember-me-value-1" };
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	g->origin.fields = "Set-Cookie: PHPSESSID=session-number-rotated; Path=/\r\n"
			   "Set-Cookie: REMEMBER=remember-me-value-1; Path=/\r\n";
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	stage_detach(g, "alice", 0, REVOKE_DETACH);
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		char cookie[128];

		snprintf(cookie, sizeof(cookie), "Cookie: PHPSESSID=%s\r\n", values[i]);
		ck_assert_int_eq(stage_raw(g, "/members", cookie), 303);
		snprintf(cookie, sizeof(cookie), "Cookie: REMEMBER=%s\r\n", values[i]);
		ck_assert_int_eq(stage_raw(g, "/members", cookie), 303);
	}
	stage_close(g);
}

/* -- logout -- */

static void a_second_arrives(struct stage *g)
{
	struct browser b = browser_new(g);

	browser_arrive(&b, "alice", "session-number-two-2");
}

static void a_logout_after_rotation_frees_the_place(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	for (int i = 0; i < 3; i++) {
		char fields[128];

		snprintf(fields, sizeof(fields),
			 "Set-Cookie: PHPSESSID=session-rotated-%d; Path=/\r\n", i);
		stage_pass(1000);
		g->origin.fields = fields;
		ck_assert_int_eq(browser_click(&a, "/members"), 200);
	}
	g->origin.fields = "Set-Cookie: PHPSESSID=x; Max-Age=0; Path=/\r\n";
	ck_assert_int_eq(browser_click(&a, "/logout.php"), 200);
	a_second_arrives(g);
	stage_close(g);
}

static void a_logout_concerns_this_session_only(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g), first;

	browser_arrive(&a, "alice", "session-number-one-1");
	first = a;
	browser_drop_cookie(&a, "PHPSESSID");
	browser_arrive(&a, "alice", "session-number-mine-2");
	g->origin.fields = "Set-Cookie: PHPSESSID=x; Max-Age=0; Path=/\r\n";
	ck_assert_int_eq(browser_click(&a, "/logout.php"), 200);
	ck_assert_uint_eq(stage_count(g, "alice").counted, 1);
	ck_assert_int_eq(browser_click(&first, "/members"), 200);
	ck_assert(stage_origin_saw(g, "session-number-one-1"));
	stage_close(g);
}

static void what_the_origin_deleted_never_reaches_it_again_and_interrupts_nobody(void)
{
	static const char *const deletions[] = {
		"Set-Cookie: PHPSESSID=deleted; Max-Age=0; Path=/\r\n",
		"Set-Cookie: PHPSESSID=session-number-one-1; Max-Age=-1\r\n",
		"Set-Cookie: PHPSESSID=session-number-one-1; Expires=Thu, 01 Jan 1970 00:00:01 GMT\r\n",
	};

	for (size_t i = 0; i < sizeof(deletions) / sizeof(*deletions); i++) {
		struct stage *g = stage_open(one);
		struct browser a = browser_new(g), old;

		browser_arrive(&a, "alice", "session-number-one-1");
		old = a;
		g->origin.fields = deletions[i];
		ck_assert_int_eq(browser_click(&a, "/anywhere"), 200);
		for (int again = 0; again < 2; again++) {
			ck_assert_int_eq(browser_click(&old, "/members"), 200);
			ck_assert(!stage_origin_saw(g, "session-number-one-1"));
			stage_restart(g);
		}
		ck_assert_uint_eq(stage_told(g, OUTBOX_REDIRECT), 0);
		a_second_arrives(g);
		stage_close(g);
	}
}

static void what_the_origin_kept_is_anonymous_and_may_be_bound_again(void)
{
	struct stage *g = stage_open("limits: { devices: 1 }\nidentity: { preset: dokuwiki }\n");
	struct browser a = browser_new(g);
	static const char in[] =
		"Location: /\r\nSet-Cookie: DW1=YWxpY2U%3D%7C0%7Cc2VjcmV0; Path=/\r\n";

	browser_set_cookie(&a, "DokuWiki", "kept-session-value-1");
	g->origin = (struct stage_origin){ 302, in };
	ck_assert_int_eq(browser_post(&a, "/doku.php", "u=alice&p=secret&do=login"), 302);
	ck_assert_int_eq(browser_click(&a, "/doku.php"), 200);
	ck_assert_uint_eq(stage_count(g, "alice").counted, 1);
	/* As DokuWiki does: sets and deletes in one response, keeps its session. */
	g->origin =
		(struct stage_origin){ 302, "Location: /\r\n"
					    "Set-Cookie: DW1=another-value-in-passing; Path=/\r\n"
					    "Set-Cookie: DW1=deleted; Max-Age=0; Path=/\r\n" };
	ck_assert_int_eq(browser_click(&a, "/doku.php?do=logout&sectok=1"), 302);
	ck_assert_uint_eq(stage_count(g, "alice").counted, 0);
	ck_assert_int_eq(browser_click(&a, "/doku.php"), 200);
	ck_assert(stage_origin_saw(g, "kept-session-value-1"));
	ck_assert_int_eq(stage_raw(g, "/doku.php", "Cookie: DW1=another-value-in-passing\r\n"),
			 200);
	ck_assert(!stage_origin_saw(g, "another-value-in-passing"));
	g->origin = (struct stage_origin){
		302, "Location: /\r\nSet-Cookie: DW1=Ym9i%7C0%7Cc2VjcmV0LXR3bw; Path=/\r\n"
	};
	ck_assert_int_eq(browser_post(&a, "/doku.php", "u=bob&p=secret&do=login"), 302);
	ck_assert_int_eq(browser_click(&a, "/doku.php"), 200);
	ck_assert_uint_eq(stage_count(g, "bob").counted, 1);
	stage_close(g);
}

static void a_value_that_the_logout_rotated_away_does_not_come_back(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g), old;

	g->origin = (struct stage_origin){ 302,
					   "Set-Cookie: PHPSESSID=session-number-one-1; Path=/\r\n"
					   "Set-Cookie: REMEMBER=remember-me-value-1; Path=/\r\n" };
	ck_assert_int_eq(browser_post(&a, "/login.php", "user=alice&pass=secret"), 302);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	old = a;
	g->origin.fields = "Set-Cookie: PHPSESSID=session-of-a-stranger; Path=/\r\n"
			   "Set-Cookie: REMEMBER=x; Max-Age=0; Path=/\r\n";
	ck_assert_int_eq(browser_click(&a, "/logout.php"), 200);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert(stage_origin_saw(g, "session-of-a-stranger"));
	ck_assert_int_eq(browser_click(&old, "/members"), 200);
	ck_assert(!stage_origin_saw(g, "session-number-one-1"));
	ck_assert(!stage_origin_saw(g, "remember-me-value-1"));
	stage_close(g);
}

static void an_empty_account_header_is_a_logout(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	g->origin.fields = "Latch-Account:\r\n";
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert_uint_eq(stage_count(g, "alice").counted, 0);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert(stage_origin_saw(g, "session-number-one-1"));
	a_second_arrives(g);
	stage_close(g);
}

static void deleting_a_cookie_that_was_not_carried_is_no_logout(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	g->origin.fields = "Set-Cookie: REMEMBER=x; Max-Age=0; Path=/\r\n";
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert_uint_eq(stage_count(g, "alice").counted, 1);
	stage_close(g);
}

static void a_logout_path_without_evidence_frees_the_place_and_keeps_the_session(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g), b = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	ck_assert_int_eq(browser_click(&a, "/logout.php"), 200);
	ck_assert_uint_eq(stage_count(g, "alice").counted, 1);
	g->origin = (struct stage_origin){ 302, "Location: /\r\n" };
	ck_assert_int_eq(browser_click(&a, "/Logout.php/x;y?z"), 302);
	ck_assert_uint_eq(stage_count(g, "alice").counted, 0);
	stage_pass(1000);
	browser_arrive(&b, "alice", "session-number-two-2");
	ck_assert_int_eq(browser_click(&a, "/members"), 303);
	stage_close(g);
}

/* -- two accounts on one browser -- */

static void another_account_on_the_same_browser_takes_the_session_along(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	browser_arrive(&a, "bob", "session-number-two-2");
	ck_assert_uint_eq(stage_count(g, "alice").counted, 0);
	ck_assert_uint_eq(stage_count(g, "bob").counted, 1);
	a_second_arrives(g);
	stage_close(g);
}

static void what_the_login_as_another_replaced_does_not_come_back(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g), old;

	browser_arrive(&a, "alice", "session-number-one-1");
	old = a;
	browser_arrive(&a, "bob", "session-number-two-2");
	browser_click(&old, "/members");
	ck_assert(!stage_origin_saw(g, "session-number-one-1"));
	stage_close(g);
}

static void the_session_of_a_free_account_hides_no_challenged_one(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g), b = browser_new(g), bob = browser_new(g);

	browser_arrive(&bob, "bob", "session-of-bob-himself");
	browser_arrive(&a, "alice", "session-number-one-1");
	browser_log_in(&b, "alice", "session-number-two-2");
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	stage_raw(g, "/members",
		  "Cookie: REMEMBER=session-of-bob-himself; PHPSESSID=session-number-two-2\r\n");
	ck_assert(!stage_origin_saw(g, "session-number-two-2"));
	ck_assert_int_eq(
		stage_raw(
			g, "/members",
			"Cookie: PHPSESSID=session-number-two-2; REMEMBER=session-of-bob-himself\r\n"),
		303);
	stage_close(g);
}

static void the_latest_login_names_the_session_whatever_the_order_of_the_cookies(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	g->origin = (struct stage_origin){
		302, "Set-Cookie: REMEMBER=remember-me-of-alice; Path=/members\r\n"
	};
	browser_post(&a, "/login.php", "user=alice&pass=secret");
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	stage_pass(1000);
	/* The path of the cookie keeps it from the login. */
	browser_drop_cookie(&a, "REMEMBER");
	browser_arrive(&a, "bob", "session-of-bob-himself");
	for (int i = 0; i < 2; i++) {
		char fields[1024];

		snprintf(
			fields, sizeof(fields),
			i ? "Cookie: REMEMBER=remember-me-of-alice; PHPSESSID=session-of-bob-himself; latch=%s\r\n"
			  : "Cookie: PHPSESSID=session-of-bob-himself; REMEMBER=remember-me-of-alice; latch=%s\r\n",
			browser_cookie(&a, "latch"));
		ck_assert_int_eq(stage_raw(g, "/members", fields), 200);
		ck_assert(stage_origin_saw(g, "session-of-bob-himself"));
		ck_assert(!stage_origin_saw(g, "remember-me-of-alice"));
	}
	stage_close(g);
}

static void what_a_login_replaced_is_not_bound_to_the_other_account(void)
{
	struct stage *g = stage_open(
		"limits: { devices: 1 }\nidentity:\n  session_cookies: [PHPSESSID]\n  account:\n"
		"    - set_cookie: wikiUserName\n");
	struct browser a = browser_new(g), old;

	browser_set_cookie(&a, "PHPSESSID", "session-number-one-1");
	g->origin.fields = "Set-Cookie: wikiUserName=alice\r\n";
	browser_click(&a, "/login");
	browser_click(&a, "/members");
	old = a;
	g->origin.fields =
		"Set-Cookie: wikiUserName=bob\r\nSet-Cookie: PHPSESSID=session-number-two-2\r\n";
	browser_click(&a, "/login");
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert(stage_origin_saw(g, "session-number-two-2"));
	browser_click(&old, "/members");
	ck_assert(!stage_origin_saw(g, "session-number-one-1"));
	stage_close(g);
}

static void a_suspended_accounts_session_is_not_carried_by_another(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g), bob = browser_new(g);

	browser_arrive(&bob, "bob", "session-of-bob-himself");
	browser_arrive(&a, "alice", "session-number-one-1");
	stage_suspend(g, "alice", true);
	stage_raw(g, "/members",
		  "Cookie: REMEMBER=session-of-bob-himself; PHPSESSID=session-number-one-1\r\n");
	ck_assert(!stage_origin_saw(g, "session-number-one-1"));
	stage_close(g);
}

static void an_ended_value_is_not_bound_again_for_being_carried(void)
{
	struct stage *g = stage_open(
		"limits: { devices: 1 }\nidentity:\n  session_cookies: [PHPSESSID, REMEMBER]\n  account:\n"
		"    - response_header: Latch-Account\n");
	struct browser b = browser_new(g);

	browser_set_cookie(&b, "PHPSESSID", "session-number-one-1");
	g->origin.fields = "Latch-Account: alice\r\n";
	browser_click(&b, "/");
	g->origin.fields = "Latch-Account:\r\nSet-Cookie: PHPSESSID=x; Max-Age=0\r\n";
	browser_click(&b, "/");
	browser_set_cookie(&b, "PHPSESSID", "session-number-one-1");
	browser_set_cookie(&b, "REMEMBER", "session-number-two-2");
	g->origin.fields = "Latch-Account: bob\r\n";
	browser_click(&b, "/");
	ck_assert(!stage_origin_saw(g, "session-number-one-1"));
	browser_click(&b, "/");
	ck_assert(!stage_origin_saw(g, "session-number-one-1"));
	stage_close(g);
}

/* -- a value that is nobody's alone -- */

static void a_value_that_two_accounts_log_in_under_names_nobody(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g), b = browser_new(g), c = browser_new(g);

	browser_arrive(&a, "alice", "the-same-for-everybody");
	browser_arrive(&b, "bob", "the-same-for-everybody");
	ck_assert_uint_eq(stage_count(g, "alice").counted, 0);
	ck_assert_uint_eq(stage_count(g, "bob").counted, 0);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert(stage_origin_saw(g, "the-same-for-everybody"));
	stage_restart(g);
	browser_arrive(&c, "carol", "the-same-for-everybody");
	ck_assert_uint_eq(stage_count(g, "carol").counted, 0);
	stage_close(g);
}

static void one_browser_that_changes_accounts_shares_nothing(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", "kept-by-the-application");
	browser_drop_cookie(&a, "PHPSESSID");
	browser_arrive(&a, "bob", "kept-by-the-application");
	ck_assert_uint_eq(stage_count(g, "bob").counted, 1);
	stage_close(g);
}

/* WordPress deletes its cookies by name for whoever asks (reauth=1) and lets the session live: under another name of the family it was
 * nobody's afterwards, and one account's devices had no limit. */
static void a_value_under_another_name_of_its_family_is_not_kept_over_a_logout(void)
{
	struct stage *g = stage_open(
		"limits: { devices: 1 }\nidentity:\n  session_cookies: [S*]\n  account:\n"
		"    - login_form: { path: /login.php, field: user, success: { status: 302 } }\n");
	struct browser a = browser_new(g);

	g->origin = (struct stage_origin){ 302, "Set-Cookie: SID=session-number-one-1\r\n" };
	browser_post(&a, "/login.php", "user=alice&pass=secret");
	g->origin = (struct stage_origin){ 200, "" };
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	browser_set_cookie(&a, "SID", "worthless-but-deleted");
	browser_set_cookie(&a, "SX", "session-number-one-1");
	g->origin.fields = "Set-Cookie: SID=; Max-Age=0\r\n";
	ck_assert_int_eq(browser_click(&a, "/wp-login.php?reauth=1"), 200);
	g->origin.fields = "";
	stage_raw(g, "/members", "Cookie: SID=session-number-one-1\r\n");
	ck_assert(!stage_origin_saw(g, "session-number-one-1"));
	ck_assert_uint_eq(stage_count(g, "alice").counted, 0);
	stage_close(g);
}

/* -- one spelling -- */

static void a_revoked_value_is_refused_in_every_spelling(void)
{
	static const char *const spellings[] = {
		"Cookie: PHPSESSID=session-number-one-1\r\n",
		"Cookie: PHPSESSID=\"session-number-one-1\"\r\n",
		"Cookie: PHPSESSID=session%2dnumber-%6fne-1\r\n",
		"Cookie: a=b; PHPSESSID = session-number-one-1 ; c=d\r\n",
		"Cookie: a=b\r\nCookie: PHPSESSID=session-number-one-1\r\n",
		"Cookie: PHPSESSID=another-value-of-mine\r\nCookie: PHPSESSID=session-number-one-1\r\n",
		"Cookie: REMEMBER=session-number-one-1\r\n",
		"Cookie: REMEMBER=session-of-bob-himself; PHPSESSID=session-number-one-1\r\n",
		"Cookie: PHPSESSID=session-number-one-1 x=1\r\n",
		"Cookie: PHPSESSID=session-number-one-1,x\r\n",
		"Cookie: PHPSESSID=\"session-number-one-1X\r\n",
		"Cookie: PHPSESSID=\xc2\xa0session-number-one-1\r\n",
		"Cookie: PHPSESSID=another-value-of-mine; REMEMBER=session-number-one-1&x\r\n",
	};
	static const char *const look_alikes[] = {
		"Cookie: phpsessid=session-number-one-1\r\n",
		"Cookie: %50HPSESSID=session-number-one-1\r\n",
		"Cookie: a=b, PHPSESSID=session-number-one-1\r\n",
	};
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g), bob = browser_new(g);

	browser_arrive(&bob, "bob", "session-of-bob-himself");
	browser_arrive(&a, "alice", "session-number-one-1");
	stage_detach(g, "alice", 0, REVOKE_KICKED);
	for (size_t i = 0; i < sizeof(spellings) / sizeof(*spellings); i++) {
		ck_assert_msg(stage_raw(g, "/members", spellings[i]) == 303, "%s", spellings[i]);
		ck_assert(!g->forwarded);
		stage_pass(11000);
	}
	for (size_t i = 0; i < sizeof(look_alikes) / sizeof(*look_alikes); i++) {
		stage_raw(g, "/members", look_alikes[i]);
		ck_assert(!stage_origin_saw(g, "session-number-one-1"));
	}
	stage_close(g);
}

static void click_as(struct browser *b, const char *account)
{
	char fields[64];

	snprintf(fields, sizeof(fields), "Latch-Account: %s\r\n", account);
	b->stage->origin.fields = fields;
	ck_assert_int_eq(browser_click(b, "/members"), 200);
	b->stage->origin.fields = "";
}

/* To some readers they end where they differ. That is reason to look the beginning up, and none to learn it. */
static void expect_two_sessions(bool alice_is_last)
{
	struct stage *g = stage_open(
		"limits: { devices: 1 }\nidentity:\n  session_cookies: [PHPSESSID]\n  account:\n"
		"    - response_header: Latch-Account\n");
	struct browser a = browser_new(g), b = browser_new(g);

	browser_set_cookie(&a, "PHPSESSID", "begin-of-a-session, alice's");
	browser_set_cookie(&b, "PHPSESSID", "begin-of-a-session, bob's");
	for (unsigned i = alice_is_last; i < 4 + (unsigned)alice_is_last; i++)
		if (i % 2)
			click_as(&b, "bob");
		else
			click_as(&a, "alice");
	stage_detach(g, "alice", 0, REVOKE_KICKED);
	ck_assert_int_eq(browser_click(&a, "/members"), 303);
	ck_assert_int_eq(browser_click(&b, "/members"), 200);
	ck_assert(stage_origin_saw(g, "begin-of-a-session, bob's"));
	ck_assert_uint_eq(stage_count(g, "bob").counted, 1);
	stage_close(g);
}

static void values_that_begin_alike_stay_two_sessions(void)
{
	expect_two_sessions(false);
	expect_two_sessions(true);
}

static void junk_in_front_does_not_hide_a_revoked_value(void)
{
	struct stage *g =
		stage_open("limits: { devices: 1 }\nidentity:\n  session_cookies: [S*]\n"
			   "  account:\n    - login_form: { path: /login.php, field: user }\n");
	struct browser a = browser_new(g);
	char fields[2048] = "Cookie: ";

	g->origin = (struct stage_origin){ 302, "Set-Cookie: S=session-number-one-1\r\n" };
	browser_post(&a, "/login.php", "user=alice&pass=secret");
	browser_click(&a, "/members");
	stage_detach(g, "alice", 0, REVOKE_KICKED);
	for (int i = 0; i < 40; i++) {
		size_t len = strlen(fields);

		snprintf(fields + len, sizeof(fields) - len, "S%d=junk-value-number-%d; ", i, i);
		len = strlen(fields);
		char head[4096];

		snprintf(head, sizeof(head), "%sS=session-number-one-1\r\n", fields);
		stage_raw(g, "/members", head);
		ck_assert(!stage_origin_saw(g, "session-number-one-1"));
	}
	stage_close(g);
}

/* -- bounds -- */

static void junk_values_push_nobody_out_and_reach_the_origin_no_more(void)
{
	struct stage *g = stage_open("limits: { devices: 2 }\n");
	struct browser a = browser_new(g), b = browser_new(g), kicked = browser_new(g);
	unsigned reached = 0;

	browser_arrive(&kicked, "alice", "session-of-the-kicked");
	stage_detach(g, "alice", 0, REVOKE_KICKED);
	browser_arrive(&a, "alice", "session-number-one-1");
	browser_arrive(&b, "alice", "session-number-two-2");
	for (int i = 0; i < 400; i++) {
		char value[40];

		snprintf(value, sizeof(value), "junk-session-number-%d", i);
		browser_set_cookie(&b, "REMEMBER", value);
		stage_pass(100);
		ck_assert_int_eq(browser_click(&b, "/members"), 200);
		reached += stage_origin_saw(g, value);
	}
	ck_assert_uint_le(reached, POLICY_MAX_LIVE);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert(stage_origin_saw(g, "session-number-one-1"));
	ck_assert_int_eq(browser_click(&kicked, "/members"), 303);
	stage_close(g);
}

static void rotation_without_end_keeps_the_newest_and_revives_nothing(void)
{
	struct stage *g = stage_open("limits: { devices: 2 }\n");
	struct browser a = browser_new(g), b = browser_new(g), kicked = browser_new(g);

	browser_arrive(&kicked, "alice", "session-of-the-kicked");
	stage_detach(g, "alice", 0, REVOKE_KICKED);
	browser_arrive(&a, "alice", "session-number-one-1");
	browser_arrive(&b, "alice", "session-number-two-2");
	for (int i = 0; i < 300; i++) {
		char fields[128];

		snprintf(fields, sizeof(fields), "Set-Cookie: PHPSESSID=rotated-session-%d\r\n", i);
		stage_pass(1000);
		ck_assert_int_eq(browser_click(&a, "/members"), 200);
		g->origin.fields = fields;
		ck_assert_int_eq(browser_click(&b, "/members"), 200);
	}
	ck_assert_uint_le(stage_count(g, "alice").sessions, ACCOUNT_MAX_SESSIONS);
	stage_pass(61000);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert(stage_origin_saw(g, "session-number-one-1"));
	ck_assert_uint_eq(stage_count(g, "alice").counted, 2);
	browser_click(&kicked, "/members");
	ck_assert(!stage_origin_saw(g, "session-of-the-kicked"));
	stage_restart(g);
	browser_set_cookie(&kicked, "PHPSESSID", "session-of-the-kicked");
	browser_click(&kicked, "/members");
	ck_assert(!stage_origin_saw(g, "session-of-the-kicked"));
	stage_close(g);
}

static void a_session_in_use_is_remembered_for_longer_than_one_bound_long_ago(void)
{
	struct stage *g = stage_open("limits: { devices: 1 }\ndevices: { detach_after: 400d }\n");
	struct browser a = browser_new(g), b = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	for (int month = 0; month < 15; month++) {
		stage_pass(INT64_C(30) * 86400 * 1000);
		ck_assert_int_eq(browser_click(&a, "/members"), 200);
	}
	stage_restart(g);
	browser_log_in(&b, "alice", "session-number-two-2");
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	stage_detach(g, "alice", 0, REVOKE_KICKED);
	ck_assert_int_eq(browser_click(&a, "/members"), 303);
	stage_close(g);
}

SUITE_MAIN("sessions", a_login_form_without_a_password_binds_nothing,
	   a_login_that_does_not_meet_its_conditions_binds_nothing,
	   a_value_that_the_client_brought_is_not_bound_by_a_login_form,
	   who_kept_the_session_id_over_the_login_copies_it_afterwards,
	   the_origins_header_binds_what_was_carried_and_is_consumed,
	   a_weaker_source_rebinds_nothing_and_its_attributes_are_kept,
	   attributes_beside_the_name_of_a_bound_account_are_kept, a_stronger_source_rebinds,
	   rotation_adds_a_value_to_the_same_device, a_kick_takes_every_value_of_the_set_away,
	   a_logout_after_rotation_frees_the_place, a_logout_concerns_this_session_only,
	   what_the_origin_deleted_never_reaches_it_again_and_interrupts_nobody,
	   what_the_origin_kept_is_anonymous_and_may_be_bound_again,
	   a_value_that_the_logout_rotated_away_does_not_come_back,
	   an_empty_account_header_is_a_logout, deleting_a_cookie_that_was_not_carried_is_no_logout,
	   a_logout_path_without_evidence_frees_the_place_and_keeps_the_session,
	   another_account_on_the_same_browser_takes_the_session_along,
	   what_the_login_as_another_replaced_does_not_come_back,
	   the_session_of_a_free_account_hides_no_challenged_one,
	   the_latest_login_names_the_session_whatever_the_order_of_the_cookies,
	   what_a_login_replaced_is_not_bound_to_the_other_account,
	   a_suspended_accounts_session_is_not_carried_by_another,
	   an_ended_value_is_not_bound_again_for_being_carried,
	   a_value_that_two_accounts_log_in_under_names_nobody,
	   one_browser_that_changes_accounts_shares_nothing,
	   a_value_under_another_name_of_its_family_is_not_kept_over_a_logout,
	   a_revoked_value_is_refused_in_every_spelling, values_that_begin_alike_stay_two_sessions,
	   junk_in_front_does_not_hide_a_revoked_value,
	   junk_values_push_nobody_out_and_reach_the_origin_no_more,
	   rotation_without_end_keeps_the_newest_and_revives_nothing,
	   a_session_in_use_is_remembered_for_longer_than_one_bound_long_ago)
