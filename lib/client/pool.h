/* pool: one worker's connections to the origin: which server a request goes to, over which link, and the line in which
 * requests wait when no server has room. Stocks keep the links, balance chooses.
 * Knows nothing of HTTP: exchange does. The worker's thread only. */
#pragma once

#include "client/balance.h"
#include "client/stock.h"

/* Looks the servers' names up, which may take its time: for the start of a worker. `settings` with a fleet. */
struct pool *pool_create(struct loop *loop, struct settings *settings, struct metrics *metrics,
			 unsigned metric_shard);
void pool_destroy(struct pool **p);
/* Idle connections to servers that are left are closed, those in use when they are given back. */
void pool_use_settings(struct pool *p, struct settings *settings);
struct settings *pool_settings(struct pool *p);
struct loop *pool_loop(struct pool *p);
void pool_count(struct pool *p, enum metric id);
/* There is more than one server, so that a request that one of them lost may go to another. */
bool pool_has_choice(const struct pool *p);

struct pool_list {
	struct pool_claim *first, *last;
	unsigned n;
};

/* One request's wish for a link, embedded in its user's memory; the first members are filled in by the user. */
struct pool_claim {
	struct stock_want want;
	/* It is this one's turn: pool_get is worth trying again. Comes from the loop, after ERR_BUSY only. */
	void (*on_turn)(void *user);
	/* the pool's: */
	struct pool_list *line; /* NULL: does not wait */
	struct pool_claim *next, *prev;
	const struct fleet *fleet;
	uint64_t avoided; /* servers of the fleet, by their bits */
	bool called;
};

/* 0: as stock_take. ERR_BUSY: no server has room; it waits in line until on_turn or pool_forget. ERR_TOO_MANY: the line is
 * full. ERR_NOT_FOUND: no server is up. ERR_IO: none of them took a connection at once. ERR_NOMEM: no descriptor. */
int pool_get(struct pool *p, struct pool_claim *c, struct link **ret_link);
/* Not waiting any more. Harmless at any time. */
void pool_forget(struct pool *p, struct pool_claim *c);
/* Back to the pool, emptied; it may be closed for lack of room. */
void pool_put(struct pool *p, struct link *l);
/* Closes. Harmless under the link's own callbacks. */
void pool_drop(struct pool *p, struct link *l);
/* The next pool_get for this claim gets another server than this link's. */
void pool_avoid(struct pool *p, struct pool_claim *c, const struct link *l);
/* The same because its server took no connection: everybody is told. */
void pool_refuse(struct pool *p, struct pool_claim *c, const struct link *l);
