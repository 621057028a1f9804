#include "serve/crowd.h"

#include "base/hmac.h"
#include "base/map.h"
#include "base/mem.h"

#include <assert.h>
#include <pthread.h>

enum { SHARDS = 64, NETWORK_BYTES = 8 };

/* The count is the value itself: a pointer that points nowhere. */
struct shard {
	pthread_mutex_t lock;
	struct map *counts;
};

struct crowd {
	struct map_seed seed;
	struct shard shards[SHARDS];
};

struct crowd *crowd_create(void)
{
	struct crowd *c = MEM_NEW(struct crowd);

	hmac_random(&c->seed, sizeof(c->seed));
	for (unsigned i = 0; i < SHARDS; i++) {
		pthread_mutex_init(&c->shards[i].lock, NULL);
		c->shards[i].counts = map_create();
	}
	return c;
}

void crowd_destroy(struct crowd **c)
{
	if (!*c)
		return;
	for (unsigned i = 0; i < SHARDS; i++) {
		map_destroy(&(*c)->shards[i].counts);
		pthread_mutex_destroy(&(*c)->shards[i].lock);
	}
	MEM_FREE(*c);
}

static struct view key_of(const uint8_t address[16])
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	return view_make(address,
			 memcmp(address, mapped, sizeof(mapped)) == 0 ? 16 : NETWORK_BYTES);
}

static struct shard *lock_shard(struct crowd *c, struct view key)
{
	struct shard *s = &c->shards[map_hash(c->seed, key) % SHARDS];

	pthread_mutex_lock(&s->lock);
	return s;
}

bool crowd_enter(struct crowd *c, const uint8_t address[16], unsigned most)
{
	struct view key = key_of(address);
	struct shard *s = lock_shard(c, key);
	uintptr_t n = (uintptr_t)map_get(s->counts, key);
	bool has_room = n < most;

	if (has_room)
		map_put(s->counts, key, (void *)(n + 1));
	pthread_mutex_unlock(&s->lock);
	return has_room;
}

void crowd_leave(struct crowd *c, const uint8_t address[16])
{
	struct view key = key_of(address);
	struct shard *s = lock_shard(c, key);
	uintptr_t n = (uintptr_t)map_get(s->counts, key);

	assert(n > 0);
	if (n > 1)
		map_put(s->counts, key, (void *)(n - 1));
	else
		map_drop(s->counts, key);
	pthread_mutex_unlock(&s->lock);
}
