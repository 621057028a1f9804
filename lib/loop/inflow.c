#include "loop/inflow.h"

#include "base/err.h"

#include <string.h>

ssize_t inflow_read(struct inflow *in, struct block_shelf *shelf, struct wire *wire,
		    size_t block_bytes)
{
	size_t room;
	ssize_t n;

	if (!in->block)
		in->block = block_get(shelf, block_bytes);
	if (in->start == in->end)
		in->start = in->end = in->floor;
	room = in->block->size - in->end;
	if (!room)
		return ERR_TOO_LARGE;
	n = wire_read(wire, in->block->bytes + in->end, room);
	in->drained = n < 0 || ((size_t)n < room && !wire_has_more(wire));
	if (n > 0)
		in->end += (size_t)n;
	return n;
}

void inflow_grow(struct inflow *in, struct block_shelf *shelf, size_t block_bytes)
{
	struct block *larger;

	if (in->block && in->block->size >= block_bytes)
		return;
	larger = block_get(shelf, block_bytes);
	if (in->block)
		memcpy(larger->bytes, in->block->bytes, in->end);
	block_put(shelf, &in->block);
	in->block = larger;
}

void inflow_pin(struct inflow *in)
{
	in->floor = in->start;
}

struct block *inflow_part(struct inflow *in, struct block_shelf *shelf, size_t block_bytes)
{
	struct block *pinned = in->block;
	struct view rest = inflow_bytes(in);

	*in = (struct inflow){ .drained = in->drained };
	if (rest.len) {
		in->block = block_get(shelf, rest.len > block_bytes ? rest.len : block_bytes);
		memcpy(in->block->bytes, rest.at, rest.len);
		in->end = rest.len;
	}
	return pinned;
}

void inflow_settle(struct inflow *in, struct block_shelf *shelf)
{
	struct view rest = inflow_bytes(in);

	if (!rest.len) {
		inflow_clear(in, shelf);
		return;
	}
	memmove(in->block->bytes, rest.at, rest.len);
	in->floor = in->start = 0;
	in->end = rest.len;
}

void inflow_clear(struct inflow *in, struct block_shelf *shelf)
{
	block_put(shelf, &in->block);
	in->floor = in->start = in->end = 0;
}
