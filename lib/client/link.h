/* link: one connection to a server: connects (address after address), says its preface if it has one, then is read from
 * and written to by whoever uses it. Knows nothing of HTTP, nor of other links: see exchange and stock.
 * The worker's thread only. */
#pragma once

#include "client/lookup.h"
#include "loop/inflow.h"
#include "loop/loop.h"
#include "loop/outflow.h"

#include <event2/event_struct.h>

/* Who uses a link. Comes from the loop only. */
struct link_user {
	/* 0; ERR_IO when no address took the connection, ERR_NOMEM when that was for want of descriptors. */
	void (*on_connected)(void *user, int err);
	void (*on_readable)(void *user);
	void (*on_writable)(void *user);
};

struct stock;
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
	struct lookup_addresses *addresses;
	unsigned address, n_tried; /* under way, and how many were */
	char *preface; /* what it says first, before TLS, of whom it serves; NULL: nothing */
	size_t preface_bytes;
	/* the stock's: */
	struct stock *stock;
	const void *owner; /* who may use it, if it has a preface; not looked into */
	struct link *next, *prev;
	struct link_list *list;
	struct loop_task task;
	struct loop_deadline idle;
	uint64_t put_turn;     /* of the loop, when it came back last */
	int64_t sure_until_ms; /* then the server may close it, as it said; INT64_MAX: it did not say */
	bool reused;           /* an exchange went over it before */
	bool counted;          /* as a use of its server */
	bool outdated;         /* leads to a server that was left meanwhile */
};

struct link_target {
	struct lookup_addresses *addresses; /* outlive the link, and may change */
	struct tlscontext *tls;             /* NULL: in plain; a reference is taken */
	struct view preface;                /* copied */
};

/* `l` is zeroed but for the stock's part and callbacks. 0: on_connected comes, with TLS after the handshake. Else as what
 * on_connected would have been told. */
int link_connect(struct link *l, struct loop *loop, const struct link_target *target);
/* This address takes too long: 0 when there is another one, which is tried now. */
int link_try_next(struct link *l);
void link_close(struct link *l);

/* In this turn of the loop the kernel said that there is something to read, or the end, and nobody has looked yet. */
static inline bool link_has_news(const struct link *l)
{
	return l->readable.ev_evcallback.evcb_flags & EVLIST_ACTIVE;
}

/* Sends what waits in `out`: 0, ERR_BUSY (on_writable comes when there is room) or ERR_IO. */
int link_flush(struct link *l);
void link_start_reading(struct link *l);
void link_stop_reading(struct link *l);
