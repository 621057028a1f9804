/* hmac: SHA-256, HMAC-SHA256, random bytes, comparison in constant time (OpenSSL).
 * An hmac_key holds the padded key's hash state, so that one MAC costs no key set-up;
 * it is read-only after init and may be shared by threads. */
#pragma once

#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DIGEST_BYTES = 32 };

struct hmac_key; /* opaque */

/* Copies the secret. Never NULL. */
struct hmac_key *hmac_key_create(struct view secret);
void hmac_key_destroy(struct hmac_key **k);
/* HMAC-SHA256 (RFC 2104) over the `n` parts one after the other. */
void hmac_sign(const struct hmac_key *k, const struct view *parts, size_t n,
	       uint8_t ret_mac[DIGEST_BYTES]);

void hmac_sha256(struct view bytes, uint8_t ret_digest[DIGEST_BYTES]);
/* Cryptographically strong; aborts when the system has none to give. */
void hmac_random(void *ret_bytes, size_t len);
/* Constant time in the bytes; lengths may differ (then false). */
bool hmac_equal(const void *a, size_t a_len, const void *b, size_t b_len);
