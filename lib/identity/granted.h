/* granted: the cookies of a response, in the order of its Set-Cookie lines, and what becomes of
 * them in a browser. Pure. */
#pragma once

#include "http/cookie.h"
#include "identity/identity.h"

struct granted_cookie {
	struct set_cookie cookie;
	int named;    /* index into settings.identity.cookies, or NAMED_NONE */
	bool stays;   /* no later line has its name, path and domain */
	bool is_gone; /* the last line that has them deletes it: no browser sends this value */
	bool has_key; /* a named one, set to a value that can key a session: */
	struct session_key key;
	bool is_new; /* and the request did not carry it */
};

struct granted {
	struct granted_cookie *at;
	size_t n;
};

/* False when the arena is full. */
bool granted_read(const struct rules *r, const struct http_head *response,
		  const struct identity *who, int64_t now_ms, struct arena *arena,
		  struct granted *ret_granted);
/* Whether a browser is left without it: deleted in one place and set in none. */
bool granted_is_deleted(const struct granted *g, struct view name);
