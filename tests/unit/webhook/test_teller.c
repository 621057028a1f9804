#include "suite.h"

#include "fake_outbox.h"
#include "origin.h"
#include "webhook/webhook.h"

#include <sched.h>
#include <unistd.h>

static struct registry outbox;
static struct settings settings, other;
static struct view secrets[] = { { "secret", 6 } };
static struct metrics *metrics;
static struct webhook *webhook;
static struct origin *backend;
static char url[64];
static atomic_int status; /* that the backend answers */
static char client_id[] = "sh\"op";

static struct settings settings_of(char *to)
{
	return (struct settings){
		.refs = 1,
		.client_id = client_id,
		.events = { .url = to, .secrets = secrets, .n_secrets = 1, .timeout_ms = 5000 }
	};
}

static bool obey(struct origin_call *call)
{
	static const char empty[] = "HTTP/1.1 204 No Content\r\n\r\n";

	if (atomic_load(&status) == 204) {
		wirework_send(call->fd, empty, sizeof(empty) - 1);
		return true;
	}
	return origin_answer(call, atomic_load(&status), "", "");
}

static void start_backend(origin_script *script)
{
	backend = origin_start(script, NULL);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/hooks", origin_port(backend));
}

static void setup(void)
{
	fake_init(&outbox);
	metrics = metric_create();
	atomic_store(&status, 200);
	settings = settings_of(url);
	other = settings_of(url);
}

static void start(void)
{
	struct webhook_options options = { .registry = &outbox,
					   .settings = &settings,
					   .metrics = metrics };

	webhook = webhook_start(&options);
	ck_assert_ptr_nonnull(webhook);
}

static void stop(void)
{
	webhook_stop(&webhook);
	ck_assert_ptr_null(outbox.listener);
	ck_assert_uint_eq(settings.refs, 1);
	ck_assert_uint_eq(other.refs, 1);
}

static void teardown(void)
{
	stop();
	origin_stop(&backend);
	metric_destroy(&metrics);
}

static unsigned number_of(const char *body)
{
	const char *at = strstr(body, "\"n\":");

	ck_assert_msg(at != NULL, "%s", body);
	return (unsigned)strtoul(at + 4, NULL, 10);
}

static void a_thousand_events_arrive_once_and_in_order(void)
{
	static int last[50];
	static bool seen[1000];

	start_backend(obey);
	start();
	fake_tell(&outbox, 50, 20);
	fake_wait(&outbox, &outbox.n_done, 1000);
	ck_assert_uint_eq(origin_count(backend, "/hooks"), 1000);
	memset(last, -1, sizeof(last));
	for (unsigned i = 0; i < 1000; i++) {
		char *body = origin_body(backend, "/hooks", i);
		unsigned n = number_of(body);

		ck_assert(!seen[n]);
		seen[n] = true;
		ck_assert_int_lt(last[n % 50], (int)n);
		last[n % 50] = (int)n;
		free(body);
	}
	ck_assert_int_eq(metric_read(metrics, METRIC_WEBHOOK_DELIVERED), 1000);
	ck_assert_uint_le(fake_read(&outbox, &outbox.most_taken), 32);
	ck_assert_uint_le(origin_connections(backend), 32);
}

static void what_waited_before_the_start_is_delivered(void)
{
	start_backend(obey);
	fake_tell(&outbox, 3, 1);
	start();
	fake_wait(&outbox, &outbox.n_done, 3);
}

static void the_envelope_is_as_promised(void)
{
	char *body, *head;

	start_backend(obey);
	start();
	fake_tell(&outbox, 1, 1);
	fake_wait(&outbox, &outbox.n_done, 1);
	body = origin_body(backend, "/hooks", 0);
	head = origin_head(backend, "/hooks", 0);
	ck_assert_str_eq(
		body, "{\"type\":\"device.attached\",\"timestamp\":\"1970-01-01T00:00:00.000Z\","
		      "\"client_id\":\"sh\\\"op\",\"data\":{\"account\":\"account 0\",\"n\":0}}");
	ck_assert_ptr_nonnull(strstr(head, "webhook-id: 00000000000000000000000000000000\r\n"));
	ck_assert_ptr_nonnull(strstr(head, "webhook-signature: v1,"));
	free(body);
	free(head);
}

static void every_2xx_is_delivered(void)
{
	static const int statuses[] = { 200, 201, 202, 204, 299 };

	start_backend(obey);
	start();
	for (unsigned i = 0; i < 5; i++) {
		atomic_store(&status, statuses[i]);
		fake_tell(&outbox, 1, 1);
		fake_wait(&outbox, &outbox.n_done, i + 1);
	}
	ck_assert_uint_eq(fake_read(&outbox, &outbox.n_retries), 0);
}

static void anything_else_is_tried_again(void)
{
	static const int statuses[] = { 300, 301, 302, 304, 307, 308, 400, 401,
					403, 404, 409, 429, 500, 502, 503 };

	start_backend(obey);
	start();
	outbox.keeps_time = true;
	for (unsigned i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		atomic_store(&status, statuses[i]);
		fake_tell(&outbox, 1, 1);
		fake_wait(&outbox, &outbox.n_retries, i + 1);
		pthread_mutex_lock(&outbox.lock);
		outbox.events[i].fate = FAKE_DONE;
		pthread_mutex_unlock(&outbox.lock);
	}
	ck_assert_uint_eq(fake_read(&outbox, &outbox.n_done), 0);
	ck_assert_int_eq(metric_read(metrics, METRIC_WEBHOOK_FAILED), 15);
}

/* The id is the same on every attempt; the waits are the plan's; the last failure makes a dead letter. */
static void what_fails_is_retried_by_plan_and_buried(void)
{
	static const int64_t plan_s[] = { 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400 };

	atomic_store(&status, 500);
	start_backend(obey);
	outbox.keeps_time = true;
	start();
	fake_tell(&outbox, 1, 1);
	for (unsigned i = 0; i < 9; i++) {
		struct fake_event e;
		int64_t wait_ms;

		fake_wait(&outbox, &outbox.n_retries, i + 1);
		e = fake_get(&outbox, 0);
		wait_ms = e.next_ms - e.retried_at_ms;
		ck_assert_int_ge(wait_ms, plan_s[i] * 1000 - 1000);
		ck_assert_int_le(wait_ms, plan_s[i] * 1100 + 1000);
		pthread_mutex_lock(&outbox.lock);
		outbox.events[0].next_ms = 0;
		outbox.listener(outbox.arg);
		pthread_mutex_unlock(&outbox.lock);
	}
	fake_wait(&outbox, &outbox.n_buried, 1);
	ck_assert_uint_eq(origin_count(backend, "/hooks"), 10);
	for (unsigned i = 0; i < 10; i++) {
		char *head = origin_head(backend, "/hooks", i);

		ck_assert_ptr_nonnull(
			strstr(head, "webhook-id: 00000000000000000000000000000000\r\n"));
		free(head);
	}
	ck_assert_int_eq(metric_read(metrics, METRIC_WEBHOOK_FAILED), 9);
	ck_assert_int_eq(metric_read(metrics, METRIC_WEBHOOK_DEAD), 1);
}

static bool ask_for_time(struct origin_call *call)
{
	return origin_answer(call, 503, "Retry-After: 3600\r\n", "");
}

static void retry_after_is_honoured(void)
{
	struct fake_event e;

	start_backend(ask_for_time);
	outbox.keeps_time = true;
	start();
	fake_tell(&outbox, 1, 1);
	fake_wait(&outbox, &outbox.n_retries, 1);
	e = fake_get(&outbox, 0);
	ck_assert_int_ge(e.next_ms - e.retried_at_ms, 3600000 - 1000);
	ck_assert_int_le(e.next_ms - e.retried_at_ms, 3600000);
}

static void a_retry_comes_when_it_is_due(void)
{
	static int64_t waits_ms
		[1000]; /* more than are needed until the backend is well, however late that is */
	struct webhook_pace pace = { .plan = { waits_ms, 1000 } };
	struct webhook_options options = {
		.registry = &outbox, .settings = &settings, .metrics = metrics, .pace = &pace
	};

	for (unsigned i = 0; i < 1000; i++)
		waits_ms[i] = 20;
	atomic_store(&status, 500);
	start_backend(obey);
	outbox.keeps_time = true;
	webhook = webhook_start(&options);
	fake_tell(&outbox, 2, 1);
	fake_wait(&outbox, &outbox.n_retries, 4);
	atomic_store(&status, 200);
	fake_wait(&outbox, &outbox.n_done, 2);
}

static void after_410_nothing_is_sent_until_the_settings_are_loaded(void)
{
	unsigned before;

	atomic_store(&status, 410);
	start_backend(obey);
	start();
	fake_tell(&outbox, 1, 3);
	fake_wait(&outbox, &outbox.n_retries, 1);
	ck_assert_int_eq(metric_read(metrics, METRIC_WEBHOOK_GONE), 1);
	atomic_store(&status, 200);
	before = fake_read(&outbox, &outbox.n_takes);
	fake_tell(&outbox, 5, 1);
	webhook_use_settings(webhook, &other);
	fake_wait(&outbox, &outbox.n_done, 8);
	ck_assert_uint_gt(fake_read(&outbox, &outbox.n_takes), before);
	ck_assert_uint_eq(origin_count(backend, "/hooks"), 9);
	ck_assert_int_eq(metric_read(metrics, METRIC_WEBHOOK_GONE), 0);
	ck_assert_int_eq(metric_read(metrics, METRIC_WEBHOOK_REFUSED), 1);
	ck_assert_uint_eq(fake_read(&outbox, &outbox.n_buried), 0);
}

static void a_410_at_the_last_attempt_buries_nothing(void)
{
	atomic_store(&status, 410);
	start_backend(obey);
	fake_tell(&outbox, 1, 1);
	outbox.events[0].attempts = 9;
	start();
	fake_wait(&outbox, &outbox.n_retries, 1);
	ck_assert_uint_eq(fake_read(&outbox, &outbox.n_buried), 0);
}

/* Account 0's events hang, all others pass. */
static bool hang_for_one(struct origin_call *call)
{
	char c;

	if (!strstr(call->request->body, "account 0"))
		return origin_answer(call, 200, "", "");
	while (read(call->fd, &c, 1) > 0)
		;
	return false;
}

static void an_account_that_hangs_holds_nobody_up(void)
{
	start_backend(hang_for_one);
	start();
	fake_tell(&outbox, 10, 20);
	fake_wait(&outbox, &outbox.n_done, 180);
	ck_assert_int_eq(fake_get(&outbox, 0).fate, FAKE_TAKEN);
	ck_assert_int_eq(fake_get(&outbox, 10).fate, FAKE_WAITS);
	stop();
	ck_assert_int_eq(fake_get(&outbox, 0).fate, FAKE_TAKEN);
	ck_assert_uint_eq(fake_read(&outbox, &outbox.n_retries), 0);
	ck_assert_uint_eq(fake_read(&outbox, &outbox.n_buried), 0);
}

static bool hang(struct origin_call *call)
{
	char c;

	while (read(call->fd, &c, 1) > 0)
		;
	return false;
}

static void at_most_32_are_under_way(void)
{
	start_backend(hang);
	start();
	fake_tell(&outbox, 100, 1);
	origin_wait(backend, "/hooks", 32);
	fake_tell(&outbox, 100, 1);
	ck_assert_uint_eq(fake_read(&outbox, &outbox.n_taken), 32);
	stop();
	ck_assert_uint_eq(fake_read(&outbox, &outbox.most_taken), 32);
	ck_assert_uint_eq(fake_read(&outbox, &outbox.n_retries), 0);
}

static void nobody_is_told_without_an_address(void)
{
	start_backend(obey);
	settings.events.url = NULL;
	start();
	fake_tell(&outbox, 5, 1);
	webhook_use_settings(webhook, &other);
	fake_wait(&outbox, &outbox.n_done, 5);
	ck_assert_uint_eq(origin_count(backend, "/hooks"), 5);
}

static void new_settings_are_for_what_is_sent_from_then_on(void)
{
	char elsewhere[80];

	start_backend(obey);
	start();
	fake_tell(&outbox, 1, 1);
	fake_wait(&outbox, &outbox.n_done, 1);
	snprintf(elsewhere, sizeof(elsewhere), "%s/new", url);
	other.events.url = elsewhere;
	webhook_use_settings(webhook, &other);
	while (atomic_load(&settings.refs) > 1)
		sched_yield();
	fake_tell(&outbox, 1, 1);
	fake_wait(&outbox, &outbox.n_done, 2);
	ck_assert_uint_eq(origin_count(backend, "/hooks/new"), 1);
	stop();
}

/* Every look at the outbox has a cause: an event that came, one that was settled, or a time that was due. */
static void a_backend_that_is_down_is_not_hammered(void)
{
	start_backend(obey);
	origin_stop(&backend);
	outbox.keeps_time = true;
	start();
	fake_tell(&outbox, 100, 2);
	fake_wait(&outbox, &outbox.n_retries, 100);
	stop();
	ck_assert_uint_eq(fake_read(&outbox, &outbox.n_retries), 100);
	ck_assert_uint_le(fake_read(&outbox, &outbox.n_takes), 102);
}

static void too_many_events_push_out_the_oldest_even_after_410(void)
{
	atomic_store(&status, 410);
	start_backend(obey);
	start();
	fake_tell(&outbox, 1, 1);
	fake_wait(&outbox, &outbox.n_retries, 1);
	fake_set(&outbox, &outbox.too_many, OUTBOX_TRIM_MAX + 500);
	fake_tell(&outbox, 1000, 2);
	fake_wait(&outbox, &outbox.n_buried, OUTBOX_TRIM_MAX + 500);
	stop();
}

static void the_settings_say_how_many_dead_letters_are_kept(void)
{
	start_backend(obey);
	settings.events.max_dead_letters = 7;
	other.events.max_dead_letters = 3;
	start();
	fake_wait(&outbox, &outbox.n_looks, 1);
	ck_assert_uint_eq(outbox.most_dead, 7);
	webhook_use_settings(webhook, &other);
	fake_wait(&outbox, &outbox.n_looks, 2);
	ck_assert_uint_eq(outbox.most_dead, 3);
	stop();
}

SUITE_MAIN_WITH("teller", setup, teardown, a_thousand_events_arrive_once_and_in_order,
		what_waited_before_the_start_is_delivered, the_envelope_is_as_promised,
		every_2xx_is_delivered, anything_else_is_tried_again,
		what_fails_is_retried_by_plan_and_buried, retry_after_is_honoured,
		a_retry_comes_when_it_is_due,
		after_410_nothing_is_sent_until_the_settings_are_loaded,
		a_410_at_the_last_attempt_buries_nothing, an_account_that_hangs_holds_nobody_up,
		at_most_32_are_under_way, nobody_is_told_without_an_address,
		new_settings_are_for_what_is_sent_from_then_on,
		a_backend_that_is_down_is_not_hammered,
		too_many_events_push_out_the_oldest_even_after_410,
		the_settings_say_how_many_dead_letters_are_kept)
