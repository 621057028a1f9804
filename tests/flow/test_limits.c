/* Limits, places and strategies, from the first login to the last detach, over the real flow. */
#include "stage.h"

static void a_login_response_passes_and_the_page_after_it_counts_the_device(void)
{
	struct stage *g = stage_open("limits: { devices: 1 }\n");
	struct browser b = browser_new(g);

	browser_arrive(&b, "alice", "session-number-one-1");
	ck_assert_ptr_nonnull(browser_cookie(&b, "latch"));
	ck_assert_ptr_null(strstr(g->seen_by_origin, "latch="));
	ck_assert_ptr_nonnull(strstr(g->seen_by_origin, "PHPSESSID=session-number-one-1"));
	stage_close(g);
}

static void the_device_beyond_the_limit_is_challenged_and_the_others_go_on(void)
{
	struct stage *g = stage_open("limits: { devices: 1 }\n");
	struct browser a = browser_new(g), b = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	ck_assert_int_eq(browser_log_in(&b, "alice", "session-number-two-2"), 302);
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	ck_assert_msg(strncmp(stage_field(g, "Location"), "/.latch/challenge?challenge=", 28) == 0,
		      "%s", g->answer);
	ck_assert(!g->forwarded);
	ck_assert_int_eq(browser_fetch(&b, "/members"), 403);
	ck_assert_ptr_nonnull(strstr(g->answer, "device_challenge"));
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	stage_close(g);
}

static void a_limit_of_n_is_exactly_n(void)
{
	struct stage *g = stage_open("limits: { devices: 3 }\n");
	struct browser b[4];
	char session[40];

	for (int i = 0; i < 4; i++) {
		b[i] = browser_new(g);
		snprintf(session, sizeof(session), "session-number-%d-abcdef", i);
		ck_assert_int_eq(browser_log_in(&b[i], "alice", session), 302);
		ck_assert_int_eq(browser_click(&b[i], "/members"), i < 3 ? 200 : 303);
	}
	stage_close(g);
}

static void twenty_logins_at_once_against_a_limit_of_five_allow_five(void)
{
	struct stage *g = stage_open("limits: { devices: 5 }\n");
	struct browser b[20];
	unsigned allowed = 0;
	char session[40];

	for (int i = 0; i < 20; i++) {
		b[i] = browser_new(g);
		snprintf(session, sizeof(session), "session-number-%d-abcdef", i);
		ck_assert_int_eq(browser_log_in(&b[i], "alice", session), 302);
	}
	for (int round = 0; round < 2; round++)
		for (int i = 19; i >= 0; i--)
			allowed += browser_click(&b[i], "/members") == 200;
	ck_assert_uint_eq(allowed, 10);
	stage_close(g);
}

static void zero_is_unlimited(void)
{
	struct stage *g = stage_open("limits: { devices: 0 }\n");
	char session[40];

	for (int i = 0; i < 10; i++) {
		struct browser b = browser_new(g);

		snprintf(session, sizeof(session), "session-number-%d-abcdef", i);
		browser_arrive(&b, "alice", session);
	}
	stage_close(g);
}

static void monitor_lets_everybody_pass(void)
{
	struct stage *g = stage_open("limits: { devices: 1 }\nstrategy: monitor\n");
	struct browser a = browser_new(g), b = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	browser_arrive(&b, "alice", "session-number-two-2");
	stage_close(g);
}

static void deny_new_shows_the_newest_a_page_that_says_why(void)
{
	struct stage *g = stage_open("limits: { devices: 1 }\nstrategy: deny_new\n");
	struct browser a = browser_new(g), b = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	browser_log_in(&b, "alice", "session-number-two-2");
	ck_assert_int_eq(browser_click(&b, "/members"), 403);
	ck_assert(!g->forwarded);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	stage_close(g);
}

static void log_out_idle_logs_out_the_least_recently_active_other(void)
{
	struct stage *g = stage_open("limits: { devices: 2 }\nstrategy: log_out_idle\n");
	struct browser a = browser_new(g), b = browser_new(g), c = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	stage_pass(2000);
	browser_arrive(&b, "alice", "session-number-two-2");
	stage_pass(2000);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	stage_pass(2000);
	browser_arrive(&c, "alice", "session-number-three");
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	ck_assert_str_eq(stage_field(g, "Location"), "/login.php");
	ck_assert_ptr_null(browser_cookie(&b, "PHPSESSID"));
	stage_close(g);
}

static void an_idle_device_frees_its_place_and_comes_back_as_the_newest(void)
{
	struct stage *g = stage_open("limits: { devices: 1 }\ndevices: { detach_after: 60s }\n");
	struct browser a = browser_new(g), b = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	stage_pass(61 * 1000);
	browser_arrive(&b, "alice", "session-number-two-2");
	ck_assert_int_eq(browser_click(&a, "/members"), 303);
	ck_assert_msg(strstr(g->answer, "/.latch/challenge"), "%s", g->answer);
	stage_pass(61 * 1000);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	stage_close(g);
}

static void a_challenge_whose_cause_has_gone_ends_by_itself(void)
{
	struct stage *g = stage_open("limits: { devices: 1 }\n");
	struct browser a = browser_new(g), b = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	browser_log_in(&b, "alice", "session-number-two-2");
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	g->origin = (struct stage_origin){ 302, "Set-Cookie: PHPSESSID=x; Max-Age=0; Path=/\r\n" };
	ck_assert_int_eq(browser_click(&a, "/logout.php"), 302);
	ck_assert_int_eq(browser_click(&b, "/members"), 200);
	stage_close(g);
}

static void the_origins_own_limit_counts_more_than_the_sites(void)
{
	struct stage *g = stage_open("limits: { devices: 1 }\n");
	struct browser a = browser_new(g), b = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	g->origin.fields = "Latch-Device-Limit: 2\r\n";
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert_ptr_null(strstr(g->answer, "Latch-Device-Limit"));
	browser_arrive(&b, "alice", "session-number-two-2");
	stage_close(g);
}

static void a_type_has_a_limit_of_its_own(void)
{
	struct stage *g = stage_open("limits: { devices: 3, mobile: 1 }\n");
	struct browser a = browser_new(g), b = browser_new(g), c = browser_new(g);

	a.agent = b.agent = phone;
	browser_arrive(&a, "alice", "session-number-one-1");
	browser_log_in(&b, "alice", "session-number-two-2");
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	browser_arrive(&c, "alice", "session-number-three");
	stage_close(g);
}

static void warmup_attaches_and_never_challenges(void)
{
	struct stage *g = stage_open("limits: { devices: 1 }\n");
	struct browser a = browser_new(g), b = browser_new(g);

	g->settings->warmup_ms = 60000;
	browser_arrive(&a, "alice", "session-number-one-1");
	browser_arrive(&b, "alice", "session-number-two-2");
	stage_pass(61000);
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	stage_close(g);
}

static void an_exempt_account_is_not_counted(void)
{
	struct stage *g = stage_open("limits: { devices: 1 }\nexempt: { accounts: [alice] }\n");
	struct browser a = browser_new(g), b = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	browser_arrive(&b, "alice", "session-number-two-2");
	stage_close(g);
}

SUITE_MAIN("limits", a_login_response_passes_and_the_page_after_it_counts_the_device,
	   the_device_beyond_the_limit_is_challenged_and_the_others_go_on,
	   a_limit_of_n_is_exactly_n, twenty_logins_at_once_against_a_limit_of_five_allow_five,
	   zero_is_unlimited, monitor_lets_everybody_pass,
	   deny_new_shows_the_newest_a_page_that_says_why,
	   log_out_idle_logs_out_the_least_recently_active_other,
	   an_idle_device_frees_its_place_and_comes_back_as_the_newest,
	   a_challenge_whose_cause_has_gone_ends_by_itself,
	   the_origins_own_limit_counts_more_than_the_sites, a_type_has_a_limit_of_its_own,
	   warmup_attaches_and_never_challenges, an_exempt_account_is_not_counted)
