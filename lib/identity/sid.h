/* sid: session ids in a target (identity.session_parameters): `;jsessionid=…` in a path, `?PHPSESSID=…` in a query. They
 * are values like those of the named cookies, and have the same keys. Found under every name that some origin takes for
 * theirs, in either place. In bodies they are not seen. Pure. Any thread. */
#pragma once

#include "http/targetparam.h"
#include "identity/identity.h"

enum { SID_MAX = 32 }; /* of one target are read */

struct sid_cursor {
	struct targetparam_cursor params;
	unsigned n;
	bool full; /* the arena was, and what is left was not read */
};
struct sid {
	size_t index;          /* into settings.identity.parameters */
	bool is_beyond;        /* SID_MAX; then nothing more is known of it */
	struct view canonical; /* as named_canonical has it */
	bool has_key;
	struct session_key key;
};
/* Start with {{target}}; a Location will do. Costs nothing where no parameters are configured. */
bool sid_next(const struct rules *r, struct sid_cursor *cursor, struct arena *arena,
	      struct sid *ret_sid);

/* Whether a cookie of this name and that parameter are one to the origin: PHPSESSID is both of PHP's, JSESSIONID and
 * jsessionid are Java's. */
bool sid_is_called(const struct rules *r, const struct sid *sid, struct view cookie);

/* Adds the keys of the request's target to those of its cookies, as far as there is room, and counts what sid_clean will
 * remove. False when the arena is full. */
bool sid_read(const struct rules *r, const struct http_head *request, struct arena *arena,
	      struct identity *who);
/* Removes second values under one name, and those beyond IDENTITY_MAX_KEYS, from the target. `who` is what sid_read said of
 * it. False when the arena is full. */
bool sid_clean(const struct rules *r, struct http_head *request, const struct identity *who,
	       struct arena *arena);
/* Removes those with one of these keys; with keys == NULL, all of them. False when the arena is full. */
bool sid_remove(const struct rules *r, struct http_head *request, const struct session_key *keys,
		unsigned n, struct arena *arena);
/* A path up to its first parameter, where one could be a session's: for the log. */
struct view sid_free_head(const struct rules *r, struct view path);
