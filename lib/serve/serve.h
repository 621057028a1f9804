/* serve: one worker's listeners and client connections: HTTP/1.1 and 1.0 on raw non-blocking
 * descriptors, strict heads, bodies streamed with backpressure, deadlines. Decides nothing about
 * what a request is for. One instance per worker; its loop's thread only, except where said. */
#pragma once

#include "serve/crowd.h"
#include "serve/stream.h"

struct serve;

struct serve_options {
	struct loop *loop;
	struct settings *settings; /* serve takes a reference */
	struct metrics *metrics;
	unsigned metric_shard;
	unsigned max_connections; /* of this worker */
	struct crowd *crowd; /* of all workers, outlives serve; NULL: addresses are not counted */
	const struct stream_app *callbacks; /* outlives serve */
	void *app;
};

struct serve *serve_create(const struct serve_options *options);
/* Cuts what is left. */
void serve_destroy(struct serve **s);
/* New settings for requests that begin from now on. Where a listener asks clients for other certificates than before, its connections
 * end with the request that is under way; WebSockets stay. */
void serve_use_settings(struct serve *s, struct settings *settings);

/* Accepts on a listening descriptor (see door), which serve owns from then on. `listener` says which of the settings'
 * listeners it is: they know whether TLS is spoken there, and whether a PROXY header comes first. */
void serve_listen(struct serve *s, int fd, size_t listener);

/* Stops listening, closes idle connections, answers the rest with Connection: close; on_drained comes when none
 * is left (perhaps at once, but never from within the call). */
void serve_drain(struct serve *s, void (*on_drained)(void *app));
