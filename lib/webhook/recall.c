#include "webhook/recall.h"

#include "base/map.h"
#include "base/mem.h"

#include <assert.h>

struct recollection {
	char key[RECALL_KEY_BYTES];
	uint8_t key_len;
	bool veto;
	int64_t until_ms;
};

struct recall {
	int64_t keep_ms;
	struct map *by_key;
	struct recollection *ring; /* oldest at `first`: all are kept for the same time */
	unsigned max, first, n;
};

struct recall *recall_create(unsigned max, int64_t keep_ms)
{
	struct recall *r = MEM_NEW(struct recall);

	r->max = max;
	r->keep_ms = keep_ms;
	r->by_key = map_create();
	r->ring = mem_array(max, sizeof(struct recollection));
	return r;
}

void recall_destroy(struct recall **r)
{
	if (!*r)
		return;
	map_destroy(&(*r)->by_key);
	mem_free((*r)->ring);
	MEM_FREE(*r);
}

static void forget_oldest(struct recall *r)
{
	const struct recollection *oldest = &r->ring[r->first];

	map_drop(r->by_key, view_make(oldest->key, oldest->key_len));
	r->first = (r->first + 1) % r->max;
	r->n--;
}

static void forget_expired(struct recall *r, int64_t now_ms)
{
	while (r->n && r->ring[r->first].until_ms <= now_ms)
		forget_oldest(r);
}

void recall_put(struct recall *r, struct view key, bool veto, int64_t now_ms)
{
	struct recollection *kept;

	assert(key.len <= RECALL_KEY_BYTES);
	forget_expired(r, now_ms);
	kept = map_get(r->by_key, key);
	if (kept) {
		kept->veto = veto;
		return;
	}
	if (r->n == r->max)
		forget_oldest(r);
	kept = &r->ring[(r->first + r->n++) % r->max];
	memcpy(kept->key, key.at, key.len);
	kept->key_len = (uint8_t)key.len;
	kept->veto = veto;
	kept->until_ms = now_ms + r->keep_ms;
	map_put(r->by_key, key, kept);
}

bool recall_find(struct recall *r, struct view key, int64_t now_ms, bool *ret_veto)
{
	const struct recollection *kept;

	forget_expired(r, now_ms);
	kept = map_get(r->by_key, key);
	if (kept)
		*ret_veto = kept->veto;
	return kept != NULL;
}

unsigned recall_count(const struct recall *r)
{
	return r->n;
}
