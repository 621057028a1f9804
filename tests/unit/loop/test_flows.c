/* block, wire, inflow and outflow together: they only make sense on a pair of sockets. */
#include "base/err.h"
#include "loop/inflow.h"
#include "loop/outflow.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct block_shelf *shelf;
static struct wire near, far;

static void set_up(void)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	near.fd = pair[0];
	far.fd = pair[1];
	shelf = block_shelf_create();
}

static void tear_down(void)
{
	wire_close(&near);
	wire_close(&far);
	block_shelf_destroy(&shelf);
}

static void say(const char *text)
{
	ck_assert_int_eq(send(far.fd, text, strlen(text), 0), (ssize_t)strlen(text));
}

#define is(view, text) \
	ck_assert_msg(view_is(view, view_of(text)), "\"%.*s\" is not \"%s\"", VIEW_ARG(view), text)

/* Blocks */

static void a_block_that_was_given_back_is_the_next_one(void)
{
	struct block *a = block_get(shelf, 1), *b = block_get(shelf, 1), *first = a, *second = b;

	ck_assert_uint_eq(a->size, BLOCK_SMALL_BYTES);
	block_put(shelf, &a);
	block_put(shelf, &b);
	ck_assert_ptr_null(b);
	a = block_get(shelf, BLOCK_SMALL_BYTES);
	b = block_get(shelf, 1);
	ck_assert_ptr_eq(a, second);
	ck_assert_ptr_eq(b, first);
	block_put(shelf, &a);
	block_put(shelf, &b);
	block_put(shelf, &b);
}

static void sizes_are_rounded_up_or_exact(void)
{
	static const size_t rows[][2] = { { BLOCK_SMALL_BYTES, BLOCK_SMALL_BYTES },
					  { BLOCK_SMALL_BYTES + 1, BLOCK_LARGE_BYTES },
					  { BLOCK_LARGE_BYTES, BLOCK_LARGE_BYTES },
					  { BLOCK_LARGE_BYTES + 1, BLOCK_LARGE_BYTES + 1 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct block *b = block_get(shelf, rows[i][0]);

		ck_assert_uint_eq(b->size, rows[i][1]);
		memset(b->bytes, 1, b->size);
		block_put(shelf, &b);
	}
}

/* Inflow */

static void what_was_read_waits_until_it_is_taken(void)
{
	struct inflow in = { 0 };

	say("hello");
	ck_assert_int_eq(inflow_read(&in, shelf, &near, BLOCK_SMALL_BYTES), 5);
	ck_assert(in.drained);
	is(inflow_bytes(&in), "hello");
	inflow_take(&in, 2);
	say("!");
	ck_assert_int_eq(inflow_read(&in, shelf, &near, BLOCK_SMALL_BYTES), 1);
	is(inflow_bytes(&in), "llo!");
	inflow_settle(&in, shelf);
	ck_assert_ptr_eq(inflow_at(&in), in.block->bytes);
	is(inflow_bytes(&in), "llo!");
	inflow_take(&in, 4);
	inflow_settle(&in, shelf);
	ck_assert_ptr_null(in.block);
}

static void what_is_pinned_is_never_read_over(void)
{
	struct inflow in = { 0 };
	const char *head;

	say("headbody");
	inflow_read(&in, shelf, &near, BLOCK_SMALL_BYTES);
	head = inflow_at(&in);
	inflow_take(&in, 4);
	inflow_pin(&in);
	inflow_take(&in, 4);
	say("more");
	inflow_read(&in, shelf, &near, BLOCK_SMALL_BYTES);
	is(inflow_bytes(&in), "more");
	ck_assert(memcmp(head, "headmore", 8) == 0);
	inflow_clear(&in, shelf);
}

static void a_parted_head_keeps_its_place(void)
{
	struct inflow in = { 0 };
	struct block *pinned;

	say("headrest");
	inflow_read(&in, shelf, &near, BLOCK_SMALL_BYTES);
	inflow_take(&in, 4);
	pinned = inflow_part(&in, shelf, BLOCK_SMALL_BYTES);
	ck_assert_ptr_ne(pinned, in.block);
	ck_assert(memcmp(pinned->bytes, "head", 4) == 0);
	is(inflow_bytes(&in), "rest");
	inflow_clear(&in, shelf);
	block_put(shelf, &pinned);
}

static void a_full_block_is_an_answer_and_may_grow(void)
{
	struct inflow in = { 0 };
	char *bytes = calloc(1, BLOCK_SMALL_BYTES);

	memset(bytes, 'x', BLOCK_SMALL_BYTES);
	ck_assert_int_eq(send(far.fd, bytes, BLOCK_SMALL_BYTES, 0), BLOCK_SMALL_BYTES);
	ck_assert_int_eq(inflow_read(&in, shelf, &near, BLOCK_SMALL_BYTES), BLOCK_SMALL_BYTES);
	ck_assert(!in.drained);
	ck_assert_int_eq(inflow_read(&in, shelf, &near, BLOCK_SMALL_BYTES), ERR_TOO_LARGE);
	inflow_grow(&in, shelf, BLOCK_LARGE_BYTES);
	say("y");
	ck_assert_int_eq(inflow_read(&in, shelf, &near, BLOCK_SMALL_BYTES), 1);
	ck_assert_uint_eq(inflow_bytes(&in).len, BLOCK_SMALL_BYTES + 1);
	ck_assert_int_eq(inflow_at(&in)[BLOCK_SMALL_BYTES], 'y');
	inflow_clear(&in, shelf);
	free(bytes);
}

static void nothing_to_read_and_the_end_are_told_apart(void)
{
	struct inflow in = { 0 };

	ck_assert_int_eq(inflow_read(&in, shelf, &near, BLOCK_SMALL_BYTES), ERR_BUSY);
	wire_shutdown(&far);
	ck_assert_int_eq(inflow_read(&in, shelf, &near, BLOCK_SMALL_BYTES), 0);
	inflow_clear(&in, shelf);
}

/* Outflow */

static void runs_leave_in_order_and_empty_ones_not_at_all(void)
{
	struct outflow out = { 0 };
	char got[16] = "";

	ck_assert(outflow_is_empty(&out));
	outflow_put(&out, VIEW("head"));
	outflow_put(&out, VIEW_NONE);
	outflow_put(&out, VIEW("body"));
	ck_assert(!outflow_is_empty(&out));
	ck_assert_int_eq(outflow_flush(&out, &near), 0);
	ck_assert(outflow_is_empty(&out));
	ck_assert_int_eq(read(far.fd, got, sizeof(got)), 8);
	ck_assert_str_eq(got, "headbody");
}

static void what_finds_no_room_leaves_later(void)
{
	enum { LARGE = 4 * 1024 * 1024 };
	struct outflow out = { 0 };
	char *bytes = malloc(LARGE), *got = malloc(LARGE + 16);
	size_t len = 0;
	int err;

	for (size_t i = 0; i < LARGE; i++)
		bytes[i] = (char)(i * 7 >> 8);
	outflow_put(&out, VIEW("head"));
	outflow_put(&out, view_make(bytes, LARGE));
	outflow_put(&out, VIEW("tail"));
	err = outflow_flush(&out, &near);
	ck_assert_int_eq(err, ERR_BUSY);
	while (err == ERR_BUSY) {
		ssize_t n = read(far.fd, got + len, LARGE);

		len += n > 0 ? (size_t)n : 0;
		err = outflow_flush(&out, &near);
	}
	ck_assert_int_eq(err, 0);
	for (ssize_t n; (n = read(far.fd, got + len, LARGE + 16 - len)) > 0;)
		len += (size_t)n;
	ck_assert_uint_eq(len, LARGE + 8);
	ck_assert(memcmp(got, "head", 4) == 0 && memcmp(got + 4, bytes, LARGE) == 0);
	ck_assert(memcmp(got + 4 + LARGE, "tail", 4) == 0);
	free(bytes);
	free(got);
}

static void a_wire_that_broke_is_an_error_and_no_signal(void)
{
	struct outflow out = { 0 };

	wire_close(&far);
	outflow_put(&out, VIEW("a"));
	ck_assert_int_eq(outflow_flush(&out, &near), ERR_IO);
	outflow_clear(&out);
	ck_assert(outflow_is_empty(&out));
}

SUITE_MAIN_WITH("flows", set_up, tear_down, a_block_that_was_given_back_is_the_next_one,
		sizes_are_rounded_up_or_exact, what_was_read_waits_until_it_is_taken,
		what_is_pinned_is_never_read_over, a_parted_head_keeps_its_place,
		a_full_block_is_an_answer_and_may_grow, nothing_to_read_and_the_end_are_told_apart,
		runs_leave_in_order_and_empty_ones_not_at_all, what_finds_no_room_leaves_later,
		a_wire_that_broke_is_an_error_and_no_signal)
