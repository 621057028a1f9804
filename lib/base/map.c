#include "base/map.h"

#include "base/hmac.h"
#include "base/mem.h"

#include <assert.h>

enum { FIRST_SLOTS = 16 };

struct map_key {
	size_t len;
	char bytes[];
};

struct slot {
	uint64_t hash;
	struct map_key *key; /* NULL: free and never used, or &dropped */
	void *value;
};

struct map {
	struct map_seed seed;
	struct slot *slots;
	size_t size; /* a power of two */
	size_t count;
	size_t used; /* slots that are not free: entries and dropped ones */
};

/* Stands where an entry was, so that a search goes on beyond it. Entries never move
 * but when the map grows: that is what lets a walk drop what it was given. */
static const struct map_key dropped;

static bool is_entry(const struct slot *s)
{
	return s->key && s->key != &dropped;
}

struct map *map_create(void)
{
	struct map *m = MEM_NEW(struct map);

	hmac_random(&m->seed, sizeof(m->seed));
	m->size = FIRST_SLOTS;
	m->slots = mem_array(m->size, sizeof(*m->slots));
	return m;
}

void map_destroy(struct map **map)
{
	struct map *m = *map;

	if (!m)
		return;
	for (size_t i = 0; i < m->size; i++)
		if (is_entry(&m->slots[i]))
			mem_free(m->slots[i].key);
	mem_free(m->slots);
	MEM_FREE(*map);
}

size_t map_count(const struct map *m)
{
	return m->count;
}

static struct slot *find(const struct map *m, struct view key, uint64_t hash)
{
	for (size_t i = hash & (m->size - 1);; i = (i + 1) & (m->size - 1)) {
		struct slot *s = &m->slots[i];

		if (!s->key)
			return NULL;
		if (s->hash == hash && s->key != &dropped &&
		    view_is(view_make(s->key->bytes, s->key->len), key))
			return s;
	}
}

void *map_get(const struct map *m, struct view key)
{
	struct slot *s = find(m, key, map_hash(m->seed, key));

	return s ? s->value : NULL;
}

static struct slot *free_slot(const struct map *m, uint64_t hash)
{
	size_t i = hash & (m->size - 1);

	while (is_entry(&m->slots[i]))
		i = (i + 1) & (m->size - 1);
	return &m->slots[i];
}

/* Rebuilds without the dropped ones; twice as large unless most of the used slots are those. */
static void rebuild(struct map *m)
{
	struct slot *old = m->slots;
	size_t old_size = m->size;

	if (m->count >= m->size / 2)
		m->size *= 2;
	m->slots = mem_array(m->size, sizeof(*m->slots));
	m->used = m->count;
	for (size_t i = 0; i < old_size; i++)
		if (is_entry(&old[i]))
			*free_slot(m, old[i].hash) = old[i];
	mem_free(old);
}

static struct map_key *copy_key(struct view key)
{
	struct map_key *copy = mem_new(sizeof(*copy) + key.len);

	copy->len = key.len;
	if (key.len)
		memcpy(copy->bytes, key.at, key.len);
	return copy;
}

void *map_put(struct map *m, struct view key, void *value)
{
	uint64_t hash = map_hash(m->seed, key);
	struct slot *s = find(m, key, hash);
	void *before;

	assert(value);
	if (s) {
		before = s->value;
		s->value = value;
		return before;
	}
	if (m->used >= m->size / 4 * 3)
		rebuild(m);
	s = free_slot(m, hash);
	m->used += !s->key;
	m->count++;
	*s = (struct slot){ hash, copy_key(key), value };
	return NULL;
}

/* No search passes a dropped slot that stands before a free one: it is free again. */
static void reclaim(struct map *m, size_t index)
{
	size_t mask = m->size - 1;

	if (m->slots[(index + 1) & mask].key)
		return;
	for (; m->slots[index].key == &dropped; index = (index - 1) & mask) {
		m->slots[index].key = NULL;
		m->used--;
	}
}

void *map_drop(struct map *m, struct view key)
{
	struct slot *s = find(m, key, map_hash(m->seed, key));
	void *value;

	if (!s)
		return NULL;
	value = s->value;
	mem_free(s->key);
	*s = (struct slot){ .key = (struct map_key *)(uintptr_t)&dropped };
	m->count--;
	reclaim(m, (size_t)(s - m->slots));
	return value;
}

bool map_next(const struct map *m, struct map_cursor *cursor, struct view *ret_key,
	      void **ret_value)
{
	while (cursor->index < m->size) {
		struct slot *s = &m->slots[cursor->index++];

		if (!is_entry(s))
			continue;
		if (ret_key)
			*ret_key = view_make(s->key->bytes, s->key->len);
		*ret_value = s->value;
		return true;
	}
	return false;
}

static uint64_t rotate(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

/* Inlined in any case: the words of the state then stay in registers, and a hash takes a third of the time. */
static inline __attribute__((always_inline)) void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

/* SipHash-1-3: one round a word, three at the end. */
uint64_t map_hash(struct map_seed seed, struct view key)
{
	uint64_t v[4] = {
		seed.k0 ^ 0x736f6d6570736575,
		seed.k1 ^ 0x646f72616e646f6d,
		seed.k0 ^ 0x6c7967656e657261,
		seed.k1 ^ 0x7465646279746573,
	};
	uint64_t last = (uint64_t)key.len << 56;
	size_t whole = key.len & ~(size_t)7;
	uint64_t word;

	for (size_t i = 0; i < whole; i += 8) {
		memcpy(&word, key.at + i, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	for (size_t i = whole; i < key.len; i++)
		last |= (uint64_t)(unsigned char)key.at[i] << (8 * (i - whole));
	v[3] ^= last;
	sip_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	for (int i = 0; i < 3; i++)
		sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
