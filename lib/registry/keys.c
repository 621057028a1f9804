#include "registry/keys.h"

#include "base/mem.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

enum { SHARDS = 256, FIRST_SIZE = 64 };

struct entry {
	uint32_t tag;
	uint32_t ref; /* 0: free */
};

/* Open addressing, linear, without tombstones: the tag says where an entry belongs. Until it is settled, a plain list. */
struct shard {
	_Alignas(64) pthread_mutex_t lock;
	struct entry *entries;
	uint32_t size; /* a power of two, or 0 */
	uint32_t count;
	uint64_t version;
};

struct keys {
	struct shard shards[SHARDS];
};

struct keys *keys_create(void)
{
	struct keys *k = aligned_alloc(64, sizeof(*k));

	assert(k);
	memset(k, 0, sizeof(*k));
	for (unsigned i = 0; i < SHARDS; i++)
		pthread_mutex_init(&k->shards[i].lock, NULL);
	return k;
}

void keys_destroy(struct keys **k)
{
	if (!*k)
		return;
	for (unsigned i = 0; i < SHARDS; i++) {
		pthread_mutex_destroy(&(*k)->shards[i].lock);
		mem_free((*k)->shards[i].entries);
	}
	MEM_FREE(*k);
}

static uint32_t tag_of(const uint8_t id[ID_BYTES])
{
	uint32_t tag;

	memcpy(&tag, id, sizeof(tag));
	return tag;
}

static struct shard *lock_shard(struct keys *k, const uint8_t id[ID_BYTES])
{
	struct shard *s = &k->shards[id[sizeof(uint32_t)]];

	pthread_mutex_lock(&s->lock);
	return s;
}

static void put(struct shard *s, struct entry e)
{
	uint32_t i = e.tag & (s->size - 1);

	while (s->entries[i].ref)
		i = (i + 1) & (s->size - 1);
	s->entries[i] = e;
}

static bool is_full(const struct shard *s)
{
	return s->count >= s->size - s->size / 5;
}

static uint32_t larger(uint32_t size)
{
	return size ? size * 2 : FIRST_SIZE;
}

/* A table of that size with what stands in the first `n` places. */
static void rebuild(struct shard *s, uint32_t size, uint32_t n)
{
	struct entry *old = s->entries;

	s->size = size;
	s->entries = mem_array(s->size, sizeof(*s->entries));
	for (uint32_t i = 0; i < n; i++)
		if (old[i].ref)
			put(s, old[i]);
	mem_free(old);
}

static void add(struct shard *s, const uint8_t id[ID_BYTES], uint32_t ref)
{
	assert(ref);
	if (is_full(s))
		rebuild(s, larger(s->size), s->size);
	put(s, (struct entry){ tag_of(id), ref });
	s->count++;
	s->version++;
}

void keys_find(struct keys *k, const uint8_t id[ID_BYTES], struct keys_candidates *ret_candidates)
{
	struct shard *s = lock_shard(k, id);
	uint32_t tag = tag_of(id);

	ret_candidates->n = 0;
	ret_candidates->version = s->version;
	for (uint32_t i = tag; s->size; i++) {
		const struct entry *e = &s->entries[i & (s->size - 1)];

		if (!e->ref || ret_candidates->n == KEYS_CANDIDATES)
			break;
		if (e->tag == tag)
			ret_candidates->refs[ret_candidates->n++] = e->ref;
	}
	pthread_mutex_unlock(&s->lock);
}

bool keys_is_unmoved(struct keys *k, const uint8_t id[ID_BYTES], uint64_t version)
{
	struct shard *s = lock_shard(k, id);
	bool unmoved = s->version == version;

	pthread_mutex_unlock(&s->lock);
	return unmoved;
}

void keys_add(struct keys *k, const uint8_t id[ID_BYTES], uint32_t ref)
{
	struct shard *s = lock_shard(k, id);

	add(s, id, ref);
	pthread_mutex_unlock(&s->lock);
}

bool keys_add_unmoved(struct keys *k, const uint8_t id[ID_BYTES], uint32_t ref, uint64_t version)
{
	struct shard *s = lock_shard(k, id);
	bool unmoved = s->version == version;

	if (unmoved)
		add(s, id, ref);
	pthread_mutex_unlock(&s->lock);
	return unmoved;
}

void keys_note(struct keys *k, const uint8_t id[ID_BYTES], uint32_t ref)
{
	struct shard *s = lock_shard(k, id);

	assert(ref);
	if (s->count == s->size) {
		s->size = larger(s->size);
		s->entries = mem_resize(s->entries, s->size * sizeof(*s->entries));
	}
	s->entries[s->count++] = (struct entry){ tag_of(id), ref };
	pthread_mutex_unlock(&s->lock);
}

static void settle(struct shard *s)
{
	uint32_t n = s->count;

	if (!n)
		return;
	for (s->size = FIRST_SIZE; is_full(s);)
		s->size = larger(s->size);
	rebuild(s, s->size, n);
}

void keys_settle(struct keys *k)
{
	for (unsigned i = 0; i < SHARDS; i++) {
		pthread_mutex_lock(&k->shards[i].lock);
		settle(&k->shards[i]);
		pthread_mutex_unlock(&k->shards[i].lock);
	}
}

/* Moves up what was pushed beyond the place that became free. */
static void close_gap(struct shard *s, uint32_t gap)
{
	uint32_t mask = s->size - 1;

	for (uint32_t i = (gap + 1) & mask; s->entries[i].ref; i = (i + 1) & mask) {
		uint32_t home = s->entries[i].tag & mask;

		if (((i - home) & mask) < ((i - gap) & mask))
			continue;
		s->entries[gap] = s->entries[i];
		gap = i;
	}
	s->entries[gap] = (struct entry){ 0 };
}

void keys_drop(struct keys *k, const uint8_t id[ID_BYTES], uint32_t ref)
{
	struct shard *s = lock_shard(k, id);
	uint32_t tag = tag_of(id), i = tag & (s->size - 1);

	while (s->entries[i].tag != tag || s->entries[i].ref != ref) {
		assert(s->entries[i].ref);
		i = (i + 1) & (s->size - 1);
	}
	close_gap(s, i);
	s->count--;
	s->version++;
	pthread_mutex_unlock(&s->lock);
}
