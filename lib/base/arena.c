#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { ALIGNMENT = 16, BLOCK_BYTES = 8192 };

struct arena_block {
	struct arena_block *next;
	size_t size;
	_Alignas(ALIGNMENT) char bytes[];
};

void arena_init(struct arena *a, void *first, size_t first_size, size_t limit_bytes)
{
	*a = (struct arena){ .first = first, .first_size = first_size, .limit_bytes = limit_bytes };
	arena_reset(a);
}

void arena_reset(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *next = a->blocks->next;

		free(a->blocks);
		a->blocks = next;
	}
	a->used_bytes = 0;
	a->at = a->first;
	a->end = a->first ? a->first + a->first_size : NULL;
}

void arena_fini(struct arena *a)
{
	arena_reset(a);
}

static bool add_block(struct arena *a, size_t size)
{
	size_t want = size + ALIGNMENT > BLOCK_BYTES ? size + ALIGNMENT : BLOCK_BYTES;
	struct arena_block *block;

	if (want > a->limit_bytes - a->used_bytes)
		want = a->limit_bytes - a->used_bytes;
	if (want < size)
		return false;
	block = malloc(sizeof(*block) + want);
	if (!block)
		return false;
	block->next = a->blocks;
	block->size = want;
	a->blocks = block;
	a->used_bytes += want;
	a->at = block->bytes;
	a->end = block->bytes + want;
	return true;
}

static char *aligned(char *at)
{
	return (char *)(((uintptr_t)at + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1));
}

void *arena_alloc(struct arena *a, size_t size)
{
	char *at = aligned(a->at);

	if (!a->at || at > a->end || size > (size_t)(a->end - at)) {
		if (!add_block(a, size))
			return NULL;
		at = aligned(a->at);
	}
	a->at = at + size;
	return at;
}

void *arena_zalloc(struct arena *a, size_t size)
{
	void *at = arena_alloc(a, size);

	return at ? memset(at, 0, size) : NULL;
}

struct view arena_copy(struct arena *a, struct view v)
{
	char *at = arena_alloc(a, v.len + 1);

	if (!at)
		return VIEW_NONE;
	if (v.len)
		memcpy(at, v.at, v.len);
	at[v.len] = '\0';
	return view_make(at, v.len);
}

struct view arena_format(struct arena *a, const char *format, ...)
{
	va_list args;
	char *at;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	at = len < 0 ? NULL : arena_alloc(a, (size_t)len + 1);
	if (!at)
		return VIEW_NONE;
	va_start(args, format);
	vsnprintf(at, (size_t)len + 1, format, args);
	va_end(args);
	return view_make(at, (size_t)len);
}
