/* cache: one worker's verdicts, by what a request shows (session values, device cookie, agent, asserted account). Fixed
 * room, set-associative, the oldest of a set makes room. A hit costs no lock, no allocation and no I/O.
 * The worker's thread only. */
#pragma once

#include "decision/visit.h"

#include <stdint.h>

struct cache;

struct cache_key {
	uint64_t a, b; /* a 128-bit keyed digest of what the request shows */
};
struct cache_entry {
	struct cache_key key;
	uint64_t generation; /* sum under which it was made */
	uint64_t epoch;      /* of the settings */
	int64_t until_ms;
	int64_t touched_ms; /* when the account last heard of this device */
	int64_t cookie_ms;  /* when its cookie was last set, to issue it at most once a minute */
	struct verdict verdict;
};

/* Room for about `max_bytes`. */
struct cache *cache_create(size_t max_bytes);
void cache_destroy(struct cache **c);
/* The entry with this key, whether it still holds or not; NULL when there is none. Valid until the next cache_put. */
struct cache_entry *cache_get(struct cache *c, const struct cache_key *key);
/* A blank entry under this key; the caller fills it in. */
struct cache_entry *cache_put(struct cache *c, const struct cache_key *key);
