#include "gateway/said.h"

_Static_assert(SAID_WORDS <= 32, "a bit per word");

bool said_first(struct said *s, unsigned word)
{
	unsigned bit = 1u << word;

	if (atomic_load_explicit(&s->mask, memory_order_relaxed) & bit)
		return false;
	return !(atomic_fetch_or_explicit(&s->mask, bit, memory_order_relaxed) & bit);
}
