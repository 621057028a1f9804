#include "suite.h"

#include "base/mem.h"

#include <string.h>

static void new_memory_is_zeroed(void)
{
	char *at = mem_array(10, 10), zero[100] = { 0 };

	ck_assert_mem_eq(at, zero, 100);
	mem_free(at);
}

static void nothing_is_still_something_to_free(void)
{
	void *at = mem_new(0);

	ck_assert_ptr_nonnull(at);
	mem_free(at);
	mem_free(NULL);
	mem_free_secret(NULL, 10);
}

static void growing_keeps_the_bytes(void)
{
	char *at = mem_text("abc");

	at = mem_resize(at, 100000);
	ck_assert_str_eq(at, "abc");
	mem_free(at);
}

static void a_copy_ends_in_nul(void)
{
	char *at = mem_copy("a\0b", 3);

	ck_assert_mem_eq(at, "a\0b", 4);
	mem_free_secret(at, 3);
	at = mem_copy(NULL, 0);
	ck_assert_str_eq(at, "");
	MEM_FREE(at);
	ck_assert_ptr_null(at);
}

SUITE_MAIN("mem", new_memory_is_zeroed, nothing_is_still_something_to_free, growing_keeps_the_bytes,
	   a_copy_ends_in_nul)
