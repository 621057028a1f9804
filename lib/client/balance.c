#include "client/balance.h"

#include <assert.h>

static bool has(uint64_t set, size_t i)
{
	return set >> i & 1;
}

/* The next one at or after the place whose turn it is. */
static size_t next_in_turn(const struct balance *b, size_t n, uint64_t may)
{
	size_t i = (size_t)(b->turn % n);

	while (!has(may, i))
		i = i + 1 < n ? i + 1 : 0;
	return i;
}

/* Of equals, the one whose turn it is: or a quiet site would use its first server alone. */
static uint64_t least_used(const struct fleet *fleet, uint64_t may)
{
	unsigned least = UINT32_MAX;
	uint64_t found = 0;

	for (size_t i = 0; i < fleet->n; i++) {
		unsigned in_use;

		if (!has(may, i))
			continue;
		in_use = server_in_use(fleet->at[i].server);
		if (in_use < least)
			found = 0;
		if (in_use <= least)
			found |= UINT64_C(1) << i;
		least = in_use < least ? in_use : least;
	}
	return found;
}

size_t balance_choose(struct balance *b, const struct fleet *fleet, enum settings_balance how,
		      uint64_t may)
{
	size_t chosen;

	assert(may && fleet->n <= FLEET_MAX_SERVERS);
	if (how == BALANCE_LEAST_CONNECTIONS)
		may = least_used(fleet, may);
	chosen = next_in_turn(b, fleet->n, may);
	b->turn = chosen + 1;
	return chosen;
}
