/* pool: one worker's connections to the origin. Idle ones stay registered for reading, so that one
 * that the origin closes, or talks on without being asked, is gone before it could be used again; the
 * one used last is used next. Keeps the origin's addresses fresh.
 * Knows nothing of HTTP: exchange does. The worker's thread only. */
#pragma once

#include "base/metric.h"
#include "client/link.h"
#include "config/settings.h"

/* Looks the origin's name up, which may take its time: for the start of a worker. */
struct pool *pool_create(struct loop *loop, struct settings *settings, struct metrics *metrics,
			 unsigned metric_shard);
void pool_destroy(struct pool **p);
/* Idle connections to another origin are closed, those in use when they are given back. */
void pool_use_settings(struct pool *p, struct settings *settings);
struct settings *pool_settings(struct pool *p);
struct loop *pool_loop(struct pool *p);
void pool_count(struct pool *p, enum metric id);

/* The idle link that was used last, unless `fresh`; else a new one, connecting: on_connected will
 * come. NULL when there is no descriptor or no address. `certain`: an idle one is also looked at once
 * more, for requests that cannot be repeated. */
struct link *pool_get(struct pool *p, bool fresh, bool certain, const struct link_user *callbacks,
		      void *user);
/* Back to the pool, emptied; it may be closed for lack of room. */
void pool_put(struct link *l);
/* Closes. Harmless under the link's own callbacks. */
void pool_drop(struct link *l);
