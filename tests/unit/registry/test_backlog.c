#include "suite.h"

#include "base/mem.h"
#include "registry/backlog.h"

static struct backlog *b;

static void setup(void)
{
	b = backlog_create();
}

static void teardown(void)
{
	backlog_destroy(&b);
}

static void add(uint64_t seq, uint64_t account, int64_t next_ms, uint32_t attempts)
{
	struct backlog_entry *e = MEM_NEW(struct backlog_entry);

	e->seq = seq;
	e->account_hash = account;
	e->next_ms = next_ms;
	e->data_bytes = 1000;
	e->attempts = attempts;
	backlog_add(b, e);
}

/* The one event that is ready, or 0. */
static uint64_t take(int64_t now_ms)
{
	struct backlog_taken taken;

	return backlog_take(b, now_ms, &taken, 1) ? taken.seq : 0;
}

static unsigned let_fail(uint64_t seq, int64_t next_ms)
{
	unsigned attempts = 0;

	ck_assert(backlog_return(b, seq, next_ms, true, &attempts));
	return attempts;
}

static void events_of_one_account_go_one_after_the_other(void)
{
	add(1, 7, 0, 0);
	add(2, 7, 0, 0);
	ck_assert_uint_eq(take(0), 1);
	ck_assert_uint_eq(take(0), 0);
	ck_assert(backlog_drop(b, 1));
	ck_assert_uint_eq(take(0), 2);
}

static void accounts_do_not_wait_for_each_other(void)
{
	add(1, 7, 0, 0);
	add(2, 7, 0, 0);
	add(3, 8, 0, 0);
	ck_assert_uint_eq(take(0), 1);
	ck_assert_uint_eq(take(0), 3);
	ck_assert_uint_eq(take(0), 0);
}

static void what_is_out_is_not_handed_out_twice(void)
{
	add(1, 7, 0, 0);
	ck_assert_uint_eq(take(0), 1);
	ck_assert_uint_eq(take(0), 0);
	ck_assert_uint_eq(backlog_count(b), 1);
}

static void what_failed_comes_back_when_it_is_due(void)
{
	add(1, 7, 0, 0);
	add(2, 7, 0, 0);
	take(0);
	ck_assert_uint_eq(let_fail(1, 500), 1);
	ck_assert_int_eq(backlog_next_due_ms(b), 500);
	ck_assert_uint_eq(take(499), 0);
	ck_assert_uint_eq(take(500), 1);
}

static void what_failed_three_times_steps_aside(void)
{
	add(1, 7, 0, 0);
	add(2, 7, 0, 0);
	add(3, 7, 0, 0);
	for (unsigned i = 1; i <= 3; i++) {
		ck_assert_uint_eq(take(i), 1);
		ck_assert_uint_eq(let_fail(1, i + 1), i);
	}
	ck_assert_uint_eq(take(1), 2);
	ck_assert_uint_eq(take(1), 0); /* 3 still waits for 2 */
	ck_assert_uint_eq(take(4), 1); /* and 1 is tried on */
	ck_assert(backlog_drop(b, 1));
	ck_assert_uint_eq(take(4), 0);
	ck_assert(backlog_drop(b, 2));
	ck_assert_uint_eq(take(4), 3);
}

static void who_had_stepped_aside_is_aside_after_a_restart(void)
{
	add(1, 7, 900, 5);
	add(2, 7, 0, 1);
	add(3, 7, 0, 0);
	ck_assert_uint_eq(take(0), 2);
	ck_assert_uint_eq(take(900), 1);
	ck_assert_uint_eq(take(900), 0);
}

static void a_returned_event_that_nobody_tried_has_no_failure(void)
{
	unsigned attempts = 9;

	add(1, 7, 0, 2);
	take(0);
	ck_assert(backlog_return(b, 1, 0, false, &attempts));
	ck_assert_uint_eq(attempts, 2);
	ck_assert_uint_eq(take(0), 1);
}

static void only_what_is_out_can_come_back(void)
{
	unsigned attempts;

	add(1, 7, 0, 0);
	ck_assert(!backlog_drop(b, 1));
	ck_assert(!backlog_return(b, 1, 0, true, &attempts));
	ck_assert(!backlog_drop(b, 99));
}

static void the_first_due_goes_first(void)
{
	struct backlog_taken taken[100];

	for (uint64_t i = 0; i < 100; i++)
		add(i + 1, i, (int64_t)(i * 37 % 100), 0);
	ck_assert_int_eq(backlog_next_due_ms(b), 0);
	ck_assert_uint_eq(backlog_take(b, 49, taken, 100), 50);
	for (int i = 0; i < 50; i++)
		ck_assert_int_eq(taken[i].next_ms, i);
	ck_assert_int_eq(backlog_next_due_ms(b), 50);
}

static void an_empty_backlog_is_never_due(void)
{
	ck_assert_int_eq(backlog_next_due_ms(b), INT64_MAX);
	ck_assert_uint_eq(backlog_count(b), 0);
}

enum { ROOM_FOR_TWO = 2 * (1000 + sizeof(struct backlog_entry)) };

static void beyond_the_limit_the_oldest_go(void)
{
	add(1, 7, 0, 0);
	add(2, 8, 0, 0);
	ck_assert_uint_eq(backlog_shed(b, ROOM_FOR_TWO), 0);
	add(3, 7, 0, 0);
	add(4, 9, 0, 0);
	ck_assert_uint_eq(backlog_shed(b, ROOM_FOR_TWO), 1);
	ck_assert_uint_eq(backlog_shed(b, ROOM_FOR_TWO), 2);
	ck_assert_uint_eq(backlog_shed(b, ROOM_FOR_TWO), 0);
	ck_assert_uint_eq(backlog_count(b), 2);
	ck_assert_uint_eq(take(0), 3);
	ck_assert_uint_eq(take(0), 4);
	ck_assert_uint_eq(take(0), 0);
}

static void what_is_out_does_not_go(void)
{
	add(1, 7, 0, 0);
	add(2, 7, 0, 0);
	add(3, 7, 0, 0);
	take(0);
	ck_assert_uint_eq(backlog_shed(b, 0), 2);
	ck_assert_uint_eq(backlog_shed(b, 0), 3);
	ck_assert_uint_eq(backlog_shed(b, 0), 0);
	ck_assert(backlog_drop(b, 1));
	ck_assert_uint_eq(backlog_count(b), 0);
}

static void what_came_back_can_go_again(void)
{
	add(1, 7, 0, 0);
	take(0);
	let_fail(1, 500);
	ck_assert_uint_eq(backlog_shed(b, 0), 1);
	ck_assert_int_eq(backlog_next_due_ms(b), INT64_MAX);
}

/* Those that go leave from the middle of the order too. */
static void the_rest_stays_in_order(void)
{
	for (uint64_t seq = 1; seq <= 200; seq++)
		add(seq, seq, (int64_t)(seq * 7919 % 211), 0);
	while (backlog_count(b) > 100)
		ck_assert_uint_ne(backlog_shed(b, 0), 0);
	for (int64_t last_ms = 0, due_ms; (due_ms = backlog_next_due_ms(b)) != INT64_MAX;
	     last_ms = due_ms) {
		uint64_t seq = take(due_ms);

		ck_assert_int_ge(due_ms, last_ms);
		ck_assert_uint_gt(seq, 100);
		ck_assert_int_eq((int64_t)(seq * 7919 % 211), due_ms);
		ck_assert(backlog_drop(b, seq));
	}
	ck_assert_uint_eq(backlog_count(b), 0);
}

SUITE_MAIN_WITH("backlog", setup, teardown, events_of_one_account_go_one_after_the_other,
		accounts_do_not_wait_for_each_other, what_is_out_is_not_handed_out_twice,
		what_failed_comes_back_when_it_is_due, what_failed_three_times_steps_aside,
		who_had_stepped_aside_is_aside_after_a_restart,
		a_returned_event_that_nobody_tried_has_no_failure, only_what_is_out_can_come_back,
		beyond_the_limit_the_oldest_go, what_is_out_does_not_go,
		what_came_back_can_go_again, the_rest_stays_in_order, the_first_due_goes_first,
		an_empty_backlog_is_never_due)
