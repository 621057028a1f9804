/* learn: applies what a response teaches: binds sessions on a login, adds rotated values, ends them on a logout, keeps what the
 * origin says of the account, notes trials. Takes no decision about the request. Any thread (a worker's in practice). */
#pragma once

#include "decision/visit.h"
#include "identity/lesson.h"
#include "registry/registry.h"

struct learn_input {
	const struct settings *settings;
	const struct identity *who;
	const struct lesson *lesson;
	bool stranger; /* the request was forwarded without its session cookies: they prove nothing */
	uint8_t not_forwarded; /* bit i: key i was taken out of the request */
	uint8_t replaced;      /* bit i: the response sets the cookie of key i to another value */
	bool may_go_on; /* a veto let a revoked session through: what it is given is not withheld */
	int64_t now_ms; /* wall */
	struct arena *arena;
};

struct learn_result {
	bool set_cookie; /* give the browser this device's cookie: */
	struct device_id device;
	bool withhold_cookies; /* the session was revoked meanwhile: its new cookies must not pass */
	bool shared;           /* a value was taken off the list: say so */
	uint64_t number;       /* to be committed before the response is seen; 0: nothing */
	uint64_t account_hash; /* 0: none concerned */
};

/* Whether there is anything to do at all: a cheap no for nearly every response. */
bool learn_is_due(const struct lesson *lesson);
void learn_response(struct registry *r, const struct learn_input *in,
		    struct learn_result *ret_result);
