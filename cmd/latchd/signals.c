#include "signals.h"

#include "base/mem.h"

#include <event2/event.h>
#include <signal.h>

enum { N_SIGNALS = 4 };
static const int numbers[N_SIGNALS] = { SIGHUP, SIGTERM, SIGINT, SIGUSR1 };

struct signals {
	struct signals_orders orders;
	struct event *events[N_SIGNALS];
};

static void on_signal(evutil_socket_t number, short what, void *arg)
{
	const struct signals *s = arg;

	(void)what;
	if (number == SIGHUP)
		s->orders.reload(s->orders.arg);
	else if (number == SIGUSR1)
		s->orders.reopen_log(s->orders.arg);
	else
		s->orders.terminate(s->orders.arg);
}

struct signals *signals_listen(struct loop *l, const struct signals_orders *orders)
{
	struct signals *s = MEM_NEW(struct signals);

	s->orders = *orders;
	for (unsigned i = 0; i < N_SIGNALS; i++) {
		s->events[i] = evsignal_new(loop_base(l), numbers[i], on_signal, s);
		event_add(s->events[i], NULL);
	}
	return s;
}

void signals_ignore(struct signals **s)
{
	for (unsigned i = 0; *s && i < N_SIGNALS; i++)
		event_free((*s)->events[i]);
	MEM_FREE(*s);
}
