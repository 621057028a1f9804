#include "serve/payload.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

static const struct http_limits limits = { 8192, 1024, 100 };

/* Feeds `text` in pieces of at most `piece` bytes; collects the payload; returns the last step. */
static enum body_step feed(const struct body_plan *plan, const char *text, size_t piece,
			   char *ret_payload, size_t *ret_left)
{
	struct payload p;
	size_t len = strlen(text), at = 0, got = 0;
	enum body_step step = BODY_MORE;

	payload_init(&p, plan);
	while (step == BODY_MORE && at < len) {
		size_t n = len - at < piece ? len - at : piece, used;
		char *copy = malloc(n);
		struct view run;

		memcpy(copy, text + at, n);
		step = payload_take(&p, &limits, copy, n, &run, &used);
		if (run.len)
			memcpy(ret_payload + got, run.at, run.len);
		got += run.len;
		at += used;
		ck_assert(step != BODY_MORE || used == n);
		free(copy);
	}
	ret_payload[got] = '\0';
	*ret_left = len - at;
	if (step != BODY_BAD)
		ck_assert_uint_eq(p.taken, got);
	return step;
}

static void chunks_give_their_payload_in_any_split(void)
{
	static const struct body_plan plan = { .framing = BODY_CHUNKED };
	char payload[64];
	size_t left;

	for (size_t piece = 1; piece < 50; piece++) {
		ck_assert_int_eq(
			feed(&plan, "4\r\nabcd\r\n3;x=y\r\nefg\r\n1\r\nh\r\n0\r\nT: 1\r\n\r\nnext",
			     piece, payload, &left),
			BODY_END);
		ck_assert_str_eq(payload, "abcdefgh");
		ck_assert_uint_ge(left, 4);
	}
}

static void chunks_that_came_together_leave_as_one_run(void)
{
	static const struct body_plan plan = { .framing = BODY_CHUNKED };
	char text[] = "4\r\nabcd\r\n3\r\nefg\r\n5\r\nhi";
	struct payload p;
	struct view run;
	size_t used;

	payload_init(&p, &plan);
	ck_assert_int_eq(payload_take(&p, &limits, text, strlen(text), &run, &used), BODY_MORE);
	ck_assert_uint_eq(run.len, 9);
	ck_assert(memcmp(run.at, "abcdefghi", 9) == 0);
}

static void a_length_is_counted_to_its_end(void)
{
	static const struct body_plan plan = { .framing = BODY_LENGTH, .length = 5 };
	char payload[64];
	size_t left;

	for (size_t piece = 1; piece < 10; piece++) {
		ck_assert_int_eq(feed(&plan, "abcdenext", piece, payload, &left), BODY_END);
		ck_assert_str_eq(payload, "abcde");
		ck_assert_uint_eq(left, 4);
	}
	ck_assert_int_eq(feed(&plan, "abcd", 4, payload, &left), BODY_MORE);
}

static void nothing_ends_at_once(void)
{
	static const struct body_plan none = { .framing = BODY_NONE },
				      zero = { .framing = BODY_LENGTH };
	char payload[64];
	size_t left;

	ck_assert_int_eq(feed(&none, "next", 4, payload, &left), BODY_END);
	ck_assert_uint_eq(left, 4);
	ck_assert_int_eq(feed(&zero, "next", 4, payload, &left), BODY_END);
	ck_assert_uint_eq(left, 4);
}

static void what_ends_with_the_connection_never_ends_here(void)
{
	static const struct body_plan plan = { .framing = BODY_CLOSE };
	char payload[64];
	size_t left;

	ck_assert_int_eq(feed(&plan, "abcdef", 4, payload, &left), BODY_MORE);
	ck_assert_str_eq(payload, "abcdef");
}

static void what_is_no_chunk_is_bad(void)
{
	static const struct body_plan plan = { .framing = BODY_CHUNKED };
	char payload[64];
	size_t left;

	ck_assert_int_eq(feed(&plan, "x\r\n", 9, payload, &left), BODY_BAD);
	ck_assert_int_eq(feed(&plan, "1\r\nabc", 9, payload, &left), BODY_BAD);
	ck_assert_int_eq(feed(&plan, "fffffffffffffffff\r\n", 99, payload, &left), BODY_BAD);
}

SUITE_MAIN("payload", chunks_give_their_payload_in_any_split,
	   chunks_that_came_together_leave_as_one_run, a_length_is_counted_to_its_end,
	   nothing_ends_at_once, what_ends_with_the_connection_never_ends_here,
	   what_is_no_chunk_is_bad)
