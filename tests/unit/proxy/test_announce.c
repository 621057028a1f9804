/* The origin hears of clients before their requests, by hands on both sides. */
#include "plain.h"
#include "raw.h"
#include "suite.h"

#include "base/mem.h"
#include "http/proxy_protocol.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static struct plain *proxy;
static int listener;

static void start(const char *trusted, void (*adjust)(struct settings *s))
{
	uint16_t port;

	listener = raw_listen(&port);
	proxy = plain_start(&(struct plain_options){
		.origin_port = port, .trusted = trusted, .adjust = adjust });
}

static void stop(void)
{
	plain_stop(&proxy);
	raw_close(&listener);
}

static void in_text(struct settings *s)
{
	s->origin.announce = ANNOUNCE_V1;
}

static void in_bytes(struct settings *s)
{
	s->origin.announce = ANNOUNCE_V2;
}

static unsigned port_of(int client)
{
	struct sockaddr_in at;
	socklen_t len = sizeof(at);

	ck_assert_int_eq(getsockname(client, (struct sockaddr *)&at, &len), 0);
	return ntohs(at.sin_port);
}

static const char *line_for(const char *address, unsigned port)
{
	static char line[128];

	snprintf(line, sizeof(line), "PROXY TCP4 %s 127.0.0.1 %u %u\r\n", address, port,
		 plain_port(proxy));
	return line;
}

static int ask(void)
{
	int client = raw_connect(plain_port(proxy));

	raw_send(client, GET);
	return client;
}

static void answer(int origin, int client)
{
	ck_assert_ptr_nonnull(strstr(raw_read_head(origin), "GET / HTTP/1.1\r\n"));
	raw_send(origin, OK);
	raw_read_until(client, "\r\n\r\nok");
}

static void the_client_is_announced_once_for_each_connection(void)
{
	int client, origin;

	start(NULL, in_text);
	client = ask();
	origin = raw_accept(listener);
	ck_assert_str_eq(raw_read_until(origin, "\r\n"), line_for("127.0.0.1", port_of(client)));
	answer(origin, client);
	raw_send(client, GET);
	answer(origin, client);
	ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_CONNECTS), 1);
	raw_close(&client);
	raw_close(&origin);
	stop();
}

static void no_connection_serves_two_clients(void)
{
	int clients[2], origins[2];

	start(NULL, in_text);
	for (unsigned i = 0; i < 2; i++) {
		clients[i] = ask();
		origins[i] = raw_accept(listener);
		ck_assert_str_eq(raw_read_until(origins[i], "\r\n"),
				 line_for("127.0.0.1", port_of(clients[i])));
		answer(origins[i], clients[i]);
	}
	for (unsigned i = 0; i < 2; i++) {
		raw_send(clients[i], GET);
		answer(origins[i], clients[i]);
	}
	ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_CONNECTS), 2);
	for (unsigned i = 0; i < 2; i++) {
		raw_close(&clients[i]);
		raw_close(&origins[i]);
	}
	stop();
}

static void clients_behind_one_proxy_are_told_apart(void)
{
	static const char *const addresses[] = { "192.0.2.1", "192.0.2.2", "192.0.2.1" };
	int client, origins[2];
	char request[128];

	start("127.0.0.1", in_text);
	client = raw_connect(plain_port(proxy));
	for (unsigned i = 0; i < 3; i++) {
		snprintf(request, sizeof(request),
			 "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: %s\r\n\r\n", addresses[i]);
		raw_send(client, request);
		if (i < 2) {
			origins[i] = raw_accept(listener);
			ck_assert_str_eq(raw_read_until(origins[i], "\r\n"),
					 line_for(addresses[i], 0));
		}
		answer(origins[i % 2], client);
	}
	raw_close(&client);
	raw_close(&origins[0]);
	raw_close(&origins[1]);
	stop();
}

static void the_second_version_says_the_same(void)
{
	struct proxy_protocol header;
	struct sockaddr_in *source = (struct sockaddr_in *)&header.source;
	int client, origin;

	start(NULL, in_bytes);
	client = ask();
	origin = raw_accept(listener);
	ck_assert_int_eq(proxy_protocol_parse(view_make(raw_read_bytes(origin, 28), 28), &header),
			 28);
	ck_assert_uint_eq(header.version, 2);
	ck_assert_uint_eq(ntohs(source->sin_port), port_of(client));
	ck_assert_uint_eq(ntohl(source->sin_addr.s_addr), INADDR_LOOPBACK);
	answer(origin, client);
	raw_close(&client);
	raw_close(&origin);
	stop();
}

static void keep_one(struct settings *s)
{
	in_text(s);
	s->origin.keepalive = 1;
	s->origin.max_connections = 1;
}

static void a_client_that_is_gone_is_in_nobodys_way(void)
{
	start(NULL, keep_one);
	for (unsigned i = 0; i < 3; i++) {
		int client = ask(), origin = raw_accept(listener);

		raw_read_until(origin, "\r\n");
		answer(origin, client);
		raw_close(&client);
		raw_close(&origin);
	}
	stop();
}

static void who_announces_nobody_shares(void)
{
	int client, origin;

	start(NULL, NULL);
	client = ask();
	origin = raw_accept(listener);
	answer(origin, client);
	raw_close(&client);
	client = ask();
	answer(origin, client);
	raw_close(&client);
	raw_close(&origin);
	stop();
}

static void await_header(struct settings *s)
{
	struct settings_listener *l = MEM_NEW(struct settings_listener);

	in_text(s);
	l->address.text = mem_text("here");
	l->proxy_protocol = true;
	s->listeners = l;
	s->n_listeners = 1;
}

/* It was said to be 0.0.0.0, whatever it was. */
static void where_the_client_connected_to_is_passed_on(void)
{
	int client, origin;

	start(NULL, await_header);
	client = raw_connect(plain_port(proxy));
	raw_send(client, "PROXY TCP4 192.0.2.1 192.0.2.80 5000 443\r\n" GET);
	origin = raw_accept(listener);
	ck_assert_str_eq(raw_read_until(origin, "\r\n"),
			 "PROXY TCP4 192.0.2.1 192.0.2.80 5000 443\r\n");
	answer(origin, client);
	raw_close(&client);
	raw_close(&origin);
	stop();
}

SUITE_MAIN("announce", the_client_is_announced_once_for_each_connection,
	   no_connection_serves_two_clients, clients_behind_one_proxy_are_told_apart,
	   the_second_version_says_the_same, a_client_that_is_gone_is_in_nobodys_way,
	   who_announces_nobody_shares, where_the_client_connected_to_is_passed_on)
