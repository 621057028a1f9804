#include "client/link.h"

#include "base/err.h"
#include "base/mem.h"

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

static int open_socket(struct link *l, const struct lookup_address *a)
{
	int fd = socket(a->at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		return errno == EAFNOSUPPORT ? ERR_IO : ERR_NOMEM;
	if (a->at.ss_family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	l->wire.fd = fd;
	return 0;
}

/* 0 when it is worth waiting for. */
static int try_address(struct link *l, const struct lookup_address *a)
{
	int err = open_socket(l, a);

	if (err)
		return err;
	if (connect(l->wire.fd, (const struct sockaddr *)&a->at, a->len) < 0 &&
	    errno != EINPROGRESS) {
		/* No port of ours is left: that is not the server's fault. */
		err = errno == EADDRNOTAVAIL ? ERR_NOMEM : ERR_IO;
		wire_close(&l->wire);
		return err;
	}
	event_assign(&l->readable, loop_base(l->loop), l->wire.fd, EV_READ | EV_PERSIST,
		     on_readable, l);
	event_assign(&l->writable, loop_base(l->loop), l->wire.fd, EV_WRITE | EV_PERSIST,
		     on_writable, l);
	start_writing(l);
	return 0;
}

/* Begins with the address that was good last, so that a dead one is not met each time. */
static int try_rest(struct link *l)
{
	struct lookup_addresses *all = l->addresses;
	int err = ERR_IO;

	while (err == ERR_IO && l->n_tried < all->n) {
		l->address = (all->first + l->n_tried++) % all->n;
		err = try_address(l, &all->at[l->address]);
	}
	return err;
}

static int give_up_address(struct link *l)
{
	link_stop_reading(l);
	stop_writing(l);
	wire_close(&l->wire);
	return try_rest(l);
}

int link_try_next(struct link *l)
{
	return l->n_tried < l->addresses->n ? give_up_address(l) : ERR_IO;
}

static void lose_address(struct link *l)
{
	int err = give_up_address(l);

	if (err)
		l->callbacks->on_connected(l->user, err);
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
		lose_address(l);
		return;
	}
	stop_writing(l);
	l->connecting = false;
	if (l->address < l->addresses->n)
		l->addresses->first = l->address;
	link_start_reading(l);
	l->callbacks->on_connected(l->user, 0);
}

/* There is room for it in the buffer of a socket that is new. More follows at once. */
static bool say_preface(const struct link *l)
{
	return !l->preface || send(l->wire.fd, l->preface, l->preface_bytes,
				   MSG_NOSIGNAL | MSG_MORE) == (ssize_t)l->preface_bytes;
}

static void finish_connecting(struct link *l)
{
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(l->wire.fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 || error ||
	    !say_preface(l) || (l->tls && !wire_secure(&l->wire, l->tls)))
		lose_address(l);
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

int link_connect(struct link *l, struct loop *loop, const struct link_target *target)
{
	int err;

	l->loop = loop;
	l->wire.fd = -1;
	l->addresses = target->addresses;
	l->connecting = true;
	err = try_rest(l);
	if (err)
		return err;
	l->tls = target->tls ? tlscontext_ref(target->tls) : NULL;
	if (target->preface.len) {
		l->preface = mem_copy(target->preface.at, target->preface.len);
		l->preface_bytes = target->preface.len;
	}
	return 0;
}

void link_close(struct link *l)
{
	link_stop_reading(l);
	stop_writing(l);
	wire_close(&l->wire);
	tlscontext_unref(&l->tls);
	MEM_FREE(l->preface);
	inflow_clear(&l->in, loop_shelf(l->loop));
}
