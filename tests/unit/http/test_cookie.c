#include "wire.h"

#include "http/cookie.h"

#include <stdio.h>
#include <time.h>

/* All pairs of these fields, as [name|value] one after the other. */
static struct view pairs_of(struct view fields)
{
	struct http_head h = wire_request(arena_format(
		&wire_arena, "GET / HTTP/1.1\r\nHost: a\r\n%.*s\r\n", VIEW_ARG(fields)));
	struct cookie_cursor cursor = { 0 };
	struct cookie_pair pair;
	struct text t;

	text_init(&t, arena_alloc(&wire_arena, 1000), 1000);
	while (cookie_next(&h, &cursor, &pair)) {
		text_putc(&t, '[');
		text_put(&t, pair.name);
		text_putc(&t, '|');
		text_put(&t, pair.value);
		text_putc(&t, ']');
	}
	return text_view(&t);
}

static void pairs_are_cut_at_semicolons_and_trimmed(void)
{
	wire_assert(pairs_of(VIEW("Cookie: a=b; c=d\r\n")), "[a|b][c|d]");
	wire_assert(pairs_of(VIEW("Cookie: a=b;c=d\r\n")), "[a|b][c|d]");
	wire_assert(pairs_of(VIEW("Cookie: \t a \t=\t b c \t;\t ; ;;d=;\r\n")), "[a|b c][d|]");
	wire_assert(pairs_of(VIEW("Cookie: a=b=c==\r\n")), "[a|b=c==]");
	wire_assert(pairs_of(VIEW("Cookie:\r\nCookie: ;\r\n")), "");
	wire_assert(pairs_of(VIEW("A: b\r\n")), "");
}

static void every_line_counts(void)
{
	wire_assert(
		pairs_of(VIEW(
			"Cookie: a=1\r\nX: y\r\ncOOKIE: b=2; a=3\r\nCookie:\r\nCookie: c=4\r\n")),
		"[a|1][b|2][a|3][c|4]");
}

static void a_pair_without_equals_sign_has_no_name(void)
{
	wire_assert(pairs_of(VIEW("Cookie: abc; =d; e=\r\n")), "[|abc][|d][e|]");
}

static void quotes_hide_no_semicolon(void)
{
	wire_assert(pairs_of(VIEW("Cookie: a=\"b; PHPSESSID=c\"; d=\"e\"\r\n")),
		    "[a|\"b][PHPSESSID|c\"][d|\"e\"]");
}

static void commas_and_brackets_are_just_bytes(void)
{
	wire_assert(pairs_of(VIEW("Cookie: a=b, c=d; e[f]=g; h.i=j\r\n")),
		    "[a|b, c=d][e[f]|g][h.i|j]");
}

static bool is_wanted(void *ctx, const struct cookie_pair *pair)
{
	return view_is(pair->name, *(const struct view *)ctx);
}

/* What is left of the fields without the cookies called `name`. */
static struct view without(struct view fields, struct view name)
{
	struct http_head h = wire_request(arena_format(
		&wire_arena, "GET / HTTP/1.1\r\nHost: a\r\n%.*s\r\n", VIEW_ARG(fields)));
	struct text t;

	text_init(&t, arena_alloc(&wire_arena, 1000), 1000);
	ck_assert(cookie_remove(&h, &wire_arena, is_wanted, &name));
	head_write_request(&h, &t);
	return view_head(view_from(text_view(&t), 25), t.len - 27);
}

static void cookies_are_removed_wherever_they_stand(void)
{
	wire_assert(without(VIEW("Cookie: a=1; b=2; c=3\r\n"), VIEW("a")), "Cookie: b=2; c=3\r\n");
	wire_assert(without(VIEW("Cookie: a=1; b=2; c=3\r\n"), VIEW("b")), "Cookie: a=1; c=3\r\n");
	wire_assert(without(VIEW("Cookie: a=1; b=2; c=3\r\n"), VIEW("c")), "Cookie: a=1; b=2\r\n");
	wire_assert(without(VIEW("Cookie: a=1; a=2; b=3; a=4\r\n"), VIEW("a")), "Cookie: b=3\r\n");
	wire_assert(without(VIEW("Cookie: a=1;b=2;; a=3;\r\n"), VIEW("a")), "Cookie: b=2\r\n");
}

static void a_line_that_ends_up_empty_is_dropped(void)
{
	wire_assert(without(VIEW("Cookie: a=1\r\nX: y\r\nCookie: b=2\r\nCookie: a=3; a=4\r\n"),
			    VIEW("a")),
		    "X: y\r\nCookie: b=2\r\n");
}

static void lines_that_lose_nothing_keep_their_bytes(void)
{
	wire_assert(without(VIEW("Cookie:a=1 ;;  b=2;\r\ncookie: c=3;a=4\r\n"), VIEW("c")),
		    "Cookie:a=1 ;;  b=2;\r\ncookie: a=4\r\n");
	wire_assert(without(VIEW("Cookie:\r\nCookie: ;\r\n"), VIEW("a")),
		    "Cookie:\r\nCookie: ;\r\n");
}

static void a_full_arena_removes_nothing(void)
{
	struct http_head h =
		wire_request(VIEW("GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1; b=2\r\n\r\n"));
	struct view name = VIEW("a");
	struct arena none;

	arena_init(&none, NULL, 0, 0);
	ck_assert(!cookie_remove(&h, &none, is_wanted, &name));
	ck_assert(!cookie_canonical(VIEW("%41"), &none).at);
	wire_assert(head_value(&h, HTTP_COOKIE), "a=1; b=2");
}

static struct view canonical(struct view v)
{
	struct view exact = wire_exact(v);
	struct view copy = arena_copy(&wire_arena, cookie_canonical(exact, &wire_arena));

	wire_free(exact);
	return copy;
}

static void all_spellings_of_a_value_are_one(void)
{
	wire_assert(canonical(VIEW("abc")), "abc");
	wire_assert(canonical(VIEW("\"abc\"")), "abc");
	wire_assert(canonical(VIEW("%61b%63")), "abc");
	wire_assert(canonical(VIEW("\"%61bc\"")), "abc");
	wire_assert(canonical(VIEW("\"\\141\\b\\c\"")), "abc");
	wire_assert(canonical(VIEW("")), "");
	wire_assert(canonical(VIEW("\"\"")), "");
}

static void decoding_happens_once_and_never_fails(void)
{
	wire_assert(canonical(VIEW("%2561")), "%61");
	wire_assert(canonical(VIEW("%")), "%");
	wire_assert(canonical(VIEW("%4")), "%4");
	wire_assert(canonical(VIEW("%zz%4g%41")), "%zz%4gA");
	wire_assert(canonical(VIEW("a+b")), "a+b");
	wire_assert(canonical(VIEW("\"")), "\"");
	wire_assert(canonical(VIEW("\"abc")), "\"abc");
	wire_assert(canonical(VIEW("abc\"")), "abc\"");
	wire_assert(canonical(VIEW("a\\b")), "a\\b");
	wire_assert(canonical(VIEW("\"\\\"")), "\\");
	wire_assert(canonical(VIEW("\"a\\777\"")), "a777");
	wire_assert(canonical(VIEW("%00")), "\0");
}

static void escapes_of_perl_and_asp_are_escapes(void)
{
	wire_assert(canonical(VIEW("%u0061b%U0063")), "abc");
	wire_assert(canonical(VIEW("\"%u0061bc\"")), "abc");
	wire_assert(canonical(VIEW("%u00e9%u1061%u006%u")), "%u00e9%u1061%u006%u");
	wire_assert(canonical(VIEW("%25u0061")), "%u0061");
}

/* Python's SimpleCookie ends a value at a blank, CGI.pm at a comma and at `&`, old Java servers at any of these, Node's cookie
 * takes a quote in front for two. */
static void a_value_that_ends_earlier_to_some_is_told(void)
{
	static const char *const rows[][2] = {
		{ "abc x=1", "abc" },     { "abc\tx", "abc" },    { "abc,x=1", "abc" },
		{ "abc&x", "abc" },       { "abc\"x", "abc" },    { "abc\\x", "abc" },
		{ "\"abc\" x=1", "abc" }, { "\"abc\",x", "abc" }, { "\"abcX", "abc" },
		{ "abc\"", "abc" },       { ",abc", "" },         { "\"\"abc", "" },
	};
	static const char *const whole[] = { "",          "abc",  "\"abc\"", "a:b/c=d+e%20f",
					     "\"a b,c\"", "\"\"", "\"",      "a\xc3\xa9" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct view exact = wire_exact(view_of(rows[i][0])), cut = cookie_cut(exact);

		ck_assert_msg(cut.at && view_is(cut, view_of(rows[i][1])), "%s: %.*s", rows[i][0],
			      VIEW_ARG(cut));
		wire_free(exact);
	}
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		ck_assert_msg(!cookie_cut(view_of(whole[i])).at, "%s", whole[i]);
}

static bool could_be(struct view name, struct view value, struct view wanted)
{
	struct cookie_pair pair = { .name = name, .value = value };

	return cookie_could_be(&pair, wanted, false);
}

static void names_that_some_origin_reads_as_another_are_told(void)
{
	static const char *const names[] = { "phpsessid",
					     "PHPSESSI%44",
					     "%50HPSESSID",
					     "PHPSESSID[]",
					     "PHPSESSID[x]",
					     "PHPSESSID%5b",
					     "+PHPSESSID",
					     "%20PHPSESSID",
					     "%09%20PHPSESSID",
					     "%50hpsessid%5B0%5D",
					     "PHPSESSID%00x",
					     "%u0050HPSESSID",
					     "\xc2\xa0PHPSESSID",
					     "PHPSESSID\xc2\xa0",
					     "\xa0PHPSESSID",
					     "PHPSESSID\xa0",
					     "\xe3\x80\x80PHPSESSID\xc2\x85",
					     "\xef\xbb\xbfPHPSESSID" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_msg(could_be(view_of(names[i]), VIEW("x"), VIEW("PHPSESSID")), "%s",
			      names[i]);
	ck_assert(could_be(VIEW("my.session"), VIEW("x"), VIEW("my_session")));
	ck_assert(could_be(VIEW("my[session"), VIEW("x"), VIEW("my_session")));
	ck_assert(could_be(VIEW("my session"), VIEW("x"), VIEW("my_session")));
	ck_assert(could_be(VIEW("my%20session"), VIEW("x"), VIEW("my_session")));
	ck_assert(!could_be(VIEW("PHPSESSID"), VIEW("x"), VIEW("PHPSESSID")));
	ck_assert(!could_be(VIEW("PHPSESSID2"), VIEW("x"), VIEW("PHPSESSID")));
	ck_assert(!could_be(VIEW("PHPSESSI"), VIEW("x"), VIEW("PHPSESSID")));
	ck_assert(!could_be(VIEW("XPHPSESSID"), VIEW("x"), VIEW("PHPSESSID")));
	ck_assert(!could_be(VIEW("my-session"), VIEW("x"), VIEW("my_session")));
}

static void a_cookie_behind_a_comma_or_a_blank_is_told(void)
{
	ck_assert(could_be(VIEW("a"), VIEW("b,PHPSESSID=x"), VIEW("PHPSESSID")));
	ck_assert(could_be(VIEW("a"), VIEW("b, phpsessid = x"), VIEW("PHPSESSID")));
	ck_assert(could_be(VIEW("a, PHPSESSID"), VIEW("x"), VIEW("PHPSESSID")));
	ck_assert(could_be(VIEW("a phpsessid"), VIEW("x"), VIEW("PHPSESSID")));
	ck_assert(!could_be(VIEW("a, b"), VIEW("x"), VIEW("PHPSESSID")));
	ck_assert(could_be(VIEW("a"), VIEW("b PHPSESSID=x"), VIEW("PHPSESSID")));
	ck_assert(could_be(VIEW("a"), VIEW("\"b\"PHPSESSID=x"), VIEW("PHPSESSID")));
	ck_assert(could_be(VIEW("a"), VIEW("b,c=d,PHPSESSID=x"), VIEW("PHPSESSID")));
	ck_assert(could_be(VIEW(""), VIEW("PHPSESSID=x"), VIEW("PHPSESSID")));
	ck_assert(could_be(VIEW("PHPSESSID"), VIEW("a, PHPSESSID=x"), VIEW("PHPSESSID")));
	ck_assert(!could_be(VIEW("a"), VIEW("PHPSESSID=x"), VIEW("PHPSESSID")));
	ck_assert(!could_be(VIEW("a"), VIEW("b,PHPSESSID"), VIEW("PHPSESSID")));
	ck_assert(!could_be(VIEW("a"), VIEW("b,c=PHPSESSID"), VIEW("PHPSESSID")));
}

static void a_name_with_a_star_covers_what_begins_so(void)
{
	struct cookie_pair same = { .name = VIEW("DW123"), .value = VIEW("x") };
	struct cookie_pair other = { .name = VIEW("dw123"), .value = VIEW("x") };
	struct cookie_pair behind = { .name = VIEW("a"), .value = VIEW("b,DW123=x") };

	ck_assert(!cookie_could_be(&same, VIEW("DW"), true));
	ck_assert(cookie_could_be(&other, VIEW("DW"), true));
	ck_assert(cookie_could_be(&behind, VIEW("DW"), true));
}

/* -- Set-Cookie -- */

static const int64_t NOW_MS = INT64_C(1700000000) * 1000; /* Tue, 14 Nov 2023 22:13:20 GMT */

static struct set_cookie parsed(struct view v)
{
	struct set_cookie c = { 0 };

	ck_assert_msg(cookie_parse_set(v, NOW_MS, &c), "%.*s", VIEW_ARG(v));
	return c;
}

static void a_cookie_is_set_with_its_attributes(void)
{
	struct set_cookie c = parsed(VIEW(
		" DokuWiki = a=b\"c ; PATH=/wiki/; DoMain=.Example.com;secure; HttpOnly ;x=y"));

	wire_assert(c.name, "DokuWiki");
	wire_assert(c.value, "a=b\"c");
	wire_assert(c.path, "/wiki/");
	wire_assert(c.domain, "Example.com");
	ck_assert(c.secure && c.http_only && !c.deletes);
	c = parsed(VIEW("a="));
	wire_assert(c.value, "");
	ck_assert(!c.path.at && !c.domain.at && !c.secure && !c.http_only && !c.deletes);
}

static void what_names_no_cookie_is_none(void)
{
	struct set_cookie c;

	ck_assert(!cookie_parse_set(VIEW_NONE, NOW_MS, &c));
	ck_assert(!cookie_parse_set(VIEW(""), NOW_MS, &c));
	ck_assert(!cookie_parse_set(VIEW("a"), NOW_MS, &c));
	ck_assert(!cookie_parse_set(VIEW("=a"), NOW_MS, &c));
	ck_assert(!cookie_parse_set(VIEW(" =a"), NOW_MS, &c));
	ck_assert(!cookie_parse_set(VIEW("; Path=/; a=b"), NOW_MS, &c));
}

static void the_last_of_each_attribute_counts(void)
{
	ck_assert_ptr_null(parsed(VIEW("a=b; Path=/x; Path=y")).path.at);
	wire_assert(parsed(VIEW("a=b; Path=x; Path=/y")).path, "/y");
	wire_assert(parsed(VIEW("a=b; Domain=x; Domain=y")).domain, "y");
	wire_assert(parsed(VIEW("a=b; Domain=x; Domain=")).domain, "x");
	ck_assert_ptr_null(parsed(VIEW("a=b; Domain=.")).domain.at);
	ck_assert(!parsed(VIEW("a=b; Max-Age=0; Max-Age=5")).deletes);
	ck_assert(parsed(VIEW("a=b; Max-Age=5; Max-Age=0")).deletes);
}

static void max_age_of_nothing_deletes(void)
{
	static const char *const deleting[] = { "0",  "00", "-1", "-0", "-99999999999999999999999",
						" 0 " };
	static const char *const living[] = { "1",   "01",  "99999999999999999999999",
					      "",    "-",   "x",
					      "+0",  "0x",  "0.0",
					      "-1a", "--1", "\"0\"" };

	for (size_t i = 0; i < sizeof(deleting) / sizeof(deleting[0]); i++)
		ck_assert_msg(
			parsed(arena_format(&wire_arena, "a=b; max-AGE=%s", deleting[i])).deletes,
			"%s", deleting[i]);
	for (size_t i = 0; i < sizeof(living) / sizeof(living[0]); i++)
		ck_assert_msg(
			!parsed(arena_format(&wire_arena, "a=b; Max-Age=%s", living[i])).deletes,
			"%s", living[i]);
}

static void max_age_goes_before_expires(void)
{
	ck_assert(!parsed(VIEW("a=b; Max-Age=5; Expires=Thu, 01 Jan 1970 00:00:00 GMT")).deletes);
	ck_assert(parsed(VIEW("a=b; Max-Age=0; Expires=Thu, 01 Jan 2099 00:00:00 GMT")).deletes);
	ck_assert(parsed(VIEW("a=b; Max-Age=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT")).deletes);
}

static void dates_are_read_in_every_form_that_browsers_read(void)
{
	static const char *const past[] = {
		"Thu, 01 Jan 1970 00:00:00 GMT",
		"Thu, 01-Jan-1970 00:00:01 GMT",
		"Thu, 1-Jan-70 0:0:1 GMT",
		"Thursday, 01-Jan-70 00:00:00 GMT",
		"Thu Jan  1 00:00:00 1970",
		"1970 january 1 00:00:00",
		"00:00:00 1 Jan 1970",
		"Mon, 01 Jan 1601 00:00:00 GMT",
		"Tue, 14 Nov 2023 22:13:20 GMT",
		"Tue, 14 Nov 2023 22:13:19 GMT",
		"14 nov 23 22:13:20",
		"29 Feb 2000 00:00:00",
		"29 Feb 2020 10:00:00x",
		"Tue, 14 Nov 2023 22:13:20 +0100",
		"01 Jan 99 00:00:00",
		"1 Jan 1970foo 00:00:00zone",
		"//1//Jan//1970//00:00:00//",
	};
	static const char *const future[] = {
		"Tue, 14 Nov 2023 22:13:21 GMT", "Fri, 31-Dec-9999 23:59:59 GMT",
		"Tue, 01 Jan 2069 00:00:00 GMT", "1 Jan 69 00:00:00",
		"29 Feb 2024 00:00:00",          "15 NOVEMBER 23 00:00:00"
	};

	for (size_t i = 0; i < sizeof(past) / sizeof(past[0]); i++)
		ck_assert_msg(parsed(arena_format(&wire_arena, "a=b; Expires=%s", past[i])).deletes,
			      "%s", past[i]);
	for (size_t i = 0; i < sizeof(future) / sizeof(future[0]); i++)
		ck_assert_msg(
			!parsed(arena_format(&wire_arena, "a=b; Expires=%s", future[i])).deletes,
			"%s", future[i]);
}

static void what_is_no_date_deletes_nothing(void)
{
	static const char *const texts[] = {
		"",
		"0",
		"-1",
		"yesterday",
		"Thu, 01 Jan 1970",
		"01 Jan 00:00:00",
		"Jan 1970 00:00:00",
		"1 1970 00:00:00",
		"32 Jan 1970 00:00:00",
		"0 Jan 1970 00:00:00",
		"30 Feb 1970 00:00:00",
		"29 Feb 1900 00:00:00",
		"31 Apr 1970 00:00:00",
		"1 Jan 1600 00:00:00",
		"1 Jan 1970 24:00:00",
		"1 Jan 1970 00:60:00",
		"1 Jan 1970 00:00:60",
		"1 Jan 19700 00:00:00",
		"1 Jan 1 00:00:00",
		"1 Ja 1970 00:00:00",
		"1 Jan 1970 00:00",
		"1 Jan 1970 000:00:00",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_msg(
			!parsed(arena_format(&wire_arena, "a=b; Expires=%s", texts[i])).deletes,
			"%s", texts[i]);
	ck_assert(parsed(VIEW("a=b; Expires=1 Jan 1970 00:00:00; Expires=yesterday")).deletes);
}

/* Every day of four centuries, against the C library. */
static void days_are_counted_as_the_c_library_counts_them(void)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

	for (int64_t day = -100000; day < 50000; day += 7) {
		time_t at = (time_t)(day * 86400 + 3661);
		struct tm tm;
		struct set_cookie c;
		char text[100];

		gmtime_r(&at, &tm);
		snprintf(text, sizeof(text), "a=b; expires=%d %s %04d %02d:%02d:%02d", tm.tm_mday,
			 months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec);
		ck_assert(cookie_parse_set(view_of(text), (int64_t)at * 1000, &c) && c.deletes);
		ck_assert(cookie_parse_set(view_of(text), (int64_t)at * 1000 - 1, &c) &&
			  !c.deletes);
	}
}

SUITE_MAIN_WITH("cookie", wire_setup, wire_teardown, pairs_are_cut_at_semicolons_and_trimmed,
		every_line_counts, a_pair_without_equals_sign_has_no_name, quotes_hide_no_semicolon,
		commas_and_brackets_are_just_bytes, cookies_are_removed_wherever_they_stand,
		a_line_that_ends_up_empty_is_dropped, lines_that_lose_nothing_keep_their_bytes,
		a_full_arena_removes_nothing, all_spellings_of_a_value_are_one,
		decoding_happens_once_and_never_fails, escapes_of_perl_and_asp_are_escapes,
		a_value_that_ends_earlier_to_some_is_told,
		names_that_some_origin_reads_as_another_are_told,
		a_cookie_behind_a_comma_or_a_blank_is_told,
		a_name_with_a_star_covers_what_begins_so, a_cookie_is_set_with_its_attributes,
		what_names_no_cookie_is_none, the_last_of_each_attribute_counts,
		max_age_of_nothing_deletes, max_age_goes_before_expires,
		dates_are_read_in_every_form_that_browsers_read, what_is_no_date_deletes_nothing,
		days_are_counted_as_the_c_library_counts_them)
