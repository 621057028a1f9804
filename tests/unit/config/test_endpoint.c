#include "words.h"

static void addresses_are_host_and_port_or_a_socket(void)
{
	struct settings *s = accepted(
		ORIGIN IDENTITY REDIRECTS
		"listen: [\"127.0.0.1:0\", \"[::1]:8080\", \"localhost:65535\", \"unix:/run/l.sock\"]\n");

	ck_assert_str_eq(s->listeners[0].address.host, "127.0.0.1");
	ck_assert_uint_eq(s->listeners[0].address.port, 0);
	ck_assert_str_eq(s->listeners[1].address.host, "::1");
	ck_assert_uint_eq(s->listeners[1].address.port, 8080);
	ck_assert_str_eq(s->listeners[1].address.text, "[::1]:8080");
	ck_assert_uint_eq(s->listeners[2].address.port, 65535);
	ck_assert_str_eq(s->listeners[3].address.unix_path, "/run/l.sock");
	ck_assert_ptr_null(s->listeners[3].address.host);
	ck_assert_ptr_null(s->listeners[0].address.unix_path);
	settings_unref(&s);
}

static void an_address_without_a_port_or_host_is_none(void)
{
	static const char *const bad[] = { "127.0.0.1",
					   "8080",
					   ":8080",
					   "127.0.0.1:",
					   "127.0.0.1:65536",
					   "::1:80",
					   "[::1]",
					   "[::1]80",
					   "[zz]:80",
					   "[::1:80",
					   "a b:80",
					   "unix:relative",
					   "unix:",
					   "unix:/run/",
					   "unix:/",
					   "http://127.0.0.1:80",
					   "127.0.0.1:80/",
					   "127.0.0.1:8080:1",
					   "[]:1",
					   "" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char yaml[1024];

		snprintf(yaml, sizeof(yaml), "%slisten: [\"%s\"]\n", ORIGIN IDENTITY REDIRECTS,
			 bad[i]);
		ck_assert_has(complaint(yaml), "f:5:10: listen[0]: ");
	}
}

static void a_socket_path_fits_the_system(void)
{
	char yaml[1024];
	struct settings *s;

	snprintf(yaml, sizeof(yaml), "%slisten: [unix:/%0106d]\n", ORIGIN IDENTITY REDIRECTS, 0);
	s = accepted(yaml);
	settings_unref(&s);
	snprintf(yaml, sizeof(yaml), "%slisten: [unix:/%0107d]\n", ORIGIN IDENTITY REDIRECTS, 0);
	ck_assert_has(complaint(yaml),
		      "f:5:10: listen[0]: the path of a socket has at most 107 bytes, "
		      "this one has 108\n");
	snprintf(yaml, sizeof(yaml), "%sorigin: { url: \"unix:/%0107d\" }\n",
		 LISTEN IDENTITY REDIRECTS, 0);
	ck_assert_has(complaint(yaml), "origin.url: the path of a socket has at most 107 bytes");
}

static void a_socket_has_a_mode(void)
{
	struct settings *s = accepted(ORIGIN IDENTITY REDIRECTS
				      "listen: [{ address: \"unix:/a\", mode: \"0666\" },"
				      " { address: \"unix:/b\", mode: 600 }, unix:/c]\n");

	ck_assert_uint_eq(s->listeners[0].mode, 0666);
	ck_assert_uint_eq(s->listeners[1].mode, 0600);
	ck_assert_uint_eq(s->listeners[2].mode, 0);
	settings_unref(&s);
}

static void a_mode_is_three_octal_digits(void)
{
	static const char *const bad[] = { "0",  "66",    "0888", "1777", "000",
					   "rw", "00660", "-660", "",     "0o660" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char yaml[1024];

		snprintf(yaml, sizeof(yaml), "%slisten: [{ address: unix:/a, mode: \"%s\" }]\n",
			 ORIGIN IDENTITY REDIRECTS, bad[i]);
		ck_assert_has(complaint(yaml), "f:5:36: listen[0].mode: ");
	}
}

static struct settings *with_origin(const char *url)
{
	char yaml[1024];

	snprintf(yaml, sizeof(yaml), "%sorigin: { url: \"%s\" }\n", LISTEN IDENTITY REDIRECTS, url);
	return accepted(yaml);
}

static void an_origin_is_taken_apart(void)
{
	struct settings *s = with_origin("http://app.internal:9000/");

	ck_assert_str_eq(s->origin.address.host, "app.internal");
	ck_assert_uint_eq(s->origin.address.port, 9000);
	ck_assert_str_eq(s->origin.authority, "app.internal:9000");
	ck_assert_str_eq(s->origin.url, "http://app.internal:9000/");
	ck_assert(!s->origin.https);
	settings_unref(&s);
	s = with_origin("https://app.internal");
	ck_assert(s->origin.https);
	ck_assert_uint_eq(s->origin.address.port, 443);
	ck_assert(s->origin.trust.verify);
	settings_unref(&s);
	s = with_origin("http://[::1]");
	ck_assert_str_eq(s->origin.address.host, "::1");
	ck_assert_uint_eq(s->origin.address.port, 80);
	settings_unref(&s);
	s = with_origin("unix:/run/app.sock");
	ck_assert_str_eq(s->origin.address.unix_path, "/run/app.sock");
	ck_assert_ptr_nonnull(s->origin.authority);
	settings_unref(&s);
}

static void several_servers_are_taken_apart(void)
{
	struct settings *s = accepted(
		LISTEN IDENTITY REDIRECTS
		"origin: { urls: [http://a:1, \"https://[::1]\", unix:/run/x.sock], balance: round_robin }\n");
	struct settings_server second;

	ck_assert_uint_eq(settings_servers(s), 3);
	ck_assert_str_eq(settings_server(s, 0).address.host, "a");
	second = settings_server(s, 1);
	ck_assert(second.https);
	ck_assert_str_eq(second.address.host, "::1");
	ck_assert_uint_eq(second.address.port, 443);
	ck_assert_str_eq(second.authority, "[::1]");
	ck_assert_str_eq(settings_server(s, 2).address.unix_path, "/run/x.sock");
	ck_assert_ptr_null(s->origin.url);
	settings_unref(&s);
	s = with_origin("http://one");
	ck_assert_uint_eq(settings_servers(s), 1);
	ck_assert_str_eq(settings_server(s, 0).address.host, "one");
	settings_unref(&s);
}

static void an_origin_is_a_host_and_nothing_more(void)
{
	static const char *const bad[] = { "https://a/path", "http://a/path", "http://a?q",
					   "http://a#f",     "http://u:p@a",  "http://",
					   "http://a:0",     "http://a:",     "ftp://a",
					   "a:80",           "//a",           "http:/a",
					   "http://a b",     "http://a\\\\b" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char yaml[1024];

		snprintf(yaml, sizeof(yaml), "%sorigin: { url: \"%s\" }\n",
			 LISTEN IDENTITY REDIRECTS, bad[i]);
		ck_assert_has(complaint(yaml),
			      "is not http://host:port, https://host:port or unix:/path");
	}
}

SUITE_MAIN("endpoint", addresses_are_host_and_port_or_a_socket,
	   an_address_without_a_port_or_host_is_none, a_socket_path_fits_the_system,
	   a_socket_has_a_mode, a_mode_is_three_octal_digits, an_origin_is_taken_apart,
	   several_servers_are_taken_apart, an_origin_is_a_host_and_nothing_more)
