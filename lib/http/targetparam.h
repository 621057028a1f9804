/* targetparam: the parameters of a target, those of path segments (`/a;name=value/b`) and those of the query, where they
 * stand; and a target without some of them, every other byte as it was. Finds as many as any origin might: a path's
 * also behind an encoded `;` and with an encoded `=`, a query's also behind a `;`. Decodes nothing of what it finds.
 * Pure. Any thread. */
#pragma once

#include "http/head.h"

struct targetparam_cursor {
	struct view target;
	size_t at;
	bool in_query;
};
struct targetparam {
	struct view name;  /* raw */
	struct view value; /* raw; empty without `=` */
	bool in_query;
	size_t start, end; /* its bytes in the target, with the separator before it */
};

/* Start with {target}. What stands behind a `#` is no part of a target. */
bool targetparam_next(struct targetparam_cursor *cursor, struct targetparam *ret_param);

/* Rewrites target, path and query of a request without the parameters for which `drop`, called once for each in order,
 * says true; a query that loses all of its own loses its `?`. False when the arena is full. */
bool targetparam_remove(struct http_head *h, struct arena *arena,
			bool (*drop)(void *ctx, const struct targetparam *param), void *ctx);
