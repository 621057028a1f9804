#include "base/clock.h"
#include "loop/loop.h"
#include "suite.h"

#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct loop *loop;
static char story[256];

static void set_up(void)
{
	story[0] = '\0';
	loop = loop_create();
	ck_assert_ptr_nonnull(loop);
}

static void tear_down(void)
{
	loop_destroy(&loop);
	ck_assert_ptr_null(loop);
}

static void tell(char what)
{
	size_t len = strlen(story);

	story[len] = what;
	story[len + 1] = '\0';
}

/* Tasks */

struct teller {
	struct loop_task task; /* first */
	char what;
	struct teller *then; /* deferred from within */
	bool stops;
};

static void on_task(struct loop_task *task)
{
	struct teller *t = (struct teller *)task;

	tell(t->what);
	if (t->then)
		loop_defer(loop, &t->then->task);
	if (t->stops)
		loop_stop(loop);
}

#define TELLER(what_, ...)                                             \
	{                                                              \
		.task = { .run = on_task }, .what = what_, __VA_ARGS__ \
	}

static void tasks_run_in_order_once_each(void)
{
	struct teller a = TELLER('a'), b = TELLER('b'), c = TELLER('c', .stops = true);

	loop_defer(loop, &a.task);
	loop_defer(loop, &b.task);
	loop_defer(loop, &a.task);
	loop_defer(loop, &c.task);
	loop_run(loop);
	ck_assert_str_eq(story, "abc");
}

static void a_task_that_was_taken_back_does_not_run(void)
{
	struct teller a = TELLER('a'), b = TELLER('b'), c = TELLER('c', .stops = true);

	loop_defer(loop, &a.task);
	loop_defer(loop, &b.task);
	loop_defer(loop, &c.task);
	loop_undefer(loop, &b.task);
	loop_undefer(loop, &b.task);
	loop_undefer(loop, &a.task);
	loop_defer(loop, &a.task);
	loop_run(loop);
	ck_assert_str_eq(story, "ca");
}

static void a_task_may_lead_to_another(void)
{
	struct teller b = TELLER('b', .stops = true), a = TELLER('a', .then = &b);

	loop_defer(loop, &a.task);
	loop_run(loop);
	ck_assert_str_eq(story, "ab");
}

/* Letters */

struct note {
	struct loop_letter letter; /* first */
	unsigned sender, number;
	bool last;
};

static unsigned expected[4];
static unsigned lasts;

static void on_note(struct loop_letter *letter)
{
	struct note *n = (struct note *)letter;

	ck_assert_uint_eq(n->number, expected[n->sender]++);
	if (n->last && ++lasts == 4)
		loop_stop(loop);
	free(n);
}

static void *post_many(void *arg)
{
	unsigned sender = (unsigned)(uintptr_t)arg;

	for (unsigned i = 0; i < 2000; i++) {
		struct note *n = calloc(1, sizeof(*n));

		*n = (struct note){ .letter.on_delivery = on_note,
				    .sender = sender,
				    .number = i,
				    .last = i == 1999 };
		loop_post(loop, &n->letter);
	}
	return NULL;
}

static void letters_of_one_sender_arrive_in_order(void)
{
	pthread_t senders[4];

	memset(expected, 0, sizeof(expected));
	lasts = 0;
	for (uintptr_t i = 0; i < 4; i++)
		pthread_create(&senders[i], NULL, post_many, (void *)i);
	loop_run(loop);
	for (unsigned i = 0; i < 4; i++)
		pthread_join(senders[i], NULL);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_uint_eq(expected[i], 2000);
}

static void on_telling_letter(struct loop_letter *letter)
{
	(void)letter;
	tell('l');
}

static void a_letter_posted_before_the_stop_is_delivered(void)
{
	struct loop_letter letter = { .on_delivery = on_telling_letter };

	loop_stop(loop);
	loop_post(loop, &letter);
	loop_run(loop);
	ck_assert_str_eq(story, "l");
}

/* Deadlines */

struct timer {
	struct loop_deadline deadline; /* first */
	char what;
	struct loop_deadlines *again;
	bool stops;
};

static void on_expiry(struct loop_deadline *d)
{
	struct timer *t = (struct timer *)d;

	tell(t->what);
	ck_assert_ptr_null(d->list);
	if (t->again)
		loop_deadline_set(t->again, d);
	else if (t->stops)
		loop_stop(loop);
	t->again = NULL;
}

#define TIMER(what_, ...)                                                          \
	{                                                                          \
		.deadline = { .on_expiry = on_expiry }, .what = what_, __VA_ARGS__ \
	}

static void deadlines_expire_in_the_order_of_their_times(void)
{
	struct timer a = TIMER('a', .stops = true), b = TIMER('b'), c = TIMER('c');

	loop_deadline_set(loop_deadlines(loop, 60), &a.deadline);
	loop_deadline_set(loop_deadlines(loop, 20), &b.deadline);
	loop_deadline_set(loop_deadlines(loop, 40), &c.deadline);
	loop_run(loop);
	ck_assert_str_eq(story, "bca");
}

/* A machine that was busy elsewhere is no reason to cut what would have been closed before. */
static void they_do_so_when_all_of_them_are_late(void)
{
	struct timer a = TIMER('a', .stops = true), b = TIMER('b'), c = TIMER('c');

	loop_deadline_set(loop_deadlines(loop, 30), &a.deadline);
	loop_deadline_set(loop_deadlines(loop, 10), &b.deadline);
	loop_deadline_set(loop_deadlines(loop, 20), &c.deadline);
	usleep(50 * 1000);
	loop_run(loop);
	ck_assert_str_eq(story, "bca");
}

static void a_deadline_never_expires_early(void)
{
	struct timer a = TIMER('a', .stops = true);
	int64_t began_ms = clock_steady_ms();

	loop_deadline_set(loop_deadlines(loop, 30), &a.deadline);
	loop_run(loop);
	ck_assert_int_ge(clock_steady_ms() - began_ms, 30);
}

static void a_cleared_deadline_does_not_expire(void)
{
	struct timer a = TIMER('a'), b = TIMER('b', .stops = true), c = TIMER('c');
	struct loop_deadlines *list = loop_deadlines(loop, 10);

	loop_deadline_set(list, &a.deadline);
	loop_deadline_set(list, &b.deadline);
	loop_deadline_set(list, &c.deadline);
	loop_deadline_clear(&a.deadline);
	loop_deadline_clear(&a.deadline);
	loop_deadline_clear(&c.deadline);
	loop_run(loop);
	ck_assert_str_eq(story, "b");
}

static void a_deadline_that_is_set_again_starts_anew(void)
{
	struct timer a = TIMER('a', .stops = true), b = TIMER('b');
	struct loop_deadlines *list = loop_deadlines(loop, 10);

	loop_deadline_set(list, &a.deadline);
	loop_deadline_set(list, &b.deadline);
	loop_deadline_set(list, &a.deadline);
	loop_run(loop);
	ck_assert_str_eq(story, "ba");
}

static void a_deadline_may_be_set_from_its_own_expiry(void)
{
	struct loop_deadlines *list = loop_deadlines(loop, 5);
	struct timer a = TIMER('a', .again = list, .stops = true);

	loop_deadline_set(list, &a.deadline);
	loop_run(loop);
	ck_assert_str_eq(story, "aa");
}

static void one_duration_is_one_list(void)
{
	ck_assert_ptr_eq(loop_deadlines(loop, 5), loop_deadlines(loop, 5));
	ck_assert_ptr_ne(loop_deadlines(loop, 5), loop_deadlines(loop, 6));
}

/* Time */

static int64_t first_ms;

static void read_slowly(struct loop_task *task)
{
	(void)task;
	first_ms = loop_now_ms(loop);
	usleep(5000);
	ck_assert_int_eq(loop_now_ms(loop), first_ms);
}

static void read_later(struct loop_deadline *d)
{
	(void)d;
	ck_assert_int_gt(loop_now_ms(loop), first_ms);
	loop_stop(loop);
}

static void time_stands_still_for_one_turn(void)
{
	struct loop_task task = { .run = read_slowly };
	struct loop_deadline d = { .on_expiry = read_later };

	loop_defer(loop, &task);
	loop_deadline_set(loop_deadlines(loop, 20), &d);
	loop_run(loop);
}

static void the_date_is_that_of_the_wall_clock(void)
{
	char expected_date[CLOCK_HTTP_BYTES];

	clock_http_date(loop_wall_ms(loop), expected_date);
	ck_assert_str_eq(loop_http_date(loop), expected_date);
	ck_assert_str_eq(loop_http_date(loop), expected_date);
}

SUITE_MAIN_WITH("loop", set_up, tear_down, tasks_run_in_order_once_each,
		a_task_that_was_taken_back_does_not_run, a_task_may_lead_to_another,
		letters_of_one_sender_arrive_in_order, a_letter_posted_before_the_stop_is_delivered,
		deadlines_expire_in_the_order_of_their_times, they_do_so_when_all_of_them_are_late,
		a_deadline_never_expires_early, a_cleared_deadline_does_not_expire,
		a_deadline_that_is_set_again_starts_anew, a_deadline_may_be_set_from_its_own_expiry,
		one_duration_is_one_list, time_stands_still_for_one_turn,
		the_date_is_that_of_the_wall_clock)
