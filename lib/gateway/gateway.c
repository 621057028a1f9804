#include "gateway/gateway.h"

#include "base/err.h"
#include "base/mem.h"
#include "gateway/said.h"
#include "gateway/worker.h"
#include "serve/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	SPARE_DESCRIPTORS = 16,
	WORKER_DESCRIPTORS = 4, /* besides its listeners */
	MAX_DESCRIPTORS = 1000000,
};

struct gateway {
	struct worker **workers;
	unsigned n_workers;
	struct said said;
	struct settings *settings; /* which the doors are opened by */
	struct door **doors;       /* one for each listener */
	struct crowd *crowd;
	atomic_uint draining; /* workers that are not empty yet */
	void (*on_drained)(void *arg);
	void *drained_arg;
};

/* How many descriptors there are, about: the lowest number that is free. */
static rlim_t descriptors_in_use(void)
{
	int lowest = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (lowest < 0)
		return 0;
	close(lowest);
	return (rlim_t)lowest;
}

/* Each client connection may need one to the origin; the workers need some to begin with, and the state, the log, the
 * operator and the webhooks now and then. */
static rlim_t room_for_connections(const struct settings *s)
{
	rlim_t taken = descriptors_in_use() + SPARE_DESCRIPTORS +
		       s->workers * (WORKER_DESCRIPTORS + s->n_listeners);
	struct rlimit limit = { 0 };

	getrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur >= MAX_DESCRIPTORS)
		return MAX_DESCRIPTORS;
	return limit.rlim_cur > taken ? limit.rlim_cur - taken : 0;
}

static unsigned connections_per_worker(const struct settings *s)
{
	unsigned n;

	if (s->http.max_connections)
		return (s->http.max_connections + s->workers - 1) / s->workers;
	n = (unsigned)(room_for_connections(s) / 2 / s->workers);
	return n ? n : 1;
}

static char *why_not_bound(const struct settings_address *address)
{
	char text[512];
	int len = snprintf(text, sizeof(text), "cannot listen on %s: %s", address->text,
			   strerror(errno));

	return mem_copy(text, (size_t)len < sizeof(text) ? (size_t)len : sizeof(text) - 1);
}

/* Every worker gets its own descriptor for every address. */
static int listen_on(struct gateway *g, const struct gateway_options *options, size_t i,
		     char **ret_why)
{
	const struct settings_listener *listener = &options->settings->listeners[i];
	int err = door_open(listener, options->given, options->n_given, &g->doors[i]);

	for (unsigned n = 0; n < g->n_workers && !err; n++) {
		int fd = door_take(g->doors[i]);

		if (fd < 0)
			err = ERR_IO;
		else
			worker_listen(g->workers[n], fd, i);
	}
	if (err)
		*ret_why = why_not_bound(&listener->address);
	else
		door_hand_over(g->doors[i]);
	return err;
}

static int start(struct gateway *g, const struct gateway_options *options, char **ret_why)
{
	const struct settings *s = options->settings;
	int err = 0;

	for (unsigned i = 0; i < s->workers; i++) {
		g->workers[i] = worker_create(options, &g->said, i, connections_per_worker(s));
		if (!g->workers[i])
			goto no_thread;
		g->n_workers++;
	}
	for (size_t i = 0; i < s->n_listeners && !err; i++)
		err = listen_on(g, options, i, ret_why);
	for (unsigned i = 0; i < g->n_workers && !err; i++)
		if (!worker_start(g->workers[i]))
			goto no_thread;
	return err;
no_thread:
	*ret_why = mem_text("cannot start a worker: the system has no descriptors or threads left");
	return ERR_IO;
}

int gateway_start(const struct gateway_options *options, struct gateway **ret_gateway,
		  char **ret_why)
{
	struct gateway *g = MEM_NEW(struct gateway);
	struct gateway_options own = *options;
	int err;

	g->workers = mem_array(options->settings->workers, sizeof(struct worker *));
	g->settings = settings_ref(options->settings);
	g->doors = mem_array(options->settings->n_listeners, sizeof(struct door *));
	g->crowd = own.crowd = crowd_create();
	err = start(g, &own, ret_why);
	if (err)
		gateway_stop(&g);
	else
		*ret_gateway = g;
	return err;
}

uint16_t gateway_port(const struct gateway *g, size_t i)
{
	return door_port(g->doors[i]);
}

void gateway_use_settings(struct gateway *g, struct settings *settings)
{
	atomic_store(&g->said.mask, 0);
	for (unsigned i = 0; i < g->n_workers; i++)
		worker_use_settings(g->workers[i], settings);
}

static void on_worker_drained(void *arg)
{
	struct gateway *g = arg;

	if (atomic_fetch_sub(&g->draining, 1) == 1)
		g->on_drained(g->drained_arg);
}

void gateway_drain(struct gateway *g, void (*on_drained)(void *arg), void *arg)
{
	g->on_drained = on_drained;
	g->drained_arg = arg;
	atomic_store(&g->draining, g->n_workers);
	for (unsigned i = 0; i < g->n_workers; i++)
		worker_drain(g->workers[i], on_worker_drained, g);
}

void gateway_stop(struct gateway **g)
{
	if (!*g)
		return;
	for (unsigned i = 0; i < (*g)->n_workers; i++)
		worker_destroy(&(*g)->workers[i]);
	for (size_t i = 0; i < (*g)->settings->n_listeners; i++)
		door_close(&(*g)->doors[i]);
	crowd_destroy(&(*g)->crowd);
	settings_unref(&(*g)->settings);
	mem_free((*g)->workers);
	mem_free((*g)->doors);
	MEM_FREE(*g);
}
