/* resolve: which of the account's devices a visit comes from, or that it is a new one. IP addresses are never the identity of a
 * device. Pure over the account and the change handle. */
#pragma once

#include "decision/visit.h"
#include "registry/change.h"

struct resolved {
	struct attachment
		*attachment; /* NULL: the account has no room for one more, and none to share */
	bool came_back;      /* it was known before this visit, so it may count */
	bool give_cookie;    /* the browser did not show its cookie */
};

/* Binds an asserted account's session value, makes a PENDING attachment for a device that is new. */
void resolve_device(struct account *a, struct change *c, const struct visit *v,
		    struct resolved *ret_resolved);
/* The attachment that resolve_device would find, without changing anything; NULL when it would make one. */
struct attachment *resolve_find(const struct account *a, const struct visit *v);
/* The attachment that a response's new binding belongs to: the cookie's, else that of a session already bound (a copier's own
 * where it was copied), else the fresh one. Never counts it. NULL: no room. */
struct attachment *resolve_for_binding(struct account *a, struct change *c, const struct visit *v);
