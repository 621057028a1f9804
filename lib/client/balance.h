/* balance: which of several servers gets the next exchange. Pure but for its turn. One per worker. */
#pragma once

#include "client/fleet.h"

#include <stdint.h>

struct balance {
	uint64_t turn; /* begin anywhere, so that workers do not march in step */
};

/* `may` has a bit for each server of the fleet that may be chosen, at least one. The number of one of them. */
size_t balance_choose(struct balance *b, const struct fleet *fleet, enum settings_balance how,
		      uint64_t may);
