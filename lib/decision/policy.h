/* policy: judges a visit to one account and changes the account accordingly: attaches the device, gives it a place, opens or
 * ends its challenge, logs others out. Pure over the account and the change handle; knows no registry.
 * The order of its steps is the order in which reasons win. */
#pragma once

#include "decision/visit.h"
#include "registry/change.h"

/* A verdict holds no longer than this, a challenge not longer than that; last-seen times are written at most this often. */
enum {
	POLICY_VERDICT_MS = 60 * 1000,
	POLICY_CHALLENGE_MS = 24 * 3600 * 1000,
	POLICY_SEEN_WRITE_MS = 10 * 1000
};

/* Whether the account shall hear again of a device that goes on being active: every 10 s, and where devices grow idle
 * soon, often enough that what it knows is never older than a sixtieth of that time. */
static inline bool policy_touch_is_due(const struct settings *s, int64_t since_ms)
{
	return since_ms >= 10 * 1000 || since_ms * 60 >= s->detach_after_ms;
}
/* Session values that one attachment may have at a time. */
enum { POLICY_MAX_LIVE = 32 };

/* Everything but `number` and `account_hash` of the verdict is filled in. */
void policy_judge(struct account *a, struct change *c, const struct visit *v,
		  struct verdict *ret_verdict);

/* Gives the attachment its place, status ATTACHED. */
void policy_place(struct change *c, struct attachment *t);
/* Ends an attachment: DETACHED, no place, an open challenge overridden, device.detached told, its sessions (and one that it rode
 * on) revoked when there is a cause; REVOKE_NONE revokes nothing. `challenge` may be NULL. */
void policy_detach(struct account *a, struct change *c, struct attachment *t,
		   enum revoke_cause cause, const struct challenge_id *challenge);
/* Binds one more value to a session: it counts as bound when that one was, since what one response sets and one request
 * carries is one session. */
struct session *policy_add_key(struct change *c, const struct session_key *key,
			       struct attachment *t, const struct session *like,
			       enum session_given given);
/* One session leaves the account of its own accord: ENDED when the origin deleted it, else ANONYMOUS. The attachment is
 * detached when it was its last one. */
void policy_leave(struct account *a, struct change *c, struct session *s, bool deleted);
/* Notes that the device is active. */
void policy_touch(struct change *c, struct attachment *t, const struct device_facts *facts);
/* The session that stands for (account, device) where the source has none of its own. */
void policy_pair_key(const struct account *a, const struct attachment *t,
		     struct session_key *ret_key);
