/* What an interruption looks like to whom, which page is returned to, what is never interrupted, and the challenge itself. */
#include "stage.h"

static const char one[] = "limits: { devices: 1 }\n";
static const char sink[] = "limits: { devices: 1 }\nevents: { url: \"http://127.0.0.1:9/\", "
			   "secret: whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz }\n";

/* B is logged in and will be challenged on its first page. */
static void second_of(struct stage *g, struct browser *a, struct browser *b)
{
	*a = browser_new(g);
	*b = browser_new(g);
	browser_arrive(a, "alice", "session-number-one-1");
	ck_assert_int_eq(browser_log_in(b, "alice", "session-number-two-2"), 302);
}

static void open_page(struct browser *b)
{
	char page[256];

	ck_assert_int_eq(browser_click(b, "/members"), 303);
	snprintf(page, sizeof(page), "%s", stage_field(b->stage, "Location"));
	ck_assert_int_eq(browser_click(b, page), 200);
}

static void claim(struct browser *b)
{
	open_page(b);
	ck_assert_int_eq(browser_act(b, "claim", -1), 303);
	ck_assert_int_eq(browser_click(b, stage_field(b->stage, "Location")), 200);
}

/* -- to whom -- */

static void each_kind_of_client_is_refused_in_its_own_words(void)
{
	struct stage *g = stage_open(one);
	struct browser a, b;

	second_of(g, &a, &b);
	ck_assert_int_eq(browser_request(&b, "GET", "/x", "Accept: text/html,*/*\r\n", NULL), 303);
	ck_assert_int_eq(browser_request(&b, "HEAD", "/x", "Accept: text/html\r\n", NULL), 303);
	ck_assert_int_eq(browser_request(&b, "POST", "/x", "Accept: text/html\r\n", "a=b"), 403);
	ck_assert_int_eq(browser_request(&b, "GET", "/x", "Accept: */*\r\n", NULL), 403);
	ck_assert_ptr_nonnull(strstr(g->answer, "\"code\":\"device_challenge\""));
	ck_assert_ptr_nonnull(strstr(g->answer, "\"url\":\"/.latch/challenge?challenge="));
	ck_assert_ptr_nonnull(strstr(g->answer, "Cache-Control: no-store"));
	ck_assert_int_eq(browser_request(&b, "GET", "/x",
					 "Accept: text/html\r\nSec-Fetch-Mode: cors\r\n", NULL),
			 403);
	ck_assert_int_eq(browser_request(&b, "GET", "/x",
					 "Connection: Upgrade\r\nUpgrade: websocket\r\n"
					 "Sec-Fetch-Mode: websocket\r\n",
					 NULL),
			 403);
	ck_assert_ptr_null(strstr(g->answer, "device_challenge"));
	ck_assert_int_eq(browser_request(&b, "GET", "/x", "Accept: text/event-stream\r\n", NULL),
			 403);
	ck_assert(!g->forwarded);
	stage_close(g);
}

static void our_pages_are_kept_by_nobody_and_framed_by_no_other_site(void)
{
	struct stage *g = stage_open(one);
	struct browser a, b;

	second_of(g, &a, &b);
	open_page(&b);
	ck_assert_str_eq(stage_field(g, "Cache-Control"), "no-store");
	ck_assert_ptr_nonnull(
		strstr(stage_field(g, "Content-Security-Policy"), "default-src 'none'"));
	ck_assert_ptr_nonnull(
		strstr(stage_field(g, "Content-Security-Policy"), "frame-ancestors 'self'"));
	ck_assert_str_eq(stage_field(g, "Referrer-Policy"), "no-referrer");
	ck_assert_str_eq(stage_field(g, "X-Content-Type-Options"), "nosniff");
	stage_close(g);
}

static void the_device_that_is_denied_reads_why(void)
{
	struct stage *g = stage_open("limits: { devices: 1 }\nstrategy: deny_new\n");
	struct browser a, b;

	second_of(g, &a, &b);
	ck_assert_int_eq(browser_fetch(&b, "/x"), 403);
	ck_assert_ptr_nonnull(strstr(g->answer, "device_limit"));
	ck_assert_int_eq(browser_click(&b, "/x"), 403);
	ck_assert_ptr_nonnull(strstr(g->answer, "text/html"));
	ck_assert_uint_eq(stage_told(g, OUTBOX_LIMIT_EXCEEDED), 1);
	ck_assert_uint_eq(stage_told(g, OUTBOX_CHALLENGE_INITIATED), 0);
	stage_close(g);
}

/* -- the page that was wanted -- */

static void the_last_navigation_is_returned_to_never_a_post_nor_a_script(void)
{
	struct stage *g = stage_open(one);
	struct browser a, b;

	second_of(g, &a, &b);
	ck_assert_int_eq(browser_click(&b, "/first"), 303);
	ck_assert_int_eq(browser_click(&b, "///evil.example.com/wanted?a=b&c"), 303);
	ck_assert_int_eq(browser_post(&b, "/posted", "a=b"), 303);
	ck_assert_int_eq(browser_fetch(&b, "/fetched"), 403);
	stage_pass(11000);
	ck_assert_int_eq(browser_post(&b, "/posted", "a=b"), 303);
	ck_assert_int_eq(browser_click(&b, stage_field(g, "Location")), 200);
	ck_assert_int_eq(browser_act(&b, "claim", -1), 303);
	ck_assert_int_eq(browser_click(&b, stage_field(g, "Location")), 200);
	ck_assert_int_eq(browser_act(&b, "kick", 0), 303);
	ck_assert_str_eq(stage_field(g, "Location"), "/evil.example.com/wanted?a=b&c");
	stage_close(g);
}

static void an_absolute_target_is_a_path_of_this_site_all_the_same(void)
{
	struct stage *g = stage_open(one);
	struct browser a, b;

	second_of(g, &a, &b);
	ck_assert_int_eq(browser_click(&b, "http://www.example.com/wanted?x=1"), 303);
	ck_assert_int_eq(browser_click(&b, stage_field(g, "Location")), 200);
	browser_act(&b, "claim", -1);
	browser_click(&b, stage_field(g, "Location"));
	ck_assert_int_eq(browser_act(&b, "kick", 0), 303);
	ck_assert_str_eq(stage_field(g, "Location"), "/wanted?x=1");
	stage_close(g);
}

static void success_url_goes_before_what_was_wanted(void)
{
	struct stage *g =
		stage_open("limits: { devices: 1 }\nredirect_urls: { new_account_url: /signup.php, "
			   "logout_url: /login.php, success_url: /welcome.php }\n");
	struct browser a, b;

	second_of(g, &a, &b);
	claim(&b);
	ck_assert_int_eq(browser_act(&b, "kick", 0), 303);
	ck_assert_str_eq(stage_field(g, "Location"), "/welcome.php");
	stage_hear(g);
	ck_assert_ptr_nonnull(strstr(g->told_data[OUTBOX_REDIRECT], "\"to\":\"success\""));
	stage_close(g);
}

/* -- never interrupted -- */

static void whoever_is_allowed_is_no_stranger_at_exempt_addresses(void)
{
	struct stage *g = stage_open("limits: { devices: 1 }\nexempt: { paths: [/static/] }\n");
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	browser_click(&a, "/static/a.css");
	ck_assert(stage_origin_saw(g, "session-number-one-1"));
	browser_click(&a, "/logout.php");
	ck_assert(stage_origin_saw(g, "session-number-one-1"));
	stage_close(g);
}

static void addresses_that_could_mean_two_things_are_not_exempt(void)
{
	static const char *const paths[] = { "/static/../members",
					     "/static/%2e%2e/members",
					     "/static%2fa",
					     "/static/%252e%252e/x",
					     "/static/a%5c..%5cx",
					     "/static/a;x=y",
					     "/static/%00",
					     "/Static/a",
					     "/login.php?challenge=1&x=2",
					     "/login.php/x",
					     "/login.php;x" };
	struct stage *g = stage_open("limits: { devices: 1 }\nexempt: { paths: [/static/] }\n");
	struct browser a, b;

	second_of(g, &a, &b);
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		browser_click(&b, paths[i]);
		ck_assert_msg(!g->forwarded, "%s", paths[i]);
		stage_pass(11000);
	}
	ck_assert_int_eq(browser_click(&b, "/login.php?challenge=1"), 200);
	stage_close(g);
}

static void a_loop_ends_in_a_page_for_every_kind_of_interruption(void)
{
	struct stage *g =
		stage_open("limits: { devices: 1 }\nredirect_urls: { new_account_url: /signup.php, "
			   "logout_url: /members, suspended_url: /suspended.php }\n");
	struct browser a = browser_new(g), replay;
	unsigned plain = 0;

	browser_arrive(&a, "alice", "session-number-one-1");
	stage_detach(g, "alice", 0, REVOKE_KICKED);
	for (int i = 0; i < 8; i++) {
		replay = a;
		browser_click(&replay, "/elsewhere");
		plain += g->status == 403 && strstr(g->answer, "/members") != NULL;
	}
	ck_assert_uint_eq(plain, 3);
	stage_close(g);
}

/* -- the question about a challenge -- */

static void a_veto_is_remembered_over_a_restart_until_the_state_changes(void)
{
	struct stage *g = stage_open(sink);
	struct browser a, b;

	second_of(g, &a, &b);
	g->veto = true;
	ck_assert_int_eq(browser_click(&b, "/members"), 200);
	stage_restart(g);
	ck_assert_int_eq(browser_click(&b, "/members"), 200);
	ck_assert(stage_origin_saw(g, "Latch-Verdict: challenge\r\n"));
	ck_assert_uint_eq(g->asked, 1);
	ck_assert_uint_eq(stage_count(g, "alice").counted, 1);
	/* A day later it is another challenge. */
	stage_pass(INT64_C(25) * 3600 * 1000);
	g->veto = false;
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	ck_assert_uint_eq(g->asked, 2);
	stage_close(g);
}

static void the_question_carries_what_the_backend_needs(void)
{
	struct stage *g = stage_open(sink);
	struct browser a, b;

	second_of(g, &a, &b);
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	ck_assert_ptr_nonnull(strstr(g->asked_data, "\"account\":\"alice\""));
	ck_assert_ptr_nonnull(strstr(g->asked_data, "\"status\":\"initiated\""));
	ck_assert_ptr_nonnull(strstr(g->asked_data, "\"reasons\":[\"too_many_devices\"]"));
	ck_assert_ptr_nonnull(strstr(
		g->asked_data, "\"url\":\"http://www.example.com/.latch/challenge?challenge="));
	ck_assert_ptr_nonnull(strstr(g->asked_data, "\"label\":\"Firefox on Linux\""));
	stage_close(g);
}

static void nothing_is_asked_on_an_exempt_address(void)
{
	struct stage *g = stage_open(sink);
	struct browser a, b;

	second_of(g, &a, &b);
	ck_assert_int_eq(browser_click(&b, "/signup.php"), 200);
	ck_assert_uint_eq(g->asked, 0);
	stage_close(g);
}

/* -- the challenge -- */

static void after_a_day_a_challenge_is_another_one(void)
{
	struct stage *g = stage_open(one);
	struct browser a, b;
	char page[256];

	second_of(g, &a, &b);
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	snprintf(page, sizeof(page), "%s", stage_field(g, "Location"));
	stage_pass(INT64_C(24) * 3600 * 1000 - 1000);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	ck_assert_str_eq(stage_field(g, "Location"), page);
	stage_pass(2000);
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	ck_assert_str_ne(stage_field(g, "Location"), page);
	ck_assert_int_eq(browser_click(&b, page), 404);
	ck_assert_uint_eq(stage_told(g, OUTBOX_CHALLENGE_INITIATED), 2);
	ck_assert_uint_eq(stage_told(g, OUTBOX_LIMIT_EXCEEDED), 1);
	stage_close(g);
}

static void a_kick_is_done_once_and_needs_the_form(void)
{
	struct stage *g = stage_open(one);
	struct browser a, b;
	char page[65536];

	second_of(g, &a, &b);
	claim(&b);
	memcpy(page, g->answer, sizeof(page));
	ck_assert_int_eq(browser_act(&b, "kick", -1), 422);
	memcpy(g->answer, page, sizeof(page));
	strstr(g->answer, "name=\"csrf\" value=\"")[20] ^= 1;
	ck_assert_int_eq(browser_act(&b, "kick", 0), 403);
	ck_assert_uint_eq(stage_count(g, "alice").counted, 1);
	memcpy(g->answer, page, sizeof(page));
	stage_restart(g);
	ck_assert_int_eq(browser_act(&b, "kick", 0), 303);
	memcpy(g->answer, page, sizeof(page));
	ck_assert_int_eq(browser_act(&b, "kick", 0), 404);
	ck_assert_uint_eq(stage_count(g, "alice").counted, 1);
	ck_assert_int_eq(browser_click(&b, "/members"), 200);
	ck_assert_int_eq(browser_click(&a, "/members"), 303);
	stage_close(g);
}

static void the_page_of_a_kicked_device_is_its_logout_and_of_a_suspended_account_the_notice(void)
{
	struct stage *g = stage_open(one);
	struct browser a, b;
	char page[256];

	second_of(g, &a, &b);
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	snprintf(page, sizeof(page), "%s", stage_field(g, "Location"));
	stage_suspend(g, "alice", true);
	ck_assert_int_eq(browser_click(&b, page), 403);
	stage_suspend(g, "alice", false);
	ck_assert_int_eq(browser_click(&b, page), 200);
	stage_detach(g, "alice", 1, REVOKE_DETACH);
	ck_assert_int_eq(browser_click(&b, page), 303);
	ck_assert_str_eq(stage_field(g, "Location"), "/login.php");
	stage_close(g);
}

static void a_challenge_is_told_of_and_ends_when_the_limit_is_raised(void)
{
	struct stage *g = stage_open(one);
	struct browser a, b;
	char page[256];

	second_of(g, &a, &b);
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	snprintf(page, sizeof(page), "%s", stage_field(g, "Location"));
	ck_assert_uint_eq(stage_told(g, OUTBOX_LIMIT_EXCEEDED), 1);
	ck_assert_ptr_nonnull(
		strstr(g->told_data[OUTBOX_LIMIT_EXCEEDED], "\"attached_devices\":2"));
	ck_assert_ptr_nonnull(strstr(g->told_data[OUTBOX_LIMIT_EXCEEDED], "\"limit\":1"));
	stage_limit(g, "alice", 2);
	ck_assert_int_eq(browser_click(&b, page), 303);
	ck_assert_str_eq(stage_field(g, "Location"), "/members");
	ck_assert_int_eq(browser_click(&b, "/members"), 200);
	stage_limit(g, "alice", 1);
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	stage_limit(g, "alice", 0);
	ck_assert_int_eq(browser_click(&b, "/members"), 200);
	stage_close(g);
}

SUITE_MAIN("acting", each_kind_of_client_is_refused_in_its_own_words,
	   our_pages_are_kept_by_nobody_and_framed_by_no_other_site,
	   the_device_that_is_denied_reads_why,
	   the_last_navigation_is_returned_to_never_a_post_nor_a_script,
	   an_absolute_target_is_a_path_of_this_site_all_the_same,
	   success_url_goes_before_what_was_wanted,
	   whoever_is_allowed_is_no_stranger_at_exempt_addresses,
	   addresses_that_could_mean_two_things_are_not_exempt,
	   a_loop_ends_in_a_page_for_every_kind_of_interruption,
	   a_veto_is_remembered_over_a_restart_until_the_state_changes,
	   the_question_carries_what_the_backend_needs, nothing_is_asked_on_an_exempt_address,
	   after_a_day_a_challenge_is_another_one, a_kick_is_done_once_and_needs_the_form,
	   the_page_of_a_kicked_device_is_its_logout_and_of_a_suspended_account_the_notice,
	   a_challenge_is_told_of_and_ends_when_the_limit_is_raised)
