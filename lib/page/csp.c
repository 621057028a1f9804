#include "page/csp.h"

#include "base/base64.h"
#include "base/hmac.h"
#include "page/style.h"

enum { MAX_STYLE_BYTES = 16 * 1024, MAX_ORIGINS = 4 };

static void write_style_hash(struct text *t, const struct settings *settings)
{
	char room[MAX_STYLE_BYTES], hash[BASE64_ROOM(DIGEST_BYTES)];
	uint8_t digest[DIGEST_BYTES];
	struct text style;

	text_init(&style, room, sizeof(room));
	style_write(&style, &settings->branding);
	if (style.overflow) {
		text_puts(t, " 'none'");
		return;
	}
	hmac_sha256(text_view(&style), digest);
	base64_encode(digest, sizeof(digest), hash);
	text_printf(t, " 'sha256-%s'", hash);
}

static bool is_host_byte(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '.' || c == '-' || c == ':';
}

/* "https://www.example.com:8443" of a full URL. A host that the policy's grammar has no word for (an IPv6 literal, say) is
 * replaced by its scheme. VIEW_NONE for anything else. */
static struct view origin_of(const char *url)
{
	struct view v = view_of(url), authority;
	size_t scheme = view_starts_nocase(v, VIEW("https://"))  ? 6
			: view_starts_nocase(v, VIEW("http://")) ? 5
								 : 0;
	size_t len = 0;

	if (!scheme)
		return VIEW_NONE;
	authority = view_from(v, scheme + 2);
	while (len < authority.len && is_host_byte(authority.at[len]))
		len++;
	if (len == 0 || (len < authority.len && !strchr("/?#", authority.at[len])))
		return view_head(v, scheme);
	return view_head(v, scheme + 2 + len);
}

/* Chromium holds the redirect that answers a form against form-action too. */
static void write_form_action(struct text *t, const struct settings_redirects *to)
{
	const char *const urls[MAX_ORIGINS] = { to->new_account_url, to->logout_url,
						to->success_url, to->upgrade_url };
	struct view origins[MAX_ORIGINS];

	text_puts(t, " 'self'");
	for (unsigned i = 0; i < MAX_ORIGINS; i++) {
		bool known = false;

		origins[i] = origin_of(urls[i]);
		for (unsigned k = 0; k < i; k++)
			known = known || view_is(origins[k], origins[i]);
		if (known || !origins[i].at)
			continue;
		text_putc(t, ' ');
		text_put(t, origins[i]);
	}
}

/* This site's own, or the browser complains that it may not show its icon. */
static void write_image_source(struct text *t, const char *logo)
{
	struct view origin = origin_of(logo);

	text_puts(t, " 'self'");
	if (view_starts(view_of(logo), VIEW("data:image/")))
		text_puts(t, " data:");
	if (!origin.at)
		return;
	text_putc(t, ' ');
	text_put(t, origin);
}

void csp_write(struct text *t, const struct settings *settings)
{
	text_puts(t, "default-src 'none'; style-src");
	write_style_hash(t, settings);
	text_puts(t, "; img-src");
	write_image_source(t, settings->branding.logo);
	text_puts(t, "; form-action");
	write_form_action(t, &settings->redirects);
	text_puts(t, "; frame-ancestors 'self'; base-uri 'none'");
}
