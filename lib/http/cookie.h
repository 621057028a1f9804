/* cookie: Cookie lines taken apart and rewritten, Set-Cookie read and judged. A Cookie line is
 * cut at every `;`, whatever quotes stand around it: PHP, Node and browsers do so, and a reader
 * that honours quotes (Java's old parser, Python) then sees fewer cookies than we do, never
 * more. What other readers cut at as well (`,` and white space) stays in the value;
 * cookie_could_be looks there. Values are whatever bytes came: only cookie_canonical decodes.
 * RFC 6265. Pure. Any thread. */
#pragma once

#include "http/head.h"

struct cookie_cursor {
	size_t field;  /* index into the head's fields */
	size_t offset; /* within that field's value */
};
struct cookie_pair {
	struct view name;  /* trimmed; empty for a cookie without `=` */
	struct view value; /* trimmed, quotes kept */
	size_t field;      /* index of the line that it stands on */
	size_t start, end; /* its bytes in that line's value, with the `;` behind it */
};
/* Every pair of every Cookie line of a request, in order; what is empty between two `;` is
 * skipped. Start with {0}. */
bool cookie_next(const struct http_head *h, struct cookie_cursor *cursor,
		 struct cookie_pair *ret_pair);

/* Rewrites the Cookie lines without the pairs for which `drop`, called once for each in order,
 * says true; a line that ends up empty is dropped. Unchanged lines keep their bytes. False when
 * the arena is full. */
bool cookie_remove(struct http_head *h, struct arena *arena,
		   bool (*drop)(void *ctx, const struct cookie_pair *pair), void *ctx);

enum cookie_fate { COOKIE_STAYS, COOKIE_GOES, COOKIE_SHRINKS };
/* The same for pairs that may also get a shorter value: `judge` says so and sets *ret_value, which
 * lives until it is called again. All other bytes of the line stay as they are. */
bool cookie_edit(struct http_head *h, struct arena *arena,
		 enum cookie_fate (*judge)(void *ctx, const struct cookie_pair *pair,
					   struct view *ret_value),
		 void *ctx);

/* The value that all spellings of one cookie share: surrounding quotes removed, and within them
 * `\c` and `\ooo` resolved as Python does; then percent-decoded once (`%u0061` too, as CGI.pm
 * and ASP have it), where an escape that is none stays. Points into the arena or into `value`. at == NULL when the arena is full. */
struct view cookie_canonical(struct view value, struct arena *arena);

/* Could some origin read this pair as a cookie called `name` (or, with is_prefix, one that
 * begins so), although it is spelled differently? True for other case, `.`, `[`, space or `+`
 * for `_` and whatever stands behind a `[` as PHP has it, for percent-encoded names, for names with blanks of any kind around
 * them (see blank.h), and for
 * name=value behind a comma, a blank or a quote, wherever in the pair. False for a pair that
 * simply has that name. */
bool cookie_could_be(const struct cookie_pair *pair, struct view name, bool is_prefix);

/* What is left of a value (as it came) for a reader that ends it where this one does not: at a blank, a comma, a quote, a backslash or
 * `&` (Python's SimpleCookie, Perl's CGI.pm, old Java servers), or that takes the first and the last byte away for the sake of a
 * quote in front (Node's cookie). Shorter than `value` and part of it; at == NULL where everybody reads the same. */
struct view cookie_cut(struct view value);

struct set_cookie {
	struct view name, value;
	struct view path;   /* at == NULL: not given, or none that a browser takes */
	struct view domain; /* without a leading dot; at == NULL: not given */
	bool secure, http_only;
	bool deletes; /* Max-Age of 0 or less, or without one an Expires in the past */
};
/* One Set-Cookie field value, read as browsers do (RFC 6265 §5.2; dates: §5.1.1): of an
 * attribute that comes twice the last counts, Max-Age goes before Expires, what cannot be read
 * is as if absent. False when it names no cookie. */
bool cookie_parse_set(struct view field_value, int64_t now_ms, struct set_cookie *ret_cookie);
