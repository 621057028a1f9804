#include "words.h"

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

SUITE_MAIN("hyperlink", what_a_server_is_asked_for_is_a_path,
	   a_password_in_a_url_is_neither_taken_nor_shown,
	   the_public_url_gives_scheme_and_authority, redirects_are_urls_or_paths,
	   a_redirect_to_the_front_page_is_not_one_to_every_page,
	   a_redirect_that_could_lead_elsewhere_is_refused, paths_of_this_site_begin_with_a_slash,
	   help_is_a_mail_address_or_a_page)
