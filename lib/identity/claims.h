/* claims: what the origin says of an account besides its name, in Latch-* response headers,
 * checked for form. What is not in its form is as if it had not been said. Pure. */
#pragma once

#include "identity/lesson.h"

enum {
	CLAIMS_MAX_METADATA_BYTES = 4096,
	CLAIMS_MAX_GROUPS_BYTES = 4096,
	CLAIMS_MAX_DEVICES = 1000000
};

/* Fills in email, phone, groups, metadata, device_limit, bad_limit and event. False when the arena
 * is full. */
bool claims_read(const struct http_head *response, struct arena *arena, struct lesson *lesson);
