/* Clients that are gone, and origins that take nothing any more, where nobody reads what would tell so. */
#include "plain.h"
#include "raw.h"
#include "suite.h"

#include <stdlib.h>
#include <sys/socket.h>

enum { A_PIECE = 8 << 20 };

#define UPLOAD "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n"

static struct plain *proxy;
static int listener, client, origin;

static void start(void (*adjust)(struct settings *settings), const char *request)
{
	uint16_t port;

	listener = raw_listen(&port);
	proxy = plain_start(&(struct plain_options){ .origin_port = port, .adjust = adjust });
	client = raw_connect(plain_port(proxy));
	raw_send(client, request);
	origin = raw_accept(listener);
	raw_read_head(origin);
}

static void stop(void)
{
	if (client >= 0)
		raw_close(&client);
	raw_close(&origin);
	plain_stop(&proxy);
	raw_close(&listener);
}

static void send_until_nobody_takes_it(void)
{
	char *bytes = calloc(1, A_PIECE);
	struct timeval wait = { .tv_usec = 100000 };

	setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	for (size_t i = 0; i < 4; i++)
		if (send(client, bytes, A_PIECE, MSG_NOSIGNAL) < A_PIECE)
			break;
	free(bytes);
}

static void short_response_timeout(struct settings *s)
{
	s->origin.response_timeout_ms = 50;
}

/* It was thought to wait for the rest of the request, which waited for it, for ever. */
static void an_origin_that_takes_nothing_any_more_once_it_answers_cuts_the_client(void)
{
	start(short_response_timeout, UPLOAD);
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
	raw_read_until(client, "half");
	send_until_nobody_takes_it();
	plain_await(&plain_seen(proxy)->aborted, 1);
	ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_FAIL_TIMEOUT), 1);
	stop();
}

SUITE_MAIN("forward, gone",
	   an_origin_that_takes_nothing_any_more_once_it_answers_cuts_the_client)
