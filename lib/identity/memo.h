/* memo: the lines of a head that say who somebody is, kept byte for byte with what they meant, for
 * one connection; and what its last device cookies turned out to be, whatever else changes in the lines. One thread. */
#pragma once

#include "identity/identity.h"

/* What the lines mean under one set of rules and one scheme, whenever they come. */
struct memo_meaning {
	uint64_t rules_id;
	bool https;
	bool other_name;   /* the device cookie came under the other scheme's name */
	int64_t issued_ms; /* of the device cookie, when valid */
	struct identity
		who; /* but for network, asserted and device_reissue, which the lines do not tell */
};

/* NULL: other lines, other rules or another scheme than last time. */
const struct memo_meaning *memo_find(const struct identity_memo *m, const struct http_head *request,
				     uint64_t rules_id, bool https);
/* Before these lines are read: forgets those that were kept, and makes room for these, unless they are too long. */
void memo_make_room(struct identity_memo **m, const struct http_head *request);
/* After that: keeps them, if there is room. */
void memo_keep(struct identity_memo *m, const struct http_head *request,
	       const struct memo_meaning *meaning);

/* What device_cookie_verify said. */
struct memo_device {
	enum device_seen seen;
	struct device_id device; /* when DEVICE_VALID, as issued_ms */
	int64_t issued_ms;
};
/* NULL: not one of the last two values under these rules. Constant time: others may have come on this connection before, from
 * behind a proxy. */
const struct memo_device *memo_find_device(const struct identity_memo *m, uint64_t rules_id,
					   struct view value);
/* One that is longer than any of ours is not kept. */
void memo_keep_device(struct identity_memo *m, uint64_t rules_id, struct view value,
		      const struct memo_device *device);
void memo_forget(struct identity_memo **m);
