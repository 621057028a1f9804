#include "page/page.h"

#include "base/json.h"
#include "page/csp.h"
#include "page/shell.h"
#include "page/steps.h"

#include <assert.h>

enum { MAX_POLICY_BYTES = 4096 };

static struct view policy(const struct settings *settings, struct arena *arena)
{
	char *room = arena_alloc(arena, MAX_POLICY_BYTES);
	struct text t;

	text_init(&t, room, room ? MAX_POLICY_BYTES : 0);
	csp_write(&t, settings);
	return t.overflow
		       ? VIEW("default-src 'none'; form-action 'self'; frame-ancestors 'self'; base-uri 'none'")
		       : text_view(&t);
}

unsigned page_fields(const struct settings *settings, struct arena *arena,
		     struct http_field ret_fields[PAGE_MAX_FIELDS])
{
	const struct http_field fields[] = {
		{ .name = VIEW("Content-Type"), .value = VIEW("text/html; charset=utf-8") },
		{ .name = VIEW("Cache-Control"), .value = VIEW("no-store") },
		{ .name = VIEW("Content-Security-Policy"), .value = policy(settings, arena) },
		{ .name = VIEW("Referrer-Policy"), .value = VIEW("no-referrer") },
		{ .name = VIEW("X-Content-Type-Options"), .value = VIEW("nosniff") },
	};

	static_assert(sizeof(fields) / sizeof(*fields) <= PAGE_MAX_FIELDS, "room for every field");
	memcpy(ret_fields, fields, sizeof(fields));
	return sizeof(fields) / sizeof(*fields);
}

void page_challenge(const struct settings *settings, const struct journey_page *model,
		    int64_t now_ms, struct text *t)
{
	steps_write(t, settings, model, now_ms);
}

/* What a notice leads to, besides the caller's link. */
enum {
	LINK_NEW_ACCOUNT = 1 << 0,
	LINK_UPGRADE = 1 << 1,
	LINK_LOGOUT = 1 << 2,
	LINK_HOME = 1 << 3,
};

static const struct {
	int status;
	enum texts_id heading, text;
	unsigned links;
	enum texts_id link; /* what the caller's link is called */
} notices[] = {
	[PAGE_SUSPENDED] = { 403, TEXTS_SUSPENDED_HEADING, TEXTS_SUSPENDED_TEXT, LINK_LOGOUT,
			     TEXTS_CONTINUE },
	[PAGE_DENIED] = { 403, TEXTS_DENIED_HEADING, TEXTS_DENIED_TEXT,
			  LINK_NEW_ACCOUNT | LINK_LOGOUT, TEXTS_AGAIN },
	[PAGE_DENIED_TRIAL] = { 403, TEXTS_TRIAL_HEADING, TEXTS_DENIED_TRIAL_TEXT,
				LINK_UPGRADE | LINK_LOGOUT, TEXTS_AGAIN },
	[PAGE_LOOP] = { 403, TEXTS_LOOP_HEADING, TEXTS_LOOP_TEXT, 0, TEXTS_CONTINUE },
	[PAGE_LINK_DEAD] = { 404, TEXTS_DEAD_HEADING, TEXTS_DEAD_TEXT, LINK_HOME, TEXTS_CONTINUE },
	[PAGE_FORGED] = { 403, TEXTS_FORGED_HEADING, TEXTS_FORGED_TEXT, LINK_HOME, TEXTS_AGAIN },
	[PAGE_NOT_FOUND] = { 404, TEXTS_MISSING_HEADING, TEXTS_MISSING_TEXT, LINK_HOME,
			     TEXTS_CONTINUE },
	[PAGE_BAD_GATEWAY] = { 502, TEXTS_DOWN_HEADING, TEXTS_DOWN_TEXT, 0, TEXTS_AGAIN },
	[PAGE_GATEWAY_TIMEOUT] = { 504, TEXTS_SLOW_HEADING, TEXTS_SLOW_TEXT, 0, TEXTS_AGAIN },
	[PAGE_BAD_REQUEST] = { 400, TEXTS_BAD_HEADING, TEXTS_BAD_TEXT, LINK_HOME, TEXTS_AGAIN },
	[PAGE_TOO_LARGE] = { 413, TEXTS_LARGE_HEADING, TEXTS_LARGE_TEXT, LINK_HOME, TEXTS_AGAIN },
};

static void write_links(struct text *t, const struct settings_redirects *to, unsigned links)
{
	if (links & LINK_NEW_ACCOUNT)
		shell_link(t, "first", TEXTS_NEW_ACCOUNT, view_of(to->new_account_url));
	if (links & LINK_UPGRADE)
		shell_link(t, "first", TEXTS_UPGRADE, view_of(to->upgrade_url));
	if (links & LINK_HOME)
		shell_link(t, "", TEXTS_BACK, VIEW("/"));
	/* The one thing that can be done has to look like it. */
	if (links & LINK_LOGOUT)
		shell_link(t, links == LINK_LOGOUT ? "" : "plain", TEXTS_LOG_OUT,
			   view_of(to->logout_url));
}

void page_notice(const struct settings *settings, enum page_notice notice, struct view link,
		 struct text *t)
{
	assert((unsigned)notice < PAGE_NOTICES);
	shell_open(t, settings, notices[notice].heading, 0);
	shell_paragraph(t, "text", notices[notice].text, 0, VIEW_NONE);
	text_puts(t, "<div class=\"ways\">");
	shell_link(t, "first", notices[notice].link, link);
	write_links(t, &settings->redirects,
		    link.len ? notices[notice].links & ~(unsigned)LINK_HOME
			     : notices[notice].links);
	text_puts(t, "</div>\n");
	shell_close(t, settings);
}

int page_notice_status(enum page_notice notice)
{
	assert((unsigned)notice < PAGE_NOTICES);
	return notices[notice].status;
}

void page_json(struct view code, const char *message, struct view challenge, struct view url,
	       struct text *t)
{
	json_t *body = json_object(), *error = json_object();

	json_object_set_new(error, "code", json_text(code));
	json_object_set_new(error, "message", json_text(view_of(message)));
	if (challenge.len)
		json_object_set_new(error, "challenge", json_text(challenge));
	if (url.len)
		json_object_set_new(error, "url", json_text(url));
	json_object_set_new(body, "error", error);
	json_write(t, body);
	json_decref(body);
}
