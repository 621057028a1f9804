/* arena: memory that lives as long as one request, with a hard limit. Freed all
 * at once. Full is an answer (NULL), which the caller turns into 431 or 503.
 * One thread: the worker that owns the request. */
#pragma once

#include "base/view.h"

#include <stddef.h>

struct arena_block;

struct arena {
	char *at;                   /* next free byte of the current block */
	char *end;                  /* one past the current block */
	struct arena_block *blocks; /* all but the first, newest first */
	char *first;
	size_t first_size;
	size_t used_bytes; /* in blocks that were allocated */
	size_t limit_bytes;
};

/* `first` is the caller's memory and used before any is allocated (may be NULL, 0).
 * Never allocates more than `limit_bytes` beyond it. */
void arena_init(struct arena *a, void *first, size_t first_size, size_t limit_bytes);
/* Frees all but the first block and starts anew. */
void arena_reset(struct arena *a);
void arena_fini(struct arena *a);

/* Aligned to 16 bytes, not zeroed. NULL when the limit is reached. */
void *arena_alloc(struct arena *a, size_t size);
/* Zeroed. NULL when the limit is reached. */
void *arena_zalloc(struct arena *a, size_t size);
/* A copy; at == NULL when the limit is reached (an empty view copies to a non-NULL empty one). */
struct view arena_copy(struct arena *a, struct view v);
/* As printf; at == NULL when the limit is reached. The bytes have a NUL behind them. */
struct view arena_format(struct arena *a, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
