/* Kicks and other revocations: requests that were under way, replays, vetoes, and the ways out. */
#include "stage.h"

static const char one[] = "limits: { devices: 1 }\n";
static const char sink[] = "limits: { devices: 1 }\nevents: { url: \"http://127.0.0.1:9/\", "
			   "secret: whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz }\n";
static const char rotates[] = "Set-Cookie: PHPSESSID=session-number-rotated; Path=/\r\n"
			      "Set-Cookie: theme=dark; Path=/\r\n";

static void kick_alice(struct stage *g)
{
	stage_detach(g, "alice", 0, REVOKE_KICKED);
}

static void alice_leaves(struct stage *g)
{
	stage_detach(g, "alice", 0, REVOKE_OWN);
}

/* -- under way -- */

static void a_response_after_the_kick_gives_no_session_away(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	g->meanwhile = kick_alice;
	g->origin.fields = rotates;
	ck_assert_int_eq(browser_click(&a, "/slow"), 200);
	ck_assert_ptr_null(strstr(g->answer, "session-number-rotated"));
	ck_assert_ptr_nonnull(strstr(g->answer, "theme=dark"));
	ck_assert_int_eq(stage_raw(g, "/members", "Cookie: PHPSESSID=session-number-rotated\r\n"),
			 303);
	ck_assert_int_eq(browser_click(&a, "/members"), 303);
	stage_close(g);
}

static void a_login_with_a_session_that_was_kicked_meanwhile_is_kicked_too(void)
{
	struct stage *g =
		stage_open("limits: { devices: 1 }\nredirect_urls: { new_account_url: /signup.php, "
			   "logout_url: /bye.php }\n");
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	g->meanwhile = kick_alice;
	ck_assert_int_eq(browser_log_in(&a, "alice", "session-number-two-2"), 302);
	ck_assert_ptr_null(strstr(g->answer, "session-number-two-2"));
	ck_assert_int_eq(stage_raw(g, "/members", "Cookie: PHPSESSID=session-number-two-2\r\n"),
			 303);
	stage_close(g);
}

static void a_response_after_who_asked_had_left_gives_no_session_away(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	g->meanwhile = alice_leaves;
	g->origin.fields = rotates;
	ck_assert_int_eq(browser_click(&a, "/slow"), 200);
	ck_assert_ptr_null(strstr(g->answer, "session-number-rotated"));
	ck_assert_int_eq(stage_raw(g, "/members", "Cookie: PHPSESSID=session-number-rotated\r\n"),
			 200);
	ck_assert(!stage_origin_saw(g, "session-number-rotated"));
	stage_close(g);
}

static void a_stranger_after_a_logout_gets_a_session_again(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	alice_leaves(g);
	g->origin.fields = rotates;
	ck_assert_int_eq(browser_click(&a, "/"), 200);
	ck_assert_str_eq(browser_cookie(&a, "PHPSESSID"), "session-number-rotated");
	ck_assert_int_eq(browser_click(&a, "/"), 200);
	ck_assert(stage_origin_saw(g, "session-number-rotated"));
	stage_close(g);
}

static void a_copiers_response_under_way_gives_it_nothing_after_its_kick(void)
{
	struct stage *g = stage_open("limits: { devices: 3 }\n");
	struct browser a = browser_new(g), copy = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	copy.agent = phone;
	browser_set_cookie(&copy, "PHPSESSID", "session-number-one-1");
	ck_assert_int_eq(browser_click(&copy, "/members"), 200);
	ck_assert_int_eq(browser_click(&copy, "/members"), 200);
	g->origin.fields = rotates;
	ck_assert_int_eq(browser_click(&copy, "/members"), 200);
	stage_detach(g, "alice", 1, REVOKE_KICKED);
	ck_assert_int_eq(browser_click(&copy, "/members"), 303);
	ck_assert_int_eq(stage_raw(g, "/members", "Cookie: PHPSESSID=session-number-rotated\r\n"),
			 303);
	stage_close(g);
}

/* -- replays -- */

static void the_redirect_expires_every_cookie_where_the_origin_had_set_it(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	g->origin = (struct stage_origin){
		302, "Set-Cookie: PHPSESSID=session-number-one-1; Path=/app; Domain=example.com\r\n"
		     "Set-Cookie: REMEMBER=remember-me-value-1; Path=/app/x\r\n"
	};
	browser_post(&a, "/login.php", "user=alice&pass=secret");
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	kick_alice(g);
	ck_assert_int_eq(browser_click(&a, "/members"), 303);
	ck_assert_ptr_nonnull(
		strstr(g->answer, "PHPSESSID=deleted; Path=/app; Domain=example.com;"));
	ck_assert_ptr_nonnull(strstr(g->answer, "PHPSESSID=deleted; Path=/;"));
	ck_assert_ptr_nonnull(strstr(g->answer, "REMEMBER=deleted; Path=/app/x;"));
	ck_assert_ptr_nonnull(strstr(g->answer, "REMEMBER=deleted; Path=/;"));
	ck_assert_ptr_nonnull(strstr(g->answer, "Cache-Control: no-store\r\n"));
	stage_close(g);
}

static void replays_stay_refused_with_anybodys_device_cookie_from_anywhere(void)
{
	struct stage *g = stage_open("limits: { devices: 3 }\ntrusted_proxies: [127.0.0.1]\n"
				     "exempt: { cidrs: [192.0.2.0/24] }\n");
	struct browser a = browser_new(g), b = browser_new(g), stolen;

	browser_arrive(&a, "alice", "session-number-one-1");
	browser_arrive(&b, "alice", "session-number-two-2");
	stolen = a;
	kick_alice(g);
	for (int i = 0; i < 8; i++) {
		struct browser replay = stolen;

		if (i & 1)
			browser_set_cookie(&replay, "latch", browser_cookie(&b, "latch"));
		if (i & 2)
			replay.extra = "X-Forwarded-For: 192.0.2.7\r\n";
		if (i & 4)
			browser_drop_cookie(&replay, "latch");
		ck_assert_int_eq(browser_fetch(&replay, "/members"), 401);
		ck_assert_int_eq(browser_click(&replay, "/members"), 303);
		ck_assert(!g->forwarded);
		stage_restart(g);
		stage_pass(11000);
	}
	ck_assert_int_eq(browser_click(&b, "/members"), 200);
	stage_close(g);
}

static void the_origin_never_sees_a_revoked_value_on_any_address(void)
{
	static const char *const addresses[] = {
		"/",         "/members",       "/login.php", "/signup.php",           "/logout.php",
		"/static/x", "/.well-known/x", "/STATIC/x",  "/static/%2e%2e/members"
	};
	struct stage *g = stage_open("limits: { devices: 1 }\nexempt: { paths: [/static/] }\n");
	struct browser a = browser_new(g), replay;

	browser_arrive(&a, "alice", "session-number-one-1");
	kick_alice(g);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		replay = a;
		browser_click(&replay, addresses[i]);
		ck_assert(!stage_origin_saw(g, "session-number-one-1"));
		browser_post(&replay, addresses[i], "a=b");
		ck_assert(!stage_origin_saw(g, "session-number-one-1"));
		stage_pass(11000);
	}
	stage_close(g);
}

static void a_new_login_after_a_kick_is_the_newest_device(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g), b = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	kick_alice(g);
	browser_arrive(&b, "alice", "session-number-two-2");
	ck_assert_int_eq(browser_click(&a, "/members"), 303);
	ck_assert_ptr_null(browser_cookie(&a, "PHPSESSID"));
	stage_pass(1000);
	ck_assert_int_eq(browser_log_in(&a, "alice", "session-number-three"), 302);
	ck_assert_int_eq(browser_click(&a, "/members"), 303);
	ck_assert_ptr_nonnull(strstr(stage_field(g, "Location"), "/.latch/challenge"));
	ck_assert_int_eq(browser_click(&b, "/members"), 200);
	stage_close(g);
}

static void a_logged_in_stranger_on_the_login_page_may_log_in(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	kick_alice(g);
	ck_assert_int_eq(browser_log_in(&a, "alice", "session-number-two-2"), 302);
	ck_assert(!stage_origin_saw(g, "session-number-one-1"));
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	stage_close(g);
}

/* -- causes, questions, events -- */

static void only_a_challenge_is_appended_to_the_logout_url(void)
{
	struct stage *g =
		stage_open("limits: { devices: 1 }\nredirect_urls: { new_account_url: /signup.php, "
			   "logout_url: \"/bye.php?x=1#top\" }\n");
	struct browser a = browser_new(g), b = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	stage_detach(g, "alice", 0, REVOKE_DETACH);
	ck_assert_int_eq(browser_click(&a, "/members"), 303);
	ck_assert_str_eq(stage_field(g, "Location"), "/bye.php?x=1#top");
	browser_arrive(&a, "alice", "session-number-two-2");
	browser_log_in(&b, "alice", "session-number-three");
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	browser_click(&b, stage_field(g, "Location"));
	browser_act(&b, "claim", -1);
	browser_click(&b, stage_field(g, "Location"));
	ck_assert_int_eq(browser_act(&b, "kick", 0), 303);
	ck_assert_int_eq(browser_click(&a, "/members"), 303);
	ck_assert_ptr_nonnull(strstr(g->answer, "Location: /bye.php?x=1&challenge="));
	ck_assert_ptr_nonnull(strstr(stage_field(g, "Location"), "#top"));
	stage_close(g);
}

static void a_logout_is_asked_about_once_for_all_of_its_sessions(void)
{
	struct stage *g = stage_open(sink);
	struct browser a = browser_new(g), old;

	browser_arrive(&a, "alice", "session-number-one-1");
	old = a;
	g->origin.fields = "Set-Cookie: PHPSESSID=session-number-rotated; Path=/\r\n";
	browser_click(&a, "/members");
	stage_detach(g, "alice", 0, REVOKE_ADMIN);
	ck_assert_int_eq(browser_click(&a, "/members"), 303);
	ck_assert_str_eq(g->asked_type, "on_current_device_logout");
	ck_assert_ptr_nonnull(strstr(g->asked_data, "\"cause\":\"admin\""));
	ck_assert_ptr_nonnull(strstr(g->asked_data, "\"challenge\":null"));
	ck_assert_int_eq(browser_click(&old, "/members"), 303);
	stage_restart(g);
	browser_set_cookie(&old, "PHPSESSID", "session-number-one-1");
	ck_assert_int_eq(browser_click(&old, "/members"), 303);
	ck_assert_uint_eq(g->asked, 1);
	stage_close(g);
}

static void a_kicked_copy_is_asked_about_once(void)
{
	struct stage *g =
		stage_open("limits: { devices: 3 }\nevents: { url: \"http://127.0.0.1:9/\", "
			   "secret: whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz }\n");
	struct browser a = browser_new(g), b = browser_new(g), copy;

	browser_arrive(&a, "alice", "session-number-one-1");
	browser_arrive(&b, "alice", "session-number-two-2");
	copy = b;
	browser_set_cookie(&copy, "PHPSESSID", "session-number-one-1");
	ck_assert_int_eq(browser_click(&copy, "/members"), 200);
	stage_detach(g, "alice", 1, REVOKE_KICKED);
	ck_assert_int_eq(browser_click(&copy, "/members"), 303);
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	ck_assert_uint_eq(g->asked, 1);
	stage_close(g);
}

static void a_vetoed_logout_goes_on_and_says_so_also_after_rotation(void)
{
	struct stage *g = stage_open(sink);
	struct browser a = browser_new(g);

	g->veto = true;
	browser_arrive(&a, "alice", "session-number-one-1");
	kick_alice(g);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert(stage_origin_saw(g, "Latch-Verdict: logout\r\n"));
	ck_assert(!stage_origin_saw(g, "Latch-Challenge"));
	g->origin.fields = rotates;
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert_str_eq(browser_cookie(&a, "PHPSESSID"), "session-number-rotated");
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert(stage_origin_saw(g, "Latch-Verdict: logout\r\n"));
	ck_assert_uint_eq(stage_count(g, "alice").counted, 0);
	stage_restart(g);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert(stage_origin_saw(g, "Latch-Verdict: logout\r\n"));
	ck_assert_uint_eq(g->asked, 1);
	stage_close(g);
}

static void every_revocation_is_asked_about_anew(void)
{
	struct stage *g = stage_open(sink);
	struct browser a = browser_new(g);

	g->veto = true;
	browser_arrive(&a, "alice", "session-number-one-1");
	kick_alice(g);
	browser_click(&a, "/members");
	browser_drop_cookie(&a, "PHPSESSID");
	browser_arrive(&a, "alice", "session-number-two-2");
	kick_alice(g);
	browser_click(&a, "/members");
	ck_assert_uint_eq(g->asked, 2);
	stage_close(g);
}

static void who_leaves_by_its_own_will_is_neither_asked_about_nor_redirected(void)
{
	struct stage *g = stage_open(sink);
	struct browser a = browser_new(g), b = browser_new(g), old;

	browser_arrive(&a, "alice", "session-number-one-1");
	browser_log_in(&b, "alice", "session-number-two-2");
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	browser_click(&b, stage_field(g, "Location"));
	old = b;
	g->asked = 0;
	ck_assert_int_eq(browser_act(&b, "new_account", -1), 303);
	ck_assert_str_eq(stage_field(g, "Location"), "/signup.php");
	ck_assert_ptr_null(browser_cookie(&b, "PHPSESSID"));
	ck_assert_int_eq(browser_click(&old, "/members"), 200);
	ck_assert(!stage_origin_saw(g, "session-number-two-2"));
	ck_assert_uint_eq(g->asked, 0);
	stage_close(g);
}

static void the_redirect_of_a_kick_is_told_once(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g), replay;

	browser_arrive(&a, "alice", "session-number-one-1");
	kick_alice(g);
	for (int i = 0; i < 3; i++) {
		replay = a;
		ck_assert_int_eq(browser_click(&replay, "/members"), 303);
	}
	ck_assert_uint_eq(stage_told(g, OUTBOX_REDIRECT), 1);
	ck_assert_ptr_nonnull(strstr(g->told_data[OUTBOX_REDIRECT], "\"to\":\"logout\""));
	ck_assert_uint_eq(stage_told(g, OUTBOX_DEVICE_DETACHED), 1);
	stage_close(g);
}

static void log_out_others_logs_out_all_others_and_none_that_ask(void)
{
	struct stage *g = stage_open("limits: { devices: 2 }\nstrategy: log_out_others\n");
	struct browser a = browser_new(g), b = browser_new(g), c = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	browser_arrive(&b, "alice", "session-number-two-2");
	browser_arrive(&c, "alice", "session-number-three");
	ck_assert_int_eq(browser_click(&a, "/members"), 303);
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	ck_assert_int_eq(browser_click(&c, "/members"), 200);
	ck_assert_uint_eq(stage_count(g, "alice").counted, 1);
	stage_close(g);
}

/* -- suspension -- */

static void a_suspension_is_told_before_a_revocation_and_ends_with_the_restoration(void)
{
	struct stage *g =
		stage_open("limits: { devices: 1 }\nredirect_urls: { new_account_url: /signup.php, "
			   "logout_url: /bye.php, suspended_url: /suspended.php }\n");
	struct browser a = browser_new(g), kicked = browser_new(g);

	browser_arrive(&kicked, "alice", "session-number-one-1");
	kick_alice(g);
	browser_arrive(&a, "alice", "session-number-two-2");
	stage_suspend(g, "alice", true);
	ck_assert_int_eq(browser_click(&a, "/members"), 303);
	ck_assert_str_eq(stage_field(g, "Location"), "/suspended.php");
	ck_assert_int_eq(browser_fetch(&a, "/members"), 403);
	ck_assert_ptr_nonnull(strstr(g->answer, "account_suspended"));
	ck_assert_int_eq(browser_click(&kicked, "/members"), 303);
	ck_assert_str_eq(stage_field(g, "Location"), "/suspended.php");
	stage_restart(g);
	ck_assert_int_eq(browser_click(&a, "/suspended.php"), 200);
	ck_assert(!stage_origin_saw(g, "session-number-two-2"));
	stage_suspend(g, "alice", false);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert_int_eq(browser_click(&kicked, "/members"), 303);
	ck_assert_str_eq(stage_field(g, "Location"), "/bye.php");
	stage_close(g);
}

static void every_suspension_is_told_once(void)
{
	struct stage *g =
		stage_open("limits: { devices: 1 }\nredirect_urls: { new_account_url: /signup.php, "
			   "logout_url: /bye.php, suspended_url: /suspended.php }\n");
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	for (unsigned i = 1; i <= 2; i++) {
		stage_suspend(g, "alice", true);
		ck_assert_int_eq(browser_click(&a, "/members"), 303);
		ck_assert_int_eq(browser_click(&a, "/members"), 303);
		ck_assert_uint_eq(stage_told(g, OUTBOX_REDIRECT), i);
		stage_suspend(g, "alice", false);
		ck_assert_int_eq(browser_click(&a, "/members"), 200);
	}
	stage_close(g);
}

static void a_suspended_device_alone_sees_the_page(void)
{
	struct stage *g = stage_open("limits: { devices: 2 }\n");
	struct browser a = browser_new(g), b = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	browser_arrive(&b, "alice", "session-number-two-2");
	stage_suspend_device(g, "alice", 1, true);
	ck_assert_int_eq(browser_click(&b, "/members"), 403);
	ck_assert(!g->forwarded);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	stage_close(g);
}

SUITE_MAIN("kicks", a_response_after_the_kick_gives_no_session_away,
	   a_login_with_a_session_that_was_kicked_meanwhile_is_kicked_too,
	   a_response_after_who_asked_had_left_gives_no_session_away,
	   a_stranger_after_a_logout_gets_a_session_again,
	   a_copiers_response_under_way_gives_it_nothing_after_its_kick,
	   the_redirect_expires_every_cookie_where_the_origin_had_set_it,
	   replays_stay_refused_with_anybodys_device_cookie_from_anywhere,
	   the_origin_never_sees_a_revoked_value_on_any_address,
	   a_new_login_after_a_kick_is_the_newest_device,
	   a_logged_in_stranger_on_the_login_page_may_log_in,
	   only_a_challenge_is_appended_to_the_logout_url,
	   a_logout_is_asked_about_once_for_all_of_its_sessions, a_kicked_copy_is_asked_about_once,
	   a_vetoed_logout_goes_on_and_says_so_also_after_rotation,
	   every_revocation_is_asked_about_anew,
	   who_leaves_by_its_own_will_is_neither_asked_about_nor_redirected,
	   the_redirect_of_a_kick_is_told_once,
	   log_out_others_logs_out_all_others_and_none_that_ask,
	   a_suspension_is_told_before_a_revocation_and_ends_with_the_restoration,
	   every_suspension_is_told_once, a_suspended_device_alone_sees_the_page)
