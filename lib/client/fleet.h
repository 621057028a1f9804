/* fleet: the servers of the origin that settings name, made from them before anybody shares them: what all threads know of
 * each, and how to trust it. Servers that were there before keep what is known of them. Speaks to nobody: see pool and
 * prober. Made on one thread, read on any. */
#pragma once

#include "client/server.h"
#include "config/settings.h"
#include "loop/tlscontext.h"

enum { FLEET_MAX_SERVERS = 64 };

struct fleet_server {
	struct server *server;
	struct settings_server settings; /* borrowed from them */
	struct tlscontext *tls;          /* theirs as well; NULL: in plain */
};

struct fleet {
	struct fleet_server *at;
	size_t n;
	/* Somebody has to know who is up: there is another one to ask, or health checks tell. Otherwise the only server is
	 * asked whatever became of it before. */
	bool is_watched;
};

/* Keeps the fleet with the settings, after tlscontext_prepare. `before`: those in force, or NULL. */
void fleet_prepare(struct settings *s, const struct settings *before);
/* Of prepared settings; lives as long as they do. */
const struct fleet *fleet_of(const struct settings *s);
