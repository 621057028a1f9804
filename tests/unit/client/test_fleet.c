#include "client/fleet.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

static char said[4096];

/* NULL when somebody is not to be trusted; what is said of it is in `said`. */
static struct settings *read_settings(const char *origin, const struct settings *before)
{
	char yaml[1024];
	struct text messages;
	struct settings *s;

	snprintf(
		yaml, sizeof(yaml),
		"listen: [127.0.0.1:0]\nidentity: { account: [ { response_header: Latch-Account } ], "
		"session_cookies: [A] }\n"
		"redirect_urls: { new_account_url: /new, logout_url: /out }\norigin: { %s }\n",
		origin);
	text_init(&messages, said, sizeof(said) - 1);
	s = settings_parse(view_of(yaml), "f", &messages);
	if (s && tlscontext_prepare(s, NULL, "f", &messages))
		fleet_prepare(s, before);
	else
		settings_unref(&s);
	said[messages.len] = '\0';
	return s;
}

static struct fleet_server *server(const struct settings *s, size_t i)
{
	return &fleet_of(s)->at[i];
}

static void one_server_is_asked_whatever_became_of_it(void)
{
	struct settings *s = read_settings("url: \"http://a\"", NULL);

	ck_assert_uint_eq(fleet_of(s)->n, 1);
	ck_assert(!fleet_of(s)->is_watched);
	ck_assert_str_eq(server(s, 0)->server->url, "http://a");
	settings_unref(&s);
	s = read_settings("url: \"http://a\", health: { path: / }", NULL);
	ck_assert(fleet_of(s)->is_watched);
	settings_unref(&s);
	s = read_settings("url: \"http://a\", health: {}", NULL);
	ck_assert(fleet_of(s)->is_watched);
	settings_unref(&s);
	s = read_settings("url: \"http://a\", health: { check: off, path: / }", NULL);
	ck_assert(!fleet_of(s)->is_watched);
	settings_unref(&s);
	s = read_settings("urls: [http://a, http://b]", NULL);
	ck_assert(fleet_of(s)->is_watched);
	settings_unref(&s);
}

static void a_server_that_stays_is_known(void)
{
	struct settings *before = read_settings("urls: [http://a, http://b, http://c]", NULL);
	struct server *b = server(before, 1)->server;
	struct settings *after;

	server_blame(&b->refuses_since_ms, 1);
	after = read_settings("urls: [http://b, http://d]", before);
	settings_unref(&before);
	ck_assert_ptr_eq(server(after, 0)->server, b);
	ck_assert(!server_is_up(server(after, 0)->server));
	ck_assert(server_is_up(server(after, 1)->server));
	settings_unref(&after);
}

static void each_is_trusted_by_its_own_name(void)
{
	struct settings *s = read_settings("urls: [https://a, http://b, https://c]", NULL);

	ck_assert_ptr_nonnull(server(s, 0)->tls);
	ck_assert_ptr_null(server(s, 1)->tls);
	ck_assert_ptr_nonnull(server(s, 2)->tls);
	ck_assert_ptr_ne(server(s, 0)->tls, server(s, 2)->tls);
	settings_unref(&s);
	s = read_settings("url: https://a", NULL);
	ck_assert_ptr_eq(server(s, 0)->tls, tlscontext_of_server(s, 0));
	settings_unref(&s);
}

static void what_cannot_be_trusted_is_said_once(void)
{
	ck_assert_ptr_null(
		read_settings("urls: [https://a, https://b], tls: { ca: Makefile }", NULL));
	ck_assert_str_eq(said, "f: origin.tls: Makefile: there is no certificate in it\n");
}

SUITE_MAIN("fleet", one_server_is_asked_whatever_became_of_it, a_server_that_stays_is_known,
	   each_is_trusted_by_its_own_name, what_cannot_be_trusted_is_said_once)
