/* condense: makes one batch of many that cannot be written, for as long as it cannot: of what was written again only the last
 * is kept. So what waits grows with the state that it is about, and not with how often that changes. Events are told one by one
 * and cannot be joined; beyond a limit the oldest go. Pure; any thread. */
#pragma once

#include "registry/row.h"

/* Takes over the list, which is not empty, and gives one batch that writes the same, with the highest number of all. Beyond
 * `max_event_bytes` of rows the oldest events are left out: *ret_lost of them. */
struct row_batch *condense_batches(struct row_batch *first, uint64_t max_event_bytes,
				   uint64_t *ret_lost);
