/* prober: asks the origin's servers how they are, one for all workers: a server that takes no connection until it
 * takes one, and every server again and again where health checks are configured: for a connection, or for their path
 * as well. What it finds out is in the servers' flags (see server), where workers look, and in the log when it is
 * news.
 *
 * It lives on the main thread's loop: a worker that is busy does not make a server look slow, a server that is slow
 * costs no worker anything, and a server is asked once and not once for each worker. Nothing in it blocks. That
 * thread only. */
#pragma once

#include "config/settings.h"
#include "loop/loop.h"

struct prober;

/* `settings` with a fleet; a reference is taken. */
struct prober *prober_start(struct loop *loop, struct settings *settings);
void prober_use_settings(struct prober *p, struct settings *settings);
/* Accepts a pointer to NULL. The loop is not running. */
void prober_stop(struct prober **p);
