#include "registry/roster.h"

#include "base/mem.h"
#include "registry/frozen.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

enum { CHUNK = 64, FIRST_SIZE = 16, HASH_SHIFT = 8, MAX_SLOTS = (1 << 24) - 1 };

struct shard {
	_Alignas(64) pthread_mutex_t lock;
	struct roster_slot **chunks; /* of CHUNK slots each, so that slots stay where they are */
	uint32_t *table;             /* index of a slot + 1; 0: free */
	uint32_t size;               /* of the table: a power of two, or 0 */
	uint32_t count;
};

struct roster {
	struct shard shards[ROSTER_SHARDS];
};

struct roster *roster_create(void)
{
	struct roster *r = aligned_alloc(64, sizeof(*r));

	assert(r);
	memset(r, 0, sizeof(*r));
	for (unsigned i = 0; i < ROSTER_SHARDS; i++)
		pthread_mutex_init(&r->shards[i].lock, NULL);
	return r;
}

static struct roster_slot *slot_at(const struct shard *s, uint32_t index)
{
	return &s->chunks[index / CHUNK][index % CHUNK];
}

static void destroy_shard(struct shard *s)
{
	for (uint32_t i = 0; i < s->count; i++)
		mem_free(slot_at(s, i)->frozen);
	for (uint32_t i = 0; i * CHUNK < s->count; i++)
		mem_free(s->chunks[i]);
	mem_free(s->chunks);
	mem_free(s->table);
	pthread_mutex_destroy(&s->lock);
}

void roster_destroy(struct roster **r)
{
	if (!*r)
		return;
	for (unsigned i = 0; i < ROSTER_SHARDS; i++)
		destroy_shard(&(*r)->shards[i]);
	MEM_FREE(*r);
}

void roster_lock(struct roster *r, unsigned shard)
{
	pthread_mutex_lock(&r->shards[shard].lock);
}

void roster_unlock(struct roster *r, unsigned shard)
{
	pthread_mutex_unlock(&r->shards[shard].lock);
}

uint32_t roster_ref(unsigned shard, uint32_t index)
{
	return (index * ROSTER_SHARDS | shard) + 1;
}

uint32_t roster_find(const struct roster *r, uint64_t hash, struct view id)
{
	const struct shard *s = &r->shards[roster_shard(hash)];

	for (uint32_t i = (uint32_t)(hash >> HASH_SHIFT); s->size; i++) {
		uint32_t entry = s->table[i & (s->size - 1)];
		const struct roster_slot *slot;

		if (!entry)
			break;
		slot = slot_at(s, entry - 1);
		if (slot->hash == hash && view_is(frozen_id(slot->frozen), id))
			return roster_ref(roster_shard(hash), entry - 1);
	}
	return 0;
}

uint32_t roster_next(struct roster *r, uint64_t hash)
{
	return roster_ref(roster_shard(hash), r->shards[roster_shard(hash)].count);
}

static void put(struct shard *s, uint32_t index)
{
	uint32_t i = (uint32_t)(slot_at(s, index)->hash >> HASH_SHIFT) & (s->size - 1);

	while (s->table[i])
		i = (i + 1) & (s->size - 1);
	s->table[i] = index + 1;
}

static bool is_full(const struct shard *s)
{
	return s->count >= s->size - s->size / 4;
}

static uint32_t larger(uint32_t size)
{
	return size ? size * 2 : FIRST_SIZE;
}

static void rebuild_table(struct shard *s, uint32_t size)
{
	mem_free(s->table);
	s->size = size;
	s->table = mem_array(s->size, sizeof(*s->table));
	for (uint32_t i = 0; i < s->count; i++)
		put(s, i);
}

/* A new slot, the last one, that is not in the table. */
static struct roster_slot *append(struct shard *s, uint64_t hash)
{
	uint32_t index = s->count;

	assert(index < MAX_SLOTS);
	if (index % CHUNK == 0) {
		s->chunks =
			mem_resize(s->chunks, (index / CHUNK + 1) * sizeof(struct roster_slot *));
		s->chunks[index / CHUNK] = mem_array(CHUNK, sizeof(struct roster_slot));
	}
	slot_at(s, index)->hash = hash;
	s->count++;
	return slot_at(s, index);
}

struct roster_slot *roster_add(struct roster *r, uint64_t hash)
{
	struct shard *s = &r->shards[roster_shard(hash)];
	struct roster_slot *slot;

	if (is_full(s))
		rebuild_table(s, larger(s->size));
	slot = append(s, hash);
	put(s, s->count - 1);
	return slot;
}

struct roster_slot *roster_note(struct roster *r, uint64_t hash)
{
	return append(&r->shards[roster_shard(hash)], hash);
}

static void settle(struct shard *s)
{
	uint32_t size = FIRST_SIZE;

	while (s->count > size - size / 4)
		size = larger(size);
	if (s->count)
		rebuild_table(s, size);
}

void roster_settle(struct roster *r)
{
	for (unsigned i = 0; i < ROSTER_SHARDS; i++) {
		roster_lock(r, i);
		settle(&r->shards[i]);
		roster_unlock(r, i);
	}
}

struct roster_slot *roster_slot(struct roster *r, uint32_t ref)
{
	const struct shard *s = &r->shards[roster_shard_of_ref(ref)];
	uint32_t index = (ref - 1) / ROSTER_SHARDS;

	return index < s->count ? slot_at(s, index) : NULL;
}
