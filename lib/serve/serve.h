/* serve: one worker's listeners and client connections: HTTP/1.1 and 1.0 on raw non-blocking
 * descriptors, strict heads, bodies streamed with backpressure, deadlines. Decides nothing about
 * what a request is for. One instance per worker; its loop's thread only, except where said. */
#pragma once

#include "serve/stream.h"

struct serve;

struct serve_options {
	struct loop *loop;
	struct settings *settings; /* serve takes a reference */
	struct metrics *metrics;
	unsigned metric_shard;
	unsigned max_connections;           /* of this worker */
	const struct stream_app *callbacks; /* outlives serve */
	void *app;
};

struct serve *serve_create(const struct serve_options *options);
/* Cuts what is left. */
void serve_destroy(struct serve **s);
/* New settings for requests that begin from now on. */
void serve_use_settings(struct serve *s, struct settings *settings);

/* Binds and listens; any thread, before workers start. A listening, non-blocking descriptor with SO_REUSEPORT, or
 * a negative error (ERR_IO: see errno). For port 0 the chosen port is in *ret_port; pass it in address->port's
 * place to bind the other workers' sockets to the same, `shared`: an address that is taken is an error only for the first. */
int serve_bind(const struct settings_address *address, uint16_t port, bool shared,
	       uint16_t *ret_port);
/* Accepts on a bound descriptor, which serve owns from then on. `listener` says which of the settings' listeners it is:
 * they know whether TLS is spoken there. */
void serve_listen(struct serve *s, int fd, size_t listener);

/* Stops listening, closes idle connections, answers the rest with Connection: close; on_drained comes when none
 * is left (perhaps at once, but never from within the call). */
void serve_drain(struct serve *s, void (*on_drained)(void *app));
