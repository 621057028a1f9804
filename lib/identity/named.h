/* named: which cookies are named session cookies, which an origin could mistake for one, and the
 * key of a value. Pure. */
#pragma once

#include "http/cookie.h"
#include "identity/rules.h"

enum { NAMED_NONE = -1, NAMED_MIN_VALUE_BYTES = 16 };

/* Index into settings.identity.cookies of the first entry that names this cookie, spelled exactly;
 * or NAMED_NONE. */
int named_find(const struct rules *r, struct view name);
/* Whether the named cookie with this index has a seal in the client's hands. */
bool named_is_sealed(const struct rules *r, int cookie);
/* Some origin reads this pair as a named cookie though it is not spelled so: see cookie_could_be;
 * or there is one in its name, behind a comma, or in the value of a nameless one. */
bool named_is_look_alike(const struct rules *r, const struct cookie_pair *pair);
/* The same name, or one that some origin takes for it. */
bool named_is_same(struct view a, struct view b);

/* What all spellings of one value share; points into `value` or the arena. at == NULL: arena full.
 */
struct view named_canonical(struct view value, struct arena *arena);
/* The same of a raw value from a path or, with `plus_is_space`, a query: what it shares with the cookie of that value. */
struct view named_canonical_parameter(struct view value, bool plus_is_space, struct arena *arena);
/* The key of what some readers take a cookie's value for that ends earlier to them: see cookie_cut. False where there is no such;
 * *ret_full is set when the arena is, and left alone otherwise. */
bool named_echo(const struct rules *r, struct view value, struct arena *arena, bool *ret_full,
		struct session_key *ret_key);
/* Its key. False for one that is too short, or `deleted`: never a session. */
bool named_key(const struct rules *r, struct view canonical, struct session_key *ret_key);
