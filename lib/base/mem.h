/* mem: allocation for objects whose number we bound. Exhaustion aborts, so that
 * no caller has an untested branch. Memory that a peer can grow comes from an
 * arena or is counted against a limit before it is asked for. Any thread. */
#pragma once

#include <stddef.h>

/* Zeroed. Never NULL. */
void *mem_new(size_t size) __attribute__((malloc, returns_nonnull));
void *mem_array(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
/* Grows or shrinks; new bytes are not zeroed. Never NULL for size > 0. */
void *mem_resize(void *at, size_t size) __attribute__((returns_nonnull));
/* A copy with a NUL behind it. */
char *mem_copy(const void *at, size_t len) __attribute__((malloc, returns_nonnull));
char *mem_text(const char *text) __attribute__((malloc, returns_nonnull));
/* Accepts NULL. */
void mem_free(void *at);
/* Overwrites before freeing: for keys and secrets. Accepts NULL. */
void mem_free_secret(void *at, size_t len);

#define MEM_NEW(type) ((type *)mem_new(sizeof(type)))
#define MEM_FREE(pointer) (mem_free(pointer), (pointer) = NULL)
