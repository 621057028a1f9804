/* origin: a scripted HTTP server in threads of the test: every request goes to a function that writes the answer. Also the webhook
 * sink. Keeps what it saw. */
#pragma once

#include "wirework.h"

struct origin;

/* One exchange, on a thread of its own connection. */
struct origin_call {
	struct origin *origin;
	int fd; /* for raw answers */
	const struct message *request;
	char method[40], target[4096];
	void *ctx;
};

/* Answers one request; returns whether the connection lives on. */
typedef bool origin_script(struct origin_call *call);

struct origin *origin_start(origin_script *script, void *ctx);
/* The same on a given port: an origin that comes back. */
struct origin *origin_start_at(uint16_t port, origin_script *script, void *ctx);
void origin_stop(struct origin **o);
uint16_t origin_port(const struct origin *o);

/* "HTTP/1.1 200 OK", Content-Length and these fields (each with CRLF; "" for none). Returns true. */
bool origin_answer(struct origin_call *call, int status, const char *fields, const char *body);
/* Value of a cookie of the request, or NULL; in a buffer of the thread. */
const char *origin_cookie(const struct origin_call *call, const char *name);

/* How many requests came so far, in all, or with a target that starts with `prefix`. */
unsigned origin_count(struct origin *o, const char *prefix);
/* A copy of the head (ret NULL when there is none) of the n-th (from 0) request whose target starts with prefix; free it. */
char *origin_head(struct origin *o, const char *prefix, unsigned n);
char *origin_body(struct origin *o, const char *prefix, unsigned n);
/* Waits until so many have come. */
void origin_wait(struct origin *o, const char *prefix, unsigned count);
/* Connections accepted so far. */
unsigned origin_connections(struct origin *o);
/* Whether any request but the first `since` held this text in its head or body. */
bool origin_saw(struct origin *o, const char *text, unsigned since);
