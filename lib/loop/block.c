#include "loop/block.h"

#include "base/mem.h"

/* What one loop keeps for later, at most: 2 MiB of each. */
enum { KEPT_BYTES = 2 * 1024 * 1024 };

/* A sanitizer shall see who still looks at a block that was given back. */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define HIDE(block) ASAN_POISON_MEMORY_REGION((block)->bytes, (block)->size)
#define SHOW(block) ASAN_UNPOISON_MEMORY_REGION((block)->bytes, (block)->size)
#else
#define HIDE(block) ((void)(block))
#define SHOW(block) ((void)(block))
#endif

struct pile {
	struct block *top;
	size_t kept_bytes;
};

struct block_shelf {
	struct pile small, large;
};

struct block_shelf *block_shelf_create(void)
{
	return MEM_NEW(struct block_shelf);
}

static void clear(struct pile *p)
{
	while (p->top) {
		struct block *next = p->top->next;

		mem_free(p->top);
		p->top = next;
	}
}

void block_shelf_destroy(struct block_shelf **s)
{
	if (!*s)
		return;
	clear(&(*s)->small);
	clear(&(*s)->large);
	MEM_FREE(*s);
}

static struct pile *pile_of(struct block_shelf *s, size_t size)
{
	if (size == BLOCK_SMALL_BYTES)
		return &s->small;
	return size == BLOCK_LARGE_BYTES ? &s->large : NULL;
}

struct block *block_get(struct block_shelf *s, size_t size)
{
	struct pile *pile;
	struct block *b;

	if (size <= BLOCK_LARGE_BYTES)
		size = size <= BLOCK_SMALL_BYTES ? BLOCK_SMALL_BYTES : BLOCK_LARGE_BYTES;
	pile = pile_of(s, size);
	b = pile ? pile->top : NULL;
	if (b) {
		pile->top = b->next;
		pile->kept_bytes -= b->size;
		SHOW(b);
		b->next = NULL;
		return b;
	}
	/* Not mem_new: zeroing would touch pages that a short message never needs. */
	b = mem_resize(NULL, sizeof(*b) + size);
	b->next = NULL;
	b->size = size;
	return b;
}

void block_put(struct block_shelf *s, struct block **b)
{
	struct block *block = *b;
	struct pile *pile;

	if (!block)
		return;
	*b = NULL;
	pile = pile_of(s, block->size);
	if (!pile || pile->kept_bytes + block->size > KEPT_BYTES) {
		mem_free(block);
		return;
	}
	HIDE(block);
	block->next = pile->top;
	pile->top = block;
	pile->kept_bytes += block->size;
}
