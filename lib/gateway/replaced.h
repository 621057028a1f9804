/* replaced: which of a request's session values the response takes out of the browser by setting their cookies to others. Pure. */
#pragma once

#include "identity/identity.h"

/* Bit i: who->keys[i]. `request` is what was forwarded. What the full arena keeps from being read is not counted. */
uint8_t replaced_find(const struct rules *r, const struct http_head *request,
		      const struct identity *who, const struct http_head *response,
		      struct arena *arena);
