/* inflow: bytes that came through a wire and wait to be understood, in one block of memory. A head that somebody
 * still points into is pinned: later bytes are read behind it and never over it.
 * Knows nothing of what the bytes mean. The loop's thread only. */
#pragma once

#include "base/view.h"
#include "loop/block.h"
#include "loop/wire.h"

struct inflow {
	struct block *block; /* NULL while there is nothing to hold */
	size_t floor;        /* what lies before is pinned */
	size_t start, end;   /* the bytes that wait */
	bool drained;        /* the last read took all there was: the next one would find nothing */
};

static inline struct view inflow_bytes(const struct inflow *in)
{
	return in->block ? view_make(in->block->bytes + in->start, in->end - in->start) : VIEW_NONE;
}

static inline char *inflow_at(struct inflow *in)
{
	return in->block->bytes + in->start;
}

/* The first n waiting bytes have been understood. */
static inline void inflow_take(struct inflow *in, size_t n)
{
	in->start += n;
}

/* Reads once. Takes a block of `block_bytes` when it has none. Bytes read (> 0), 0 at the end of the stream, ERR_BUSY,
 * ERR_IO, or ERR_TOO_LARGE when there is no room behind what waits. */
ssize_t inflow_read(struct inflow *in, struct block_shelf *shelf, struct wire *wire,
		    size_t block_bytes);
/* Moves what is pinned or waits into a block of `block_bytes` when that is more than there is. Views into it become
 * stale: only before anybody points there. */
void inflow_grow(struct inflow *in, struct block_shelf *shelf, size_t block_bytes);

/* Pins all that was taken so far. */
void inflow_pin(struct inflow *in);
/* Hands over the block with what is pinned; bytes that wait move to a block of `block_bytes` of their own. */
struct block *inflow_part(struct inflow *in, struct block_shelf *shelf, size_t block_bytes);
/* Gives the block back when nothing waits; otherwise moves what waits to its front. Nothing is pinned any more. */
void inflow_settle(struct inflow *in, struct block_shelf *shelf);
/* Throws everything away. */
void inflow_clear(struct inflow *in, struct block_shelf *shelf);
