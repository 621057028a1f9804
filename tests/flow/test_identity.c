/* Who names the account: what is believed from whom, what is never believed, and what the origin never sees. */
#include "stage.h"

#define PROXY_IDENTITY                                                      \
	"identity:\n  session_cookies: [PHPSESSID, REMEMBER]\n  account:\n" \
	"    - request_header: X-Forwarded-User\n"                          \
	"    - login_form: { path: /login.php, field: user, success: { status: 302 } }\n"

static const char untrusted[] = "limits: { devices: 1 }\n" PROXY_IDENTITY;
static const char trusted[] =
	"limits: { devices: 1 }\ntrusted_proxies: [127.0.0.1]\n" PROXY_IDENTITY;
static const char one[] = "limits: { devices: 1 }\n";

/* -- the proxy's word -- */

static void a_name_from_an_untrusted_peer_is_deleted_in_every_spelling(void)
{
	static const char *const spellings[] = {
		"X-Forwarded-User: alice\r\n",
		"x-forwarded-user: alice\r\n",
		"X_Forwarded_User: alice\r\n",
		"X-Forwarded_User: alice\r\nX-Forwarded-User: alice\r\n",
	};
	struct stage *g = stage_open(untrusted);

	for (size_t i = 0; i < sizeof(spellings) / sizeof(*spellings); i++) {
		ck_assert_int_eq(stage_raw(g, "/members", spellings[i]), 200);
		ck_assert_msg(!stage_origin_saw(g, "alice"), "%s", g->seen_by_origin);
		ck_assert_int_eq(stage_raw(g, "/.well-known/x", spellings[i]), 200);
		ck_assert(!stage_origin_saw(g, "alice"));
	}
	ck_assert_uint_eq(stage_count(g, "alice").sessions, 0);
	stage_close(g);
}

static void a_trusted_proxys_name_is_believed_and_look_alikes_are_not_forwarded(void)
{
	struct stage *g = stage_open(trusted);

	ck_assert_int_eq(stage_raw(g, "/", "X-Forwarded-User: alice\r\nX_Forwarded_User: bob\r\n"),
			 200);
	ck_assert(stage_origin_saw(g, "X-Forwarded-User: alice"));
	ck_assert(!stage_origin_saw(g, "bob"));
	ck_assert_int_eq(
		stage_raw(g, "/", "X-Forwarded-User: alice\r\nX-Forwarded-For: 192.0.2.9\r\n"),
		200);
	ck_assert_uint_eq(stage_count(g, "alice").counted, 1);
	stage_close(g);
}

static void two_different_names_are_no_name(void)
{
	struct stage *g = stage_open(trusted);

	for (int i = 0; i < 2; i++)
		stage_raw(g, "/", "X-Forwarded-User: alice\r\nX-Forwarded-User: bob\r\n");
	ck_assert_uint_eq(stage_count(g, "alice").counted, 0);
	ck_assert_uint_eq(stage_count(g, "bob").counted, 0);
	stage_close(g);
}

static void a_change_of_the_proxys_name_takes_the_whole_session_along(void)
{
	struct stage *g = stage_open(trusted);
	struct browser a = browser_new(g);

	a.extra = "X-Forwarded-User: alice\r\n";
	browser_set_cookie(&a, "PHPSESSID", "session-number-one-1");
	browser_set_cookie(&a, "REMEMBER", "remember-me-value-1");
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(browser_click(&a, "/"), 200);
	ck_assert_uint_eq(stage_count(g, "alice").counted, 1);
	a.extra = "X-Forwarded-User: bob\r\n";
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(browser_click(&a, "/"), 200);
		ck_assert(stage_origin_saw(g, "session-number-one-1"));
		ck_assert(stage_origin_saw(g, "remember-me-value-1"));
	}
	ck_assert_uint_eq(stage_count(g, "alice").counted, 0);
	ck_assert_uint_eq(stage_count(g, "bob").counted, 1);
	stage_close(g);
}

static void fifty_first_requests_under_one_session_are_one_device(void)
{
	struct stage *g = stage_open(trusted);
	struct browser a = browser_new(g);

	a.extra = "X-Forwarded-User: alice\r\n";
	browser_set_cookie(&a, "PHPSESSID", "session-number-one-1");
	for (int i = 0; i < 50; i++) {
		ck_assert_int_eq(browser_fetch(&a, "/"), 200);
		browser_drop_cookie(&a, "latch");
	}
	ck_assert_uint_eq(stage_count(g, "alice").all, 1);
	stage_close(g);
}

static void a_value_that_names_nobody_is_not_bound_by_the_proxys_name(void)
{
	struct stage *g = stage_open(
		"limits: { devices: 5 }\ntrusted_proxies: [127.0.0.1]\nidentity:\n  session_cookies: [PHPSESSID]\n"
		"  account:\n    - login_form: { path: /login.php, field: user, success: { status: 302 } }\n"
		"    - request_header: X-Forwarded-User\n");
	struct browser a = browser_new(g), b = browser_new(g), c = browser_new(g);

	browser_arrive(&a, "alice", "the-same-for-everybody");
	browser_arrive(&b, "bob", "the-same-for-everybody");
	c.extra = "X-Forwarded-User: carol\r\n";
	browser_set_cookie(&c, "PHPSESSID", "the-same-for-everybody");
	browser_click(&c, "/");
	browser_click(&c, "/");
	ck_assert_int_eq(browser_click(&a, "/"), 200);
	ck_assert_uint_eq(stage_count(g, "carol").counted, 1);
	ck_assert_uint_eq(stage_count(g, "carol").all, 1);
	stage_close(g);
}

static void the_proxys_credential_is_not_forwarded_for_a_stranger(void)
{
	struct stage *g = stage_open(trusted);
	struct browser a = browser_new(g), b = browser_new(g);

	a.extra = b.extra = "X-Forwarded-User: alice\r\n";
	b.agent = phone;
	browser_click(&a, "/");
	browser_click(&a, "/");
	browser_click(&b, "/");
	ck_assert_int_eq(browser_click(&b, "/"), 303);
	ck_assert_int_eq(browser_click(&b, "/signup.php"), 200);
	ck_assert(!stage_origin_saw(g, "alice"));
	stage_close(g);
}

static void a_revoked_cookie_is_refused_whatever_the_proxy_says(void)
{
	struct stage *g = stage_open(trusted);
	struct browser a = browser_new(g);

	a.extra = "X-Forwarded-User: alice\r\n";
	browser_set_cookie(&a, "PHPSESSID", "session-number-one-1");
	browser_click(&a, "/");
	browser_click(&a, "/");
	stage_detach(g, "alice", 0, REVOKE_KICKED);
	a.extra = "X-Forwarded-User: bob\r\n";
	ck_assert_int_eq(browser_click(&a, "/"), 303);
	ck_assert(!g->forwarded);
	stage_close(g);
}

/* -- Latch-* -- */

static void latch_headers_of_a_request_are_dropped_from_everybody_everywhere(void)
{
	static const char fields[] =
		"Latch-Account: alice\r\nlatch-device-limit: 9\r\n"
		"Latch_Event: upgrade\r\nLATCH-VERDICT: allow\r\nLatch-Anything: x\r\n";
	static const char *const paths[] = { "/", "/login.php", "/.well-known/x", "/static/x" };
	struct stage *g = stage_open("limits: { devices: 1 }\ntrusted_proxies: [127.0.0.1]\n"
				     "exempt: { paths: [/static/] }\n");

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		ck_assert_int_eq(stage_raw(g, paths[i], fields), 200);
		ck_assert(g->forwarded);
		ck_assert_ptr_null(strcasestr(g->seen_by_origin, "latch"));
	}
	stage_close(g);
}

static void latch_headers_of_a_response_never_reach_the_client(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	g->origin.fields = "Latch-Device-Limit: none\r\nLATCH-Metadata: {\r\nLatch_Groups: a\r\n"
			   "Latch-Event: sign_up\r\nLatch-Other: x\r\n";
	ck_assert_int_eq(browser_click(&a, "/"), 200);
	ck_assert_ptr_null(strcasestr(g->answer, "latch"));
	stage_close(g);
}

static void what_is_not_new_is_written_and_told_of_once(void)
{
	struct stage *g = stage_open("limits: { devices: 5 }\n");
	struct browser a = browser_new(g);
	unsigned told;

	browser_arrive(&a, "alice", "session-number-one-1");
	g->origin.fields = "Latch-Device-Limit: 4\r\nLatch-Email: a@example.com\r\n";
	browser_click(&a, "/");
	stage_hear(g);
	told = g->told[OUTBOX_DEVICE_ATTACHED];
	for (int i = 0; i < 5; i++) {
		int64_t misses = metric_read(g->metrics, METRIC_VERDICT_MISSES);

		g->origin.fields = "Latch-Device-Limit: 4\r\nLatch-Email: a@example.com\r\n";
		browser_click(&a, "/");
		if (i)
			ck_assert_int_eq(metric_read(g->metrics, METRIC_VERDICT_MISSES), misses);
	}
	ck_assert_uint_eq(stage_told(g, OUTBOX_DEVICE_ATTACHED), told);
	stage_close(g);
}

/* -- names -- */

static void spellings_of_a_name_typed_at_the_login_are_one_account(void)
{
	static const char *const names[] = { "Bob", "BOB", "+bob", "b%6fb%20" };
	struct stage *g = stage_open("limits: { devices: 9 }\n");
	char session[40];

	for (int i = 0; i < 4; i++) {
		struct browser b = browser_new(g);

		snprintf(session, sizeof(session), "session-number-%d-abcdef", i);
		browser_arrive(&b, names[i], session);
	}
	ck_assert_uint_eq(stage_count(g, "bob").counted, 4);
	stage_close(g);
}

static void a_field_that_comes_twice_ends_the_exchange(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	g->origin = (struct stage_origin){ 302, "Set-Cookie: PHPSESSID=session-number-one-1\r\n" };
	ck_assert_int_eq(browser_post(&a, "/login.php", "user=alice&user=bob&pass=x"), 400);
	g->origin = (struct stage_origin){ 302, "Set-Cookie: PHPSESSID=session-number-one-1\r\n" };
	ck_assert_int_eq(browser_post(&a, "/login.php?user=bob", "user=alice&pass=x"), 400);
	g->origin = (struct stage_origin){ 302, "Set-Cookie: PHPSESSID=session-number-one-1\r\n" };
	ck_assert_int_eq(browser_post(&a, "/login.php?user=alice", "user=alice&pass=x"), 302);
	stage_close(g);
}

static void a_login_is_recognised_under_other_spellings_of_its_address(void)
{
	static const char *const paths[] = { "/Login.php",      "//login.php",    "/./login.php",
					     "/x/../login.php", "/login.php;a=b", "/login.php/info",
					     "/%6cogin.php",    "/login.php/" };
	struct stage *g = stage_open("limits: { devices: 20 }\n");

	for (unsigned i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		struct browser b = browser_new(g);
		char fields[128];

		snprintf(fields, sizeof(fields), "Set-Cookie: PHPSESSID=session-number-%u-ab\r\n",
			 i);
		g->origin = (struct stage_origin){ 302, fields };
		ck_assert_int_eq(browser_post(&b, paths[i], "user=alice&pass=x"), 302);
		ck_assert_int_eq(browser_click(&b, "/members"), 200);
		ck_assert_msg(stage_count(g, "alice").counted == i + 1, "%s", paths[i]);
	}
	stage_close(g);
}

static void who_is_an_account_on_a_cookie_that_only_the_client_brought_is_nobody(void)
{
	struct stage *g = stage_open(
		"limits: { devices: 1 }\nidentity:\n  session_cookies: [PHPSESSID]\n  account:\n"
		"    - set_cookie: wikiUserName\n");
	struct browser a = browser_new(g);

	browser_set_cookie(&a, "PHPSESSID", "session-number-one-1");
	browser_set_cookie(&a, "wikiUserName", "alice");
	browser_click(&a, "/");
	browser_click(&a, "/");
	ck_assert_uint_eq(stage_count(g, "alice").sessions, 0);
	g->origin.fields = "Set-Cookie: wikiUserName=alice; Path=/\r\n";
	browser_click(&a, "/");
	browser_click(&a, "/");
	ck_assert_uint_eq(stage_count(g, "alice").counted, 1);
	g->origin.fields = "Set-Cookie: wikiUserName=; Max-Age=0; Path=/\r\n";
	browser_click(&a, "/");
	ck_assert_uint_eq(stage_count(g, "alice").counted, 0);
	stage_close(g);
}

SUITE_MAIN("identity", a_name_from_an_untrusted_peer_is_deleted_in_every_spelling,
	   a_trusted_proxys_name_is_believed_and_look_alikes_are_not_forwarded,
	   two_different_names_are_no_name,
	   a_change_of_the_proxys_name_takes_the_whole_session_along,
	   fifty_first_requests_under_one_session_are_one_device,
	   a_value_that_names_nobody_is_not_bound_by_the_proxys_name,
	   the_proxys_credential_is_not_forwarded_for_a_stranger,
	   a_revoked_cookie_is_refused_whatever_the_proxy_says,
	   latch_headers_of_a_request_are_dropped_from_everybody_everywhere,
	   latch_headers_of_a_response_never_reach_the_client,
	   what_is_not_new_is_written_and_told_of_once,
	   spellings_of_a_name_typed_at_the_login_are_one_account,
	   a_field_that_comes_twice_ends_the_exchange,
	   a_login_is_recognised_under_other_spellings_of_its_address,
	   who_is_an_account_on_a_cookie_that_only_the_client_brought_is_nobody)
