#include "form_words.h"

/* As one of the three, or as a guess. */
static bool opens(const char *type)
{
	bool is_full = true;
	struct form *f;
	bool is_guess;

	form_ask(VIEW("user"));
	f = form_open(view_of(type), form_got, FORM_COUNT, &wire_arena, &is_full);
	ck_assert(!is_full);
	is_guess = form_is_guess(f);
	form_finish(f);
	form_close(&f);
	return !is_guess;
}

static void three_types_are_read_and_others_are_guessed(void)
{
	static const char *const good[] = { "",
					    "application/x-www-form-urlencoded",
					    "Application/X-WWW-Form-URLencoded ; charset=UTF-8",
					    "application/x-www-form-urlencoded,x",
					    "multipart/form-data; boundary=x",
					    "multipart/mixed; boundary=x",
					    "multipart/form-data;charset=utf-8;BOUNDARY=\"x y\"",
					    "application/json",
					    "application/json; charset=utf-8",
					    "text/json",
					    "application/vnd.api+json" };
	static const char *const bad[] = { "text/plain",
					   "application/x-www-form-urlencodedx",
					   "multipart/form-data",
					   "multipart/form-data; boundary=",
					   "multipart/form-data; boundary=\"\"",
					   "application/jsonp",
					   "application/octet-stream",
					   "x-application/x-www-form-urlencoded" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ck_assert_msg(opens(good[i]), "%s", good[i]);
		ck_assert_msg(form_is_clear(), "%s", good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!opens(bad[i]), "%s", bad[i]);
}

static void charsets_that_are_not_like_ascii_are_doubtful(void)
{
	static const char *const fine[] = { "utf-8",     "ISO-8859-1", "windows-1252",
					    "\"utf-8\"", "Shift_JIS",  "koi8-r" };
	static const char *const odd[] = { "utf-16", "UTF-16LE", "\"utf-16\"", "utf-7",
					   "UTF-32", "IBM037",   "ucs-2",      "\"\\utf-16\"" };

	for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
		ck_assert_msg(
			opens(arena_format(&wire_arena,
					   "application/x-www-form-urlencoded; charset=%s", fine[i])
				      .at) &&
				form_is_clear(),
			"%s", fine[i]);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		ck_assert_msg(
			opens(arena_format(&wire_arena,
					   "application/x-www-form-urlencoded; charset=%s", odd[i])
				      .at) &&
				form_got[FORM_USER].conflicting,
			"%s", odd[i]);
}

static void a_boundary_that_readers_find_differently_is_doubtful(void)
{
	ck_assert(opens("multipart/form-data; xboundary=a; boundary=b") &&
		  form_got[FORM_USER].conflicting);
	ck_assert(opens("multipart/form-data; boundary=a; boundary=b") &&
		  form_got[FORM_USER].conflicting);
	ck_assert(opens("multipart/form-data; boundary=a,b") && form_got[FORM_USER].conflicting);
	ck_assert(opens("multipart/form-data; boundary=\"a\\b\"") &&
		  form_got[FORM_USER].conflicting);
}

static void a_full_arena_is_said(void)
{
	struct arena none;
	bool is_full = false;

	arena_init(&none, NULL, 0, 100);
	form_ask(VIEW("user"));
	ck_assert(!form_open(VIEW("application/json"), form_got, FORM_COUNT, &none, &is_full));
	ck_assert(is_full);
	form_take_query(form_got, FORM_COUNT, VIEW("user=bob"), &none);
	ck_assert(form_got[FORM_USER].present);
	arena_fini(&none);
	arena_init(&none, NULL, 0, 0);
	form_ask(VIEW("user"));
	form_take_query(form_got, FORM_COUNT, VIEW("user=bob"), &none);
	ck_assert(form_got[FORM_USER].present && form_got[FORM_USER].too_long &&
		  !form_got[FORM_USER].value.at);
	form_feed(NULL, VIEW("x"));
	form_finish(NULL);
	form_close(&(struct form *){ NULL });
}

static void the_query_and_the_body_may_not_differ(void)
{
	form_ask(VIEW("user"));
	form_take_query(form_got, FORM_COUNT, VIEW("do=log%69n&user=a"), &wire_arena);
	form_read(VIEW("application/x-www-form-urlencoded"), VIEW("user=a&pass=x"), 0, 100);
	form_assert_user("a");
	wire_assert(form_got[FORM_DO].value, "login");
	ck_assert(form_is_clear() && form_got[FORM_PASS].not_empty);
	form_take_query(form_got, FORM_COUNT, VIEW("user=b"), &wire_arena);
	ck_assert(form_got[FORM_USER].conflicting && !form_got[FORM_DO].conflicting);
	form_take_query(form_got, FORM_COUNT, VIEW_NONE, &wire_arena);
	form_assert_user("a");
}

/* Many an application reads what it expects and never looks at the type. */
static void what_a_body_looks_like_counts_whatever_its_type_says(void)
{
	static const char *const types[] = { "text/plain",
					     "application/x-www-form-urlencoded",
					     "",
					     "multipart/form-data; boundary=x",
					     "application/octet-stream",
					     "text/plain; charset=utf-8" };
	static const char *const objects[] = {
		"{\"user\":\"bob\",\"pass\":\"x\"}",
		"\r\n\t {\"user\":\"bob\",\"pass\":\"x\"} ",
		"\xef\xbb\xbf{\"user\":\"bob\",\"pass\":\"x\"}",
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		for (size_t k = 0; k < sizeof(objects) / sizeof(objects[0]); k++) {
			form_take(view_of(types[i]), view_of(objects[k]));
			form_assert_user("bob");
			ck_assert(form_got[FORM_PASS].not_empty);
			ck_assert_msg(form_is_clear(), "%s: %s", types[i], objects[k]);
		}
	form_take(VIEW("text/plain"), VIEW("user=bob&pass=x"));
	form_assert_user("bob");
}

static void an_object_that_is_also_a_form_is_read_as_both(void)
{
	form_take(VIEW("application/x-www-form-urlencoded"), VIEW("{\"a\":\"&user=bob&pass=x&\"}"));
	form_assert_user("bob");
	form_take(VIEW("text/plain"), VIEW("{\"user\":\"eve\",\"a\":\"&user=bob&\"}"));
	ck_assert(form_got[FORM_USER].conflicting);
	form_take(VIEW("application/x-www-form-urlencoded"), VIEW("{x=1&user=bob"));
	ck_assert(form_got[FORM_USER].conflicting);
	form_take(VIEW("application/json"), VIEW("{\"user\":\"bob\",\"a\":\"&user=eve&\"}"));
	form_assert_user("bob");
	ck_assert(form_is_clear());
}

static void an_object_of_wide_letters_is_doubtful_whatever_its_type_says(void)
{
	form_take(VIEW("text/plain"), VIEW("\0{\0\"\0u\0\"\0:\0"
					   "1\0}"));
	ck_assert(form_got[FORM_USER].conflicting);
	form_take(VIEW("text/plain"), VIEW("\xff\xfe{\0\"\0u\0\"\0:\0"
					   "1\0}\0"));
	ck_assert(form_got[FORM_USER].conflicting);
}

static void an_upload_of_another_type_is_no_form(void)
{
	form_take(VIEW("image/jpeg"), VIEW("\xff\xd8\xff\xe0\0\x10JFIF\0{;&=user"));
	ck_assert(!form_got[FORM_USER].present && form_is_clear());
	form_take(VIEW("application/pdf"), VIEW("%PDF-1.7 {"));
	ck_assert(!form_got[FORM_USER].present && form_is_clear());
}

static void what_is_called_json_and_is_none_is_doubtful(void)
{
	form_take(VIEW("application/json"), VIEW("n=1&user=bob&pass=x"));
	ck_assert(form_got[FORM_USER].conflicting);
	form_take(VIEW("application/json"), VIEW("true&user=bob"));
	ck_assert(form_got[FORM_USER].conflicting);
}

/* -- JSON -- */

#define JSON VIEW("application/json")

static void json_fields_are_found_by_name(void)
{
	form_take(
		JSON,
		VIEW(" {\"user\": \"B\\u00f6b\\n\", \"pass\":\"x\", \"do\" : 12, \"z\": [1, {\"user\":\"no\"}]} "));
	form_assert_user("B\xc3\xb6"
			 "b\n");
	ck_assert(form_got[FORM_PASS].not_empty && !form_got[FORM_PASS].value.at);
	wire_assert(form_got[FORM_DO].value, "12");
	ck_assert(form_is_clear());
	form_take(JSON, VIEW("\xef\xbb\xbf{\"user\":-1.5,\"pass\":\"\",\"do\":1e3}"));
	form_assert_user("-1.5");
	ck_assert(form_got[FORM_PASS].present && !form_got[FORM_PASS].not_empty);
	wire_assert(form_got[FORM_DO].value, "1000");
}

static void json_fields_are_found_by_pointer(void)
{
	form_take_as(VIEW("/a/b"), JSON, VIEW("{\"a\":{\"b\":\"bob\"},\"pass\":\"x\"}"));
	form_assert_user("bob");
	form_take_as(VIEW("/a/1/b"), JSON, VIEW("{\"a\":[0,{\"b\":7}]}"));
	form_assert_user("7");
	form_take_as(VIEW("/a~1b/~0/"), JSON, VIEW("{\"a/b\":{\"~\":{\"\":\"bob\"}}}"));
	form_assert_user("bob");
	form_take_as(VIEW("/a/b"), JSON, VIEW("{\"a\":[{\"b\":\"bob\"}],\"/a/b\":\"eve\"}"));
	ck_assert(!form_got[FORM_USER].present && form_is_clear());
	form_take_as(VIEW("/a/sB"), JSON, VIEW("{\"A\":{\"\\u017fb\":\"bob\"}}"));
	form_assert_user("bob");
	form_take_as(VIEW("/a/b"), JSON, VIEW("{\"a\":{\"b\":\"bob\"},\"A\":{\"b\":\"eve\"}}"));
	ck_assert(form_got[FORM_USER].conflicting);
	form_take_as(VIEW("/a/b/c"), JSON, VIEW("{\"x\":{},\"abc\":{\"b\":1},\"a\":{\"c\":1}}"));
	ck_assert(!form_got[FORM_USER].present && form_is_clear());
	form_take_as(VIEW("/abc"), JSON, VIEW("{\"ab\":\"eve\",\"abcd\":\"eve\"}"));
	ck_assert(!form_got[FORM_USER].present && form_is_clear());
	form_take_as(VIEW("/a/99999999999999999999"), JSON, VIEW("{\"a\":[1]}"));
	ck_assert(!form_got[FORM_USER].present);
}

/* Node's database drivers make a name of a list, and MongoDB looks for what an object asks for. */
static void lists_and_objects_for_names_are_doubtful_but_a_list_of_one(void)
{
	static const char *const values[] = { "[]", "{}", "[\"bob\",\"eve\"]", "{\"$eq\":\"bob\"}",
					      "[{\"$eq\":\"bob\"}]" };

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		form_take(JSON, arena_format(&wire_arena, "{\"user\":%s}", values[i]));
		ck_assert_msg(form_got[FORM_USER].conflicting, "%s", values[i]);
	}
	form_take(JSON, VIEW("{\"user\":[[\"bob\"]],\"pass\":[\"x\"]}"));
	form_assert_user("bob");
	ck_assert(form_got[FORM_PASS].not_empty && form_is_clear());
}

static void other_json_values_are_absent(void)
{
	static const char *const values[] = { "null", "true", "false", "[null]" };

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		form_take(JSON, arena_format(&wire_arena, "{\"user\":%s}", values[i]));
		ck_assert_msg(!form_got[FORM_USER].present && form_is_clear(), "%s", values[i]);
	}
	form_take(JSON, VIEW("[\"user\"]"));
	ck_assert(!form_got[FORM_USER].present && form_is_clear());
	form_take(JSON, VIEW("\"user\""));
	ck_assert(!form_got[FORM_USER].present && form_is_clear());
	form_take(JSON, VIEW(" \n"));
	ck_assert(!form_got[FORM_USER].present && form_is_clear());
}

static void objects_that_others_may_read_differently_are_doubtful(void)
{
	static const char *const texts[] = { "{\"user\":\"a\",\"user\":\"b\"}",
					     "{\"user\":\"a\",\"x\":1,\"x\":2}",
					     "{\"user\":\"a\"",
					     "{\"user\":\"a\"} x",
					     "{\"user\":\"a\",}",
					     "{user:'a'}",
					     "{\"user\":\"a\",\"x\":\"\\ud800\"}",
					     "{\"user\":\"a\",\"x\":99999999999999999999}",
					     "{\"user\":\"a\",\"x\":\"\xff\"}",
					     "{" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		form_take(JSON, view_of(texts[i]));
		ck_assert_msg(form_got[FORM_USER].conflicting && !form_got[FORM_USER].present, "%s",
			      texts[i]);
	}
	form_take(JSON, VIEW("{\"user\":\"a\",\"USER\":\"b\"}"));
	ck_assert(form_got[FORM_USER].conflicting);
	form_take(JSON, VIEW("{\"User\":\"a\"}"));
	form_assert_user("a");
}

static void json_in_the_depths_is_doubtful_and_harmless(void)
{
	static char body[60000];

	for (size_t i = 0; i < sizeof(body); i += 5)
		memcpy(body + i, "{\"a\":", 5);
	form_ask(VIEW("user"));
	form_read(JSON, view_make(body, sizeof(body)), 0, 1000);
	ck_assert(!form_got[FORM_USER].present && form_got[FORM_USER].conflicting);
}

static void large_json_is_let_go(void)
{
	static char body[FORM_MAX_JSON_BYTES + 1];

	memset(body, ' ', sizeof(body));
	memcpy(body, "{\"user\":\"bob\"}", 14);
	form_ask(VIEW("user"));
	form_read(JSON, view_make(body, FORM_MAX_JSON_BYTES), 0, 1000);
	form_assert_user("bob");
	form_ask(VIEW("user"));
	form_read(JSON, view_make(body, FORM_MAX_JSON_BYTES + 1), 0, 1000);
	ck_assert(!form_got[FORM_USER].present && form_is_clear());
	form_ask(VIEW("user"));
	form_read(JSON, view_make(body, FORM_MAX_JSON_BYTES + 1), 0, sizeof(body));
	ck_assert(!form_got[FORM_USER].present && form_is_clear());
}

SUITE_MAIN_WITH("form", form_setup, form_teardown, three_types_are_read_and_others_are_guessed,
		charsets_that_are_not_like_ascii_are_doubtful,
		a_boundary_that_readers_find_differently_is_doubtful, a_full_arena_is_said,
		the_query_and_the_body_may_not_differ, json_fields_are_found_by_name,
		json_fields_are_found_by_pointer,
		lists_and_objects_for_names_are_doubtful_but_a_list_of_one,
		what_a_body_looks_like_counts_whatever_its_type_says,
		an_object_that_is_also_a_form_is_read_as_both,
		an_object_of_wide_letters_is_doubtful_whatever_its_type_says,
		an_upload_of_another_type_is_no_form, what_is_called_json_and_is_none_is_doubtful,
		other_json_values_are_absent, objects_that_others_may_read_differently_are_doubtful,
		json_in_the_depths_is_doubtful_and_harmless, large_json_is_let_go)
