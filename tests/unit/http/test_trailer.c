#include "wire.h"

#include "http/trailer.h"

static bool is_x_mine(const void *ctx, struct view name)
{
	(void)ctx;
	return view_is_nocase(name, VIEW("X-Mine"));
}

static struct view announced(struct view fields)
{
	struct http_head h = wire_response(
		arena_format(&wire_arena, "HTTP/1.1 200 OK\r\n%.*s\r\n", VIEW_ARG(fields)));

	return trailer_announced(&h, is_x_mine, NULL, &wire_arena);
}

static void what_is_announced_may_pass(void)
{
	wire_assert(announced(VIEW("Trailer: X-Sum\r\n")), "X-Sum");
	wire_assert(announced(VIEW("Trailer: grpc-status,grpc-message ,\tServer-Timing\r\n")),
		    "grpc-status, grpc-message, Server-Timing");
	wire_assert(announced(VIEW("Trailer: ,A,,\r\nA: b\r\nTRAILER: B\r\nTrailer:\r\n")), "A, B");
	ck_assert_ptr_null(announced(VIEW("")).at);
	ck_assert_ptr_null(announced(VIEW("Trailer:\r\n")).at);
	ck_assert_ptr_null(announced(VIEW("Trailer: , ,\r\n")).at);
}

static void what_is_no_name_or_barred_is_not_announced(void)
{
	wire_assert(announced(VIEW("Trailer: a b, \"c\", d:, E\r\n")), "E");
	wire_assert(announced(VIEW("Trailer: A, x-mine, Set-Cookie, B\r\n")), "A, B");
	wire_assert(announced(VIEW("Connection: close, a\r\nTrailer: A, B\r\n")), "B");
}

static void no_more_than_32_names_are_announced(void)
{
	char fields[2048] = "Trailer: ";
	struct view names, name;
	unsigned n = 0;

	for (int i = 0; i < 300; i++)
		strcat(fields, i % 2 ? "," : "a,");
	strcat(fields, "\r\n");
	for (names = announced(view_of(fields)); view_split(&names, ',', &name);)
		n++;
	ck_assert_uint_eq(n, 32);
}

static void fields_that_somebody_acts_upon_never_pass(void)
{
	static const char *const barred[] = {
		"Transfer-Encoding",
		"content-length",
		"Host",
		"Content-Type",
		"CONTENT-ENCODING",
		"Content-Range",
		"Content-Security-Policy",
		"Trailer",
		"TE",
		"Connection",
		"Upgrade",
		"Keep-Alive",
		"Set-Cookie",
		"Set-Cookie2",
		"Cookie",
		"Authorization",
		"WWW-Authenticate",
		"Proxy-Authenticate",
		"Proxy-Whatever",
		"Authentication-Info",
		"Cache-Control",
		"Surrogate-Control",
		"CDN-Cache-Control",
		"Pragma",
		"Expires",
		"Age",
		"Vary",
		"Date",
		"Warning",
		"Location",
		"Retry-After",
		"Expect",
		"Max-Forwards",
		"Range",
		"If-Match",
		"Accept-Ranges",
		"Access-Control-Allow-Origin",
		"Strict-Transport-Security",
		"Sec-WebSocket-Accept",
		"X-Forwarded-For",
		"X-Forwarded-Port",
		"X-Accel-Redirect",
		"X-Frame-Options",
		"X-Request-Id",
		"Latch-Account",
		"latch-anything",
		"Latch_Account",
		"Latch.Verdict",
		"Set_Cookie",
		"Content_Length",
		"X_Forwarded_For",
		"WWW.Authenticate",
		"",
		"a b",
		"a:",
	};
	static const char *const free[] = {
		"X-Checksum",     "grpc-status", "grpc-message", "Server-Timing",
		"Content-Digest", "Repr-Digest", "ETag",         "Signature",
		"Latched",        "X",           "Sect",         "Ages",
	};

	for (size_t i = 0; i < sizeof(barred) / sizeof(barred[0]); i++)
		ck_assert_msg(!trailer_may_pass(view_of(barred[i])), "%s", barred[i]);
	for (size_t i = 0; i < sizeof(free) / sizeof(free[0]); i++)
		ck_assert_msg(trailer_may_pass(view_of(free[i])), "%s", free[i]);
}

static struct view kept(struct view wanted, struct view lines)
{
	struct trailer t;

	trailer_init(&t, wanted, &wire_arena);
	for (size_t i = 0; i < lines.len; i++)
		trailer_put(&t, lines.at[i]);
	return trailer_lines(&t);
}

static void only_what_was_announced_is_kept_as_it_came(void)
{
	wire_assert(kept(VIEW("A, B"), VIEW("a:  x \r\nC: d\r\nB:\r\nA: b: c\r\n")),
		    "a:  x \r\nB:\r\nA: b: c\r\n");
	wire_assert(kept(VIEW("A"), VIEW("AA: b\r\nA: c\r\n")), "A: c\r\n");
	ck_assert_uint_eq(kept(VIEW("A"), VIEW("B: A: c\r\n")).len, 0);
	ck_assert_uint_eq(kept(VIEW("A"), VIEW("")).len, 0);
}

static void a_line_that_is_not_whole_is_not_kept(void)
{
	wire_assert(kept(VIEW("A"), VIEW("A: b\r\nA: c")), "A: b\r\n");
	ck_assert_uint_eq(kept(VIEW("A"), VIEW("A: c\r")).len, 0);
}

static void trailers_that_do_not_fit_are_left_out_as_a_whole(void)
{
	struct arena small;
	struct trailer t;

	arena_init(&small, NULL, 0, 1024);
	trailer_init(&t, VIEW("A"), &small);
	for (size_t n = 0; n < 500; n++)
		for (const char *at = "A: b\r\n"; *at; at++)
			trailer_put(&t, *at);
	ck_assert(t.full);
	ck_assert_ptr_null(trailer_lines(&t).at);
	arena_fini(&small);
}

SUITE_MAIN_WITH("trailer", wire_setup, wire_teardown, what_is_announced_may_pass,
		what_is_no_name_or_barred_is_not_announced, no_more_than_32_names_are_announced,
		fields_that_somebody_acts_upon_never_pass,
		only_what_was_announced_is_kept_as_it_came, a_line_that_is_not_whole_is_not_kept,
		trailers_that_do_not_fit_are_left_out_as_a_whole)
