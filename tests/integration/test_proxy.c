/* Proxying through the whole gateway, with hands on both sides: what the client sends arrives, what the origin
 * answers comes back, and the metrics say so. The engine's own tests (tests/unit/proxy) go into every corner. */
#include "daemon.h"
#include "legacy.h"
#include "raw.h"
#include "suite.h"
#include "volume.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct daemon *gateway;
static struct look *before;
static uint16_t port; /* of the origin */
static int listener, client, origin;

#define has(text, part) ck_assert_msg(strstr(text, part), "no \"%s\" in \"%s\"", part, text)
#define has_not(text, part) ck_assert_msg(!strstr(text, part), "\"%s\" in \"%s\"", part, text)
#define GET(path) "GET " path " HTTP/1.1\r\nHost: www.example.com\r\n\r\n"
#define POST(fields) "POST / HTTP/1.1\r\nHost: www.example.com\r\n" fields "\r\n"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static void start_with(const char *yaml, bool bare)
{
	listener = raw_listen(&port);
	gateway = daemon_start(
		&(struct daemon_options){ .yaml = yaml, .origin = port, .bare = bare });
	before = daemon_look(gateway);
	client = raw_connect(daemon_port(gateway));
	origin = -1;
}

static void start(void)
{
	start_with(legacy_settings, false);
}

static void stop(void)
{
	if (client >= 0)
		raw_close(&client);
	if (origin >= 0)
		raw_close(&origin);
	look_free(&before);
	daemon_stop(&gateway);
	raw_close(&listener);
}

static const char *origin_hears(void)
{
	origin = raw_accept(listener);
	return raw_read_head(origin);
}

static void ask(const char *request)
{
	raw_send(client, request);
	origin_hears();
}

/* n requests of nobody we know, and otherwise only what is listed. */
#define NOTHING_BUT(n, ...)                                                \
	daemon_moved(gateway, &before, "requests=" n, "verdicts allow=" n, \
		     "requests_identified nothing=" n, __VA_ARGS__, NULL)

static void requests_and_responses_pass_over_kept_connections(void)
{
	start();
	raw_send(client, GET("/a//b/../%41?x=%20y&&z"));
	has(origin_hears(), "GET /a//b/../%41?x=%20y&&z HTTP/1.1\r\nHost: www.example.com\r\n");
	raw_send(origin, "HTTP/1.1 200 Fine\r\nX-z: 1\r\nContent-Length: 5\r\nX-A: 2\r\n\r\nhello");
	has(raw_read_until(client, "hello"),
	    "HTTP/1.1 200 Fine\r\nX-z: 1\r\nContent-Length: 5\r\nX-A: 2\r\n");
	raw_send(client, GET("/again"));
	has(raw_read_head(origin), "GET /again HTTP/1.1\r\n");
	raw_send(origin, OK);
	raw_read_until(client, "\r\n\r\nok");
	NOTHING_BUT("2", "responses 2xx=2", "origin_connects=1", "origin_reuses=1");
	stop();
}

static void old_clients_are_served_as_they_can_be(void)
{
	start();
	ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	raw_send(origin, OK);
	has(raw_read_until(client, "\r\n\r\nok"), "\r\nConnection: keep-alive\r\n");
	raw_send(client, "GET / HTTP/1.0\r\n\r\n");
	raw_read_head(origin);
	raw_send(origin,
		 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
	has_not(raw_read_until(client, "\r\n\r\nabc"), "chunked");
	raw_expect_end(client);
	NOTHING_BUT("2", "responses 2xx=2");
	stop();
}

static void bodies_pass_in_both_framings(void)
{
	start();
	raw_send(client, POST("Content-Length: 6\r\n") "abc");
	origin_hears();
	raw_read_until(origin, "abc");
	raw_send(client, "def");
	raw_read_until(origin, "def");
	raw_send(origin, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n");
	raw_read_until(client, "\r\n\r\n5\r\nhello\r\n");
	raw_send(origin, "0\r\n\r\n");
	raw_read_until(client, "0\r\n\r\n");
	raw_send(client, POST("Transfer-Encoding: chunked\r\n") "3\r\nabc\r\n0\r\nT: 1\r\n\r\n");
	raw_read_until(origin, "\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
	raw_send(origin, OK);
	raw_read_until(client, "\r\n\r\nok");
	NOTHING_BUT("2", "responses 2xx=2");
	stop();
}

static void responses_without_a_body_have_none(void)
{
	static const char *const responses[] = {
		"HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n", /* to HEAD */
		"HTTP/1.1 204 No Content\r\n\r\n",
		"HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n"
	};

	start();
	for (unsigned i = 0; i < 3; i++) {
		raw_send(client, i ? GET("/") : "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
		if (!i)
			origin_hears();
		else
			raw_read_head(origin);
		raw_send(origin, responses[i]);
		raw_read_head(client);
	}
	raw_send(client, GET("/"));
	raw_read_head(origin);
	raw_send(origin, OK);
	has(raw_read_until(client, "ok"), "HTTP/1.1 200 OK\r\n");
	NOTHING_BUT("4", "responses 2xx=3", "responses 3xx=1");
	stop();
}

static void who_expects_to_be_told_is_told(void)
{
	start();
	ask(POST("Content-Length: 2\r\nExpect: 100-continue\r\n"));
	raw_send(origin, "HTTP/1.1 100 Continue\r\n\r\n");
	has(raw_read_head(client), "HTTP/1.1 100 Continue\r\n");
	raw_send(client, "hi");
	raw_read_until(origin, "hi");
	raw_send(origin, OK);
	has(raw_read_until(client, "ok"), "HTTP/1.1 200 OK\r\n");
	NOTHING_BUT("1", "responses 1xx=1", "responses 2xx=1");
	stop();
}

static void pipelined_requests_are_answered_in_order(void)
{
	start();
	for (unsigned i = 0; i < 50; i++)
		raw_send(client, GET("/one") GET("/two"));
	origin = raw_accept(listener);
	for (unsigned i = 0; i < 100; i++) {
		has(raw_read_head(origin), i % 2 ? "GET /two " : "GET /one ");
		raw_send(origin, i % 2 ? "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo"
				       : "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none");
	}
	for (unsigned i = 0; i < 100; i++)
		raw_read_until(client, i % 2 ? "\r\n\r\ntwo" : "\r\n\r\none");
	NOTHING_BUT("100", "responses 2xx=100");
	stop();
}

static void what_belongs_to_one_connection_stays_there(void)
{
	const char *head;

	start();
	raw_send(
		client,
		"GET / HTTP/1.1\r\nHost: a:81\r\nConnection: X-Mine\r\nX-Mine: 1\r\nUpgrade: h2c\r\n"
		"X-Forwarded-For: 9.9.9.9\r\nX_Forwarded_Proto: https\r\nForwarded: for=9.9.9.9\r\n"
		"Latch-Account: mallory\r\nLatch_Verdict: allow\r\n\r\n");
	head = origin_hears();
	has_not(head, "X-Mine");
	has_not(head, "Upgrade");
	has_not(head, "9.9.9.9");
	has_not(head, "X_Forwarded_Proto");
	has_not(head, "mallory");
	has_not(head, "Latch");
	has(head, "\r\nX-Forwarded-For: 127.0.0.1\r\n");
	has(head, "\r\nX-Forwarded-Proto: http\r\n");
	has(head, "\r\nX-Forwarded-Host: a:81\r\n");
	has(head, "\r\nX-Real-IP: 127.0.0.1\r\n");
	has(head, "\r\nX-Request-Id: ");
	raw_send(origin,
		 "HTTP/1.1 200 OK\r\nConnection: X-Theirs\r\nX-Theirs: 1\r\nKeep-Alive: 1\r\n"
		 "Content-Length: 2\r\n\r\nok");
	head = raw_read_until(client, "\r\n\r\nok");
	has_not(head, "Theirs");
	has_not(head, "Keep-Alive");
	stop();
}

static void an_origin_that_is_away_is_502(void)
{
	start();
	raw_close(&listener);
	raw_send(client, GET("/"));
	has(raw_read_head(client), "HTTP/1.1 502 ");
	NOTHING_BUT("1", "responses 5xx=1", "origin_failures connect=1", moves_down(port));
	listener = raw_listen(&port);
	stop();
}

static void an_origin_that_is_silent_is_504(void)
{
	start_with(
		"listen: [\"127.0.0.1:0\"]\n"
		"origin: { url: \"http://127.0.0.1:{origin}\", response_timeout: 100ms }\n"
		"state: { path: \"{dir}/state\" }\n"
		"admin: { listen: \"127.0.0.1:0\", token_file: \"{dir}/admin.token\" }\n"
		"identity: { session_cookies: [S], account: [ { response_header: Latch-Account } ] }\n"
		"redirect_urls: { new_account_url: /signup, logout_url: /login }\n",
		true);
	ask(GET("/"));
	has(raw_read_head(client), "HTTP/1.1 504 ");
	NOTHING_BUT("1", "responses 5xx=1", "origin_failures timeout=1");
	stop();
}

static void an_origin_that_talks_nonsense_is_502(void)
{
	start();
	ask(GET("/"));
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab");
	has(raw_read_head(client), "HTTP/1.1 502 ");
	NOTHING_BUT("1", "responses 5xx=1", "origin_failures malformed=1");
	stop();
}

static void a_request_that_breaks_the_rules_is_refused(void)
{
	start();
	raw_send(
		client,
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n");
	has(raw_read_all(client, NULL), "HTTP/1.1 400 ");
	NOTHING_BUT("0", "requests_refused=1", "responses 4xx=1");
	stop();
}

static void a_request_under_way_outlives_the_order_to_stop(void)
{
	start();
	ask(GET("/"));
	daemon_signal(gateway, SIGTERM);
	/* The listener goes first: then the order has arrived. */
	for (int fd; (fd = socket(AF_INET, SOCK_STREAM, 0)) >= 0;) {
		bool refused = !raw_may_connect(fd, daemon_port(gateway));

		close(fd);
		if (refused)
			break;
	}
	raw_send(origin, OK);
	has(raw_read_until(client, "\r\n\r\nok"), "\r\nConnection: close\r\n");
	raw_expect_end(client);
	ck_assert_int_eq(daemon_wait(gateway), 0);
	stop();
}

static void a_reload_cuts_nobody_off(void)
{
	start();
	ask(GET("/"));
	daemon_reload(gateway, legacy_settings);
	raw_send(origin, OK);
	has_not(raw_read_until(client, "\r\n\r\nok"), "Connection: close");
	raw_send(client, GET("/"));
	raw_read_head(origin);
	raw_send(origin, OK);
	raw_read_until(client, "\r\n\r\nok");
	stop();
}

/* 1 GiB each way through 20 MiB */

static const uint64_t GIBIBYTE = 1u << 30;

static void expect_small(void)
{
	long kib = volume_peak_kib(daemon_pid(gateway));

	ck_assert_msg(kib < 20 * 1024, "%ld KiB were resident", kib);
}

static void a_gibibyte_down_fits_into_20_mebibytes(void)
{
	struct volume v = { .bytes = GIBIBYTE };

	if (suite_is_light() || suite_is_sanitized())
		return;
	start();
	ask(GET("/"));
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n");
	raw_read_head(client);
	ck_assert(volume_pass(&v, origin, client));
	expect_small();
	stop();
}

static void a_gibibyte_up_fits_into_20_mebibytes(void)
{
	struct volume v = { .bytes = GIBIBYTE };

	if (suite_is_light() || suite_is_sanitized())
		return;
	start();
	ask(POST("Content-Length: 1073741824\r\n"));
	ck_assert(volume_pass(&v, client, origin));
	raw_send(origin, OK);
	raw_read_until(client, "\r\n\r\nok");
	expect_small();
	stop();
}

SUITE_MAIN("proxy", requests_and_responses_pass_over_kept_connections,
	   old_clients_are_served_as_they_can_be, bodies_pass_in_both_framings,
	   responses_without_a_body_have_none, who_expects_to_be_told_is_told,
	   pipelined_requests_are_answered_in_order, what_belongs_to_one_connection_stays_there,
	   an_origin_that_is_away_is_502, an_origin_that_is_silent_is_504,
	   an_origin_that_talks_nonsense_is_502, a_request_that_breaks_the_rules_is_refused,
	   a_request_under_way_outlives_the_order_to_stop, a_reload_cuts_nobody_off,
	   a_gibibyte_down_fits_into_20_mebibytes, a_gibibyte_up_fits_into_20_mebibytes)
