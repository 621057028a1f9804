#include "wire.h"

#include "http/blank.h"

#define trims_to(literal, left)                                     \
	do {                                                        \
		struct view exact_ = wire_exact(VIEW(literal));     \
		ck_assert(view_is(blank_trim(exact_), VIEW(left))); \
		wire_free(exact_);                                  \
	} while (0)

static void what_some_trim_is_trimmed_at_both_ends(void)
{
	trims_to("", "");
	trims_to("abc", "abc");
	trims_to(" \t\r\n\v\f\x1c\x1f"
		 "a b\x1d ",
		 "a b");
	trims_to("\xa0"
		 "abc\xa0\x85",
		 "abc");
	trims_to("\xc2\xa0"
		 "abc\xc2\x85",
		 "abc");
	trims_to("\xe2\x80\x82\xe3\x80\x80"
		 "abc\xe2\x80\x8a\xef\xbb\xbf",
		 "abc");
	trims_to(" \xc2\xa0 ", "");
	trims_to("\xe2\x80", "\xe2\x80");
}

static void letters_in_utf_8_stay_where_others_follow(void)
{
	trims_to("\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9");
	trims_to("\xe2\x82\xac", "\xe2\x82\xac");
	trims_to("a\xc2\xa0"
		 "b",
		 "a\xc2\xa0"
		 "b");
}

SUITE_MAIN_WITH("blank", wire_setup, wire_teardown, what_some_trim_is_trimmed_at_both_ends,
		letters_in_utf_8_stay_where_others_follow)
