#include "words.h"

#include <arpa/inet.h>

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

static void what_a_server_is_asked_for_is_a_path(void)
{
	struct settings *s = accepted(
		LISTEN IDENTITY REDIRECTS
		"origin: { url: http://a, health: { path: \"/up?full=1\", status: 204 } }\n");

	ck_assert_str_eq(s->origin.health.path, "/up?full=1");
	ck_assert_uint_eq(s->origin.health.status, 204);
	ck_assert(!s->origin.health.status_is_class);
	ck_assert_uint_eq(s->origin.health.fall, 3);
	settings_unref(&s);
	ck_assert_has(complaint(LISTEN IDENTITY REDIRECTS
				"origin: { url: http://a, health: { path: up } }\n"),
		      "origin.health.path: \"up\" is not a path such as /health\n");
	ck_assert_has(complaint(LISTEN IDENTITY REDIRECTS
				"origin: { url: http://a, health: { path: /up#a } }\n"),
		      "origin.health.path: ");
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

static void unix_sockets_are_trusted_by_a_word(void)
{
	struct settings *s = accepted(MINIMAL "trusted_proxies: [10.0.0.0/8, unix]\n");
	struct sockaddr_storage socket = { .ss_family = AF_UNIX }, nobody = { 0 };
	uint8_t address[16] = { 1 };

	ck_assert(settings_address_of(&socket, address));
	ck_assert(settings_cidr_contains(&s->trusted_proxies, address));
	ck_assert(!settings_address_of(&nobody, address));
	ck_assert_has(printed(s), "trusted_proxies: [\"10.0.0.0/8\", unix]\n");
	settings_unref(&s);
	ck_assert_has(complaint(MINIMAL "trusted_proxies: [\"::\"]\n"), "or the word unix");
	ck_assert_has(complaint(MINIMAL "trusted_proxies: [Unix]\n"), "or the word unix");
	ck_assert_has(complaint(MINIMAL "exempt: { cidrs: [unix] }\n"), "is not a network");
}

static void a_password_in_a_url_is_neither_taken_nor_shown(void)
{
	const char *said = complaint(MINIMAL "events: { url: \"http://user:hunter2@h/\" }\n");

	ck_assert_has(said, "events.url: the value is not a URL");
	ck_assert_lacks(said, "hunter2");
}

static void the_public_url_gives_scheme_and_authority(void)
{
	static const struct {
		const char *url, *authority;
		bool https;
	} urls[] = {
		{ "https://WWW.Example.com", "www.example.com", true },
		{ "https://a.example:443/", "a.example", true },
		{ "http://a.example:443", "a.example:443", false },
		{ "http://a.example:80", "a.example", false },
		{ "HTTP://[::1]:80", "[::1]", false },
	};

	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		char yaml[1024];
		struct settings *s;

		snprintf(yaml, sizeof(yaml), "%spublic_url: \"%s\"\n", MINIMAL, urls[i].url);
		s = accepted(yaml);
		ck_assert_str_eq(s->public_authority, urls[i].authority);
		ck_assert_int_eq(s->public_https, urls[i].https);
		settings_unref(&s);
	}
	ck_assert_has(complaint(MINIMAL "public_url: https://a/b\n"),
		      "is not a URL without a path");
}

static void networks_are_kept_as_ipv6(void)
{
	struct settings *s = accepted(
		MINIMAL
		"trusted_proxies: [10.0.0.0/8, 192.0.2.7, \"2001:db8::/32\", \"::/0\", 0.0.0.0/0]\n");
	const struct settings_cidr *at = s->trusted_proxies.at;

	ck_assert_uint_eq(s->trusted_proxies.n, 5);
	ck_assert_uint_eq(at[0].bits, 104);
	ck_assert_uint_eq(at[0].address[10], 0xff);
	ck_assert_uint_eq(at[0].address[12], 10);
	ck_assert_uint_eq(at[1].bits, 128);
	ck_assert_uint_eq(at[2].bits, 32);
	ck_assert_uint_eq(at[2].address[0], 0x20);
	ck_assert_uint_eq(at[3].bits, 0);
	ck_assert_uint_eq(at[4].bits, 96);
	settings_unref(&s);
}

static void a_network_that_is_none_is_refused(void)
{
	static const char *const bad[] = { "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/",
					   "10.0.0.0/-1", "host",     "/8",     "",
					   "10.0.0.0/8/8" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char yaml[1024];

		snprintf(yaml, sizeof(yaml), "%sexempt: { cidrs: [\"%s\"] }\n", MINIMAL, bad[i]);
		ck_assert_has(complaint(yaml), "is not a network such as");
	}
	ck_assert_said(complaint(MINIMAL "exempt: { cidrs: [10.0.0.1/8] }\n"),
		       "f:6:19: exempt.cidrs[0]: the address has bits beyond its prefix\n");
}

static void redirects_are_urls_or_paths(void)
{
	struct settings *s = accepted(MINIMAL "public_url: https://a.example\n");

	ck_assert_str_eq(s->redirects.new_account_url, "https://a.example/new");
	ck_assert_str_eq(s->redirects.new_account.authority, "a.example");
	ck_assert_str_eq(s->redirects.new_account.path, "/new");
	ck_assert_ptr_null(s->redirects.upgrade_url);
	settings_unref(&s);
	s = accepted(LISTEN ORIGIN IDENTITY
		     "redirect_urls: { new_account_url: \"/i.php?do=new\", logout_url: / }\n");
	ck_assert_ptr_null(s->redirects.new_account.authority);
	ck_assert_uint_eq(s->redirects.new_account.n_params, 1);
	settings_unref(&s);
}

static void a_redirect_to_the_front_page_is_not_one_to_every_page(void)
{
	struct settings *s = accepted(
		LISTEN ORIGIN IDENTITY
		"redirect_urls: { new_account_url: https://a.example/, logout_url: /out/ }\n");

	ck_assert(!s->redirects.new_account.prefix);
	ck_assert(!s->redirects.logout.prefix);
	settings_unref(&s);
}

static void a_redirect_that_could_lead_elsewhere_is_refused(void)
{
	static const char *const bad[] = { "//evil.example/",
					   "/\\\\evil.example",
					   "javascript:alert(1)",
					   "out",
					   "",
					   "https://",
					   "/a b",
					   "/\xc3\xa9",
					   "https://a.example/\\\"x",
					   "https://u:p@a/" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char yaml[1024];

		snprintf(yaml, sizeof(yaml),
			 "%sredirect_urls: { new_account_url: /new, logout_url: \"%s\" }\n",
			 LISTEN ORIGIN IDENTITY, bad[i]);
		ck_assert_has(complaint(yaml), "redirect_urls.logout_url: ");
	}
	ck_assert_has(complaint(LISTEN ORIGIN IDENTITY
				"redirect_urls: { new_account_url: /n, logout_url: \"/out*\" }\n"),
		      "cannot end in *");
}

static void paths_of_this_site_begin_with_a_slash(void)
{
	struct settings *s = accepted(
		MINIMAL "exempt: { paths: [/static/, \"/a/b*\", \"/i.php?do=x\", /one] }\n");

	ck_assert_uint_eq(s->exempt.n_paths, 4);
	ck_assert(s->exempt.paths[0].prefix);
	ck_assert(s->exempt.paths[1].prefix);
	ck_assert_str_eq(s->exempt.paths[2].params[0].name, "do");
	ck_assert(!s->exempt.paths[3].prefix);
	settings_unref(&s);
	ck_assert_has(complaint(MINIMAL "exempt: { paths: [static/] }\n"),
		      "is not a path of this site");
	ck_assert_has(complaint(MINIMAL "exempt: { paths: [\"https://a.example/x\"] }\n"),
		      "is not a path of this site");
}

static void help_is_a_mail_address_or_a_page(void)
{
	struct settings *s = accepted(
		MINIMAL
		"challenge: { branding: { support: \"help+a@a.example\", logo: /logo.svg } }\n");

	ck_assert_str_eq(s->branding.support, "help+a@a.example");
	ck_assert_str_eq(s->branding.logo, "/logo.svg");
	settings_unref(&s);
	ck_assert_has(complaint(MINIMAL "challenge: { branding: { support: \"javascript:x\" } }\n"),
		      "is not an e-mail");
	ck_assert_has(complaint(MINIMAL "challenge: { branding: { support: \"mailto:a@b\" } }\n"),
		      "is not an e-mail");
	ck_assert_has(complaint(MINIMAL "challenge: { branding: { logo: \"data:,x\" } }\n"),
		      "is not a URL");
}

static void networks_contain_addresses(void)
{
	struct settings *s =
		accepted(MINIMAL "trusted_proxies: [10.1.0.0/20, \"2001:db8::/33\", 192.0.2.7]\n");
	static const struct {
		const char *address;
		bool is_in;
	} cases[] = {
		{ "::ffff:10.1.0.0", true },
		{ "::ffff:10.1.15.255", true },
		{ "::ffff:10.1.16.0", false },
		{ "::ffff:192.0.2.7", true },
		{ "::ffff:192.0.2.6", false },
		{ "2001:db8:7fff::1", true },
		{ "2001:db8:8000::1", false },
		{ "::10.1.0.0", false },
		{ "::", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint8_t address[16];

		ck_assert_int_eq(inet_pton(AF_INET6, cases[i].address, address), 1);
		ck_assert_msg(settings_cidr_contains(&s->trusted_proxies, address) ==
				      cases[i].is_in,
			      "%s", cases[i].address);
	}
	settings_unref(&s);
}

static void the_empty_network_contains_everybody_and_no_network_nobody(void)
{
	struct settings *s = accepted(MINIMAL "trusted_proxies: [\"::/0\"]\n");
	uint8_t address[16] = { 0xfe, 0x80 };

	ck_assert(settings_cidr_contains(&s->trusted_proxies, address));
	ck_assert(!settings_cidr_contains(&s->exempt.cidrs, address));
	settings_unref(&s);
}

SUITE_MAIN("endpoint", addresses_are_host_and_port_or_a_socket,
	   an_address_without_a_port_or_host_is_none, a_socket_path_fits_the_system,
	   a_socket_has_a_mode, a_mode_is_three_octal_digits, unix_sockets_are_trusted_by_a_word,
	   an_origin_is_taken_apart, several_servers_are_taken_apart,
	   what_a_server_is_asked_for_is_a_path, an_origin_is_a_host_and_nothing_more,
	   a_password_in_a_url_is_neither_taken_nor_shown,
	   the_public_url_gives_scheme_and_authority, networks_are_kept_as_ipv6,
	   a_network_that_is_none_is_refused, redirects_are_urls_or_paths,
	   a_redirect_to_the_front_page_is_not_one_to_every_page,
	   a_redirect_that_could_lead_elsewhere_is_refused, paths_of_this_site_begin_with_a_slash,
	   help_is_a_mail_address_or_a_page, networks_contain_addresses,
	   the_empty_network_contains_everybody_and_no_network_nobody)
