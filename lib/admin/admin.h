/* admin: the listener of operators: health, readiness, metrics, the API over accounts and devices; on libevhtp, behind a gate that
 * lets only complete, checked requests through to its parser. Bearer token for everything but /healthz and /readyz; as long
 * as none is configured everything else is refused with 401.
 * Runs on the main thread's loop, and all its calls are that thread's; SIGPIPE is ignored. */
#pragma once

#include "base/metric.h"
#include "config/settings.h"
#include "loop/loop.h"
#include "registry/registry.h"

struct admin;

struct admin_options {
	struct loop *loop;
	struct settings *settings; /* takes a reference; its epoch's limits are shown */
	struct metrics *metrics;
	struct registry *registry;
	/* Whether requests are served; a sentence why not, or NULL when ready. */
	const char *(*not_ready)(void *arg);
	void *arg;
};

/* ERR_IO (see errno) when the address cannot be bound. *ret_port: what it listens on (0 for a unix socket). */
int admin_start(const struct admin_options *options, struct admin **ret_admin, uint16_t *ret_port);
/* Cuts every connection, and waits for the commits that answers were waiting for, a second at most: so the loop is not
 * running, and the registry is still open. Accepts NULL. */
void admin_stop(struct admin **a);
/* From now on the token and the limits of these; the address stays. */
void admin_use_settings(struct admin *a, struct settings *settings);
