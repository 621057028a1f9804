#include "registry/ended.h"

#include "base/map.h"
#include "base/mem.h"

#include <pthread.h>
#include <stdatomic.h>

enum { FILTER_WORDS = 1 << 14 }; /* a bit for each of a million keys: 128 KiB */

struct ended {
	_Atomic uint64_t filter[FILTER_WORDS]; /* a key that is there has its bit set */
	pthread_mutex_t lock;
	struct map *owners;
};

struct ended *ended_create(void)
{
	struct ended *e = MEM_NEW(struct ended);

	pthread_mutex_init(&e->lock, NULL);
	e->owners = map_create();
	return e;
}

void ended_destroy(struct ended **e)
{
	if (!*e)
		return;
	map_destroy(&(*e)->owners);
	pthread_mutex_destroy(&(*e)->lock);
	MEM_FREE(*e);
}

static uint32_t bit_of(const uint8_t key[ID_BYTES])
{
	uint32_t n;

	memcpy(&n, key + 8, sizeof(n));
	return n % (FILTER_WORDS * 64u);
}

/* Both numbers fit into what a map keeps. */
static void *value_of(struct ended_owner owner)
{
	_Static_assert(sizeof(void *) == sizeof(uint64_t), "two numbers in a pointer");
	return (void *)(uintptr_t)((uint64_t)owner.row << 32 | owner.ref);
}

void ended_put(struct ended *e, const uint8_t key[ID_BYTES], struct ended_owner owner)
{
	uint32_t bit = bit_of(key);

	pthread_mutex_lock(&e->lock);
	map_put(e->owners, view_make(key, ID_BYTES), value_of(owner));
	pthread_mutex_unlock(&e->lock);
	atomic_fetch_or(&e->filter[bit / 64], UINT64_C(1) << bit % 64);
}

static bool may_be_there(const struct ended *e, const uint8_t key[ID_BYTES])
{
	uint32_t bit = bit_of(key);

	return atomic_load_explicit(&e->filter[bit / 64], memory_order_acquire) >> bit % 64 & 1;
}

bool ended_find(struct ended *e, const uint8_t key[ID_BYTES], struct ended_owner *ret_owner)
{
	uint64_t value;

	if (!may_be_there(e, key))
		return false;
	pthread_mutex_lock(&e->lock);
	value = (uintptr_t)map_get(e->owners, view_make(key, ID_BYTES));
	pthread_mutex_unlock(&e->lock);
	if (value)
		*ret_owner = (struct ended_owner){ .ref = (uint32_t)value,
						   .row = (uint32_t)(value >> 32) };
	return value != 0;
}

void ended_drop(struct ended *e, const uint8_t key[ID_BYTES])
{
	if (!may_be_there(e, key))
		return;
	pthread_mutex_lock(&e->lock);
	map_drop(e->owners, view_make(key, ID_BYTES));
	pthread_mutex_unlock(&e->lock);
}
