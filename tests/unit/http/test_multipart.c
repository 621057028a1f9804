#include "form_words.h"

#include <stdio.h>

#define TYPE VIEW("multipart/form-data; boundary=--xYz")
#define DELIMITER "----xYz\r\n"
#define PART(name, value) \
	DELIMITER "Content-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"
#define LAST "----xYz--\r\n"

static void wanted_parts_are_found(void)
{
	form_take(TYPE, VIEW(PART("x", "y") PART("user", "B%6f+b") PART("pass", "secret")
				     PART("do", "") LAST));
	form_assert_user("B%6f+b");
	ck_assert(form_got[FORM_PASS].present && form_got[FORM_PASS].not_empty &&
		  !form_got[FORM_PASS].value.at);
	wire_assert(form_got[FORM_DO].value, "");
	ck_assert(form_is_clear());
	form_take(TYPE, VIEW("preamble\r\n--xYz\r\n" PART("user", "a") "----xYz--"));
	form_assert_user("a");
	ck_assert(form_is_clear());
}

static void a_quoted_boundary_is_one_without_its_quotes(void)
{
	form_take(VIEW("multipart/form-data; charset=utf-8; boundary=\"--xYz\""),
		  VIEW(PART("user", "a") LAST));
	form_assert_user("a");
	ck_assert(form_is_clear());
}

static void what_looks_like_a_delimiter_is_part_of_the_value(void)
{
	form_take(TYPE, VIEW(PART("user", "\r\n\r\n--\r\n--xY\r\r\n----xY\n--x\r") LAST));
	form_assert_user("\r\n\r\n--\r\n--xY\r\r\n----xY\n--x\r");
	ck_assert(form_is_clear());
	form_take(TYPE, VIEW(PART("user", "----xY") LAST));
	form_assert_user("----xY");
	ck_assert(form_is_clear());
}

static void headers_of_all_sorts_are_read(void)
{
	form_take(
		TYPE,
		VIEW(DELIMITER
		     "Content-Type: text/plain; charset=UTF-8\r\nCONTENT-DISPOSITION:form-data;NAME=user\r\n"
		     "Content-Transfer-Encoding: 8bit\r\nX-Other: \"\r\n\r\nbob\r\n" LAST));
	form_assert_user("bob");
	ck_assert(form_is_clear());
	form_take(TYPE, VIEW(DELIMITER "\r\nnameless\r\n" PART("user", "bob") LAST));
	form_assert_user("bob");
	ck_assert(form_is_clear());
}

static void files_are_no_fields(void)
{
	form_take(
		TYPE,
		VIEW(DELIMITER
		     "Content-Disposition: form-data; name=\"user\"; filename=\"a;b\\\"c.txt\"\r\n"
		     "Content-Type: text/plain; charset=utf-16\r\n\r\nbob\r\n" PART("do", "x")
			     LAST));
	ck_assert(!form_got[FORM_USER].present);
	wire_assert(form_got[FORM_DO].value, "x");
	ck_assert(form_is_clear());
}

static void a_value_that_comes_twice_may_not_differ(void)
{
	form_take(TYPE, VIEW(PART("user", "a") PART("user", "a") LAST));
	ck_assert(form_is_clear());
	form_take(TYPE, VIEW(PART("user", "a") PART("user", "b") LAST));
	ck_assert(form_got[FORM_USER].conflicting);
	form_take(TYPE, VIEW(PART("user", "a") PART(" User", "b") LAST));
	ck_assert(form_got[FORM_USER].conflicting);
}

/* Each of these some reader takes differently, or not at all. */
static void what_browsers_do_not_write_is_doubtful(void)
{
	static const char *const bodies[] = {
		"----xYz\nContent-Disposition: form-data; name=\"user\"\n\nbob\n----xYz--\n",
		DELIMITER "Content-Disposition: form-data; name=\"user\"\r\n\r\nbob\n" LAST,
		DELIMITER "Content-Disposition: form-data; name=\"user\"\n\r\nbob\r\n" LAST,
		DELIMITER "Content-Disposition: form-data;\r\n name=\"user\"\r\n\r\nbob\r\n" LAST,
		DELIMITER "Content-Disposition : form-data; name=\"user\"\r\n\r\nbob\r\n" LAST,
		DELIMITER
		"Content-Disposition: form-data; name=\"user\"; name=\"x\"\r\n\r\nbob\r\n" LAST,
		DELIMITER
		"Content-Disposition: form-data; name=\"user\"; name*=utf-8''x\r\n\r\nbob\r\n" LAST,
		DELIMITER
		"Content-Disposition: form-data; name=\"user\"\r\nContent-Disposition: form-data; name=x\r\n\r\nbob\r\n" LAST,
		DELIMITER "Content-Disposition: form-data; name='user'\r\n\r\nbob\r\n" LAST,
		DELIMITER "Content-Disposition: form-data; name=\"us\\er\"\r\n\r\nbob\r\n" LAST,
		DELIMITER "Content-Disposition: form-data; name=\"user\"x\r\n\r\nbob\r\n" LAST,
		DELIMITER "Content-Disposition: form-data; name\r\n\r\nbob\r\n" LAST,
		DELIMITER "no header\r\n\r\nbob\r\n" LAST,
		DELIMITER "Content-Disposition: form-data; name=\"x\"\r\n" PART("user", "bob") LAST,
		DELIMITER "Content-Disposition: form-data; name=\"x\"\r\n\r\n" PART("user", "bob")
			LAST,
		"----xYzz\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nbob\r\n" LAST,
		LAST PART("user", "bob") LAST,
		PART("x", "y") LAST "\r\n" PART("user", "bob") LAST,
	};

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		form_take(TYPE, view_of(bodies[i]));
		ck_assert_msg(form_got[FORM_USER].conflicting, "%s", bodies[i]);
	}
}

static void an_encoded_or_unfinished_part_is_doubtful_if_it_is_wanted(void)
{
	form_take(
		TYPE,
		VIEW(DELIMITER
		     "Content-Disposition: form-data; name=\"user\"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
		     "Ym9i\r\n" PART("do", "x") LAST));
	ck_assert(form_got[FORM_USER].conflicting && !form_got[FORM_DO].conflicting);
	form_take(
		TYPE,
		VIEW(DELIMITER
		     "Content-Disposition: form-data; name=\"user\"\r\nContent-Type: text/plain; charset=utf-16\r\n"
		     "\r\nbob\r\n" LAST));
	ck_assert(form_got[FORM_USER].conflicting);
	form_take(TYPE, VIEW(PART("do", "x") DELIMITER
			     "Content-Disposition: form-data; name=\"user\"\r\n\r\nbob\r\n--"));
	form_assert_user("bob\r\n--");
	ck_assert(form_got[FORM_USER].conflicting && !form_got[FORM_DO].conflicting);
	form_take(TYPE, VIEW(PART("user", "bob") DELIMITER "Content-Disp"));
	form_assert_user("bob");
	ck_assert(form_is_clear());
}

static void long_lines_hide_nothing(void)
{
	static char line[1100];

	memset(line, 'a', sizeof(line) - 1);
	form_take(
		TYPE,
		arena_format(
			&wire_arena,
			DELIMITER
			"Content-Disposition: form-data; name=\"x\"; filename=\"%s\"\r\n\r\nbob\r\n" PART(
				"user", "bob") LAST,
			line));
	form_assert_user("bob");
	ck_assert(form_is_clear());
	form_take(
		TYPE,
		arena_format(
			&wire_arena,
			DELIMITER
			"Content-Disposition: form-data; a=\"%s\"; name=\"user\"\r\n\r\nbob\r\n" LAST,
			line));
	ck_assert(form_got[FORM_USER].conflicting);
	form_take(
		TYPE,
		arena_format(
			&wire_arena,
			DELIMITER
			"X: %s\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nbob\r\n" LAST,
			line));
	form_assert_user("bob");
	ck_assert(form_is_clear());
	form_take(TYPE,
		  arena_format(&wire_arena,
			       DELIMITER
			       "Content-Disposition: form-data; name=\"%s\"\r\n\r\nbob\r\n" LAST,
			       line));
	ck_assert(!form_got[FORM_USER].present);
}

static void a_long_boundary_still_delimits(void)
{
	char boundary[220], type[300], body[1000];

	for (size_t len = 198; len < 203; len++) {
		memset(boundary, 'b', len);
		boundary[len] = '\0';
		sprintf(type, "multipart/form-data; boundary=%s", boundary);
		sprintf(body,
			"--%s\r\nContent-Disposition: form-data; name=user\r\n\r\nbob\r\n--%s--",
			boundary, boundary);
		form_ask(VIEW("user"));
		form_read(view_of(type), view_of(body), 0, 7);
		ck_assert(form_got[FORM_USER].present == (len <= 200));
		ck_assert(form_got[FORM_USER].conflicting == (len > 200));
	}
}

static void a_large_file_takes_no_memory(void)
{
	static char piece[65536];
	bool is_full;
	struct form *f;
	size_t used;

	memset(piece, '\r', sizeof(piece));
	form_ask(VIEW("user"));
	f = form_open(TYPE, form_got, FORM_COUNT, &form_arena, &is_full);
	used = form_arena.used_bytes;
	form_feed(f, VIEW(DELIMITER
			  "Content-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\n"));
	for (int i = 0; i < 200; i++)
		form_feed(f, view_make(piece, sizeof(piece)));
	form_feed(f, VIEW("\r\n" PART("user", "bob") LAST));
	form_finish(f);
	form_close(&f);
	form_assert_user("bob");
	ck_assert_uint_eq(form_arena.used_bytes, used);
}

SUITE_MAIN_WITH("multipart", form_setup, form_teardown, wanted_parts_are_found,
		a_quoted_boundary_is_one_without_its_quotes,
		what_looks_like_a_delimiter_is_part_of_the_value, headers_of_all_sorts_are_read,
		files_are_no_fields, a_value_that_comes_twice_may_not_differ,
		what_browsers_do_not_write_is_doubtful,
		an_encoded_or_unfinished_part_is_doubtful_if_it_is_wanted, long_lines_hide_nothing,
		a_long_boundary_still_delimits, a_large_file_takes_no_memory)
