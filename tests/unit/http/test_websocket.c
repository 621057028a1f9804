#include "wire.h"

#include "http/hop.h"
#include "http/websocket.h"

#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define SWITCH "Connection: Upgrade\r\nUpgrade: websocket\r\n"
#define ACCEPT "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"

static bool asks_by(const char *line, const char *fields)
{
	struct http_head h =
		wire_request(arena_format(&wire_arena, "%s\r\nHost: a\r\n%s\r\n", line, fields));

	return websocket_is_asked(&h);
}

static bool asks(const char *fields)
{
	return asks_by("GET / HTTP/1.1", fields);
}

static void a_whole_handshake_asks(void)
{
	ck_assert(asks(SWITCH KEY VERSION));
	ck_assert(asks("connection: keep-alive, upgrade\r\nupgrade: WebSocket\r\n" KEY VERSION));
	ck_assert(asks("Connection: Upgrade\r\nUpgrade: h2c, websocket\r\n" KEY VERSION));
	ck_assert(asks(SWITCH KEY "Sec-WebSocket-Version: 8\r\n"));
}

static void whatever_is_less_is_an_ordinary_request(void)
{
	ck_assert(!asks(""));
	ck_assert(!asks(SWITCH));
	ck_assert(!asks(SWITCH KEY));
	ck_assert(!asks(SWITCH VERSION));
	ck_assert(!asks("Upgrade: websocket\r\n" KEY VERSION));
	ck_assert(!asks("Connection: Upgrade\r\n" KEY VERSION));
	ck_assert(!asks("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" KEY VERSION));
	ck_assert(!asks(SWITCH KEY KEY VERSION));
	ck_assert(!asks(SWITCH KEY VERSION VERSION));
	ck_assert(!asks(SWITCH "Sec-WebSocket-Key: short\r\n" VERSION));
	/* 15 and 17 bytes */
	ck_assert(!asks(SWITCH "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j\r\n" VERSION));
	ck_assert(!asks(SWITCH "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZSE=\r\n" VERSION));
	ck_assert(!asks(SWITCH "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=A\r\n" VERSION));
	ck_assert(!asks(SWITCH "Sec-WebSocket-Key: dGhlIHNhb=BsZSBub25jZQ==\r\n" VERSION));
	ck_assert(!asks(SWITCH KEY "Sec-WebSocket-Version: 13a\r\n"));
	ck_assert(!asks(SWITCH KEY "Sec-WebSocket-Version:\r\n"));
	ck_assert(!asks(SWITCH KEY VERSION "Content-Length: 3\r\n"));
	ck_assert(!asks(SWITCH KEY VERSION "Transfer-Encoding: chunked\r\n"));
	ck_assert(!asks_by("POST / HTTP/1.1", SWITCH KEY VERSION));
	ck_assert(!asks_by("GET / HTTP/1.0", SWITCH KEY VERSION));
}

static void other_protocols_are_not_offered_beside_it(void)
{
	struct http_head h = wire_request(
		VIEW("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, TE\r\nTE: trailers\r\n"
		     "Upgrade: h2c, websocket\r\n" KEY VERSION "\r\n"));
	char room[1024];
	struct text t;

	ck_assert(websocket_narrow(&h, &wire_arena));
	ck_assert(hop_drop(&h, &wire_arena, true));
	text_init(&t, room, sizeof(room));
	head_write_request(&h, &t);
	wire_assert(text_view(&t), "GET / HTTP/1.1\r\nHost: a\r\n" KEY VERSION
				   "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
}

static bool grants(const char *line, const char *fields)
{
	struct view bytes = arena_format(&wire_arena, "%s\r\n%s\r\n", line, fields);
	struct http_limits limits = { 65536, 16384, 100 };
	struct http_head h;

	ck_assert_int_eq(head_parse_response(bytes, &limits, &wire_arena, &h), 0);
	return websocket_is_granted(&h);
}

static void only_a_whole_switch_to_it_grants(void)
{
	const char *line = "HTTP/1.1 101 Switching Protocols";

	ck_assert(grants(line, SWITCH ACCEPT));
	ck_assert(!grants("HTTP/1.1 200 OK", SWITCH ACCEPT));
	ck_assert(!grants("HTTP/1.0 101 Switching Protocols", SWITCH ACCEPT));
	ck_assert(!grants(line, SWITCH));
	ck_assert(!grants(line, SWITCH ACCEPT ACCEPT));
	ck_assert(!grants(line, "Upgrade: websocket\r\n" ACCEPT));
	ck_assert(!grants(line, "Connection: Upgrade\r\n" ACCEPT));
	ck_assert(!grants(line, "Connection: Upgrade\r\nUpgrade: h2c\r\n" ACCEPT));
	ck_assert(!grants(line, "Connection: Upgrade\r\nUpgrade: h2c, websocket\r\n" ACCEPT));
}

static bool answers(const char *key, const char *accept)
{
	struct http_head asked = wire_request(arena_format(
		&wire_arena, "GET / HTTP/1.1\r\nHost: a\r\n" SWITCH VERSION "%s\r\n", key));
	struct view bytes = arena_format(
		&wire_arena, "HTTP/1.1 101 Switching Protocols\r\n" SWITCH "%s\r\n", accept);
	struct http_limits limits = { 65536, 16384, 100 };
	struct http_head granted;

	ck_assert_int_eq(head_parse_response(bytes, &limits, &wire_arena, &granted), 0);
	return websocket_answers(&granted, &asked);
}

static void only_who_knows_the_key_answers(void)
{
	ck_assert(answers(KEY, ACCEPT));
	ck_assert(answers("Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n",
			  "Sec-WebSocket-Accept:  HSmrc0sMlYUkAGmm5OPpG2HaGWk= \r\n"));
	ck_assert(!answers("Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n", ACCEPT));
	ck_assert(!answers(KEY, "Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
	ck_assert(!answers(KEY, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo\r\n"));
	ck_assert(!answers(KEY, ACCEPT ACCEPT));
	ck_assert(!answers(KEY, ""));
}

SUITE_MAIN_WITH("websocket", wire_setup, wire_teardown, a_whole_handshake_asks,
		whatever_is_less_is_an_ordinary_request, other_protocols_are_not_offered_beside_it,
		only_a_whole_switch_to_it_grants, only_who_knows_the_key_answers)
