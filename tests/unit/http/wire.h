/* wire: raw bytes for the tests of this room, taken as a connection would take them. */
#pragma once

#include "suite.h"

#include "http/head.h"

#include <stdlib.h>

static const struct http_limits WIRE_LIMITS = { .max_head_bytes = 65536,
						.max_target_bytes = 16384,
						.max_fields = 100 };

/* An arena per case: tests are short and their memory is let go with them. */
static struct arena wire_arena;

static inline void wire_setup(void)
{
	arena_init(&wire_arena, NULL, 0, 1 << 20);
}

static inline void wire_teardown(void)
{
	arena_fini(&wire_arena);
}

/* A copy on the heap of just this size, so that AddressSanitizer sees a step beyond it. */
static inline struct view wire_exact(struct view v)
{
	char *at = malloc(v.len ? v.len : 1);

	memcpy(at, v.at, v.len);
	return view_make(at, v.len);
}

static inline void wire_free(struct view v)
{
	free((void *)(uintptr_t)v.at);
}

/* Bytes that must parse; the copy they stand in is the arena's. */
static inline struct http_head wire_request(struct view bytes)
{
	struct http_head h;

	ck_assert_int_eq(
		head_parse_request(arena_copy(&wire_arena, bytes), &WIRE_LIMITS, &wire_arena, &h),
		0);
	return h;
}

static inline struct http_head wire_response(struct view bytes)
{
	struct http_head h;

	ck_assert_int_eq(
		head_parse_response(arena_copy(&wire_arena, bytes), &WIRE_LIMITS, &wire_arena, &h),
		0);
	return h;
}

#define wire_assert(v_, literal)                                                                 \
	do {                                                                                     \
		struct view got_ = (v_), wanted_ = VIEW(literal);                                \
		ck_assert_msg(got_.at &&view_is(got_, wanted_), "got \"%.*s\", wanted \"%.*s\"", \
			      VIEW_ARG(got_.at ? got_ : VIEW("(none)")), VIEW_ARG(wanted_));     \
	} while (0)
