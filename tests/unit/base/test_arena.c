#include "suite.h"

#include "base/arena.h"

#include <stdint.h>
#include <string.h>

static void the_callers_memory_is_used_first(void)
{
	char first[256];
	struct arena a;
	char *at;

	arena_init(&a, first, sizeof(first), 0);
	at = arena_alloc(&a, 100);
	ck_assert(at >= first && at + 100 <= first + sizeof(first));
	ck_assert_uint_eq(a.used_bytes, 0);
	arena_fini(&a);
}

static void everything_is_aligned_to_sixteen_bytes(void)
{
	char first[64];
	struct arena a;

	arena_init(&a, first + 1, sizeof(first) - 1, 1 << 20);
	for (size_t size = 1; size < 200; size += 7)
		ck_assert_uint_eq((uintptr_t)arena_alloc(&a, size) % 16, 0);
	arena_fini(&a);
}

static void full_is_an_answer(void)
{
	struct arena a;
	size_t got = 0;

	arena_init(&a, NULL, 0, 64 << 10);
	while (arena_alloc(&a, 1000))
		got += 1000;
	ck_assert_uint_gt(got, 48 << 10);
	ck_assert_uint_le(got, 64 << 10);
	ck_assert_ptr_null(arena_copy(&a, view_make(NULL, 0)).len ? "" : arena_alloc(&a, 1000));
	ck_assert_ptr_null(arena_alloc(&a, SIZE_MAX - 8));
	arena_fini(&a);
}

static void a_reset_gives_the_limit_back(void)
{
	struct arena a;

	arena_init(&a, NULL, 0, 32 << 10);
	for (int round = 0; round < 100; round++) {
		ck_assert_ptr_nonnull(arena_alloc(&a, 30 << 10));
		ck_assert_ptr_null(arena_alloc(&a, 30 << 10));
		arena_reset(&a);
	}
	arena_fini(&a);
}

static void copies_and_formats_end_in_nul(void)
{
	struct view copy, text;
	struct arena a;

	arena_init(&a, NULL, 0, 1 << 16);
	copy = arena_copy(&a, VIEW("abc"));
	text = arena_format(&a, "%s-%d", "n", 7);
	ck_assert_str_eq(copy.at, "abc");
	ck_assert_uint_eq(copy.len, 3);
	ck_assert_str_eq(text.at, "n-7");
	ck_assert_ptr_nonnull(arena_copy(&a, VIEW_NONE).at);
	arena_fini(&a);
}

static void zeroed_memory_is_zeroed_after_a_reset_too(void)
{
	char first[128];
	struct arena a;

	memset(first, 'x', sizeof(first));
	arena_init(&a, first, sizeof(first), 0);
	ck_assert_int_eq(((char *)arena_zalloc(&a, 64))[63], 0);
	arena_fini(&a);
}

SUITE_MAIN("arena", the_callers_memory_is_used_first, everything_is_aligned_to_sixteen_bytes,
	   full_is_an_answer, a_reset_gives_the_limit_back, copies_and_formats_end_in_nul,
	   zeroed_memory_is_zeroed_after_a_reset_too)
