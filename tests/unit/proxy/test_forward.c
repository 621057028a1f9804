/* The engine end to end: a client and an origin played by hand, with the proxy in between. */
#include "plain.h"
#include "raw.h"
#include "suite.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct plain *proxy;
static int listener, client, origin;
static uint16_t origin_port;

static void start(const struct plain_options *options)
{
	struct plain_options with = *options;

	listener = raw_listen(&origin_port);
	with.origin_port = origin_port;
	proxy = plain_start(&with);
	client = raw_connect(plain_port(proxy));
}

static void start_plain(void)
{
	start(&(struct plain_options){ 0 });
}

static void stop(void)
{
	if (client >= 0)
		raw_close(&client);
	if (origin > 0)
		raw_close(&origin);
	plain_stop(&proxy);
	raw_close(&listener);
}

#define has(text, part) ck_assert_msg(strstr(text, part), "no \"%s\" in \"%s\"", part, text)
#define has_not(text, part) ck_assert_msg(!strstr(text, part), "\"%s\" in \"%s\"", part, text)

/* What the origin got of one request on a new connection. */
static const char *origin_head(void)
{
	origin = raw_accept(listener);
	return raw_read_head(origin);
}

static void ask(const char *request)
{
	raw_send(client, request);
	origin_head();
}

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST(fields) "POST / HTTP/1.1\r\nHost: a\r\n" fields "\r\n"

/* Heads */

static void path_query_order_and_case_pass_byte_for_byte(void)
{
	const char *head;

	start_plain();
	raw_send(
		client,
		"GET /a//b/../%41?x=%20y&&z HTTP/1.1\r\nhOsT: www.example.com\r\nX-b: 1\r\nX-A:  2 \r\nx-B: 3\r\n\r\n");
	head = origin_head();
	has(head, "GET /a//b/../%41?x=%20y&&z HTTP/1.1\r\nhOsT: www.example.com\r\nX-b: 1\r\n");
	ck_assert(strstr(head, "X-b: 1") < strstr(head, "X-A:"));
	ck_assert(strstr(head, "X-A:") < strstr(head, "x-B: 3"));
	raw_send(
		origin,
		"HTTP/1.1 200 Fine\r\nX-Z: 1\r\nContent-Length: 5\r\nx-a: 2\r\nX-Z: 3\r\n\r\nhello");
	head = raw_read_until(client, "hello");
	has(head, "HTTP/1.1 200 Fine\r\nX-Z: 1\r\nContent-Length: 5\r\nx-a: 2\r\nX-Z: 3\r\n");
	has_not(head, "Connection");
	has(head, "\r\nDate: ");
	stop();
}

/* Lines are written as they came, with as many blanks before the value as somebody likes. */
static void blanks_before_a_value_end_nobody(void)
{
	char fields[4000], blanks[1001], text[4200];

	start_plain();
	memset(blanks, ' ', sizeof(blanks) - 1);
	blanks[sizeof(blanks) - 1] = '\0';
	snprintf(fields, sizeof(fields), "X-A:%sa\r\nX-B:\t%sb\r\n", blanks, blanks);
	snprintf(text, sizeof(text), "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", fields);
	raw_send(client, text);
	has(origin_head(), fields);
	snprintf(text, sizeof(text), "HTTP/1.1 103 Early Hints\r\n%s\r\n", fields);
	raw_send(origin, text);
	has(raw_read_head(client), fields);
	snprintf(text, sizeof(text), "HTTP/1.1 200 OK\r\n%sContent-Length: 0\r\n\r\n", fields);
	raw_send(origin, text);
	has(raw_read_head(client), fields);
	stop();
}

static void hop_by_hop_fields_stay_behind_both_ways(void)
{
	const char *head;

	start_plain();
	raw_send(
		client,
		"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Mine\r\nX-Mine: 1\r\nKeep-Alive: 5\r\n"
		"Proxy-Connection: x\r\nUpgrade: h2c\r\nTE: gzip\r\nX-Other: 2\r\n\r\n");
	head = origin_head();
	has_not(head, "X-Mine");
	has_not(head, "Keep-Alive");
	has_not(head, "Proxy-Connection");
	has_not(head, "Upgrade");
	has_not(head, "TE:");
	has(head, "X-Other: 2");
	raw_send(
		origin,
		"HTTP/1.1 200 OK\r\nConnection: X-Theirs\r\nX-Theirs: 1\r\nKeep-Alive: 9\r\nX-Kept: 1\r\n"
		"Content-Length: 0\r\n\r\n");
	head = raw_read_head(client);
	has_not(head, "X-Theirs");
	has_not(head, "Keep-Alive");
	has(head, "X-Kept: 1");
	stop();
}

/* It was closed without a word. */
static void who_names_too_many_fields_in_connection_is_told_so(void)
{
	static const char start_of_it[] = "GET / HTTP/1.1\r\nHost: a\r\nConnection: ";
	char *request = calloc(1, 4096);
	size_t len = sizeof(start_of_it) - 1;

	memcpy(request, start_of_it, len);
	memset(request + len, ',', 2000);
	for (size_t i = 0; i < 2000; i += 2)
		request[len + i] = 'x';
	strcpy(request + len + 2000, "\r\n\r\n" GET);
	start_plain();
	raw_send(client, request);
	has(origin_head(), "GET / HTTP/1.1\r\nHost: a\r\n");
	has(raw_read_head(client), "HTTP/1.1 431 ");
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	raw_read_until(client, "\r\n\r\nok");
	free(request);
	stop();
}

/* At h3 of the origin's own nobody would have been judged. */
static void browsers_are_not_led_around_the_gateway(void)
{
	static const char alternatives[] =
		"HTTP/1.1 200 OK\r\nalt-svc: h3=\":443\"; ma=86400\r\n"
		"Alt-Svc: h2=\"inner.example:443\"\r\nContent-Length: 2\r\n\r\nok";
	const char *head;

	start_plain();
	ask(GET);
	raw_send(origin, "HTTP/1.1 103 Early Hints\r\nAlt-Svc: h3=\":443\"\r\nLink: </a>\r\n\r\n");
	head = raw_read_head(client);
	has(head, "Link: </a>\r\n");
	has_not(head, "443");
	raw_send(origin, alternatives);
	head = raw_read_until(client, "ok");
	has(head, "\r\nAlt-Svc: clear\r\n");
	has_not(head, "443");
	raw_send(client, GET);
	raw_read_head(origin);
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	has_not(raw_read_until(client, "ok"), "Alt-Svc");
	stop();
}

static void pass_alternatives(struct settings *s)
{
	s->origin.alt_svc = true;
}

static void browsers_are_led_elsewhere_where_that_is_wanted(void)
{
	start(&(struct plain_options){ .adjust = pass_alternatives });
	ask(GET);
	raw_send(origin, "HTTP/1.1 200 OK\r\nAlt-Svc: h3=\":443\"\r\nContent-Length: 2\r\n\r\nok");
	has(raw_read_until(client, "ok"), "\r\nAlt-Svc: h3=\":443\"\r\n");
	stop();
}

static void the_origin_learns_who_asked(void)
{
	const char *head;

	start_plain();
	raw_send(
		client,
		"GET / HTTP/1.1\r\nHost: www.example.com:81\r\nX-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\n"
		"X_Forwarded_Host: evil\r\nX-Real-IP: 9.9.9.9\r\nForwarded: for=9.9.9.9\r\nX-Request-Id: theirs\r\n\r\n");
	head = origin_head();
	has(head, "\r\nX-Forwarded-For: 127.0.0.1\r\n");
	has(head, "\r\nX-Forwarded-Proto: http\r\n");
	has(head, "\r\nX-Forwarded-Host: www.example.com:81\r\n");
	has(head, "\r\nX-Real-IP: 127.0.0.1\r\n");
	has(head, "\r\nForwarded: for=127.0.0.1;proto=http;host=\"www.example.com:81\"\r\n");
	has(head, "\r\nX-Request-Id: test-request-id\r\n");
	has_not(head, "9.9.9.9");
	has_not(head, "evil");
	has_not(head, "theirs");
	stop();
}

static void a_trusted_proxy_is_believed(void)
{
	const char *head;

	start(&(struct plain_options){ .trusted = "127.0.0.1" });
	raw_send(
		client,
		"GET / HTTP/1.1\r\nHost: inner\r\nX-Forwarded-For: 8.8.8.8, 9.9.9.9\r\nX-Forwarded-Proto: https\r\n"
		"X-Forwarded-Host: outer\r\nForwarded: for=9.9.9.9\r\n\r\n");
	head = origin_head();
	has(head, "\r\nX-Forwarded-For: 8.8.8.8, 9.9.9.9, 127.0.0.1\r\n");
	has(head, "\r\nX-Forwarded-Proto: https\r\n");
	has(head, "\r\nX-Forwarded-Host: outer\r\n");
	has(head, "\r\nX-Real-IP: 9.9.9.9\r\n");
	has(head, "\r\nForwarded: for=9.9.9.9, for=127.0.0.1;proto=https;host=\"inner\"\r\n");
	stop();
}

/* Connections */

static void both_sides_are_kept_alive(void)
{
	start_plain();
	ask(GET);
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	raw_read_until(client, "ok");
	raw_send(client, GET);
	raw_read_head(origin);
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nko");
	raw_read_until(client, "ko");
	ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_CONNECTS), 1);
	ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_REUSES), 1);
	ck_assert_int_eq(plain_metric(proxy, METRIC_CONNECTIONS_TOTAL), 1);
	ck_assert_int_eq(plain_metric(proxy, METRIC_REQUESTS), 2);
	stop();
}

static void an_old_client_that_asks_is_kept_alive(void)
{
	start_plain();
	ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	has(raw_read_until(client, "ok"), "\r\nConnection: keep-alive\r\n");
	raw_send(client, "GET / HTTP/1.0\r\n\r\n");
	has(raw_read_head(origin), "GET / HTTP/1.1\r\nHost: origin.example\r\n");
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	has(raw_read_until(client, "ok"), "\r\nConnection: close\r\n");
	raw_expect_end(client);
	stop();
}

static void a_client_that_asks_for_it_is_closed(void)
{
	start_plain();
	ask("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	has(raw_read_until(client, "ok"), "\r\nConnection: close\r\n");
	raw_expect_end(client);
	/* That is no reason to give the origin's connection up. */
	client = raw_connect(plain_port(proxy));
	raw_send(client, GET);
	raw_read_head(origin);
	stop();
}

static void an_old_origin_is_asked_anew_each_time(void)
{
	start_plain();
	ask(GET);
	raw_send(origin, "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok");
	has(raw_read_until(client, "ok"), "HTTP/1.1 200 OK\r\n");
	raw_expect_end(origin);
	raw_close(&origin);
	ask(GET);
	stop();
}

static void an_idle_connection_that_the_origin_closes_is_not_used(void)
{
	start_plain();
	ask(GET);
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	raw_read_until(client, "ok");
	raw_close(&origin);
	ask(POST("Content-Length: 1\r\n") "x");
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsafe");
	raw_read_until(client, "safe");
	stop();
}

static void an_idle_connection_with_unasked_bytes_is_not_used(void)
{
	start_plain();
	ask(GET);
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	raw_read_until(client, "ok");
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
	raw_expect_end(origin);
	raw_close(&origin);
	ask(GET);
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood");
	has_not(raw_read_until(client, "good"), "evil");
	stop();
}

static void bytes_behind_a_response_are_not_the_next_one(void)
{
	start_plain();
	ask(GET);
	raw_send(
		origin,
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
	raw_read_until(client, "ok");
	raw_close(&origin);
	ask(GET);
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood");
	has_not(raw_read_until(client, "good"), "evil");
	stop();
}

static void keep_none(struct settings *s)
{
	s->origin.keepalive = 0;
}

static void without_keepalive_the_origin_is_told(void)
{
	start(&(struct plain_options){ .adjust = keep_none });
	raw_send(client, GET);
	has(origin_head(), "\r\nConnection: close\r\n");
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	has_not(raw_read_until(client, "ok"), "Connection");
	raw_expect_end(origin);
	stop();
}

/* Repetition */

/* Python's http.server and its like never look for the body of a GET: they took it for the next request, and the session in it was
 * judged by nobody. */
static void an_origin_that_expects_no_body_is_told_to_close_behind_one(void)
{
	static const char *const methods[] = { "GET",      "HEAD", "DELETE", "OPTIONS",
					       "PROPFIND", "post", "SEARCH" };

	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		char request[200];

		start_plain();
		snprintf(request, sizeof(request),
			 "%s / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", methods[i]);
		raw_send(client, request);
		has(origin_head(), "\r\nConnection: close\r\n");
		stop();
	}
	start_plain();
	raw_send(client, POST("Content-Length: 5\r\n") "hello");
	has_not(origin_head(), "Connection:");
	stop();
}

static const char *origin_head_anew(void)
{
	raw_close(&origin);
	return origin_head();
}

/* It was kept where the origin did not say that it closes: the next request met its end, or what was left of the body. */
static void an_origin_that_was_told_to_close_is_not_asked_again(void)
{
	start_plain();
	ask("GET /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello");
	raw_read_until(origin, "hello");
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	has_not(raw_read_until(client, "ok"), "Connection");
	raw_expect_end(origin);
	raw_send(client, "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
	has(origin_head_anew(), "GET /2 ");
	stop();
}

/* Whoever answers before it was asked whole has perhaps not read the rest, and would take it for the next request. */
static void an_origin_that_answers_before_the_end_of_the_body_is_not_asked_again(void)
{
	start_plain();
	ask(POST("Content-Length: 10\r\n") "01234");
	raw_read_until(origin, "01234");
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
	raw_read_until(client, "\r\n\r\no");
	raw_send(client, "56789");
	raw_read_until(origin, "56789");
	raw_send(origin, "k");
	raw_read_until(client, "k");
	raw_expect_end(origin);
	client = (raw_close(&client), raw_connect(plain_port(proxy)));
	raw_send(client, "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
	has(origin_head_anew(), "GET /2 ");
	stop();
}

static void prime_a_kept_connection(void)
{
	ask(GET);
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	raw_read_until(client, "ok");
}

static void a_request_lost_on_a_kept_connection_is_repeated_once(void)
{
	start_plain();
	prime_a_kept_connection();
	raw_send(client, "GET /again HTTP/1.1\r\nHost: a\r\n\r\n");
	raw_read_head(origin);
	raw_close(&origin);
	has(origin_head(), "GET /again HTTP/1.1\r\n");
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nagain");
	raw_read_until(client, "again");
	ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_RETRIES), 1);
	stop();
}

static void a_request_is_not_repeated_twice(void)
{
	start_plain();
	prime_a_kept_connection();
	raw_send(client, GET);
	raw_read_head(origin);
	raw_close(&origin);
	origin_head();
	raw_close(&origin);
	has(raw_read_head(client), "HTTP/1.1 502 ");
	ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_RETRIES), 1);
	ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_FAIL_TRUNCATED), 1);
	stop();
}

static void a_post_is_never_repeated(void)
{
	start_plain();
	prime_a_kept_connection();
	raw_send(client, POST("Content-Length: 0\r\n"));
	raw_read_head(origin);
	raw_close(&origin);
	has(raw_read_head(client), "HTTP/1.1 502 ");
	ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_RETRIES), 0);
	stop();
}

static void a_put_with_a_body_is_never_repeated(void)
{
	start_plain();
	prime_a_kept_connection();
	raw_send(client, "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
	raw_read_until(origin, "\r\n\r\nx");
	raw_close(&origin);
	has(raw_read_head(client), "HTTP/1.1 502 ");
	ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_RETRIES), 0);
	stop();
}

static void what_began_to_be_answered_is_not_repeated(void)
{
	start_plain();
	prime_a_kept_connection();
	raw_send(client, GET);
	raw_read_head(origin);
	raw_send(origin, "HTTP/1.1 20");
	plain_turn(
		proxy); /* a close right behind would come as one event: both ways are right, this one is tested */
	raw_close(&origin);
	has(raw_read_head(client), "HTTP/1.1 502 ");
	ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_RETRIES), 0);
	stop();
}

/* Bodies of requests */

static void a_body_of_known_length_passes(void)
{
	start_plain();
	raw_send(client, POST("Content-Length: 10\r\n") "01234");
	has(origin_head(), "\r\nContent-Length: 10\r\n");
	ck_assert_str_eq(raw_read_bytes(origin, 5), "01234");
	raw_send(client, "56789");
	ck_assert_str_eq(raw_read_bytes(origin, 5), "56789");
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	raw_read_until(client, "ok");
	raw_send(client, GET);
	raw_read_head(origin);
	stop();
}

static void a_chunked_body_passes_without_its_extras(void)
{
	start_plain();
	raw_send(client, POST("Transfer-Encoding: chunked\r\n") "5;ext=1\r\n01234\r\n3\r\n567\r\n");
	has(origin_head(), "\r\nTransfer-Encoding: chunked\r\n");
	ck_assert_str_eq(raw_read_bytes(origin, 13), "8\r\n01234567\r\n");
	raw_send(client, "2\r\n89\r\n0\r\nX-Trailer: 1\r\n\r\n");
	ck_assert_str_eq(raw_read_bytes(origin, 12), "2\r\n89\r\n0\r\n\r\n");
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	raw_read_until(client, "ok");
	raw_send(client, GET);
	has(raw_read_head(origin), "GET / HTTP/1.1\r\n");
	stop();
}

static void a_body_of_a_broken_form_is_refused(void)
{
	start_plain();
	raw_send(client, POST("Transfer-Encoding: chunked\r\n") "5\r\n01234");
	origin_head();
	raw_send(client, "XX");
	has(raw_read_all(client, NULL), "HTTP/1.1 400 Bad Request\r\n");
	raw_read_all(origin, NULL);
	plain_await(&plain_seen(proxy)->aborted, 1);
	ck_assert_uint_eq(plain_seen(proxy)->last_status, 400);
	stop();
}

static void a_client_that_leaves_in_its_body_takes_the_request_along(void)
{
	start_plain();
	raw_send(client, POST("Content-Length: 10\r\n") "01234");
	origin_head();
	raw_close(&client);
	ck_assert_str_eq(raw_read_all(origin, NULL), "01234");
	plain_await(&plain_seen(proxy)->aborted, 1);
	stop();
}

static void an_upload_that_is_answered_early_gets_its_answer(void)
{
	start_plain();
	raw_send(client, POST("Content-Length: 1000000\r\n") "01234");
	origin_head();
	raw_send(origin, "HTTP/1.1 413 Too much\r\nContent-Length: 2\r\n\r\nno");
	has(raw_read_until(client, "no"), "HTTP/1.1 413 Too much\r\n");
	raw_read_all(origin, NULL);
	/* Lingering: what the client still sends does not reset the answer away. */
	raw_send(client, "56789");
	raw_expect_end(client);
	raw_send(client, "more");
	stop();
}

static void an_upload_that_is_answered_and_closed_early_gets_its_answer(void)
{
	char *bytes = calloc(1, 300000);

	start_plain();
	raw_send(client, POST("Content-Length: 1000000\r\n") "0123");
	origin_head();
	raw_read_bytes(origin, 4);
	raw_send(origin, "HTTP/1.1 403 No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
	raw_close(&origin);
	raw_send_bytes(client, bytes, 300000);
	has(raw_read_until(client, "no"), "HTTP/1.1 403 No\r\n");
	free(bytes);
	stop();
}

static void limit_body(struct settings *s)
{
	s->http.max_body_bytes = 8;
}

static void a_body_known_to_be_too_large_does_not_bother_the_origin(void)
{
	start(&(struct plain_options){ .adjust = limit_body });
	raw_send(client, POST("Content-Length: 9\r\n"));
	has(raw_read_all(client, NULL), "HTTP/1.1 413 ");
	ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_CONNECTS), 0);
	ck_assert_uint_eq(plain_seen(proxy)->last_refused, 413);
	stop();
}

static void a_chunked_body_that_grows_too_large_is_refused(void)
{
	start(&(struct plain_options){ .adjust = limit_body });
	raw_send(client, POST("Transfer-Encoding: chunked\r\n") "4\r\n0123\r\n");
	origin_head();
	raw_send(client, "5\r\n01234\r\n0\r\n\r\n");
	has(raw_read_all(client, NULL), "HTTP/1.1 413 ");
	stop();
}

/* 100-continue */

static void the_origins_hundred_reaches_the_client(void)
{
	start_plain();
	raw_send(client, POST("Content-Length: 2\r\nExpect: 100-continue\r\n"));
	has(origin_head(), "\r\nExpect: 100-continue\r\n");
	raw_send(origin, "HTTP/1.1 100 Go on\r\n\r\n");
	ck_assert_str_eq(raw_read_head(client), "HTTP/1.1 100 Go on\r\n\r\n");
	raw_send(client, "hi");
	raw_read_until(origin, "hi");
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	has(raw_read_until(client, "ok"), "HTTP/1.1 200 OK");
	stop();
}

static void a_client_does_not_wait_forever_for_an_origin_that_says_nothing(void)
{
	start_plain();
	ask(POST("Content-Length: 2\r\nExpect: 100-continue\r\n"));
	has(raw_read_head(client), "HTTP/1.1 100 Continue\r\n");
	raw_send(client, "hi");
	raw_read_until(origin, "hi");
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	has(raw_read_until(client, "ok"), "HTTP/1.1 200 OK");
	stop();
}

static void a_refusal_instead_of_hundred_reaches_the_client(void)
{
	start_plain();
	ask(POST("Content-Length: 2\r\nExpect: 100-continue\r\n"));
	raw_send(origin, "HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\nno");
	has(raw_read_all(client, NULL), "HTTP/1.1 401 No\r\nContent-Length: 2\r\n");
	stop();
}

static void early_hints_pass_and_old_clients_are_spared(void)
{
	start_plain();
	ask(GET);
	raw_send(
		origin,
		"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	has(raw_read_head(client), "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n");
	has(raw_read_until(client, "ok"), "HTTP/1.1 200 OK\r\n");
	raw_send(client, "GET / HTTP/1.0\r\n\r\n");
	raw_read_head(origin);
	raw_send(origin,
		 "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	has_not(raw_read_until(client, "ok"), "103");
	ck_assert_int_eq(plain_metric(proxy, METRIC_RESPONSES_1XX), 1);
	ck_assert_int_eq(plain_metric(proxy, METRIC_RESPONSES_2XX), 2);
	stop();
}

static void endless_interim_responses_are_a_failure(void)
{
	start_plain();
	ask("GET / HTTP/1.0\r\n\r\n");
	for (int i = 0; i < 17; i++)
		raw_send(origin, "HTTP/1.1 102 Wait\r\n\r\n");
	has(raw_read_all(client, NULL), "HTTP/1.1 502 ");
	stop();
}

static void an_unasked_switch_of_protocols_is_a_failure(void)
{
	start_plain();
	ask(GET);
	raw_send(origin,
		 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n");
	has(raw_read_head(client), "HTTP/1.1 502 ");
	ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_FAIL_MALFORMED), 1);
	stop();
}

/* Bodies of responses */

static void head_has_a_length_and_no_body(void)
{
	start_plain();
	ask("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
	has(raw_read_head(client), "\r\nContent-Length: 1000\r\n");
	raw_send(client, GET);
	raw_read_head(origin);
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	has(raw_read_until(client, "ok"), "HTTP/1.1 200 OK");
	stop();
}

static void no_content_and_not_modified_have_no_body(void)
{
	start_plain();
	ask(GET);
	raw_send(origin, "HTTP/1.1 204 Empty\r\n\r\n");
	has_not(raw_read_head(client), "Transfer-Encoding");
	raw_send(client, GET);
	raw_read_head(origin);
	raw_send(origin, "HTTP/1.1 304 Same\r\nContent-Length: 77\r\n\r\n");
	has(raw_read_head(client), "\r\nContent-Length: 77\r\n");
	raw_send(client, GET);
	raw_read_head(origin);
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	has(raw_read_until(client, "ok"), "HTTP/1.1 200 OK");
	stop();
}

static void a_chunked_response_passes(void)
{
	start_plain();
	ask(GET);
	raw_send(origin, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
	has(raw_read_head(client), "\r\nTransfer-Encoding: chunked\r\n");
	ck_assert_str_eq(raw_read_bytes(client, 10), "5\r\nhello\r\n");
	raw_send(origin, "1;x=y\r\n!\r\n0\r\nX-T: 1\r\n\r\n");
	ck_assert_str_eq(raw_read_bytes(client, 11), "1\r\n!\r\n0\r\n\r\n");
	raw_send(client, GET);
	raw_read_head(origin);
	stop();
}

static void an_old_client_gets_no_chunks(void)
{
	start_plain();
	ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	raw_send(origin,
		 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
	const char *all = raw_read_all(client, NULL);

	has_not(all, "chunked");
	has(all, "\r\nConnection: close\r\n");
	has(all, "\r\n\r\nhello");
	stop();
}

static void a_response_that_ends_with_its_connection_becomes_chunked(void)
{
	start_plain();
	ask(GET);
	raw_send(origin, "HTTP/1.1 200 OK\r\n\r\nhello");
	has(raw_read_head(client), "\r\nTransfer-Encoding: chunked\r\n");
	ck_assert_str_eq(raw_read_bytes(client, 10), "5\r\nhello\r\n");
	raw_close(&origin);
	ck_assert_str_eq(raw_read_bytes(client, 5), "0\r\n\r\n");
	ask(GET);
	stop();
}

static void a_response_that_ends_with_its_connection_stays_so_for_old_clients(void)
{
	bool reset;

	start_plain();
	ask("GET / HTTP/1.0\r\n\r\n");
	raw_send(origin, "HTTP/1.0 200 OK\r\n\r\nhello");
	raw_close(&origin);
	has(raw_read_all(client, &reset), "\r\n\r\nhello");
	ck_assert(!reset);
	stop();
}

static void an_event_stream_is_not_held_up(void)
{
	start_plain();
	ask(GET);
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
	has(raw_read_head(client), "text/event-stream");
	for (int i = 0; i < 3; i++) {
		raw_send(origin, "data: x\n\n");
		ck_assert_str_eq(raw_read_bytes(client, 14), "9\r\ndata: x\n\n\r\n");
	}
	stop();
}

/* Pipelining */

static void pipelined_requests_are_answered_in_order(void)
{
	char expected[32];

	start_plain();
	for (int i = 0; i < 200; i++) {
		char request[64];

		snprintf(request, sizeof(request), "GET /%d HTTP/1.1\r\nHost: a\r\n\r\n", i);
		raw_send(client, request);
	}
	origin = raw_accept(listener);
	for (int i = 0; i < 200; i++) {
		char response[96];

		snprintf(expected, sizeof(expected), "GET /%d HTTP", i);
		has(raw_read_head(origin), expected);
		snprintf(response, sizeof(response),
			 "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nb%04d", i);
		raw_send(origin, response);
	}
	for (int i = 0; i < 200; i++) {
		snprintf(expected, sizeof(expected), "\r\n\r\nb%04d", i);
		raw_read_until(client, expected);
	}
	ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_CONNECTS), 1);
	stop();
}

static void requests_behind_a_body_in_one_send_are_found(void)
{
	start_plain();
	raw_send(client, POST("Transfer-Encoding: chunked\r\n") "3\r\nabc\r\n0\r\n\r\n" POST(
				 "Content-Length: 3\r\n") "def" GET);
	origin = raw_accept(listener);
	raw_read_until(origin, "0\r\n\r\n");
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
	raw_read_until(origin, "\r\n\r\ndef");
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2");
	has(raw_read_head(origin), "GET / ");
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n3");
	raw_read_until(client, "\r\n\r\n1");
	raw_read_until(client, "\r\n\r\n2");
	raw_read_until(client, "\r\n\r\n3");
	stop();
}

static void a_request_may_come_byte_by_byte(void)
{
	const char *request = POST("Transfer-Encoding: chunked\r\n") "3\r\nabc\r\n0\r\n\r\n";

	start_plain();
	for (const char *at = request; *at; at++)
		raw_send_bytes(client, at, 1);
	origin_head();
	raw_read_until(origin, "0\r\n\r\n");
	stop();
}

static void a_response_may_come_byte_by_byte(void)
{
	const char *response =
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";

	start_plain();
	ask(GET);
	for (const char *at = response; *at; at++)
		raw_send_bytes(origin, at, 1);
	raw_read_until(client, "0\r\n\r\n");
	stop();
}

static void a_client_that_has_said_all_still_gets_its_response(void)
{
	start_plain();
	ask(GET);
	shutdown(client, SHUT_WR);
	plain_turn(proxy); /* so that it sees the end before the response */
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	has(raw_read_all(client, NULL), "\r\n\r\nok");
	stop();
}

static void a_client_that_is_gone_frees_the_origin(void)
{
	start_plain();
	ask(GET);
	raw_reset(&client);
	raw_expect_end(origin);
	plain_await(&plain_seen(proxy)->aborted, 1);
	stop();
}

/* Failures of the origin */

static void nobody_at_the_origin_is_502(void)
{
	start_plain();
	raw_close(&listener);
	raw_send(client, GET);
	has(raw_read_head(client), "HTTP/1.1 502 ");
	ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_FAIL_CONNECT), 1);
	listener = raw_listen(&origin_port);
	stop();
}

static void nobody_at_the_origin_is_502_for_a_body_too(void)
{
	start_plain();
	raw_close(&listener);
	raw_send(client, POST("Content-Length: 3\r\n") "abc");
	has(raw_read_head(client), "HTTP/1.1 502 ");
	listener = raw_listen(&origin_port);
	stop();
}

/* Whoever answers at once is in time, on a machine that may be busy. */
enum { SHORT_MS = 400 };

static void short_response_timeout(struct settings *s)
{
	s->origin.response_timeout_ms = SHORT_MS;
}

static void silence_of_the_origin_is_504(void)
{
	start(&(struct plain_options){ .adjust = short_response_timeout });
	ask(GET);
	has(raw_read_head(client), "HTTP/1.1 504 ");
	ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_FAIL_TIMEOUT), 1);
	raw_expect_end(origin);
	stop();
}

/* No deadline watched the rest of a response once its head was there. */
static void an_origin_that_falls_silent_in_its_response_cuts_the_client(void)
{
	start(&(struct plain_options){ .adjust = short_response_timeout });
	ask(GET);
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
	has(raw_read_all(client, NULL), "\r\n\r\nhalf");
	ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_FAIL_TIMEOUT), 1);
	raw_expect_end(origin);
	stop();
}

static void an_event_stream_may_be_silent(void)
{
	start(&(struct plain_options){ .adjust = short_response_timeout });
	ask(GET);
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
	has(raw_read_head(client), "text/event-stream");
	ck_assert(raw_is_silent(client, SHORT_MS + 100));
	raw_send(origin, "data: x\n\n");
	raw_read_until(client, "data: x\n\n");
	stop();
}

static void a_client_that_still_sends_is_not_the_origins_silence(void)
{
	start(&(struct plain_options){ .adjust = short_response_timeout });
	raw_send(client, POST("Content-Length: 4\r\n"));
	origin_head();
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha");
	raw_read_until(client, "ha");
	ck_assert(raw_is_silent(client, SHORT_MS + 100));
	raw_send(client, "four");
	raw_read_until(origin, "four");
	raw_send(origin, "lf");
	raw_read_until(client, "lf");
	stop();
}

static void an_origin_that_takes_nothing_is_504(void)
{
	char *bytes = calloc(1, 8 << 20);
	struct timeval wait = { .tv_usec = 100000 };

	start(&(struct plain_options){ .adjust = short_response_timeout });
	raw_send(client, POST("Content-Length: 100000000\r\n"));
	origin_head();
	setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	for (size_t i = 0; i < 4; i++)
		if (send(client, bytes, 8 << 20, MSG_NOSIGNAL) < 8 << 20)
			break;
	has(raw_read_head(client), "HTTP/1.1 504 ");
	free(bytes);
	stop();
}

static void short_connect_timeout(struct settings *s)
{
	s->origin.connect_timeout_ms = 50;
}

static void an_origin_that_does_not_accept_is_504(void)
{
	struct sockaddr_in at;
	socklen_t len = sizeof(at);
	int waiting[8];

	start(&(struct plain_options){ .adjust = short_connect_timeout });
	/* Its queue is full: what else comes is not even refused. */
	ck_assert_int_eq(listen(listener, 0), 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&at, &len), 0);
	for (size_t i = 0; i < 8; i++) {
		waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(waiting[i], (struct sockaddr *)&at, sizeof(at));
	}
	raw_send(client, GET);
	has(raw_read_head(client), "HTTP/1.1 504 ");
	for (size_t i = 0; i < 8; i++)
		raw_close(&waiting[i]);
	stop();
}

static void expect_502(const char *response)
{
	start_plain();
	ask(GET);
	raw_send(origin, response);
	shutdown(origin, SHUT_WR);
	has(raw_read_head(client), "HTTP/1.1 502 ");
	/* The client's connection is still good. */
	raw_close(&origin);
	ask(GET);
	stop();
}

static void what_is_not_http_is_502(void)
{
	expect_502("<html>HTTP/0.9</html>\r\n\r\n");
	expect_502("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab");
	expect_502("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n");
	expect_502("HTTP/1.1 200 OK\r\nBad Name: 1\r\n\r\n");
	expect_502(
		"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
	expect_502("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc");
	expect_502("HTTP/1.1 200 OK\r\nTransfer-En");
	expect_502("");
}

static void an_endless_head_is_502(void)
{
	char line[1024];

	memset(line, 'x', sizeof(line));
	memcpy(line, "X-A: ", 5);
	memcpy(line + sizeof(line) - 2, "\r\n", 2);
	start_plain();
	ask(GET);
	raw_send(origin, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 65; i++)
		if (send(origin, line, sizeof(line), MSG_NOSIGNAL) < 0)
			break;
	has(raw_read_head(client), "HTTP/1.1 502 ");
	ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_FAIL_MALFORMED), 1);
	stop();
}

static void a_large_head_passes(void)
{
	char *head = calloc(1, 64 * 1024);
	size_t len = (size_t)sprintf(head, "HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n");
	const char *got;

	for (int i = 0; i < 60; i++)
		len += (size_t)sprintf(head + len, "X-%02d: %01000d\r\n", i, i);
	len += (size_t)sprintf(head + len, "\r\n");
	start_plain();
	ask(GET);
	raw_send_bytes(origin, head, len);
	memset(head, 'y', 35000);
	raw_send_bytes(origin, head, 35000);
	raw_send_bytes(origin, head, 35000);
	got = raw_read_head(client);
	has(got, "X-59: 00");
	got = raw_read_bytes(client, 70000);
	ck_assert_uint_eq(strspn(got, "y"), 70000);
	free(head);
	stop();
}

static void a_truncated_response_cuts_the_client(void)
{
	bool reset;

	start_plain();
	ask(GET);
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234");
	raw_close(&origin);
	has(raw_read_all(client, &reset), "\r\n\r\n01234");
	plain_await(&plain_seen(proxy)->aborted, 1);
	stop();
}

static void a_truncated_chunked_response_has_no_last_chunk(void)
{
	start_plain();
	ask(GET);
	raw_send(origin, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n");
	raw_read_until(client, "01234\r\n");
	raw_close(&origin);
	ck_assert_str_eq(raw_read_all(client, NULL), "");
	stop();
}

static void an_old_client_notices_a_truncated_response(void)
{
	bool reset;

	start_plain();
	ask("GET / HTTP/1.0\r\n\r\n");
	raw_send(origin, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n");
	raw_read_until(client, "01234");
	raw_close(&origin);
	raw_read_all(client, &reset);
	ck_assert(reset);
	stop();
}

static void garbage_in_a_chunked_response_cuts_the_client(void)
{
	start_plain();
	ask(GET);
	raw_send(origin, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n");
	raw_read_until(client, "01234\r\n");
	raw_send(origin, "xyz\r\n");
	ck_assert_str_eq(raw_read_all(client, NULL), "");
	stop();
}

static void a_unix_socket_is_an_origin_too(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	snprintf(at.sun_path, sizeof(at.sun_path), "/tmp/latchd-test-%d.sock", (int)getpid());
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	ck_assert_int_eq(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(listener, 8), 0);
	proxy = plain_start(&(struct plain_options){ .origin_path = at.sun_path });
	client = raw_connect(plain_port(proxy));
	ask(GET);
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	raw_read_until(client, "ok");
	unlink(at.sun_path);
	stop();
}

SUITE_MAIN("forward", path_query_order_and_case_pass_byte_for_byte,
	   blanks_before_a_value_end_nobody, hop_by_hop_fields_stay_behind_both_ways,
	   who_names_too_many_fields_in_connection_is_told_so,
	   browsers_are_not_led_around_the_gateway, browsers_are_led_elsewhere_where_that_is_wanted,
	   the_origin_learns_who_asked, a_trusted_proxy_is_believed, both_sides_are_kept_alive,
	   an_old_client_that_asks_is_kept_alive, a_client_that_asks_for_it_is_closed,
	   an_old_origin_is_asked_anew_each_time,
	   an_idle_connection_that_the_origin_closes_is_not_used,
	   an_idle_connection_with_unasked_bytes_is_not_used,
	   bytes_behind_a_response_are_not_the_next_one, without_keepalive_the_origin_is_told,
	   an_origin_that_expects_no_body_is_told_to_close_behind_one,
	   an_origin_that_was_told_to_close_is_not_asked_again,
	   an_origin_that_answers_before_the_end_of_the_body_is_not_asked_again,
	   a_request_lost_on_a_kept_connection_is_repeated_once, a_request_is_not_repeated_twice,
	   a_post_is_never_repeated, a_put_with_a_body_is_never_repeated,
	   what_began_to_be_answered_is_not_repeated, a_body_of_known_length_passes,
	   a_chunked_body_passes_without_its_extras, a_body_of_a_broken_form_is_refused,
	   a_client_that_leaves_in_its_body_takes_the_request_along,
	   an_upload_that_is_answered_early_gets_its_answer,
	   an_upload_that_is_answered_and_closed_early_gets_its_answer,
	   a_body_known_to_be_too_large_does_not_bother_the_origin,
	   a_chunked_body_that_grows_too_large_is_refused, the_origins_hundred_reaches_the_client,
	   a_client_does_not_wait_forever_for_an_origin_that_says_nothing,
	   a_refusal_instead_of_hundred_reaches_the_client,
	   early_hints_pass_and_old_clients_are_spared, endless_interim_responses_are_a_failure,
	   an_unasked_switch_of_protocols_is_a_failure, head_has_a_length_and_no_body,
	   no_content_and_not_modified_have_no_body, a_chunked_response_passes,
	   an_old_client_gets_no_chunks, a_response_that_ends_with_its_connection_becomes_chunked,
	   a_response_that_ends_with_its_connection_stays_so_for_old_clients,
	   an_event_stream_is_not_held_up, pipelined_requests_are_answered_in_order,
	   requests_behind_a_body_in_one_send_are_found, a_request_may_come_byte_by_byte,
	   a_response_may_come_byte_by_byte, a_client_that_has_said_all_still_gets_its_response,
	   a_client_that_is_gone_frees_the_origin, nobody_at_the_origin_is_502,
	   nobody_at_the_origin_is_502_for_a_body_too, silence_of_the_origin_is_504,
	   an_origin_that_falls_silent_in_its_response_cuts_the_client,
	   an_event_stream_may_be_silent, a_client_that_still_sends_is_not_the_origins_silence,
	   an_origin_that_takes_nothing_is_504, an_origin_that_does_not_accept_is_504,
	   what_is_not_http_is_502, an_endless_head_is_502, a_large_head_passes,
	   a_truncated_response_cuts_the_client, a_truncated_chunked_response_has_no_last_chunk,
	   an_old_client_notices_a_truncated_response,
	   garbage_in_a_chunked_response_cuts_the_client, a_unix_socket_is_an_origin_too)
