#include "plain.h"
#include "raw.h"
#include "suite.h"

#include <string.h>

static struct plain *proxy;
static int listener;
static uint16_t origin_port;

static void start(const struct plain_options *options)
{
	struct plain_options with = *options;

	listener = raw_listen(&origin_port);
	with.origin_port = origin_port;
	proxy = plain_start(&with);
}

static void start_plain(void)
{
	start(&(struct plain_options){ 0 });
}

static void stop(void)
{
	plain_stop(&proxy);
	raw_close(&listener);
}

#define ck_has(text, part) ck_assert_msg(strstr(text, part), "no \"%s\" in \"%s\"", part, text)
#define ck_has_not(text, part) ck_assert_msg(!strstr(text, part), "\"%s\" in \"%s\"", part, text)

static void a_request_and_its_response_pass(void)
{
	const char *head;
	int client, origin;

	start_plain();
	client = raw_connect(plain_port(proxy));
	raw_send(client, "GET /a//b/../%41?x=%20y HTTP/1.1\r\nHost: www.example.com\r\nX-Some: thing\r\n\r\n");
	origin = raw_accept(listener);
	head = raw_read_head(origin);
	ck_has(head, "GET /a//b/../%41?x=%20y HTTP/1.1\r\n");
	ck_has(head, "\r\nHost: www.example.com\r\n");
	ck_has(head, "\r\nX-Some: thing\r\n");
	raw_send(origin, "HTTP/1.1 200 Fine\r\nContent-Length: 5\r\n\r\nhello");
	head = raw_read_until(client, "hello");
	ck_has(head, "HTTP/1.1 200 Fine\r\nContent-Length: 5\r\n");
	ck_has_not(head, "Connection");
	raw_close(&client);
	raw_close(&origin);
	stop();
}

SUITE_MAIN("forward", a_request_and_its_response_pass)
