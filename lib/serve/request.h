/* request: one request and its response, inside the room serve: what is known of it, and the memory
 * that lives and dies with it. Its bytes are the connection's business. Nobody outside the room
 * includes this. The worker's thread only. */
#pragma once

#include "serve/payload.h"
#include "serve/stream.h"

struct serve;
struct serve_era;

/* Lives in a block together with the arena's first bytes. */
struct serve_request {
	struct stream stream; /* first */
	struct serve_era *era;
	struct block *block; /* this one */
	struct block *head;  /* what the request's views point into */
	struct block *kept;  /* a chain: what the response's views point into */
	const struct stream_carrier *carrier;
	struct payload body;
	struct view trailers; /* of the response: lines that go behind its last chunk */
	/* the request: */
	bool announced; /* on_request was called, so on_end will be */
	bool is_head;
	bool old_client; /* HTTP/1.0 */
	bool client_keeps;
	bool expects_continue;
	bool asked;      /* on_body was called */
	bool held;       /* the carrier has not taken the last run yet */
	bool body_ended; /* all of it was received */
	bool told_last;  /* and offered to the carrier */
	/* the response: */
	bool answered; /* its head is written */
	bool keep;     /* the connection lives on, as the head said */
	bool bodiless;
	bool chunked;
	bool until_close; /* only the end of the connection tells the client where the body ends */
	bool whole;       /* its last byte is on its way */
	bool wants_room;
	bool refused; /* serve answered by itself */
	bool cut;
	bool ends_with_client; /* who sends no more has gone */
	/* a tunnel instead of bodies: */
	bool tunnel;
	bool said_all; /* to the client: it knows that no more will come */
};

struct serve_request *request_open(struct serve_connection *c);
/* Reads the head, which the request's views point into from then on. 0, or the status to refuse with. */
int request_read(struct serve_request *r, struct view head);
/* Tells the carrier and the app that it is over, and gives all of its memory back. */
void request_close(struct serve_request *r, bool aborted);

/* A run of its body is what it now waits for from the client. */
bool request_awaits_body(const struct serve_request *r);
bool request_is_oversized(const struct serve_request *r);
/* A tunnel in which the client may still speak, or its last words are not taken yet. */
bool request_is_half_open(const struct serve_request *r);
