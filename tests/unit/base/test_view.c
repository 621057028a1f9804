#include "suite.h"

#include "base/view.h"

static void equality_looks_at_every_byte(void)
{
	ck_assert(view_is(VIEW("a\0b"), VIEW("a\0b")));
	ck_assert(!view_is(VIEW("a\0b"), VIEW("a\0c")));
	ck_assert(!view_is(VIEW("a"), VIEW("ab")));
	ck_assert(view_is(VIEW_NONE, VIEW("")));
	ck_assert(view_is(view_of(NULL), VIEW_NONE));
}

static void case_is_folded_for_ascii_letters_only(void)
{
	ck_assert(view_is_nocase(VIEW("Content-TYPE"), VIEW("content-type")));
	ck_assert(!view_is_nocase(VIEW("[a]"), VIEW("{a}")));
	ck_assert(!view_is_nocase(VIEW("\xc9"), VIEW("\xe9")));
}

static void prefixes_and_suffixes_longer_than_the_view_do_not_fit(void)
{
	ck_assert(view_starts(VIEW("/static/a"), VIEW("/static/")));
	ck_assert(!view_starts(VIEW("/s"), VIEW("/static/")));
	ck_assert(view_starts_nocase(VIEW("Bearer x"), VIEW("bearer ")));
	ck_assert(view_ends(VIEW("a.html"), VIEW(".html")));
	ck_assert(!view_ends(VIEW("html"), VIEW(".html")));
	ck_assert(view_ends(VIEW(""), VIEW("")));
}

static void parts_beyond_the_end_are_empty(void)
{
	ck_assert(view_is(view_from(VIEW("abc"), 1), VIEW("bc")));
	ck_assert_uint_eq(view_from(VIEW("abc"), 9).len, 0);
	ck_assert(view_is(view_head(VIEW("abc"), 9), VIEW("abc")));
}

static void finding_nothing_gives_the_length(void)
{
	ck_assert_uint_eq(view_find(VIEW("a=b"), '='), 1);
	ck_assert_uint_eq(view_find(VIEW("a=b"), ';'), 3);
	ck_assert_uint_eq(view_find(VIEW_NONE, ';'), 0);
	ck_assert_uint_eq(view_find_view(VIEW("one two"), VIEW("two")), 4);
	ck_assert_uint_eq(view_find_view(VIEW("one tw"), VIEW("two")), 6);
	ck_assert_uint_eq(view_find_view(VIEW("ttwtwo"), VIEW("two")), 3);
	ck_assert_uint_eq(view_find_view(VIEW("tw"), VIEW("two")), 2);
	ck_assert_uint_eq(view_find_view(VIEW("two"), VIEW("two")), 0);
	ck_assert_uint_eq(view_find_view(VIEW_NONE, VIEW("two")), 0);
}

static void trimming_takes_spaces_and_tabs_and_nothing_else(void)
{
	ck_assert(view_is(view_trim(VIEW(" \t a b\t ")), VIEW("a b")));
	ck_assert(view_is(view_trim(VIEW("\na\r")), VIEW("\na\r")));
	ck_assert(view_is(view_trim(VIEW(" \t ")), VIEW("")));
}

static void splitting_gives_empty_parts_too(void)
{
	struct view rest = VIEW("a,,b,"), part;

	ck_assert(view_split(&rest, ',', &part) && view_is(part, VIEW("a")));
	ck_assert(view_split(&rest, ',', &part) && view_is(part, VIEW("")));
	ck_assert(view_split(&rest, ',', &part) && view_is(part, VIEW("b")));
	ck_assert(view_split(&rest, ',', &part) && view_is(part, VIEW("")));
	ck_assert(!view_split(&rest, ',', &part));
}

static void a_number_is_digits_within_its_maximum(void)
{
	uint64_t n = 7;

	ck_assert(view_number(VIEW("0042"), 100, &n));
	ck_assert_uint_eq(n, 42);
	ck_assert(view_number(VIEW("18446744073709551615"), UINT64_MAX, &n));
	ck_assert_uint_eq(n, UINT64_MAX);
	ck_assert(!view_number(VIEW("18446744073709551616"), UINT64_MAX, &n));
	ck_assert(!view_number(VIEW("101"), 100, &n));
	ck_assert(!view_number(VIEW(""), 100, &n));
	ck_assert(!view_number(VIEW("+1"), 100, &n));
	ck_assert(!view_number(VIEW("1 "), 100, &n));
	ck_assert_uint_eq(n, UINT64_MAX);
}

SUITE_MAIN("view", equality_looks_at_every_byte, case_is_folded_for_ascii_letters_only,
	   prefixes_and_suffixes_longer_than_the_view_do_not_fit, parts_beyond_the_end_are_empty,
	   finding_nothing_gives_the_length, trimming_takes_spaces_and_tabs_and_nothing_else,
	   splitting_gives_empty_parts_too, a_number_is_digits_within_its_maximum)
