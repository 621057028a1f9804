#include "words.h"

#include <stdlib.h>
#include <unistd.h>

/* What is printed reads as the same settings again. */
static void assert_round_trip(const char *yaml)
{
	static char first[MESSAGES_BYTES];
	struct settings *s = accepted(yaml), *again;

	snprintf(first, sizeof(first), "%s", printed(s));
	again = accepted(first);
	ck_assert_str_eq(printed(again), first);
	settings_unref(&s);
	settings_unref(&again);
}

static void what_is_printed_can_be_read_again(void)
{
	assert_round_trip(MINIMAL);
	assert_round_trip(
		ORIGIN REDIRECTS
		"listen: [127.0.0.1:1, \"[::1]:2\", unix:/x, { address: unix:/y, mode: 600 },\n"
		"  { address: 127.0.0.1:2, proxy_protocol: true, proxy_protocol_from: [10.0.0.0/8, unix] }]\n"
		"client_id: \"a \\\"b\\\" \\\\ $${HOME} # é: ${HOME}\"\n"
		"public_url: https://a.example\n"
		"trusted_proxies: [10.0.0.0/8, \"2001:db8::/32\", \"::ffff:0.0.0.0/96\", \"::/0\"]\n"
		"http: { max_body: 1500, drain: 90s, max_connections: 7 }\n"
		"identity:\n"
		"  session_cookies: [A, \"B*\", { name: C*, seal: true }]\n"
		"  session_parameters: [jsessionid, A]\n"
		"  account:\n"
		"  - login_form: { path: \"/l?a=b\", field: \"user name\", when: { \"a: b\": \"\", c: d },\n"
		"                  success: { status: 2xx, location: \"/x?y\", sets_cookie: \"B*\" }, fold: none }\n"
		"  - login_form: { path: /m, field: f, password: p, success: { status: 204, sets_cookie: none } }\n"
		"  - set_cookie: { name: w*, decode: [percent, base64], take: \"before |\" }\n"
		"  - set_cookie: plain\n"
		"  - response_header: Latch-Account\n"
		"  - request_header: X-User\n"
		"  logout_paths: [/out, \"/doku.php?do=logout\"]\n"
		"exempt: { paths: [/s/], accounts: [\"null\", \"a, b\"], groups: [\"\\u00e9\"] }\n"
		"challenge: { verification: always, branding: { color: \"#010203\" } }\n"
		"admin: { listen: 127.0.0.1:9901 }\n");
	assert_round_trip(LISTEN IDENTITY REDIRECTS "origin: { url: http://a, health: {} }\n");
	assert_round_trip(LISTEN IDENTITY REDIRECTS
			  "origin: { url: http://a, health: { path: /, status: 204 } }\n");
}

static void short_forms_are_printed_short(void)
{
	struct settings *s = accepted(
		WITH_SOURCES "  - set_cookie: wikiUserName\n  - response_header: Latch-Account\n");
	const char *text = printed(s);

	ck_assert_has(text, "listen:\n  - 127.0.0.1:8080\n");
	ck_assert_has(text, "  session_cookies:\n    - SID\n");
	ck_assert_has(text,
		      "    - set_cookie: wikiUserName\n    - response_header: Latch-Account\n");
	settings_unref(&s);
}

static void defaults_are_printed_and_what_is_not_set_is_left_out(void)
{
	struct settings *s = accepted(MINIMAL);
	const char *text = printed(s);

	ck_assert_has(text, "  head_timeout: 10s\n");
	ck_assert_has(text, "  max_head: 64KiB\n");
	ck_assert_has(text, "  max_connections: auto\n");
	ck_assert_has(text, "trusted_proxies: []\n");
	ck_assert_lacks(text, "success_url");
	ck_assert_lacks(text, "public_url");
	ck_assert_lacks(text, "admin:");
	ck_assert_lacks(text, "secret");
	settings_unref(&s);
}

static const char *compared(const char *before, const char *after)
{
	static char buffer[256];
	struct settings *a = accepted(before), *b = accepted(after);
	struct text t;

	text_init(&t, buffer, sizeof(buffer) - 1);
	settings_compare(a, b, &t);
	buffer[t.len] = '\0';
	settings_unref(&a);
	settings_unref(&b);
	return buffer;
}

static void what_needs_a_restart_is_told(void)
{
	ck_assert_str_eq(compared(MINIMAL, MINIMAL), "");
	ck_assert_str_eq(compared(MINIMAL, MINIMAL "strategy: monitor\nlimits: { devices: 9 }\n"),
			 "");
	ck_assert_str_eq(compared(MINIMAL "state: { path: /a }\n",
				  MINIMAL "admin: { listen: 127.0.0.1:1 }\n"),
			 "state.path, admin.listen");
	ck_assert_str_eq(compared(MINIMAL, ORIGIN IDENTITY REDIRECTS
				  "listen: [127.0.0.1:8080, 127.0.0.1:8081]\n"),
			 "listen");
}

/* They are read once, at the start; nobody was told. */
static void a_reload_that_left_keys_and_connections_as_they_were_said_nothing(void)
{
	char file[] = "/tmp/latchd-key-XXXXXX", yaml[1024];

	int fd = mkstemp(file);

	ck_assert_int_eq(write(fd, "sixteen bytes at", 16), 16);
	close(fd);
	snprintf(yaml, sizeof(yaml), "%shttp: { max_connections: 7 }\ndevices: { key_file: %s }\n",
		 MINIMAL, file);
	ck_assert_str_eq(compared(MINIMAL, yaml), "http.max_connections, devices.key_file");
	unlink(file);
}

SUITE_MAIN("listing", what_needs_a_restart_is_told,
	   a_reload_that_left_keys_and_connections_as_they_were_said_nothing,
	   what_is_printed_can_be_read_again, short_forms_are_printed_short,
	   defaults_are_printed_and_what_is_not_set_is_left_out)
