/* Answers that are cut on the way: the client notices, and loses nothing that was whole before. */
#include "plain.h"
#include "raw.h"
#include "suite.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LARGE_BYTES = 64 * 1024, SMALL_ROOM_BYTES = 4096, MAX_FD = 1024 };

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define LARGE "HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n"

/* One that takes little at a time. */
static int connect_narrow(uint16_t port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), small = SMALL_ROOM_BYTES;

	ck_assert_int_ge(fd, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	ck_assert(raw_may_connect(fd, port));
	return fd;
}

/* Everything up to the end of the stream; the number of bytes. */
static size_t read_to_the_end(int fd, bool *ret_reset)
{
	char bytes[4096];
	size_t len = 0;
	ssize_t n;

	while ((n = recv(fd, bytes, sizeof(bytes), 0)) > 0)
		len += (size_t)n;
	*ret_reset = n < 0;
	return len;
}

/* What a client asks ahead lies unread when the connection is closed, and a close would then take along the answers that are still on
 * their way. */
static void a_cut_answer_does_not_take_the_one_before_along(void)
{
	static char body[LARGE_BYTES];
	uint16_t port;
	int listener = raw_listen(&port), client, origin;
	struct plain *proxy = plain_start(&(struct plain_options){ .origin_port = port });
	bool reset;
	size_t len;

	client = connect_narrow(plain_port(proxy));
	raw_send(client, GET("/1") GET("/2"));
	origin = raw_accept(listener);
	raw_read_head(origin);
	raw_send(origin, LARGE);
	raw_send_bytes(origin, body, sizeof(body));
	raw_read_head(origin);
	for (unsigned i = 0; i < 1000; i++)
		raw_send(client, GET("/and-so-on"));
	raw_send(origin, LARGE "half");
	raw_close(&origin);
	plain_await_metric(proxy, METRIC_ORIGIN_FAIL_TRUNCATED, 1);
	len = read_to_the_end(client, &reset);
	ck_assert(!reset);
	ck_assert_uint_gt(len, LARGE_BYTES + 2 * strlen(LARGE));
	ck_assert_uint_lt(len, LARGE_BYTES + 4 * strlen(LARGE) + 200);
	raw_close(&client);
	plain_stop(&proxy);
	raw_close(&listener);
}

/* The engine's end of the client's connection: it lives in this process. */
static int other_end(int client)
{
	struct sockaddr_in own, peer;
	socklen_t len = sizeof(own);

	ck_assert_int_eq(getsockname(client, (struct sockaddr *)&own, &len), 0);
	for (int fd = 0; fd < MAX_FD; fd++) {
		len = sizeof(peer);
		if (getpeername(fd, (struct sockaddr *)&peer, &len) == 0 &&
		    peer.sin_family == AF_INET && peer.sin_port == own.sin_port)
			return fd;
	}
	ck_abort_msg("nobody is at the other end");
}

/* Sends until nobody takes more. */
static void fill(int fd)
{
	static char bytes[LARGE_BYTES];

	for (unsigned idle = 0; idle < 20;) {
		if (send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL | MSG_DONTWAIT) > 0) {
			idle = 0;
			continue;
		}
		idle++;
		poll(NULL, 0, 10);
	}
}

/* What a thousand clients that dawdle leave in the kernel would be missed by everybody else's connections. */
static void a_client_that_does_not_read_fills_little_of_the_kernel(void)
{
	uint16_t port;
	int listener = raw_listen(&port), client, origin, waiting = 0;
	struct plain *proxy = plain_start(&(struct plain_options){ .origin_port = port });

	client = connect_narrow(plain_port(proxy));
	raw_send(client, GET("/1"));
	origin = raw_accept(listener);
	raw_read_head(origin);
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n");
	fill(origin);
	ck_assert_int_eq(ioctl(other_end(client), SIOCOUTQ, &waiting), 0);
	ck_assert_int_gt(waiting, 0);
	ck_assert_int_lt(waiting, 4 * LARGE_BYTES);
	raw_close(&client);
	raw_close(&origin);
	plain_stop(&proxy);
	raw_close(&listener);
}

SUITE_MAIN("forward, cut", a_cut_answer_does_not_take_the_one_before_along,
	   a_client_that_does_not_read_fills_little_of_the_kernel)
