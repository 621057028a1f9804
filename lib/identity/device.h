/* device: the signed cookie that names a device: `v1.<key id>.<device id>.<issued>.<mac>`, each
 * part base64url, the MAC HMAC-SHA256 over all that stands before it. It says which device this is
 * and when we said so; it does not say whose, and does not expire by itself (the browser forgets
 * it). Pure. Any thread. */
#pragma once

#include "base/arena.h"
#include "identity/rules.h"

enum device_seen { DEVICE_ABSENT, DEVICE_VALID, DEVICE_FORGED };

enum { DEVICE_COOKIE_MAX_BYTES = 104, DEVICE_MAX_AGE_S = 400 * 86400, DEVICE_RENEW_S = 30 * 86400 };

/* "__Host-latch" on https, "latch" otherwise. */
struct view device_cookie_name(bool https);
/* One of the two names. */
bool device_is_cookie_name(struct view name);
/* DEVICE_VALID or DEVICE_FORGED, which is anything that we did not write byte for byte. Constant
 * time in the MAC. */
enum device_seen device_cookie_verify(const struct rules *r, struct view value,
				      struct device_id *ret_device, int64_t *ret_issued_ms);
void device_mint(struct device_id *ret_device);
/* The whole Set-Cookie value. at == NULL: arena full. */
struct view device_cookie_make(const struct rules *r, const struct device_id *device, bool https,
			       int64_t now_ms, struct arena *arena);
