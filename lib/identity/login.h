/* login: a POST, or another request with a body, that may be a login (or a logout whose parameters stand in its body), read as it
 * streams past. Nothing of it is altered, the password is never kept. Says what was sent, not
 * whether the origin believed it: see lesson.h. One thread. */
#pragma once

#include "http/form.h"
#include "http/head.h"
#include "identity/rules.h"

struct login;

/* Whether this address is that of a login_form source, or of a logout path with parameters (recognised generously),
 * and this is a POST, in letters of any case, or has a body; and a reader if so. NULL: it is not one; *ret_full: the
 * arena is full. Memory from the arena, but a JSON body's: always close. `request` outlives the login. The wanted
 * fields of all sources at one address must be FORM_MAX_FIELDS names at most; a source that would exceed them is left
 * out. */
struct login *login_open(const struct rules *r, const struct http_head *request,
			 struct arena *arena, bool *ret_full);
void login_feed(struct login *l, struct view bytes);
/* After the last byte, or when the origin answers before it: it knows no more of the body than we do, and what follows is
 * not read. True when called again. False: something that would be a login can be read in two ways (a field twice with
 * different values, a name too long or with control characters, two content types, a Content-Encoding, JSON
 * beyond what is read): answer 400. */
bool login_finish(struct login *l);
/* Accepts NULL. */
void login_close(struct login **l);

/* What was sent to one source whose `when` holds. */
struct login_attempt {
	bool has_user, has_password; /* there and not empty */
	struct view user; /* decoded, not folded; at == NULL: longer than FORM_MAX_VALUE_BYTES */
};
/* False: not addressed to this source (index into settings.identity.sources), or not finished. */
bool login_attempt_at(const struct login *l, size_t source, struct login_attempt *ret_attempt);
/* One of the logout paths, all of whose parameters came, in the query or the body. False while not
 * finished. */
bool login_is_logout(const struct login *l);
