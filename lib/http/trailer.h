/* trailer: the fields behind a chunked body: which of them may go on, and a place to keep those meanwhile.
 * A field passes only when its sender announced it (Trailer) and its name is none that anybody on the way acts upon:
 * none of the table of names, in disguise or not, and none that frames, routes, authenticates, caches or describes the
 * content (RFC 9110 §6.5.1). All others are left out. Whether they are well formed is body.h's business.
 * Pure. One thread at a time. */
#pragma once

#include "http/head.h"

struct trailer {
	struct arena *arena;
	struct view wanted; /* names, with commas between them */
	char *at;           /* lines that pass, each with its CRLF */
	size_t len, room;
	size_t line; /* where the one that is being received begins */
	bool named;  /* its name is over */
	bool skips;  /* it does not pass */
	bool full;   /* the arena: nothing passes */
};

/* Whether a field with this name may stand behind a body at all. */
bool trailer_may_pass(struct view name);
/* What the head's Trailer fields announce of what may pass, without what Connection names and what `bars` says (which may be
 * NULL): "A, b"; at == NULL when there is nothing, or the arena is full. At most 32 names; what is announced beyond that
 * does not pass. */
struct view trailer_announced(const struct http_head *h,
			      bool (*bars)(const void *ctx, struct view name), const void *ctx,
			      struct arena *arena);

/* `wanted` and the arena outlive it. */
void trailer_init(struct trailer *t, struct view wanted, struct arena *arena);
/* The next byte of the lines, of which all are well formed, CRLFs included, without the empty one. */
void trailer_put(struct trailer *t, char byte);
/* The lines that pass, as they came. Complete ones only. */
struct view trailer_lines(const struct trailer *t);
