/* Tunnels through the whole gateway: WebSockets carry bytes both ways as long as their device is allowed, and not a second
 * longer. The engine's own tests (tests/unit/proxy) go into every corner of the wire. */
#include "hotline.h"
#include "raw.h"
#include "suite.h"
#include "volume.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* What is looked at four times a second is closed within one, on a machine that has nothing else to do. */
enum { FEW = 8, MANY = 200, SOON_MS = 10 * 1000, IDLE_MS = 2000 };

#define has(text, part) ck_assert_msg(strstr(text, part), "no \"%s\" in \"%s\"", part, text)

#define HANDSHAKE "GET /socket HTTP/1.1\r\nHost: www.example.com\r\n" HOTLINE_UPGRADE "\r\n"
#define POLICY "\x88\x02\x03\xf0"
#define GOING_AWAY "\x88\x02\x03\xe9"
#define FRAME "\x81\x04ping"

/* The origin: whatever comes through a socket goes back, until the client has said all. */

static bool echo(struct origin_call *call)
{
	char bytes[65536];
	ssize_t n;

	wirework_send(call->fd, HOTLINE_GRANTED "\r\n", strlen(HOTLINE_GRANTED "\r\n"));
	while ((n = recv(call->fd, bytes, sizeof(bytes), 0)) > 0)
		for (ssize_t sent = 0, once; sent < n; sent += once)
			if ((once = send(call->fd, bytes + sent, (size_t)(n - sent),
					 MSG_NOSIGNAL)) <= 0)
				return false;
	return false;
}

static bool script(struct origin_call *call)
{
	if (strcmp(call->target, "/socket") != 0)
		return legacy_script(call);
	if (message_field(call->request, "Please-Wait", 0))
		legacy_wait(call->ctx);
	return echo(call);
}

static struct story begin(const char *yaml)
{
	return story_begin_with(yaml, legacy_settings, script, story_sink_script);
}

/* A socket with this visitor's cookies, asked for. */
static int ask_for_socket(struct story *s, const struct visitor *v)
{
	return hotline_ask(s, v, "GET", "/socket", HOTLINE_UPGRADE);
}

static void expect_echo(int fd)
{
	raw_send(fd, FRAME);
	ck_assert_str_eq(raw_read_bytes(fd, strlen(FRAME)), FRAME);
}

/* Enough for both workers to have some. */
static void open_sockets(struct story *s, const struct visitor *v, int *fds, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		fds[i] = ask_for_socket(s, v);
	for (unsigned i = 0; i < n; i++) {
		has(raw_read_head(fds[i]), "HTTP/1.1 101 ");
		expect_echo(fds[i]);
	}
}

static void close_sockets(int *fds, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		raw_close(&fds[i]);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* All of them get this frame, soon, and then nothing more. */
static void expect_closed(const int *fds, unsigned n, const char *frame)
{
	int64_t began_ms = now_ms();

	for (unsigned i = 0; i < n; i++)
		ck_assert_str_eq(raw_read_bytes(fds[i], strlen(frame)), frame);
	ck_assert_int_le(now_ms() - began_ms, SOON_MS);
	for (unsigned i = 0; i < n; i++) {
		bool reset;

		ck_assert_str_eq(raw_read_all(fds[i], &reset), "");
		ck_assert(!reset);
	}
	ck_assert_int_le(now_ms() - began_ms, 2 * SOON_MS);
}

static void expect_no_tunnels(struct story *s)
{
	for (unsigned i = 0; i < 1000 && daemon_metric(s->daemon, "tunnels") > 0; i++)
		poll(NULL, 0, 10);
	ck_assert_int_eq((int)daemon_metric(s->daemon, "tunnels"), 0);
}

static void expect_opened(struct daemon *d, unsigned n)
{
	char *metrics = daemon_scrape(d), line[64];

	snprintf(line, sizeof(line), "\nlatchd_tunnels_total %u\n", n);
	has(metrics, line);
	free(metrics);
}

/* Bytes */

static void small_frames_go_to_and_fro_and_the_end_is_logged(void)
{
	struct story s = begin("");
	struct visitor *nobody = story_visitor(&s);
	int fd;

	open_sockets(&s, nobody, &fd, 1);
	for (unsigned i = 0; i < 500; i++)
		expect_echo(fd);
	shutdown(fd, SHUT_WR);
	raw_expect_end(fd);
	raw_close(&fd);
	expect_no_tunnels(&s);
	STORY_MOVED(&s, "requests=1", "responses 1xx=1", "verdicts allow=1",
		    "requests_identified nothing=1");
	expect_opened(s.daemon, 1);
	daemon_await_log(s.daemon, "path=\"/socket\" status=101 bytes=3006 ");
	story_end(&s);
}

static void much_goes_both_ways_at_once_and_slow_readers_slow_the_writer(void)
{
	struct volume much = { .bytes = suite_is_light() ? 16 << 20 : 256 << 20, .pause_us = 500 };
	struct story s = begin("");
	struct visitor *nobody = story_visitor(&s);
	int fd;

	open_sockets(&s, nobody, &fd, 1);
	ck_assert(volume_pass(&much, fd, fd));
	if (!suite_is_sanitized())
		ck_assert_int_lt(volume_peak_kib(daemon_pid(s.daemon)), 20 * 1024);
	raw_close(&fd);
	expect_no_tunnels(&s);
	story_end(&s);
}

static void expect_descriptors(struct story *s, unsigned n)
{
	for (unsigned i = 0; i < 1000 && hotline_descriptors(daemon_pid(s->daemon)) > n; i++)
		poll(NULL, 0, 10);
	ck_assert_uint_le(hotline_descriptors(daemon_pid(s->daemon)), n);
}

/* Kept connections to the origin are those of requests; tunnels leave none. */
static void every_way_to_end_gives_the_descriptors_back(void)
{
	struct story s = begin("");
	struct visitor *a = story_visitor(&s);
	unsigned before;
	int fds[FEW];

	story_arrive(a, "alice");
	STORY_TOLD(&s, "device.attached=1"); /* over a connection that is kept */
	visitor_hang_up(a);
	expect_no_tunnels(&s);
	before = hotline_descriptors(daemon_pid(s.daemon));
	for (unsigned round = 0; round < 3; round++) {
		open_sockets(&s, a, fds, FEW);
		for (unsigned i = 0; i < FEW; i++)
			if (round == 0)
				raw_reset(&fds[i]);
			else if (round == 1)
				raw_close(&fds[i]);
		if (round == 2) {
			story_order(&s, "alice", "suspend", NULL);
			expect_closed(fds, FEW, POLICY);
			close_sockets(fds, FEW);
		}
		expect_no_tunnels(&s);
		expect_descriptors(&s, before);
	}
	story_end(&s);
}

static void many_are_open_at_once(void)
{
	struct story s = begin("");
	struct visitor *a = story_visitor(&s);
	int fds[MANY];

	story_arrive(a, "alice");
	open_sockets(&s, a, fds, MANY);
	ck_assert_int_eq((int)daemon_metric(s.daemon, "tunnels"), MANY);
	for (unsigned i = 0; i < MANY; i++)
		expect_echo(fds[i]);
	for (unsigned i = 0; i < MANY; i++)
		i % 2 ? raw_reset(&fds[i]) : raw_close(&fds[i]);
	expect_no_tunnels(&s);
	story_expect_devices(&s, "alice", 1, 1);
	story_end(&s);
}

/* Whose device is allowed no longer */

static void a_device_that_is_kicked_loses_its_sockets_on_every_worker(void)
{
	struct story s = begin("");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);
	int fds[FEW], other;

	story_arrive(a, "alice");
	story_arrive(b, "bob");
	open_sockets(&s, a, fds, FEW);
	open_sockets(&s, b, &other, 1);
	story_order(&s, "alice", "logout_all", NULL);
	expect_closed(fds, FEW, POLICY);
	close_sockets(fds, FEW);
	ck_assert_uint_eq(story_events(&s, "on_current_device_logout"), 1);
	expect_echo(other);
	fds[0] = ask_for_socket(&s, a);
	has(raw_read_head(fds[0]), "HTTP/1.1 403 ");
	raw_close(&fds[0]);
	raw_close(&other);
	expect_no_tunnels(&s);
	story_end(&s);
}

static void a_device_that_another_one_removes_loses_its_sockets(void)
{
	struct story s = begin("limits: { devices: 1 }\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);
	char *first, *page;
	int fds[FEW];

	story_arrive(a, "alice");
	first = story_device(&s, "alice", 0);
	open_sockets(&s, a, fds, FEW);
	ck_assert_int_eq(story_log_in(b, "alice"), 302);
	page = story_claim(b, "/members/page");
	ck_assert_int_eq(story_act(b, "kick", first), 303);
	expect_closed(fds, FEW, POLICY);
	close_sockets(fds, FEW);
	free(first);
	free(page);
	story_end(&s);
}

/* Two devices have sockets when the origin lowers the limit to one. */
static struct story begin_over_limit(int *first, int fds[FEW], const char *answer)
{
	struct story s = begin("limits: { devices: 2 }\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);

	story_sink_says(&s, "on_challenge", 200, answer);
	story_arrive(a, "alice");
	story_arrive(b, "alice");
	open_sockets(&s, a, first, 1);
	open_sockets(&s, b, fds, FEW);
	ck_assert_int_eq(story_please(a, "/", "Please-Field: Latch-Device-Limit: 1\r\n"), 200);
	free(story_event(&s, "on_challenge", 0));
	return s;
}

static void a_device_that_is_challenged_loses_its_sockets(void)
{
	int first, fds[FEW];
	struct story s = begin_over_limit(&first, fds, "");

	expect_closed(fds, FEW, POLICY);
	close_sockets(fds, FEW);
	expect_echo(first);
	raw_close(&first);
	ck_assert_uint_eq(story_events(&s, "on_challenge"), 1);
	story_end(&s);
}

static void a_device_whose_challenge_is_vetoed_keeps_them(void)
{
	int first, fds[FEW];
	struct story s = begin_over_limit(&first, fds, "{\"return\":false}");

	for (unsigned i = 0; i < FEW; i++)
		ck_assert(raw_is_silent(fds[i], 200));
	for (unsigned i = 0; i < FEW; i++)
		expect_echo(fds[i]);
	close_sockets(fds, FEW);
	raw_close(&first);
	ck_assert_uint_eq(story_events(&s, "on_challenge"), 1);
	story_end(&s);
}

static void a_suspended_account_loses_its_sockets(void)
{
	struct story s = begin("");
	struct visitor *a = story_visitor(&s);
	int fds[FEW];

	story_arrive(a, "alice");
	open_sockets(&s, a, fds, FEW);
	story_order(&s, "alice", "suspend", NULL);
	expect_closed(fds, FEW, POLICY);
	close_sockets(fds, FEW);
	story_end(&s);
}

static void a_session_that_logs_out_loses_its_sockets_and_nobody_is_asked(void)
{
	struct story s = begin("");
	struct visitor *a = story_visitor(&s);
	int fds[FEW];

	story_arrive(a, "alice");
	open_sockets(&s, a, fds, FEW);
	ck_assert_int_eq(visitor_navigate(a, "/logout.php"), 302);
	expect_closed(fds, FEW, POLICY);
	close_sockets(fds, FEW);
	ck_assert_uint_eq(story_events(&s, "on_current_device_logout"), 0);
	story_end(&s);
}

static void a_veto_leaves_the_sockets_open_until_the_next_kick(void)
{
	struct story s = begin("");
	struct visitor *a = story_visitor(&s);
	int fds[FEW];

	story_sink_says(&s, "on_current_device_logout", 200, "false");
	story_arrive(a, "alice");
	open_sockets(&s, a, fds, FEW);
	story_order(&s, "alice", "logout_all", NULL);
	free(story_event(&s, "on_current_device_logout", 0));
	for (unsigned i = 0; i < FEW; i++)
		ck_assert(raw_is_silent(fds[i], 200));
	for (unsigned i = 0; i < FEW; i++)
		expect_echo(fds[i]);
	ck_assert_uint_eq(story_events(&s, "on_current_device_logout"), 1);
	story_order(&s, "alice", "suspend", NULL);
	expect_closed(fds, FEW, POLICY);
	close_sockets(fds, FEW);
	story_end(&s);
}

static void the_sockets_are_closed_after_the_answer(void)
{
	struct story s = begin("");
	struct visitor *a = story_visitor(&s);
	int fds[FEW];

	story_sink_holds(&s, "on_current_device_logout", true);
	story_arrive(a, "alice");
	open_sockets(&s, a, fds, FEW);
	story_order(&s, "alice", "logout_all", NULL);
	free(story_event(&s, "on_current_device_logout", 0));
	for (unsigned i = 0; i < FEW; i++)
		ck_assert(raw_is_silent(fds[i], i ? 0 : 400));
	story_sink_holds(&s, "on_current_device_logout", false);
	expect_closed(fds, FEW, POLICY);
	close_sockets(fds, FEW);
	story_end(&s);
}

/* The origin takes its time with the handshake, and the device is gone when it comes. */
static void who_is_kicked_during_the_handshake_gets_no_further(void)
{
	struct story s = begin("");
	struct visitor *a = story_visitor(&s);
	int fd;

	story_arrive(a, "alice");
	legacy_hold(s.legacy);
	fd = hotline_ask(&s, a, "GET", "/socket", HOTLINE_UPGRADE "Please-Wait: 1\r\n");
	origin_wait(s.origin, "/socket", 1);
	story_order(&s, "alice", "logout_all", NULL);
	legacy_release(s.legacy);
	has(raw_read_head(fd), "HTTP/1.1 101 ");
	expect_closed(&fd, 1, POLICY);
	raw_close(&fd);
	expect_no_tunnels(&s);
	story_end(&s);
}

/* Times */

static void a_drain_says_goodbye(void)
{
	struct story s = begin("");
	struct visitor *a = story_visitor(&s);
	int fds[FEW];

	story_arrive(a, "alice");
	open_sockets(&s, a, fds, FEW);
	daemon_signal(s.daemon, SIGTERM);
	expect_closed(fds, FEW, GOING_AWAY);
	close_sockets(fds, FEW);
	ck_assert_int_eq(daemon_wait(s.daemon), 0);
	daemon_restart(s.daemon);
	story_end(&s);
}

static void silence_closes_a_tunnel(void)
{
	struct story s = begin("http: { tunnel_idle: 2s }\n");
	struct visitor *nobody = story_visitor(&s);
	int64_t began_ms = now_ms();
	int fd;

	open_sockets(&s, nobody, &fd, 1);
	while (now_ms() - began_ms < IDLE_MS + IDLE_MS / 4)
		expect_echo(fd);
	began_ms = now_ms();
	expect_echo(fd);
	ck_assert_str_eq(raw_read_bytes(fd, 4), GOING_AWAY);
	ck_assert_int_ge(now_ms() - began_ms, IDLE_MS * 3 / 4);
	raw_expect_end(fd);
	raw_close(&fd);
	expect_no_tunnels(&s);
	story_end(&s);
}

/* What is no tunnel: a client and an origin played by hand. */

static struct daemon *gateway;
static int listener, client, origin;

static void start(void)
{
	uint16_t port;

	listener = raw_listen(&port);
	gateway = daemon_start(&(struct daemon_options){ .yaml = legacy_settings, .origin = port });
	client = raw_connect(daemon_port(gateway));
}

static void ask(const char *request)
{
	raw_send(client, request);
	origin = raw_accept(listener);
	raw_read_head(origin);
}

static void stop(void)
{
	raw_close(&client);
	raw_close(&origin);
	daemon_stop(&gateway);
	raw_close(&listener);
}

static void a_refused_upgrade_is_an_ordinary_response(void)
{
	start();
	ask(HANDSHAKE "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
	raw_send(origin, "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno");
	has(raw_read_until(client, "\r\n\r\nno"), "HTTP/1.1 426 ");
	raw_expect_end(client);
	ck_assert_int_eq((int)daemon_metric(gateway, "requests"), 1);
	expect_opened(gateway, 0);
	stop();
}

enum { WORKERS = 2 };
static int origins[WORKERS];

/* The connection on which the next request comes: each worker has one. */
static int origin_of_next(void)
{
	struct pollfd p[WORKERS + 1] = { { .fd = listener, .events = POLLIN } };

	for (unsigned i = 0; i < WORKERS; i++)
		p[i + 1] = (struct pollfd){ .fd = origins[i], .events = POLLIN };
	ck_assert_int_gt(poll(p, WORKERS + 1, RAW_WAIT_S * 1000), 0);
	for (unsigned i = 0; i < WORKERS; i++) {
		if (p[0].revents && origins[i] < 0)
			return origins[i] = raw_accept(listener);
		if (p[i + 1].revents)
			return origins[i];
	}
	ck_abort_msg("a connection too many");
}

static void expect_refusal(int status, const char *fields, const char *body)
{
	char answer[512], line[32];
	const char *heard;

	snprintf(answer, sizeof(answer), "HTTP/1.1 %d X\r\n%sContent-Length: %zu\r\n\r\n%s", status,
		 fields, strlen(body), body);
	snprintf(line, sizeof(line), "HTTP/1.1 %d X\r\n", status);
	raw_send(client, HANDSHAKE);
	origin = origin_of_next();
	has(raw_read_head(origin), "\r\nUpgrade: websocket\r\n");
	raw_send(origin, answer);
	heard = raw_read_all(client, NULL);
	has(heard, line);
	has(heard, fields);
	has(heard, body);
	has(heard, "\r\nConnection: close\r\n");
	raw_close(&client);
	client = raw_connect(daemon_port(gateway));
}

/* The origin goes on with the next one; of the client's side nobody knows what it sent in the hope of a 101. */
static void whatever_refuses_an_upgrade_passes_and_the_origins_connection_lives_on(void)
{
	start();
	for (unsigned i = 0; i < WORKERS; i++)
		origins[i] = -1;
	expect_refusal(200, "Content-Type: text/plain\r\n", "no socket here");
	expect_refusal(302, "Location: /login.php\r\n", "elsewhere");
	expect_refusal(401, "WWW-Authenticate: Basic realm=\"x\"\r\n", "who?");
	expect_refusal(403, "", "no");
	expect_refusal(404, "", "nothing here");
	expect_refusal(426, "Sec-WebSocket-Version: 13, 8\r\n", "another version");
	expect_refusal(500, "", "oh");
	for (unsigned i = 0; i < WORKERS; i++)
		if (origins[i] >= 0 && origins[i] != origin)
			raw_close(&origins[i]);
	expect_opened(gateway, 0);
	stop();
}

/* Which version, protocol and extension: that is between the ends. */
static void what_is_negotiated_passes_word_for_word(void)
{
	static const char *const offered[] = {
		"\r\nSec-WebSocket-Version: 8\r\n",
		"\r\nSec-WebSocket-Protocol: chat, superchat\r\n",
		"\r\nSec-WebSocket-Protocol:  v2.chat\r\n",
		"\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=\"10\"\r\n",
		"\r\nOrigin: https://www.example.com\r\n",
	};
	static const char accepted[] =
		"\r\nSec-WebSocket-Protocol: superchat\r\nSec-WebSocket-Extensions: permessage-deflate; "
		"server_max_window_bits=10\r\n";
	char request[1024] =
		"GET /socket HTTP/1.1\r\nHost: www.example.com\r\nConnection: Upgrade\r\nUpgrade: "
		"websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
	const char *head;

	for (unsigned i = 0; i < sizeof(offered) / sizeof(*offered); i++)
		strcpy(request + strlen(request) - (i ? 2 : 0), offered[i]);
	strcat(request, "\r\n");
	start();
	raw_send(client, request);
	origin = raw_accept(listener);
	head = raw_read_head(origin);
	for (unsigned i = 0; i < sizeof(offered) / sizeof(*offered); i++)
		has(head, offered[i]);
	raw_send_bytes(origin, HOTLINE_GRANTED, strlen(HOTLINE_GRANTED) - 2);
	raw_send(origin, accepted);
	raw_send(origin, "\r\n");
	has(raw_read_head(client), accepted);
	stop();
}

static void a_101_for_another_key_is_a_502(void)
{
	start();
	ask(HANDSHAKE);
	raw_send(origin, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "
			 "websocket\r\nSec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=\r\n\r\n"
			 "\x81\x02hi");
	has(raw_read_head(client), "HTTP/1.1 502 ");
	raw_expect_end(origin);
	expect_opened(gateway, 0);
	stop();
}

static void a_101_that_nobody_asked_for_is_a_502(void)
{
	start();
	ask("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
	raw_send(origin, HOTLINE_GRANTED "\r\n");
	has(raw_read_head(client), "HTTP/1.1 502 ");
	expect_opened(gateway, 0);
	stop();
}

/* 64 MiB at a reader's pace, in memory that does not grow with them. */
static void a_slow_reader_at_either_end_slows_the_other(void)
{
	struct volume much = { .bytes = suite_is_light() ? 8 << 20 : 64 << 20, .pause_us = 1000 };

	start();
	ask(HANDSHAKE);
	raw_send(origin, HOTLINE_GRANTED "\r\n");
	raw_read_head(client);
	ck_assert(volume_pass(&much, client, origin));
	ck_assert(volume_pass(&much, origin, client));
	if (!suite_is_sanitized())
		ck_assert_int_lt(volume_peak_kib(daemon_pid(gateway)), 20 * 1024);
	stop();
}

static void an_event_stream_passes_as_it_comes(void)
{
	start();
	ask("GET /events HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n");
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
			 "Transfer-Encoding: chunked\r\n\r\n");
	has(raw_read_head(client), "text/event-stream");
	for (unsigned i = 0; i < 20; i++) {
		raw_send(origin, "9\r\ndata: x\n\n\r\n");
		raw_read_until(client, "9\r\ndata: x\n\n\r\n");
	}
	raw_send(origin, "0\r\n\r\n");
	raw_read_until(client, "0\r\n\r\n");
	stop();
}

static void a_long_poll_waits_and_is_answered_at_once(void)
{
	start();
	ask("GET /poll HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(raw_is_silent(client, 300));
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nfir");
	raw_read_until(client, "\r\n\r\nfir");
	raw_send(origin, "st!");
	raw_read_until(client, "st!");
	stop();
}

/* What it asked for is an ordinary answer, however late. */
static void a_long_poll_whose_client_has_said_all_is_answered(void)
{
	start();
	ask("GET /poll HTTP/1.1\r\nHost: a\r\n\r\n");
	shutdown(client, SHUT_WR);
	ck_assert(raw_is_silent(origin, 300));
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nfirst!");
	has(raw_read_all(client, NULL), "\r\n\r\nfirst!");
	stop();
}

static void a_long_poll_is_not_waited_for_any_longer_than_a_client_that_says_nothing(void)
{
	int64_t began_ms;
	uint16_t port;
	char yaml[4096];

	listener = raw_listen(&port);
	snprintf(yaml, sizeof(yaml), "%shttp: { idle_timeout: 1s }\n", legacy_settings);
	gateway = daemon_start(&(struct daemon_options){ .yaml = yaml, .origin = port });
	client = raw_connect(daemon_port(gateway));
	ask("GET /poll HTTP/1.1\r\nHost: a\r\n\r\n");
	ck_assert(raw_is_silent(origin, 1500));
	began_ms = now_ms();
	shutdown(client, SHUT_WR);
	raw_expect_end(origin);
	ck_assert_int_ge(now_ms() - began_ms, 750);
	raw_expect_end(client);
	stop();
}

SUITE_MAIN("tunnels", small_frames_go_to_and_fro_and_the_end_is_logged,
	   much_goes_both_ways_at_once_and_slow_readers_slow_the_writer,
	   every_way_to_end_gives_the_descriptors_back, many_are_open_at_once,
	   a_device_that_is_kicked_loses_its_sockets_on_every_worker,
	   a_device_that_another_one_removes_loses_its_sockets,
	   a_device_that_is_challenged_loses_its_sockets,
	   a_device_whose_challenge_is_vetoed_keeps_them, a_suspended_account_loses_its_sockets,
	   a_session_that_logs_out_loses_its_sockets_and_nobody_is_asked,
	   a_veto_leaves_the_sockets_open_until_the_next_kick,
	   the_sockets_are_closed_after_the_answer,
	   who_is_kicked_during_the_handshake_gets_no_further, a_drain_says_goodbye,
	   silence_closes_a_tunnel, a_refused_upgrade_is_an_ordinary_response,
	   whatever_refuses_an_upgrade_passes_and_the_origins_connection_lives_on,
	   what_is_negotiated_passes_word_for_word, a_101_for_another_key_is_a_502,
	   a_101_that_nobody_asked_for_is_a_502, a_slow_reader_at_either_end_slows_the_other,
	   an_event_stream_passes_as_it_comes, a_long_poll_waits_and_is_answered_at_once,
	   a_long_poll_whose_client_has_said_all_is_answered,
	   a_long_poll_is_not_waited_for_any_longer_than_a_client_that_says_nothing)
