#include "wire.h"

#include "base/err.h"

#include <stdio.h>

/* The parser's answer to bytes that came in one piece. */
static int answer(struct view bytes)
{
	struct view exact = wire_exact(bytes);
	struct http_head h = { .status = -1 };
	struct arena arena;
	int status;

	arena_init(&arena, NULL, 0, 65536);
	status = head_parse_request(exact, &WIRE_LIMITS, &arena, &h);
	ck_assert(status == 0 || h.status == -1); /* unchanged when refused */
	arena_fini(&arena);
	wire_free(exact);
	return status;
}

/* Where the head ends when the bytes come in two pieces. */
static size_t end_in_pieces(struct view bytes, size_t cut)
{
	size_t scanned = 0;
	size_t end = head_end(view_head(bytes, cut), &scanned);

	return end ? end : head_end(bytes, &scanned);
}

static size_t end_byte_by_byte(struct view bytes)
{
	size_t scanned = 0;

	for (size_t len = 1; len <= bytes.len; len++) {
		struct view exact = wire_exact(view_head(bytes, len));
		size_t end = head_end(exact, &scanned);

		wire_free(exact);
		if (end)
			return end;
	}
	return 0;
}

/* Whole, byte by byte and cut in two at every place: always the same end and the same answer. */
static void check_request(const char *what, struct view bytes, int wanted)
{
	size_t scanned = 0;
	size_t end = head_end(bytes, &scanned);
	int got = answer(end ? view_head(bytes, end) : bytes);

	ck_assert_msg(got == wanted, "%s: got %d, wanted %d", what, got, wanted);
	ck_assert_msg(end_byte_by_byte(bytes) == end, "%s: byte by byte", what);
	for (size_t cut = 1; cut < bytes.len; cut++)
		ck_assert_msg(end_in_pieces(bytes, cut) == end, "%s: cut at %zu", what, cut);
}

struct request_row {
	const char *what;
	struct view bytes;
	int status;
};

static void check_rows(const struct request_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_request(rows[i].what, rows[i].bytes, rows[i].status);
}

#define ROW(what, bytes, status)                           \
	{                                                  \
		what, { bytes, sizeof(bytes) - 1 }, status \
	}
#define CHECK_ROWS(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))
#define LINE(line) line "\r\nHost: a\r\n\r\n"
#define FIELD(field) "GET / HTTP/1.1\r\nHost: a\r\n" field "\r\n\r\n"

static void a_request_line_has_exactly_three_parts(void)
{
	static const struct request_row rows[] = {
		ROW("the plain one", LINE("GET / HTTP/1.1"), 0),
		ROW("HTTP/1.0", LINE("GET / HTTP/1.0"), 0),
		ROW("two spaces after the method", LINE("GET  / HTTP/1.1"), 400),
		ROW("two spaces after the target", LINE("GET /  HTTP/1.1"), 400),
		ROW("a tab", LINE("GET\t/ HTTP/1.1"), 400),
		ROW("a space at the end", LINE("GET / HTTP/1.1 "), 400),
		ROW("a space in the target", LINE("GET /a b HTTP/1.1"), 400),
		ROW("no version", LINE("GET /"), 400),
		ROW("no version but a space", LINE("GET / "), 400),
		ROW("no target", LINE("GET HTTP/1.1"), 400),
		ROW("an empty target", LINE("GET  HTTP/1.1"), 400),
		ROW("only a method", LINE("GET"), 400),
		ROW("an empty line", "\r\n\r\n", 400),
		ROW("a space first", LINE(" GET / HTTP/1.1"), 400),
		ROW("HTTP/0.9", "GET /\r\n\r\n", 400),
		ROW("lower case", LINE("GET / http/1.1"), 400),
		ROW("no digits", LINE("GET / HTTP/x.y"), 400),
		ROW("a fragment", LINE("GET /a#b HTTP/1.1"), 400),
		ROW("a NUL in the target", LINE("GET /a\0b HTTP/1.1"), 400),
		ROW("DEL in the target", LINE("GET /a\x7f HTTP/1.1"), 400),
		ROW("a bar and a quote in the target", LINE("GET /a|b\" HTTP/1.1"), 0),
		ROW("bare UTF-8 in the target", LINE("GET /\xc3\xa9 HTTP/1.1"), 0),
	};

	CHECK_ROWS(rows);
}

static void only_two_versions_are_spoken(void)
{
	static const struct request_row rows[] = {
		ROW("1.2", LINE("GET / HTTP/1.2"), 505),
		ROW("2.0", LINE("GET / HTTP/2.0"), 505),
		ROW("0.9", LINE("GET / HTTP/0.9"), 505),
		ROW("1.257", LINE("GET / HTTP/1.257"), 505),
		ROW("01.1", LINE("GET / HTTP/01.1"), 505),
		ROW("11", LINE("GET / HTTP/11"), 505),
		ROW("the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\n", 505),
		ROW("1.", LINE("GET / HTTP/1."), 400),
		ROW("1.1x", LINE("GET / HTTP/1.1x"), 400),
		ROW("-1.1", LINE("GET / HTTP/-1.1"), 400),
	};

	CHECK_ROWS(rows);
}

static void a_method_is_a_token_of_at_most_32_bytes(void)
{
	static const struct request_row rows[] = {
		ROW("any token", LINE("BREW / HTTP/1.1"), 0),
		ROW("32 bytes", LINE("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345 / HTTP/1.1"), 0),
		ROW("33 bytes", LINE("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456 / HTTP/1.1"), 400),
		ROW("no token", LINE("GE(T / HTTP/1.1"), 400),
		ROW("none", LINE("/ HTTP/1.1"), 400),
		ROW("beyond ASCII", LINE("G\xc3\x89T / HTTP/1.1"), 400),
	};
	struct http_head h = wire_request(VIEW(LINE("brew / HTTP/1.1")));

	CHECK_ROWS(rows);
	wire_assert(h.method, "brew");
	ck_assert_int_eq(h.method_id, HTTP_METHOD_OTHER);
	ck_assert_int_eq(wire_request(VIEW(LINE("get / HTTP/1.1"))).method_id, HTTP_METHOD_OTHER);
	ck_assert_int_eq(wire_request(VIEW(LINE("PATCH / HTTP/1.1"))).method_id, HTTP_PATCH);
}

static void at_most_one_empty_line_comes_first(void)
{
	static const struct request_row rows[] = {
		ROW("one", "\r\n" LINE("GET / HTTP/1.1"), 0),
		ROW("two", "\r\n\r\n" LINE("GET / HTTP/1.1"), 400),
		ROW("a bare LF", "\n" LINE("GET / HTTP/1.1"), 400),
		ROW("a bare CR", "\r" LINE("GET / HTTP/1.1"), 400),
		ROW("a blank line", " \r\n" LINE("GET / HTTP/1.1"), 400),
	};

	CHECK_ROWS(rows);
}

static void lines_end_in_crlf_only(void)
{
	static const struct request_row rows[] = {
		ROW("LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400),
		ROW("LF after a field", "GET / HTTP/1.1\r\nHost: a\n\r\n", 400),
		ROW("LF as the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400),
		ROW("LF everywhere", "GET / HTTP/1.1\nHost: a\n\n", 400),
		ROW("CR in a value", FIELD("A: b\rc"), 400),
		ROW("CR CR LF", FIELD("A: b\r"), 400),
		ROW("CR in a name", FIELD("A\rB: c"), 400),
		ROW("CR after the request line", "GET / HTTP/1.1\rHost: a\r\n\r\n", 400),
		ROW("CR as the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\rX: y\r\n\r\n", 400),
	};

	CHECK_ROWS(rows);
}

static void names_are_tokens_right_before_the_colon(void)
{
	static const struct request_row rows[] = {
		ROW("every token character", FIELD("!#$%&'*+-.^_`|~09azAZ: x"), 0),
		ROW("a space before the colon", FIELD("Content-Length : 5"), 400),
		ROW("a tab before the colon", FIELD("Content-Length\t: 5"), 400),
		ROW("a NUL before the colon", FIELD("Content-Length\0: 50"), 400),
		ROW("no colon", FIELD("Nonsense"), 400),
		ROW("no name", FIELD(": x"), 400),
		ROW("a slash", FIELD("A/B: x"), 400),
		ROW("beyond ASCII", FIELD("\xc3\x84: x"), 400),
		ROW("a control character", FIELD("A\x01: x"), 400),
		ROW("folding by a space", FIELD("A: b\r\n c"), 400),
		ROW("folding by a tab", FIELD("A: b\r\n\tc"), 400),
		ROW("a space before the first name", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
	};

	CHECK_ROWS(rows);
}

static void values_hold_text_only(void)
{
	static const struct request_row rows[] = {
		ROW("NUL", FIELD("A: b\0c"), 400),
		ROW("NUL behind a coding", FIELD("Transfer-Encoding: chunked\0"), 400),
		ROW("a control character", FIELD("A: b\x01"), 400),
		ROW("a late control character",
		    FIELD("A: a long value of text \x1f and more of it"), 400),
		ROW("a control character behind a tab",
		    FIELD("A: 1234\t567\x0b"
			  "89"),
		    400),
		ROW("DEL", FIELD("A: b\x7f"), 400),
		ROW("a tab within", FIELD("A: b\tc"), 0),
		ROW("bytes above 0x7f",
		    FIELD("A: \x80\xff \xc3\xa9 bytes that are text to somebody"), 0),
		ROW("nothing", FIELD("A:"), 0),
		ROW("blanks", FIELD("A: \t "), 0),
	};
	struct http_head h = wire_request(VIEW(FIELD("A: \t b\tc  \t")));

	CHECK_ROWS(rows);
	wire_assert(h.fields[1].value, "b\tc");
}

/* No byte that the word-wise scan could overlook: each of 256 values at each of 24 places. */
static void every_control_character_is_seen_at_every_place(void)
{
	for (int place = 0; place < 24; place++)
		for (int c = 0; c < 256; c++) {
			char bytes[] = FIELD("A: ........................");
			bool good = c >= 0x20 ? c != 0x7f : c == '\t';
			char *at = strstr(bytes, "....");

			at[place] = (char)c;
			ck_assert_int_eq(answer(view_make(bytes, sizeof(bytes) - 1)),
					 good ? 0 : 400);
		}
}

static void hosts_are_asked_for(void)
{
	static const struct request_row rows[] = {
		ROW("none in 1.1", "GET / HTTP/1.1\r\n\r\n", 400),
		ROW("none in 1.0", "GET / HTTP/1.0\r\n\r\n", 0),
		ROW("two", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
		ROW("two that agree", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", 400),
		ROW("two in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400),
		ROW("an empty one", "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
		ROW("an invalid one", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
		ROW("an invalid one in 1.0", "GET / HTTP/1.0\r\nHost: a b\r\n\r\n", 400),
	};

	CHECK_ROWS(rows);
	wire_assert(wire_request(VIEW("GET / HTTP/1.1\r\nhOST:Example.com:80 \r\n\r\n")).host,
		    "Example.com:80");
	ck_assert_ptr_null(wire_request(VIEW("GET / HTTP/1.0\r\n\r\n")).host.at);
}

static void targets_have_the_form_that_their_method_wants(void)
{
	static const struct request_row rows[] = {
		ROW("asterisk with OPTIONS", LINE("OPTIONS * HTTP/1.1"), 0),
		ROW("asterisk with GET", LINE("GET * HTTP/1.1"), 400),
		ROW("asterisk and more", LINE("OPTIONS *x HTTP/1.1"), 400),
		ROW("no slash", LINE("GET a HTTP/1.1"), 400),
		ROW("CONNECT", LINE("CONNECT a:443 HTTP/1.1"), 405),
		ROW("CONNECT with a path", LINE("CONNECT / HTTP/1.1"), 405),
		ROW("absolute", LINE("GET http://a/ HTTP/1.1"), 0),
		ROW("absolute, another host", LINE("GET http://b/ HTTP/1.1"), 400),
		ROW("absolute, another port", LINE("GET http://a:81/ HTTP/1.1"), 400),
		ROW("absolute with a user", LINE("GET http://u@a/ HTTP/1.1"), 400),
		ROW("absolute without host", LINE("GET http:///x HTTP/1.1"), 400),
		ROW("absolute, no Host in 1.1", "GET http://a/ HTTP/1.1\r\n\r\n", 400),
		ROW("another scheme", LINE("GET ftp://a/ HTTP/1.1"), 400),
	};

	CHECK_ROWS(rows);
}

static void too_long_a_target_gets_414(void)
{
	struct http_limits limits = { .max_head_bytes = 100,
				      .max_target_bytes = 10,
				      .max_fields = 100 };
	struct http_head h;

	ck_assert_int_eq(
		head_parse_request(VIEW(LINE("GET /123456789 HTTP/1.1")), &limits, &wire_arena, &h),
		0);
	ck_assert_int_eq(head_parse_request(VIEW(LINE("GET /1234567890 HTTP/1.1")), &limits,
					    &wire_arena, &h),
			 414);
	ck_assert_int_eq(head_oversized(VIEW("GET /1234567890"), &limits), 414);
	ck_assert_int_eq(head_oversized(VIEW("\r\nGET /1234567890"), &limits), 414);
	ck_assert_int_eq(head_oversized(VIEW("GET / HTTP/1.1\r\nA: 1234567890"), &limits), 431);
	ck_assert_int_eq(head_oversized(VIEW("GETGETGETGETGETGET"), &limits), 431);
}

static void too_large_a_head_gets_431(void)
{
	struct http_limits limits = { .max_head_bytes = 27,
				      .max_target_bytes = 100,
				      .max_fields = 2 };
	struct http_head h;

	ck_assert_int_eq(head_parse_request(VIEW(LINE("GET / HTTP/1.1")), &limits, &wire_arena, &h),
			 0);
	ck_assert_int_eq(
		head_parse_request(VIEW(LINE("GET /1 HTTP/1.1")), &limits, &wire_arena, &h), 431);
	limits.max_head_bytes = 1000;
	ck_assert_int_eq(head_parse_request(VIEW(FIELD("A: b")), &limits, &wire_arena, &h), 0);
	ck_assert_int_eq(head_parse_request(VIEW(FIELD("A: b\r\nC: d")), &limits, &wire_arena, &h),
			 431);
}

static void a_hundred_fields_pass_and_one_more_does_not(void)
{
	char bytes[4096] = "GET / HTTP/1.1\r\nHost: a\r\n";
	struct http_head h;

	for (int i = 1; i < 100; i++)
		sprintf(bytes + strlen(bytes), "F%d: %d\r\n", i, i);
	h = wire_request(view_of(strcat(bytes, "\r\n")));
	ck_assert_uint_eq(h.n_fields, 100);
	wire_assert(h.fields[99].value, "99");
	strcpy(bytes + strlen(bytes) - 2, "G: x\r\n\r\n");
	ck_assert_int_eq(answer(view_of(bytes)), 431);
}

static void a_full_arena_gets_503(void)
{
	struct arena small;
	struct http_head h;

	arena_init(&small, NULL, 0, 64);
	ck_assert_int_eq(head_parse_request(VIEW(LINE("GET / HTTP/1.1")), &WIRE_LIMITS, &small, &h),
			 503);
	ck_assert_int_eq(head_parse_response(VIEW("HTTP/1.1 200 OK\r\nA: b\r\n\r\n"), &WIRE_LIMITS,
					     &small, &h),
			 ERR_NOMEM);
	arena_fini(&small);
}

/* However little the arena holds: the head, or 503, and nothing in between. */
static void every_lack_of_room_is_noticed(void)
{
	static const char *const heads[] = { "GET http://a?b HTTP/1.1\r\nHost: a\r\n\r\n",
					     "GET http://a/ HTTP/1.0\r\n\r\n",
					     "GET / HTTP/1.1\r\nHost: a\r\n\r\n" };
	struct http_head h = { 0 };

	for (size_t i = 0; i < 3 * 3000; i++) {
		char room[3000];
		struct arena small;
		struct view bytes = view_of(heads[i / 3000]);
		int status;

		arena_init(&small, room, i % 3000, 0);
		status = head_parse_request(bytes, &WIRE_LIMITS, &small, &h);
		ck_assert(status == 503 || status == 0);
		if (status == 0)
			ck_assert(view_is(h.host, VIEW("a")) && view_starts(h.target, VIEW("/")));
		ck_assert(status == 0 || i % 3000 < 2000);
	}
}

static void adding_to_a_full_arena_changes_nothing(void)
{
	struct http_head h = { .status = 200 };
	struct arena none;

	arena_init(&none, NULL, 0, 0);
	ck_assert(!head_add(&h, &none, VIEW("A"), VIEW("b")));
	ck_assert_uint_eq(h.n_fields, 0);
	wire_assert(head_spelling(HTTP_X_REAL_IP), "X-Real-IP");
}

static void only_one_expectation_is_known(void)
{
	static const struct request_row rows[] = {
		ROW("100-continue", FIELD("Expect: 100-Continue"), 0),
		ROW("another", FIELD("Expect: tea"), 417),
		ROW("one and another", FIELD("Expect: 100-continue\r\nExpect: tea"), 417),
		ROW("a list", FIELD("Expect: 100-continue, tea"), 417),
		ROW("an empty one", FIELD("Expect:"), 417),
	};

	CHECK_ROWS(rows);
}

static void bytes_behind_the_head_are_not_taken(void)
{
	struct view two = VIEW(LINE("GET /1 HTTP/1.1") LINE("GET /2 HTTP/1.1"));
	size_t scanned = 0, end = head_end(two, &scanned);

	ck_assert_uint_eq(end, two.len / 2);
	ck_assert_int_eq(answer(two), 400);
	ck_assert_int_eq(answer(view_head(two, end - 1)), 400);
	wire_assert(wire_request(view_from(two, end)).target, "/2");
}

static void a_response_is_read_as_strictly(void)
{
	static const struct request_row rows[] = {
		ROW("plain", "HTTP/1.1 200 OK\r\nA: b\r\n\r\n", 0),
		ROW("1.0", "HTTP/1.0 200 OK\r\n\r\n", 0),
		ROW("no reason", "HTTP/1.1 200 \r\n\r\n", 0),
		ROW("neither reason nor space", "HTTP/1.1 200\r\n\r\n", 0),
		ROW("a line before", "\r\nHTTP/1.1 200 OK\r\n\r\n", ERR_SYNTAX),
		ROW("two digits", "HTTP/1.1 20 OK\r\n\r\n", ERR_SYNTAX),
		ROW("four digits", "HTTP/1.1 2000 OK\r\n\r\n", ERR_SYNTAX),
		ROW("below 100", "HTTP/1.1 099 OK\r\n\r\n", ERR_SYNTAX),
		ROW("two spaces", "HTTP/1.1  200 OK\r\n\r\n", ERR_SYNTAX),
		ROW("another version", "HTTP/2.0 200 OK\r\n\r\n", ERR_SYNTAX),
		ROW("ICY", "ICY 200 OK\r\n\r\n", ERR_SYNTAX),
		ROW("a control character in the reason", "HTTP/1.1 200 O\x01K\r\n\r\n", ERR_SYNTAX),
		ROW("a bare LF", "HTTP/1.1 200 OK\nA: b\r\n\r\n", ERR_SYNTAX),
		ROW("a NUL", "HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n", ERR_SYNTAX),
		ROW("folding", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", ERR_SYNTAX),
		ROW("a space before the colon", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", ERR_SYNTAX),
		ROW("cut short", "HTTP/1.1 200 OK\r\nA: b\r\n", ERR_SYNTAX),
		ROW("nothing", "", ERR_SYNTAX),
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct view exact = wire_exact(rows[i].bytes);
		struct http_head h;
		int got = head_parse_response(exact, &WIRE_LIMITS, &wire_arena, &h);

		ck_assert_msg(got == rows[i].status, "%s: got %d", rows[i].what, got);
		wire_free(exact);
	}
}

static void too_much_of_a_response_says_so(void)
{
	struct http_limits limits = { .max_head_bytes = 30, .max_fields = 1 };
	struct http_head h;

	ck_assert_int_eq(head_parse_response(VIEW("HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\n\r\n"),
					     &limits, &wire_arena, &h),
			 ERR_TOO_LARGE);
	limits.max_head_bytes = 100;
	ck_assert_int_eq(head_parse_response(VIEW("HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\n\r\n"),
					     &limits, &wire_arena, &h),
			 ERR_TOO_MANY);
}

static void what_was_parsed_is_written_as_it_came(void)
{
#define TAIL \
	" /a?b=%20c HTTP/1.1\r\nhOsT:a\r\nX-A:  1 \r\nx-a:\t2\r\nEmpty:\r\nBlank: \t\r\nCookie: a=b\r\n\r\n"
	char room[512];
	struct text t;
	struct http_head h = wire_request(VIEW("\r\nGET" TAIL));

	text_init(&t, room, sizeof(room));
	head_write_request(&h, &t);
	ck_assert(!t.overflow);
	wire_assert(
		text_view(&t),
		"GET /a?b=%20c HTTP/1.1\r\nhOsT:a\r\nX-A:  1\r\nx-a:\t2\r\nEmpty:\r\nBlank: \t\r\n"
		"Cookie: a=b\r\n\r\n");
#undef TAIL
}

static void a_response_is_written_as_http_1_1(void)
{
	char room[512];
	struct text t;
	struct http_head h = wire_response(VIEW("HTTP/1.0 404 Not here\r\nA: b\r\n\r\n"));

	text_init(&t, room, sizeof(room));
	head_write_response(&h, &t);
	wire_assert(text_view(&t), "HTTP/1.1 404 Not here\r\nA: b\r\n\r\n");
}

static void fields_are_dropped_changed_and_added_in_place(void)
{
	char room[512];
	struct text t;
	struct http_head h = wire_request(
		VIEW("GET / HTTP/1.1\r\nHost: a\r\nA:1\r\nCookie: x\r\nA:2\r\nB:3\r\n\r\n"));

	text_init(&t, room, sizeof(room));
	head_find_text(&h, VIEW("a"), NULL)->dropped = true;
	head_find(&h, HTTP_COOKIE, NULL)->value = VIEW("y");
	head_find_text(&h, VIEW("b"), NULL)->value.len = 0;
	ck_assert(head_add(&h, &wire_arena, VIEW("New"), VIEW("4")));
	ck_assert(head_set(&h, &wire_arena, HTTP_HOST, VIEW("b")));
	head_write_request(&h, &t);
	wire_assert(text_view(&t),
		    "GET / HTTP/1.1\r\nCookie: y\r\nA:2\r\nB:\r\nNew: 4\r\nHost: b\r\n\r\n");
}

static void a_head_can_be_built_from_nothing(void)
{
	char room[512];
	struct text t;
	struct http_head h = { .status = 303, .reason = VIEW("See Other"), .minor = 1 };

	text_init(&t, room, sizeof(room));
	for (int i = 0; i < 100; i++)
		ck_assert(head_add(&h, &wire_arena, VIEW("A"), VIEW("b")));
	ck_assert_uint_eq(h.n_fields, 100);
	for (int i = 1; i < 100; i++)
		h.fields[i].dropped = true;
	ck_assert(head_set(&h, &wire_arena, HTTP_LOCATION, VIEW("/x")));
	head_write_response(&h, &t);
	wire_assert(text_view(&t), "HTTP/1.1 303 See Other\r\nA: b\r\nLocation: /x\r\n\r\n");
}

static void fields_are_found_in_order(void)
{
	struct http_head h =
		wire_request(VIEW(FIELD("Cookie: 1\r\nX: 0\r\ncookie: 2\r\nCOOKIE: 3")));
	size_t from = 0;

	wire_assert(head_find(&h, HTTP_COOKIE, &from)->value, "1");
	h.fields[3].dropped = true;
	wire_assert(head_find(&h, HTTP_COOKIE, &from)->value, "3");
	ck_assert_ptr_null(head_find(&h, HTTP_COOKIE, &from));
	ck_assert_ptr_null(head_find(&h, HTTP_COOKIE, &from));
	from = 0;
	wire_assert(head_find_text(&h, VIEW("cOOkie"), &from)->value, "1");
	wire_assert(head_find_text(&h, VIEW("cOOkie"), &from)->value, "3");
	ck_assert_ptr_null(head_find_text(&h, VIEW("cOOkie"), &from));
	ck_assert_ptr_null(head_value(&h, HTTP_ACCEPT).at);
	ck_assert_uint_eq(head_drop(&h, HTTP_COOKIE), 2);
	ck_assert_ptr_null(head_find(&h, HTTP_COOKIE, NULL));
}

static void look_alikes_are_dropped_but_not_found(void)
{
	struct http_head h =
		wire_request(VIEW(FIELD("X_Forwarded_For: 6.6.6.6\r\nX-Forwarded-For: 1.2.3.4\r\n"
					"LATCH_account: eve\r\nLatch.Nonsense: x")));

	wire_assert(head_value(&h, HTTP_X_FORWARDED_FOR), "1.2.3.4");
	ck_assert_ptr_null(head_find(&h, HTTP_LATCH_ACCOUNT, NULL));
	ck_assert_uint_eq(head_drop(&h, HTTP_X_FORWARDED_FOR), 2);
	ck_assert_uint_eq(head_drop(&h, HTTP_LATCH_ACCOUNT), 1);
	ck_assert_uint_eq(head_drop(&h, HTTP_LATCH_OTHER), 1);
	for (size_t i = 1; i < h.n_fields; i++)
		ck_assert(h.fields[i].dropped);
}

static void all_look_alikes_go_at_once(void)
{
	struct http_head h =
		wire_request(VIEW(FIELD("X_Forwarded_Proto: https\r\nX-Forwarded-Proto: "
					"http\r\nLatch_X: y\r\nA_B: c")));

	ck_assert_uint_eq(head_drop_look_alikes(&h), 2);
	ck_assert_uint_eq(head_drop_look_alikes(&h), 0);
	wire_assert(head_value(&h, HTTP_X_FORWARDED_PROTO), "http");
	ck_assert(!h.fields[4].dropped);
}

static void a_configured_name_is_dropped_in_every_spelling(void)
{
	struct http_head h =
		wire_request(VIEW(FIELD("Remote-User: 1\r\nREMOTE_USER: 2\r\nremote.user: 3\r\n"
					"RemoteUser: 4")));

	ck_assert_ptr_eq(head_find_text(&h, VIEW("remote_useR"), NULL), &h.fields[2]);
	ck_assert_uint_eq(head_drop_alike(&h, VIEW("Remote-User")), 3);
	ck_assert(!h.fields[4].dropped);
}

SUITE_MAIN_WITH("head", wire_setup, wire_teardown, a_request_line_has_exactly_three_parts,
		only_two_versions_are_spoken, a_method_is_a_token_of_at_most_32_bytes,
		at_most_one_empty_line_comes_first, lines_end_in_crlf_only,
		names_are_tokens_right_before_the_colon, values_hold_text_only,
		every_control_character_is_seen_at_every_place, hosts_are_asked_for,
		targets_have_the_form_that_their_method_wants, too_long_a_target_gets_414,
		too_large_a_head_gets_431, a_hundred_fields_pass_and_one_more_does_not,
		a_full_arena_gets_503, every_lack_of_room_is_noticed,
		adding_to_a_full_arena_changes_nothing, only_one_expectation_is_known,
		bytes_behind_the_head_are_not_taken, a_response_is_read_as_strictly,
		too_much_of_a_response_says_so, what_was_parsed_is_written_as_it_came,
		a_response_is_written_as_http_1_1, fields_are_dropped_changed_and_added_in_place,
		a_head_can_be_built_from_nothing, fields_are_found_in_order,
		look_alikes_are_dropped_but_not_found, all_look_alikes_go_at_once,
		a_configured_name_is_dropped_in_every_spelling)
