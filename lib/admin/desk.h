/* desk: what the admin listener is asked for: one table of method, path and function; the token in front of it; answers as JSON,
 * at once or as soon as what they tell of is durable. Knows no sockets (gate.h does) and decides nothing about accounts. One
 * thread: the loop's. */
#pragma once

#include "admin/admin.h"
#include "admin/gate.h"
#include "base/json.h"

struct desk {
	struct admin_options options; /* settings: a reference */
	unsigned promised;            /* commits that are waited for */
	bool settles;                 /* the loop runs for them alone */
};

enum { DESK_MAX_SEGMENTS = 8 };

struct inquiry {
	struct desk *desk;
	struct gate_request *request;
	struct view segments[DESK_MAX_SEGMENTS]; /* of the path, decoded */
	size_t n_segments;
};

/* For the gate; `desk` is a struct desk. */
void desk_receive(struct gate_request *r, void *desk);
/* Waits until all commits that are waited for came or failed (a second at most), running the loop. The loop must not be
 * running, and the gate must be closed. */
void desk_settle(struct desk *d);

/* Each answers the inquiry; one of them, once. */

/* Takes over `object`. */
void desk_answer(const struct inquiry *q, int status, json_t *object);
/* The same, once the number is committed (0: at once); 503 when it cannot be. */
void desk_answer_once(const struct inquiry *q, uint64_t number, json_t *object);
void desk_fail(const struct inquiry *q, int status, const char *message);
void desk_answer_text(const struct inquiry *q, const char *type, struct view text);
