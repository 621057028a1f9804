/* plain: the HTTP engine in a thread of its own, with an app that forwards everything: for tests that play the
 * client and the origin by hand. What a test wants otherwise it says in the options, before the start. */
#pragma once

#include "base/metric.h"
#include "proxy/forward.h"
#include "serve/serve.h"

#include <stdatomic.h>

struct plain;

struct plain_options {
	uint16_t origin_port;     /* 0: origin_path */
	const char *origin_path;  /* a unix socket */
	unsigned max_connections; /* 0: 1000 */
	const char *trusted;      /* one trusted address, IPv4; NULL: nobody */
	void (*adjust)(struct settings *settings);
	const struct settings *before; /* whose servers are known; NULL: nobody's */
	/* Instead of forwarding; runs in the engine's thread. plain_forward is there for it. */
	void (*on_request)(struct plain *p, struct stream *s);
	const struct forward_app
		*forward_app; /* NULL: everything passes; failures are answered 502, 503 and 504 */
};

/* What the app saw. */
struct plain_seen {
	atomic_uint requests, ends, aborted, refused, last_refused, failures, drained;
	atomic_uint last_status;
	atomic_llong origin_ms;
};

struct plain *plain_start(const struct plain_options *options);
void plain_stop(struct plain **p);
uint16_t plain_port(const struct plain *p);
const struct plain_seen *plain_seen(const struct plain *p);
int64_t plain_metric(const struct plain *p, enum metric id);
/* In the engine's thread. */
void plain_forward(struct plain *p, struct stream *s);
struct plain *plain_of(struct stream *s);
/* Has the engine's thread run this; returns when it has. */
void plain_call(struct plain *p, void (*call)(struct plain *p, void *arg), void *arg);
/* Returns when the engine's thread has looked at all that had come by now. */
void plain_turn(struct plain *p);
void plain_drain(struct plain *p);
struct serve *plain_serve(struct plain *p);
struct forward_pool *plain_pool(struct plain *p);
/* One address, IPv4, for an empty list. */
void plain_trust(struct settings_cidrs *list, const char *address);
struct loop *plain_loop(struct plain *p);
/* Waits until *seen is at least n; fails after a while. */
void plain_await(const atomic_uint *seen, unsigned n);
void plain_await_metric(const struct plain *p, enum metric id, int64_t value);
/* The settings that plain_start uses, for another origin or to be changed. The caller owns a reference. */
struct settings *plain_settings(const struct plain_options *options);
