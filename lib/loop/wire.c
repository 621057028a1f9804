#include "loop/wire.h"

#include "base/err.h"

#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

static ssize_t failure(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK ? ERR_BUSY : ERR_IO;
}

ssize_t wire_read(struct wire *w, void *at, size_t size)
{
	ssize_t n;

	do
		n = recv(w->fd, at, size, 0);
	while (n < 0 && errno == EINTR);
	return n < 0 ? failure() : n;
}

ssize_t wire_write(struct wire *w, const struct iovec *parts, size_t n_parts)
{
	struct msghdr message = { .msg_iovlen = n_parts };
	ssize_t n;

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

	return recv(w->fd, &byte, 1, MSG_PEEK) < 0 && failure() == ERR_BUSY;
}

void wire_shutdown(struct wire *w)
{
	shutdown(w->fd, SHUT_WR);
}

void wire_close(struct wire *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

void wire_reset(struct wire *w)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	wire_close(w);
}
