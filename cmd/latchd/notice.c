#include "notice.h"

#include "base/mem.h"

#include <event2/event.h>
#include <systemd/sd-daemon.h>

struct notice {
	struct event *heartbeat;
};

static void on_heartbeat(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	sd_notify(0, "WATCHDOG=1");
}

struct notice *notice_start(struct loop *l)
{
	struct notice *n = MEM_NEW(struct notice);
	uint64_t every_us = 0;

	if (sd_watchdog_enabled(0, &every_us) > 0) {
		struct timeval half = { .tv_sec = (time_t)(every_us / 2 / 1000000),
					.tv_usec = (suseconds_t)(every_us / 2 % 1000000) };

		n->heartbeat = event_new(loop_base(l), -1, EV_PERSIST, on_heartbeat, n);
		event_add(n->heartbeat, &half);
	}
	return n;
}

void notice_ready(struct notice *n, const char *status)
{
	(void)n;
	if (status)
		sd_notifyf(0, "READY=1\nSTATUS=%s", status);
	else
		sd_notify(0, "READY=1");
}

void notice_reloading(struct notice *n)
{
	(void)n;
	sd_notify(0, "RELOADING=1");
}

void notice_stopping(struct notice *n)
{
	(void)n;
	sd_notify(0, "STOPPING=1");
}

void notice_stop(struct notice **n)
{
	if (*n && (*n)->heartbeat)
		event_free((*n)->heartbeat);
	MEM_FREE(*n);
}
