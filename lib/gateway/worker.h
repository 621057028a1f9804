/* worker: one thread with everything that requests need on it: loop, client connections, origin connections, verdict cache.
 * Create and destroy from the thread that starts the gateway; the posts from any thread. */
#pragma once

#include "gateway/gateway.h"

struct said;
struct worker;

/* `number` from 0; `said` outlives it. NULL when the system has no thread or descriptor to give. */
struct worker *worker_create(const struct gateway_options *options, struct said *said,
			     unsigned number, unsigned max_connections);
/* Accepts on a bound descriptor for that listener of the settings; before worker_start. */
void worker_listen(struct worker *w, int fd, size_t listener);
bool worker_start(struct worker *w);
/* Posts. The settings are referenced. */
void worker_use_settings(struct worker *w, struct settings *settings);
/* `on_drained` comes on the worker's thread. */
void worker_drain(struct worker *w, void (*on_drained)(void *arg), void *arg);
/* Ends the thread, cuts what is left, frees. Accepts NULL. */
void worker_destroy(struct worker **w);
