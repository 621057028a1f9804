/* sha1: SHA-1 (OpenSSL), for protocols that are defined by it, such as the handshake of WebSocket (RFC 6455 §4.2.2). It keeps no
 * secret and proves nothing: whatever is to be trusted goes through hmac.h. Any thread. */
#pragma once

#include "base/view.h"

#include <stddef.h>
#include <stdint.h>

enum { SHA1_BYTES = 20 };

/* Over the `n` parts one after the other. */
void sha1_digest(const struct view *parts, size_t n, uint8_t ret_digest[SHA1_BYTES]);
