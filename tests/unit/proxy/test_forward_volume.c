/* Bodies that no memory holds: they pass at the pace of whoever takes them, and leave the proxy small. */
#include "plain.h"
#include "raw.h"
#include "suite.h"
#include "volume.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECE = 64 * 1024, BYTES = 128 << 20 };

static struct plain *proxy;
static int listener, client, origin;
static long before_kib;

static void start(void)
{
	uint16_t port;

	listener = raw_listen(&port);
	proxy = plain_start(&(struct plain_options){ .origin_port = port });
	client = raw_connect(plain_port(proxy));
	before_kib = volume_peak_kib(0);
}

static void stop(void)
{
	if (!suite_is_sanitized())
		ck_assert_int_lt(volume_peak_kib(0) - before_kib, 4 * 1024);
	raw_close(&client);
	raw_close(&origin);
	plain_stop(&proxy);
	raw_close(&listener);
}

static void ask(const char *request)
{
	raw_send(client, request);
	origin = raw_accept(listener);
	raw_read_head(origin);
}

static void a_download_passes(void)
{
	struct volume v = { .bytes = BYTES };
	char head[128];

	start();
	ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", BYTES);
	raw_send(origin, head);
	raw_read_head(client);
	ck_assert(volume_pass(&v, origin, client));
	stop();
}

static void an_upload_passes(void)
{
	struct volume v = { .bytes = BYTES };
	char head[128];

	start();
	snprintf(head, sizeof(head), "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n",
		 BYTES);
	ask(head);
	ck_assert(volume_pass(&v, client, origin));
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	raw_read_until(client, "ok");
	stop();
}

/* The client speaks HTTP/1.0, so what it gets has no framing, and any byte of chunking that leaked would show. */
static void a_chunked_download_to_a_slow_old_client_passes(void)
{
	struct volume v = { .bytes = 64 << 20, .chunked = true, .pause_us = 2000 };

	start();
	ask("GET / HTTP/1.0\r\n\r\n");
	raw_send(origin, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	raw_read_head(client);
	ck_assert(volume_pass(&v, origin, client));
	raw_expect_end(client);
	stop();
}

/* Sends until nothing more is taken, which is what the sockets' buffers hold and hardly more. */
static void stuff(int fd)
{
	static char piece[PIECE];
	size_t sent = 0;
	int flags = fcntl(fd, F_GETFL);

	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	for (unsigned quiet = 0; quiet < 50;) {
		ssize_t n = send(fd, piece, sizeof(piece), MSG_NOSIGNAL);

		if (n > 0) {
			sent += (size_t)n;
			quiet = 0;
		} else {
			usleep(2000);
			quiet++;
		}
		ck_assert_uint_lt(sent, 64u << 20);
	}
	fcntl(fd, F_SETFL, flags);
}

static void a_download_that_nobody_takes_stops(void)
{
	start();
	ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
	stuff(origin);
	stop();
}

static void an_upload_that_nobody_takes_stops(void)
{
	start();
	ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
	stuff(client);
	stop();
}

SUITE_MAIN("forward, by volume", a_download_passes, an_upload_passes,
	   a_chunked_download_to_a_slow_old_client_passes, a_download_that_nobody_takes_stops,
	   an_upload_that_nobody_takes_stops)
