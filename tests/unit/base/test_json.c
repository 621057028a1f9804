#include "suite.h"

#include "base/json.h"
#include "base/mem.h"

#include <string.h>

static void ck_refused(struct view text)
{
	ck_assert_msg(json_read(text) == NULL, "accepted %.*s", VIEW_ARG(text));
}

static void any_value_may_stand_at_the_top(void)
{
	json_t *value = json_read(VIEW(" {\"a\": [1, true, null, \"\\u00e9\"]} "));

	ck_assert(json_is_object(value));
	ck_assert_int_eq(json_integer_value(json_array_get(json_object_get(value, "a"), 0)), 1);
	json_decref(value);
	value = json_read(VIEW("false"));
	ck_assert(json_is_false(value));
	value = json_read(VIEW("\"s\""));
	ck_assert_str_eq(json_string_value(value), "s");
	json_decref(value);
}

static void what_is_not_json_is_refused(void)
{
	ck_refused(VIEW(""));
	ck_refused(VIEW(" "));
	ck_refused(VIEW("{"));
	ck_refused(VIEW("false false"));
	ck_refused(VIEW("{\"a\":1,\"a\":2}"));
	ck_refused(VIEW("\"\xff\""));
	ck_refused(VIEW("\"\\u0000\""));
	ck_refused(VIEW("[1,]"));
	ck_refused(VIEW("NaN"));
}

static void what_follows_a_nul_is_looked_at(void)
{
	ck_refused(VIEW("false\0"));
	ck_refused(VIEW("false\0true"));
}

static void depth_ends_at_thirty_two(void)
{
	char text[512];
	json_t *value;

	memset(text, '[', 32);
	memset(text + 32, ']', 32);
	value = json_read(view_make(text, 64));
	ck_assert_ptr_nonnull(value);
	json_decref(value);
	memset(text, '[', 33);
	memset(text + 33, ']', 33);
	ck_refused(view_make(text, 66));
}

static void brackets_in_strings_are_not_depth(void)
{
	json_t *value = json_read(VIEW("\"[[[[[[[[[[\\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\""));

	ck_assert(json_is_string(value));
	json_decref(value);
}

static void bytes_that_are_no_text_become_replacement_characters(void)
{
	json_t *value = json_text(VIEW("a\xff"
				       "b\xc3"));

	ck_assert_str_eq(json_string_value(value), "a\xef\xbf\xbd"
						   "b\xef\xbf\xbd");
	json_decref(value);
	value = json_text(VIEW_NONE);
	ck_assert_str_eq(json_string_value(value), "");
	json_decref(value);
}

static void every_pair_of_bytes_makes_a_text_that_can_be_read_back(void)
{
	for (int i = 0; i < 65536; i++) {
		char bytes[2] = { (char)(i >> 8), (char)i };
		json_t *value = json_text(view_make(bytes, 2));
		char *text = json_dump(value);
		json_t *again = bytes[0] && bytes[1] ? json_read(view_of(text)) : NULL;

		ck_assert(!bytes[0] || !bytes[1] || json_equal(value, again));
		json_decref(again);
		mem_free(text);
		json_decref(value);
	}
}

static void time_is_rfc_3339(void)
{
	json_t *value = json_time(784111777123);

	ck_assert_str_eq(json_string_value(value), "1994-11-06T08:49:37.123Z");
	json_decref(value);
}

static void the_written_form_is_compact_and_in_order(void)
{
	json_t *value = json_pack("{s:s, s:[i,b], s:n}", "z", "1", "a", 2, 1, "m");
	char room[64], *dump = json_dump(value);
	struct text t;

	text_init(&t, room, sizeof(room));
	json_write(&t, value);
	ck_assert(view_is(text_view(&t), VIEW("{\"z\":\"1\",\"a\":[2,true],\"m\":null}")));
	ck_assert(view_is(text_view(&t), view_of(dump)));
	mem_free(dump);
	json_decref(value);
}

SUITE_MAIN("json", any_value_may_stand_at_the_top, what_is_not_json_is_refused,
	   what_follows_a_nul_is_looked_at, depth_ends_at_thirty_two,
	   brackets_in_strings_are_not_depth, bytes_that_are_no_text_become_replacement_characters,
	   every_pair_of_bytes_makes_a_text_that_can_be_read_back, time_is_rfc_3339,
	   the_written_form_is_compact_and_in_order)
