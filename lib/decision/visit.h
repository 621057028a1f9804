/* visit: what one request says about an account, and the verdict on it: the two ends of the policy. Plain data. */
#pragma once

#include "config/settings.h"
#include "decision/reason.h"
#include "registry/account.h"

struct visit {
	const struct settings *settings;
	bool warmup;      /* never challenge yet */
	bool exempt_peer; /* from an exempt network */
	const struct session_key
		*session; /* the value that names the session; NULL: a source without sessions */
	unsigned source;  /* that named the account, for binding */
	const struct session_key *
		unbound; /* other values that came with it and are bound to nobody: they belong together */
	unsigned n_unbound;
	bool has_cookie; /* a valid device cookie: */
	struct device_id cookie;
	struct device_id fresh; /* a new id, should one be needed */
	struct device_facts facts;
	struct view label;
};

/* Questions for the backend that the verdict waits for. */
enum visit_ask { VISIT_ASKS_NOTHING, VISIT_ASKS_CHALLENGE, VISIT_ASKS_LOGOUT };

struct verdict {
	enum reason reason;
	uint64_t account_hash; /* 0: unknown */
	bool has_device;
	struct device_id device;
	bool give_cookie; /* the browser does not show this device's cookie: set it on the response */
	bool has_challenge; /* open, or the one that caused the logout: */
	struct challenge_id challenge;
	struct challenge_id revocation; /* of a logout */
	uint8_t cause;                  /* enum revoke_cause, of a logout */
	enum visit_ask asks;
	uint8_t ended; /* bit i: the request's key i is not to be forwarded: the origin ended it, or it found no room */
	uint8_t unjoined; /* bit i: visit.unbound[i] found no room: do not forward it */
	int64_t until_ms; /* wall: holds no longer than this */
	uint64_t number;  /* to be committed before anybody sees it; 0: nothing */
};
