#include "suite.h"

#include "sample.h"

#include "base/base64.h"
#include "base/hmac.h"
#include "page/csp.h"

#include <stdio.h>

static struct settings settings;
static char room[4096];

static void setup(void)
{
	settings = sample_settings();
}

static const char *policy(void)
{
	struct text t;

	text_init(&t, room, sizeof(room) - 1);
	csp_write(&t, &settings);
	ck_assert(!t.overflow);
	room[t.len] = '\0';
	return room;
}

static void nothing_is_allowed_but_what_is_named(void)
{
	ck_assert(view_starts(view_of(policy()), VIEW("default-src 'none'; style-src 'sha256-")));
	ck_assert(view_ends(view_of(policy()), VIEW("; frame-ancestors 'self'; base-uri 'none'")));
	ck_assert_ptr_null(strstr(policy(), "unsafe"));
	ck_assert_ptr_null(strstr(policy(), "script-src"));
}

/* What stands in the page and what the policy says are one. */
static void the_hash_is_that_of_the_pages_style(void)
{
	struct text page;
	struct view style;
	uint8_t digest[DIGEST_BYTES];
	char hash[BASE64_ROOM(DIGEST_BYTES)], color[] = "#ffcc00";
	struct journey_page p = sample_page(JOURNEY_LANDING);

	settings.branding.color = color;
	text_init_growing(&page, 1 << 20);
	page_challenge(&settings, &p, now_ms, &page);
	style = view_from(text_view(&page), view_find_view(text_view(&page), VIEW("<style>")) + 7);
	style = view_head(style, view_find_view(style, VIEW("</style>")));
	hmac_sha256(style, digest);
	base64_encode(digest, sizeof(digest), hash);
	ck_assert_ptr_nonnull(strstr(policy(), hash));
	text_fini(&page);
}

/* Chromium follows the answer to a form only to where forms may go. */
static void forms_may_end_at_the_redirect_urls(void)
{
	char success[] = "HTTP://localhost:8080",
	     with_port[] = "https://shop.example.com:8443/plans?a=1";

	settings.redirects.success_url = success;
	settings.redirects.upgrade_url = with_port;
	ck_assert_ptr_nonnull(strstr(
		policy(), "; form-action 'self' https://www.example.com HTTP://localhost:8080 "
			  "https://shop.example.com:8443; "));
}

static void a_path_of_this_site_is_self_already(void)
{
	char signup[] = "/signup", logout[] = "/doku.php?do=logout";

	settings.redirects =
		(struct settings_redirects){ .new_account_url = signup, .logout_url = logout };
	ck_assert_ptr_nonnull(strstr(policy(), "; form-action 'self'; frame-ancestors"));
}

static void what_the_grammar_cannot_say_is_named_by_its_scheme(void)
{
	char literal[] = "https://[2001:db8::1]:8443/x",
	     crooked[] = "https://a.example;script-src *", empty[] = "http://";

	settings.redirects = (struct settings_redirects){ .new_account_url = literal,
							  .logout_url = crooked,
							  .success_url = empty };
	ck_assert_ptr_nonnull(
		strstr(policy(), "; form-action 'self' https: http:; frame-ancestors"));
}

static void the_logo_is_allowed_from_where_it_is(void)
{
	static char web[] = "https://cdn.example.com/logo.svg", path[] = "/logo.svg",
		    inside[] = "data:image/png;base64,AA";
	static char crooked[] = "javascript:x";
	static const struct {
		char *logo;
		const char *source;
	} logos[] = { { NULL, "'self'" },
		      { web, "'self' https://cdn.example.com" },
		      { path, "'self'" },
		      { inside, "'self' data:" },
		      { crooked, "'self'" } };
	char expected[100];

	for (size_t i = 0; i < sizeof(logos) / sizeof(*logos); i++) {
		settings.branding.logo = logos[i].logo;
		snprintf(expected, sizeof(expected), "; img-src %s; form-action", logos[i].source);
		ck_assert_ptr_nonnull(strstr(policy(), expected));
	}
}

static void every_page_carries_it(void)
{
	struct http_field fields[PAGE_MAX_FIELDS];
	struct arena arena;
	unsigned n, found = 0;

	arena_init(&arena, NULL, 0, 1 << 16);
	n = page_fields(&settings, &arena, fields);
	for (unsigned i = 0; i < n; i++) {
		found += view_is(fields[i].name, VIEW("Content-Security-Policy")) &&
			 view_is(fields[i].value, view_of(policy()));
		found += view_is(fields[i].name, VIEW("Content-Type")) &&
			 view_is(fields[i].value, VIEW("text/html; charset=utf-8"));
		found += view_is(fields[i].name, VIEW("Cache-Control")) &&
			 view_is(fields[i].value, VIEW("no-store"));
		found += view_is(fields[i].name, VIEW("Referrer-Policy")) &&
			 view_is(fields[i].value, VIEW("no-referrer"));
		found += view_is(fields[i].name, VIEW("X-Content-Type-Options")) &&
			 view_is(fields[i].value, VIEW("nosniff"));
	}
	ck_assert_uint_eq(found, 5);
	ck_assert_uint_le(n, PAGE_MAX_FIELDS);
	arena_fini(&arena);
}

static void without_room_it_is_stricter_never_absent(void)
{
	struct http_field fields[PAGE_MAX_FIELDS];
	struct arena arena;
	unsigned n, found = 0;

	arena_init(&arena, NULL, 0, 0);
	n = page_fields(&settings, &arena, fields);
	for (unsigned i = 0; i < n; i++)
		found += view_starts(fields[i].value,
				     VIEW("default-src 'none'; form-action 'self'"));
	ck_assert_uint_eq(found, 1);
	arena_fini(&arena);
}

SUITE_MAIN_WITH("csp", setup, NULL, nothing_is_allowed_but_what_is_named,
		the_hash_is_that_of_the_pages_style, forms_may_end_at_the_redirect_urls,
		a_path_of_this_site_is_self_already,
		what_the_grammar_cannot_say_is_named_by_its_scheme,
		the_logo_is_allowed_from_where_it_is, every_page_carries_it,
		without_room_it_is_stricter_never_absent)
