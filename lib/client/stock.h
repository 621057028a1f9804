/* stock: one worker's connections to one server. Idle ones stay registered for reading, so that one that the server closes, or
 * talks on without being asked, is gone before it could be used again; the one used last is used next. Keeps the
 * server's addresses fresh. Knows nothing of HTTP, nor of other servers: see pool. The worker's thread only. */
#pragma once

#include "base/metric.h"
#include "client/fleet.h"
#include "client/link.h"

/* What all stocks of a worker share; it may change between calls. */
struct stock_ground {
	struct loop *loop;
	struct settings *settings;
	struct metrics *metrics;
	unsigned metric_shard;
	struct loop_deadlines *idle_deadlines;
	bool is_watched; /* see fleet */
	/* A server that had no room may have some now. Comes from the loop only. */
	void (*on_room)(void *arg);
	void *arg;
};

struct stock {
	const struct stock_ground *ground;
	const struct fleet_server *where; /* NULL: left */
	struct server *server;
	struct lookup_addresses addresses;
	struct lookup *asking; /* NULL: nobody is asked */
	bool literal;          /* and nobody needs to be */
	bool answered;         /* somebody was, and said what there is to say */
	int64_t asked_ms;
	struct link_list idle, busy, closed;
	unsigned n_idle, n_busy;
	const char *said; /* of TLS, last */
	int64_t said_ms;
};

/* What a link is wanted for. */
struct stock_want {
	const struct link_user *callbacks;
	void *user;
	bool fresh;   /* no idle one */
	bool certain; /* for a request that cannot be repeated: an idle one is looked at once more, and none whose end was announced */
	struct view preface; /* what it says, or has said, first; VIEW_NONE: nothing */
	const void *owner;   /* of a link with a preface: it is used for nobody else */
};

/* `waits`: looks the server's name up, which may take its time: for the start of a worker. */
struct stock *stock_create(const struct stock_ground *ground, const struct fleet_server *where,
			   bool waits);
/* Nothing is busy any more. Accepts a pointer to NULL. */
void stock_destroy(struct stock **s);
/* The same server under other settings, or NULL: it is left. Idle links are closed where `doubted`, busy ones when they come
 * back. */
void stock_move(struct stock *s, const struct fleet_server *where, bool doubted);

/* False while nothing can be taken, but soon, perhaps. */
bool stock_has_room(const struct stock *s);
/* 0: the link that was used last, or a new one that connects: on_connected will come. ERR_IO when the server is out of reach,
 * ERR_NOMEM when there is no descriptor. */
int stock_take(struct stock *s, const struct stock_want *want, struct link **ret_link);
/* Back, emptied; it may be closed for lack of room. */
void stock_put(struct link *l);
/* Closes. Harmless under the link's own callbacks. */
void stock_drop(struct link *l);
/* The server took no connection: everybody shall know. */
void stock_note_refusal(struct stock *s);
/* It took one. Where somebody watches, that is noticed there. */
void stock_note_connection(struct stock *s);
void stock_count(const struct stock_ground *ground, enum metric id, int64_t n);
