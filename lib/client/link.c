#include "client/link.h"

#include "base/err.h"

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

void link_stop_reading(struct link *l)
{
	if (!l->reading)
		return;
	l->reading = false;
	event_del(&l->readable);
}

static void start_writing(struct link *l)
{
	if (l->writing)
		return;
	l->writing = true;
	event_add(&l->writable, NULL);
}

static void stop_writing(struct link *l)
{
	if (!l->writing)
		return;
	l->writing = false;
	event_del(&l->writable);
}

/* TLS may have to write before it can read on. */
void link_start_reading(struct link *l)
{
	if (wire_awaits_room(&l->wire)) {
		link_stop_reading(l);
		start_writing(l);
		return;
	}
	if (l->reading)
		return;
	l->reading = true;
	event_add(&l->readable, NULL);
}

int link_flush(struct link *l)
{
	int err = outflow_flush(&l->out, &l->wire);

	if (err == ERR_BUSY)
		start_writing(l);
	else if (!wire_awaits_room(&l->wire))
		stop_writing(l);
	return err;
}

static void shake(struct link *l);

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct link *l = arg;

	(void)fd;
	(void)what;
	if (l->connecting)
		shake(l);
	else
		l->callbacks->on_readable(l->user);
}

static void on_writable(evutil_socket_t fd, short what, void *arg);

/* False when the address is of no use. */
static bool try_address(struct link *l, const struct lookup_address *a)
{
	int fd = socket(a->at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		return false;
	if (a->at.ss_family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	l->wire.fd = fd;
	if (connect(fd, (const struct sockaddr *)&a->at, a->len) < 0 && errno != EINPROGRESS) {
		wire_close(&l->wire);
		return false;
	}
	event_assign(&l->readable, loop_base(l->loop), fd, EV_READ | EV_PERSIST, on_readable, l);
	event_assign(&l->writable, loop_base(l->loop), fd, EV_WRITE | EV_PERSIST, on_writable, l);
	start_writing(l);
	return true;
}

static bool try_next(struct link *l)
{
	while (l->next_address < l->addresses->n)
		if (try_address(l, &l->addresses->at[l->next_address++]))
			return true;
	return false;
}

static void give_up_address(struct link *l)
{
	link_stop_reading(l);
	stop_writing(l);
	wire_close(&l->wire);
	if (!try_next(l))
		l->callbacks->on_connected(l->user, ERR_IO);
}

static void shake(struct link *l)
{
	int err = wire_shake(&l->wire);

	if (err == ERR_BUSY) {
		if (!wire_awaits_room(&l->wire))
			stop_writing(l);
		link_start_reading(l);
		return;
	}
	if (err) {
		l->why = tls_why(l->wire.tls);
		give_up_address(l);
		return;
	}
	stop_writing(l);
	l->connecting = false;
	link_start_reading(l);
	l->callbacks->on_connected(l->user, 0);
}

static void finish_connecting(struct link *l)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(l->wire.fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 || error ||
	    (l->tls && !wire_secure(&l->wire, l->tls)))
		give_up_address(l);
	else
		shake(l);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct link *l = arg;

	(void)fd;
	(void)what;
	if (wire_is_opening(&l->wire)) {
		shake(l);
	} else if (l->connecting) {
		finish_connecting(l);
	} else {
		if (wire_awaits_room(&l->wire)) {
			wire_resume(&l->wire);
			link_start_reading(l);
		}
		l->callbacks->on_writable(l->user);
	}
}

bool link_connect(struct link *l, struct loop *loop, const struct lookup_addresses *addresses,
		  struct tlscontext *tls)
{
	l->loop = loop;
	l->tls = tls ? tlscontext_ref(tls) : NULL;
	l->wire.fd = -1;
	l->addresses = addresses;
	l->connecting = true;
	if (try_next(l))
		return true;
	tlscontext_unref(&l->tls);
	return false;
}

void link_close(struct link *l)
{
	link_stop_reading(l);
	stop_writing(l);
	wire_close(&l->wire);
	tlscontext_unref(&l->tls);
	inflow_clear(&l->in, loop_shelf(l->loop));
}
