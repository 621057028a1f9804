/* Trials: who hosted one before, what is offered then, and what ends it. */
#include "stage.h"

#define URLS \
	"redirect_urls: { new_account_url: /signup.php, logout_url: /login.php, upgrade_url: /plans.php }\n"

static const char started[] = "Latch-Event: trial_started\r\n";
static const char two[] = "limits: { devices: 2 }\n" URLS;

static void start_trial(struct browser *b)
{
	b->stage->origin.fields = started;
	ck_assert_int_eq(browser_click(b, "/trial"), 200);
}

/* Alice's trial and then bob's, on one browser. */
static struct browser repeat(struct stage *g)
{
	struct browser b = browser_new(g);

	browser_arrive(&b, "alice", "session-number-one-1");
	start_trial(&b);
	browser_drop_cookie(&b, "PHPSESSID");
	browser_arrive(&b, "bob", "session-number-two-2");
	start_trial(&b);
	return b;
}

static void open_page(struct browser *b)
{
	ck_assert_int_eq(browser_click(b, "/members"), 303);
	ck_assert_int_eq(browser_click(b, stage_field(b->stage, "Location")), 200);
}

static void a_repeat_trial_is_challenged_with_its_own_ways_out(void)
{
	struct stage *g = stage_open(two);
	struct browser b = repeat(g);

	open_page(&b);
	ck_assert_ptr_nonnull(strstr(g->answer, "value=\"upgrade\""));
	ck_assert_ptr_nonnull(strstr(g->answer, "value=\"approval\""));
	ck_assert_ptr_nonnull(strstr(g->answer, "value=\"logout\""));
	ck_assert_ptr_null(strstr(g->answer, "value=\"claim\""));
	ck_assert_int_eq(browser_act(&b, "claim", -1), 422);
	ck_assert_uint_eq(stage_told(g, OUTBOX_TRIAL_REPEAT), 1);
	ck_assert_uint_eq(stage_count(g, "bob").counted, 0);
	stage_close(g);
}

static void without_an_upgrade_url_there_is_no_button(void)
{
	struct stage *g = stage_open("limits: { devices: 2 }\n");
	struct browser b = repeat(g);

	open_page(&b);
	ck_assert_ptr_null(strstr(g->answer, "value=\"upgrade\""));
	ck_assert_int_eq(browser_act(&b, "upgrade", -1), 422);
	stage_close(g);
}

static void choosing_upgrade_opens_the_way_for_half_an_hour_three_times_a_day(void)
{
	struct stage *g = stage_open(two);
	struct browser b = repeat(g);

	for (int i = 0; i < 3; i++) {
		open_page(&b);
		ck_assert_int_eq(browser_act(&b, "upgrade", -1), 303);
		ck_assert_str_eq(stage_field(g, "Location"), "/plans.php");
		ck_assert_int_eq(browser_click(&b, "/checkout"), 200);
		ck_assert(stage_origin_saw(g, "session-number-two-2"));
		stage_pass(30 * 60 * 1000 - 1);
		ck_assert_int_eq(browser_click(&b, "/checkout"), 200);
		stage_pass(1);
		ck_assert_int_eq(browser_click(&b, "/checkout"), 303);
		stage_pass(11000);
	}
	open_page(&b);
	ck_assert_int_eq(browser_act(&b, "upgrade", -1), 303);
	ck_assert_int_eq(browser_click(&b, "/checkout"), 303);
	stage_restart(g);
	ck_assert_int_eq(browser_click(&b, "/checkout"), 303);
	stage_close(g);
}

static void an_upgrade_ends_it(void)
{
	struct stage *g = stage_open(two);
	struct browser b = repeat(g);

	open_page(&b);
	browser_act(&b, "upgrade", -1);
	g->origin.fields = "Latch-Event: upgrade\r\n";
	ck_assert_int_eq(browser_click(&b, "/checkout"), 200);
	stage_pass(31 * 60 * 1000);
	ck_assert_int_eq(browser_click(&b, "/members"), 200);
	ck_assert_uint_eq(stage_count(g, "bob").counted, 1);
	ck_assert_uint_eq(stage_told(g, OUTBOX_CHALLENGE_COMPLETED), 1);
	stage_close(g);
}

static void an_approval_is_asked_for_once(void)
{
	struct stage *g = stage_open(two);
	struct browser b = repeat(g);

	open_page(&b);
	ck_assert_int_eq(browser_act(&b, "approval", -1), 303);
	ck_assert_uint_eq(stage_told(g, OUTBOX_TRIAL_APPROVAL), 1);
	ck_assert_int_eq(browser_click(&b, stage_field(g, "Location")), 200);
	ck_assert_int_eq(browser_act(&b, "approval", -1), 422);
	ck_assert_uint_eq(stage_told(g, OUTBOX_TRIAL_APPROVAL), 1);
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	stage_close(g);
}

static void monitor_tells_and_deny_denies(void)
{
	struct stage *g = stage_open("trials: { repeat: monitor }\n");
	struct browser b = repeat(g);

	ck_assert_int_eq(browser_click(&b, "/members"), 200);
	ck_assert_uint_eq(stage_told(g, OUTBOX_TRIAL_REPEAT), 1);
	stage_close(g);
	g = stage_open("trials: { repeat: deny }\n");
	b = repeat(g);
	ck_assert_int_eq(browser_click(&b, "/members"), 403);
	ck_assert(!g->forwarded);
	stage_close(g);
}

static void a_trial_on_the_device_of_a_copier_is_the_copiers(void)
{
	struct stage *g = stage_open("limits: { devices: 5 }\n");
	struct browser a = browser_new(g), copy = browser_new(g), c = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	copy.agent = phone;
	browser_set_cookie(&copy, "PHPSESSID", "session-number-one-1");
	browser_click(&copy, "/members");
	start_trial(&copy);
	/* A's own device hosted no trial. */
	browser_drop_cookie(&a, "PHPSESSID");
	browser_arrive(&a, "bob", "session-number-two-2");
	start_trial(&a);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	/* The copier's did. */
	c = copy;
	browser_drop_cookie(&c, "PHPSESSID");
	browser_arrive(&c, "carol", "session-number-three");
	start_trial(&c);
	ck_assert_int_eq(browser_click(&c, "/members"), 303);
	stage_close(g);
}

static void devices_without_a_cookie_are_not_all_one_for_trials(void)
{
	struct stage *g = stage_open(
		"limits: { devices: 5 }\ntrusted_proxies: [127.0.0.1]\nidentity:\n  session_cookies: []\n"
		"  account:\n    - request_header: X-Forwarded-User\n");
	static const char *const names[] = { "X-Forwarded-User: alice\r\n",
					     "X-Forwarded-User: bob\r\n" };

	for (int i = 0; i < 2; i++) {
		stage_raw(g, "/", names[i]);
		g->origin.fields = started;
		stage_raw(g, "/", names[i]);
		ck_assert_int_eq(stage_raw(g, "/", names[i]), 200);
	}
	ck_assert_uint_eq(stage_told(g, OUTBOX_TRIAL_REPEAT), 0);
	stage_close(g);
}

static void the_ledger_survives_a_restart_and_forgets_after_four_hundred_days(void)
{
	static const struct {
		int days, status;
	} rows[] = { { 399, 303 }, { 401, 200 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct stage *g = stage_open(two);
		struct browser b = browser_new(g);

		browser_arrive(&b, "alice", "session-number-one-1");
		start_trial(&b);
		stage_pass(INT64_C(86400000) * rows[i].days);
		stage_restart(g);
		browser_drop_cookie(&b, "PHPSESSID");
		browser_arrive(&b, "bob", "session-number-two-2");
		start_trial(&b);
		ck_assert_int_eq(browser_click(&b, "/members"), rows[i].status);
		stage_close(g);
	}
}

SUITE_MAIN("trials", a_repeat_trial_is_challenged_with_its_own_ways_out,
	   without_an_upgrade_url_there_is_no_button,
	   choosing_upgrade_opens_the_way_for_half_an_hour_three_times_a_day, an_upgrade_ends_it,
	   an_approval_is_asked_for_once, monitor_tells_and_deny_denies,
	   a_trial_on_the_device_of_a_copier_is_the_copiers,
	   devices_without_a_cookie_are_not_all_one_for_trials,
	   the_ledger_survives_a_restart_and_forgets_after_four_hundred_days)
