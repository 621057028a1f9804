#include "suite.h"

#include "fake_outbox.h"
#include "origin.h"
#include "webhook/webhook.h"

#include <unistd.h>

enum { WORKERS = 2 };

struct worker {
	struct loop *loop;
	pthread_t thread;
};

/* A question of this test, and what came of it. */
struct asked {
	struct asker_question q;
	pthread_t answered_by;
	bool veto;
	unsigned answers;
};

static struct registry outbox;
static struct settings settings, other;
static struct metrics *metrics;
static struct webhook *webhook;
static struct origin *backend;
static struct worker workers[WORKERS];
static struct webhook_pace pace;
static char url[64];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned n_answers;  /* under lock */
static unsigned n_released; /* under lock: what `wait_and_veto` waits for */
static atomic_int status;
static _Atomic(const char *) says;

static void *work(void *arg)
{
	loop_run(((struct worker *)arg)->loop);
	return NULL;
}

static void start_workers(void)
{
	for (int i = 0; i < WORKERS; i++) {
		workers[i].loop = loop_create();
		ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
}

static void stop_workers(void)
{
	for (int i = 0; i < WORKERS && workers[i].loop; i++) {
		loop_stop(workers[i].loop);
		pthread_join(workers[i].thread, NULL);
		loop_destroy(&workers[i].loop);
	}
}

static struct settings settings_of(char *to)
{
	static char client_id[] = "shop";

	return (struct settings){ .refs = 1,
				  .client_id = client_id,
				  .events = { .url = to, .timeout_ms = 10000 } };
}

static bool obey(struct origin_call *call)
{
	static const char empty[] = "HTTP/1.1 204 No Content\r\n\r\n";

	if (atomic_load(&status) == 204) {
		wirework_send(call->fd, empty, sizeof(empty) - 1);
		return true;
	}
	return origin_answer(call, atomic_load(&status), "", atomic_load(&says));
}

static void start_backend(origin_script *script)
{
	backend = origin_start(script, NULL);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/hooks", origin_port(backend));
}

static void start(void)
{
	struct webhook_options options = {
		.registry = &outbox, .settings = &settings, .metrics = metrics, .pace = &pace
	};

	webhook = webhook_start(&options);
	ck_assert_ptr_nonnull(webhook);
}

static void setup(void)
{
	fake_init(&outbox);
	metrics = metric_create();
	settings = settings_of(url);
	other = settings_of(url);
	pace = (struct webhook_pace){ .plan = retry_standard(),
				      .pause_ms = 3600000,
				      .remember_ms = 3600000 };
	n_answers = n_released = 0;
	atomic_store(&status, 200);
	atomic_store(&says, "false");
	start_workers();
}

static void teardown(void)
{
	webhook_stop(&webhook);
	stop_workers();
	origin_stop(&backend);
	metric_destroy(&metrics);
	ck_assert_uint_eq(settings.refs, 1);
	ck_assert_uint_eq(other.refs, 1);
}

static void on_answer(struct asker_question *q, bool veto)
{
	struct asked *a = (struct asked *)q;

	pthread_mutex_lock(&lock);
	a->veto = veto;
	a->answers++;
	a->answered_by = pthread_self();
	n_answers++;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void ask(struct asked *a, int worker, uint8_t key)
{
	*a = (struct asked){ .q = { .loop = workers[worker].loop,
				    .type = "on_challenge",
				    .data = json_pack("{s:i}", "key", key),
				    .on_answer = on_answer } };
	memset(a->q.key, key, ID_BYTES);
	asker_ask(webhook_asker(webhook), &a->q);
}

static void await_answers(unsigned n)
{
	struct timespec until;
	int err = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 30;
	pthread_mutex_lock(&lock);
	while (n_answers < n && !err)
		err = pthread_cond_timedwait(&changed, &lock, &until);
	pthread_mutex_unlock(&lock);
	ck_assert_msg(!err, "%u answers instead of %u", n_answers, n);
}

static bool ask_and_wait(uint8_t key)
{
	struct asked a;
	unsigned before = n_answers;

	ask(&a, 0, key);
	await_answers(before + 1);
	ck_assert_uint_eq(a.answers, 1);
	return a.veto;
}

static void release(void)
{
	pthread_mutex_lock(&lock);
	n_released++;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

/* Answers when the test says so. */
static bool wait_and_veto(struct origin_call *call)
{
	pthread_mutex_lock(&lock);
	while (!n_released)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	return origin_answer(call, 200, "", "{\"return\":false}");
}

static bool hang(struct origin_call *call)
{
	char c;

	while (read(call->fd, &c, 1) > 0)
		;
	return false;
}

static void a_veto_comes_back_on_the_loop_that_asked(void)
{
	struct asked a[WORKERS];

	start_backend(obey);
	start();
	for (int i = 0; i < WORKERS; i++)
		ask(&a[i], i, (uint8_t)i);
	await_answers(WORKERS);
	for (int i = 0; i < WORKERS; i++) {
		ck_assert(a[i].veto);
		ck_assert(pthread_equal(a[i].answered_by, workers[i].thread));
	}
	ck_assert_int_eq(metric_read(metrics, METRIC_WEBHOOK_QUESTION_VETO), 2);
}

static void only_2xx_with_false_is_a_veto(void)
{
	static const struct {
		int status;
		const char *body;
		bool veto;
	} rows[] = {
		{ 200, "false", true },
		{ 201, "{\"return\":false}", true },
		{ 200, "", false },
		{ 200, "null", false },
		{ 200, "0", false },
		{ 500, "false", false },
		{ 200, "{bad", false },
		{ 302, "false", false },
		{ 200, "true", false },
		{ 404, "false", false },
		{ 200, "{\"return\":true}", false },
		{ 204, "", false },
		{ 299, "false", true },
	};

	start_backend(obey);
	start();
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		atomic_store(&status, rows[i].status);
		atomic_store(&says, rows[i].body);
		ck_assert_msg(ask_and_wait((uint8_t)i) == rows[i].veto, "%d %s", rows[i].status,
			      rows[i].body);
	}
	ck_assert_int_eq(metric_read(metrics, METRIC_WEBHOOK_QUESTION_VETO), 3);
	ck_assert_int_eq(metric_read(metrics, METRIC_WEBHOOK_QUESTION_NONE), 7);
	ck_assert_int_eq(metric_read(metrics, METRIC_WEBHOOK_QUESTION_FAILED), 3);
}

static void what_is_asked_is_signed_and_has_an_id_of_its_own(void)
{
	static struct view secret = { "secret", 6 };
	char *first, *second, *body;

	start_backend(obey);
	settings.events.secrets = &secret;
	settings.events.n_secrets = 1;
	pace.remember_ms = 0;
	start();
	ask_and_wait(7);
	ask_and_wait(7);
	ask_and_wait(8);
	ck_assert_uint_eq(origin_count(backend, "/hooks"), 3);
	body = origin_body(backend, "/hooks", 0);
	ck_assert_int_eq(strncmp(body, "{\"type\":\"on_challenge\",\"timestamp\":\"20", 38), 0);
	ck_assert_ptr_nonnull(strstr(body, "Z\",\"client_id\":\"shop\",\"data\":{\"key\":7}}"));
	free(body);
	first = strstr(body = origin_head(backend, "/hooks", 0), "webhook-id: ");
	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_nonnull(strstr(body, "webhook-signature: v1,"));
	first = strndup(first, 44);
	free(body);
	body = origin_head(backend, "/hooks", 1);
	ck_assert_ptr_nonnull(strstr(body, first));
	free(body);
	body = second = origin_head(backend, "/hooks", 2);
	ck_assert_ptr_null(strstr(second, first));
	free(body);
	free(first);
}

static void equal_questions_of_two_loops_are_asked_once(void)
{
	struct asked a[8];

	start_backend(wait_and_veto);
	start();
	for (int i = 0; i < 8; i++)
		ask(&a[i], i % WORKERS, 1);
	origin_wait(backend, "/hooks", 1);
	release();
	await_answers(8);
	for (int i = 0; i < 8; i++) {
		ck_assert(a[i].veto);
		ck_assert_uint_eq(a[i].answers, 1);
		ck_assert(pthread_equal(a[i].answered_by, workers[i % WORKERS].thread));
	}
	ck_assert_uint_eq(origin_count(backend, "/hooks"), 1);
}

static void an_answer_is_remembered(void)
{
	start_backend(obey);
	start();
	ck_assert(ask_and_wait(1));
	atomic_store(&says, "true");
	ck_assert(ask_and_wait(1));
	ck_assert(!ask_and_wait(2));
	ck_assert_uint_eq(origin_count(backend, "/hooks"), 2);
}

static void an_answer_that_is_too_old_is_asked_for_again(void)
{
	start_backend(obey);
	pace.remember_ms = 0;
	start();
	ck_assert(ask_and_wait(1));
	atomic_store(&says, "true");
	ck_assert(!ask_and_wait(1));
	ck_assert_uint_eq(origin_count(backend, "/hooks"), 2);
}

static void the_same_key_of_another_type_is_another_question(void)
{
	struct asked a;

	start_backend(obey);
	start();
	ck_assert(ask_and_wait(1));
	a = (struct asked){ .q = { .loop = workers[0].loop,
				   .type = "on_current_device_logout",
				   .data = json_object(),
				   .on_answer = on_answer } };
	memset(a.q.key, 1, ID_BYTES);
	asker_ask(webhook_asker(webhook), &a.q);
	await_answers(2);
	ck_assert_uint_eq(origin_count(backend, "/hooks"), 2);
}

static void a_timeout_is_no_veto(void)
{
	start_backend(hang);
	settings.events.timeout_ms = 20;
	start();
	ck_assert(!ask_and_wait(1));
	ck_assert_int_eq(metric_read(metrics, METRIC_WEBHOOK_QUESTION_TIMEOUT), 1);
}

static void after_five_failures_nothing_is_asked(void)
{
	atomic_store(&status, 500);
	start_backend(obey);
	start();
	for (uint8_t i = 0; i < 5; i++)
		ck_assert(!ask_and_wait(i));
	atomic_store(&status, 200);
	for (uint8_t i = 5; i < 10; i++)
		ck_assert(!ask_and_wait(i));
	ck_assert_uint_eq(origin_count(backend, "/hooks"), 5);
	ck_assert_int_eq(metric_read(metrics, METRIC_WEBHOOK_QUESTION_FAILED), 5);
	ck_assert_int_eq(metric_read(metrics, METRIC_WEBHOOK_QUESTION_SKIPPED), 5);
}

static void after_the_pause_one_is_tried_and_opens_for_all(void)
{
	struct asked a[3];

	start_backend(wait_and_veto);
	origin_stop(&backend);
	pace.pause_ms = 0;
	start();
	for (uint8_t i = 0; i < 5; i++)
		ck_assert(!ask_and_wait(i));
	start_backend(wait_and_veto);
	webhook_use_settings(webhook, &other);
	ask(&a[0], 0, 10);
	origin_wait(backend, "/hooks", 1);
	ask(&a[1], 0, 11);
	await_answers(6);
	ck_assert(!a[1].veto);
	release();
	await_answers(7);
	ck_assert(a[0].veto);
	ck_assert(ask_and_wait(12));
	ck_assert_uint_eq(origin_count(backend, "/hooks"), 2);
}

static void a_backend_that_is_gone_is_not_asked(void)
{
	atomic_store(&status, 410);
	start_backend(obey);
	start();
	ck_assert(!ask_and_wait(1));
	atomic_store(&status, 200);
	ck_assert(!ask_and_wait(2));
	ck_assert_uint_eq(origin_count(backend, "/hooks"), 1);
	webhook_use_settings(webhook, &other);
	ck_assert(ask_and_wait(3));
}

static void without_an_address_there_is_no_veto(void)
{
	settings.events.url = NULL;
	start();
	ck_assert(!ask_and_wait(1));
	ck_assert_int_eq(metric_read(metrics, METRIC_WEBHOOK_QUESTION_SKIPPED), 0);
}

static bool flood(struct origin_call *call)
{
	static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\nfalse ";
	char spaces[4096];

	memset(spaces, ' ', sizeof(spaces));
	wirework_send(call->fd, head, sizeof(head) - 1);
	for (int i = 0; i < 100; i++)
		wirework_send(call->fd, spaces, sizeof(spaces));
	return false;
}

static void an_answer_that_is_too_long_is_no_veto(void)
{
	start_backend(flood);
	start();
	ck_assert(!ask_and_wait(1));
	ck_assert_int_eq(metric_read(metrics, METRIC_WEBHOOK_QUESTION_NONE), 1);
}

static void too_many_open_questions_are_not_asked(void)
{
	static struct asked a[300];

	start_backend(hang);
	start();
	for (int i = 0; i < 300; i++) {
		a[i] = (struct asked){ .q = { .loop = workers[0].loop,
					      .type = "on_challenge",
					      .data = json_object(),
					      .on_answer = on_answer } };
		memcpy(a[i].q.key, &i, sizeof(i));
		asker_ask(webhook_asker(webhook), &a[i].q);
	}
	await_answers(44);
	ck_assert_int_eq(metric_read(metrics, METRIC_WEBHOOK_QUESTION_SKIPPED), 44);
	asker_close(webhook_asker(webhook));
	await_answers(300);
	for (int i = 0; i < 300; i++)
		ck_assert(!a[i].veto && a[i].answers == 1);
}

static void open_questions_are_answered_when_it_stops(void)
{
	struct asked a[10];

	start_backend(hang);
	start();
	for (int i = 0; i < 10; i++)
		ask(&a[i], i % WORKERS, (uint8_t)i);
	origin_wait(backend, "/hooks", 1);
	webhook_stop(&webhook);
	await_answers(10);
	for (int i = 0; i < 10; i++)
		ck_assert(!a[i].veto && a[i].answers == 1);
}

static void a_closed_asker_answers_at_once(void)
{
	struct asked a;

	start_backend(obey);
	start();
	asker_close(webhook_asker(webhook));
	asker_close(webhook_asker(webhook));
	ask(&a, 1, 1);
	stop_workers();
	ck_assert_uint_eq(a.answers, 1);
	ck_assert(!a.veto);
	ck_assert_uint_eq(origin_count(backend, "/hooks"), 0);
}

/* All that is answered was answered before the loops end, in whatever moment that comes. */
static void closing_while_others_ask_loses_no_answer(void)
{
	static struct asked a[200];

	start_backend(obey);
	start();
	for (int i = 0; i < 200; i++) {
		ask(&a[i], i % WORKERS, (uint8_t)i);
		if (i == 100)
			asker_close(webhook_asker(webhook));
	}
	stop_workers();
	for (int i = 0; i < 200; i++)
		ck_assert_uint_eq(a[i].answers, 1);
}

SUITE_MAIN_WITH("asker", setup, teardown, a_veto_comes_back_on_the_loop_that_asked,
		only_2xx_with_false_is_a_veto, what_is_asked_is_signed_and_has_an_id_of_its_own,
		equal_questions_of_two_loops_are_asked_once, an_answer_is_remembered,
		an_answer_that_is_too_old_is_asked_for_again,
		the_same_key_of_another_type_is_another_question, a_timeout_is_no_veto,
		after_five_failures_nothing_is_asked,
		after_the_pause_one_is_tried_and_opens_for_all, a_backend_that_is_gone_is_not_asked,
		without_an_address_there_is_no_veto, an_answer_that_is_too_long_is_no_veto,
		too_many_open_questions_are_not_asked, open_questions_are_answered_when_it_stops,
		a_closed_asker_answers_at_once, closing_while_others_ask_loses_no_answer)
