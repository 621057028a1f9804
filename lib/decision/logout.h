/* logout: which values of a session a response takes from their account. Pure over the account and the change handle.
 *
 * The application logs out by deleting a cookie. What that says depends on who had made the value in it. Anybody can write a
 * value into a cookie, send it beside a living session, and have the application throw it away (a "remember me" that does not
 * verify, the logout address called with a worthless session id). If that ended the session for us, while the application goes
 * on with it, it would be nobody's from then on: any number of people would use the account and never be counted. So the state
 * says of each bound value whether the application has GIVEN it (and in which cookie), or whether it merely JOINED, because it was
 * sent along with one that was given (session.given). And:
 *
 * - Deleting a given value is a logout: what came along leaves the account with it, the deleted values for good.
 * - Deleting values that merely joined, or that nobody knows, while a given one is not deleted, is none. They are forgotten, as if
 *   they had never been sent: they leave nothing behind that could pile up. The session goes on.
 * - Where no given one is left beside them it is a logout again: there is nobody else whom the application could mean.
 * - An answer concerns only what the application has read: what was forwarded to it, first under its name, in the cookie in which
 *   it had given it (given.h). Or one could move the living value into another cookie over a logout, be handed a worthless one
 *   in its place, and have that deleted. A value that was not read stays what it is, whatever the answer, that nobody is
 *   logged in and a change of account included.
 * - Of a family of names (`NAME*`) it cannot be told which one gave the value: all of them are deleted with one, and none is kept
 *   over a logout by deletion.
 *
 * Nobody is kept logged in by this against the application's word: a given value that it deletes is enough, whatever came
 * with it. What can be had by making up values is places (POLICY_MAX_LIVE of them), and they are the first to be had back.
 * It relies on two things. A cookie that the application gives, and takes away again from somebody who stays logged in, must not be
 * among session_cookies: its deletion is believed. And of values that an application takes over from before the login
 * (`sets_cookie: none`, an account named where nothing was set) all that came with it count as given: nothing tells them apart. */
#pragma once

#include "identity/lesson.h"
#include "registry/change.h"

struct logout {
	const struct settings_identity *identity;
	const struct identity *who;
	const struct lesson *lesson;
	uint8_t not_forwarded; /* bit i: key i was taken out of the request */
	uint8_t replaced;      /* bit i: the response sets the cookie of key i to another value */
};

/* All that the application has read of this account's leaves it: ENDED what it deleted or replaced (it may still take that from
 * somebody who kept it), ANONYMOUS what it kept. */
void logout_whole(struct account *a, struct change *c, const struct logout *l);
/* What the response's deletions say (LESSON_DELETED). False: they were no logout, and what merely joined is forgotten. */
bool logout_by_deletion(struct account *a, struct change *c, const struct logout *l);
