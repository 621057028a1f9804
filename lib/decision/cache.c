#include "decision/cache.h"

#include "base/mem.h"

enum { WAYS = 4 };

struct cache {
	struct cache_entry *entries; /* WAYS of one set stand together */
	uint64_t mask;               /* number of sets - 1 */
};

struct cache *cache_create(size_t max_bytes)
{
	struct cache *c = MEM_NEW(struct cache);
	uint64_t sets = 1;

	while (sets * 2 * WAYS * sizeof(struct cache_entry) <= max_bytes)
		sets *= 2;
	c->mask = sets - 1;
	c->entries = mem_array(sets * WAYS, sizeof(struct cache_entry));
	return c;
}

void cache_destroy(struct cache **c)
{
	if (*c)
		mem_free((*c)->entries);
	MEM_FREE(*c);
}

static struct cache_entry *set_of(struct cache *c, const struct cache_key *key)
{
	return c->entries + (key->a & c->mask) * WAYS;
}

static bool is_key(const struct cache_entry *e, const struct cache_key *key)
{
	return e->key.a == key->a && e->key.b == key->b;
}

struct cache_entry *cache_get(struct cache *c, const struct cache_key *key)
{
	struct cache_entry *set = set_of(c, key);

	for (unsigned i = 0; i < WAYS; i++)
		if (is_key(&set[i], key))
			return &set[i];
	return NULL;
}

struct cache_entry *cache_put(struct cache *c, const struct cache_key *key)
{
	struct cache_entry *set = set_of(c, key);
	struct cache_entry *place = set;

	for (unsigned i = 0; i < WAYS; i++) {
		if (is_key(&set[i], key)) {
			place = &set[i];
			break;
		}
		if (set[i].touched_ms < place->touched_ms)
			place = &set[i];
	}
	*place = (struct cache_entry){ .key = *key };
	return place;
}
