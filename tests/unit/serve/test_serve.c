/* The clients' side: heads that are refused, answers of our own, deadlines, caps, draining. */
#include "plain.h"
#include "raw.h"
#include "suite.h"

#include "base/err.h"
#include "base/mem.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static struct plain *server;
static int client;

#define has(text, part) ck_assert_msg(strstr(text, part), "no \"%s\" in \"%s\"", part, text)
#define has_not(text, part) ck_assert_msg(!strstr(text, part), "\"%s\" in \"%s\"", part, text)

static void answer(struct plain *p, struct stream *s)
{
	struct http_field fields[] = { { .name = VIEW("X-Mine"), .value = VIEW("1") },
				       { .name = VIEW("X-Mine"), .value = VIEW("2") } };

	(void)p;
	stream_reply(s, 200, fields, 2, s->request.path);
}

static void start(const struct plain_options *options)
{
	struct plain_options with = *options;

	if (!with.on_request)
		with.on_request = answer;
	with.origin_port = 1;
	server = plain_start(&with);
	client = raw_connect(plain_port(server));
}

static void start_plain(void)
{
	start(&(struct plain_options){ 0 });
}

static void stop(void)
{
	if (client >= 0)
		raw_close(&client);
	plain_stop(&server);
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

/* Answers of our own */

static void an_answer_has_length_date_and_the_given_fields(void)
{
	const char *text;

	start_plain();
	raw_send(client, GET("/abc"));
	text = raw_read_until(client, "\r\n\r\n/abc");
	has(text, "HTTP/1.1 200 OK\r\nX-Mine: 1\r\nX-Mine: 2\r\nDate: ");
	has(text, "\r\nContent-Length: 4\r\n");
	has_not(text, "Connection");
	ck_assert_int_eq(plain_metric(server, METRIC_RESPONSES_2XX), 1);
	stop();
}

static void the_answer_to_head_has_no_body(void)
{
	start_plain();
	raw_send(client, "HEAD /abc HTTP/1.1\r\nHost: a\r\n\r\n" GET("/d"));
	has(raw_read_head(client), "\r\nContent-Length: 4\r\n");
	has(raw_read_until(client, "/d"), "HTTP/1.1 200 OK\r\n");
	stop();
}

static void pipelined_requests_are_answered_in_order(void)
{
	start_plain();
	for (int i = 0; i < 300; i++)
		raw_send(client, GET("/first") GET("/second"));
	for (int i = 0; i < 300; i++) {
		raw_read_until(client, "\r\n\r\n/first");
		raw_read_until(client, "\r\n\r\n/second");
	}
	ck_assert_int_eq(plain_metric(server, METRIC_REQUESTS), 600);
	stop();
}

static void pipelined_requests_before_the_clients_end_are_answered(void)
{
	start_plain();
	raw_send(client, GET("/1") GET("/2") GET("/3"));
	shutdown(client, SHUT_WR);
	has(raw_read_all(client, NULL), "\r\n\r\n/3");
	stop();
}

static void an_unread_body_closes_the_connection_but_not_in_the_clients_face(void)
{
	char *bytes = calloc(1, 2000000);
	bool reset;

	start_plain();
	raw_send(client, "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n");
	raw_send_bytes(client, bytes, 2000000);
	has(raw_read_all(client, &reset), "\r\nConnection: close\r\n\r\n/p");
	ck_assert(!reset);
	free(bytes);
	stop();
}

static void later(struct plain *p, void *arg)
{
	struct stream **s = arg;

	(void)p;
	stream_reply(*s, 200, NULL, 0, VIEW("later"));
}

static _Atomic(struct stream *) waiting;

static void wait_for_it(struct plain *p, struct stream *s)
{
	(void)p;
	atomic_store(&waiting, s);
}

static struct stream *await_stream(void)
{
	for (int i = 0; i < 30000 && !atomic_load(&waiting); i++)
		usleep(1000);
	ck_assert_ptr_nonnull(atomic_load(&waiting));
	return atomic_load(&waiting);
}

static void an_answer_may_take_its_time(void)
{
	struct stream *s;

	start(&(struct plain_options){ .on_request = wait_for_it });
	raw_send(client, GET("/"));
	s = await_stream();
	plain_call(server, later, &s);
	raw_read_until(client, "\r\n\r\nlater");
	stop();
}

static void a_client_that_leaves_meanwhile_is_told_to_the_app(void)
{
	start(&(struct plain_options){ .on_request = wait_for_it });
	raw_send(client, GET("/"));
	await_stream();
	raw_reset(&client);
	plain_await(&plain_seen(server)->aborted, 1);
	ck_assert_uint_eq(plain_seen(server)->last_status, 0);
	stop();
}

static void reply_large(struct plain *p, struct stream *s)
{
	char *body = calloc(1, 900000);

	(void)p;
	memset(body, 'x', 900000);
	stream_reply(s, 200, NULL, 0, view_make(body, 900000));
	free(body);
}

static void a_large_answer_arrives_whole(void)
{
	start(&(struct plain_options){ .on_request = reply_large });
	raw_send(client, GET("/"));
	usleep(50000); /* the socket's buffers fill up */
	raw_read_head(client);
	ck_assert_uint_eq(strspn(raw_read_bytes(client, 900000), "x"), 900000);
	stop();
}

/* Bodies collected */

static void on_collected(struct stream *s, int err, struct view body)
{
	stream_reply(s, err ? 413 : 200, NULL, 0, body);
}

static void collect_ten(struct plain *p, struct stream *s)
{
	(void)p;
	stream_collect(s, 10, on_collected);
}

static void a_body_is_collected(void)
{
	start(&(struct plain_options){ .on_request = collect_ten });
	raw_send(client, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234");
	raw_send(client, "56789");
	raw_read_until(client, "\r\n\r\n0123456789");
	raw_send(
		client,
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n3\r\nbcd\r\n0\r\n\r\n");
	raw_read_until(client, "\r\n\r\nabcd");
	raw_send(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	has(raw_read_head(client), "\r\nContent-Length: 0\r\n");
	stop();
}

static void a_body_that_is_too_large_is_not_collected(void)
{
	start(&(struct plain_options){ .on_request = collect_ten });
	raw_send(
		client,
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n0123456789a\r\n");
	has(raw_read_all(client, NULL), "HTTP/1.1 413 ");
	stop();
}

static void who_collects_says_go_on(void)
{
	start(&(struct plain_options){ .on_request = collect_ten });
	raw_send(client,
		 "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
	ck_assert_str_eq(raw_read_head(client), "HTTP/1.1 100 Continue\r\n\r\n");
	raw_send(client, "ab");
	raw_read_until(client, "\r\n\r\nab");
	stop();
}

/* Heads that are refused */

static void expect_refusal(const char *request, unsigned status)
{
	char line[32];
	const char *text;

	start_plain();
	raw_send(client, request);
	text = raw_read_all(client, NULL);
	snprintf(line, sizeof(line), "HTTP/1.1 %u ", status);
	ck_assert_msg(strncmp(text, line, strlen(line)) == 0,
		      "%u expected, got \"%.200s\" for \"%.200s\"", status, text, request);
	has(text, "\r\nConnection: close\r\n");
	ck_assert_uint_eq(plain_seen(server)->requests, 0);
	ck_assert_uint_eq(plain_seen(server)->last_refused, status);
	ck_assert_int_eq(plain_metric(server, METRIC_REFUSED), 1);
	stop();
}

static void what_breaks_the_rules_is_refused_and_closed(void)
{
	expect_refusal("GET  / HTTP/1.1\r\nHost: a\r\n\r\n" GET("/"), 400);
	expect_refusal("GET / HTTP/1.1\r\n\r\n", 400);
	expect_refusal("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400);
	expect_refusal("GET / HTTP/1.1\nHost: a\n\n", 400);
	expect_refusal("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400);
	expect_refusal("GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\n 2\r\n\r\n", 400);
	expect_refusal("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\nx", 400);
	expect_refusal(
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
		400);
	expect_refusal("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx", 400);
	expect_refusal(
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
		400);
	expect_refusal("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
	expect_refusal("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505);
	expect_refusal("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 405);
	expect_refusal("POST / HTTP/1.1\r\nHost: a\r\nExpect: magic\r\nContent-Length: 1\r\n\r\n",
		       417);
	expect_refusal("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501);
}

static void what_is_too_large_is_refused_and_closed(void)
{
	char *text = malloc(100000);

	memset(text, 'x', 100000);
	memcpy(text, "GET /", 5);
	text[20000] = '\0';
	expect_refusal(text, 414);
	memset(text, 'x', 100000);
	memcpy(text, "GET / HTTP/1.1\r\nHost: a\r\nX: ", 28);
	text[70000] = '\0';
	expect_refusal(text, 431);
	strcpy(text, "GET / HTTP/1.1\r\nHost: a\r\n");
	for (int i = 0; i < 100; i++)
		strcat(text, "A: 1\r\n");
	strcat(text, "\r\n");
	expect_refusal(text, 431);
	free(text);
}

static void a_request_after_good_ones_is_refused_in_its_turn(void)
{
	const char *answer;

	start_plain();
	raw_send(client, GET("/1") "nonsense\r\n\r\n" GET("/2"));
	raw_read_until(client, "\r\n\r\n/1");
	answer = raw_read_all(client, NULL);
	has(answer, "HTTP/1.1 400 ");
	has(answer, "\r\nCache-Control: no-store\r\n"); /* as every answer of our own */
	ck_assert_uint_eq(plain_seen(server)->requests, 1);
	stop();
}

/* Deadlines */

/* Whoever asks at once is in time, on a machine that may be busy. */
enum { SHORT_MS = 400 };

static void hurry(struct settings *s)
{
	s->http.head_timeout_ms = SHORT_MS;
	s->http.body_timeout_ms = SHORT_MS;
	s->http.idle_timeout_ms = SHORT_MS;
}

static void an_unfinished_head_is_408(void)
{
	start(&(struct plain_options){ .adjust = hurry });
	raw_send(client, "GET / HTTP/1.1\r\nHost:");
	has(raw_read_all(client, NULL), "HTTP/1.1 408 ");
	ck_assert_uint_eq(plain_seen(server)->last_refused, 408);
	stop();
}

static void a_trickling_head_is_408_all_the_same(void)
{
	start(&(struct plain_options){ .adjust = hurry });
	for (int i = 0; i < 200 && raw_is_silent(client, 5); i++)
		send(client, "G", 1, MSG_NOSIGNAL);
	has(raw_read_all(client, NULL), "HTTP/1.1 408 ");
	stop();
}

static void an_unfinished_body_is_408(void)
{
	start(&(struct plain_options){ .adjust = hurry, .on_request = collect_ten });
	raw_send(client, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234");
	has(raw_read_all(client, NULL), "HTTP/1.1 408 ");
	plain_await(&plain_seen(server)->aborted, 1);
	ck_assert_uint_eq(plain_seen(server)->last_status, 408);
	stop();
}

/* Never silent for long, yet too slow: only the rate over 10 s tells. */
static void a_trickling_body_is_408(void)
{
	if (suite_is_light() || suite_is_sanitized())
		return;
	start(&(struct plain_options){ .on_request = collect_ten });
	raw_send(client, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;");
	for (int i = 0; i < 300 && raw_is_silent(client, 50); i++)
		send(client, "x", 1, MSG_NOSIGNAL);
	has(raw_read_all(client, NULL), "HTTP/1.1 408 ");
	stop();
}

static void an_idle_connection_is_closed_without_a_word(void)
{
	start(&(struct plain_options){ .adjust = hurry });
	ck_assert_str_eq(raw_read_all(client, NULL), "");
	raw_close(&client);
	client = raw_connect(plain_port(server));
	raw_send(client, GET("/"));
	raw_read_until(client, "\r\n\r\n/");
	ck_assert_str_eq(raw_read_all(client, NULL), "");
	plain_await_metric(server, METRIC_CONNECTIONS, 0);
	ck_assert_int_eq(plain_metric(server, METRIC_REFUSED), 0);
	stop();
}

static void an_empty_line_after_a_request_is_nobodys_beginning(void)
{
	start(&(struct plain_options){ .adjust = hurry });
	raw_send(client, GET("/") "\r\n");
	raw_read_until(client, "\r\n\r\n/");
	ck_assert_str_eq(raw_read_all(client, NULL), "");
	ck_assert_int_eq(plain_metric(server, METRIC_REFUSED), 0);
	raw_close(&client);
	client = raw_connect(plain_port(server));
	raw_send(client, GET("/") "\r\n" GET("/b") "\r\n\r\n" GET("/c"));
	raw_read_until(client, "\r\n\r\n/b");
	has(raw_read_all(client, NULL), "HTTP/1.1 400 ");
	stop();
}

static void a_client_that_takes_nothing_is_cut(void)
{
	start(&(struct plain_options){ .adjust = hurry, .on_request = reply_large });
	for (int i = 0; i < 10; i++)
		raw_send(client, GET("/"));
	plain_await(&plain_seen(server)->aborted, 1);
	plain_await_metric(server, METRIC_CONNECTIONS, 0);
	stop();
}

static void be_evenly_patient(struct settings *s)
{
	s->http.idle_timeout_ms = s->http.body_timeout_ms;
}

/* Where idle_timeout and body_timeout were equal, whatever was waited for was taken for a body, and that for too slow. */
static void a_slow_reader_is_no_slow_sender(void)
{
	if (suite_is_light() || suite_is_sanitized())
		return;
	start(&(struct plain_options){ .adjust = be_evenly_patient, .on_request = reply_large });
	for (int i = 0; i < 10; i++)
		raw_send(client, GET("/"));
	sleep(11);
	for (int i = 0; i < 10; i++) {
		raw_read_head(client);
		raw_read_bytes(client, 900000);
	}
	stop();
}

static void be_briefly_patient(struct settings *s)
{
	s->http.head_timeout_ms = s->http.idle_timeout_ms = 4000;
}

/* Where idle_timeout and head_timeout were equal, a head had only what was left of the rest before it. */
static void a_head_has_its_time_however_long_the_rest_before_it(void)
{
	start(&(struct plain_options){ .adjust = be_briefly_patient });
	raw_send(client, GET("/"));
	raw_read_until(client, "\r\n\r\n/");
	ck_assert(raw_is_silent(client, 2500));
	raw_send(client, "GET /");
	ck_assert(raw_is_silent(client, 2500));
	raw_send(client, " HTTP/1.1\r\nHost: a\r\n\r\n");
	raw_read_until(client, "\r\n\r\n/");
	stop();
}

/* Room for connections */

/* Written without a request, and as complete as any other answer. */
static void expect_503(const char *answer)
{
	unsigned length = 0;

	has(answer, "HTTP/1.1 503 Service Unavailable\r\n");
	has(answer, "\r\nDate: ");
	has(answer, " GMT\r\n");
	has(answer, "\r\nCache-Control: no-store\r\n");
	has(answer, "\r\nConnection: close\r\n");
	has(answer, "\r\nRetry-After: ");
	has(answer, "\r\nContent-Length: ");
	sscanf(strstr(answer, "\r\nContent-Length: "), " Content-Length: %u", &length);
	ck_assert_uint_eq(strlen(strstr(answer, "\r\n\r\n") + 4), length);
}

static void the_longest_idle_makes_room(void)
{
	int second, third;

	start(&(struct plain_options){ .max_connections = 2 });
	raw_send(client, GET("/"));
	raw_read_until(client, "\r\n\r\n/");
	second = raw_connect(plain_port(server));
	raw_send(second, GET("/"));
	raw_read_until(second, "\r\n\r\n/");
	raw_send(client, GET("/"));
	raw_read_until(client, "\r\n\r\n/");
	third = raw_connect(plain_port(server));
	raw_send(third, GET("/"));
	raw_read_until(third, "\r\n\r\n/");
	raw_expect_end(second);
	raw_send(client, GET("/"));
	raw_read_until(client, "\r\n\r\n/");
	raw_close(&second);
	raw_close(&third);
	stop();
}

static void without_room_newcomers_are_told_so_and_counted(void)
{
	int second;

	start(&(struct plain_options){ .max_connections = 1, .on_request = wait_for_it });
	raw_send(client, GET("/"));
	await_stream();
	second = raw_connect(plain_port(server));
	expect_503(raw_read_all(second, NULL));
	ck_assert_int_eq(plain_metric(server, METRIC_CONNECTIONS_REFUSED), 1);
	ck_assert_int_eq(plain_metric(server, METRIC_CONNECTIONS_CROWDED), 0);
	raw_close(&second);
	stop();
}

/* From now on this process gets no further descriptor. */
static struct rlimit use_up_descriptors(void)
{
	struct rlimit old, now;
	int next = dup(client);

	ck_assert_int_ge(next, 0);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
	now = old;
	now.rlim_cur = (rlim_t)next;
	raw_close(&next);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &now), 0);
	return old;
}

static void the_listener_comes_back_when_descriptors_ran_out(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct rlimit old;
	int second;

	start_plain();
	raw_send(client, GET("/"));
	raw_read_until(client, "\r\n\r\n/");
	second = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_ge(second, 0);
	old = use_up_descriptors();
	at.sin_port = htons(plain_port(server));
	ck_assert_int_eq(connect(second, (struct sockaddr *)&at, sizeof(at)), 0);
	raw_send(second, GET("/x"));
	ck_assert(raw_is_silent(second, 50));
	/* What is open goes on being served. */
	raw_send(client, GET("/y"));
	raw_read_until(client, "\r\n\r\n/y");
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
	raw_read_until(second, "\r\n\r\n/x");
	raw_close(&second);
	stop();
}

/* The end */

static void draining_closes_the_idle_and_answers_the_rest(void)
{
	struct stream *s;
	int idle;

	start(&(struct plain_options){ .on_request = wait_for_it });
	idle = raw_connect(plain_port(server));
	raw_send(client, GET("/"));
	s = await_stream();
	plain_await_metric(server, METRIC_CONNECTIONS, 2);
	plain_drain(server);
	raw_expect_end(idle);
	ck_assert_uint_eq(plain_seen(server)->drained, 0);
	plain_call(server, later, &s);
	has(raw_read_until(client, "later"), "\r\nConnection: close\r\n");
	raw_close(&client);
	plain_await(&plain_seen(server)->drained, 1);
	raw_close(&idle);
	stop();
}

static void short_drain(struct settings *s)
{
	s->http.drain_ms = 50;
}

static void draining_never_takes_longer_than_allowed(void)
{
	start(&(struct plain_options){ .on_request = wait_for_it, .adjust = short_drain });
	raw_send(client, GET("/"));
	await_stream();
	plain_drain(server);
	raw_expect_end(client);
	plain_await(&plain_seen(server)->drained, 1);
	plain_await(&plain_seen(server)->aborted, 1);
	stop();
}

static void draining_nobody_is_done_at_once(void)
{
	start_plain();
	raw_close(&client);
	plain_await_metric(server, METRIC_CONNECTIONS_TOTAL, 1);
	plain_await_metric(server, METRIC_CONNECTIONS, 0);
	plain_drain(server);
	plain_await(&plain_seen(server)->drained, 1);
	stop();
}

static void other_settings(struct plain *p, void *arg)
{
	struct settings *s = arg;

	serve_use_settings(plain_serve(p), s);
}

/* What comes before everything: the header of a proxy. */

static const char *stated_from, *most;
static bool is_impatient;

static void await_header(struct settings *settings)
{
	struct settings_listener *l = MEM_NEW(struct settings_listener);

	l->address.text = mem_text("here");
	l->proxy_protocol = true;
	if (stated_from)
		plain_trust(&l->proxy_protocol_from, stated_from);
	settings->listeners = l;
	settings->n_listeners = 1;
	if (is_impatient)
		settings->http.head_timeout_ms = 300;
	settings->http.max_connections_per_address = most ? (unsigned)atoi(most) : 0;
}

static void say_remote(struct plain *p, struct stream *s)
{
	struct peer peer;

	(void)p;
	peer_find(&s->request, s->remote, s->https, s->settings, &peer);
	stream_reply(s, 200, NULL, 0, view_of(peer.text));
}

static void start_awaiting(void)
{
	start(&(struct plain_options){ .adjust = await_header, .on_request = say_remote });
}

static void expect_metrics(int64_t sender, int64_t malformed, int64_t late)
{
	plain_await_metric(server, METRIC_PREFACES_SENDER, sender);
	plain_await_metric(server, METRIC_PREFACES_MALFORMED, malformed);
	plain_await_metric(server, METRIC_PREFACES_LATE, late);
	plain_await_metric(server, METRIC_CONNECTIONS, 0);
}

#define HEADER "PROXY TCP4 192.0.2.7 198.51.100.1 1234 80\r\n"
#define BLOCK(command, rest) "\r\n\r\n\0\r\nQUIT\n" command rest

static void the_address_in_the_header_is_the_clients(void)
{
	static const struct {
		struct view header;
		const char *client;
	} headers[] = {
		{ VIEW(HEADER), "192.0.2.7" },
		{ VIEW("PROXY TCP6 2001:db8::7 ::1 1 2\r\n"), "2001:db8::7" },
		{ VIEW("PROXY UNKNOWN\r\n"), "unknown" },
		{ VIEW(BLOCK("\x21\x11", "\0\x0c\xc0\0\2\x09\x7f\0\0\1\0\1\0\2")), "192.0.2.9" },
		{ VIEW(BLOCK("\x20\0", "\0\0")), "127.0.0.1" },
		{ VIEW(BLOCK("\x21\0", "\0\0")), "unknown" },
	};

	start_awaiting();
	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++) {
		raw_send_bytes(client, headers[i].header.at, headers[i].header.len);
		for (int n = 0; n < 2; n++) {
			raw_send(client, GET("/"));
			has(raw_read_until(client, headers[i].client), "HTTP/1.1 200 ");
		}
		raw_close(&client);
		client = raw_connect(plain_port(server));
	}
	raw_close(&client);
	expect_metrics(0, 0, 0);
	stop();
}

static void a_header_comes_in_pieces_or_with_the_request(void)
{
	static const char both[] = HEADER GET("/");

	start_awaiting();
	for (size_t cut = 1; cut < sizeof(both) - 1; cut++) {
		raw_send_bytes(client, both, cut);
		if (cut % 8 == 0)
			raw_is_silent(client, 2);
		raw_send(client, both + cut);
		raw_read_until(client, "192.0.2.7");
		raw_close(&client);
		client = raw_connect(plain_port(server));
	}
	raw_close(&client);
	expect_metrics(0, 0, 0);
	stop();
}

static void without_a_header_nobody_is_answered(void)
{
	static const char *const wrong[] = { GET("/"), "PROXY TCP4 1.2.3.4\r\n" GET("/"),
					     "\r\n\r\n" GET("/"), "PROXY UNKNOWN\n" GET("/") };
	bool reset;

	start_awaiting();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		raw_send(client, wrong[i]);
		ck_assert_str_eq(raw_read_all(client, &reset), "");
		raw_close(&client);
		client = raw_connect(plain_port(server));
	}
	raw_send(client, "PROXY TC");
	raw_close(&client);
	expect_metrics(0, 5, 0);
	ck_assert_int_eq(plain_metric(server, METRIC_REQUESTS), 0);
	stop();
}

static void a_header_that_does_not_come_is_not_waited_for(void)
{
	int half;

	is_impatient = true;
	start_awaiting();
	half = raw_connect(plain_port(server));
	raw_send(half, "PROXY TCP4 192.0.2");
	raw_expect_end(half);
	raw_expect_end(client);
	raw_close(&half);
	expect_metrics(0, 0, 2);
	stop();
	is_impatient = false;
}

static void who_looks_whether_somebody_listens_does_no_wrong(void)
{
	start_awaiting();
	raw_close(&client);
	expect_metrics(0, 0, 0);
	stop();
}

static void a_header_from_somebody_else_is_not_read(void)
{
	stated_from = "192.0.2.1";
	start_awaiting();
	raw_expect_end(client);
	raw_close(&client);
	expect_metrics(1, 0, 0);
	stop();
	stated_from = "127.0.0.1";
	start_awaiting();
	raw_send(client, HEADER GET("/"));
	raw_read_until(client, "192.0.2.7");
	stop();
	stated_from = NULL;
	start(&(struct plain_options){
		.adjust = await_header, .on_request = say_remote, .trusted = "192.0.2.1" });
	raw_expect_end(client);
	stop();
}

static void a_stated_address_is_trusted_for_itself(void)
{
	static const char request[] =
		"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.1\r\n\r\n";

	stated_from = "127.0.0.1";
	start(&(struct plain_options){
		.adjust = await_header, .on_request = say_remote, .trusted = "192.0.2.7" });
	raw_send(client, HEADER);
	raw_send(client, request);
	raw_read_until(client, "\r\n\r\n203.0.113.1");
	raw_close(&client);
	client = raw_connect(plain_port(server));
	raw_send(client, "PROXY TCP4 192.0.2.8 198.51.100.1 1234 80\r\n");
	raw_send(client, request);
	raw_read_until(client, "\r\n\r\n192.0.2.8");
	stop();
	stated_from = NULL;
}

/* Too many from one address. */

static void crowd(struct settings *settings)
{
	settings->http.max_connections_per_address = 2;
}

static void an_address_with_too_many_connections_is_told_so(void)
{
	const char *answer;
	int second, third;

	start(&(struct plain_options){ .adjust = crowd });
	second = raw_connect(plain_port(server));
	raw_send(second, GET("/"));
	raw_read_until(second, "\r\n\r\n/");
	third = raw_connect(plain_port(server));
	answer = raw_read_all(third, NULL);
	expect_503(answer);
	has(answer, "connections from you");
	raw_close(&third);
	ck_assert_int_eq(plain_metric(server, METRIC_CONNECTIONS_CROWDED), 1);
	ck_assert_int_eq(plain_metric(server, METRIC_CONNECTIONS_TOTAL), 2);
	raw_close(&second);
	plain_await_metric(server, METRIC_CONNECTIONS, 1);
	third = raw_connect(plain_port(server));
	raw_send(third, GET("/"));
	raw_read_until(third, "\r\n\r\n/");
	raw_close(&third);
	stop();
}

static void a_trusted_proxy_may_have_as_many_as_it_likes(void)
{
	int more[5];

	start(&(struct plain_options){ .adjust = crowd, .trusted = "127.0.0.1" });
	for (int i = 0; i < 5; i++) {
		more[i] = raw_connect(plain_port(server));
		raw_send(more[i], GET("/"));
		raw_read_until(more[i], "\r\n\r\n/");
	}
	for (int i = 0; i < 5; i++)
		raw_close(&more[i]);
	stop();
}

static void the_stated_address_is_the_one_that_counts(void)
{
	int second;

	most = "1";
	start_awaiting();
	second = raw_connect(plain_port(server));
	raw_send(client, HEADER GET("/"));
	raw_read_until(client, "192.0.2.7");
	raw_send(second, HEADER);
	has(raw_read_all(second, NULL), "HTTP/1.1 503 ");
	raw_close(&second);
	second = raw_connect(plain_port(server));
	raw_send(second, "PROXY TCP4 192.0.2.8 198.51.100.1 1234 80\r\n" GET("/"));
	raw_read_until(second, "192.0.2.8");
	raw_close(&second);
	plain_await_metric(server, METRIC_CONNECTIONS, 1);
	ck_assert_int_eq(plain_metric(server, METRIC_CONNECTIONS_CROWDED), 1);
	stop();
	most = NULL;
}

static void new_settings_are_for_new_requests(void)
{
	struct settings *s =
		plain_settings(&(struct plain_options){ .origin_port = 1, .adjust = hurry });

	start_plain();
	s->http.max_headers = 2;
	raw_send(client, "GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 1\r\n\r\n");
	raw_read_until(client, "\r\n\r\n/");
	plain_call(server, other_settings, s);
	settings_unref(&s);
	raw_send(client, "GET / HTTP/1.1\r\nHost: a\r\nA: 1\r\nB: 1\r\n\r\n");
	has(raw_read_all(client, NULL), "HTTP/1.1 431 ");
	stop();
}

static void reset_waiting(void)
{
	atomic_store(&waiting, NULL);
}

SUITE_MAIN_WITH(
	"serve", reset_waiting, NULL, an_answer_has_length_date_and_the_given_fields,
	the_answer_to_head_has_no_body, pipelined_requests_are_answered_in_order,
	pipelined_requests_before_the_clients_end_are_answered,
	an_unread_body_closes_the_connection_but_not_in_the_clients_face,
	an_answer_may_take_its_time, a_client_that_leaves_meanwhile_is_told_to_the_app,
	a_large_answer_arrives_whole, a_body_is_collected,
	a_body_that_is_too_large_is_not_collected, who_collects_says_go_on,
	what_breaks_the_rules_is_refused_and_closed, what_is_too_large_is_refused_and_closed,
	a_request_after_good_ones_is_refused_in_its_turn, an_unfinished_head_is_408,
	a_trickling_head_is_408_all_the_same, an_unfinished_body_is_408, a_trickling_body_is_408,
	an_idle_connection_is_closed_without_a_word,
	an_empty_line_after_a_request_is_nobodys_beginning, a_client_that_takes_nothing_is_cut,
	a_slow_reader_is_no_slow_sender, a_head_has_its_time_however_long_the_rest_before_it,
	the_longest_idle_makes_room, without_room_newcomers_are_told_so_and_counted,
	the_listener_comes_back_when_descriptors_ran_out,
	draining_closes_the_idle_and_answers_the_rest, draining_never_takes_longer_than_allowed,
	draining_nobody_is_done_at_once, new_settings_are_for_new_requests,
	the_address_in_the_header_is_the_clients, a_header_comes_in_pieces_or_with_the_request,
	without_a_header_nobody_is_answered, a_header_that_does_not_come_is_not_waited_for,
	who_looks_whether_somebody_listens_does_no_wrong, a_header_from_somebody_else_is_not_read,
	a_stated_address_is_trusted_for_itself, an_address_with_too_many_connections_is_told_so,
	a_trusted_proxy_may_have_as_many_as_it_likes, the_stated_address_is_the_one_that_counts)
