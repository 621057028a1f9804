/* pool: one worker's connections to the origin. Idle ones stay registered for reading, so that one that the origin
 * closes, or talks on without being asked, is gone before it could be used again; the one used last is used next.
 * Knows nothing of HTTP: exchange does. The worker's thread only. */
#pragma once

#include "base/metric.h"
#include "config/settings.h"
#include "loop/inflow.h"
#include "loop/loop.h"
#include "loop/outflow.h"

#include <event2/event_struct.h>

struct pool;
struct link;

/* Who uses a link. Comes from the loop only. */
struct link_user {
	/* 0, ERR_IO when no address took the connection. Not for links that were connected already. */
	void (*on_connected)(void *user, int err);
	void (*on_readable)(void *user);
	void (*on_writable)(void *user);
};

struct link_list {
	struct link *first, *last;
};

/* A connection. The user reads and writes through `wire`, `in` and `out`; the rest is the pool's. */
struct link {
	struct wire wire;
	struct inflow in;
	struct outflow out;
	struct pool *pool;
	struct link *next, *prev;
	struct link_list *list;
	const struct link_user *callbacks;
	void *user;
	struct event readable, writable;
	struct loop_task task;
	struct loop_deadline idle;
	unsigned next_address; /* to try */
	bool connecting;
	bool reused;           /* an exchange went over it before */
	bool outdated;         /* leads to an origin that was left meanwhile */
	bool reading, writing; /* registered */
};

/* Looks the origin's name up, which may take its time: for the start of a worker. */
struct pool *pool_create(struct loop *loop, struct settings *settings, struct metrics *metrics,
			 unsigned metric_shard);
void pool_destroy(struct pool **p);
/* Idle connections to another origin are closed, those in use when they are given back. */
void pool_use_settings(struct pool *p, struct settings *settings);
struct settings *pool_settings(struct pool *p);
struct loop *pool_loop(struct pool *p);
void pool_count(struct pool *p, enum metric id);

/* The idle link that was used last, unless `fresh`; else a new one, connecting: on_connected will come. NULL when there
 * is no descriptor or no address. `certain`: it is also looked at once more, for requests that cannot be repeated. */
struct link *pool_get(struct pool *p, bool fresh, bool certain, const struct link_user *callbacks,
		      void *user);
/* Back to the pool, unused bytes and all taken out; it may be closed for lack of room. */
void pool_put(struct link *l);
/* Closes. Harmless under the link's own callbacks. */
void pool_drop(struct link *l);

/* Sends what waits in `out`: 0, ERR_BUSY (on_writable comes when there is room) or ERR_IO. */
int link_flush(struct link *l);
void link_start_reading(struct link *l);
void link_stop_reading(struct link *l);
