/* generation: a striped table of counters that only grow, so that a sum of two of them is the same only when both are.
 * Bump after the change, before its lock is given back; read before looking. Any thread, no lock. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

enum { GENERATION_STRIPES = 1 << 16 };

struct generation {
	_Atomic uint64_t stripes[GENERATION_STRIPES];
};

struct generation *generation_create(void);
void generation_destroy(struct generation **g);

static inline uint64_t generation_read(const struct generation *g, uint64_t hash)
{
	return atomic_load_explicit(&g->stripes[hash % GENERATION_STRIPES], memory_order_acquire);
}

static inline void generation_bump(struct generation *g, uint64_t hash)
{
	atomic_fetch_add_explicit(&g->stripes[hash % GENERATION_STRIPES], 1, memory_order_release);
}
