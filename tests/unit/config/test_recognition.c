#include "words.h"

static void a_login_form_has_defaults(void)
{
	struct settings *s =
		accepted(WITH_SOURCES "  - login_form: { path: /login.php, field: user,\n"
				      "      success: { not_location: /login.php } }\n");
	const struct settings_source *source = &s->identity.sources[0];

	ck_assert_int_eq(source->kind, SOURCE_LOGIN_FORM);
	ck_assert_ptr_null(source->name);
	ck_assert_str_eq(source->path.path, "/login.php");
	ck_assert_str_eq(source->field, "user");
	ck_assert_uint_eq(source->password.n, 5);
	ck_assert_str_eq(source->password.at[0], "password");
	ck_assert_str_eq(source->password.at[4], "wpPassword");
	ck_assert(source->fold);
	ck_assert_uint_eq(source->n_when, 0);
	ck_assert_uint_eq(source->success.status, 0);
	ck_assert_ptr_null(source->success.location);
	ck_assert_ptr_null(source->success.sets_cookie);
	ck_assert(!source->success.sets_cookie_none);
	settings_unref(&s);
}

static void a_login_form_can_say_everything(void)
{
	struct settings *s = accepted(
		WITH_SOURCES
		"  - login_form:\n"
		"      path: /doku.php?id=start\n"
		"      when: { do: login, \"a b\": \"\" }\n"
		"      field: u\n"
		"      password: p\n"
		"      success: { status: 3xx, location: /home, not_location: /login, sets_cookie: S* }\n"
		"      fold: none\n");
	const struct settings_source *source = &s->identity.sources[0];

	ck_assert_uint_eq(source->path.n_params, 1);
	ck_assert_uint_eq(source->n_when, 2);
	ck_assert_str_eq(source->when[0].name, "do");
	ck_assert_str_eq(source->when[0].value, "login");
	ck_assert_str_eq(source->when[1].name, "a b");
	ck_assert_str_eq(source->when[1].value, "");
	ck_assert_uint_eq(source->password.n, 1);
	ck_assert_str_eq(source->password.at[0], "p");
	ck_assert_uint_eq(source->success.status, 300);
	ck_assert(source->success.status_is_class);
	ck_assert_str_eq(source->success.location, "/home");
	ck_assert_str_eq(source->success.not_location, "/login");
	ck_assert_str_eq(source->success.sets_cookie, "S*");
	ck_assert(!source->fold);
	settings_unref(&s);
}

static void passwords_may_have_several_names(void)
{
	struct settings *s =
		accepted(WITH_SOURCES "  - login_form: { path: /l, field: user, password: [a, b],\n"
				      "      success: { status: 302 } }\n");

	ck_assert_uint_eq(s->identity.sources[0].password.n, 2);
	ck_assert_str_eq(s->identity.sources[0].password.at[1], "b");
	settings_unref(&s);
}

static void a_login_form_needs_path_and_field(void)
{
	ck_assert_said(complaint(WITH_SOURCES "  - login_form: { password: x }\n"),
		       "f:7:17: identity.account[0].login_form.path: required, and missing\n"
		       "f:7:17: identity.account[0].login_form.field: required, and missing\n");
}

static void no_cookie_at_all_can_be_written(void)
{
	struct settings *s = accepted(
		WITH_SOURCES
		"  - login_form: { path: /l, field: u, success: { status: 204, sets_cookie: none } }\n");

	ck_assert(s->identity.sources[0].success.sets_cookie_none);
	ck_assert_ptr_null(s->identity.sources[0].success.sets_cookie);
	ck_assert_uint_eq(s->identity.sources[0].success.status, 204);
	ck_assert(!s->identity.sources[0].success.status_is_class);
	settings_unref(&s);
}

static void a_status_is_one_of_success(void)
{
	static const char *const bad[] = { "199", "400", "4xx",  "1xx", "xxx",
					   "3x",  "30x", "302 ", "",    "0302x" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char yaml[1024];

		snprintf(yaml, sizeof(yaml),
			 "%s  - login_form: { path: /l, field: u, success: { status: \"%s\" } }\n",
			 WITH_SOURCES, bad[i]);
		ck_assert_has(complaint(yaml), "is not a status that says that it went well");
	}
}

static void when_is_a_mapping_of_single_values(void)
{
	ck_assert_has(complaint(WITH_SOURCES "  - login_form: { path: /l, field: u, when: do }\n"),
		      "login_form.when: expected a mapping of fields and values");
	ck_assert_has(complaint(WITH_SOURCES "  - login_form: { path: /l, field: u, when: {} }\n"),
		      "login_form.when: needs 1 to 16 fields with their values");
	ck_assert_has(complaint(WITH_SOURCES
				"  - login_form: { path: /l, field: u, when: { do: [a] } }\n"),
		      "login_form.when.do: expected the field's value, not a list");
	ck_assert_has(complaint(WITH_SOURCES
				"  - login_form: { path: /l, field: u, when: { do: a, do: b } }\n"),
		      "login_form.when.do: duplicate key");
	ck_assert_has(
		complaint(WITH_SOURCES "  - login_form: { path: /l, field: u, when: { do: ~ } }\n"),
		"login_form.when.do: expected the field's value, not nothing");
}

static void a_cookie_may_be_a_name_or_a_mapping(void)
{
	struct settings *s = accepted(
		WITH_SOURCES
		"  - set_cookie: wikiUserName\n"
		"  - set_cookie: { name: wp_*, decode: [percent, base64], take: \"before |\" }\n"
		"  - set_cookie: { name: b, decode: base64, take: \"after : \" }\n");
	const struct settings_source *at = s->identity.sources;

	ck_assert_int_eq(at[0].kind, SOURCE_SET_COOKIE);
	ck_assert_str_eq(at[0].name, "wikiUserName");
	ck_assert(!at[0].name_is_prefix);
	ck_assert_int_eq(at[0].take, TAKE_ALL);
	ck_assert_str_eq(at[1].name, "wp_");
	ck_assert(at[1].name_is_prefix);
	ck_assert_uint_eq(at[1].n_decode, 2);
	ck_assert_int_eq(at[1].decode[0], DECODE_PERCENT);
	ck_assert_int_eq(at[1].decode[1], DECODE_BASE64);
	ck_assert_int_eq(at[1].take, TAKE_BEFORE);
	ck_assert_str_eq(at[1].take_at, "|");
	ck_assert_uint_eq(at[2].n_decode, 1);
	ck_assert_int_eq(at[2].take, TAKE_AFTER);
	ck_assert_str_eq(at[2].take_at, ": ");
	settings_unref(&s);
}

static void a_part_names_a_side_and_a_separator(void)
{
	static const char *const bad[] = { "before", "before ", "between |",
					   "|",      "",        "before 12345678901234567" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char yaml[1024];

		snprintf(yaml, sizeof(yaml), "%s  - set_cookie: { name: a, take: \"%s\" }\n",
			 WITH_SOURCES, bad[i]);
		ck_assert_has(complaint(yaml), "is not a part such as");
	}
}

static void names_are_tokens(void)
{
	static const char *const bad[] = { "a b", "a=b", "a;b",   "a,b",      "",   "*",
					   "a*b", "**",  "a\\\"", "\xc3\xa9", "(x)" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char yaml[1024];

		snprintf(yaml, sizeof(yaml), "%s%sidentity:\n%s  session_cookies: [\"%s\"]\n",
			 LISTEN ORIGIN, REDIRECTS, ACCOUNT, bad[i]);
		ck_assert_has(complaint(yaml), "identity.session_cookies[0]: ");
	}
	ck_assert_has(complaint(WITH_SOURCES "  - response_header: \"X Y\"\n"),
		      "is not a header's name");
}

static void a_cookie_may_be_sealed(void)
{
	struct settings *s = accepted(
		LISTEN ORIGIN REDIRECTS
		"identity:\n  session_cookies: [{ name: DW*, seal: true }, { name: A, seal: false }, B]\n" ACCOUNT);

	ck_assert(s->identity.cookies[0].seal);
	ck_assert(s->identity.cookies[0].prefix);
	ck_assert(!s->identity.cookies[1].seal);
	ck_assert(!s->identity.cookies[2].seal);
	settings_unref(&s);
	ck_assert_has(
		complaint(LISTEN ORIGIN REDIRECTS
			  "identity:\n  session_cookies: [{ name: A, seal: maybe }]\n" ACCOUNT),
		"identity.session_cookies[0].seal: ");
	ck_assert_has(complaint(LISTEN ORIGIN REDIRECTS
				"identity:\n  session_cookies: [{ seal: true }]\n" ACCOUNT),
		      "identity.session_cookies[0].name: required, and missing");
}

static void session_parameters_are_plain_names(void)
{
	static const char *const bad[] = { "a b", "a=b", ";a", "a*", "" };
	struct settings *s = accepted(
		LISTEN ORIGIN REDIRECTS
		"identity:\n  session_parameters: [jsessionid, PHPSESSID]\n" COOKIES ACCOUNT);

	ck_assert_uint_eq(s->identity.parameters.n, 2);
	ck_assert_str_eq(s->identity.parameters.at[1], "PHPSESSID");
	settings_unref(&s);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char yaml[1024];

		snprintf(yaml, sizeof(yaml), "%s%sidentity:\n%s%s  session_parameters: [\"%s\"]\n",
			 LISTEN ORIGIN, REDIRECTS, COOKIES, ACCOUNT, bad[i]);
		ck_assert_has(complaint(yaml), "identity.session_parameters[0]: ");
	}
}

static void headers_that_frame_messages_are_refused(void)
{
	ck_assert_has(
		complaint(WITH_SOURCES "  - response_header: set-cookie\n"),
		"identity.account[0].response_header: Set-Cookie means something else in HTTP");
	ck_assert_has(complaint(WITH_SOURCES "  - request_header: Host\n"),
		      "Host means something else");
}

static void the_device_cookie_is_nobody_elses(void)
{
	static const char *const bad[] = { "latch", "latch*", "l*", "__Host-latch", "__Host-*" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char yaml[1024];

		snprintf(yaml, sizeof(yaml), "%s%sidentity:\n%s  session_cookies: [\"%s\"]\n",
			 LISTEN ORIGIN, REDIRECTS, ACCOUNT, bad[i]);
		ck_assert_has(complaint(yaml), "includes latchd's own device cookie");
	}
}

static void names_like_ours_are_not_ours(void)
{
	struct settings *s =
		accepted(LISTEN ORIGIN REDIRECTS
			 "identity:\n  session_cookies: [latchkey, \"latchd*\", Latch]\n" ACCOUNT);

	ck_assert_uint_eq(s->identity.n_cookies, 3);
	settings_unref(&s);
}

SUITE_MAIN("recognition", a_login_form_has_defaults, a_login_form_can_say_everything,
	   passwords_may_have_several_names, a_login_form_needs_path_and_field,
	   no_cookie_at_all_can_be_written, a_status_is_one_of_success,
	   when_is_a_mapping_of_single_values, a_cookie_may_be_a_name_or_a_mapping,
	   a_part_names_a_side_and_a_separator, names_are_tokens, a_cookie_may_be_sealed,
	   session_parameters_are_plain_names, headers_that_frame_messages_are_refused,
	   the_device_cookie_is_nobody_elses, names_like_ours_are_not_ours)
