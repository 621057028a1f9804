/* Conversations of every class that a WebSocket endpoint is tested with, first with the endpoint itself and then through the gateway:
 * not a byte may be different, in either direction, up to the end. Whether it is one that fails makes no difference. */
#define SUITE_TIMEOUT_S 300
#include "daemon.h"
#include "frames.h"
#include "legacy.h"
#include "parrot.h"
#include "raw.h"
#include "suite.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { SMALL_BYTES = 1024, LARGE_BYTES = 256 * 1024 };

#define HANDSHAKE                                                                             \
	"GET /parrot?room=1 HTTP/1.1\r\nHost: www.example.com\r\nConnection: Upgrade\r\n"     \
	"Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-" \
	"Version: 13\r\n"
#define DEFLATE "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
#define ACCEPT "\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"

#define has(text, part) ck_assert_msg(strstr(text, part), "no \"%s\" in \"%s\"", part, text)

struct words {
	const char *id;
	size_t chop;
	const char *say, *answer;
};

static const struct words table[] = {
#define CASE(id, chop, say, answer) { id, chop, say, answer },
#include "websocket_table.h"
#undef CASE
};

static struct parrot *parrot;
static struct origin *origin;
static struct daemon *gateway;

static void start(void)
{
	parrot = parrot_create();
	origin = origin_start(parrot_script, parrot);
	gateway = daemon_start(
		&(struct daemon_options){ .yaml = legacy_settings, .origin = origin_port(origin) });
}

static void stop(void)
{
	daemon_stop(&gateway);
	origin_stop(&origin);
	parrot_destroy(&parrot);
}

/* What one side has said. */
struct bytes {
	char *at;
	size_t len, room;
};

static void append(struct bytes *b, const char *at, size_t n)
{
	if (b->room - b->len < n) {
		b->room = 2 * (b->len + n);
		b->at = realloc(b->at, b->room);
	}
	memcpy(b->at + b->len, at, n);
	b->len += n;
}

/* False at the end. */
static bool listen_once(int fd, struct bytes *heard, const char *id)
{
	static char piece[65536];
	ssize_t n = recv(fd, piece, sizeof(piece), MSG_DONTWAIT);

	ck_assert_msg(n >= 0 || errno == EAGAIN, "%s: %s", id, strerror(errno));
	if (n > 0)
		append(heard, piece, (size_t)n);
	return n != 0;
}

/* Says everything, whatever is answered, and listens meanwhile and to the end. */
static struct bytes converse(int fd, const char *say, size_t len, size_t chop, const char *id)
{
	struct bytes heard = { 0 };
	bool open = true;

	for (size_t said = 0; said < len || open;) {
		struct pollfd p = { .fd = fd,
				    .events = (short)((open ? POLLIN : 0) |
						      (said < len ? POLLOUT : 0)) };
		size_t n = chop && chop < len - said ? chop : len - said;
		ssize_t sent;

		ck_assert_msg(poll(&p, 1, RAW_WAIT_S * 1000) > 0, "%s: silence", id);
		if (open && p.revents & (POLLIN | POLLHUP | POLLERR))
			open = listen_once(fd, &heard, id);
		if (said == len || !(p.revents & POLLOUT))
			continue;
		sent = send(fd, say + said, n, MSG_DONTWAIT | MSG_NOSIGNAL);
		ck_assert_msg(sent > 0 || errno == EAGAIN, "%s: %s", id, strerror(errno));
		said += sent > 0 ? (size_t)sent : 0;
	}
	return heard;
}

static int shake_hands(uint16_t port, bool deflate)
{
	int fd = raw_connect(port);
	const char *head;

	raw_send(fd, HANDSHAKE);
	raw_send(fd, deflate ? DEFLATE "\r\n" : "\r\n");
	head = raw_read_head(fd);
	has(head, "HTTP/1.1 101 ");
	has(head, ACCEPT);
	if (deflate)
		has(head, "Sec-WebSocket-Extensions: permessage-deflate; "
			  "server_no_context_takeover; client_no_context_takeover\r\n");
	return fd;
}

static void expect_same(const struct words *w, const char *what, const char *at, size_t len,
			const char *expected, size_t expected_len)
{
	size_t same = 0;

	while (same < len && same < expected_len && at[same] == expected[same])
		same++;
	ck_assert_msg(same == len && same == expected_len,
		      "%s: %s: %zu bytes instead of %zu, and others from byte %zu on", w->id, what,
		      len, expected_len, same);
}

struct transcript {
	struct bytes client; /* what it heard */
	char *origin;
	size_t origin_len;
};

static struct transcript hold(const struct words *w, uint16_t port, size_t chop)
{
	struct transcript t;
	size_t len;
	char *say = frames_write(w->say, true, &len);
	int fd = shake_hands(port, strncmp(w->id, "12", 2) == 0);

	t.client = converse(fd, say, len, chop, w->id);
	raw_close(&fd);
	t.origin = parrot_heard(parrot, &t.origin_len);
	expect_same(w, "the origin heard", t.origin, t.origin_len, say, len);
	free(say);
	return t;
}

static void drop(struct transcript *t)
{
	free(t->client.at);
	free(t->origin);
}

static void compare(const struct words *w, size_t chop)
{
	size_t len;
	char *answer = frames_write(w->answer, false, &len);
	struct transcript direct = hold(w, origin_port(origin), chop);
	struct transcript through = hold(w, daemon_port(gateway), chop);

	expect_same(w, "without a gateway", direct.client.at, direct.client.len, answer, len);
	expect_same(w, "through the gateway", through.client.at, through.client.len,
		    direct.client.at, direct.client.len);
	expect_same(w, "to the origin", through.origin, through.origin_len, direct.origin,
		    direct.origin_len);
	drop(&direct);
	drop(&through);
	free(answer);
}

static size_t length_of(const struct words *w)
{
	size_t len;

	free(frames_write(w->say, true, &len));
	return len;
}

/* Those of these classes; small ones byte by byte too. */
static void converse_about(const char *classes)
{
	unsigned n = 0;

	start();
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		const struct words *w = &table[i];
		char class[8];

		snprintf(class, sizeof(class), " %.*s.", (int)strcspn(w->id, "."), w->id);
		if (!strstr(classes, class) || (suite_is_light() && length_of(w) > LARGE_BYTES))
			continue;
		compare(w, w->chop);
		if (w->chop != 1 && length_of(w) <= SMALL_BYTES)
			compare(w, 1);
		n++;
	}
	ck_assert_uint_gt(n, 1);
	ck_assert_int_eq((int)daemon_metric(gateway, "responses 5xx"), 0);
	stop();
}

static void frames_of_every_length_pass(void)
{
	converse_about(" 1. ");
}

static void pings_and_pongs_pass(void)
{
	converse_about(" 2. ");
}

static void what_means_nothing_fails_at_the_endpoint_and_not_before(void)
{
	converse_about(" 3. 4. ");
}

static void fragments_pass_as_they_are(void)
{
	converse_about(" 5. 10. ");
}

static void text_is_judged_by_the_endpoint_alone(void)
{
	converse_about(" 6. ");
}

static void ends_are_those_of_the_endpoint(void)
{
	converse_about(" 7. ");
}

static void much_passes_in_pieces_of_any_size(void)
{
	converse_about(" 9. ");
}

static void compressed_messages_pass(void)
{
	converse_about(" 12. 13. ");
}

SUITE_MAIN("websocket", frames_of_every_length_pass, pings_and_pongs_pass,
	   what_means_nothing_fails_at_the_endpoint_and_not_before, fragments_pass_as_they_are,
	   text_is_judged_by_the_endpoint_alone, ends_are_those_of_the_endpoint,
	   much_passes_in_pieces_of_any_size, compressed_messages_pass)
