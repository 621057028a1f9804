/* stuff: what bodies are made of: bytes that follow from who sends them and where they stand, so that a receiver notices
 * every byte that is lost, altered, doubled, moved, or another's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum stuff_side { STUFF_REQUEST = 1, STUFF_ANSWER, STUFF_UP, STUFF_DOWN };

struct stuff;
struct stuff *stuff_create(uint64_t seed);
void stuff_destroy(struct stuff **s);

/* The `len` bytes from `offset` on of what this side of this exchange sends. */
void stuff_write(const struct stuff *s, uint64_t id, enum stuff_side side, uint64_t offset,
		 char *at, size_t len);
bool stuff_is(const struct stuff *s, uint64_t id, enum stuff_side side, uint64_t offset,
	      const char *at, size_t len);
