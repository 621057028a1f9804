/* urlform: application/x-www-form-urlencoded as it streams by, into a gather (WHATWG URL §5.1).
 * Read leniently, as PHP does: an escape that is none stays. `;` separates as well, because some
 * applications cut there; a wanted value that ends at one is conflicting. One thread at a time. */
#pragma once

#include "http/gather.h"

struct urlform {
	bool in_value;
	uint8_t n_held;
	char held[2]; /* an escape that is not whole yet */
};

void urlform_init(struct urlform *u);
void urlform_feed(struct urlform *u, struct gather *g, struct view bytes);
void urlform_finish(struct urlform *u, struct gather *g);
