/* interrupt: what is remembered when a request is interrupted or a question about it was answered: the page that was
 * wanted, the redirect event, redirects in a loop, the backend's veto. Any thread. */
#pragma once

#include "decision/decide.h"

struct interrupt {
	const struct settings *settings;
	const char *account;
	const struct session_key
		*session; /* that names the session; NULL: none, then the device does */
	const struct verdict *verdict;
	struct view wanted; /* path and query of a navigation to return to; VIEW_NONE */
	const char *to;     /* event `redirect`: "logout", "suspended" …; NULL: none is told */
	struct view url;    /* where to */
};

/* A session that would be redirected more often than this in this time gets a page instead. */
enum { INTERRUPT_REDIRECTS = 5, INTERRUPT_WITHIN_MS = 10 * 1000 };

/* Notes a redirect. *ret_loop: there were too many. Returns the number to be committed before it is sent. */
uint64_t interrupt_note(struct registry *r, const struct interrupt *i, bool *ret_loop);

/* Keeps the backend's answer to the question that the verdict asks. */
uint64_t interrupt_answer(struct registry *r, const char *account, const struct verdict *verdict,
			  bool veto);

/* The data of the asked event for this verdict (on_challenge or on_current_device_logout); `url` is the challenge page's.
 * NULL when its cause has gone meanwhile. New reference. */
json_t *interrupt_question(struct registry *r, const char *account, const struct verdict *verdict,
			   struct view url);
