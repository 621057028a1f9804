/* granted: the cookies that a response leaves in the browser, in the order of its Set-Cookie
 * lines. Pure. */
#pragma once

#include "http/cookie.h"
#include "identity/identity.h"

struct granted_cookie {
	struct set_cookie cookie;
	int named;    /* index into settings.identity.cookies, or NAMED_NONE */
	bool has_key; /* a named one that is set to a value that can key a session: */
	struct session_key key;
	bool is_new; /* and the request did not carry it */
};

struct granted {
	struct granted_cookie *at;
	size_t n;
};

/* A cookie that a later line with its name, path and domain replaces is left out. False when the
 * arena is full. */
bool granted_read(const struct rules *r, const struct http_head *response,
		  const struct identity *who, int64_t now_ms, struct arena *arena,
		  struct granted *ret_granted);
/* Whether it is deleted in one place and set in none. */
bool granted_is_gone(const struct granted *g, struct view name);
