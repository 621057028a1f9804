#include "loop/wire.h"

#include "base/err.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t failure(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK ? ERR_BUSY : ERR_IO;
}

bool wire_secure(struct wire *w, struct tlscontext *context)
{
	w->tls = tls_open(context, w->fd);
	return w->tls != NULL;
}

void wire_bare(struct wire *w)
{
	tls_close(&w->tls, true);
}

int wire_shake(struct wire *w)
{
	return w->tls ? tls_shake(w->tls) : 0;
}

ssize_t wire_read(struct wire *w, void *at, size_t size)
{
	ssize_t n;

	if (w->tls)
		return tls_read(w->tls, at, size);
	do
		n = recv(w->fd, at, size, 0);
	while (n < 0 && errno == EINTR);
	return n < 0 ? failure() : n;
}

ssize_t wire_write(struct wire *w, const struct iovec *parts, size_t n_parts)
{
	struct msghdr message = { .msg_iovlen = n_parts };
	ssize_t n;

	if (w->tls)
		return tls_write(w->tls, parts, n_parts);
	/* sendmsg does not write through msg_iov. */
	message.msg_iov = (struct iovec *)(uintptr_t)parts;
	do
		n = n_parts == 1 ? send(w->fd, parts->iov_base, parts->iov_len, MSG_NOSIGNAL)
				 : sendmsg(w->fd, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? failure() : n;
}

bool wire_is_quiet(const struct wire *w)
{
	char byte;

	if (w->tls)
		return tls_is_quiet(w->tls);
	return recv(w->fd, &byte, 1, MSG_PEEK) < 0 && failure() == ERR_BUSY;
}

enum wire_fate wire_fate(const struct wire *w)
{
	struct pollfd p = { .fd = w->fd, .events = POLLRDHUP };

	if (poll(&p, 1, 0) <= 0)
		return WIRE_WELL;
	if (p.revents & (POLLERR | POLLNVAL))
		return WIRE_FAILED;
	return p.revents & POLLHUP ? WIRE_CLOSED : WIRE_HALF;
}

void wire_shutdown(struct wire *w)
{
	if (w->tls)
		tls_shutdown(w->tls);
	shutdown(w->fd, SHUT_WR);
}

void wire_close(struct wire *w)
{
	tls_close(&w->tls, false);
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

void wire_reset(struct wire *w)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	tls_close(&w->tls, true);
	wire_close(w);
}
