#include "wire.h"

#include "http/charset.h"

#define FORM "application/x-www-form-urlencoded"

static void check(const char *const *types, size_t n, bool foreign)
{
	for (size_t i = 0; i < n; i++) {
		struct view type = wire_exact(view_of(types[i]));

		ck_assert_msg(charset_is_foreign(type) == foreign, "%s", types[i]);
		wire_free(type);
	}
}

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void what_browsers_and_their_scripts_say_is_plain(void)
{
	static const char *const types[] = {
		"",
		FORM,
		FORM ";charset=UTF-8",
		FORM "; charset=\"utf-8\"",
		FORM "; charset=",
		FORM "; charset=ISO-8859-15",
		FORM "; charset=windows-1251; x=y",
		"multipart/form-data; boundary=x; Charset=Shift_JIS",
		"application/json; charset=us-ascii; charset=utf8",
		"text/plain; charset=cp1252",
	};

	check(types, COUNT(types), false);
}

/* Each of them is a codec of Python's or Java's, in which `user` has other bytes, or may have. */
static void whatever_else_there_is_may_hide_a_name(void)
{
	static const char *const types[] = {
		FORM "; charset=utf-16",
		FORM "; charset=UTF_16",
		FORM "; charset=u16",
		FORM "; charset=utf_7",
		FORM "; charset=u7",
		FORM "; charset=cp1140",
		FORM "; charset=cp875",
		FORM "; charset=x-IBM1047",
		FORM "; charset=037",
		FORM "; charset=iso-2022-jp",
		FORM "; charset=iso-8859-1x",
		FORM "; charset=hz",
		FORM "; charset=raw_unicode_escape",
		FORM "; charset=csISO2022KR",
		FORM "; charset=utf-8-and-somewhat-more",
		FORM "; charset=latin",
		FORM "; charset=windows-125237",
	};

	check(types, COUNT(types), true);
}

/* Django takes RFC 2231's star, old Tomcats the word wherever it stands. */
static void a_charset_where_only_some_readers_look_may_hide_a_name_too(void)
{
	static const char *const types[] = {
		FORM "; charset*=us-ascii''utf_7",
		FORM "; xcharset=utf-16",
		FORM "; x=\"charset=utf-16\"",
		FORM ", charset=utf-16",
		FORM "; charset",
		FORM "; charset=utf-8; CHARSET=utf-16",
		FORM "; charset=utf-16; charset=utf-8",
	};

	check(types, COUNT(types), true);
}

SUITE_MAIN_WITH("charset", wire_setup, wire_teardown, what_browsers_and_their_scripts_say_is_plain,
		whatever_else_there_is_may_hide_a_name,
		a_charset_where_only_some_readers_look_may_hide_a_name_too)
