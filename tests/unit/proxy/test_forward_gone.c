/* Clients that are gone, and origins that take nothing any more, where nobody reads what would tell so. */
#include "plain.h"
#include "raw.h"
#include "suite.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { MANY = 800, A_PIECE = 8 << 20, A_GLANCE_MS = 1500, A_MOMENT_MS = 20 };

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define UPLOAD "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n"
#define has(text, part) ck_assert_msg(strstr(text, part), "no \"%s\" in \"%s\"", part, text)

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

/* Much more than is read of it while the first request is answered. */
static void send_much_behind_it(void)
{
	for (int i = 0; i < MANY; i++)
		raw_send(client, GET);
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

/* Nothing more was read, so that the reset was not seen either, and the origin worked for nobody. */
static void a_client_that_is_gone_behind_what_it_sent_frees_the_origin(void)
{
	start(NULL, GET);
	send_much_behind_it();
	raw_reset(&client);
	raw_expect_end(origin);
	plain_await(&plain_seen(proxy)->aborted, 1);
	stop();
}

static void a_client_that_is_gone_while_its_body_waits_frees_the_origin(void)
{
	start(NULL, UPLOAD);
	send_until_nobody_takes_it();
	raw_reset(&client);
	plain_await(&plain_seen(proxy)->aborted, 1);
	stop();
}

static void a_client_that_is_gone_behind_its_end_frees_the_origin(void)
{
	start(NULL, GET);
	shutdown(client, SHUT_WR);
	ck_assert(raw_is_silent(client, A_MOMENT_MS)); /* so that the proxy sees the end before */
	raw_reset(&client);
	raw_expect_end(origin);
	plain_await(&plain_seen(proxy)->aborted, 1);
	stop();
}

static void a_client_that_is_gone_while_its_tunnel_is_full_frees_the_origin(void)
{
	start(NULL,
	      "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
	      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
	raw_send(origin,
		 "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
		 "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
	raw_read_head(client);
	send_until_nobody_takes_it();
	raw_reset(&client);
	plain_await(&plain_seen(proxy)->aborted, 1);
	stop();
}

static void a_client_that_has_said_much_and_no_more_gets_all_its_responses(void)
{
	start(NULL, GET);
	send_much_behind_it();
	shutdown(client, SHUT_WR);
	ck_assert(raw_is_silent(client, A_GLANCE_MS));
	for (int i = 0; i < MANY; i++) {
		raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
		raw_read_until(client, "\r\n\r\nok");
		raw_read_head(origin);
	}
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlast");
	has(raw_read_all(client, NULL), "\r\n\r\nlast");
	stop();
}

static void who_leaves_an_event_stream_is_missed_behind_what_it_sent(void)
{
	start(NULL, GET);
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: x\n\n");
	raw_read_until(client, "data: x\n\n");
	send_much_behind_it();
	shutdown(client, SHUT_WR);
	raw_expect_end(origin);
	plain_await(&plain_seen(proxy)->aborted, 1);
	stop();
}

static void short_response_timeout(struct settings *s)
{
	s->origin.response_timeout_ms = 400;
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

SUITE_MAIN("forward, gone", a_client_that_is_gone_behind_what_it_sent_frees_the_origin,
	   a_client_that_is_gone_while_its_body_waits_frees_the_origin,
	   a_client_that_is_gone_behind_its_end_frees_the_origin,
	   a_client_that_is_gone_while_its_tunnel_is_full_frees_the_origin,
	   a_client_that_has_said_much_and_no_more_gets_all_its_responses,
	   who_leaves_an_event_stream_is_missed_behind_what_it_sent,
	   an_origin_that_takes_nothing_any_more_once_it_answers_cuts_the_client)
