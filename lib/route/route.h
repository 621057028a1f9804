/* route: what a request is, before anybody asks who sent it: one of our own pages, an exempt
 * address, a navigation, an API call, an upgrade. Says nothing about what becomes of it. Pure. Any
 * thread. */
#pragma once

#include "base/arena.h"
#include "config/settings.h"
#include "http/head.h"
#include "route/peer.h"

enum route_kind {
	ROUTE_PROXY,       /* the origin's */
	ROUTE_CHALLENGE,   /* /.latch/challenge */
	ROUTE_SUSPENDED,   /* /.latch/suspended */
	ROUTE_ASSET,       /* /.latch/assets/NAME, NAME of [A-Za-z0-9._-]: public, if it exists */
	ROUTE_OWN_UNKNOWN, /* any other address under /.latch/, in any spelling, of ours too: 404 */
};
enum route_client {
	ROUTE_NAVIGATION, /* gets pages and redirects */
	ROUTE_API,        /* gets JSON */
	ROUTE_UPGRADE,    /* WebSocket or event stream: gets a bare 403 */
};

struct route {
	enum route_kind kind;
	enum route_client client;
	/* Never interrupted: new_account_url, logout_url, suspended_url and upgrade_url on this
	 * site, logout paths, exempt.paths, /.well-known/, /.latch/. Matched narrowly: false when in
	 * doubt. */
	bool exempt;
	bool exempt_peer; /* exempt.cidrs */
	/* Recognised, generously, as one of logout_paths. By its query; for its body see
	 * login_is_logout. */
	bool logout;
};

/* False when the arena is full. */
bool route_find(const struct http_head *request, const struct peer *peer,
		const struct settings *settings, struct arena *arena, struct route *ret_route);
