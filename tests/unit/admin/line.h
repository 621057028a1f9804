/* line: a loop that the test turns by hand, and clients that talk to what listens on it. All in one thread, so that after some
 * turns everything that was sent is read: a test splits bytes where it wants to and waits for no time. */
#pragma once

#include "suite.h"

#include "base/clock.h"
#include "base/view.h"
#include "loop/loop.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINE_PATIENCE_MS = 30000 };

static struct {
	struct loop *loop;
	struct loop_letter letter;
	uint16_t port;
} line;

struct client {
	int fd;
	char *got; /* NUL-terminated */
	size_t len;
	bool ended, reset;
};

static inline void line_open(void)
{
	signal(SIGPIPE, SIG_IGN);
	line.loop = loop_create();
	ck_assert_ptr_nonnull(line.loop);
}

static inline void line_close(void)
{
	loop_destroy(&line.loop);
}

static inline void line_on_letter(struct loop_letter *letter)
{
	(void)letter;
	loop_stop(line.loop);
}

/* Whatever is ready is done, once. */
static inline void line_turn(void)
{
	line.letter.on_delivery = line_on_letter;
	loop_post(line.loop, &line.letter);
	loop_run(line.loop);
}

/* Enough for what has been sent to be read, and for an answer to one request to be written. */
static inline void line_turns(void)
{
	for (int i = 0; i < 5; i++)
		line_turn();
}

/* Turns until it is so: when the kernel hands over what was sent is its own affair. */
#define LINE_AWAIT(condition)                                              \
	do {                                                               \
		int64_t give_up_ms = clock_steady_ms() + LINE_PATIENCE_MS; \
		while (!(condition) && clock_steady_ms() < give_up_ms)     \
			line_turn();                                       \
		ck_assert(condition);                                      \
	} while (0)

static inline struct client line_call(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons(line.port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct client c = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
			    .got = calloc(1, 1) };
	int on = 1;

	ck_assert_int_eq(connect(c.fd, (struct sockaddr *)&at, sizeof(at)), 0);
	setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return c;
}

static inline void line_hang_up(struct client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	free(c->got);
	*c = (struct client){ .fd = -1 };
}

/* What has arrived by now. */
static inline void line_listen(struct client *c)
{
	char bytes[65536];
	ssize_t n;

	while ((n = recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0) {
		c->got = realloc(c->got, c->len + (size_t)n + 1);
		memcpy(c->got + c->len, bytes, (size_t)n);
		c->len += (size_t)n;
		c->got[c->len] = '\0';
	}
	c->ended |= n == 0;
	c->reset |= n < 0 && errno != EAGAIN;
}

/* Sends all of it, as far as the other side takes it. */
static inline void line_say_bytes(struct client *c, const void *at, size_t len)
{
	const char *from = at;
	int64_t until_ms = clock_steady_ms() + LINE_PATIENCE_MS;

	while (len && !c->reset && clock_steady_ms() < until_ms) {
		ssize_t n = send(c->fd, from, len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno != EAGAIN)
			return;
		from += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
		line_turn();
	}
}

static inline void line_say(struct client *c, const char *text)
{
	line_say_bytes(c, text, strlen(text));
}

static inline unsigned line_count(const struct client *c, const char *needle)
{
	unsigned n = 0;

	for (const char *at = c->got; (at = strstr(at, needle)); at += strlen(needle))
		n++;
	return n;
}

/* Turns until the client has heard this n times. */
static inline void line_await_times(struct client *c, const char *needle, unsigned n)
{
	int64_t until_ms = clock_steady_ms() + LINE_PATIENCE_MS;

	do {
		line_turn();
		line_listen(c);
	} while (line_count(c, needle) < n && !c->reset && clock_steady_ms() < until_ms);
	ck_assert_msg(line_count(c, needle) == n, "%u times \"%s\" in: %s", line_count(c, needle),
		      needle, c->got);
}

static inline void line_await(struct client *c, const char *needle)
{
	line_await_times(c, needle, 1);
}

/* Turns until the other side has ended the connection in an orderly way. */
static inline void line_await_end(struct client *c)
{
	int64_t until_ms = clock_steady_ms() + LINE_PATIENCE_MS;

	do {
		line_turn();
		line_listen(c);
	} while (!c->ended && !c->reset && clock_steady_ms() < until_ms);
	ck_assert_msg(c->ended, "%s; heard: %s", c->reset ? "reset" : "still open", c->got);
}

/* The status of the first answer; 0: none. */
static inline int line_status(const struct client *c)
{
	return strncmp(c->got, "HTTP/1.1 ", 9) == 0 ? atoi(c->got + 9) : 0;
}

static inline const char *line_body(const struct client *c)
{
	const char *end = strstr(c->got, "\r\n\r\n");

	return end ? end + 4 : "";
}
