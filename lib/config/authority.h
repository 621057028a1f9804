/* authority: how hosts, ports and the URLs around them are written (RFC 3986 §3.2), as far as settings may write them. Takes texts
 * apart, as views into them; knows no option and keeps nothing. Pure; any thread. */
#pragma once

#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

/* Not empty, and of these characters alone. */
bool authority_all_of(struct view v, const char *allowed);
/* Fit to stand in a header line: what is not visible ASCII has to be percent-encoded. */
bool authority_is_visible(struct view v);
/* A name, or an address of IPv4. */
bool authority_is_host(struct view host);
/* host, host:port, [v6] or [v6]:port; the host without brackets. `port` becomes 0 when there is none. */
bool authority_split(struct view v, struct view *ret_host, uint64_t *ret_port, bool *ret_has_port);

struct authority_url {
	bool https;
	struct view authority, host;
	uint64_t port; /* the scheme's where none is written */
	bool has_default_port;
	struct view rest; /* path, query, fragment */
};

/* http://host[:port]… or https://; no user and password. */
bool authority_split_url(struct view v, struct authority_url *ret_parts);
/* The same of a whole site: what latchd takes from such a URL leaves no place for a path. */
bool authority_split_site(struct view v, struct authority_url *ret_parts);
