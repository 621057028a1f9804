/* What is done with those who are not allowed: redirects, vetoes, strangers, kicks. */
#include "stage.h"

static const char sink[] = "limits: { devices: 1 }\nevents: { url: \"http://127.0.0.1:9/\", "
			   "secret: whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz }\n";

static void challenge_second(struct stage *g, struct browser *a, struct browser *b)
{
	*a = browser_new(g);
	*b = browser_new(g);
	browser_arrive(a, "alice", "session-number-one-1");
	ck_assert_int_eq(browser_log_in(b, "alice", "session-number-two-2"), 302);
}

static void open_challenge(struct browser *b, const char *wanted)
{
	char page[256];

	ck_assert_int_eq(browser_click(b, wanted), 303);
	snprintf(page, sizeof(page), "%s", stage_field(b->stage, "Location"));
	ck_assert_int_eq(browser_click(b, page), 200);
}

static void a_kick_makes_room_and_is_effective_on_the_next_request(void)
{
	struct stage *g = stage_open("limits: { devices: 1 }\n");
	struct browser a, b;

	challenge_second(g, &a, &b);
	open_challenge(&b, "/wanted?page=7");
	ck_assert_int_eq(browser_act(&b, "claim", -1), 303);
	ck_assert_int_eq(browser_click(&b, stage_field(g, "Location")), 200);
	ck_assert_int_eq(browser_act(&b, "kick", 0), 303);
	ck_assert_str_eq(stage_field(g, "Location"), "/wanted?page=7");
	ck_assert_int_eq(browser_click(&b, "/wanted?page=7"), 200);
	ck_assert_int_eq(browser_fetch(&a, "/api"), 401);
	ck_assert(!g->forwarded);
	ck_assert_int_eq(browser_click(&a, "/members"), 303);
	ck_assert_msg(strncmp(stage_field(g, "Location"), "/login.php?challenge=", 21) == 0, "%s",
		      g->answer);
	stage_close(g);
}

static void a_veto_lets_the_challenged_pass_with_the_verdict_told(void)
{
	struct stage *g = stage_open(sink);
	struct browser a, b;

	g->veto = true;
	challenge_second(g, &a, &b);
	ck_assert_int_eq(browser_click(&b, "/members"), 200);
	ck_assert_str_eq(g->asked_type, "on_challenge");
	ck_assert_ptr_nonnull(strstr(g->seen_by_origin, "Latch-Verdict: challenge\r\n"));
	ck_assert_ptr_nonnull(strstr(g->seen_by_origin, "Latch-Challenge: "));
	ck_assert_int_eq(browser_click(&b, "/members"), 200);
	ck_assert_uint_eq(g->asked, 1);
	stage_close(g);
}

static void without_a_veto_the_question_is_asked_once_per_challenge(void)
{
	struct stage *g = stage_open(sink);
	struct browser a, b;

	challenge_second(g, &a, &b);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(browser_click(&b, "/members"), 303);
	ck_assert_uint_eq(g->asked, 1);
	stage_close(g);
}

static void whoever_is_not_allowed_comes_to_an_exempt_address_as_a_stranger(void)
{
	struct stage *g = stage_open("limits: { devices: 1 }\nexempt: { paths: [/static/] }\n");
	static const char *const addresses[] = { "/login.php", "/signup.php", "/logout.php",
						 "/static/a.css" };
	struct browser a, b;

	challenge_second(g, &a, &b);
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		ck_assert_int_eq(browser_click(&b, addresses[i]), 200);
		ck_assert_ptr_null(strstr(g->seen_by_origin, "session-number-two-2"));
	}
	stage_close(g);
}

static void a_session_redirected_too_often_gets_a_page_with_the_link(void)
{
	struct stage *g = stage_open("limits: { devices: 1 }\n");
	struct browser a, b;

	challenge_second(g, &a, &b);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(browser_click(&b, "/members"), 303);
	ck_assert_int_eq(browser_click(&b, "/members"), 403);
	ck_assert_ptr_nonnull(strstr(g->answer, "/.latch/challenge?challenge="));
	stage_pass(11000);
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	stage_close(g);
}

static void a_challenge_opens_for_its_own_device_only(void)
{
	struct stage *g = stage_open("limits: { devices: 1 }\n");
	struct browser a, b, c = browser_new(g);
	char page[256];

	challenge_second(g, &a, &b);
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	snprintf(page, sizeof(page), "%s", stage_field(g, "Location"));
	ck_assert_int_eq(browser_click(&a, page), 404);
	ck_assert_int_eq(browser_click(&c, page), 404);
	ck_assert_int_eq(browser_click(&b, page), 200);
	stage_close(g);
}

static void own_addresses_never_reach_the_origin(void)
{
	struct stage *g = stage_open("limits: { devices: 1 }\n");
	struct browser b = browser_new(g);
	static const char *const addresses[] = { "/.latch/",
						 "/.latch/nothing",
						 "/.latch/challenge",
						 "/.latch/challenge?challenge=x",
						 "//.latch/challenge",
						 "/%2elatch/challenge",
						 "/a/../.latch/challenge" };

	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		ck_assert_int_eq(browser_click(&b, addresses[i]), 404);
		ck_assert(!g->forwarded);
	}
	stage_close(g);
}

static void revocations_survive_a_restart(void)
{
	struct stage *g = stage_open("limits: { devices: 1 }\nstrategy: log_out_idle\n");
	struct browser a = browser_new(g), b = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	browser_arrive(&b, "alice", "session-number-two-2");
	stage_restart(g);
	ck_assert_int_eq(browser_click(&a, "/members"), 303);
	ck_assert_int_eq(browser_click(&b, "/members"), 200);
	browser_set_cookie(&a, "PHPSESSID", "session-number-one-1");
	ck_assert_int_eq(browser_click(&a, "/members"), 303);
	ck_assert(!g->forwarded);
	stage_close(g);
}

/* A store that ends a text at a NUL, or pads it with blanks, finds the session all the same. */
static void a_revoked_value_stays_refused_with_a_nul_or_a_blank_behind_it(void)
{
	struct stage *g = stage_open("limits: { devices: 1 }\nstrategy: log_out_idle\n");
	static const char *const spellings[] = { "session-number-one-1%00",
						 "session-number-one-1%20",
						 "session-number-one-1%00junk",
						 "%20session-number-one-1" };
	struct browser a = browser_new(g), b = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	browser_arrive(&b, "alice", "session-number-two-2");
	for (size_t i = 0; i < sizeof(spellings) / sizeof(*spellings); i++) {
		browser_set_cookie(&a, "PHPSESSID", spellings[i]);
		ck_assert_int_eq(browser_fetch(&a, "/members"), 401);
		ck_assert(!g->forwarded);
	}
	stage_close(g);
}

static void a_value_that_the_origin_kept_over_the_login_goes_with_the_others(void)
{
	struct stage *g = stage_open("limits: { devices: 1 }\nstrategy: log_out_idle\n");
	struct browser a = browser_new(g), b = browser_new(g);

	browser_set_cookie(&a, "PHPSESSID", "kept-over-the-login-1");
	g->origin = (struct stage_origin){
		302, "Location: /\r\nSet-Cookie: REMEMBER=remember-me-value-1; Path=/\r\n"
	};
	ck_assert_int_eq(browser_post(&a, "/login.php", "user=alice&pass=secret"), 302);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	browser_arrive(&b, "alice", "session-number-two-2");
	browser_drop_cookie(&a, "REMEMBER");
	ck_assert_int_eq(browser_click(&a, "/members"), 303);
	ck_assert(!g->forwarded);
	stage_close(g);
}

static void a_repeat_trial_is_challenged_and_an_upgrade_ends_it(void)
{
	struct stage *g = stage_open("limits: { devices: 3 }\n");
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	g->origin = (struct stage_origin){ 200, "Latch-Event: trial_started\r\n" };
	ck_assert_int_eq(browser_click(&a, "/trial"), 200);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	browser_drop_cookie(&a, "PHPSESSID");
	browser_arrive(&a, "bob", "session-number-two-2");
	g->origin = (struct stage_origin){ 200, "Latch-Event: trial_started\r\n" };
	ck_assert_int_eq(browser_click(&a, "/trial"), 200);
	ck_assert_int_eq(browser_click(&a, "/members"), 303);
	stage_close(g);
}

static void a_dead_origin_is_a_plain_502(void)
{
	struct stage *g = stage_open("limits: { devices: 1 }\n");
	struct browser a = browser_new(g);

	g->origin = (struct stage_origin){ 0, NULL };
	ck_assert_int_eq(browser_click(&a, "/"), 502);
	ck_assert_ptr_nonnull(strstr(g->answer, "<html"));
	g->origin = (struct stage_origin){ 0, NULL };
	ck_assert_int_eq(browser_fetch(&a, "/api"), 502);
	ck_assert_ptr_nonnull(strstr(g->answer, "{\"error\":{\"code\":\"bad_gateway\""));
	ck_assert_str_eq(stage_field(g, "Retry-After"), "5");
	stage_close(g);
}

SUITE_MAIN("interruptions", a_kick_makes_room_and_is_effective_on_the_next_request,
	   a_veto_lets_the_challenged_pass_with_the_verdict_told,
	   without_a_veto_the_question_is_asked_once_per_challenge,
	   whoever_is_not_allowed_comes_to_an_exempt_address_as_a_stranger,
	   a_session_redirected_too_often_gets_a_page_with_the_link,
	   a_challenge_opens_for_its_own_device_only, own_addresses_never_reach_the_origin,
	   revocations_survive_a_restart,
	   a_value_that_the_origin_kept_over_the_login_goes_with_the_others,
	   a_repeat_trial_is_challenged_and_an_upgrade_ends_it, a_dead_origin_is_a_plain_502,
	   a_revoked_value_stays_refused_with_a_nul_or_a_blank_behind_it)
