/* link: one connection to the origin: connects (address after address), then is read from and
 * written to by whoever uses it. Knows nothing of HTTP, nor of other links: see exchange and pool.
 * The worker's thread only. */
#pragma once

#include "client/lookup.h"
#include "loop/inflow.h"
#include "loop/loop.h"
#include "loop/outflow.h"

#include <event2/event_struct.h>

/* Who uses a link. Comes from the loop only. */
struct link_user {
	/* 0, ERR_IO when no address took the connection. */
	void (*on_connected)(void *user, int err);
	void (*on_readable)(void *user);
	void (*on_writable)(void *user);
};

struct pool;
struct link_list {
	struct link *first, *last;
};

/* The user reads and writes through `wire`, `in` and `out`. */
struct link {
	struct wire wire;
	struct inflow in;
	struct outflow out;
	bool connecting;       /* or shaking hands */
	bool reading, writing; /* registered */
	struct loop *loop;
	const struct link_user *callbacks;
	void *user;
	struct event readable, writable;
	struct tlscontext *tls; /* NULL: in plain */
	const char *why;        /* TLS could not begin, if that is known; constant */
	const struct lookup_addresses *addresses;
	unsigned next_address; /* to try */
	/* the pool's: */
	struct pool *pool;
	struct link *next, *prev;
	struct link_list *list;
	struct loop_task task;
	struct loop_deadline idle;
	uint64_t put_turn; /* of the loop, when it came back last */
	bool reused;       /* an exchange went over it before */
	bool outdated;     /* leads to an origin that was left meanwhile */
};

/* `l` is zeroed but for the pool's part and callbacks. The addresses outlive it, and may change. `tls`: NULL in plain;
 * a reference is taken. False when none of the addresses is worth waiting for; else
 * on_connected comes, with TLS after the handshake. */
bool link_connect(struct link *l, struct loop *loop, const struct lookup_addresses *addresses,
		  struct tlscontext *tls);
void link_close(struct link *l);

/* Sends what waits in `out`: 0, ERR_BUSY (on_writable comes when there is room) or ERR_IO. */
int link_flush(struct link *l);
void link_start_reading(struct link *l);
void link_stop_reading(struct link *l);
