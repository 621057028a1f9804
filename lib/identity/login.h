/* login: a request that may be a login, read as it streams past. Nothing of it is altered, the password is never kept.
 * One thread. */
#pragma once

#include "http/form.h"
#include "identity/rules.h"

struct login;

/* Whether this address is that of a login_form source (POST only, recognised generously), and a reader if so. NULL: it is
 * not one; *ret_full: the arena is full. Memory from the arena; always close. `request` outlives the login. */
struct login *login_open(const struct rules *r, const struct http_head *request, struct arena *arena, bool *ret_full);
void login_feed(struct login *l, struct view bytes);
/* After the last byte. False: a field came twice with different values: answer 400. */
bool login_finish(struct login *l);
void login_close(struct login **l);
