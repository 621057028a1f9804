/* change: one atomic step of an account. A change function gets the account and this handle, reads
 * and writes the account through it, and tells events; state and events become durable together or
 * not at all. It must depend on nothing but its argument and the account (an engine may run it
 * again after a conflict), does no I/O, and asks the registry nothing: it holds the account's lock.
 *
 * The account is a copy that lives until the function returns; keep no pointer into it. Fields are
 * written in place and then marked by the functions here: a marked row is written, and with at
 * least one mark the whole account is kept; without any, it stays as it was. Texts are replaced by
 * change_label, change_text and change_challenge_wanted, which copy. */
#pragma once

#include "base/json.h"
#include "registry/account.h"

struct change;

int64_t change_now_ms(const struct change *c); /* wall */

/* A new attachment (status PENDING) of a device that has none, last of the account's; seen now, and
 * at least a millisecond after the one before it, which keeps their order over a restart. When the
 * account is full, the longest unseen uncounted makes room, then detached, then challenged ones; the
 * sessions of the one that goes become ENDED, so that they stay refused. NULL when all 64 hold
 * places, are suspended or exempt. A PENDING one is kept in memory only, its sessions are written. */
struct attachment *change_attach(struct change *c, const struct device_id *device);
/* The fields of an attachment, a challenge, a session or the account were changed: write it. `nice`:
 * need not be durable before it is visible (last seen): it rides along with the next commit, at the
 * latest after a second, and moves no generation. */
void change_attachment(struct change *c, struct attachment *t);
void change_attachment_nice(struct change *c, struct attachment *t);
/* Something that lives in memory only was changed: keep it, write nothing. */
void change_remember(struct change *c);
void change_account(struct change *c);
void change_label(struct change *c, struct attachment *t, struct view label);
/* Replaces one of the account's texts (email, phone, groups, metadata); empty is NULL. Neither this
 * nor change_label marks anything when the value is the one that is there. */
void change_text(struct change *c, char **field, struct view value);

/* A key of this account's for the attachment (NULL for SESSION_ANONYMOUS). If the key is there
 * already it is rebound: everything about it starts anew, unless it is bound just so. If it belongs
 * to another account, that one loses it (it was checked by the caller). When the account has 256, one
 * goes: anonymous ones first, then ended, revoked, shared, then bound ones that merely joined, and at last
 * those that were given; of each, those of uncounted devices before those of counted ones, the longest unused first. Anonymous and shared keys are forgotten; all
 * others stay refused: registry_find shows them as ENDED. */
struct session *change_bind(struct change *c, const struct session_key *key, struct attachment *t,
			    unsigned source);
/* The same, with what is known of where it comes from; change_bind takes SESSION_GIVEN. Of one that is bound just so
 * already it is noted when that is news: that it was given at all, or in a place that was not known. Given in
 * two places, it was given. */
struct session *change_bind_given(struct change *c, const struct session_key *key,
				  struct attachment *t, unsigned source, enum session_given given);
/* Takes a bound value that merely joined away, as if it had never come: nothing refuses it, and nothing is left of it. */
void change_forget(struct change *c, const struct session_key *key);
void change_session(struct change *c, struct session *s);
/* Only last_used_ms changed: rides along, as change_attachment_nice. */
void change_session_nice(struct change *c, struct session *s);
/* Revokes every bound session of the attachment; one random revocation id for all. `challenge` may be
 * NULL. REVOKE_OWN makes them ENDED, without a device. Returns how many. */
unsigned change_revoke(struct change *c, struct attachment *t, enum revoke_cause cause,
		       const struct challenge_id *challenge);

/* A new challenge (state INITIATED, random id) in place of the attachment's last one, which leaves it
 * nothing but the count of its postponements of the day. */
struct challenge *change_challenge_open(struct change *c, struct attachment *t, uint32_t reasons);
/* Moves it; the veto is forgotten with the old state. */
void change_challenge_state(struct change *c, struct attachment *t, enum challenge_state state);
void change_challenge(struct change *c, struct attachment *t);
void change_challenge_wanted(struct change *c, struct attachment *t, struct view wanted);

/* Adds a told event; takes over `data` (a JSON object). `type` is one of outbox.h's table. */
void change_tell(struct change *c, unsigned type, json_t *data);
