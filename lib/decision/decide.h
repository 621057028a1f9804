/* decide: the verdict on a request: from the worker's cache, else from the registry by way of the policy. One instance per
 * worker, on its thread. */
#pragma once

#include "base/metric.h"
#include "decision/visit.h"
#include "identity/identity.h"
#include "registry/registry.h"

struct decide;

struct decide_options {
	struct registry *registry;
	struct metrics *metrics;
	unsigned metric_shard;
	size_t cache_bytes;
};

struct decide *decide_create(const struct decide_options *options);
void decide_destroy(struct decide **d);

struct decide_question {
	const struct settings *settings;
	const struct identity *who;
	bool exempt_peer;
	bool navigation;
	int64_t now_ms;      /* wall */
	struct arena *arena; /* for the label of a new device */
};

/* *ret_set_cookie: the response sets the verdict's device cookie. */
void decide_request(struct decide *d, const struct decide_question *q, struct verdict *ret_verdict,
		    bool *ret_set_cookie);

/* Whose request it is: the account that a trusted proxy asserts, or that of the first revoked, else of the bound session
 * value (the one bound last, when there are two accounts'); whichever source comes first. */
struct decide_account {
	bool known;
	char account[257];
	int session; /* index into who->keys of the value that names the session; -1: none */
	uint8_t source;
	uint8_t state;           /* enum session_state of that value */
	struct device_id device; /* that it is bound to */
	uint8_t ended;           /* bit i: key i was ended by the origin */
	uint8_t unbound;         /* bit i: key i is bound to nobody */
	uint8_t bound;           /* bit i: key i is bound to this account */
	uint8_t foreign; /* bit i: key i is bound to another account: the origin shall not read that one instead */
	char previous
		[257]; /* whose the session value was before the proxy asserted another account; "" : nobody's */
};
void decide_find_account(struct registry *r, const struct identity *who,
			 struct decide_account *ret_account);
