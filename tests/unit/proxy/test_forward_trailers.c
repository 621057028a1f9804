/* Fields behind a chunked body: which reach whom, and that those who send them slowly, wrongly or without end get what they
 * would get for a head like that. */
#include "base/mem.h"
#include "plain.h"
#include "raw.h"
#include "suite.h"
#include "volume.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct plain *proxy;
static int listener, client, origin;

static void start_with(void (*adjust)(struct settings *settings))
{
	uint16_t port;

	listener = raw_listen(&port);
	proxy = plain_start(&(struct plain_options){ .origin_port = port, .adjust = adjust });
	client = raw_connect(plain_port(proxy));
	origin = -1;
}

static void start(void)
{
	start_with(NULL);
}

static void stop(void)
{
	if (client >= 0)
		raw_close(&client);
	if (origin >= 0)
		raw_close(&origin);
	plain_stop(&proxy);
	raw_close(&listener);
}

#define has(text, part) ck_assert_msg(strstr(text, part), "no \"%s\" in \"%s\"", part, text)
#define has_not(text, part) ck_assert_msg(!strcasestr(text, part), "\"%s\" in \"%s\"", part, text)

#define GET "GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\n\r\n"
#define OK "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"

/* Whatever the first connection's requests are, all of them come by this one. */
static void ask(const char *request)
{
	raw_send(client, request);
	if (origin < 0)
		origin = raw_accept(listener);
	raw_read_head(origin);
}

/* The whole of what the client gets. */
static const char *answer(const char *request, const char *response)
{
	ask(request);
	raw_send(origin, response);
	return raw_read_until(client, "\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
}

static void trailers_reach_a_client_that_asked_for_them(void)
{
	const char *text;

	start();
	raw_send(client, GET);
	origin = raw_accept(listener);
	text = raw_read_head(origin);
	has(text, "\r\nTE: trailers\r\n");
	has(text, "\r\nConnection: TE\r\n");
	raw_send(origin, OK "Trailer: grpc-status,  Grpc-Message\r\n\r\n5\r\nhello\r\n0\r\n"
			    "grpc-status: 0\r\nGRPC-Message:  all is well \r\n\r\n");
	text = raw_read_until(
		client,
		"\r\n\r\n5\r\nhello\r\n0\r\ngrpc-status: 0\r\nGRPC-Message:  all is well \r\n\r\n");
	has(text, "\r\nTrailer: grpc-status, Grpc-Message\r\n");
	/* And both connections go on. */
	has(answer(GET, OK "\r\n5\r\nhello\r\n0\r\n\r\n"), "200 OK");
	stop();
}

static void keep_none(struct settings *s)
{
	s->origin.keepalive = 0;
}

/* TE belongs to one connection, and Connection has to say so (RFC 9110 §10.1.4). */
static void an_origin_that_is_told_to_close_is_still_told_of_te(void)
{
	const char *head;

	start_with(keep_none);
	raw_send(client, GET);
	origin = raw_accept(listener);
	head = raw_read_head(origin);
	has(head, "\r\nTE: trailers\r\n");
	has(head, "\r\nConnection: TE, close\r\n");
	stop();
}

static void a_body_without_bytes_may_have_trailers(void)
{
	start();
	ask(GET);
	raw_send(origin, OK "Trailer: A\r\n\r\n0\r\nA: b\r\n\r\n");
	raw_read_until(client, "\r\n\r\n0\r\nA: b\r\n\r\n");
	stop();
}

static void a_client_that_did_not_ask_gets_none(void)
{
	static const char *const requests[] = {
		"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nTE: gzip, trailersx\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nTrailer: A\r\n\r\n",
	};

	start();
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		has_not(answer(requests[i], OK "Trailer: A\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n"),
			"Trailer");
	stop();
}

static void what_was_not_announced_stays_behind(void)
{
	start();
	has_not(answer(GET, OK "\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n"), "Trailer");
	ask(GET);
	raw_send(origin, OK "Trailer: A\r\n\r\n5\r\nhello\r\n0\r\nB: c\r\nA: b\r\nAA: d\r\n\r\n");
	raw_read_until(client, "\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n");
	stop();
}

static void what_frames_routes_or_authenticates_stays_behind_though_announced(void)
{
	const char *text;

	start();
	ask(GET);
	raw_send(
		origin, OK
		"Connection: X-Hop\r\n"
		"Trailer: Set-Cookie, Latch-Account, Latch_Email, Location, Cache-Control, X-Hop, Content-Type\r\n"
		"Trailer: A, Host, WWW-Authenticate\r\n\r\n5\r\nhello\r\n0\r\n"
		"Set-Cookie: s=1\r\nLatch-Account: eve\r\nLatch_Email: e\r\nLocation: /\r\nCache-Control: public\r\n"
		"X-Hop: 1\r\nContent-Type: x\r\nHost: b\r\nA: b\r\nWWW-Authenticate: Basic\r\n\r\n");
	text = raw_read_until(client, "\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n");
	has(text, "\r\nTrailer: A\r\n");
	stop();
}

static void name_the_account_s_header(struct settings *s)
{
	s->identity.sources = mem_new(2 * sizeof(*s->identity.sources));
	s->identity.n_sources = 2;
	s->identity.sources[0].kind = SOURCE_RESPONSE_HEADER;
	s->identity.sources[0].name = mem_text("X-User");
	s->identity.sources[1].kind = SOURCE_REQUEST_HEADER;
	s->identity.sources[1].name = mem_text("X-Remote-User");
}

static void the_header_that_names_the_account_stays_behind(void)
{
	start_with(name_the_account_s_header);
	ask(GET);
	raw_send(origin, OK "Trailer: X-User, x_user, A, X-Remote-User\r\n\r\n5\r\nhello\r\n0\r\n"
			    "X-User: eve\r\nx_user: eve\r\nA: b\r\nX-Remote-User: eve\r\n\r\n");
	raw_read_until(client, "\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n");
	stop();
}

static void an_old_client_gets_neither_chunks_nor_trailers(void)
{
	const char *text;

	start();
	raw_send(client, "GET / HTTP/1.0\r\nTE: trailers\r\nConnection: TE\r\n\r\n");
	origin = raw_accept(listener);
	has_not(raw_read_head(origin), "\r\nTE:");
	raw_send(origin, OK "Trailer: A\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n");
	text = raw_read_all(client, NULL);
	has_not(text, "Trailer");
	ck_assert_str_eq(strstr(text, "\r\n\r\n"), "\r\n\r\nhello");
	stop();
}

static void responses_without_chunks_announce_nothing(void)
{
	start();
	ask(GET);
	raw_send(origin, "HTTP/1.1 200 OK\r\nTrailer: A\r\nContent-Length: 2\r\n\r\nok");
	has_not(raw_read_until(client, "\r\n\r\nok"), "Trailer");
	ask("HEAD / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n");
	raw_send(origin, OK "Trailer: A\r\n\r\n");
	has_not(raw_read_head(client), "Trailer");
	ask(GET);
	raw_send(origin, "HTTP/1.1 304 Not Modified\r\nTrailer: A\r\nTE: trailers\r\n\r\n");
	has_not(raw_read_head(client), "Tr");
	stop();
}

/* By one origin that is cut wherever it can be. */
static void trailers_pass_in_any_split(void)
{
	static const char response[] = OK
		"Trailer: A, B\r\n\r\n5\r\nhello\r\n3;x=y\r\nabc\r\n0\r\nA: b\r\nC: d\r\nB: e\r\n\r\n";

	start();
	for (size_t cut = 0; cut <= strlen(response); cut++) {
		const char *text;

		ask(GET);
		raw_send_bytes(origin, response, cut);
		raw_send(origin, response + cut);
		text = raw_read_until(client, "0\r\nA: b\r\nB: e\r\n\r\n");
		has_not(text, "C: d");
		has(text, "\r\nTrailer: A, B\r\n");
	}
	stop();
}

static void trailers_may_come_byte_by_byte(void)
{
	start();
	ask(GET);
	raw_send(origin, OK "Trailer: A\r\n\r\n5\r\nhello\r\n");
	raw_read_until(client, "5\r\nhello\r\n");
	for (const char *at = "0\r\nA: b\r\nX: y\r\n\r\n"; *at; at++)
		raw_send_bytes(origin, at, 1);
	raw_read_until(client, "0\r\nA: b\r\n\r\n");
	stop();
}

enum { CHUNK_BYTES = 60000, CHUNKS = 100 };

static void *send_much(void *arg)
{
	static char chunk[CHUNK_BYTES + 16];
	int len = snprintf(chunk, sizeof(chunk), "%x\r\n", CHUNK_BYTES);

	(void)arg;
	memset(chunk + len, 'x', CHUNK_BYTES);
	memcpy(chunk + len + CHUNK_BYTES, "\r\n", 2);
	for (int i = 0; i < CHUNKS; i++)
		raw_send_bytes(origin, chunk, (size_t)len + CHUNK_BYTES + 2);
	raw_send(origin, "0\r\nA: b\r\n\r\n");
	return NULL;
}

/* Reads to the end of a body with trailers; the last bytes of it. */
static const char *last_bytes(void)
{
	static char bytes[2 * 4096 + 1];
	size_t len = 0;

	for (;;) {
		ssize_t n = recv(client, bytes + len, 4096, 0);

		ck_assert_int_gt(n, 0);
		len += (size_t)n;
		bytes[len] = '\0';
		if (len >= 4 && strcmp(bytes + len - 4, "\r\n\r\n") == 0)
			return bytes + (len > 24 ? len - 24 : 0);
		if (len > 4096) {
			memmove(bytes, bytes + len - 4096, 4096);
			len = 4096;
		}
	}
}

/* They wait with the last run until there is room for both. */
static void trailers_reach_a_client_that_reads_late(void)
{
	pthread_t thread;

	start();
	ask(GET);
	raw_send(origin, OK "Trailer: A\r\n\r\n");
	raw_read_head(client);
	ck_assert_int_eq(pthread_create(&thread, NULL, send_much, NULL), 0);
	has(last_bytes(), "x\r\n0\r\nA: b\r\n\r\n");
	pthread_join(thread, NULL);
	has(answer(GET, OK "\r\n5\r\nhello\r\n0\r\n\r\n"), "200 OK");
	stop();
}

static void malformed_trailers_cut_the_client(void)
{
	static const char *const trailers[] = {
		"A : b\r\n\r\n",
		"A: b\r\n c\r\n\r\n",
		"A\r\n\r\n",
		"A: b\n\r\n",
		"A: \x01\r\n\r\n",
		": b\r\n\r\n",
		"Transfer-Encoding: gzip\r\n\r\n",
		"Content-Length: 1\r\n\r\n",
	};

	for (size_t i = 0; i < sizeof(trailers) / sizeof(trailers[0]); i++) {
		const char *text;

		start();
		ask(GET);
		raw_send(origin, OK "Trailer: A\r\n\r\n5\r\nhello\r\n0\r\n");
		raw_read_until(client, "5\r\nhello\r\n");
		raw_send(origin, trailers[i]);
		text = raw_read_all(client, NULL);
		has_not(text, "0\r\n");
		ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_FAIL_MALFORMED), 1);
		raw_expect_end(origin);
		stop();
	}
}

/* Trailers without an end, or until nobody takes them any more; many times what a head may have. */
static void send_endlessly(int fd, const char *line)
{
	size_t len = strlen(line);

	for (size_t sent = 0; sent < 512 * 1024; sent += len)
		if (send(fd, line, len, MSG_NOSIGNAL) < 0)
			return;
}

static void many_fields(struct settings *s)
{
	s->http.max_headers = 100000;
}

static void endless_trailers_of_an_origin_are_cut_before_they_take_room(void)
{
	static const char *const lines[] = { "A: bbbbbbbbbbbbbbbb\r\n", "A",
					     "A:", "xxxxxxxx: yyy\r\n" };

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		long before_kib;

		start_with(i % 2 ? many_fields : NULL);
		before_kib = volume_peak_kib(0);
		ask(GET);
		raw_send(origin, OK "Trailer: A\r\n\r\n5\r\nhello\r\n0\r\n");
		raw_read_until(client, "5\r\nhello\r\n");
		send_endlessly(origin, lines[i]);
		has_not(raw_read_all(client, NULL), "A");
		ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_FAIL_MALFORMED), 1);
		if (!suite_is_sanitized())
			ck_assert_int_lt(volume_peak_kib(0) - before_kib, 2 * 1024);
		stop();
	}
}

/* Requests */

#define POST "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: A\r\n\r\n"

enum { LARGEST_BYTES = 1 << 20, HEAD_BYTES = LARGEST_BYTES - 60, LINE_BYTES = 16000 };

static void allow_large_heads(struct settings *s)
{
	s->http.max_head_bytes = LARGEST_BYTES;
}

/* The head is so large that a request's memory has no room to write it; what follows comes in one read with its end. */
static char *large_response(void)
{
	static const char start_of_it[] = OK "Trailer: X-T\r\n",
			  line[] = "X-Large: ", end[] = "\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n";
	char *head = mem_new(LARGEST_BYTES);
	size_t len = sizeof(start_of_it) - 1;

	memset(head, 'x', HEAD_BYTES);
	memcpy(head, start_of_it, len);
	for (; len + LINE_BYTES < HEAD_BYTES; len += LINE_BYTES) {
		memcpy(head + len, line, sizeof(line) - 1);
		memcpy(head + len + LINE_BYTES - 2, "\r\n", 2);
	}
	memcpy(head + len, line, sizeof(line) - 1);
	memcpy(head + HEAD_BYTES - 4, end, sizeof(end));
	return head;
}

/* The trailers went behind a head that had found no room, and that was taken for a mistake of ours, by which everybody lost his
 * connection. */
static void trailers_behind_a_head_that_finds_no_room_cut_the_client_only(void)
{
	char *response = large_response();

	start_with(allow_large_heads);
	ask(GET);
	raw_send(origin, response);
	ck_assert_str_eq(raw_read_all(client, NULL), "");
	raw_close(&client);
	raw_close(&origin);
	client = raw_connect(plain_port(proxy));
	answer(GET, OK "\r\n5\r\nhello\r\n0\r\n\r\n");
	mem_free(response);
	stop();
}

static void trailers_of_a_request_are_read_to_their_end_and_stay_behind(void)
{
	static const char body[] = "5\r\nhello\r\n0\r\nA: b\r\nLatch-Account: eve\r\n\r\n";
	const char *text;

	start();
	for (size_t cut = 0; cut <= strlen(body); cut++) {
		raw_send(client, POST);
		raw_send_bytes(client, body, cut);
		raw_send(client, body + cut);
		if (origin < 0)
			origin = raw_accept(listener);
		text = raw_read_until(origin, "\r\n0\r\n\r\n");
		has_not(text, "Trailer");
		has_not(text, "Latch");
		raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
		raw_read_until(client, "\r\n\r\nok");
	}
	ck_assert_int_eq(plain_metric(proxy, METRIC_CONNECTIONS_TOTAL), 1);
	ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_CONNECTS), 1);
	stop();
}

static void malformed_trailers_of_a_request_are_a_400(void)
{
	static const char *const trailers[] = { "A : b\r\n\r\n", "A: b\r\n c\r\n\r\n",
						"Content-Length: 5\r\n\r\n",
						"GET / HTTP/1.1\r\n\r\n" };

	for (size_t i = 0; i < sizeof(trailers) / sizeof(trailers[0]); i++) {
		start();
		ask(POST "5\r\nhello\r\n0\r\n");
		raw_send(client, trailers[i]);
		has(raw_read_all(client, NULL), "HTTP/1.1 400 Bad Request\r\n");
		has_not(raw_read_all(origin, NULL), "0\r\n\r\n");
		stop();
	}
}

static void endless_trailers_of_a_request_are_a_400(void)
{
	start_with(many_fields);
	ask(POST "5\r\nhello\r\n0\r\n");
	send_endlessly(client, "A: bbbbbbbbbbbbb\r\n");
	has(raw_read_until(client, "400 Bad Request\n"), "HTTP/1.1 400 Bad Request\r\n");
	has_not(raw_read_all(origin, NULL), "0\r\n\r\n");
	stop();
}

static void be_quick(struct settings *s)
{
	s->http.body_timeout_ms = 200;
}

static void a_request_whose_trailers_do_not_come_is_a_408(void)
{
	start_with(be_quick);
	ask(POST "5\r\nhello\r\n0\r\nA: b\r\n");
	has(raw_read_all(client, NULL), "HTTP/1.1 408 Request Timeout\r\n");
	has_not(raw_read_all(origin, NULL), "0\r\n\r\n");
	stop();
}

/* They are no payload: whoever drips them is too slow, though never silent. */
static void a_request_whose_trailers_drip_is_a_408(void)
{
	if (suite_is_light()) /* ten seconds */
		return;
	start();
	ask(POST "5\r\nhello\r\n0\r\nA: ");
	while (send(client, "b", 1, MSG_NOSIGNAL) == 1 && !plain_metric(proxy, METRIC_REFUSED))
		usleep(100 * 1000);
	has(raw_read_until(client, "\n"), "HTTP/1.1 408 Request Timeout\r\n");
	stop();
}

SUITE_MAIN("forward, trailers", trailers_reach_a_client_that_asked_for_them,
	   an_origin_that_is_told_to_close_is_still_told_of_te,
	   a_body_without_bytes_may_have_trailers, a_client_that_did_not_ask_gets_none,
	   what_was_not_announced_stays_behind,
	   what_frames_routes_or_authenticates_stays_behind_though_announced,
	   the_header_that_names_the_account_stays_behind,
	   an_old_client_gets_neither_chunks_nor_trailers,
	   responses_without_chunks_announce_nothing, trailers_pass_in_any_split,
	   trailers_may_come_byte_by_byte, trailers_reach_a_client_that_reads_late,
	   malformed_trailers_cut_the_client,
	   trailers_behind_a_head_that_finds_no_room_cut_the_client_only,
	   endless_trailers_of_an_origin_are_cut_before_they_take_room,
	   trailers_of_a_request_are_read_to_their_end_and_stay_behind,
	   malformed_trailers_of_a_request_are_a_400, endless_trailers_of_a_request_are_a_400,
	   a_request_whose_trailers_do_not_come_is_a_408, a_request_whose_trailers_drip_is_a_408)
