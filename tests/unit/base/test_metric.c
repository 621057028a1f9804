#include "suite.h"

#include "base/metric.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct metrics *metrics;

static void set_up(void)
{
	metrics = metric_create();
}

static void tear_down(void)
{
	metric_destroy(&metrics);
}

static void shards_are_summed(void)
{
	metric_add(metrics, 0, METRIC_REQUESTS, 1);
	metric_add(metrics, 1, METRIC_REQUESTS, 2);
	metric_add(metrics, METRIC_SHARDS - 1, METRIC_REQUESTS, 4);
	ck_assert_int_eq(metric_read(metrics, METRIC_REQUESTS), 7);
	ck_assert_int_eq(metric_read(metrics, METRIC_CONNECTIONS), 0);
}

static void a_gauge_goes_up_on_one_worker_and_down_on_another(void)
{
	metric_add(metrics, 1, METRIC_CONNECTIONS, 2);
	metric_add(metrics, 2, METRIC_CONNECTIONS, -1);
	ck_assert_int_eq(metric_read(metrics, METRIC_CONNECTIONS), 1);
	metric_set(metrics, METRIC_CONNECTIONS, 10);
	ck_assert_int_eq(metric_read(metrics, METRIC_CONNECTIONS), 11);
}

struct counting {
	unsigned shard;
	pthread_t thread;
};

static void *count_often(void *arg)
{
	struct counting *c = arg;

	for (int i = 0; i < 10000; i++) {
		metric_add(metrics, c->shard, METRIC_REQUESTS, 1);
		metric_add(metrics, 0, METRIC_REFUSED, 1);
	}
	return NULL;
}

static void threads_lose_no_count(void)
{
	struct counting threads[4];

	for (unsigned i = 0; i < 4; i++) {
		threads[i].shard = i + 1;
		pthread_create(&threads[i].thread, NULL, count_often, &threads[i]);
	}
	for (unsigned i = 0; i < 4; i++)
		pthread_join(threads[i].thread, NULL);
	ck_assert_int_eq(metric_read(metrics, METRIC_REQUESTS), 40000);
	ck_assert_int_eq(metric_read(metrics, METRIC_REFUSED), 40000);
}

static size_t count(const char *text, const char *needle)
{
	size_t n = 0;

	for (; (text = strstr(text, needle)); text++)
		n++;
	return n;
}

static void the_page_is_prometheus_text(void)
{
	struct text t;

	metric_add(metrics, 1, METRIC_RESPONSES_2XX, 3);
	text_init_growing(&t, 1 << 20);
	metric_write(metrics, &t);
	text_putc(&t, '\0');
	ck_assert(!t.overflow);
	ck_assert_ptr_nonnull(strstr(t.at,
				     "# HELP latchd_responses_total Responses sent to clients.\n"
				     "# TYPE latchd_responses_total counter\n"
				     "latchd_responses_total{class=\"1xx\"} 0\n"
				     "latchd_responses_total{class=\"2xx\"} 3\n"));
	ck_assert_ptr_nonnull(
		strstr(t.at, "# TYPE latchd_connections gauge\nlatchd_connections 0\n"));
	ck_assert_uint_eq(count(t.at, "# TYPE latchd_responses_total "), 1);
	text_fini(&t);
}

struct row {
	const char *name, *labels, *help;
	enum metric_kind kind;
};

static const struct row rows[] = {
#define METRIC(id, name, labels, kind, help) { name, labels, help, kind },
#include "base/metric_table.h"
#undef METRIC
};

/* Prometheus refuses the whole page for one series that comes twice. */
static void no_series_comes_twice_and_names_stand_together(void)
{
	for (int i = 0; i < METRIC_COUNT; i++)
		for (int j = i + 1; j < METRIC_COUNT; j++) {
			bool same = strcmp(rows[i].name, rows[j].name) == 0;

			ck_assert_msg(!same || strcmp(rows[i].labels, rows[j].labels) != 0,
				      "%s{%s} comes twice", rows[i].name, rows[i].labels);
			ck_assert_msg(!same || strcmp(rows[j - 1].name, rows[j].name) == 0,
				      "rows of %s do not stand together", rows[i].name);
			ck_assert_msg(!same || strcmp(rows[i].help, rows[j].help) == 0,
				      "%s has two helps", rows[i].name);
			ck_assert(!same || rows[i].kind == rows[j].kind);
		}
}

static void names_follow_the_rules(void)
{
	for (int i = 0; i < METRIC_COUNT; i++) {
		const char *name = rows[i].name;
		size_t len = strlen(name);
		bool total = len > 6 && strcmp(name + len - 6, "_total") == 0;

		ck_assert_msg(strncmp(name, "latchd_", 7) == 0, "%s", name);
		ck_assert_msg(strspn(name, "abcdefghijklmnopqrstuvwxyz_") == len, "%s", name);
		ck_assert_msg(total == (rows[i].kind == METRIC_COUNTER), "%s", name);
	}
}

SUITE_MAIN_WITH("metric", set_up, tear_down, shards_are_summed,
		a_gauge_goes_up_on_one_worker_and_down_on_another, threads_lose_no_count,
		the_page_is_prometheus_text, no_series_comes_twice_and_names_stand_together,
		names_follow_the_rules)
