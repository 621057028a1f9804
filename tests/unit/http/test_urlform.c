#include "form_words.h"

#define TYPE VIEW("application/x-www-form-urlencoded")

static void wanted_fields_are_found_and_decoded(void)
{
	form_take(TYPE, VIEW("x=y&user=B%6fb+%2B%c3%A9&pass=secret&do=login"));
	form_assert_user("Bob +\xc3\xa9");
	wire_assert(form_got[FORM_DO].value, "login");
	ck_assert(form_is_clear());
}

static void a_secret_is_not_kept(void)
{
	form_take(TYPE, VIEW("pass=secret"));
	ck_assert(form_got[FORM_PASS].present && form_got[FORM_PASS].not_empty);
	ck_assert_ptr_null(form_got[FORM_PASS].value.at);
	form_take(TYPE, VIEW("pass="));
	ck_assert(form_got[FORM_PASS].present && !form_got[FORM_PASS].not_empty);
	form_take(TYPE, VIEW("xpass=secret"));
	ck_assert(!form_got[FORM_PASS].present);
}

static void what_is_not_there_is_absent(void)
{
	form_take(TYPE, VIEW("xuser=a&userx=b&=user&us=er&use%72%20=d"));
	ck_assert(!form_got[FORM_USER].present && !form_got[FORM_USER].value.at);
	ck_assert(form_is_clear());
	form_take(TYPE, VIEW("user&do="));
	form_assert_user("");
	ck_assert(!form_got[FORM_USER].not_empty);
	wire_assert(form_got[FORM_DO].value, "");
	form_take(TYPE, VIEW("&&=&;"));
	ck_assert(!form_got[FORM_USER].present);
}

/* A list of one is written into a query by Node's database drivers as the one would be. */
static void a_list_of_one_is_the_one(void)
{
	form_take(TYPE, VIEW("user[]=bob&do%5b0%5d=login&pass[]=x"));
	form_assert_user("bob");
	wire_assert(form_got[FORM_DO].value, "login");
	ck_assert(form_got[FORM_PASS].not_empty && form_is_clear() && !form_got[FORM_USER].key.at);
	form_take(TYPE, VIEW("user[]=bob&user[]=eve"));
	ck_assert(form_got[FORM_USER].conflicting);
	form_take(TYPE, VIEW("user=bob&user[1]=eve"));
	ck_assert(form_got[FORM_USER].conflicting);
}

static void an_element_is_told_with_its_key(void)
{
	form_take(TYPE, VIEW("do[login]=Go&user=bob"));
	wire_assert(form_got[FORM_DO].key, "login");
	ck_assert(form_got[FORM_DO].present && form_is_clear());
	form_take(TYPE, VIEW("do[login]=Go&do=edit"));
	ck_assert(form_got[FORM_DO].conflicting);
	form_take(TYPE, VIEW("do=edit&do[login]=Go"));
	ck_assert(form_got[FORM_DO].conflicting);
	wire_assert(form_got[FORM_DO].key, "login");
}

/* Go's readers fold names by Unicode, in which two letters are the other case of ASCII ones. */
static void letters_whose_other_case_is_in_ascii_are_those(void)
{
	form_take(TYPE, VIEW("u\xc5\xbf"
			     "er=bob&PA%C5%BFs=x"));
	form_assert_user("bob");
	ck_assert(form_got[FORM_PASS].not_empty);
	form_take_as(VIEW("token"), TYPE,
		     VIEW("to\xe2\x84\xaa"
			  "en=bob"));
	form_assert_user("bob");
	form_take(TYPE, VIEW("u\xc5\xbd"
			     "er=bob"));
	ck_assert(!form_got[FORM_USER].present);
}

static void bad_escapes_stay_as_they_are(void)
{
	form_take(TYPE, VIEW("user=%&do=%4"));
	form_assert_user("%");
	wire_assert(form_got[FORM_DO].value, "%4");
	form_take(TYPE, VIEW("user=%zz%4g%%41%"));
	form_assert_user("%zz%4g%A%");
	form_take(TYPE, VIEW("user=a=b=%3d"));
	form_assert_user("a=b==");
}

static void a_value_that_comes_twice_may_not_differ(void)
{
	form_take(TYPE, VIEW("user=a&user=a&pass=1&pass=1"));
	ck_assert(form_is_clear());
	form_take(TYPE, VIEW("user=a&user=a&pass=1&pass=%31"));
	ck_assert(form_is_clear());
	form_take(TYPE, VIEW("user=a&user=b&do=c"));
	form_assert_user("a");
	ck_assert(form_got[FORM_USER].conflicting && !form_got[FORM_DO].conflicting);
	form_take(TYPE, VIEW("user=&user=b&pass=&pass=x"));
	ck_assert(form_got[FORM_USER].conflicting && form_got[FORM_PASS].conflicting);
}

static void two_passwords_that_differ_were_not_told_apart(void)
{
	static const char *const CASES[] = { "pass=1&pass=2", "pass=12&pass=1", "pass=1&pass=12",
					     "pass=x&pass=", "pass=1&x=2&PASS=3" };

	for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
		form_take(TYPE, view_of(CASES[i]));
		ck_assert_msg(form_got[FORM_PASS].conflicting, "%s", CASES[i]);
		ck_assert(!form_got[FORM_PASS].value.at);
	}
}

static void another_spelling_of_the_name_is_the_same_field(void)
{
	static const char *const spellings[] = { "+user", "%20+user", "User", "user%00x", "USER" };

	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		form_take(TYPE, arena_format(&wire_arena, "%s=bob", spellings[i]));
		form_assert_user("bob");
		form_take(TYPE, arena_format(&wire_arena, "user=alice&%s=bob", spellings[i]));
		ck_assert_msg(form_got[FORM_USER].conflicting, "%s", spellings[i]);
	}
	form_take_as(VIEW("user_name"), TYPE, VIEW("user.name=a&user+name=b"));
	ck_assert(form_got[FORM_USER].conflicting);
	form_take_as(VIEW("user_name"), TYPE, VIEW("user[name=a"));
	form_assert_user("a");
}

static void spaces_before_a_name_do_not_hide_it(void)
{
	char body[2000];

	memset(body, '+', sizeof(body));
	memcpy(body + 1990, "user=bob", 9);
	form_ask(VIEW("user"));
	ck_assert(form_read(TYPE, view_of(body), 0, 100));
	form_assert_user("bob");
}

static void a_semicolon_may_be_a_separator(void)
{
	form_take(TYPE, VIEW("x=1;user=bob"));
	form_assert_user("bob");
	ck_assert(form_is_clear());
	form_take(TYPE, VIEW("user=alice;x=1"));
	ck_assert(form_got[FORM_USER].conflicting);
	form_take(TYPE, VIEW("user=alice&x=1;user=bob"));
	ck_assert(form_got[FORM_USER].conflicting);
	form_take(TYPE, VIEW("user=a%3bb"));
	form_assert_user("a;b");
	ck_assert(form_is_clear());
}

static void a_long_value_is_not_kept(void)
{
	static char body[5 + FORM_MAX_VALUE_BYTES + 1] = "user=";
	struct view whole = view_make(body, sizeof(body));

	memset(body + 5, 'x', sizeof(body) - 5);
	form_take(TYPE, view_head(whole, whole.len - 1));
	ck_assert_uint_eq(form_got[FORM_USER].value.len, FORM_MAX_VALUE_BYTES);
	ck_assert(!form_got[FORM_USER].too_long);
	form_take(TYPE, whole);
	ck_assert(form_got[FORM_USER].present && form_got[FORM_USER].too_long &&
		  form_got[FORM_USER].not_empty);
	ck_assert_ptr_null(form_got[FORM_USER].value.at);
	form_take(TYPE, arena_format(&wire_arena, "user=x&%.*s", VIEW_ARG(whole)));
	ck_assert(form_got[FORM_USER].conflicting);
}

static void a_body_without_end_takes_no_memory(void)
{
	char piece[4096];
	bool is_full;
	struct form *f;
	size_t used;

	memset(piece, 'x', sizeof(piece));
	form_ask(VIEW("user"));
	f = form_open(TYPE, form_got, FORM_COUNT, &form_arena, &is_full);
	used = form_arena.used_bytes;
	for (int i = 0; i < 10000; i++)
		form_feed(f, view_make(piece, sizeof(piece)));
	for (int i = 0; i < 10000; i++)
		form_feed(f, VIEW("&x=y&user=a&pass=b"));
	form_finish(f);
	form_close(&f);
	form_assert_user("a");
	ck_assert_uint_eq(form_arena.used_bytes, used);
}

SUITE_MAIN_WITH("urlform", form_setup, form_teardown, wanted_fields_are_found_and_decoded,
		a_secret_is_not_kept, two_passwords_that_differ_were_not_told_apart,
		what_is_not_there_is_absent, a_list_of_one_is_the_one,
		an_element_is_told_with_its_key, letters_whose_other_case_is_in_ascii_are_those,
		bad_escapes_stay_as_they_are, a_value_that_comes_twice_may_not_differ,
		another_spelling_of_the_name_is_the_same_field, spaces_before_a_name_do_not_hide_it,
		a_semicolon_may_be_a_separator, a_long_value_is_not_kept,
		a_body_without_end_takes_no_memory)
