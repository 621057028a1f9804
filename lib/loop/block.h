/* block: the memory that bytes are read into. A loop keeps the blocks that were given back on a shelf, the
 * warmest on top, so that an idle connection holds none and a busy one asks no allocator.
 * The loop's thread only. */
#pragma once

#include <stddef.h>

enum {
	BLOCK_SMALL_BYTES = 16 * 1024, /* a head */
	BLOCK_LARGE_BYTES = 64 * 1024, /* a body's next piece */
};

struct block {
	struct block *next;
	size_t size; /* of `bytes` */
	_Alignas(16) char bytes[];
};
struct block_shelf;

struct block_shelf *block_shelf_create(void);
void block_shelf_destroy(struct block_shelf **s);

/* At least `size` bytes, rounded up to one of the two sizes when it fits. Not zeroed, never NULL: what a peer can make
 * grow is bounded before it comes here. */
struct block *block_get(struct block_shelf *s, size_t size);
/* Gives it back and forgets it. Accepts a pointer to NULL. */
void block_put(struct block_shelf *s, struct block **b);
