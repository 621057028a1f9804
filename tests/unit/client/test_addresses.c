/* An origin whose name has several addresses. What the name means is said here, instead of by a name server. */
#include "plain.h"
#include "raw.h"
#include "suite.h"

#include "base/mem.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

enum { FILLERS = 8 };

#define NAME "several.example"
#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

typedef int asking(const char *name, const char *service, const struct addrinfo *hints,
		   struct addrinfo **ret_found);

/* In this order. Somebody listens at the last one only, if a test does not say otherwise. */
static const char *const addresses[] = { "127.0.0.2", "127.0.0.3", "127.0.0.1" };

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
		struct addrinfo **ret_found)
{
	asking *really;
	struct addrinfo **end = ret_found;

	*(void **)&really = dlsym(RTLD_NEXT, "getaddrinfo");
	if (!name || strcmp(name, NAME) != 0)
		return really(name, service, hints, ret_found);
	if (hints->ai_flags & AI_NUMERICHOST)
		return EAI_NONAME;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		ck_assert_int_eq(really(addresses[i], service, hints, end), 0);
		end = &(*end)->ai_next;
	}
	return 0;
}

static struct plain *proxy;
static int listener;
static uint16_t port;

static void call_it_by_name(struct settings *s)
{
	mem_free(s->origin.address.host);
	s->origin.address.host = mem_text(NAME);
	s->origin.connect_timeout_ms = 250;
	s->origin.keepalive = 0;
}

static void start(void)
{
	listener = raw_listen(&port);
	proxy = plain_start(
		&(struct plain_options){ .origin_port = port, .adjust = call_it_by_name });
}

static void stop(void)
{
	plain_stop(&proxy);
	raw_close(&listener);
}

/* Whoever listens there gets it, whole. */
static void exchange(int there, const char *request, const char *end)
{
	int client = raw_connect(plain_port(proxy)), origin;

	raw_send(client, request);
	origin = raw_accept(there);
	raw_read_until(origin, end);
	raw_send(origin, OK);
	raw_read_until(client, "\r\n\r\nok");
	raw_close(&client);
	raw_close(&origin);
}

static int listen_at(const char *address, int backlog)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	inet_pton(AF_INET, address, &at.sin_addr);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(fd, backlog), 0);
	return fd;
}

static void where_addresses_refuse_the_next_one_is_tried(void)
{
	start();
	exchange(listener, POST, "\r\n\r\nbody");
	exchange(listener, GET, "\r\n\r\n");
	ck_assert_uint_eq(plain_seen(proxy)->failures, 0);
	ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_RETRIES), 0);
	stop();
}

/* A listener whose queue is full: what the kernel does not accept looks like a cable that was cut. */
static void where_an_address_is_silent_the_next_one_is_tried(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	int hole, fillers[FILLERS];

	start();
	hole = listen_at(addresses[0], 0);
	at.sin_port = htons(port);
	inet_pton(AF_INET, addresses[0], &at.sin_addr);
	for (unsigned n = 0; n < FILLERS; n++) {
		fillers[n] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		connect(fillers[n], (struct sockaddr *)&at, sizeof(at));
	}
	exchange(listener, POST, "\r\n\r\nbody");
	ck_assert_uint_eq(plain_seen(proxy)->failures, 0);
	for (unsigned n = 0; n < FILLERS; n++)
		raw_close(&fillers[n]);
	raw_close(&hole);
	stop();
}

static void the_address_that_was_good_is_tried_first(void)
{
	int other;

	start();
	exchange(listener, GET, "\r\n\r\n");
	other = listen_at(addresses[0], 16);
	for (unsigned n = 0; n < 3; n++)
		exchange(listener, GET, "\r\n\r\n");
	ck_assert(raw_is_silent(other, 10));
	raw_close(&listener);
	exchange(other, POST, "\r\n\r\nbody");
	listener = listen_at(addresses[2], 16);
	exchange(other, GET, "\r\n\r\n");
	raw_close(&other);
	stop();
}

static void where_none_takes_a_connection_it_is_said_at_once(void)
{
	int client;

	start();
	raw_close(&listener);
	for (unsigned n = 0; n < 2; n++) {
		client = raw_connect(plain_port(proxy));
		raw_send(client, n ? POST : GET);
		ck_assert_ptr_nonnull(strstr(raw_read_head(client), "HTTP/1.1 502 "));
		raw_close(&client);
	}
	ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_FAIL_CONNECT), 2);
	listener = listen_at(addresses[2], 16);
	exchange(listener, POST, "\r\n\r\nbody");
	stop();
}

SUITE_MAIN("addresses", where_addresses_refuse_the_next_one_is_tried,
	   where_an_address_is_silent_the_next_one_is_tried,
	   the_address_that_was_good_is_tried_first,
	   where_none_takes_a_connection_it_is_said_at_once)
