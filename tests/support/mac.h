/* mac: HMAC-SHA256 and base64 straight from OpenSSL, so that tests do not check the project's own with itself. */
#pragma once

#include <stddef.h>

enum { MAC_BYTES = 32, MAC_TEXT_BYTES = 64 };

/* In base64 (RFC 4648 §4), or in its URL letters without padding (§5); NUL-terminated. */
void mac_base64(const void *key, size_t key_len, const void *bytes, size_t len,
		char ret_text[MAC_TEXT_BYTES]);
void mac_base64_url(const void *key, size_t key_len, const void *bytes, size_t len,
		    char ret_text[MAC_TEXT_BYTES]);
