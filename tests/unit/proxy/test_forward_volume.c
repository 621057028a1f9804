/* Bodies that no memory holds: they pass at the pace of whoever takes them, and leave the proxy small. */
#define SUITE_TIMEOUT_S 120
#include "plain.h"
#include "raw.h"
#include "suite.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECE = 64 * 1024 };

static struct plain *proxy;
static int listener;

static uint64_t volume(void)
{
	return suite_is_light() || suite_is_sanitized() ? 64u << 20 : 1u << 30;
}

static void start(void)
{
	uint16_t port;

	listener = raw_listen(&port);
	proxy = plain_start(&(struct plain_options){ .origin_port = port });
}

static void stop(void)
{
	plain_stop(&proxy);
	raw_close(&listener);
}

/* Byte i of every transfer. */
static void fill(unsigned char *at, uint64_t from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		at[i] = (unsigned char)((from + i) * 2654435761u >> 13);
}

struct transfer {
	int fd;
	uint64_t bytes;
	bool chunked;
	bool intact;
	unsigned pause_us; /* between pieces, for the first of them */
};

static bool send_all(int fd, const void *at, size_t n)
{
	const char *rest = at;

	while (n) {
		ssize_t sent = send(fd, rest, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		rest += sent;
		n -= (size_t)sent;
	}
	return true;
}

static void *sender(void *arg)
{
	struct transfer *t = arg;
	unsigned char *piece = malloc(PIECE);
	char line[32];

	t->intact = true;
	for (uint64_t at = 0; t->intact && at < t->bytes; at += PIECE) {
		fill(piece, at, PIECE);
		if (t->chunked)
			t->intact = send_all(t->fd, line,
					     (size_t)sprintf(line, "%x\r\n", (unsigned)PIECE));
		t->intact = t->intact && send_all(t->fd, piece, PIECE) &&
			    (!t->chunked || send_all(t->fd, "\r\n", 2));
	}
	if (t->chunked)
		t->intact = t->intact && send_all(t->fd, "0\r\n\r\n", 5);
	free(piece);
	return NULL;
}

static void *receiver(void *arg)
{
	struct transfer *t = arg;
	unsigned char *piece = malloc(PIECE), *expected = malloc(PIECE);
	uint64_t at = 0;

	t->intact = true;
	while (t->intact && at < t->bytes) {
		ssize_t n = recv(t->fd, piece, PIECE, 0);

		if (n <= 0)
			break;
		fill(expected, at, (size_t)n);
		t->intact = memcmp(piece, expected, (size_t)n) == 0;
		at += (uint64_t)n;
		if (t->pause_us && at < 4 << 20)
			usleep(t->pause_us);
	}
	t->intact = t->intact && at == t->bytes;
	free(piece);
	free(expected);
	return NULL;
}

static long peak_kib(void)
{
	char line[128];
	long kib = 0;
	FILE *f = fopen("/proc/self/status", "r");

	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "VmHWM: %ld", &kib) == 1)
			break;
	fclose(f);
	return kib;
}

static void expect_small(long before_kib)
{
	if (suite_is_sanitized())
		return;
	ck_assert_int_lt(peak_kib(), 20 * 1024);
	ck_assert_int_lt(peak_kib() - before_kib, 4 * 1024);
}

static void run_both(struct transfer *from, struct transfer *to)
{
	pthread_t sends, receives;
	long before_kib = peak_kib();

	pthread_create(&sends, NULL, sender, from);
	pthread_create(&receives, NULL, receiver, to);
	pthread_join(sends, NULL);
	pthread_join(receives, NULL);
	ck_assert(from->intact);
	ck_assert(to->intact);
	expect_small(before_kib);
}

static void a_download_of_a_gibibyte_passes(void)
{
	struct transfer from = { .bytes = volume() }, to = from;
	char head[128];

	start();
	to.fd = raw_connect(plain_port(proxy));
	raw_send(to.fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	from.fd = raw_accept(listener);
	raw_read_head(from.fd);
	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %llu\r\n\r\n",
		 (unsigned long long)from.bytes);
	raw_send(from.fd, head);
	raw_read_head(to.fd);
	run_both(&from, &to);
	raw_close(&from.fd);
	raw_close(&to.fd);
	stop();
}

static void an_upload_of_a_gibibyte_passes(void)
{
	struct transfer from = { .bytes = volume() }, to = from;
	char head[128];

	start();
	from.fd = raw_connect(plain_port(proxy));
	snprintf(head, sizeof(head), "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %llu\r\n\r\n",
		 (unsigned long long)from.bytes);
	raw_send(from.fd, head);
	to.fd = raw_accept(listener);
	raw_read_head(to.fd);
	run_both(&from, &to);
	raw_send(to.fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	raw_read_until(from.fd, "ok");
	raw_close(&from.fd);
	raw_close(&to.fd);
	stop();
}

/* The client speaks HTTP/1.0, so what it gets has no framing, and any byte of chunking that leaked would show. */
static void a_chunked_download_to_a_slow_old_client_passes(void)
{
	struct transfer from = { .bytes = 64 << 20, .chunked = true };
	struct transfer to = { .bytes = from.bytes, .pause_us = 2000 };

	start();
	to.fd = raw_connect(plain_port(proxy));
	raw_send(to.fd, "GET / HTTP/1.0\r\n\r\n");
	from.fd = raw_accept(listener);
	raw_read_head(from.fd);
	raw_send(from.fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	raw_read_head(to.fd);
	run_both(&from, &to);
	raw_expect_end(to.fd);
	raw_close(&from.fd);
	raw_close(&to.fd);
	stop();
}

/* Sends until nothing more is taken; returns how much was. */
static size_t stuff(int fd)
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
	return sent;
}

static void nothing_more_is_read_than_the_other_side_takes(void)
{
	int client, origin;

	start();
	client = raw_connect(plain_port(proxy));
	raw_send(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	origin = raw_accept(listener);
	raw_read_head(origin);
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
	stuff(origin);
	raw_close(&client);
	raw_close(&origin);
	client = raw_connect(plain_port(proxy));
	raw_send(client, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
	origin = raw_accept(listener);
	stuff(client);
	raw_close(&client);
	raw_close(&origin);
	stop();
}

SUITE_MAIN("forward, by volume", a_download_of_a_gibibyte_passes, an_upload_of_a_gibibyte_passes,
	   a_chunked_download_to_a_slow_old_client_passes,
	   nothing_more_is_read_than_the_other_side_takes)
