#include "wire.h"

#include "base/err.h"
#include "http/body.h"

#include <stdio.h>

struct plan_row {
	struct view fields;
	int status;
	enum body_framing framing;
	uint64_t length;
};

#define ROW(fields, ...)                                    \
	{                                                   \
		{ fields, sizeof(fields) - 1 }, __VA_ARGS__ \
	}

static struct http_head head_with(const char *start, struct view fields)
{
	struct view bytes =
		arena_format(&wire_arena, "%s\r\nHost: a\r\n%.*s\r\n", start, VIEW_ARG(fields));

	return start[0] == 'H' ? wire_response(bytes) : wire_request(bytes);
}

static void the_end_of_a_request_is_never_in_doubt(void)
{
	static const struct plan_row rows[] = {
		ROW("", 0, BODY_NONE, 0),
		ROW("Content-Length: 0\r\n", 0, BODY_NONE, 0),
		ROW("Content-Length: 12\r\n", 0, BODY_LENGTH, 12),
		ROW("Content-Length: 000000000000000012\r\n", 0, BODY_LENGTH, 12),
		ROW("Content-Length: 999999999999999999\r\n", 0, BODY_LENGTH, 999999999999999999),
		ROW("Content-Length: 0000000000000000012\r\n", 400, 0, 0),
		ROW("Content-Length: 1000000000000000000\r\n", 400, 0, 0),
		ROW("Content-Length:\r\n", 400, 0, 0),
		ROW("Content-Length: +1\r\n", 400, 0, 0),
		ROW("Content-Length: -1\r\n", 400, 0, 0),
		ROW("Content-Length: 0x1\r\n", 400, 0, 0),
		ROW("Content-Length: 1 2\r\n", 400, 0, 0),
		ROW("Content-Length: 5, 5\r\n", 400, 0, 0),
		ROW("Content-Length: 5\r\nContent-Length: 5\r\n", 400, 0, 0),
		ROW("Content-Length: 5\r\ncontent-length: 6\r\n", 400, 0, 0),
		ROW("Transfer-Encoding: chunked\r\n", 0, BODY_CHUNKED, 0),
		ROW("Transfer-Encoding: Chunked\r\n", 0, BODY_CHUNKED, 0),
		ROW("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400, 0, 0),
		ROW("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400, 0, 0),
		ROW("Content-Length: 5\r\nTransfer-Encoding: gzip\r\n", 400, 0, 0),
		ROW("Transfer-Encoding: chunked, chunked\r\n", 400, 0, 0),
		ROW("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", 400, 0, 0),
		ROW("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n", 400, 0, 0),
		ROW("Transfer-Encoding: chunked, gzip\r\n", 400, 0, 0),
		ROW("Transfer-Encoding: chunked,\r\n", 400, 0, 0),
		ROW("Transfer-Encoding: ,chunked\r\n", 400, 0, 0),
		ROW("Transfer-Encoding: chunked;a=b\r\n", 400, 0, 0),
		ROW("Transfer-Encoding: \"chunked\"\r\n", 400, 0, 0),
		ROW("Transfer-Encoding:\r\n", 400, 0, 0),
		ROW("Transfer-Encoding: gzip, chunked\r\n", 501, 0, 0),
		ROW("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", 501, 0, 0),
		ROW("Transfer-Encoding: xchunked\r\n", 501, 0, 0),
		ROW("Transfer-Encoding: identity\r\n", 501, 0, 0),
		ROW("Transfer_Encoding: chunked\r\n", 0, BODY_NONE, 0),
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_head h = head_with("POST / HTTP/1.1", rows[i].fields);
		struct body_plan plan = { 99, 99 };
		int status = body_plan_request(&h, &plan);

		ck_assert_msg(status == rows[i].status, "%.*s: %d", VIEW_ARG(rows[i].fields),
			      status);
		ck_assert_msg(plan.framing == (status ? 99 : rows[i].framing), "%.*s",
			      VIEW_ARG(rows[i].fields));
		ck_assert_uint_eq(plan.length, status ? 99 : rows[i].length);
	}
}

static void http_1_0_has_no_codings(void)
{
	struct http_head h = head_with("POST / HTTP/1.0", VIEW("Transfer-Encoding: chunked\r\n"));
	struct body_plan plan;

	ck_assert_int_eq(body_plan_request(&h, &plan), 400);
	h = head_with("HTTP/1.0 200 OK", VIEW("Transfer-Encoding: chunked\r\n"));
	ck_assert_int_eq(body_plan_response(&h, HTTP_GET, &plan), ERR_SYNTAX);
}

static void the_end_of_a_response_follows_its_status_and_the_method(void)
{
	static const struct {
		const char *start;
		enum http_method method;
		struct plan_row row;
	} rows[] = {
		{ "HTTP/1.1 200 OK", HTTP_GET, ROW("", 0, BODY_CLOSE, 0) },
		{ "HTTP/1.0 200 OK", HTTP_GET, ROW("", 0, BODY_CLOSE, 0) },
		{ "HTTP/1.1 200 OK", HTTP_GET, ROW("Content-Length: 5\r\n", 0, BODY_LENGTH, 5) },
		{ "HTTP/1.1 200 OK", HTTP_GET, ROW("Content-Length: 0\r\n", 0, BODY_NONE, 0) },
		{ "HTTP/1.1 200 OK", HTTP_GET,
		  ROW("Transfer-Encoding: chunked\r\n", 0, BODY_CHUNKED, 0) },
		{ "HTTP/1.1 200 OK", HTTP_HEAD, ROW("Content-Length: 5\r\n", 0, BODY_NONE, 0) },
		{ "HTTP/1.1 200 OK", HTTP_HEAD,
		  ROW("Transfer-Encoding: chunked\r\n", 0, BODY_NONE, 0) },
		{ "HTTP/1.1 304 Not Modified", HTTP_GET,
		  ROW("Content-Length: 5\r\n", 0, BODY_NONE, 0) },
		{ "HTTP/1.1 204 No Content", HTTP_GET, ROW("", 0, BODY_NONE, 0) },
		{ "HTTP/1.1 204 No Content", HTTP_GET,
		  ROW("Content-Length: 0\r\n", 0, BODY_NONE, 0) },
		{ "HTTP/1.1 103 Early Hints", HTTP_GET, ROW("Link: x\r\n", 0, BODY_NONE, 0) },
		{ "HTTP/1.1 204 No Content", HTTP_GET,
		  ROW("Content-Length: 5\r\n", ERR_SYNTAX, 0, 0) },
		{ "HTTP/1.1 204 No Content", HTTP_GET,
		  ROW("Transfer-Encoding: chunked\r\n", ERR_SYNTAX, 0, 0) },
		{ "HTTP/1.1 100 Continue", HTTP_POST,
		  ROW("Content-Length: 5\r\n", ERR_SYNTAX, 0, 0) },
		{ "HTTP/1.1 200 OK", HTTP_GET,
		  ROW("Content-Length: 5\r\nContent-Length: 5\r\n", 0, BODY_LENGTH, 5) },
		{ "HTTP/1.1 200 OK", HTTP_GET,
		  ROW("Content-Length: 5\r\nContent-Length: 6\r\n", ERR_SYNTAX, 0, 0) },
		{ "HTTP/1.1 200 OK", HTTP_GET, ROW("Content-Length: x\r\n", ERR_SYNTAX, 0, 0) },
		{ "HTTP/1.1 200 OK", HTTP_HEAD, ROW("Content-Length: x\r\n", ERR_SYNTAX, 0, 0) },
		{ "HTTP/1.1 200 OK", HTTP_GET,
		  ROW("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", ERR_SYNTAX, 0, 0) },
		{ "HTTP/1.1 200 OK", HTTP_GET,
		  ROW("Transfer-Encoding: gzip, chunked\r\n", ERR_SYNTAX, 0, 0) },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_head h = head_with(rows[i].start, rows[i].row.fields);
		struct body_plan plan = { 99, 99 };
		int err = body_plan_response(&h, rows[i].method, &plan);

		ck_assert_msg(err == rows[i].row.status, "row %zu: %d", i, err);
		ck_assert_msg(plan.framing == (err ? 99 : rows[i].row.framing), "row %zu", i);
		ck_assert_uint_eq(plan.length, err ? 99 : rows[i].row.length);
	}
}

/* -- chunked coding -- */

struct chunk_result {
	enum body_step step; /* the last */
	struct view payload;
	size_t rest; /* bytes behind the end */
};

/* Decodes what comes in two pieces, or, with cut == 0, byte by byte. */
static struct chunk_result decode(struct view bytes, size_t cut, const struct http_limits *limits)
{
	struct chunk_result result = { .step = BODY_MORE };
	char *payload = arena_alloc(&wire_arena, bytes.len + 1);
	struct body_chunks c;
	size_t done = 0;

	body_chunks_init(&c);
	result.payload = view_make(payload, 0);
	while (done < bytes.len && result.step == BODY_MORE) {
		size_t len = cut == 0 ? 1 : done < cut ? cut : bytes.len - done;
		struct view exact = wire_exact(view_head(view_from(bytes, done), len)),
			    input = exact, data;

		while ((result.step = body_chunks_next(&c, limits, &input, &data)) == BODY_DATA) {
			memcpy(payload + result.payload.len, data.at, data.len);
			result.payload.len += data.len;
		}
		done += exact.len - input.len;
		wire_free(exact);
	}
	result.rest = bytes.len - done;
	return result;
}

static void check_chunks(const char *what, struct view bytes, enum body_step step,
			 struct view payload, size_t rest)
{
	for (size_t cut = 0; cut <= bytes.len; cut++) {
		struct chunk_result r = decode(bytes, cut, &WIRE_LIMITS);

		ck_assert_msg(r.step == step, "%s, cut at %zu: step %d", what, cut, r.step);
		if (step == BODY_BAD)
			continue;
		ck_assert_msg(view_is(r.payload, payload), "%s, cut at %zu: \"%.*s\"", what, cut,
			      VIEW_ARG(r.payload));
		ck_assert_msg(r.rest == rest, "%s, cut at %zu: rest %zu", what, cut, r.rest);
	}
}

static void chunks_are_decoded_in_any_split(void)
{
	check_chunks("two chunks", VIEW("5\r\nhello\r\nA\r\n, world!!!\r\n0\r\n\r\n"), BODY_END,
		     VIEW("hello, world!!!"), 0);
	check_chunks("nothing", VIEW("0\r\n\r\n"), BODY_END, VIEW(""), 0);
	check_chunks("many zeros", VIEW("0000000000000000\r\n\r\n"), BODY_END, VIEW(""), 0);
	check_chunks("an extension", VIEW("1;a=b\r\nx\r\n1 \t;c=\"d;e\"\r\ny\r\n0;f\r\n\r\n"),
		     BODY_END, VIEW("xy"), 0);
	check_chunks("extensions in every form",
		     VIEW("1;a;b=c;d=\"e;f\\\"\\\\\" ; g\t=\t\"\"\t;\th = i ;j\r\nx\r\n0\r\n\r\n"),
		     BODY_END, VIEW("x"), 0);
	check_chunks("trailers", VIEW("1\r\nx\r\n0\r\nA: b\r\nC:\r\n\r\n"), BODY_END, VIEW("x"), 0);
	check_chunks("what follows", VIEW("1\r\nx\r\n0\r\nA: b\r\n\r\nGET /"), BODY_END, VIEW("x"),
		     5);
	check_chunks("unfinished", VIEW("5\r\nhel"), BODY_MORE, VIEW("hel"), 0);
	check_chunks("an unfinished end", VIEW("1\r\nx\r\n0\r\n"), BODY_MORE, VIEW("x"), 0);
	check_chunks("payload that looks like an end", VIEW("7\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n"),
		     BODY_END, VIEW("\r\n0\r\n\r\n"), 0);
}

static void trailers_are_kept_in_any_split(void)
{
	static const struct view bytes = { "1\r\nx\r\n0\r\nA: b\r\nNo: way\r\nB:\tc \r\n\r\nGET /",
					   40 };

	for (size_t cut = 0; cut <= bytes.len; cut++) {
		struct view first = view_head(bytes, cut), second = view_from(bytes, cut), data;
		struct body_chunks c;
		struct trailer t;
		enum body_step step;

		trailer_init(&t, VIEW("b, a"), &wire_arena);
		body_chunks_init(&c);
		c.trailer = &t;
		while ((step = body_chunks_next(&c, &WIRE_LIMITS, &first, &data)) == BODY_DATA)
			;
		while (step == BODY_MORE || step == BODY_DATA)
			step = body_chunks_next(&c, &WIRE_LIMITS, &second, &data);
		ck_assert_int_eq(step, BODY_END);
		wire_assert(trailer_lines(&t), "A: b\r\nB:\tc \r\n");
	}
}

static void a_name_that_only_begins_as_one_that_frames_is_no_fault(void)
{
	check_chunks("longer", VIEW("0\r\nContent-LengthX: 5\r\nTransfer-Encodings: x\r\n\r\n"),
		     BODY_END, VIEW(""), 0);
	check_chunks("shorter", VIEW("0\r\nContent-Lengt: 5\r\nTransfer-: x\r\n\r\n"), BODY_END,
		     VIEW(""), 0);
}

static void what_is_no_chunked_coding_is_refused(void)
{
	static const struct {
		const char *what;
		struct view bytes;
	} rows[] = {
#define BAD(what, bytes)                         \
	{                                        \
		what,                            \
		{                                \
			bytes, sizeof(bytes) - 1 \
		}                                \
	}
		BAD("no digit", "\r\n\r\n"),
		BAD("no hex", "g\r\n"),
		BAD("0x", "0x1\r\nx\r\n0\r\n\r\n"),
		BAD("a sign", "+1\r\nx\r\n"),
		BAD("a negative size", "-1\r\nx\r\n"),
		BAD("a blank before", " 1\r\nx\r\n"),
		BAD("a blank behind", "1 \r\nx\r\n"),
		BAD("17 digits", "00000000000000001\r\nx\r\n"),
		BAD("an overflow", "10000000000000000\r\n"),
		BAD("LF behind the size", "1\nx\r\n0\r\n\r\n"),
		BAD("CR in the size line", "1\rx\r\n"),
		BAD("CR in an extension", "1;a\rb\r\nx\r\n"),
		BAD("LF in an extension", "1;a\nx\r\n"),
		BAD("NUL in an extension", "1;a\0\r\nx\r\n"),
		BAD("NUL behind the size", "1\0\r\nx\r\n"),
		BAD("more than its size", "1\r\nxy\r\n0\r\n\r\n"),
		BAD("LF behind the payload", "1\r\nx\n0\r\n\r\n"),
		BAD("an extension without a size", ";a\r\n"),
		BAD("an extension without a name", "1;\r\nx\r\n"),
		BAD("two semicolons", "1;;a\r\nx\r\n"),
		BAD("a value without a name", "1;=b\r\nx\r\n"),
		BAD("a name without its value", "1;a=\r\nx\r\n"),
		BAD("a name of two words", "1;a b\r\nx\r\n"),
		BAD("a name in quotes", "1;\"a\"\r\nx\r\n"),
		BAD("a value of two words", "1;a=b c\r\nx\r\n"),
		BAD("a value with two equal signs", "1;a=b=c\r\nx\r\n"),
		BAD("a value with a colon", "1;a=b:c\r\nx\r\n"),
		BAD("a quote that is not closed", "1;a=\"b\r\nx\r\n"),
		BAD("a quote whose end is escaped", "1;a=\"b\\\"\r\nx\r\n"),
		BAD("a control character in quotes", "1;a=\"\x7f\"\r\nx\r\n"),
		BAD("a word behind a quote", "1;a=\"b\"c\r\nx\r\n"),
		BAD("a blank behind an extension", "1;a \r\nx\r\n"),
		BAD("a blank behind a value", "1;a=b\t\r\nx\r\n"),
		BAD("a byte above ASCII in a name", "1;\xc3\xa9\r\nx\r\n"),
		BAD("a trailer that gives a length", "0\r\nA: b\r\ncontent-LENGTH: 5\r\n\r\n"),
		BAD("a trailer that gives a coding", "0\r\nTransfer-Encoding: chunked\r\n\r\n"),
		BAD("a trailer without a colon", "0\r\nA\r\n\r\n"),
		BAD("a trailer without a name", "0\r\n: b\r\n\r\n"),
		BAD("a space before a trailer's colon", "0\r\nA : b\r\n\r\n"),
		BAD("a folded trailer", "0\r\nA: b\r\n c\r\n\r\n"),
		BAD("a NUL in a trailer", "0\r\nA: b\0\r\n\r\n"),
		BAD("LF behind a trailer", "0\r\nA: b\n\r\n"),
		BAD("LF as the end", "0\r\n\n"),
		BAD("CR without LF as the end", "0\r\n\rx"),
#undef BAD
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_chunks(rows[i].what, rows[i].bytes, BODY_BAD, VIEW(""), 0);
}

static void the_largest_size_is_no_overflow(void)
{
	struct view input = VIEW("ffffffffffffffff\r\nx"), data;
	struct body_chunks c;

	body_chunks_init(&c);
	ck_assert_int_eq(body_chunks_next(&c, &WIRE_LIMITS, &input, &data), BODY_DATA);
	wire_assert(data, "x");
	ck_assert_uint_eq(c.left, UINT64_MAX - 1);
	ck_assert_int_eq(body_chunks_next(&c, &WIRE_LIMITS, &input, &data), BODY_MORE);
}

static void extensions_and_trailers_have_limits(void)
{
	struct http_limits limits = { .max_head_bytes = 20, .max_fields = 2 };
	char line[1100];

	memset(line, 'x', sizeof(line));
	memcpy(line, "1;", 2);
	memcpy(line + 1022, "\r\ny\r\n0\r\n\r\n", 10);
	ck_assert_int_eq(decode(view_make(line, 1032), 100, &limits).step, BODY_END);
	memset(line, 'x', sizeof(line));
	memcpy(line, "1;", 2);
	ck_assert_int_eq(decode(view_make(line, 1025), 100, &limits).step, BODY_BAD);
	ck_assert_int_eq(decode(VIEW("0\r\nA: b\r\nC: d\r\n\r\n"), 0, &limits).step, BODY_END);
	ck_assert_int_eq(decode(VIEW("0\r\nA:\r\nB:\r\nC:\r\n\r\n"), 0, &limits).step, BODY_BAD);
	ck_assert_int_eq(decode(VIEW("0\r\nA: 123456789012345678\r\n\r\n"), 0, &limits).step,
			 BODY_BAD);
}

static void an_end_stays_an_end_and_a_fault_a_fault(void)
{
	struct view input = VIEW("0\r\n\r\nx"), data;
	struct body_chunks c;

	body_chunks_init(&c);
	ck_assert_int_eq(body_chunks_next(&c, &WIRE_LIMITS, &input, &data), BODY_END);
	ck_assert_int_eq(body_chunks_next(&c, &WIRE_LIMITS, &input, &data), BODY_END);
	wire_assert(input, "x");
	body_chunks_init(&c);
	ck_assert_int_eq(body_chunks_next(&c, &WIRE_LIMITS, &input, &data), BODY_BAD);
	input = VIEW("0\r\n\r\n");
	ck_assert_int_eq(body_chunks_next(&c, &WIRE_LIMITS, &input, &data), BODY_BAD);
}

static void a_chunk_s_head_is_its_size_in_hex(void)
{
	static const uint64_t sizes[] = { 1, 15, 16, 255, 4096, 65535, 1u << 31, UINT64_MAX };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char line[20], wanted[24];

		snprintf(wanted, sizeof(wanted), "%llx\r\n", (unsigned long long)sizes[i]);
		ck_assert(
			view_is(view_make(line, body_chunk_head(sizes[i], line)), view_of(wanted)));
	}
}

SUITE_MAIN_WITH("body", wire_setup, wire_teardown, the_end_of_a_request_is_never_in_doubt,
		http_1_0_has_no_codings, the_end_of_a_response_follows_its_status_and_the_method,
		chunks_are_decoded_in_any_split, trailers_are_kept_in_any_split,
		a_name_that_only_begins_as_one_that_frames_is_no_fault,
		what_is_no_chunked_coding_is_refused, the_largest_size_is_no_overflow,
		extensions_and_trailers_have_limits, an_end_stays_an_end_and_a_fault_a_fault,
		a_chunk_s_head_is_its_size_in_hex)
