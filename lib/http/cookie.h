/* cookie: Cookie lines taken apart and written again, Set-Cookie read, written and judged.
 * The values are whatever bytes came: nothing is decoded here but by cookie_canonical. Pure. */
#pragma once

#include "http/head.h"

struct cookie_cursor {
	size_t field;  /* index into the head's fields */
	size_t offset; /* within that field's value */
};
struct cookie_pair {
	struct view name;  /* trimmed; may be empty for a nameless cookie */
	struct view value; /* trimmed, quotes kept */
	size_t field;      /* where it stands, for cookie_remove */
	size_t start, end; /* offsets in that field's value, with the separator */
};
/* Every pair of every Cookie line of a request, in order. Start with {0}. */
bool cookie_next(const struct http_head *h, struct cookie_cursor *cursor, struct cookie_pair *ret_pair);

/* Rewrites the Cookie lines without the pairs for which `drop` says true; a line that ends up empty is
 * dropped. Unchanged lines keep their bytes. False when the arena is full. */
bool cookie_remove(struct http_head *h, struct arena *arena,
		   bool (*drop)(void *ctx, const struct cookie_pair *pair), void *ctx);

/* The value that all spellings of one cookie share: quotes removed, percent-decoded once. Points into the
 * arena or into `value`. at == NULL when the arena is full. */
struct view cookie_canonical(struct view value, struct arena *arena);

struct set_cookie {
	struct view name, value;
	struct view path;   /* at == NULL: not given */
	struct view domain; /* without a leading dot; at == NULL: not given */
	bool secure, http_only;
	bool deletes; /* Max-Age of 0 or less, or an Expires in the past, whatever the value (RFC 6265 §5.2-5.3) */
};
/* One Set-Cookie field value. False when it names no cookie. */
bool cookie_parse_set(struct view field_value, int64_t now_ms, struct set_cookie *ret_cookie);
