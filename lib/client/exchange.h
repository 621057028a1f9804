/* exchange: one request to the origin and the response to it, over a link of the pool: strict about what comes back,
 * bodies run by run, one repetition on a fresh connection where that is safe, and another server where one takes no
 * connection. Does not change heads and decides nothing about them. Embedded in its user's memory. The worker's
 * thread only.
 *
 * The happy path: exchange_start takes a link; exchange_send sends the head with the first run of the body, then the
 * other runs; on_head, then on_run until `last`. It can fail at any time: on_failure, after which nothing comes.
 *
 * A connection is kept when both sides want that, the request has left whole before the response began, and nothing else has come.
 * Whoever answers earlier may leave the rest unread, and take it for the next request. Whoever does that with a body that it was sent
 * whole breaks RFC 9112 §9.3, and cannot be told from others in time: for such an origin there is origin.keepalive: 0.
 *
 * A tunnel is a response with status 101. From on_head on runs go both ways as they are, exactly one of each way has `last`
 * (half of the connection is over then), and nothing fails for being late. */
#pragma once

#include "client/pool.h"
#include "serve/payload.h"
#include "serve/stream.h"

enum exchange_failure {
	EXCHANGE_CONNECT, /* no connection */
	EXCHANGE_TIMEOUT, /* connecting, sending, waiting for the response's head or for more of its body took too long */
	EXCHANGE_MALFORMED, /* not HTTP, contradictory, oversized */
	EXCHANGE_TRUNCATED, /* the connection ended before the response did */
	EXCHANGE_DOWN,      /* no server is up */
	EXCHANGE_BUSY,      /* no server had room in time */
};

/* Comes from the loop only, never from within an exchange_ function. */
struct exchange_user {
	/* 1xx other than a 101 that was asked for. The views are gone when it returns. */
	void (*on_interim)(void *user, struct http_head *interim);
	/* Views live as long as the blocks that exchange_end hands over, those of a 101 until the first run. WAIT:
	 * nothing more comes until exchange_resume. */
	enum progress (*on_head)(void *user, struct http_head *response,
				 const struct body_plan *plan);
	/* The next run of the body; the first comes even when nothing has arrived yet, exactly one has `last`. False: held;
	 * it stays where it is and nothing more comes until exchange_resume. */
	bool (*on_run)(void *user, struct view run, bool last);
	/* All that was sent has left, after exchange_send had said false. */
	void (*on_room)(void *user);
	void (*on_failure)(void *user, enum exchange_failure why);
};

struct exchange_request {
	struct view head; /* as it goes out; lives until exchange_end */
	enum http_method method;
	bool chunked; /* how the body goes out; else its length is in the head, or there is none */
	bool repeatable;     /* idempotent and without a body */
	bool last;           /* on its connection: the head says Connection: close */
	bool upgrades;       /* asks for a WebSocket: a 101 that grants it makes a tunnel */
	struct view preface; /* what the connection says first; lives until exchange_end */
	const void *owner;   /* whose connection it is then, and nobody else's */
};

struct exchange {
	struct pool *pool;
	struct link *link; /* NULL: not begun, over, or failed */
	struct arena *arena;
	const struct exchange_user *callbacks;
	void *user;
	struct exchange_request request;
	struct http_limits limits;
	struct pool_claim claim;
	struct loop_deadlines *connect_deadlines, *response_deadlines, *queue_deadlines;
	struct loop_deadline deadline;
	struct loop_task task;
	struct block *kept; /* what the response's views point into, once the link is gone */
	size_t scanned;
	unsigned n_interim;
	struct http_head response;
	struct payload body;
	struct view first_run;     /* goes with the head, and with it again */
	bool head_sent, last_sent; /* handed to the link, or to the one that will be had */
	unsigned n_repeats;
	bool wants_room;
	bool send_failed, unsent; /* before the first byte left */
	bool got_bytes, got_head;
	bool asked, held, waiting;
	bool reusable;
	int64_t rest_ms; /* for so long the server keeps the link; INT64_MAX: it does not say */
	enum exchange_failure failure; /* when there is no link any more */
	bool no_link;
	bool tunnel;
	bool patient;      /* with an origin that is silent in the middle of its response */
	bool origin_ended; /* its half of the tunnel */
};

/* Everything given lives until exchange_end. */
void exchange_start(struct exchange *x, struct pool *pool, struct arena *arena,
		    const struct exchange_request *request, const struct exchange_user *callbacks,
		    void *user);
/* The next run of the request's body; exactly one has `last`. The head leaves with the first. False: held until on_room. */
bool exchange_send(struct exchange *x, struct view run, bool last);
/* From on_head only: the trailers of a chunked response are kept in `t`, whole when on_run has `last`. */
void exchange_keep_trailers(struct exchange *x, struct trailer *t);
/* The response that has begun may be silent for as long as it likes, and not just for origin.response_timeout. */
void exchange_be_patient(struct exchange *x);
/* After WAIT, or when a held run has left. */
void exchange_resume(struct exchange *x);
/* Lets go of everything, at any time, also twice. What the response's head and held runs point into is handed to the
 * caller, a chain of blocks that belong back on the loop's shelf; NULL when there is nothing. */
struct block *exchange_end(struct exchange *x);
