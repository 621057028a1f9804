/* memo: the lines of a head that say who somebody is, kept byte for byte with what they meant, for
 * one connection. One thread. */
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
/* Replaces what was kept; forgets it when these lines do not fit. */
void memo_keep(struct identity_memo **m, const struct http_head *request,
	       const struct memo_meaning *meaning);
void memo_forget(struct identity_memo **m);
