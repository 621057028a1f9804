#include "words.h"

#include <stdlib.h>

#define BASE LISTEN ORIGIN REDIRECTS

static void dokuwiki_is_known(void)
{
	struct settings *s = accepted(BASE "identity: { preset: dokuwiki }\n");

	ck_assert_uint_eq(s->identity.n_cookies, 2);
	ck_assert_str_eq(s->identity.cookies[1].name, "DW");
	ck_assert(s->identity.cookies[1].prefix);
	ck_assert(s->identity.cookies[1].seal);
	ck_assert(!s->identity.cookies[0].seal);
	ck_assert_uint_eq(s->identity.n_sources, 1);
	ck_assert_int_eq(s->identity.sources[0].kind, SOURCE_SET_COOKIE);
	ck_assert_str_eq(s->identity.logout_paths[0].text, "/doku.php?do=logout");
	settings_unref(&s);
}

static void wordpress_is_known(void)
{
	struct settings *s = accepted(BASE "identity: { preset: wordpress }\n");

	ck_assert_str_eq(s->identity.sources[0].name, "wordpress_logged_in_");
	ck_assert(s->identity.sources[0].name_is_prefix);
	ck_assert_str_eq(s->identity.sources[0].take_at, "|");
	settings_unref(&s);
}

static void what_is_written_goes_before_a_preset(void)
{
	struct settings *s =
		accepted(BASE "identity:\n  preset: dokuwiki\n  logout_paths: [/out]\n" ACCOUNT);

	ck_assert_uint_eq(s->identity.n_logout_paths, 1);
	ck_assert_str_eq(s->identity.logout_paths[0].text, "/out");
	ck_assert_int_eq(s->identity.sources[0].kind, SOURCE_RESPONSE_HEADER);
	ck_assert_uint_eq(s->identity.n_cookies, 2);
	settings_unref(&s);
}

static void an_unknown_preset_is_an_error(void)
{
	ck_assert_said(complaint(BASE "identity: { preset: phpbb }\n"),
		       "f:4:11: identity.account: required, and missing\n"
		       "f:4:21: identity.preset: \"phpbb\" is not one of dokuwiki, wordpress\n");
	ck_assert_has(complaint(BASE "identity: { preset: [dokuwiki] }\n"),
		      "identity.preset: expected a word, not a list");
}

static void a_preset_may_come_from_the_environment(void)
{
	struct settings *s;

	setenv("LATCHD_TEST_PRESET", "dokuwiki", 1);
	s = accepted(BASE "identity: { preset: \"${LATCHD_TEST_PRESET}\" }\n");
	ck_assert_uint_eq(s->identity.n_cookies, 2);
	settings_unref(&s);
	unsetenv("LATCHD_TEST_PRESET");
	ck_assert_said(
		complaint(BASE "identity: { preset: \"${LATCHD_TEST_PRESET}\" }\n"),
		"f:4:11: identity.account: required, and missing\n"
		"f:4:21: identity.preset: the environment has no variable LATCHD_TEST_PRESET\n");
}

static enum settings_check check_of(const char *more)
{
	char yaml[1024];
	enum settings_check check;
	struct settings *s;

	snprintf(yaml, sizeof(yaml), "%sorigin:\n  url: http://a\n%s", LISTEN IDENTITY REDIRECTS,
		 more);
	s = accepted(yaml);
	check = s->origin.health.check;
	settings_unref(&s);
	return check;
}

static void whoever_says_something_of_health_wants_it_looked_after(void)
{
	ck_assert_int_eq(check_of(""), CHECK_OFF);
	ck_assert_int_eq(check_of("  health:\n"), CHECK_OFF);
	ck_assert_int_eq(check_of("  health: {}\n"), CHECK_CONNECT);
	ck_assert_int_eq(check_of("  health: { interval: 1s, fall: 1 }\n"), CHECK_CONNECT);
	ck_assert_int_eq(check_of("  health: { path: /up }\n"), CHECK_REQUEST);
	ck_assert_int_eq(check_of("  health: { path: /up, check: off }\n"), CHECK_OFF);
}

SUITE_MAIN("preset", whoever_says_something_of_health_wants_it_looked_after, dokuwiki_is_known,
	   a_preset_may_come_from_the_environment, wordpress_is_known,
	   what_is_written_goes_before_a_preset, an_unknown_preset_is_an_error)
