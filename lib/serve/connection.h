/* connection: one client's connection, inside the room serve: its bytes, its current request, its deadlines, its end.
 * Nobody outside the room includes this. The worker's thread only.
 *
 * Every callback changes a fact and then lets `connection_run` look at all of them: requests are answered one after
 * the other there, and no user is called back from anywhere else. */
#pragma once

#include "loop/inflow.h"
#include "loop/outflow.h"
#include "serve/preface.h"
#include "serve/request.h"
#include "serve/serve.h"

#include <event2/event_struct.h>

/* Settings as requests use them, shared by the requests of this worker that began under them. */
struct serve_era {
	struct settings *settings;
	unsigned users;
	struct http_limits limits;
	struct loop_deadlines *head, *body, *idle, *tunnel;
};

struct serve_list {
	struct serve_connection *first, *last;
};

struct serve_listener {
	struct serve_listener *next;
	struct serve *serve;
	struct event event;
	struct loop_deadline pause;
	int fd;
	unsigned rounds;           /* new connections before others have their turn: so many now */
	unsigned most_rounds;      /* and so many where they come one behind the other */
	unsigned full_turns;       /* in a row in which as many came as were taken */
	uint64_t turn;             /* of the loop, the last one */
	size_t number;             /* in the settings */
	struct settings *settings; /* the last that named it; NULL: none did */
	struct tlscontext *tls;    /* NULL: in plain */
};

struct serve {
	struct loop *loop;
	struct block_shelf *shelf;
	struct metrics *metrics;
	unsigned metric_shard;
	unsigned max_connections;
	struct crowd *crowd;
	const struct stream_app *callbacks;
	void *app;
	struct serve_era *era;
	struct loop_deadlines *rate_window, *glance, *linger, *tunnel_linger, *accept_pause;
	struct serve_listener *listeners;
	struct serve_list idle, busy, closed;
	unsigned connections; /* idle and busy */
	bool draining;
	void (*on_drained)(void *app);
	struct loop_task drained;
	struct loop_deadline drain_end;
};

enum connection_state {
	CONNECTION_OPEN, /* waits for a request, or answers one */
	CONNECTION_LINGER, /* said its last; what still comes is thrown away, so that the client can read the answer */
	CONNECTION_CLOSED, /* freed as soon as nobody on the stack knows it */
};

/* What a connection waits for. */
enum connection_patience {
	PATIENCE_ENDLESS, /* ourselves and the origin */
	PATIENCE_HEAD,
	PATIENCE_BODY,
	PATIENCE_IDLE, /* a request to come, or a client that takes its answer */
	PATIENCE_TUNNEL,
	PATIENCE_LINGER,
	PATIENCE_TUNNEL_LINGER,
};

struct serve_connection {
	struct serve *serve;
	struct serve_connection *next, *prev;
	struct serve_list *list;
	enum connection_state state;
	const struct serve_listener *listener; /* whence it came; not looked into */
	struct wire wire;
	struct preface *preface; /* still to come; NULL: nothing comes before the first request */
	struct event readable, writable;
	struct loop_task task;
	struct loop_deadline deadline;     /* for what it waits for most */
	enum connection_patience patience; /* what that is */
	struct loop_deadline window; /* when it ends body_min_rate is looked at, or the client */
	uint64_t window_taken;       /* payload bytes when it began */
	int64_t linger_end_ms;
	struct inflow in;
	size_t scanned; /* of the head that is being received */
	struct outflow out;
	struct serve_request *request; /* NULL between requests */
	void *memo;
	char *subject;    /* of the client's certificate, "": none; NULL: not looked for yet */
	bool is_nameless; /* it showed one, and its subject cannot be told */
	bool running;
	bool in_task;          /* nobody else on the stack knows it */
	bool reading, writing; /* registered */
	bool eof;              /* the client will send no more */
	bool broken;           /* the wire failed */
	bool progress;         /* bytes moved since the deadline was set */
	bool was_tunnel;       /* and lingers briefly */
	bool in_crowd;         /* its address is counted */
	bool outdated;         /* let in under rules that no longer hold: its request is the last */
	struct sockaddr_storage remote;
	struct sockaddr_storage *stated; /* where it connected to, as a proxy says; NULL: to us */
};

struct connection_arrival {
	int fd;
	struct sockaddr_storage remote;
	const struct serve_listener *listener;
	struct tlscontext *tls; /* NULL: in plain */
	bool preface;           /* a PROXY header comes first, from a sender that may be believed */
	bool in_crowd;          /* of `remote` */
};

/* Owns the descriptor. */
void connection_open(struct serve *s, const struct connection_arrival *arrival);
/* Looks at all the facts, and does what they call for. Not from within itself. */
void connection_run(struct serve_connection *c);
/* Something changed: connection_run will look at it, at the latest after this turn's callbacks. */
void connection_kick(struct serve_connection *c);
/* Sends what waits: 0, ERR_BUSY (the rest goes when there is room) or ERR_IO. */
int connection_flush(struct serve_connection *c);
/* Whose certificate the client showed; empty: none. False when it showed one, and whose cannot be told. */
bool connection_subject(struct serve_connection *c, struct view *ret_subject);
/* Of a request some bytes are there, but not its head yet. */
bool connection_has_begun(const struct serve_connection *c);
/* Answers with this status, to the request under way or instead of the one that should come, and closes. */
void connection_refuse(struct serve_connection *c, int status);
/* Ends it now, with the request that is under way. */
void connection_abort(struct serve_connection *c);
/* A closed one, outside its own callbacks. */
void connection_free(struct serve_connection *c);

/* connection_patience.c: what it waits for, and how long. */
void connection_init_deadlines(struct serve_connection *c);
/* After anything has changed. */
void connection_set_deadlines(struct serve_connection *c);
void connection_clear_deadlines(struct serve_connection *c);

/* serve's book-keeping */
void serve_move(struct serve_connection *c, struct serve_list *list);
void serve_note_closed(struct serve *s);
struct serve_era *serve_era_ref(struct serve *s);
void serve_era_unref(struct serve_era **era);
void serve_count(struct serve *s, enum metric id, int64_t n);
/* stream's part for refusals: a small plain answer, after which the connection closes. `why`: a sentence with its line end;
 * NULL: the status says it all. */
void stream_refuse(struct serve_request *r, int status, const char *why);
