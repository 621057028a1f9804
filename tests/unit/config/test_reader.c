#include "words.h"

#include <stdlib.h>

static void an_unknown_key_is_an_error(void)
{
	ck_assert_said(complaint(MINIMAL "quux: 1\n"), "f:6:1: quux: unknown key\n");
}

static void a_misspelt_key_is_told_its_neighbour(void)
{
	ck_assert_said(complaint(MINIMAL "limts: {}\n"),
		       "f:6:1: limts: unknown key; did you mean limits?\n");
	ck_assert_said(complaint(MINIMAL "limits: { devcies: 1 }\n"),
		       "f:6:11: limits.devcies: unknown key; did you mean devices?\n");
}

static void a_key_of_another_section_is_told_its_place(void)
{
	ck_assert_said(
		complaint(MINIMAL "success_url: /x\n"),
		"f:6:1: success_url: unknown key; did you mean redirect_urls.success_url?\n");
}

static void options_that_come_later_are_not_accepted_yet(void)
{
	static const char *const later[] = { "mail: {}\n", "signals: {}\n",
					     "limits: { people: 1 }\n" };

	for (size_t i = 0; i < sizeof(later) / sizeof(*later); i++) {
		char yaml[1024];

		snprintf(yaml, sizeof(yaml), "%s%s", MINIMAL, later[i]);
		ck_assert_has(complaint(yaml), "unknown key");
	}
}

static void a_duplicate_key_is_an_error(void)
{
	ck_assert_said(complaint(MINIMAL "log: { level: info, level: warn }\n"),
		       "f:6:21: log.level: duplicate key, first set in line 6\n");
	ck_assert_said(complaint(MINIMAL ORIGIN),
		       "f:6:1: origin: duplicate key, first set in line 2\n");
}

static void keys_that_differ_behind_a_nul_are_not_the_same(void)
{
	ck_assert_said(complaint(MINIMAL "\"warmup\\0x\": 1s\n"),
		       "f:6:1: warmup?x: unknown key; did you mean warmup?\n");
}

static void all_that_is_required_is_asked_for_at_once(void)
{
	const char *said = complaint("");

	ck_assert_said(said, "f:1:1: listen: required, and missing\n"
			     "f:1:1: identity.account: required, and missing\n"
			     "f:1:1: redirect_urls.new_account_url: required, and missing\n"
			     "f:1:1: redirect_urls.logout_url: required, and missing\n"
			     "f:1:1: origin.url: required, and missing\n");
}

static void what_is_missing_is_missed_where_it_belongs(void)
{
	ck_assert_said(complaint(LISTEN IDENTITY REDIRECTS "origin:\n  keepalive: 1\n"),
		       "f:6:3: origin.url: required, and missing\n");
}

static void every_error_is_told_in_the_order_of_the_file(void)
{
	ck_assert_said(
		complaint(MINIMAL "workers: many\nlog: { level: loud }\nstrategy: none\n"),
		"f:6:10: workers: \"many\" is not a number\n"
		"f:7:15: log.level: \"loud\" is not one of error, warn, info, debug\n"
		"f:8:11: strategy: \"none\" is not one of challenge, monitor, deny_new, log_out_idle, "
		"log_out_others\n");
}

static void a_wrong_type_says_what_was_expected(void)
{
	ck_assert_said(complaint(MINIMAL "client_id: [a]\n"),
		       "f:6:12: client_id: expected a text, not a list\n");
	ck_assert_said(complaint(MINIMAL "client_id: {a: b}\n"),
		       "f:6:12: client_id: expected a text, not a mapping\n");
	ck_assert_said(complaint(MINIMAL "http: 3\n"),
		       "f:6:7: http: expected a mapping, not a single value\n");
	ck_assert_said(complaint(MINIMAL "trusted_proxies: 127.0.0.1\n"),
		       "f:6:18: trusted_proxies: expected a list, not a single value\n");
	ck_assert_has(complaint("- a\n"), "f:1:1: expected a mapping, not a list\n");
}

static void a_key_without_a_value_is_an_error(void)
{
	ck_assert_said(complaint(MINIMAL "client_id:\n"), "f:6:1: client_id: has no value\n");
	ck_assert_said(
		complaint(MINIMAL "trusted_proxies: [~]\n"),
		"f:6:19: trusted_proxies[0]: expected a network such as 10.0.0.0/8, 192.0.2.7 or "
		"\"2001:db8::/32\", or the word unix, not nothing\n");
}

static void a_section_of_which_all_is_commented_out_is_empty(void)
{
	struct settings *s = accepted(MINIMAL "http:\n#  drain: 1s\nlog: ~\n");

	ck_assert_int_eq(s->http.drain_ms, 30000);
	settings_unref(&s);
}

static void a_required_list_needs_an_entry(void)
{
	ck_assert_said(complaint(ORIGIN IDENTITY REDIRECTS "listen: []\n"),
		       "f:5:9: listen: needs at least one entry\n");
}

static void lists_are_bounded(void)
{
	ck_assert_has(
		complaint(MINIMAL "events: { url: http://h/, secrets: [a,a,a,a,a,a,a,a,a] }\n"),
		"events.secrets: more than 8 entries");
}

static void an_entry_may_be_a_value_or_a_mapping(void)
{
	struct settings *s = accepted(ORIGIN REDIRECTS
				      "listen:\n  - 127.0.0.1:1\n  - { address: 127.0.0.1:2 }\n"
				      "identity:\n  session_cookies: [A, { name: B* }]\n" ACCOUNT);

	ck_assert_uint_eq(s->n_listeners, 2);
	ck_assert_uint_eq(s->listeners[0].address.port, 1);
	ck_assert_uint_eq(s->listeners[1].address.port, 2);
	ck_assert_str_eq(s->identity.cookies[1].name, "B");
	ck_assert(s->identity.cookies[1].prefix);
	settings_unref(&s);
}

static void an_entry_names_exactly_one_source(void)
{
	ck_assert_said(
		complaint(WITH_SOURCES "  - {}\n"),
		"f:7:5: identity.account[0]: needs one of response_header, login_form, set_cookie, "
		"request_header\n");
	ck_assert_said(
		complaint(WITH_SOURCES "  - response_header: A\n    set_cookie: B\n"),
		"f:8:5: identity.account[0]: has both response_header and set_cookie: make two entries of it\n");
	ck_assert_said(
		complaint(WITH_SOURCES "  - respones_header: A\n"),
		"f:7:5: identity.account[0].respones_header: unknown key; did you mean response_header?\n");
	ck_assert_said(complaint(WITH_SOURCES "  - response_header\n"),
		       "f:7:5: identity.account[0]: expected a mapping, not a single value\n");
}

static void variables_come_from_the_environment(void)
{
	struct settings *s;

	setenv("LATCHD_TEST_PORT", "8081", 1);
	setenv("LATCHD_TEST_NAME", "a: [b, \"c", 1);
	s = accepted(ORIGIN IDENTITY REDIRECTS "listen: [\"127.0.0.1:${LATCHD_TEST_PORT}\"]\n"
					       "client_id: <${LATCHD_TEST_NAME}$>\n");
	ck_assert_uint_eq(s->listeners[0].address.port, 8081);
	ck_assert_str_eq(s->client_id, "<a: [b, \"c$>");
	settings_unref(&s);
}

static void an_undefined_variable_is_an_error(void)
{
	unsetenv("LATCHD_TEST_NONE");
	ck_assert_said(complaint(MINIMAL "client_id: ${LATCHD_TEST_NONE}\n"),
		       "f:6:12: client_id: the environment has no variable LATCHD_TEST_NONE\n");
}

static void a_dollar_can_be_written(void)
{
	struct settings *s = accepted(MINIMAL "client_id: $5 $${HOME} $x\n");

	ck_assert_str_eq(s->client_id, "$5 ${HOME} $x");
	settings_unref(&s);
}

static void a_variable_without_a_name_or_an_end_is_an_error(void)
{
	static const char *const bad[] = { "${}", "${A", "${A B}", "${1A}", "${A${B}}" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char yaml[1024];

		snprintf(yaml, sizeof(yaml), "%sclient_id: \"%s\"\n", MINIMAL, bad[i]);
		ck_assert_has(complaint(yaml),
			      "f:6:12: client_id: \"${\" without a variable's name");
	}
}

static void what_the_environment_says_is_not_repeated(void)
{
	setenv("LATCHD_TEST_SECRET", "hunter2", 1);
	ck_assert_said(
		complaint(MINIMAL "warmup: ${LATCHD_TEST_SECRET}\n"),
		"f:6:9: warmup: the value is not a duration such as 500ms, 5s, 15m, 1h or 7d\n");
}

static void the_environment_is_checked_like_the_file(void)
{
	setenv("LATCHD_TEST_BAD", "a\nb", 1);
	ck_assert_said(complaint(MINIMAL "client_id: ${LATCHD_TEST_BAD}\n"),
		       "f:6:12: client_id: contains a control character\n");
	setenv("LATCHD_TEST_BAD", "a\xff", 1);
	ck_assert_said(complaint(MINIMAL "client_id: ${LATCHD_TEST_BAD}\n"),
		       "f:6:12: client_id: not UTF-8\n");
}

static void control_characters_are_refused(void)
{
	ck_assert_said(complaint(MINIMAL "client_id: \"a\\0b\"\n"),
		       "f:6:12: client_id: contains a control character\n");
}

static void hostile_keys_are_shown_harmless(void)
{
	ck_assert_has(complaint(MINIMAL "\"a\\e[2J\\nf:1:1: b\": 1\n"),
		      "f:6:1: a?[2J?f:1:1: b: unknown key\n");
}

SUITE_MAIN("reader", an_unknown_key_is_an_error, a_misspelt_key_is_told_its_neighbour,
	   a_key_of_another_section_is_told_its_place, options_that_come_later_are_not_accepted_yet,
	   a_duplicate_key_is_an_error, keys_that_differ_behind_a_nul_are_not_the_same,
	   all_that_is_required_is_asked_for_at_once, what_is_missing_is_missed_where_it_belongs,
	   every_error_is_told_in_the_order_of_the_file, a_wrong_type_says_what_was_expected,
	   a_key_without_a_value_is_an_error, a_section_of_which_all_is_commented_out_is_empty,
	   a_required_list_needs_an_entry, lists_are_bounded, an_entry_may_be_a_value_or_a_mapping,
	   an_entry_names_exactly_one_source, variables_come_from_the_environment,
	   an_undefined_variable_is_an_error, a_dollar_can_be_written,
	   a_variable_without_a_name_or_an_end_is_an_error,
	   what_the_environment_says_is_not_repeated, the_environment_is_checked_like_the_file,
	   control_characters_are_refused, hostile_keys_are_shown_harmless)
