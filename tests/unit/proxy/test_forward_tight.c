/* A closing frame of ours for the origin that finds no room at once: the connection to it took everything before, and takes nothing
 * now. */
#include "plain.h"
#include "proxy/tunnel.h"
#include "raw.h"
#include "suite.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>

enum { MASKED_BYTES = TUNNEL_CLOSE_BYTES + TUNNEL_MASK_BYTES };

#define HANDSHAKE                                                                    \
	"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
#define GRANTED                                                                             \
	"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" \
	"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"

static atomic_int full;
static _Atomic(struct stream *) tunnel;

/* The engine sends through this, too. */
ssize_t send(int fd, const void *at, size_t len, int flags)
{
	if (len == MASKED_BYTES && atomic_exchange(&full, 0)) {
		errno = EAGAIN;
		return -1;
	}
	return sendto(fd, at, len, flags, NULL, 0);
}

static enum progress on_response(struct stream *s, struct http_head *response)
{
	(void)s;
	(void)response;
	return PROGRESS_GO;
}

static void on_failure(struct stream *s, enum forward_failure why)
{
	(void)why;
	stream_reply(s, 502, NULL, 0, VIEW("failed\n"));
}

static void on_tunnel(struct stream *s)
{
	atomic_store(&tunnel, s);
}

static const struct forward_app app = { .on_response = on_response,
					.on_failure = on_failure,
					.on_tunnel = on_tunnel };

static void close_it(struct plain *p, void *arg)
{
	(void)p;
	(void)arg;
	forward_close(atomic_load(&tunnel), TUNNEL_POLICY);
}

/* When it had left, the client was asked for the run that it was thought to wait for, and there was none: that was taken for a mistake
 * of ours, by which everybody lost his connection. */
static void a_closing_frame_that_has_to_wait_leaves_later(void)
{
	uint16_t port;
	int listener = raw_listen(&port), client, origin;
	struct plain *proxy =
		plain_start(&(struct plain_options){ .origin_port = port, .forward_app = &app });

	client = raw_connect(plain_port(proxy));
	raw_send(client, HANDSHAKE);
	origin = raw_accept(listener);
	raw_read_head(origin);
	raw_send(origin, GRANTED);
	raw_read_head(client);
	raw_send(client, "\x81\x80mask");
	raw_read_bytes(origin, 6);
	atomic_store(&full, 1);
	plain_call(proxy, close_it, NULL);
	ck_assert_int_eq(memcmp(raw_read_bytes(origin, MASKED_BYTES), "\x88\x82", 2), 0);
	ck_assert_int_eq(atomic_load(&full), 0);
	ck_assert_str_eq(raw_read_bytes(client, 4), "\x88\x02\x03\xf0");
	raw_send(client, "\x88\x80mask");
	raw_expect_end(client);
	raw_close(&client);
	raw_close(&origin);
	plain_stop(&proxy);
	raw_close(&listener);
}

SUITE_MAIN("forward, tight", a_closing_frame_that_has_to_wait_leaves_later)
