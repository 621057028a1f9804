#include "wire.h"

#include "base/err.h"
#include "http/url.h"

static void escapes_are_decoded_once(void)
{
	wire_assert(url_decode(VIEW("a%2Fb%2fc%00"), false, &wire_arena), "a/b/c\0");
	wire_assert(url_decode(VIEW("%2541"), false, &wire_arena), "%41");
	wire_assert(url_decode(VIEW("a+b%2B"), true, &wire_arena), "a b+");
	wire_assert(url_decode(VIEW("a+b"), false, &wire_arena), "a+b");
	wire_assert(url_decode(VIEW(""), true, &wire_arena), "");
	wire_assert(url_decode(VIEW_NONE, true, &wire_arena), "");
}

static void a_bad_escape_is_refused_or_left_alone(void)
{
	static const char *const bad[] = { "%",    "%4",     "%4g",  "%g4", "a%",
					   "%%41", "%u0041", "% 41", "%-1" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(!url_decode(view_of(bad[i]), false, &wire_arena).at, "%s", bad[i]);
	wire_assert(url_decode_leniently(VIEW("%%41%zz+%4"), true, &wire_arena), "%A%zz %4");
}

static void decoding_says_when_the_arena_is_full(void)
{
	struct arena none;

	arena_init(&none, NULL, 0, 0);
	ck_assert(!url_decode(VIEW("%41"), false, &none).at);
	wire_assert(url_decode(VIEW("nothing to decode"), false, &none), "nothing to decode");
}

static void a_query_is_cut_at_ampersands(void)
{
	struct url_query_cursor cursor = { VIEW("a=b&&c&=d&e==f;g=h&") };
	struct view name, value;

	ck_assert(url_query_next(&cursor, &name, &value));
	wire_assert(name, "a");
	wire_assert(value, "b");
	ck_assert(url_query_next(&cursor, &name, &value));
	wire_assert(name, "c");
	wire_assert(value, "");
	ck_assert(url_query_next(&cursor, &name, &value));
	wire_assert(name, "");
	wire_assert(value, "d");
	ck_assert(url_query_next(&cursor, &name, &value));
	wire_assert(name, "e");
	wire_assert(value, "=f;g=h");
	ck_assert(!url_query_next(&cursor, &name, &value));
	ck_assert(!url_query_next(&cursor, &name, &value));
	cursor.rest = VIEW_NONE;
	ck_assert(!url_query_next(&cursor, &name, &value));
}

/* -- addresses -- */

static void an_address_is_a_path_and_its_parameters(void)
{
	struct url_address a;

	ck_assert_int_eq(url_address_parse("/Doku%2ephp?do=log+out&x=%26#top", &a), 0);
	ck_assert_ptr_null(a.scheme);
	ck_assert_ptr_null(a.authority);
	ck_assert_str_eq(a.text, "/Doku%2ephp?do=log+out&x=%26#top");
	ck_assert_str_eq(a.path, "/Doku.php");
	ck_assert(!a.prefix);
	ck_assert_uint_eq(a.n_params, 2);
	ck_assert_str_eq(a.params[0].name, "do");
	ck_assert_str_eq(a.params[0].value, "log out");
	ck_assert_str_eq(a.params[1].value, "&");
	url_address_fini(&a);
}

static void a_slash_or_star_at_the_end_makes_a_prefix(void)
{
	static const struct {
		const char *text, *path;
		bool prefix;
	} rows[] = { { "/static/", "/static/", true },
		     { "/a/b*", "/a/b", true },
		     { "/a/*", "/a/", true },
		     { "/*", "/", true },
		     { "/", "/", true },
		     { "/a*b", "/a*b", false },
		     { "/a/?b=c", "/a/", true },
		     { "/a%2a", "/a*", false },
		     { "http://a/b/", "/b/", false },
		     { "http://a/b*", "/b*", false } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct url_address a;

		ck_assert_int_eq(url_address_parse(rows[i].text, &a), 0);
		ck_assert_str_eq(a.path, rows[i].path);
		ck_assert_msg(a.prefix == rows[i].prefix, "%s", rows[i].text);
		url_address_fini(&a);
	}
}

static void a_full_url_has_a_site(void)
{
	struct url_address a;

	ck_assert_int_eq(url_address_parse("HTTPS://Www.Example.com:443?a=b", &a), 0);
	ck_assert_str_eq(a.scheme, "https");
	ck_assert_str_eq(a.authority, "www.example.com");
	ck_assert_str_eq(a.path, "/");
	ck_assert(url_is_on(&a, VIEW("www.example.COM")));
	ck_assert(url_is_on(&a, VIEW("www.example.com:443")));
	ck_assert(!url_is_on(&a, VIEW("www.example.com:80")));
	ck_assert(!url_is_on(&a, VIEW("example.com")));
	ck_assert(!url_is_on(&a, VIEW_NONE));
	url_address_fini(&a);
	ck_assert_int_eq(url_address_parse("http://[::1]:8080/x", &a), 0);
	ck_assert_str_eq(a.authority, "[::1]:8080");
	ck_assert(url_is_on(&a, VIEW("[::1]:8080")));
	ck_assert(!url_is_on(&a, VIEW("[::1]")));
	url_address_fini(&a);
	ck_assert_int_eq(url_address_parse("/x", &a), 0);
	ck_assert(url_is_on(&a, VIEW("anything")));
	url_address_fini(&a);
}

static void what_is_no_address_is_refused(void)
{
	static const char *const bad[] = { "",
					   "x",
					   "*",
					   "?a",
					   "ftp://a/",
					   "//",
					   "http:/a",
					   "http://",
					   "http:///x",
					   "http://u@a/",
					   "http://a b/",
					   "/a b",
					   "/a\n",
					   "/%",
					   "/%zz",
					   "/%00",
					   "/a?b=%",
					   "/a?%0=c",
					   "/a?b=%00",
					   "http://a:b/",
					   "javascript:alert(1)" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct url_address a = { .prefix = true };
		bool is_slashes = strcmp(bad[i], "//") == 0; /* a path, if an odd one */

		ck_assert_msg(url_address_parse(bad[i], &a) == (is_slashes ? 0 : ERR_SYNTAX), "%s",
			      bad[i]);
		if (is_slashes)
			url_address_fini(&a);
		else
			ck_assert(a.prefix); /* unchanged */
	}
}

static void paths_that_could_mean_two_things_are_ambiguous(void)
{
	static const char *const doubtful[] = {
		"/a%2fb",    "/a%2Fb",      "/a%5cb",     "/a\\b",         "/a%00",
		"/a%2500",   "/a%25",       "/..",        "/../a",         "/a/..",
		"/a/../b",   "/a/%2e%2e/b", "/a/.%2E",    "/a/%2e.",       "/a;b",
		"/a;b=c/d",  "/a%3bb",      "/a%",        "/a%z",          "/a%u002f",
		"/a%3fb",    "/a%23b",      "/a%0d",      "/a%7f",         "/%c0%ae%c0%ae/a",
		"/\xc0\xaf", "/%c1%9c",     "/%e0%80%af", "/%f0%80%80%af", "/%e0",
		"/..%20/a",  "/a/..%20",    "/..::$x/a",  "/%2e%2e%20x",
	};
	static const char *const plain[] = { "/",        "/a",         "/a/b.c",
					     "/a..b",    "/...",       "/..a",
					     "/a../b",   "/.",         "/a/./b",
					     "//",       "/a//b",      "/%41",
					     "/a%20b",   "/a+b",       "/\xc3\xa9",
					     "/%c3%a9",  "/%e0%a4%95", "/%f0%9f%98%80",
					     "*",        "/%2e",       "/a=b,c@d:e!$&'()*",
					     "/a..%20b", "/.%20.",     "/a:b" };

	for (size_t i = 0; i < sizeof(doubtful) / sizeof(doubtful[0]); i++)
		ck_assert_msg(url_is_ambiguous(view_of(doubtful[i])), "%s", doubtful[i]);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		ck_assert_msg(!url_is_ambiguous(view_of(plain[i])), "%s", plain[i]);
}

/* -- matching: the target as a request has it -- */

enum how { NARROWLY, NARROWLY_ALONE, GENEROUSLY };

static bool matches(enum how how, const char *entry, const char *target)
{
	struct view t = view_of(target), path = view_head(t, view_find(t, '?')), query = VIEW_NONE;
	struct url_address a;
	bool result;

	if (path.len < t.len)
		query = view_from(t, path.len + 1);
	ck_assert_int_eq(url_address_parse(entry, &a), 0);
	result = how == GENEROUSLY ? url_matches_generously(&a, path, query, &wire_arena)
				   : url_matches_narrowly(&a, path, query, how == NARROWLY_ALONE,
							  &wire_arena);
	url_address_fini(&a);
	return result;
}

static void check_all(enum how how, const char *entry, bool wanted, const char *const *targets)
{
	for (; *targets; targets++)
		ck_assert_msg(matches(how, entry, *targets) == wanted, "%s and %s", entry,
			      *targets);
}

#define MATCH(how, entry, ...) \
	check_all(how, entry, true, (const char *const[]){ __VA_ARGS__, NULL })
#define MISS(how, entry, ...) \
	check_all(how, entry, false, (const char *const[]){ __VA_ARGS__, NULL })

static void an_exemption_is_an_equal_path(void)
{
	MATCH(NARROWLY, "/a/b", "/a/b", "/a/b?c=d", "/a/%62", "/%61/b?");
	MISS(NARROWLY, "/a/b", "/a", "/a/b/", "/a/b/c", "/a/bc", "/A/b", "/a//b", "/a/./b",
	     "/a/b;c", "/a%2fb", "/x/../a/b", "/a/b%00", "/a/b%", "/a\\b", "*", "//a/b",
	     "/a/%2562");
	MATCH(NARROWLY, "/%61b", "/ab");
}

static void an_exempt_prefix_never_leads_out_again(void)
{
	MATCH(NARROWLY, "/static/", "/static/", "/static/a", "/static/a/b.css?v=1", "/%73tatic/x",
	      "/static/a%20b");
	MISS(NARROWLY, "/static/", "/static", "/staticx", "/static/../admin",
	     "/static/%2e%2e/admin", "/static/..", "/static/..%2fadmin", "/static/..;/admin",
	     "/static/..\\admin", "/static/%252e%252e/admin", "/static%2f",
	     "/static/%c0%ae%c0%ae/admin", "/Static/");
	MATCH(NARROWLY, "/a*", "/a", "/ab", "/a/b");
	MISS(NARROWLY, "/a*", "/A", "/b", "/");
	MATCH(NARROWLY, "/", "/", "/anything");
	MISS(NARROWLY, "http://h/", "/anything");
}

static void named_parameters_come_exactly_once(void)
{
	MATCH(NARROWLY, "/d.php?do=login", "/d.php?do=login", "/d.php?id=x&do=login&y",
	      "/d.php?d%6f=log%69n", "/d.php?&do=login&");
	MISS(NARROWLY, "/d.php?do=login", "/d.php", "/d.php?", "/d.php?do",
	     "/d.php?do=", "/d.php?do=logout", "/d.php?do=Login", "/d.php?do=login&do=login",
	     "/d.php?do=login&do=admin", "/d.php?do=admin&do=login", "/d.php?do[]=login",
	     "/d.php?do=login&do[]=admin", "/d.php?do=login&do%5b%5d=admin",
	     "/d.php?do=login&DO=admin", "/d.php?do=login&+do=admin", "/d.php?do=login&%20do=admin",
	     "/d.php?do=login;do=admin", "/d.php?do=login&a;do=admin",
	     "/d.php?do=login&do%00x=admin", "/d.php?do=login%", "/d.php?do=login&x=%zz",
	     "/D.php?do=login");
	MATCH(NARROWLY, "/a?x_y=1&z=2", "/a?z=2&x_y=1");
	MISS(NARROWLY, "/a?x_y=1&z=2", "/a?z=2", "/a?x_y=1", "/a?z=2&x_y=1&x.y=2",
	     "/a?z=2&x_y=1&x%20y=2");
}

static void a_redirect_url_has_no_parameter_but_the_challenge(void)
{
	MATCH(NARROWLY_ALONE, "/signup", "/signup", "/signup?", "/signup?challenge=abc");
	MISS(NARROWLY_ALONE, "/signup", "/signup?x", "/signup?challenge=abc&x=y",
	     "/signup?Challenge=abc", "/signup?=");
	MATCH(NARROWLY_ALONE, "/d.php?do=logout", "/d.php?do=logout",
	      "/d.php?do=logout&challenge=x", "/d.php?challenge=x&do=logout");
	MISS(NARROWLY_ALONE, "/d.php?do=logout", "/d.php", "/d.php?challenge=x",
	     "/d.php?do=logout&id=x", "/d.php?do=logout&challenge[]=x");
}

static void a_login_is_recognised_in_every_disguise(void)
{
	MATCH(GENEROUSLY, "/wiki/login.php", "/wiki/login.php", "/wiki/LOGIN.PHP",
	      "/wiki//login.php", "//wiki/login.php", "/wiki/./login.php", "/./wiki/login.php",
	      "/x/../wiki/login.php", "/wiki/x/y/../../login.php", "/wiki/login.php/",
	      "/wiki/login.php/path/info", "/wiki/login.php;jsessionid=x", "/wiki;a/login.php;b/c",
	      "/wiki/l%6Fgin.php", "/wiki%2flogin.php", "/wiki\\login.php", "/wiki/%2e/login.php",
	      "/x/%2e%2e/wiki/login.php", "/../../wiki/login.php", "/wiki/login.php?a=b",
	      "/wiki/login.php%3bx", "/wiki/login.php/..;/", "/%%/../wiki/login.php",
	      "/wiki/login.php/..%2flogin.php");
	MISS(GENEROUSLY, "/wiki/login.php", "/", "/wiki", "/wiki/login", "/wiki/login.phpx",
	     "/login.php", "/x/wiki/login.php", "/wiki/login.php/..", "/wiki/login.php/../x", "*");
}

/* Windows opens the same file by all of these. */
static void a_login_is_recognised_by_the_names_that_windows_takes(void)
{
	MATCH(GENEROUSLY, "/wiki/login.php", "/wiki/login.php.", "/wiki/login.php...",
	      "/wiki/login.php%20", "/wiki/login.php%20.%20", "/wiki./login.php",
	      "/wiki%20/login.php/", "/wiki/login.php::$DATA", "/wiki/login.php::$data",
	      "/wiki::$index_allocation/login.php", "/x/..%20/wiki/login.php",
	      "/.../wiki/login.php", "/wiki/login.php%2e");
	MISS(GENEROUSLY, "/wiki/login.php", "/wiki/login.php.x", "/wiki/login.php:x",
	     "/wiki/login.php..x", "/wiki/.login.php", "/wiki/%20login.php",
	     "/wiki/login.php/../.");
}

/* What `..` took away was still there behind the end. */
static void an_address_with_dots_in_it_is_what_is_left(void)
{
	MATCH(GENEROUSLY, "/wiki/longer/../in", "/wiki/in", "/wiki/x/../in", "/WIKI/in/");
	MATCH(GENEROUSLY, "/wiki/longer/..", "/wiki", "/wiki/");
	MATCH(GENEROUSLY, "/wiki/longer/..::$", "/wiki", "/wiki/longer/..::$");
	MISS(GENEROUSLY, "/wiki/longer/..", "/wikilonger", "/x");
}

static void a_login_is_recognised_before_a_nul_and_decoded_twice(void)
{
	MATCH(GENEROUSLY, "/wiki/login.php", "/wiki/login.php%00", "/wiki/login.php%00.png",
	      "/wiki/log%2569n.php", "/wiki%252flogin.php", "/wiki/login.php%253bx",
	      "/wiki/login.php/%252e%252e/x", "/x/%252e%252e/wiki/login.php");
	MISS(GENEROUSLY, "/wiki/login.php", "/wiki/log%252569n.php", "/wiki/%00login.php");
}

static void generous_prefixes_end_where_they_are_written(void)
{
	MATCH(GENEROUSLY, "/auth/", "/auth", "/auth/", "/AUTH/x/y", "//auth/x");
	MISS(GENEROUSLY, "/auth/", "/authx", "/x/auth", "/auth/../x");
	MATCH(GENEROUSLY, "/auth*", "/auth", "/authx", "/auth/x");
	MATCH(GENEROUSLY, "/", "/", "//", "/a/..", "/anything");
	MATCH(GENEROUSLY, "http://h/", "/", "/.", "//");
	MISS(GENEROUSLY, "http://h/", "/anything");
	MATCH(GENEROUSLY, "/A%2fb/", "/a/B");
}

static void any_occurrence_of_a_parameter_counts(void)
{
	MATCH(GENEROUSLY, "/d.php?do=login", "/d.php?do=login", "/d.php?do=LOGIN",
	      "/d.php?x&do=login", "/d.php?do=x&do=login", "/d.php?do=login&do=x",
	      "/d.php?d%6f=log%69n", "/d.php?DO=login", "/d.php?do[]=login", "/d.php?do[login]=x",
	      "/d.php?do%5Blogin%5D", "/d.php?a=b;do=login", "/d.php?do=+login+",
	      "/d.php?x=%zz&do=login", "/D.PHP/x?do=login");
	MISS(GENEROUSLY, "/d.php?do=login", "/d.php", "/d.php?do", "/d.php?do=", "/d.php?do=logins",
	     "/d.php?xdo=login", "/d.php?do[x]=y", "/d.php?login", "/d.php?dolly=login",
	     "/e.php?do=login");
	MATCH(GENEROUSLY, "/d.php?do=login&x=1", "/d.php?x=1&do=login");
	MISS(GENEROUSLY, "/d.php?do=login&x=1", "/d.php?do=login");
}

static void what_cannot_be_decoded_matches_nothing(void)
{
	struct url_address a;
	struct arena none;

	arena_init(&none, NULL, 0, 0);
	ck_assert_int_eq(url_address_parse("/a?b=c", &a), 0);
	ck_assert(url_matches_narrowly(&a, VIEW("/%61"), VIEW("b=c"), false, &none));
	ck_assert(!url_matches_narrowly(&a, VIEW("/a"), VIEW("b=%63"), false, &none));
	ck_assert(!url_matches_generously(&a, VIEW("/%61"), VIEW("b=c"), &none));
	ck_assert(!url_matches_generously(&a, VIEW("//a"), VIEW("b=c"), &none));
	ck_assert(!url_matches_generously(&a, VIEW("/a"), VIEW("b=%63"), &none));
	ck_assert(url_matches_narrowly(&a, VIEW("/a"), VIEW("b=c"), false, &none));
	ck_assert(url_matches_generously(&a, VIEW("/a"), VIEW("b=c"), &none));
	url_address_fini(&a);
}

/* -- appending -- */

static struct view appended(struct view url)
{
	struct text t;

	text_init(&t, arena_alloc(&wire_arena, 200), 200);
	url_append(&t, url, VIEW("challenge"), VIEW("a/b"));
	return text_view(&t);
}

static void a_parameter_is_appended_with_the_right_separator(void)
{
	wire_assert(appended(VIEW("/a")), "/a?challenge=a%2Fb");
	wire_assert(appended(VIEW("https://h")), "https://h?challenge=a%2Fb");
	wire_assert(appended(VIEW("/a?")), "/a?challenge=a%2Fb");
	wire_assert(appended(VIEW("/a?b=%20&c")), "/a?b=%20&c&challenge=a%2Fb");
	wire_assert(appended(VIEW("/a?b&")), "/a?b&challenge=a%2Fb");
	wire_assert(appended(VIEW("/a#b?c")), "/a?challenge=a%2Fb#b?c");
	wire_assert(appended(VIEW("/a?b#c")), "/a?b&challenge=a%2Fb#c");
}

static void a_parameter_never_comes_twice(void)
{
	wire_assert(appended(VIEW("/a?challenge=x")), "/a?challenge=a%2Fb");
	wire_assert(appended(VIEW("/a?challenge")), "/a?challenge=a%2Fb");
	wire_assert(appended(VIEW("/a?b=c&challenge=x&d&ch%61llenge=y#e")),
		    "/a?b=c&d&challenge=a%2Fb#e");
	wire_assert(appended(VIEW("/a?challenges=x&xchallenge=y")),
		    "/a?challenges=x&xchallenge=y&challenge=a%2Fb");
}

SUITE_MAIN_WITH("url", wire_setup, wire_teardown, escapes_are_decoded_once,
		a_bad_escape_is_refused_or_left_alone, decoding_says_when_the_arena_is_full,
		a_query_is_cut_at_ampersands, an_address_is_a_path_and_its_parameters,
		a_slash_or_star_at_the_end_makes_a_prefix, a_full_url_has_a_site,
		what_is_no_address_is_refused, paths_that_could_mean_two_things_are_ambiguous,
		an_exemption_is_an_equal_path, an_exempt_prefix_never_leads_out_again,
		named_parameters_come_exactly_once,
		a_redirect_url_has_no_parameter_but_the_challenge,
		a_login_is_recognised_in_every_disguise,
		a_login_is_recognised_by_the_names_that_windows_takes,
		a_login_is_recognised_before_a_nul_and_decoded_twice,
		an_address_with_dots_in_it_is_what_is_left,
		generous_prefixes_end_where_they_are_written, any_occurrence_of_a_parameter_counts,
		what_cannot_be_decoded_matches_nothing,
		a_parameter_is_appended_with_the_right_separator, a_parameter_never_comes_twice)
