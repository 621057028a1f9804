/* Tunnels through the engine: a client and an origin played by hand, with the proxy in between. */
#include "plain.h"
#include "proxy/tunnel.h"
#include "raw.h"
#include "suite.h"
#include "volume.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HANDSHAKE                                                                             \
	"GET /chat HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\n"                \
	"Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-" \
	"Version: 13\r\n\r\n"
#define GRANTED                                                                                 \
	"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-" \
	"WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define CLOSED_1008 "\x88\x02\x03\xf0"

#define has(text, part) ck_assert_msg(strstr(text, part), "no \"%s\" in \"%s\"", part, text)
#define has_not(text, part) ck_assert_msg(!strstr(text, part), "\"%s\" in \"%s\"", part, text)

static struct plain *proxy;
static int listener, client, origin;
static _Atomic(struct stream *) tunnel;

static enum progress on_response(struct stream *s, struct http_head *response)
{
	(void)s;
	(void)response;
	return PROGRESS_GO;
}

static void on_failure(struct stream *s, enum forward_failure why)
{
	stream_reply(s, why == FORWARD_TIMEOUT ? 504 : 502, NULL, 0, VIEW("failed\n"));
}

static void on_tunnel(struct stream *s)
{
	atomic_store(&tunnel, s);
}

static const struct forward_app app = { .on_response = on_response,
					.on_failure = on_failure,
					.on_tunnel = on_tunnel };

static void start_with(void (*adjust)(struct settings *settings))
{
	uint16_t port;

	listener = raw_listen(&port);
	proxy = plain_start(&(struct plain_options){
		.origin_port = port, .adjust = adjust, .forward_app = &app });
	client = raw_connect(plain_port(proxy));
	origin = -1;
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

static const char *origin_hears(void)
{
	origin = raw_accept(listener);
	return raw_read_head(origin);
}

static void open_tunnel(void)
{
	raw_send(client, HANDSHAKE);
	origin_hears();
	raw_send(origin, GRANTED);
	raw_read_head(client);
}

static void start(void)
{
	start_with(NULL);
	open_tunnel();
}

static void close_it(struct plain *p, void *arg)
{
	(void)p;
	(void)arg;
	forward_close(atomic_load(&tunnel), TUNNEL_POLICY);
}

/* The handshake */

static void a_handshake_passes_and_bytes_go_both_ways(void)
{
	const char *head;

	start_with(NULL);
	raw_send(client, HANDSHAKE);
	head = origin_hears();
	has(head, "\r\nUpgrade: websocket\r\n");
	has(head, "\r\nConnection: Upgrade\r\n");
	has(head, "\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
	has_not(head, "keep-alive");
	raw_send(origin, GRANTED);
	head = raw_read_head(client);
	has(head, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n");
	has(head, "\r\nConnection: Upgrade\r\n");
	has_not(head, "Transfer-Encoding");
	has_not(head, "Date");
	for (unsigned i = 0; i < 100; i++) {
		raw_send(client, "ping");
		raw_read_until(origin, "ping");
		raw_send(origin, "pong");
		raw_read_until(client, "pong");
	}
	stop();
}

static void an_origin_that_speaks_at_once_is_heard(void)
{
	start_with(NULL);
	raw_send(client, HANDSHAKE);
	origin_hears();
	raw_send(origin, GRANTED "hello");
	raw_read_until(client, "\r\n\r\nhello");
	stop();
}

static void what_a_client_sends_behind_its_upgrade_is_neither_run_nor_lost(void)
{
	start_with(NULL);
	raw_send(client, HANDSHAKE GET);
	origin_hears();
	ck_assert(raw_is_silent(origin, 50));
	raw_send(origin, GRANTED);
	ck_assert_str_eq(raw_read_bytes(origin, strlen(GET)), GET);
	ck_assert_uint_eq(atomic_load(&plain_seen(proxy)->requests), 1);
	stop();
}

static void a_refusal_is_an_ordinary_response_and_the_last(void)
{
	start_with(NULL);
	raw_send(client, HANDSHAKE GET);
	origin_hears();
	raw_send(origin, OK);
	has(raw_read_until(client, "\r\n\r\nok"), "Connection: close\r\n");
	raw_expect_end(client);
	ck_assert_uint_eq(atomic_load(&plain_seen(proxy)->requests), 1);
	stop();
}

static void expect_malformed(const char *request, const char *response)
{
	start_with(NULL);
	raw_send(client, request);
	origin_hears();
	raw_send(origin, response);
	has(raw_read_head(client), "HTTP/1.1 502 ");
	ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_FAIL_MALFORMED), 1);
	stop();
}

static void a_101_that_nobody_asked_for_is_no_response(void)
{
	expect_malformed(GET, GRANTED);
	expect_malformed("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
			 GRANTED);
	expect_malformed(HANDSHAKE, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
				    "Upgrade: h2c\r\n\r\n");
	expect_malformed(
		HANDSHAKE,
		"HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: "
		"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nContent-Length: 4\r\n\r\n");
}

/* It would be somebody who says 101 to everything, or who answers another client. */
static void a_101_for_another_key_is_no_response(void)
{
	expect_malformed(HANDSHAKE,
			 "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "
			 "websocket\r\nSec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=\r\n\r\n"
			 "\x81\x02hi");
}

static void other_upgrades_are_not_forwarded(void)
{
	static const char *const requests[] = {
		"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
		"HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: TLS/1.2\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
		"Content-Length: 0\r\n\r\n",
	};

	for (unsigned i = 0; i < 3; i++) {
		const char *head;

		start_with(NULL);
		raw_send(client, requests[i]);
		head = origin_hears();
		has_not(head, "pgrade");
		has_not(head, "HTTP2-Settings");
		raw_send(origin, OK);
		raw_read_until(client, "\r\n\r\nok");
		raw_send(client, GET);
		raw_read_head(origin);
		stop();
	}
}

/* Ends */

static void a_client_that_has_said_all_still_hears_the_origin(void)
{
	start();
	raw_send(client, "last");
	shutdown(client, SHUT_WR);
	raw_read_until(origin, "last");
	raw_expect_end(origin);
	for (unsigned i = 0; i < 3; i++) {
		raw_send(origin, "more");
		raw_read_until(client, "more");
	}
	raw_close(&origin);
	raw_expect_end(client);
	plain_await(&plain_seen(proxy)->ends, 1);
	ck_assert_uint_eq(atomic_load(&plain_seen(proxy)->aborted), 0);
	stop();
}

static void an_origin_that_has_said_all_still_hears_the_client(void)
{
	start();
	raw_send(origin, "last");
	shutdown(origin, SHUT_WR);
	raw_read_until(client, "last");
	raw_expect_end(client);
	for (unsigned i = 0; i < 3; i++) {
		raw_send(client, "more");
		raw_read_until(origin, "more");
	}
	raw_close(&client);
	raw_expect_end(origin);
	plain_await(&plain_seen(proxy)->ends, 1);
	ck_assert_uint_eq(atomic_load(&plain_seen(proxy)->aborted), 0);
	plain_await_metric(proxy, METRIC_CONNECTIONS, 0);
	stop();
}

static void whoever_breaks_off_cuts_the_other(void)
{
	bool reset;

	start();
	raw_reset(&client);
	raw_expect_end(origin);
	plain_await(&plain_seen(proxy)->aborted, 1);
	stop();
	start();
	raw_reset(&origin);
	raw_read_all(client, &reset);
	ck_assert(reset);
	plain_await(&plain_seen(proxy)->aborted, 1);
	ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_FAIL_TRUNCATED), 0);
	stop();
}

static void an_origin_that_is_gone_after_its_half_is_noticed_when_the_client_speaks(void)
{
	start();
	shutdown(origin, SHUT_WR);
	raw_expect_end(client);
	raw_reset(&origin);
	for (unsigned i = 0; i < 1000 && !atomic_load(&plain_seen(proxy)->ends); i++)
		if (send(client, "more", 4, MSG_NOSIGNAL) < 0)
			break;
	plain_await(&plain_seen(proxy)->aborted, 1);
	stop();
}

enum { SOON_MS = 1000 };

static void end_soon(struct settings *s)
{
	s->http.tunnel_idle_ms = SOON_MS;
}

/* For longer than silence is borne, and without any. */
static void pass_often(int from, int to, const char *text)
{
	int64_t until_ms = clock_steady_ms() + SOON_MS + SOON_MS / 4;

	while (clock_steady_ms() < until_ms) {
		raw_send(from, text);
		raw_read_until(to, text);
	}
}

static void traffic_in_either_direction_keeps_it_open(void)
{
	start_with(end_soon);
	open_tunnel();
	pass_often(origin, client, "o");
	pass_often(client, origin, "c");
	stop();
}

/* Volume */

static void much_passes_both_ways_and_slow_readers_slow_the_writer(void)
{
	struct volume much = { .bytes = suite_is_light() ? 16 << 20 : 128 << 20, .pause_us = 1000 };

	start();
	ck_assert(volume_pass(&much, client, origin));
	ck_assert(volume_pass(&much, origin, client));
	stop();
}

/* Closing */

/* A masked closing frame with 1001, and nothing behind it. */
static void expect_goodbye(void)
{
	unsigned char frame[8];

	memcpy(frame, raw_read_bytes(origin, 8), 8);
	ck_assert_uint_eq(frame[0], 0x88);
	ck_assert_uint_eq(frame[1], 0x82);
	ck_assert_uint_eq((unsigned)(frame[2] ^ frame[6]) << 8 | (frame[3] ^ frame[7]),
			  TUNNEL_GOING_AWAY);
	raw_expect_end(origin);
}

static void expect_orderly_end(const char *rest)
{
	bool reset;

	ck_assert_str_eq(raw_read_all(client, &reset), rest);
	ck_assert(!reset);
	plain_await(&plain_seen(proxy)->ends, 1);
	ck_assert_uint_eq(atomic_load(&plain_seen(proxy)->aborted), 0);
	plain_await_metric(proxy, METRIC_CONNECTIONS, 0);
}

static void a_closed_tunnel_says_so_between_two_frames(void)
{
	start();
	raw_send(origin, "\x81\x05hel");
	raw_read_until(client, "hel");
	plain_call(proxy, close_it, NULL);
	raw_send(origin, "lo\x81\x04more");
	expect_orderly_end("lo" CLOSED_1008);
	expect_goodbye();
	stop();
}

static void silence_in_both_directions_closes_a_tunnel(void)
{
	start_with(end_soon);
	open_tunnel();
	expect_goodbye();
	expect_orderly_end("\x88\x02\x03\xe9");
	ck_assert_int_eq(plain_metric(proxy, METRIC_REFUSED), 0);
	stop();
}

/* Whole frames as long as somebody takes them. */
static void fill_up(int fd, bool masked)
{
	static char frame[8 + 60000] = { '\x82', 126, '\xea', '\x60' };
	struct pollfd room = { .fd = fd, .events = POLLOUT };
	size_t len = masked ? sizeof(frame) : sizeof(frame) - 4, at = 0;

	frame[1] = masked ? '\xfe' : 126;
	while (poll(&room, 1, 100) == 1) {
		ssize_t n = send(fd, frame + at, len - at, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0)
			at = (at + (size_t)n) % len;
		else
			ck_assert_int_eq(errno, EAGAIN);
	}
}

/* Not before all is full. */
static void end_later(struct settings *s)
{
	s->http.tunnel_idle_ms = 3000;
}

/* It went with a reset, and without a word to the client, to whom there was no hindrance. */
static void an_origin_that_takes_nothing_any_more_is_left_in_order(void)
{
	start_with(end_later);
	open_tunnel();
	fill_up(client, true);
	expect_orderly_end("\x88\x02\x03\xe9");
	stop();
}

/* Half of a frame is out, and whatever would follow it would have to wait, too. */
static void a_client_that_takes_nothing_any_more_is_reset(void)
{
	start_with(end_later);
	open_tunnel();
	fill_up(origin, false);
	plain_await(&plain_seen(proxy)->aborted, 1);
	plain_await_metric(proxy, METRIC_CONNECTIONS, 0);
	raw_expect_end(origin);
	while (recv(client, (char[4096]){ 0 }, 4096, 0) > 0)
		;
	ck_assert_int_eq(errno, ECONNRESET);
	stop();
}

static void frames_that_go_on_for_ever_are_interrupted_between_two(void)
{
	bool reset;
	const char *heard;
	size_t len;

	start();
	for (unsigned i = 0; i < 1000; i++)
		raw_send(origin, "\x81\x05hello");
	plain_call(proxy, close_it, NULL);
	for (unsigned i = 0; i < 1000; i++)
		if (send(origin, "\x81\x05hello", 7, MSG_NOSIGNAL) < 0)
			break;
	heard = raw_read_all(client, &reset);
	len = strlen(heard);
	ck_assert(!reset);
	ck_assert_uint_eq(len % 7, 4);
	ck_assert_str_eq(heard + len - 4, CLOSED_1008);
	for (size_t i = 0; i + 7 < len; i += 7)
		ck_assert_mem_eq(heard + i, "\x81\x05hello", 7);
	stop();
}

/* Whole frames of any size in pieces of any size, until nobody takes them any more. */
struct talker {
	int fd;
	unsigned seed;
	bool masked;
	pthread_t thread;
	struct text said;
};

static size_t write_frame(struct talker *t, char *at)
{
	size_t len = (size_t)rand_r(&t->seed) % (rand_r(&t->seed) % 4 ? 125 : 5000), n = 2;

	at[0] = (char)0x82;
	at[1] = (char)((len > 125 ? 126 : len) | (t->masked ? 0x80 : 0));
	if (len > 125) {
		at[n++] = (char)(len >> 8);
		at[n++] = (char)len;
	}
	for (unsigned i = 0; t->masked && i < 4; i++)
		at[n++] = (char)rand_r(&t->seed);
	for (size_t i = 0; i < len; i++)
		at[n++] = (char)rand_r(&t->seed);
	return n;
}

static void *talk(void *arg)
{
	struct talker *t = arg;
	char frame[6000];

	for (ssize_t sent = 1; sent > 0 && t->said.len < 16 << 20;) {
		size_t len = write_frame(t, frame);

		text_put(&t->said, view_make(frame, len));
		for (size_t at = 0; at < len && sent > 0; at += sent > 0 ? (size_t)sent : 0) {
			size_t piece = 1 + (size_t)rand_r(&t->seed) % 700;

			sent = send(t->fd, frame + at, piece < len - at ? piece : len - at,
				    MSG_NOSIGNAL);
		}
	}
	return NULL;
}

static void start_talking(struct talker *t, int fd, unsigned seed, bool masked)
{
	*t = (struct talker){ .fd = fd, .seed = seed, .masked = masked };
	text_init_growing(&t->said, 32 << 20);
	ck_assert_int_eq(pthread_create(&t->thread, NULL, talk, t), 0);
}

static void *take_all(void *arg)
{
	struct talker *t = arg;
	char piece[65536];
	ssize_t n;

	while ((n = recv(t->fd, piece, sizeof(piece), 0)) > 0)
		text_put(&t->said, view_make(piece, (size_t)n));
	return NULL;
}

static void start_listening(struct talker *t, int fd)
{
	*t = (struct talker){ .fd = fd };
	text_init_growing(&t->said, 32 << 20);
	ck_assert_int_eq(pthread_create(&t->thread, NULL, take_all, t), 0);
}

/* What was heard is the beginning of what was said, and a closing frame (of `closing` bytes) only between two frames. */
static void expect_whole_frames(const struct talker *heard, const struct talker *said,
				size_t closing, bool always)
{
	struct view all = text_view(&heard->said), frames = text_view(&said->said);
	size_t same = 0;
	struct tunnel_frames f = { 0 };

	while (same < all.len && same < frames.len && all.at[same] == frames.at[same])
		same++;
	if (same == all.len && !always)
		return;
	/* The last frame may have begun as the closing one does. */
	same = all.len - closing;
	ck_assert(view_is(view_head(all, same), view_head(frames, same)));
	tunnel_follow(&f, view_head(all, same));
	ck_assert(tunnel_is_between(&f));
	tunnel_follow(&f, view_from(all, same));
	ck_assert(f.closed && !f.left && !f.len);
}

static void wherever_a_tunnel_is_closed_whole_frames_were_heard(void)
{
	unsigned rounds = suite_is_light() ? 5 : 20;

	for (unsigned i = 0; i < rounds; i++) {
		struct talker from_origin, from_client, at_client, at_origin;

		start();
		start_talking(&from_origin, origin, i, false);
		start_talking(&from_client, client, i + 1000, true);
		start_listening(&at_client, client);
		start_listening(&at_origin, origin);
		usleep(i * 1000);
		plain_call(proxy, close_it, NULL);
		pthread_join(at_client.thread, NULL);
		pthread_join(at_origin.thread, NULL);
		pthread_join(from_origin.thread, NULL);
		pthread_join(from_client.thread, NULL);
		expect_whole_frames(&at_client, &from_origin, TUNNEL_CLOSE_BYTES, true);
		expect_whole_frames(&at_origin, &from_client,
				    TUNNEL_CLOSE_BYTES + TUNNEL_MASK_BYTES, false);
		text_fini(&from_origin.said);
		text_fini(&from_client.said);
		text_fini(&at_client.said);
		text_fini(&at_origin.said);
		stop();
	}
}

static void a_frame_that_does_not_end_is_cut(void)
{
	bool reset;

	start();
	raw_send(origin, "\x81\x05hel");
	raw_read_until(client, "hel");
	plain_call(proxy, close_it, NULL);
	ck_assert_str_eq(raw_read_all(client, &reset), "");
	ck_assert(reset);
	expect_goodbye();
	stop();
}

static void an_answer_to_the_closing_frame_ends_the_tunnel(void)
{
	start();
	plain_call(proxy, close_it, NULL);
	ck_assert_str_eq(raw_read_bytes(client, 4), CLOSED_1008);
	raw_send_bytes(client, "\x88\x82\0\0\0\0\x03\xf0", 8);
	expect_orderly_end("");
	expect_goodbye();
	stop();
}

static void an_origin_that_closes_too_ends_the_tunnel(void)
{
	start();
	plain_call(proxy, close_it, NULL);
	expect_goodbye();
	raw_send(origin, "\x88\x02\x03\xe9");
	raw_close(&origin);
	expect_orderly_end(CLOSED_1008);
	stop();
}

static void an_origin_that_breaks_off_meanwhile_takes_nothing_from_the_client(void)
{
	start();
	plain_call(proxy, close_it, NULL);
	expect_goodbye();
	raw_reset(&origin);
	expect_orderly_end(CLOSED_1008);
	stop();
}

static void nobody_is_told_twice(void)
{
	start();
	raw_send(origin, "\x88\x02\x03\xe8");
	ck_assert_str_eq(raw_read_bytes(client, 4), "\x88\x02\x03\xe8");
	plain_call(proxy, close_it, NULL);
	plain_call(proxy, close_it, NULL);
	expect_orderly_end("");
	expect_goodbye();
	stop();
}

static void a_client_that_has_closed_is_not_closed_for_the_origin_again(void)
{
	start();
	raw_send_bytes(client, "\x88\x80\0\0\0\0", 6);
	raw_read_bytes(origin, 6);
	plain_call(proxy, close_it, NULL);
	raw_expect_end(origin);
	expect_orderly_end(CLOSED_1008);
	stop();
}

static void what_a_client_sends_to_a_closed_tunnel_reaches_nobody(void)
{
	start();
	plain_call(proxy, close_it, NULL);
	raw_send(client, "more");
	expect_goodbye();
	expect_orderly_end(CLOSED_1008);
	stop();
}

/* The rest of the frame is not passed on either, so that nothing can follow it. */
static void a_client_in_the_middle_of_a_frame_is_cut_off_there(void)
{
	bool reset;

	start();
	raw_send_bytes(client, "\x81\x85\0\0\0\0hel", 9);
	raw_read_bytes(origin, 9);
	plain_call(proxy, close_it, NULL);
	raw_send(client, "lo");
	ck_assert_str_eq(raw_read_all(origin, &reset), "");
	expect_orderly_end(CLOSED_1008);
	stop();
}

/* Nothing comes back for a moment in which the proxy had its turn. */
static void expect_standstill(int fd)
{
	plain_turn(proxy);
	ck_assert(raw_is_silent(fd, 20));
	plain_turn(proxy);
}

/* Frames of 64 KiB, until nobody takes them any more. */
static void stuff(void)
{
	static char frame[10 + 65536] = "\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00";
	size_t sent = 0;

	for (unsigned quiet = 0; quiet < 3;) {
		ssize_t n = send(origin, frame + sent, sizeof(frame) - sent,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		sent = n < 0 ? sent : (sent + (size_t)n) % sizeof(frame);
		quiet = n < 0 ? quiet + 1 : 0;
		if (n < 0)
			expect_standstill(origin);
	}
}

static void a_client_that_does_not_read_is_cut_too(void)
{
	start();
	stuff();
	plain_call(proxy, close_it, NULL);
	plain_await(&plain_seen(proxy)->aborted, 1);
	plain_await_metric(proxy, METRIC_CONNECTIONS, 0);
	stop();
}

static void an_origin_that_does_not_read_is_left(void)
{
	static const char frame[8 + 65536] = "\x82\xfe\xff\xf8";
	size_t sent = 0;

	start();
	for (unsigned quiet = 0; quiet < 3;) {
		ssize_t n = send(client, frame + sent, sizeof(frame) - sent,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		sent = n < 0 ? sent : (sent + (size_t)n) % sizeof(frame);
		quiet = n < 0 ? quiet + 1 : 0;
		if (n < 0)
			expect_standstill(client);
	}
	plain_call(proxy, close_it, NULL);
	ck_assert_str_eq(raw_read_bytes(client, 4), CLOSED_1008);
	raw_expect_end(client);
	plain_await_metric(proxy, METRIC_CONNECTIONS, 0);
	stop();
}

/* Event streams */

#define STREAM                                                                           \
	"HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream ;charset=utf-8\r\nTransfer-" \
	"Encoding: chunked\r\n\r\n"

static void open_events_with(void (*adjust)(struct settings *settings), const char *head)
{
	atomic_store(&tunnel, NULL);
	start_with(adjust);
	raw_send(client, GET);
	origin_hears();
	raw_send(origin, head);
	raw_read_head(client);
	raw_send(origin, "9\r\ndata: 1\n\n\r\n");
	raw_read_until(client, "9\r\ndata: 1\n\n\r\n");
}

static void a_closed_event_stream_is_cut_so_that_it_shows(void)
{
	bool reset;

	open_events_with(NULL, STREAM);
	ck_assert_ptr_nonnull(atomic_load(&tunnel));
	plain_call(proxy, close_it, NULL);
	ck_assert_str_eq(raw_read_all(client, &reset), "");
	raw_expect_end(origin);
	plain_await(&plain_seen(proxy)->aborted, 1);
	plain_await_metric(proxy, METRIC_CONNECTIONS, 0);
	stop();
}

static void other_responses_are_no_event_streams(void)
{
	open_events_with(NULL, "HTTP/1.1 200 OK\r\nContent-Type: text/event-streams\r\n"
			       "Transfer-Encoding: chunked\r\n\r\n");
	ck_assert_ptr_null(atomic_load(&tunnel));
	stop();
}

static void an_event_stream_that_is_silent_too_long_ends(void)
{
	open_events_with(end_soon, STREAM);
	pass_often(origin, client, "2\r\n:\n\r\n");
	raw_expect_end(client);
	raw_expect_end(origin);
	stop();
}

static void whoever_leaves_an_event_stream_is_missed_by_the_other(void)
{
	bool reset;

	open_events_with(NULL, STREAM);
	raw_reset(&client);
	raw_expect_end(origin);
	stop();
	/* Who only closes may still listen, as far as anybody knows who does not speak. */
	open_events_with(NULL, STREAM);
	raw_close(&client);
	for (unsigned i = 0; i < 1000 && !atomic_load(&plain_seen(proxy)->ends); i++)
		if (send(origin, "2\r\n:\n\r\n", 7, MSG_NOSIGNAL) < 0)
			break;
	plain_await(&plain_seen(proxy)->aborted, 1);
	stop();
	open_events_with(NULL, STREAM);
	raw_close(&origin);
	ck_assert_str_eq(raw_read_all(client, &reset), "");
	stop();
}

SUITE_MAIN("forward: tunnels", a_handshake_passes_and_bytes_go_both_ways,
	   an_origin_that_speaks_at_once_is_heard,
	   what_a_client_sends_behind_its_upgrade_is_neither_run_nor_lost,
	   a_refusal_is_an_ordinary_response_and_the_last,
	   a_101_that_nobody_asked_for_is_no_response, a_101_for_another_key_is_no_response,
	   other_upgrades_are_not_forwarded, a_client_that_has_said_all_still_hears_the_origin,
	   an_origin_that_has_said_all_still_hears_the_client, whoever_breaks_off_cuts_the_other,
	   an_origin_that_is_gone_after_its_half_is_noticed_when_the_client_speaks,
	   silence_in_both_directions_closes_a_tunnel,
	   an_origin_that_takes_nothing_any_more_is_left_in_order,
	   a_client_that_takes_nothing_any_more_is_reset, traffic_in_either_direction_keeps_it_open,
	   much_passes_both_ways_and_slow_readers_slow_the_writer,
	   a_closed_tunnel_says_so_between_two_frames,
	   frames_that_go_on_for_ever_are_interrupted_between_two,
	   wherever_a_tunnel_is_closed_whole_frames_were_heard, a_frame_that_does_not_end_is_cut,
	   an_answer_to_the_closing_frame_ends_the_tunnel,
	   an_origin_that_closes_too_ends_the_tunnel,
	   an_origin_that_breaks_off_meanwhile_takes_nothing_from_the_client, nobody_is_told_twice,
	   a_client_that_has_closed_is_not_closed_for_the_origin_again,
	   a_client_in_the_middle_of_a_frame_is_cut_off_there,
	   what_a_client_sends_to_a_closed_tunnel_reaches_nobody,
	   a_client_that_does_not_read_is_cut_too, an_origin_that_does_not_read_is_left,
	   a_closed_event_stream_is_cut_so_that_it_shows, other_responses_are_no_event_streams,
	   an_event_stream_that_is_silent_too_long_ends,
	   whoever_leaves_an_event_stream_is_missed_by_the_other)
