/* outflow: what is about to leave through a wire, in order: up to a few runs of bytes that stay where they are until
 * they have left. It owns no memory but a chunk's size line. A source that keeps its next run back until
 * this one has left needs no other flow control. The loop's thread only. */
#pragma once

#include "base/view.h"
#include "loop/wire.h"

enum { OUTFLOW_PARTS = 8, OUTFLOW_LINE_BYTES = 24 };

struct outflow {
	struct iovec parts[OUTFLOW_PARTS];
	unsigned n, first;
	char line
		[OUTFLOW_LINE_BYTES]; /* the caller's, for a few bytes that have no other home; free when empty */
};

static inline bool outflow_is_empty(const struct outflow *o)
{
	return o->first == o->n;
}

/* Empty runs are left out. At most OUTFLOW_PARTS before all have left. */
void outflow_put(struct outflow *o, struct view bytes);
/* Sends what the wire takes: 0 when all has left, ERR_BUSY when some waits for room, ERR_IO. */
int outflow_flush(struct outflow *o, struct wire *wire);
/* Forgets what has not left. */
void outflow_clear(struct outflow *o);
