/* page: the pages that latchd shows by itself: HTML without JavaScript, branded, readable on a phone and by screen readers; and
 * the small JSON bodies of refusals. Pure: model in, bytes out. Any thread. */
#pragma once

#include "challenge/journey.h"

/* The field values that go with every page: Content-Type, Cache-Control: no-store, Content-Security-Policy (with the hash of the
 * inline style sheet, form-action for this site and the redirect URLs, frame-ancestors 'self'), Referrer-Policy,
 * X-Content-Type-Options. Writes at most PAGE_MAX_FIELDS, returns how many; values live in the arena or are literals. With a
 * full arena the policy is a stricter one, under which the page has no style. */
enum { PAGE_MAX_FIELDS = 8 };
unsigned page_fields(const struct settings *settings, struct arena *arena,
		     struct http_field ret_fields[PAGE_MAX_FIELDS]);

void page_challenge(const struct settings *settings, const struct journey_page *model,
		    int64_t now_ms, struct text *t);
/* Sentences and links for each are in one table. */
enum page_notice {
	PAGE_SUSPENDED, /* 403: the account is suspended */
	PAGE_DENIED, /* 403: too many devices (deny_new); offers new_account_url and logout_url */
	PAGE_DENIED_TRIAL,    /* 403; offers upgrade_url and logout_url */
	PAGE_LOOP,            /* 403: redirected too often; `link` is where to */
	PAGE_LINK_DEAD,       /* 404: this challenge link is not (or no longer) valid here */
	PAGE_FORGED,          /* 403: csrf */
	PAGE_NOT_FOUND,       /* 404 under /.latch/ */
	PAGE_BAD_GATEWAY,     /* 502 */
	PAGE_GATEWAY_TIMEOUT, /* 504 */
	PAGE_BAD_REQUEST,     /* 400: two readers could disagree about the form */
	PAGE_TOO_LARGE,       /* 413 */
	PAGE_NOTICES
};
/* `link` may be empty: then the notice has its own, or none. One that is neither http(s) nor a path of this site is left out. */
void page_notice(const struct settings *settings, enum page_notice notice, struct view link,
		 struct text *t);
int page_notice_status(enum page_notice notice);

/* {"error":{"code":…,"message":…}} with "challenge" and "url" where they are not empty. */
void page_json(struct view code, const char *message, struct view challenge, struct view url,
	       struct text *t);
