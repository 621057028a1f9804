/* A head, then frames. What is forwarded of a handshake is one still, for nothing but a WebSocket, and an answer is never one to
 * another key. Frames are followed to the same place in any split. */
#include "http/hop.h"
#include "http/websocket.h"
#include "proxy/tunnel.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size);

static const struct http_limits LIMITS = { 8192, 4096, 100 };

static void check_asked(struct view bytes, struct arena *arena)
{
	struct http_head first, second, other;
	struct text t;

	if (head_parse_request(bytes, &LIMITS, arena, &first) || !websocket_is_asked(&first))
		return;
	assert(websocket_narrow(&first, arena) && hop_drop(&first, arena, true));
	assert(view_is_nocase(head_value(&first, HTTP_UPGRADE), VIEW("websocket")));
	text_init(&t, arena_alloc(arena, head_room(&first)), head_room(&first));
	head_write_request(&first, &t);
	assert(!t.overflow && first.n_fields <= LIMITS.max_fields + 3);
	if (first.n_fields > LIMITS.max_fields || t.len > LIMITS.max_head_bytes)
		return;
	assert(head_parse_request(text_view(&t), &LIMITS, arena, &second) == 0);
	assert(websocket_is_asked(&second) && !hop_takes_trailers(&second));
	assert(head_parse_response(
		       VIEW("HTTP/1.1 101 \r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
			    "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n"),
		       &LIMITS, arena, &other) == 0);
	assert(websocket_is_granted(&other) && !websocket_answers(&other, &second));
}

static void check_granted(struct view bytes, struct arena *arena)
{
	struct http_head h;

	if (head_parse_response(bytes, &LIMITS, arena, &h) || !websocket_is_granted(&h))
		return;
	assert(h.status == 101 && hop_drop(&h, arena, true));
	assert(view_is_nocase(head_value(&h, HTTP_UPGRADE), VIEW("websocket")));
}

static void check_same(const struct tunnel_frames *a, const struct tunnel_frames *b)
{
	assert(a->lost == b->lost && a->closed == b->closed);
	assert(tunnel_is_between(a) == tunnel_is_between(b));
	assert(a->lost || (a->left == b->left && a->len == b->len));
	assert(a->lost || memcmp(a->head, b->head, a->len) == 0);
}

static void check_frames(struct view bytes)
{
	struct tunnel_frames whole = { 0 }, frame = { 0 };

	tunnel_follow(&whole, bytes);
	for (size_t cut = 1; cut < 9; cut++) {
		struct tunnel_frames pieces = { 0 };

		for (struct view rest = bytes; rest.len; rest = view_from(rest, cut))
			tunnel_follow(&pieces, view_head(rest, cut));
		check_same(&whole, &pieces);
	}
	while (bytes.len) {
		size_t used = tunnel_follow_frame(&frame, bytes);

		assert(used <= bytes.len &&
		       (used < bytes.len ? tunnel_is_between(&frame) || frame.closed : 1));
		bytes = view_from(bytes, used);
		if (bytes.len) /* into the next one */
			tunnel_follow(&frame, view_head(bytes, 1));
		bytes = view_from(bytes, 1);
	}
	check_same(&whole, &frame);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
	struct view bytes = view_make(at, size);
	size_t scanned = 0, end = head_end(bytes, &scanned);
	struct arena arena;

	arena_init(&arena, NULL, 0, 1 << 18);
	check_asked(view_head(bytes, end), &arena);
	check_granted(view_head(bytes, end), &arena);
	check_frames(view_from(bytes, end));
	arena_fini(&arena);
	return 0;
}
