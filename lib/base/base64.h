/* base64: RFC 4648, both alphabets. Any thread. */
#pragma once

#include "base/view.h"

#include <stddef.h>
#include <stdint.h>

/* Room for the encoding of n bytes and a NUL, padded or not. */
#define BASE64_ROOM(n) (((n) + 2) / 3 * 4 + 1)

/* NUL-terminated; returns the length without it. */
size_t base64_encode(const void *at, size_t len, char *ret_text);
/* base64url without padding. */
size_t base64_encode_url(const void *at, size_t len, char *ret_text);
/* Strict: no white space, right padding, no stray bits. Returns the number of
 * bytes, or ERR_SYNTAX, or ERR_TOO_LARGE when they exceed `size`. */
int base64_decode(struct view text, void *ret_bytes, size_t size);
/* base64url without padding, equally strict. */
int base64_decode_url(struct view text, void *ret_bytes, size_t size);
