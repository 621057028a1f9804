/* signals: what the operator orders by signal, carried out on the main loop. */
#pragma once

#include "loop/loop.h"

struct signals;

struct signals_orders {
	void (*reload)(void *arg);     /* SIGHUP */
	void (*terminate)(void *arg);  /* SIGTERM, SIGINT; again: at once */
	void (*reopen_log)(void *arg); /* SIGUSR1 */
	void *arg;
};

struct signals *signals_listen(struct loop *l, const struct signals_orders *orders);
/* Accepts NULL. */
void signals_ignore(struct signals **s);
