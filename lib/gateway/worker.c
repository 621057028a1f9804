#include "gateway/worker.h"

#include "base/mem.h"
#include "base/thread.h"
#include "gateway/flow.h"
#include "gateway/tunnels.h"
#include "serve/serve.h"

#include <stdio.h>

enum { CACHE_BYTES = 32 * 1024 * 1024 };

struct worker {
	struct flow_context flow;
	struct serve *serve;
	struct gateway_options options;
	unsigned number;
	pthread_t thread;
	bool runs;
	void (*on_drained)(void *arg);
	void *drained_arg;
};

struct worker *worker_create(const struct gateway_options *options, struct said *said,
			     unsigned number, unsigned max_connections)
{
	struct worker *w = MEM_NEW(struct worker);
	struct loop *loop = loop_create();
	struct serve_options serve = { .loop = loop,
				       .settings = options->settings,
				       .metrics = options->metrics,
				       .metric_shard = number + 1,
				       .max_connections = max_connections,
				       .crowd = options->crowd,
				       .callbacks = &flow_callbacks,
				       .app = &w->flow };
	struct decide_options decide = { .registry = options->registry,
					 .metrics = options->metrics,
					 .metric_shard = number + 1,
					 .cache_bytes = CACHE_BYTES };

	if (!loop) {
		mem_free(w);
		return NULL;
	}
	w->options = *options;
	w->number = number;
	w->flow = (struct flow_context){ .loop = loop,
					 .registry = options->registry,
					 .asker = options->asker,
					 .metrics = options->metrics,
					 .metric_shard = number + 1,
					 .csrf_key = options->csrf_key,
					 .said = said };
	hmac_random(&w->flow.request_prefix, sizeof(w->flow.request_prefix));
	w->flow.regime = regime_create(options->settings, registry_state_key(options->registry),
				       options->device_keys, options->n_device_keys);
	w->flow.pool = forward_pool_create(loop, options->settings, options->metrics, number + 1);
	w->flow.decide = decide_create(&decide);
	w->flow.tunnels = tunnels_create(&w->flow);
	w->serve = serve_create(&serve);
	return w;
}

void worker_listen(struct worker *w, int fd, size_t listener)
{
	serve_listen(w->serve, fd, listener);
}

static void *live(void *arg)
{
	struct worker *w = arg;

	loop_run(w->flow.loop);
	return NULL;
}

bool worker_start(struct worker *w)
{
	char name[16];

	snprintf(name, sizeof(name), "worker %u", w->number);
	w->runs = thread_start(name, live, w, &w->thread);
	return w->runs;
}

struct order {
	struct loop_letter letter;
	struct worker *w;
	struct settings *settings;
};

static void on_settings(struct loop_letter *letter)
{
	struct order *order = (struct order *)letter;
	struct worker *w = order->w;

	regime_unref(&w->flow.regime);
	w->flow.regime = regime_create(order->settings, registry_state_key(w->options.registry),
				       w->options.device_keys, w->options.n_device_keys);
	forward_pool_use_settings(w->flow.pool, order->settings);
	serve_use_settings(w->serve, order->settings);
	settings_unref(&order->settings);
	mem_free(order);
}

void worker_use_settings(struct worker *w, struct settings *settings)
{
	struct order *order = MEM_NEW(struct order);

	order->letter.on_delivery = on_settings;
	order->w = w;
	order->settings = settings_ref(settings);
	loop_post(w->flow.loop, &order->letter);
}

static void on_drained(void *app)
{
	/* `app` is what the flow's callbacks get: the first member of the worker. */
	struct worker *w = app;

	w->on_drained(w->drained_arg);
}

static void on_drain(struct loop_letter *letter)
{
	struct order *order = (struct order *)letter;

	tunnels_drain(order->w->flow.tunnels);
	serve_drain(order->w->serve, on_drained);
	mem_free(order);
}

void worker_drain(struct worker *w, void (*done)(void *arg), void *arg)
{
	struct order *order = MEM_NEW(struct order);

	w->on_drained = done;
	w->drained_arg = arg;
	order->letter.on_delivery = on_drain;
	order->w = w;
	loop_post(w->flow.loop, &order->letter);
}

void worker_destroy(struct worker **w)
{
	if (!*w)
		return;
	if ((*w)->runs) {
		loop_stop((*w)->flow.loop);
		pthread_join((*w)->thread, NULL);
	}
	serve_destroy(&(*w)->serve);
	tunnels_destroy(&(*w)->flow.tunnels);
	forward_pool_destroy(&(*w)->flow.pool);
	decide_destroy(&(*w)->flow.decide);
	regime_unref(&(*w)->flow.regime);
	loop_destroy(&(*w)->flow.loop);
	MEM_FREE(*w);
}
