#include "suite.h"

#include "http/alias.h"

static void php_and_asp_net_read_other_names_as_this_one(void)
{
	ck_assert(alias_is(VIEW("user"), VIEW("user")));
	ck_assert(alias_is(VIEW("  USER"), VIEW("user")));
	ck_assert(alias_is(VIEW("user\0x"), VIEW("user")));
	ck_assert(alias_is(VIEW("a.b c[d"), VIEW("a_b_c_d")));
	ck_assert(alias_is(VIEW("a_b"), VIEW("a.b")));
	ck_assert(alias_is(VIEW("a[b]"), VIEW("a[B]")));
	ck_assert(alias_is(VIEW("user"), VIEW(" user")));
	ck_assert(!alias_is(VIEW("user "), VIEW("user")));
	ck_assert(!alias_is(VIEW("users"), VIEW("user")));
	ck_assert(!alias_is(VIEW("use"), VIEW("user")));
	ck_assert(!alias_is(VIEW("user[]"), VIEW("user")));
	ck_assert(!alias_is(VIEW("a[b]"), VIEW("a_b]")));
	ck_assert(!alias_is(VIEW("a-b"), VIEW("a_b")));
	ck_assert(!alias_is(VIEW(""), VIEW("a")));
}

static void an_element_of_an_array_counts_where_it_is_asked_for(void)
{
	ck_assert(alias_is_element(VIEW("do[]"), VIEW("do")));
	ck_assert(alias_is_element(VIEW(" DO[login]x"), VIEW("do")));
	ck_assert(alias_is_element(VIEW("do"), VIEW("do")));
	ck_assert(!alias_is_element(VIEW("does"), VIEW("do")));
	ck_assert(!alias_is_element(VIEW("d"), VIEW("do")));
}

SUITE_MAIN("alias", php_and_asp_net_read_other_names_as_this_one,
	   an_element_of_an_array_counts_where_it_is_asked_for)
