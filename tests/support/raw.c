#include "raw.h"

#include "wirework.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ROOM = 1024 * 1024 };

static char *room(void)
{
	static char *at;

	if (!at)
		at = malloc(ROOM + 1);
	ck_assert_ptr_nonnull(at);
	return at;
}

static void limit_waits(int fd)
{
	struct timeval wait = { .tv_sec = RAW_WAIT_S };
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

int raw_listen(uint16_t *ret_port)
{
	int fd;

	*ret_port = 0;
	fd = wirework_listen(ret_port);
	limit_waits(fd);
	return fd;
}

int raw_accept(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	ck_assert_msg(fd >= 0, "nobody connected: %s", strerror(errno));
	limit_waits(fd);
	return fd;
}

bool raw_may_connect(int fd, uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				  .sin_port = htons(port) };

	return connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0;
}

int raw_connect(uint16_t port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	limit_waits(fd);
	ck_assert_msg(raw_may_connect(fd, port), "nobody listens");
	return fd;
}

int raw_connect_from(uint32_t address, uint16_t port)
{
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(address) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	limit_waits(fd);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&from, sizeof(from)), 0);
	ck_assert_msg(raw_may_connect(fd, port), "nobody listens");
	return fd;
}

int raw_connect_path(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), error;

	ck_assert_int_ge(fd, 0);
	ck_assert_uint_lt(strlen(path), sizeof(at.sun_path));
	strcpy(at.sun_path, path);
	limit_waits(fd);
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

void raw_send_bytes(int fd, const void *at, size_t len)
{
	const char *rest = at;

	while (len) {
		ssize_t n = send(fd, rest, len, MSG_NOSIGNAL);

		ck_assert_msg(n > 0, "send: %s", strerror(errno));
		rest += n;
		len -= (size_t)n;
	}
}

void raw_send(int fd, const char *text)
{
	raw_send_bytes(fd, text, strlen(text));
}

/* False at the end of the stream. */
static bool read_byte(int fd, char *at, const char *so_far)
{
	ssize_t n = recv(fd, at, 1, 0);

	ck_assert_msg(n >= 0, "recv: %s after \"%s\"", strerror(errno), so_far);
	return n == 1;
}

const char *raw_read_until(int fd, const char *end)
{
	size_t len = 0, end_len = strlen(end);
	char *at = room();

	at[0] = '\0';
	while (len < end_len || memcmp(at + len - end_len, end, end_len) != 0) {
		ck_assert_uint_lt(len, ROOM);
		ck_assert_msg(read_byte(fd, at + len, at), "the end came after \"%s\"", at);
		at[++len] = '\0';
	}
	return at;
}

const char *raw_read_head(int fd)
{
	return raw_read_until(fd, "\r\n\r\n");
}

const char *raw_read_bytes(int fd, size_t n)
{
	char *at = room();

	ck_assert_uint_le(n, ROOM);
	at[0] = '\0';
	for (size_t len = 0; len < n;) {
		ssize_t got = recv(fd, at + len, n - len, 0);

		ck_assert_msg(got > 0, "only %zu of %zu bytes came", len, n);
		len += (size_t)got;
	}
	at[n] = '\0';
	return at;
}

const char *raw_read_all(int fd, bool *ret_reset)
{
	size_t len = 0;
	char *at = room();
	ssize_t n;

	while ((n = recv(fd, at + len, ROOM - len, 0)) > 0)
		len += (size_t)n;
	at[len] = '\0';
	ck_assert_msg(n == 0 || errno == ECONNRESET, "recv: %s after \"%s\"", strerror(errno), at);
	if (ret_reset)
		*ret_reset = n < 0;
	return at;
}

bool raw_is_silent(int fd, int for_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, for_ms) == 0;
}

void raw_expect_end(int fd)
{
	char byte;
	ssize_t n = recv(fd, &byte, 1, 0);

	ck_assert_msg(n == 0 || (n < 0 && errno == ECONNRESET), "still open");
}

void raw_close(int *fd)
{
	close(*fd);
	*fd = -1;
}

void raw_reset(int *fd)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(*fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	raw_close(fd);
}

bool raw_head_into(int fd, char *at, size_t size)
{
	size_t len = 0;

	while (len + 1 < size) {
		if (recv(fd, at + len, 1, 0) != 1)
			return false;
		at[++len] = '\0';
		if (len >= 4 && memcmp(at + len - 4, "\r\n\r\n", 4) == 0)
			return true;
	}
	return false;
}
