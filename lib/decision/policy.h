/* policy: judges a visit to one account and changes the account accordingly: which device it is, whether it holds a place,
 * challenge, expiry, eviction. Pure over the account and the change handle; does no I/O and knows no registry.
 * The order of its steps is the order in which reasons win. */
#pragma once

#include "decision/visit.h"
#include "registry/change.h"

/* A cached verdict is asked again after this long, or sooner. */
enum { POLICY_VERDICT_MS = 60 * 1000, POLICY_CHALLENGE_MS = 24 * 3600 * 1000, POLICY_SEEN_WRITE_MS = 10 * 1000 };

/* Everything but `number` and `account_hash` of the verdict is filled in. */
void policy_judge(struct account *a, struct change *c, const struct visit *v, struct verdict *ret_verdict);

/* The account's own limit, else the site's; 0: unlimited. */
unsigned policy_limit(const struct account *a, const struct settings *s);
unsigned policy_type_limit(const struct settings *s, enum device_type type);
/* Devices that hold a place now; of one type, or of all with DEVICE_TYPES. */
unsigned policy_places(const struct account *a, enum device_type type);
/* How many must be removed, of all and of its type, to make room for this attachment (0: there is room). */
unsigned policy_excess(const struct account *a, const struct settings *s, const struct attachment *t);
unsigned policy_type_excess(const struct account *a, const struct settings *s, const struct attachment *t);

/* Takes its place: counted from now on. */
void policy_place(struct change *c, struct attachment *t);
/* Ends an attachment: status DETACHED, no place, an open challenge overridden, device.detached told; its
 * sessions revoked when there is a cause (REVOKE_NONE revokes nothing). */
void policy_detach(struct account *a, struct change *c, struct attachment *t, enum revoke_cause cause,
		   const struct challenge_id *challenge);
/* The told events' common part: account and device. New reference. */
json_t *policy_event(const struct account *a, const struct attachment *t);
json_t *policy_challenge_json(const struct challenge *c, const char *type);
