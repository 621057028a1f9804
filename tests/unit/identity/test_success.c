#include "stage.h"

#include "identity/success.h"

#define A "aaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbb"

/* The answer to a login by somebody who carried SESS=A, POSTed to /app/login.php. */
static enum lesson_miss judge(struct settings_success s, struct http_head response)
{
	struct http_head request = stage_request("POST /app/login.php", "Cookie: SESS=" A "\r\n");
	struct identity who = stage_read(&request);
	struct granted granted;

	ck_assert(granted_read(stage.rules, &response, &who, STAGE_MS, &stage.arena, &granted));
	return success_check(&s, &request, &response, &granted);
}

#define JUDGE(response, ...) judge((struct settings_success){ __VA_ARGS__ }, response)
#define GIVEN(text) ((char[]){ text })
#define NEW "Set-Cookie: SESS=" B "\r\n"

static void a_new_session_cookie_is_what_proves_a_login(void)
{
	ck_assert_int_eq(JUDGE(stage_response("302", NEW)), LESSON_NO_MISS);
	ck_assert_int_eq(JUDGE(stage_response("200", NEW)), LESSON_NO_MISS);
	ck_assert_int_eq(JUDGE(stage_response("200", "")), LESSON_MISS_NO_COOKIE);
	ck_assert_int_eq(JUDGE(stage_response("200", "Set-Cookie: SESS=" A "\r\n")),
			 LESSON_MISS_NO_COOKIE);
	ck_assert_int_eq(JUDGE(stage_response("200", "Set-Cookie: SESS=%61aaaaaaaaaaaaaaa\r\n")),
			 LESSON_MISS_NO_COOKIE);
	ck_assert_int_eq(JUDGE(stage_response("200", "Set-Cookie: SESS=short\r\n")),
			 LESSON_MISS_NO_COOKIE);
	ck_assert_int_eq(JUDGE(stage_response("200", "Set-Cookie: other=" B "\r\n")),
			 LESSON_MISS_NO_COOKIE);
	ck_assert_int_eq(JUDGE(stage_response("200", "Set-Cookie: SESS=" B "; Max-Age=0\r\n")),
			 LESSON_MISS_NO_COOKIE);
	ck_assert_int_eq(JUDGE(stage_response("200", NEW "Set-Cookie: SESS=" A "\r\n")),
			 LESSON_MISS_NO_COOKIE);
	ck_assert_int_eq(JUDGE(stage_response("200", "Set-Cookie: DWx=" B "\r\n")), LESSON_NO_MISS);
}

static void none_asks_for_no_cookie(void)
{
	ck_assert_int_eq(JUDGE(stage_response("200", ""), .sets_cookie_none = true),
			 LESSON_NO_MISS);
}

static void a_named_cookie_is_asked_for_besides_a_new_session(void)
{
#define IN "Set-Cookie: in=1\r\n"
	ck_assert_int_eq(JUDGE(stage_response("200", NEW IN), .sets_cookie = GIVEN("in")),
			 LESSON_NO_MISS);
	ck_assert_int_eq(JUDGE(stage_response("200", NEW), .sets_cookie = GIVEN("in")),
			 LESSON_MISS_NO_COOKIE);
	ck_assert_int_eq(JUDGE(stage_response("200", IN), .sets_cookie = GIVEN("in")),
			 LESSON_MISS_NO_COOKIE);
	ck_assert_int_eq(
		JUDGE(stage_response("200", NEW "Set-Cookie: in=\r\n"), .sets_cookie = GIVEN("in")),
		LESSON_MISS_NO_COOKIE);
	ck_assert_int_eq(JUDGE(stage_response("200", NEW "Set-Cookie: in=deleted\r\n"),
			       .sets_cookie = GIVEN("in")),
			 LESSON_MISS_NO_COOKIE);
	ck_assert_int_eq(JUDGE(stage_response("200", NEW "Set-Cookie: in=1; Max-Age=0\r\n"),
			       .sets_cookie = GIVEN("in")),
			 LESSON_MISS_NO_COOKIE);
	ck_assert_int_eq(JUDGE(stage_response("200", "Set-Cookie: DWabc=" B "\r\n"),
			       .sets_cookie = GIVEN("DW*")),
			 LESSON_NO_MISS);
	ck_assert_int_eq(JUDGE(stage_response("200", NEW), .sets_cookie = GIVEN("DW*")),
			 LESSON_MISS_NO_COOKIE);
}

static void the_status_is_exact_or_a_class(void)
{
	ck_assert_int_eq(JUDGE(stage_response("302", NEW), .status = 302), LESSON_NO_MISS);
	ck_assert_int_eq(JUDGE(stage_response("303", NEW), .status = 302), LESSON_MISS_STATUS);
	ck_assert_int_eq(JUDGE(stage_response("303", NEW), .status = 300, .status_is_class = true),
			 LESSON_NO_MISS);
	ck_assert_int_eq(JUDGE(stage_response("204", NEW), .status = 300, .status_is_class = true),
			 LESSON_MISS_STATUS);
}

static void an_error_is_no_success_unless_it_is_asked_for(void)
{
	ck_assert_int_eq(JUDGE(stage_response("401", NEW)), LESSON_MISS_STATUS);
	ck_assert_int_eq(JUDGE(stage_response("500", NEW)), LESSON_MISS_STATUS);
	ck_assert_int_eq(JUDGE(stage_response("403", NEW), .status = 403), LESSON_NO_MISS);
}

struct location_case {
	const char *location, *prefix;
	bool fits;
};

static const struct location_case LOCATIONS[] = {
	{ "/home", "/home", true },
	{ "/home?x=1", "/home", true },
	{ "/hom", "/home", false },
	{ "/Home", "/home", false },
	{ "https://www.example.com/home", "/home", true },
	{ "https://www.example.com/home", "https://www.example.com/", true },
	{ "https://other.example/home", "https://www.example.com/", false },
	{ "https://www.example.com/login?next=/home", "/home", false },
	{ "//www.example.com/home", "/home", true },
	{ "https://www.example.com", "/home", false },
	{ "/login?next=http://a/home", "/home", false },
	{ "/home?next=http://a/login", "/home", true },
	{ "home.php", "/app/home.php", true },
	{ "home.php", "/app/", true },
	{ "home.php", "/other/", false },
	{ "home.php", "home", true },
	{ "home.php", "/home", false },
	{ "?ok=1", "/app/?ok", true },
	{ "mailto:x", "/x", false },
	{ "", "/app/", false },
};

static void a_location_is_read_in_every_form(void)
{
	for (size_t i = 0; i < sizeof(LOCATIONS) / sizeof(LOCATIONS[0]); i++) {
		const struct location_case *c = &LOCATIONS[i];
		struct http_head response = stage_head(
			arena_format(&stage.arena, "HTTP/1.1 302 X\r\n" NEW "Location: %s\r\n\r\n",
				     c->location)
				.at,
			true);
		char *prefix = (char *)(uintptr_t)c->prefix;

		ck_assert_msg((JUDGE(response, .location = prefix) == LESSON_NO_MISS) == c->fits,
			      "%s: %s", c->prefix, c->location);
		ck_assert_msg((JUDGE(response, .not_location = prefix) == LESSON_MISS_LOCATION) ==
				      c->fits,
			      "not %s: %s", c->prefix, c->location);
	}
}

static void without_a_location_only_the_wanted_one_is_missed(void)
{
	ck_assert_int_eq(JUDGE(stage_response("200", NEW), .location = GIVEN("/home")),
			 LESSON_MISS_LOCATION);
	ck_assert_int_eq(JUDGE(stage_response("200", NEW), .not_location = GIVEN("/login")),
			 LESSON_NO_MISS);
}

static void the_first_condition_that_fails_is_told(void)
{
	ck_assert_int_eq(JUDGE(stage_response("200", ""), .status = 302, .location = GIVEN("/")),
			 LESSON_MISS_STATUS);
	ck_assert_int_eq(JUDGE(stage_response("302", ""), .status = 302, .location = GIVEN("/")),
			 LESSON_MISS_LOCATION);
	ck_assert_int_eq(JUDGE(stage_response("302", "Location: /\r\n"), .status = 302,
			       .location = GIVEN("/")),
			 LESSON_MISS_NO_COOKIE);
}

SUITE_MAIN_WITH("success", stage_setup, stage_teardown, a_new_session_cookie_is_what_proves_a_login,
		none_asks_for_no_cookie, a_named_cookie_is_asked_for_besides_a_new_session,
		the_status_is_exact_or_a_class, an_error_is_no_success_unless_it_is_asked_for,
		a_location_is_read_in_every_form, without_a_location_only_the_wanted_one_is_missed,
		the_first_condition_that_fails_is_told)
