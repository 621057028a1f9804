#include "wirework.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { KEPT_PORTS = 64 };

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr = { htonl(INADDR_LOOPBACK) } };
}

static int bound(uint16_t *port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	struct sockaddr_in address = loopback(*port);
	socklen_t len = sizeof(address);

	ck_assert_int_ge(fd, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	ck_assert_msg(bind(fd, (struct sockaddr *)&address, len) == 0, "bind: %s", strerror(errno));
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &len), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

/* A socket that is bound and does not listen keeps its port from everybody but those who ask for that very port with SO_REUSEADDR. */
uint16_t wirework_port(void)
{
	static int kept[KEPT_PORTS];
	static unsigned turn;
	uint16_t port = 0;
	int *place = &kept[turn++ % KEPT_PORTS];

	if (*place)
		close(*place);
	*place = bound(&port);
	return port;
}

int wirework_listen(uint16_t *port)
{
	int fd;

	if (!*port)
		*port = wirework_port();
	fd = bound(port);
	ck_assert_int_eq(listen(fd, 512), 0);
	return fd;
}

int wirework_connect(uint16_t port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	struct sockaddr_in address = loopback(port);

	ck_assert_int_ge(fd, 0);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	ck_assert_msg(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0,
		      "connect to %u: %s", port, strerror(errno));
	return fd;
}

int wirework_try_connect(uint16_t port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in address = loopback(port);

	ck_assert_int_ge(fd, 0);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

void wirework_send(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return; /* the other side closed: the answer will show why */
		at += n;
		len -= (size_t)n;
	}
}

static void make_room(struct wirework_buffer *b, size_t room)
{
	if (b->size - b->len > room)
		return;
	b->size = b->size * 2 + room + 1;
	b->at = realloc(b->at, b->size);
	ck_assert_ptr_nonnull(b->at);
}

bool wirework_receive(int fd, struct wirework_buffer *buffer)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	make_room(buffer, 65536);
	ck_assert_msg(poll(&p, 1, WIREWORK_PATIENCE_MS) == 1, "nothing came; so far: %.300s",
		      buffer->len ? buffer->at : "");
	do {
		n = recv(fd, buffer->at + buffer->len, buffer->size - buffer->len - 1, 0);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return false;
	buffer->len += (size_t)n;
	buffer->at[buffer->len] = '\0';
	return true;
}

enum wirework_news wirework_take(int fd, struct wirework_buffer *buffer)
{
	ssize_t n;

	make_room(buffer, 16384);
	do {
		n = recv(fd, buffer->at + buffer->len, buffer->size - buffer->len - 1,
			 MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? WIREWORK_NOTHING : WIREWORK_RESET;
	buffer->len += (size_t)n;
	buffer->at[buffer->len] = '\0';
	return n ? WIREWORK_BYTES : WIREWORK_END;
}

void wirework_drop(struct wirework_buffer *b, size_t len)
{
	if (!b->at)
		return;
	memmove(b->at, b->at + len, b->len - len + 1);
	b->len -= len;
}

void wirework_free(struct wirework_buffer *b)
{
	free(b->at);
	*b = (struct wirework_buffer){ 0 };
}

const char *message_field(const struct message *m, const char *name, unsigned n)
{
	static _Thread_local char value[4][8192];
	static _Thread_local unsigned turn;
	size_t len = strlen(name);

	for (const char *line = strstr(m->head, "\r\n"); line; line = strstr(line + 2, "\r\n")) {
		const char *at = line + 2;

		if (strncasecmp(at, name, len) != 0 || at[len] != ':' || n-- > 0)
			continue;
		at += len + 1;
		at += strspn(at, " \t");
		turn = (turn + 1) % 4;
		snprintf(value[turn], sizeof(value[turn]), "%.*s", (int)strcspn(at, "\r\n"), at);
		return value[turn];
	}
	return NULL;
}

static size_t wait_for(int fd, struct wirework_buffer *b, size_t from, const char *needle)
{
	for (;;) {
		char *hit = b->len > from
				    ? memmem(b->at + from, b->len - from, needle, strlen(needle))
				    : NULL;

		if (hit)
			return (size_t)(hit - b->at) + strlen(needle);
		if (!wirework_receive(fd, b))
			return 0;
	}
}

static bool wait_for_bytes(int fd, struct wirework_buffer *b, size_t len)
{
	while (b->len < len)
		if (!wirework_receive(fd, b))
			return false;
	return true;
}

static void append_body(struct message *m, const char *at, size_t len)
{
	m->body = realloc(m->body, m->body_len + len + 1);
	memcpy(m->body + m->body_len, at, len);
	m->body_len += len;
	m->body[m->body_len] = '\0';
}

static bool read_chunks(int fd, struct wirework_buffer *b, struct message *m)
{
	for (;;) {
		size_t end = wait_for(fd, b, 0, "\r\n"), size;

		if (!end)
			return false;
		size = strtoul(b->at, NULL, 16);
		wirework_drop(b, end);
		if (!wait_for_bytes(fd, b, size + 2))
			return false;
		append_body(m, b->at, size);
		wirework_drop(b, size + 2);
		if (!size)
			return true;
	}
}

static void read_body(int fd, struct wirework_buffer *b, bool is_request, bool no_body,
		      struct message *m)
{
	const char *length = message_field(m, "Content-Length", 0),
		   *coding = message_field(m, "Transfer-Encoding", 0);

	append_body(m, "", 0);
	m->complete = true;
	if (!is_request &&
	    (no_body || m->status == 204 || m->status == 304 || m->status / 100 == 1))
		return;
	if (coding) {
		m->complete = read_chunks(fd, b, m);
	} else if (length) {
		size_t len = strtoul(length, NULL, 10);

		m->complete = wait_for_bytes(fd, b, len);
		len = len < b->len ? len : b->len;
		append_body(m, b->at, len);
		wirework_drop(b, len);
	} else if (!is_request) {
		while (wirework_receive(fd, b))
			;
		append_body(m, b->at, b->len);
		wirework_drop(b, b->len);
	}
}

bool message_read(int fd, struct wirework_buffer *buffer, bool is_request, bool no_body,
		  struct message *ret_message)
{
	struct message m = { 0 };
	size_t end;

	end = wait_for(fd, buffer, 0, "\r\n\r\n");
	if (!end)
		return false;
	m.head = strndup(buffer->at, end);
	wirework_drop(buffer, end);
	if (!is_request)
		m.status = atoi(m.head + strcspn(m.head, " "));
	read_body(fd, buffer, is_request, no_body, &m);
	*ret_message = m;
	return true;
}

void message_free(struct message *m)
{
	free(m->head);
	free(m->body);
	*m = (struct message){ 0 };
}
