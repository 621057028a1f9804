#include "admin/health.h"

#include "admin/process.h"
#include "admin/servers.h"

enum { METRICS_MAX_BYTES = 1 << 20 };

void health_answer(const struct inquiry *q)
{
	json_t *object = json_object();

	json_object_set_new(object, "healthy", json_true());
	desk_answer(q, 200, object);
}

/* Nothing goes unrecognised silently: a gateway that identifies nobody is well configured for nobody. */
static json_t *identified(const struct metrics *m)
{
	json_t *requests = json_object();

	json_object_set_new(requests, "account",
			    json_integer(metric_read(m, METRIC_IDENTIFIED_ACCOUNT)));
	json_object_set_new(requests, "session",
			    json_integer(metric_read(m, METRIC_IDENTIFIED_SESSION)));
	json_object_set_new(requests, "nothing",
			    json_integer(metric_read(m, METRIC_IDENTIFIED_NOTHING)));
	return requests;
}

void health_answer_ready(const struct inquiry *q)
{
	const struct admin_options *o = &q->desk->options;
	const char *reason = o->not_ready(o->arg);
	json_t *object = json_object();

	json_object_set_new(object, "ready", json_boolean(!reason));
	if (reason)
		json_object_set_new(object, "reason", json_string(reason));
	json_object_set_new(object, "requests", identified(o->metrics));
	json_object_set_new(object, "servers", servers_count(o->settings));
	desk_answer(q, reason ? 503 : 200, object);
}

void health_answer_metrics(const struct inquiry *q)
{
	struct text t;

	text_init_growing(&t, METRICS_MAX_BYTES);
	text_puts(
		&t,
		"# HELP latchd_build_info The version that runs.\n# TYPE latchd_build_info gauge\n"
		"latchd_build_info{version=\"" LATCHD_VERSION "\"} 1\n");
	metric_write(q->desk->options.metrics, &t);
	text_printf(
		&t,
		"# HELP latchd_log_lines_dropped_total Log lines that found no room.\n"
		"# TYPE latchd_log_lines_dropped_total counter\nlatchd_log_lines_dropped_total %llu\n",
		(unsigned long long)log_dropped());
	servers_write(q->desk->options.settings, &t);
	process_write(&t);
	desk_answer_text(q, "text/plain; version=0.0.4; charset=utf-8", text_view(&t));
	text_fini(&t);
}
