/* The webhook thread on a real registry: what is told in a change arrives, over restarts too. */
#include "suite.h"

#include "base/clock.h"
#include "base/mem.h"
#include "origin.h"
#include "registry/outbox.h"
#include "webhook/webhook.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { ACCOUNTS = 40, EACH = 25, ALL = ACCOUNTS * EACH };

static char state[64];
static struct registry *registry;
static struct metrics *metrics;
static struct settings settings;
static struct webhook *webhook;
static struct origin *backend;
static char url[64], client_id[] = "shop";
static const int64_t waits_ms[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };

static void open_registry(void)
{
	struct registry_options options = { .path = state,
					    .metrics = metrics,
					    .wall_ms = clock_wall_ms };
	char *why = NULL;

	ck_assert_msg(registry_open(&options, &registry, &why) == 0, "%s", why);
}

static void start_webhook(void)
{
	struct webhook_pace pace = { .plan = { waits_ms, 16 },
				     .pause_ms = 1000,
				     .remember_ms = 1000 };
	struct webhook_options options = {
		.registry = registry, .settings = &settings, .metrics = metrics, .pace = &pace
	};

	webhook = webhook_start(&options);
	ck_assert_ptr_nonnull(webhook);
}

static void setup(void)
{
	snprintf(state, sizeof(state), "%s/latchd-webhook-XXXXXX", suite_room());
	ck_assert_ptr_nonnull(mkdtemp(state));
	metrics = metric_create();
	settings = (struct settings){
		.refs = 1,
		.client_id = client_id,
		.events = { .url = url, .timeout_ms = 20000, .max_backlog_bytes = 1 << 30 }
	};
	open_registry();
}

static void teardown(void)
{
	char command[128];

	webhook_stop(&webhook);
	registry_close(&registry);
	origin_stop(&backend);
	metric_destroy(&metrics);
	snprintf(command, sizeof(command), "rm -r %s", state);
	ck_assert_int_eq(system(command), 0);
}

static void start_backend(origin_script *script)
{
	backend = origin_start(script, NULL);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/hooks", origin_port(backend));
}

static void tell_one(struct account *a, struct change *c, void *arg)
{
	(void)a;
	change_tell(c, OUTBOX_DEVICE_ATTACHED, json_pack("{s:i}", "n", *(int *)arg));
}

/* The n-th event belongs to account n % accounts. */
static void tell(int from, int to, int accounts)
{
	for (int n = from; n < to; n++) {
		char name[32];

		snprintf(name, sizeof(name), "account %d", n % accounts);
		registry_change(registry, view_of(name), true, tell_one, &n);
	}
}

static void await_delivery(int64_t n)
{
	while (metric_read(metrics, METRIC_WEBHOOK_DELIVERED) < n)
		sched_yield();
}

static int number_of(struct origin *o, unsigned i)
{
	char *body = origin_body(o, "/hooks", i);
	char *at = strstr(body, "\"n\":");
	int n = at ? atoi(at + 4) : -1;

	free(body);
	return n;
}

static bool accept_all(struct origin_call *call)
{
	return origin_answer(call, 200, "", "");
}

static void all_arrive_once_and_in_order(void)
{
	static int last[ACCOUNTS];
	static bool seen[ALL];

	start_backend(accept_all);
	start_webhook();
	tell(0, ALL, ACCOUNTS);
	await_delivery(ALL);
	ck_assert_uint_eq(origin_count(backend, "/hooks"), ALL);
	memset(last, -1, sizeof(last));
	for (unsigned i = 0; i < ALL; i++) {
		int n = number_of(backend, i);

		ck_assert(n >= 0 && n < ALL && !seen[n]);
		seen[n] = true;
		ck_assert_int_gt(n, last[n % ACCOUNTS]);
		last[n % ACCOUNTS] = n;
	}
}

static bool fail_every_third(struct origin_call *call)
{
	return origin_answer(call, origin_count(call->origin, "") % 3 ? 200 : 503, "", "");
}

static void all_arrive_though_many_attempts_fail(void)
{
	static bool seen[ALL];
	unsigned n_seen = 0;

	start_backend(fail_every_third);
	start_webhook();
	tell(0, ALL, ACCOUNTS);
	await_delivery(ALL);
	for (unsigned i = 0; i < origin_count(backend, "/hooks"); i++) {
		int n = number_of(backend, i);

		n_seen += !seen[n];
		seen[n] = true;
	}
	ck_assert_uint_eq(n_seen, ALL);
	ck_assert_int_eq(metric_read(metrics, METRIC_WEBHOOK_DEAD), 0);
}

/* Stopped in the middle, again and again; what was under way comes again. */
static void all_arrive_over_restarts(void)
{
	static bool seen[ALL];
	unsigned n_seen = 0;

	start_backend(accept_all);
	tell(0, ALL, ACCOUNTS);
	for (int i = 1; i <= 4; i++) {
		start_webhook();
		origin_wait(backend, "/hooks", (unsigned)i * ALL / 8);
		webhook_stop(&webhook);
		registry_close(&registry);
		open_registry();
	}
	start_webhook();
	while (outbox_waiting(registry))
		sched_yield();
	for (unsigned i = 0; i < origin_count(backend, "/hooks"); i++) {
		int n = number_of(backend, i);

		n_seen += !seen[n];
		seen[n] = true;
	}
	ck_assert_uint_eq(n_seen, ALL);
}

/* Says how many a second went to one sink that does nothing with them. */
static void thousands_go_out_in_a_second(void)
{
	const int count = suite_is_sanitized() ? 1000 : 20000;
	int64_t from_ms, took_ms;

	start_backend(accept_all);
	tell(0, count, 1000);
	from_ms = clock_steady_ms();
	start_webhook();
	await_delivery(count);
	took_ms = clock_steady_ms() - from_ms;
	printf("%lld webhooks a second\n", (long long)count * 1000 / (took_ms ? took_ms : 1));
	ck_assert_uint_eq(origin_count(backend, "/hooks"), count);
	ck_assert_uint_le(origin_connections(backend), 32);
}

SUITE_MAIN_WITH("webhook", setup, teardown, all_arrive_once_and_in_order,
		all_arrive_though_many_attempts_fail, all_arrive_over_restarts,
		thousands_go_out_in_a_second)
