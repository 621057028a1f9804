/* The verdict cache: what hits, what never outlives its cause, and that a restart changes nothing. */
#include "stage.h"

static const char one[] = "limits: { devices: 1 }\n";
static const char minute[] = "limits: { devices: 1 }\ndevices: { detach_after: 60s }\n";

static int64_t hits(const struct stage *g)
{
	return metric_read(g->metrics, METRIC_VERDICT_HITS);
}

static int64_t misses(const struct stage *g)
{
	return metric_read(g->metrics, METRIC_VERDICT_MISSES);
}

static void a_hundred_clicks_cost_one_look(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);
	int64_t before;

	browser_arrive(&a, "alice", "session-number-one-1");
	browser_click(&a, "/members");
	before = misses(g);
	for (int i = 0; i < 100; i++) {
		stage_pass(500);
		ck_assert_int_eq(browser_click(&a, "/members"), 200);
	}
	ck_assert_int_eq(misses(g), before);
	ck_assert_int_ge(hits(g), 100);
	stage_close(g);
}

static void a_warm_cache_delays_no_change(void)
{
	struct stage *g = stage_open("limits: { devices: 2 }\n");
	struct browser a = browser_new(g), b = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	browser_arrive(&b, "alice", "session-number-two-2");
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(browser_click(&b, "/members"), 200);
	stage_suspend(g, "alice", true);
	ck_assert_int_eq(browser_click(&b, "/members"), 403);
	ck_assert_int_eq(browser_click(&b, "/members"), 403);
	stage_suspend(g, "alice", false);
	ck_assert_int_eq(browser_click(&b, "/members"), 200);
	stage_suspend_device(g, "alice", 1, true);
	ck_assert_int_eq(browser_click(&b, "/members"), 403);
	stage_suspend_device(g, "alice", 1, false);
	ck_assert_int_eq(browser_click(&b, "/members"), 200);
	stage_limit(g, "alice", 1);
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	stage_limit(g, "alice", 2);
	ck_assert_int_eq(browser_click(&b, "/members"), 200);
	stage_detach(g, "alice", 1, REVOKE_KICKED);
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	stage_close(g);
}

static void a_stranger_who_logs_in_is_known_at_once(void)
{
	struct stage *g = stage_open(
		"limits: { devices: 1 }\nidentity:\n  session_cookies: [PHPSESSID]\n  account:\n"
		"    - response_header: Latch-Account\n");
	struct browser a = browser_new(g);

	browser_set_cookie(&a, "PHPSESSID", "session-number-one-1");
	for (int i = 0; i < 3; i++)
		browser_click(&a, "/");
	g->origin.fields = "Latch-Account: alice\r\n";
	browser_click(&a, "/");
	browser_click(&a, "/");
	ck_assert_uint_eq(stage_count(g, "alice").counted, 1);
	stage_close(g);
}

static void whoever_is_active_is_never_idle(void)
{
	struct stage *g = stage_open(minute);
	struct browser a = browser_new(g), b = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	browser_log_in(&b, "alice", "session-number-two-2");
	for (int i = 0; i < 200; i++) {
		stage_pass(1000);
		ck_assert_int_eq(browser_click(&a, "/members"), 200);
		stage_pass(11000);
		ck_assert_int_eq(browser_click(&b, "/members"), 303);
	}
	ck_assert_uint_eq(stage_told(g, OUTBOX_DEVICE_DETACHED), 0);
	stage_close(g);
}

/* What the account knows of its first device. */
struct known {
	int64_t last_seen_ms;
	uint8_t network[NETWORK_BYTES];
};

static void look_at_first(const struct account *a, void *arg)
{
	struct known *known = arg;

	ck_assert_uint_gt(a->n_attachments, 0);
	known->last_seen_ms = a->attachments[0]->last_seen_ms;
	memcpy(known->network, a->attachments[0]->facts.network, NETWORK_BYTES);
}

static struct known known_of(struct stage *g, const char *account)
{
	struct known known;

	ck_assert(registry_look(g->registry, view_of(account), look_at_first, &known));
	return known;
}

static void the_account_hears_of_hits_every_ten_seconds_and_not_between(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);
	int64_t heard_ms, before;

	browser_arrive(&a, "alice", "session-number-one-1");
	browser_click(&a, "/members");
	before = misses(g);
	heard_ms = stage_now_ms;
	for (int i = 0; i < 45; i++) {
		stage_pass(1111);
		ck_assert_int_eq(browser_click(&a, "/members"), 200);
		if (stage_now_ms - heard_ms >= 10000)
			heard_ms = stage_now_ms;
		ck_assert_int_eq(known_of(g, "alice").last_seen_ms, heard_ms);
	}
	ck_assert_int_eq(misses(g), before);
	stage_close(g);
}

/* The longest that somebody may have been here without a word to the account, right before he goes away. */
static void whoever_was_here_within_the_time_is_not_idle(void)
{
	struct stage *g = stage_open(minute);
	struct browser a = browser_new(g), b = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	browser_log_in(&b, "alice", "session-number-two-2");
	for (int since_ms = 1000; since_ms < 60000; since_ms += 1000) {
		ck_assert_int_eq(browser_click(&a, "/members"), 200);
		stage_pass(since_ms);
		ck_assert_int_eq(browser_click(&a, "/members"), 200);
		stage_pass(60000);
		ck_assert_int_eq(browser_click(&b, "/members"), 303);
	}
	ck_assert_uint_eq(stage_told(g, OUTBOX_DEVICE_DETACHED), 0);
	stage_close(g);
}

static void another_network_is_told_at_once(void)
{
	struct stage *g = stage_open("limits: { devices: 9 }\ntrusted_proxies: [127.0.0.1]\n");
	struct browser a = browser_new(g);
	struct known before, after;

	a.extra = "X-Forwarded-For: 192.0.2.1\r\n";
	browser_arrive(&a, "alice", "session-number-one-1");
	browser_click(&a, "/members");
	before = known_of(g, "alice");
	stage_pass(1);
	a.extra = "X-Forwarded-For: 198.51.100.1\r\n";
	browser_click(&a, "/members");
	after = known_of(g, "alice");
	ck_assert_mem_ne(before.network, after.network, NETWORK_BYTES);
	ck_assert_int_eq(after.last_seen_ms, stage_now_ms);
	stage_close(g);
}

static void a_place_falls_free_to_the_millisecond(void)
{
	struct stage *g = stage_open(minute);
	struct browser a = browser_new(g), b = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	browser_log_in(&b, "alice", "session-number-two-2");
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	stage_pass(59999);
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	stage_pass(1);
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	stage_pass(1);
	ck_assert_int_eq(browser_click(&b, "/members"), 200);
	ck_assert_int_eq(browser_click(&a, "/members"), 303);
	stage_close(g);
}

static void who_was_idle_and_returns_first_is_the_newest_and_not_cached_as_the_oldest(void)
{
	struct stage *g = stage_open(minute);
	struct browser a = browser_new(g), b = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	stage_pass(60001);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert_uint_eq(stage_told(g, OUTBOX_DEVICE_DETACHED), 1);
	ck_assert_uint_eq(stage_told(g, OUTBOX_DEVICE_ATTACHED), 2);
	browser_log_in(&b, "alice", "session-number-two-2");
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	stage_close(g);
}

static void the_end_of_the_warmup_waits_for_no_cache(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g), b = browser_new(g);

	g->settings->warmup_ms = 60000;
	browser_arrive(&a, "alice", "session-number-one-1");
	browser_arrive(&b, "alice", "session-number-two-2");
	stage_pass(59000);
	ck_assert_int_eq(browser_click(&b, "/members"), 200);
	stage_pass(1000);
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	stage_close(g);
}

static void warmup_is_for_those_that_start_with_nothing(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g), b = browser_new(g);

	g->settings->warmup_ms = INT64_C(3600000);
	browser_arrive(&a, "alice", "session-number-one-1");
	stage_restart(g);
	browser_log_in(&b, "alice", "session-number-two-2");
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	stage_close(g);
}

static void another_cookie_agent_or_network_is_no_hit(void)
{
	struct stage *g = stage_open("limits: { devices: 9 }\ntrusted_proxies: [127.0.0.1]\n");
	struct browser a = browser_new(g), b = browser_new(g);
	int64_t before;

	browser_arrive(&a, "alice", "session-number-one-1");
	browser_arrive(&b, "bob", "session-number-two-2");
	browser_click(&a, "/");
	before = misses(g);
	a.extra = "X-Forwarded-For: 192.0.2.1\r\n";
	browser_click(&a, "/");
	ck_assert_int_eq(misses(g), ++before);
	a.agent = phone;
	browser_click(&a, "/");
	ck_assert_int_eq(misses(g), ++before);
	browser_set_cookie(&a, "latch", browser_cookie(&b, "latch"));
	browser_click(&a, "/");
	ck_assert_int_eq(misses(g), ++before);
	ck_assert_uint_eq(stage_count(g, "alice").all, 2);
	stage_close(g);
}

/* One story, with a restart after each of its steps in turn: it ends the same every time. */

enum { STEPS = 12 };

struct cast {
	struct stage *g;
	struct browser a, b, c;
	char trace[512];
};

static void note(struct cast *x)
{
	size_t len = strlen(x->trace);

	snprintf(x->trace + len, sizeof(x->trace) - len, "%d:%d:%u ", x->g->status, x->g->forwarded,
		 stage_count(x->g, "alice").counted);
}

static void play_step(struct cast *x, int step)
{
	switch (step) {
	case 0:
		browser_log_in(&x->a, "alice", "session-number-one-1");
		break;
	case 1:
		browser_click(&x->a, "/members");
		break;
	case 2:
		x->g->origin.fields =
			"Latch-Device-Limit: 2\r\nSet-Cookie: PHPSESSID=rotated-session-1\r\n";
		browser_click(&x->a, "/members");
		break;
	case 3:
		browser_log_in(&x->b, "alice", "session-number-two-2");
		break;
	case 4:
		browser_click(&x->b, "/members");
		break;
	case 5:
		browser_log_in(&x->c, "alice", "session-number-three");
		break;
	case 6:
		browser_click(&x->c, "/wanted");
		break;
	case 7:
		browser_click(&x->c, stage_field(x->g, "Location"));
		browser_act(&x->c, "claim", -1);
		break;
	case 8:
		browser_click(&x->c, stage_field(x->g, "Location"));
		browser_act(&x->c, "kick", 1);
		break;
	case 9:
		browser_fetch(&x->a, "/members");
		note(x);
		browser_fetch(&x->b, "/members");
		break;
	case 10:
		browser_click(&x->c, "/members");
		break;
	default:
		x->g->origin.fields = "Set-Cookie: PHPSESSID=x; Max-Age=0\r\n";
		browser_click(&x->c, "/logout.php");
		break;
	}
	note(x);
}

static void play_story(int restart_after, char ret_trace[512])
{
	struct cast x = { .g = stage_open(one) };

	x.a = browser_new(x.g);
	x.b = browser_new(x.g);
	x.c = browser_new(x.g);
	for (int step = 0; step < STEPS; step++) {
		stage_pass(1000);
		play_step(&x, step);
		if (step == restart_after || restart_after == STEPS)
			stage_restart(x.g);
	}
	memcpy(ret_trace, x.trace, sizeof(x.trace));
	stage_close(x.g);
}

static void a_restart_at_any_point_changes_nothing(void)
{
	char trace[512], restarted[512];

	play_story(-1, trace);
	ck_assert_ptr_nonnull(strstr(trace, "401:0:2"));
	for (int step = 0; step <= STEPS; step++) {
		play_story(step, restarted);
		ck_assert_msg(strcmp(trace, restarted) == 0, "after step %d:\n%s\n%s", step,
			      restarted, trace);
	}
}

SUITE_MAIN("cache", a_hundred_clicks_cost_one_look, a_warm_cache_delays_no_change,
	   a_stranger_who_logs_in_is_known_at_once, whoever_is_active_is_never_idle,
	   the_account_hears_of_hits_every_ten_seconds_and_not_between,
	   whoever_was_here_within_the_time_is_not_idle, another_network_is_told_at_once,
	   a_place_falls_free_to_the_millisecond,
	   who_was_idle_and_returns_first_is_the_newest_and_not_cached_as_the_oldest,
	   the_end_of_the_warmup_waits_for_no_cache, warmup_is_for_those_that_start_with_nothing,
	   another_cookie_agent_or_network_is_no_hit, a_restart_at_any_point_changes_nothing)
