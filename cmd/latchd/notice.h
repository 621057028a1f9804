/* notice: tells the service manager (sd_notify(3)) that we are ready, reloading, stopping, alive. Harmless without one. */
#pragma once

#include "loop/loop.h"

struct notice;

/* Starts the watchdog's heartbeat where one is asked for. */
struct notice *notice_start(struct loop *l);
/* `status`: one line, or NULL to leave it as it is. */
void notice_ready(struct notice *n, const char *status);
void notice_reloading(struct notice *n);
void notice_stopping(struct notice *n);
/* Accepts NULL. */
void notice_stop(struct notice **n);
