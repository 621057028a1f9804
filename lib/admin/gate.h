/* gate: the connections of the admin listener, served by libevhtp, and what stands before libevhtp's parser. That
 * parser must not see bytes from outside (it corrupts split request lines, takes two lengths, runs trailers as
 * requests), so the gate waits for one complete request, reads it with the strict parser of this project, refuses
 * what is not right with the status it deserves, and then hands libevhtp a request that it has written itself: a
 * fixed line, the length, the body. Later bytes wait aside until the answer is sent. Heads are read as RFC 9112 §§2-5
 * say; a body comes by Content-Length or not at all.
 *
 * Knows nothing of paths, tokens or accounts. One thread: the loop's; SIGPIPE is ignored. Nothing outlives
 * gate_destroy. */
#pragma once

#include "base/metric.h"
#include "http/body.h"
#include "http/head.h"
#include "loop/loop.h"

struct gate;

struct gate_limits {
	/* For one more, the one that has waited longest for a request makes room. */
	unsigned max_connections;
	size_t max_body_bytes;
	int64_t head_ms;   /* from the first byte (or from the connection) to the end of the head */
	int64_t body_ms;   /* from there to the end of the body */
	int64_t idle_ms;   /* between requests */
	int64_t answer_ms; /* until the client has taken the answer */
};
extern const struct gate_limits gate_usual_limits;

/* Lives until it is answered or its connection is gone. */
struct gate_request {
	struct http_head head; /* checked; target in origin-form */
	struct view body;
	struct arena arena;
	/* For those who answer later: called when the connection is gone before the answer. May stay NULL. */
	void (*on_gone)(struct gate_request *r);
	void *later;
};

struct gate_answer {
	int status;
	const char *type;    /* Content-Type */
	struct view body;    /* left out for HEAD */
	const char *allow;   /* Allow; NULL: none */
	bool asks_for_token; /* WWW-Authenticate: Bearer */
};

struct gate_options {
	struct loop *loop;
	struct gate_limits limits;
	struct metrics *metrics; /* where refusals are counted; NULL: nowhere */
	/* Answers with gate_answer, at once or later. */
	void (*on_request)(struct gate_request *r, void *arg);
	void *arg;
};

/* Serves a listening descriptor, and owns it from then on. NULL: out of descriptors; then it is closed. */
struct gate *gate_create(const struct gate_options *options, int fd);
/* Cuts every connection. */
void gate_destroy(struct gate **g);
/* Once per request. */
void gate_answer(struct gate_request *r, const struct gate_answer *a);
unsigned gate_connections(const struct gate *g);
