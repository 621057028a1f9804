/* privacy: a response that carries a device cookie is one person's: no shared cache may keep it (RFC 9111 §5.2.2.7). Pure. */
#pragma once

#include "base/arena.h"
#include "http/head.h"

/* Not a 304 (it updates a stored response) and not a partial answer. */
bool privacy_may_carry_cookie(int status);
/* Appends the Set-Cookie, makes the response Cache-Control: private and drops what speaks to shared caches: public, s-maxage,
 * Surrogate-Control, CDN-Cache-Control. Does nothing when the cookie is empty or the arena full. */
void privacy_add_cookie(struct http_head *response, struct arena *arena, struct view set_cookie);
