/* seal: the MAC behind the value of a session cookie with `seal: true`. The client holds `value~mac`,
 * or `"value~mac"` where the value stands in quotes; the origin sees the bare value, byte for byte
 * as it had set it. So a client can hand back what it was given, and no other spelling of it.
 *
 * The MAC is base64url without padding, HMAC-SHA256 over `name=value`, with the quotes, under a key
 * derived from a device key: the first of these seals, all of them open. Which value it is, and
 * whether it may pass, others know. Pure. Any thread. */
#pragma once

#include "base/arena.h"
#include "identity/rules.h"

/* What a seal adds to a value; and name, `=` and value together, as browsers take them (RFC 6265
 * §6.1). */
enum { SEAL_BYTES = 44, SEAL_MAX_COOKIE_BYTES = 4096 };

/* at == NULL: arena full. */
struct view seal_close(const struct rules *r, struct view name, struct view value,
		       struct arena *arena);
/* Whether we sealed this very value for a cookie of this name. Constant time in the MAC. */
bool seal_is_good(const struct rules *r, struct view name, struct view sealed);
/* The value under a seal that is good. at == NULL: arena full. */
struct view seal_strip(struct view sealed, struct arena *arena);
