/* outbox: told events that wait to be delivered, durable with the state they tell of. The webhook room takes
 * them in order per account and reports what became of them. Any thread. */
#pragma once

#include "registry/registry.h"

/* X(enumerator, type) */
#define OUTBOX_TABLE(X)                               \
	X(LIMIT_EXCEEDED, "on_limit_exceeded")        \
	X(REDIRECT, "redirect")                       \
	X(DEVICE_ATTACHED, "device.attached")         \
	X(DEVICE_DETACHED, "device.detached")         \
	X(CHALLENGE_INITIATED, "challenge.initiated") \
	X(CHALLENGE_VERIFIED, "challenge.verified")   \
	X(CHALLENGE_COMPLETED, "challenge.completed") \
	X(CHALLENGE_FAILED, "challenge.failed")       \
	X(ACCOUNT_SUSPENDED, "account.suspended")     \
	X(ACCOUNT_RESTORED, "account.restored")       \
	X(TRIAL_REPEAT, "trial.repeat")               \
	X(TRIAL_APPROVAL, "trial.approval_requested") \
	X(ADMIN_NOTIFY, "admin.notify")

enum outbox_type {
#define OUTBOX_ENUM(id, type) OUTBOX_##id,
	OUTBOX_TABLE(OUTBOX_ENUM)
#undef OUTBOX_ENUM
		OUTBOX_TYPES
};
const char *outbox_type_text(unsigned type);

struct outbox_event {
	uint64_t seq;
	char id[ID_TEXT_BYTES]; /* webhook-id, the same on every retry */
	unsigned type; /* enum outbox_type; of a dead letter perhaps OUTBOX_TYPES: not known here */
	char account[257];
	int64_t created_ms;
	unsigned attempts;
	int64_t next_ms; /* not before (wall) */
	char *data;      /* compact JSON object; free with mem_free */
};

/* Up to `n` (and 64) committed events that are due and whose account has no earlier undelivered one
 * (unless that has failed three times: it steps aside), and that are not taken. They are taken until
 * outbox_done, outbox_retry or outbox_bury; after a restart nothing is. Reads their data from the
 * disk. Returns how many. */
unsigned outbox_take(struct registry *r, int64_t now_ms, struct outbox_event *ret_events,
		     unsigned n);
/* Delivered: forgotten, durably within a second; a crash before that sends it again. */
void outbox_done(struct registry *r, uint64_t seq);
/* Failed: due again at next_ms; attempts + 1. */
void outbox_retry(struct registry *r, uint64_t seq, int64_t next_ms);
/* Given up: kept as a dead letter. */
void outbox_bury(struct registry *r, uint64_t seq);
/* While all that waits takes more than `max_bytes`, the oldest is given up; what is taken is not. So many at a time, to be
 * called again while it returns that many. */
enum { OUTBOX_TRIM_MAX = 1024 };
unsigned outbox_trim(struct registry *r, uint64_t max_bytes);
/* Calls back (from the writer's thread; keep it short: post a letter) whenever events were committed.
 * One listener; NULL: none. When this returns, the old one is not called any more. */
void outbox_listen(struct registry *r, void (*fn)(void *arg), void *arg);
/* Whether changes from now on tell at all (they do from the start): without anybody to deliver to, events would pile up for
 * ever. What waits already goes on waiting. */
void outbox_enable(struct registry *r, bool on);
/* When the next event is due; INT64_MAX: none waits. */
int64_t outbox_next_due_ms(struct registry *r);
uint64_t outbox_waiting(struct registry *r);

/* Dead letters: what was given up, in the state alone. These read the disk. */

uint64_t outbox_dead(struct registry *r);
/* Up to `n` (and 100) of them with their data, the oldest first. How many, or ERR_IO. */
int outbox_list_dead(struct registry *r, struct outbox_event *ret_events, unsigned n);
/* Up to `n` of them, the oldest first, wait to be delivered again, as if they were told now: behind what else waits for their
 * account. How many, or ERR_IO, or ERR_BUSY: the last such call, or outbox_drop_dead, is not committed yet. *ret_number:
 * when this is (0: nothing to wait for). */
int outbox_replay(struct registry *r, unsigned n, uint64_t *ret_number);
/* Beyond `max` the oldest are dropped for good. How many; 0, too, while the last such change is not committed yet. */
uint64_t outbox_drop_dead(struct registry *r, uint64_t max);
/* For opening and outbox: there are so many more, or fewer. */
void outbox_note_dead(struct registry *r, int64_t step);
