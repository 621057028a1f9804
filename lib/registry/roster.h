/* roster: where the accounts are. 256 shards by the account's hash, each with a lock that is held for microseconds;
 * whoever holds it holds all accounts of the shard. Several are taken in the order of their numbers.
 * An account has a reference (not 0) that names its shard, and is never taken away. */
#pragma once

#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum { ROSTER_SHARDS = 256 };

struct frozen;
struct roster;

struct roster_slot {
	uint64_t hash;
	uint64_t change;       /* number of the account's last durable change */
	struct frozen *frozen; /* NULL: nobody */
	uint32_t row;          /* the account's number in the state */
	bool stored;           /* its row was queued */
};

struct roster *roster_create(void);
/* Frees what is frozen. */
void roster_destroy(struct roster **r);

static inline unsigned roster_shard(uint64_t hash)
{
	return hash & (ROSTER_SHARDS - 1);
}
static inline unsigned roster_shard_of_ref(uint32_t ref)
{
	return (ref - 1) & (ROSTER_SHARDS - 1);
}
void roster_lock(struct roster *r, unsigned shard);
void roster_unlock(struct roster *r, unsigned shard);

/* All below under the shard's lock. */

/* 0: not there. */
uint32_t roster_find(const struct roster *r, uint64_t hash, struct view id);
/* The reference that the shard's next account will have, if it is added before the lock is given back. */
uint32_t roster_next(struct roster *r, uint64_t hash);
/* Adds it, without content. */
struct roster_slot *roster_add(struct roster *r, uint64_t hash);
/* The same while the state is read: nobody finds it before roster_settle. */
struct roster_slot *roster_note(struct roster *r, uint64_t hash);
/* NULL for a reference that came to nothing. */
struct roster_slot *roster_slot(struct roster *r, uint32_t ref);
/* The reference of a shard's account number `index`, counted from 0; one beyond the last has no slot. */
uint32_t roster_ref(unsigned shard, uint32_t index);

/* After all that was noted, and before anything is added or looked for; takes the locks itself. */
void roster_settle(struct roster *r);
