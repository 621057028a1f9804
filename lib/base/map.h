/* map: byte-string key -> pointer. Open addressing, keyed hash (SipHash or as good,
 * random per map), so that a peer cannot make collisions. The map copies keys and does
 * not own values. Not thread-safe: the owner locks. */
#pragma once

#include "base/view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map;

struct map *map_create(void);
/* Frees keys, not values. Accepts NULL. */
void map_destroy(struct map **m);
size_t map_count(const struct map *m);

/* NULL when absent. */
void *map_get(const struct map *m, struct view key);
/* `value` is not NULL. Returns the value that was there before, or NULL. */
void *map_put(struct map *m, struct view key, void *value);
/* Returns the value that was there, or NULL. */
void *map_drop(struct map *m, struct view key);

struct map_cursor {
	size_t index;
};
/* Walks in no order: start with {0}. The map may not change meanwhile, except that the
 * entry just returned may be dropped. False at the end. `ret_key` may be NULL. */
bool map_next(const struct map *m, struct map_cursor *cursor, struct view *ret_key,
	      void **ret_value);

/* The hash by itself, for tables of fixed size and for sharding. Seed from hmac_random. */
struct map_seed {
	uint64_t k0, k1;
};
uint64_t map_hash(struct map_seed seed, struct view key);
