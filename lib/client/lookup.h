/* lookup: what an origin is called becomes addresses to connect to. Literals at once; names are asked for in a thread
 * of their own, because that may take seconds. Keeps nothing and repeats nothing. */
#pragma once

#include "config/settings.h"
#include "loop/loop.h"

enum { LOOKUP_MAX_ADDRESSES = 8 };

struct lookup_address {
	struct sockaddr_storage at;
	socklen_t len;
};
struct lookup_addresses {
	struct lookup_address at[LOOKUP_MAX_ADDRESSES];
	unsigned n;
	unsigned first; /* where a connection was had last; link keeps it */
};

/* Numbers and socket paths: false for a name. Any thread. */
bool lookup_literal(const struct settings_address *where, struct lookup_addresses *ret_addresses);
/* Asks, and blocks meanwhile; n is 0 when nothing was found. Any thread. */
void lookup_now(const struct settings_address *where, struct lookup_addresses *ret_addresses);

struct lookup;
/* Asks without blocking. on_answer comes once, from the loop, unless cancelled; then *r is gone. NULL when there can be
 * no thread. The loop's thread only. */
struct lookup *lookup_start(struct loop *loop, const struct settings_address *where,
			    void (*on_answer)(void *arg, const struct lookup_addresses *found),
			    void *arg);
/* Accepts a pointer to NULL. Does not wait; before the loop is destroyed. */
void lookup_cancel(struct lookup **r);
