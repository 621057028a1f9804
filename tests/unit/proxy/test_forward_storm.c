/* Many clients and an origin that do everything at random, rude things included, from fixed seeds: no case is looked at by
 * itself, but whatever arrives must be whole and right, and the proxy must outlive it and let go of everything. */
#include "plain.h"
#include "raw.h"
#include "suite.h"

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS = 6, ROUNDS = 400, MAX_BODY = 200000 };

static struct plain *proxy;
static int listener;
static atomic_uint whole, answered_502, served;
static atomic_bool over;

struct dice {
	uint64_t state;
};

static unsigned roll(struct dice *d, unsigned sides)
{
	d->state = d->state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(d->state >> 33) % sides;
}

static unsigned body_size(struct dice *d)
{
	switch (roll(d, 4)) {
	case 0:
		return 0;
	case 1:
		return roll(d, 10);
	case 2:
		return roll(d, 20000);
	default:
		return roll(d, MAX_BODY);
	}
}

/* Byte i of every body of n bytes. */
static char pattern(unsigned n, unsigned i)
{
	return (char)('a' + (n * 7 + i * 13 + i / 256) % 26);
}

/* Writing in pieces; false when the other side is gone. */

static bool put(int fd, struct dice *d, const char *at, size_t len)
{
	while (len) {
		size_t piece = roll(d, 3) ? len : 1 + roll(d, (unsigned)(len < 4000 ? len : 4000));
		ssize_t n = send(fd, at, piece, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

/* A body in its framing; `stop` < n: breaks off there. False when it did, or when nobody takes it. */
static bool put_body(int fd, struct dice *d, unsigned n, bool chunked, unsigned stop)
{
	char piece[4096], line[32];
	unsigned at = 0;

	while (at < stop) {
		unsigned len = 1 + roll(d, sizeof(piece));

		if (len > stop - at)
			len = stop - at;
		for (unsigned i = 0; i < len; i++)
			piece[i] = pattern(n, at + i);
		if (chunked &&
		    !put(fd, d, line,
			 (size_t)sprintf(line, "%x%s\r\n", len, roll(d, 4) ? "" : ";a=b")))
			return false;
		if (!put(fd, d, piece, len) || (chunked && !put(fd, d, "\r\n", 2)))
			return false;
		at += len;
	}
	if (stop < n)
		return false;
	return !chunked || put(fd, d, "0\r\n\r\n", 5);
}

/* Reading */

struct message {
	char first[256];
	long length; /* -1: not given */
	bool chunked, closes, continues;
};

static bool read_head(FILE *f, struct message *m)
{
	char line[1024];

	*m = (struct message){ .length = -1 };
	if (!fgets(m->first, sizeof(m->first), f))
		return false;
	while (fgets(line, sizeof(line), f)) {
		if (strcmp(line, "\r\n") == 0)
			return true;
		if (strncasecmp(line, "Content-Length:", 15) == 0)
			m->length = strtol(line + 15, NULL, 10);
		m->chunked |= strncasecmp(line, "Transfer-Encoding: chunked", 26) == 0;
		m->closes |= strncasecmp(line, "Connection: close", 17) == 0;
		m->continues |= strncasecmp(line, "Expect:", 7) == 0;
	}
	return false;
}

/* The body's size when it came whole and is what it should be, else -1. */
static long read_body(FILE *f, const struct message *m)
{
	char *body = malloc(MAX_BODY + 1);
	size_t len = 0, size = (size_t)m->length;
	char line[64];
	bool good = true;

	if (!m->chunked) {
		len = m->length < 0 ? fread(body, 1, MAX_BODY, f) : fread(body, 1, size, f);
		good = m->length < 0 || len == size;
	} else {
		do {
			good = fgets(line, sizeof(line), f);
			size = good ? strtoul(line, NULL, 16) : 0;
			good = good && len + size <= MAX_BODY &&
			       fread(body + len, 1, size, f) == size &&
			       fgets(line, sizeof(line), f);
			len += size;
		} while (good && size);
	}
	for (unsigned i = 0; good && i < len; i++)
		good = body[i] == pattern((unsigned)len, i);
	free(body);
	return good ? (long)len : -1;
}

/* The origin: answers as the path says: /<kind>/<size> */

static bool answer(int fd, struct dice *d, char kind, unsigned n)
{
	char head[128];

	if (kind == 'g')
		return put(fd, d, "<h1>what?</h1>\r\n\r\n", 18), false;
	if (kind == 'n')
		return false;
	if (roll(d, 6) == 0)
		put(fd, d, "HTTP/1.1 103 Hints\r\nA: b\r\n\r\n", 28);
	if (kind == 'l' || kind == 't')
		sprintf(head, "HTTP/1.1 200 OK\r\nContent-Length: %u\r\n\r\n",
			kind == 't' ? n + 1 : n);
	else if (kind == 'c' || kind == 'b')
		sprintf(head, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	else
		sprintf(head, "HTTP/1.1 200 OK\r\n\r\n");
	if (!put(fd, d, head, strlen(head)))
		return false;
	if (kind == 't' || kind == 'b')
		return put_body(fd, d, n + 1, kind == 'b', n / 2);
	return put_body(fd, d, n, kind == 'c', n) && kind != 'e';
}

static void *serve_connection(void *arg)
{
	int fd = (int)(intptr_t)arg;
	struct dice d = { (uint64_t)fd * 77 };
	FILE *f = fdopen(dup(fd), "r");
	struct message m;
	unsigned n;
	char kind;
	bool on = true;

	while (on && read_head(f, &m) && sscanf(m.first, "%*s /%c/%u", &kind, &n) == 2) {
		if (m.continues && roll(&d, 2))
			put(fd, &d, "HTTP/1.1 100 Continue\r\n\r\n", 25);
		if ((m.length > 0 || m.chunked) && roll(&d, 8) == 0)
			on = false; /* answers early */
		else if ((m.length > 0 || m.chunked) && read_body(f, &m) < 0)
			break;
		atomic_fetch_add(&served, 1);
		on = answer(fd, &d, kind, n) && on && roll(&d, 10);
	}
	fclose(f);
	close(fd);
	return NULL;
}

static void *accept_connections(void *arg)
{
	struct pollfd p = { .fd = listener, .events = POLLIN };

	(void)arg;
	while (!atomic_load(&over)) {
		pthread_t thread;
		int fd = poll(&p, 1, 20) > 0 ? accept(listener, NULL, NULL) : -1;

		if (fd < 0)
			continue;
		pthread_create(&thread, NULL, serve_connection, (void *)(intptr_t)fd);
		pthread_detach(thread);
	}
	return NULL;
}

/* The clients */

struct client {
	struct dice d;
	int fd;
	FILE *f;
	const char *wrong; /* what was */
};

static void connect_client(struct client *c)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				  .sin_port = htons(plain_port(proxy)) };
	struct timeval wait = { .tv_sec = 20 };

	c->fd = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	if (connect(c->fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		c->wrong = "no connection";
	c->f = fdopen(dup(c->fd), "r");
}

static void leave(struct client *c)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	if (roll(&c->d, 2))
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	fclose(c->f);
	close(c->fd);
}

static char pick_kind(struct dice *d)
{
	return "lllcccelctbgn"[roll(d, 13)];
}

static bool is_good_kind(char kind)
{
	return strchr("lce", kind) != NULL;
}

/* A request; false when the connection is of no further use. */
static bool ask(struct client *c, char kind, unsigned n, bool old)
{
	unsigned with = roll(&c->d, 3), size = body_size(&c->d);
	char head[256];
	const char *framing = "";
	char length[64];

	if (with == 1)
		framing = (sprintf(length, "Content-Length: %u\r\n", size), length);
	if (with == 2 && !old)
		framing = "Transfer-Encoding: chunked\r\n";
	sprintf(head, "%s /%c/%u HTTP/1.%d\r\nHost: a\r\n%s%s\r\n", with ? "POST" : "GET", kind, n,
		!old, framing,
		with && size && !old && roll(&c->d, 5) == 0 ? "Expect: 100-continue\r\n" : "");
	if (!put(c->fd, &c->d, head, strlen(head)))
		return false;
	if (!*framing)
		return true;
	return put_body(c->fd, &c->d, size, with == 2, roll(&c->d, 12) ? size : size / 2);
}

/* False when the connection is of no further use. */
static bool hear(struct client *c, char kind, unsigned n, bool old)
{
	struct message m;
	long got;

	do
		if (!read_head(c->f, &m))
			return false;
	while (strncmp(m.first, "HTTP/1.1 1", 10) == 0);
	if (strncmp(m.first, "HTTP/1.1 502", 12) == 0) {
		atomic_fetch_add(&answered_502, 1);
		got = 0;
		for (long i = 0; i < m.length; i++)
			got += fgetc(c->f) == EOF;
		return !got && !m.closes;
	}
	if (old && m.chunked)
		c->wrong = "chunks for an old client";
	got = read_body(c->f, &m);
	if (got >= 0 && (m.length >= 0 || m.chunked) && (got != (long)n || !is_good_kind(kind)))
		c->wrong = "a body that is whole and should not be";
	if (got >= 0 && is_good_kind(kind))
		atomic_fetch_add(&whole, 1);
	return got >= 0 && !m.closes && !old;
}

static void one_connection(struct client *c)
{
	unsigned depth = 1 + roll(&c->d, 4), sent = 0;
	char kinds[4];
	unsigned sizes[4];
	bool old = roll(&c->d, 5) == 0, on = true;

	connect_client(c);
	while (on && sent < depth && !c->wrong) {
		kinds[sent] = pick_kind(&c->d);
		sizes[sent] = body_size(&c->d);
		on = ask(c, kinds[sent], sizes[sent], old);
		sent += on; /* what broke off is not waited for */
	}
	if (on && roll(&c->d, 6) == 0)
		shutdown(c->fd, SHUT_WR);
	if (on || roll(&c->d, 2))
		for (unsigned i = 0; i < sent && !c->wrong && roll(&c->d, 15); i++)
			if (!hear(c, kinds[i], sizes[i], old))
				break;
	leave(c);
}

static void *be_client(void *arg)
{
	struct client *c = arg;

	for (unsigned i = 0; i < ROUNDS && !c->wrong; i++)
		one_connection(c);
	return NULL;
}

static void whatever_happens_what_arrives_is_right(void)
{
	static struct client clients[CLIENTS];
	pthread_t threads[CLIENTS], accepts;
	uint16_t port;

	listener = raw_listen(&port);
	proxy = plain_start(&(struct plain_options){ .origin_port = port });
	pthread_create(&accepts, NULL, accept_connections, NULL);
	for (unsigned i = 0; i < CLIENTS; i++) {
		clients[i] = (struct client){ .d = { i + 1 } };
		pthread_create(&threads[i], NULL, be_client, &clients[i]);
	}
	for (unsigned i = 0; i < CLIENTS; i++)
		pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < CLIENTS; i++)
		ck_assert_msg(!clients[i].wrong, "%s", clients[i].wrong);
	ck_assert_uint_gt(whole, CLIENTS * ROUNDS / 2);
	ck_assert_uint_gt(answered_502, 0);
	plain_await_metric(proxy, METRIC_CONNECTIONS, 0);
	ck_assert_uint_eq(plain_seen(proxy)->requests, plain_seen(proxy)->ends);
	atomic_store(&over, true);
	pthread_join(accepts, NULL);
	plain_stop(&proxy);
	raw_close(&listener);
}

SUITE_MAIN("forward, in a storm", whatever_happens_what_arrives_is_right)
