#include "suite.h"
#include "webhook/breaker.h"

enum { PAUSE_MS = 30000 };

static struct breaker fixture(unsigned failures, int64_t now_ms)
{
	struct breaker b;

	breaker_init(&b, PAUSE_MS);
	for (unsigned i = 0; i < failures; i++) {
		ck_assert(breaker_admits(&b, now_ms));
		ck_assert(breaker_note(&b, false, now_ms) == (i + 1 == BREAKER_FAILURES));
	}
	return b;
}

static void four_failures_change_nothing(void)
{
	struct breaker b = fixture(4, 0);

	ck_assert(breaker_admits(&b, 0));
}

static void a_success_begins_the_count_anew(void)
{
	struct breaker b = fixture(4, 0);

	ck_assert(!breaker_note(&b, true, 0));
	for (int i = 0; i < 4; i++)
		ck_assert(!breaker_note(&b, false, 0));
	ck_assert(breaker_admits(&b, 0));
}

static void after_five_failures_nothing_passes_for_the_pause(void)
{
	struct breaker b = fixture(5, 1000);

	ck_assert(!breaker_admits(&b, 1000));
	ck_assert(!breaker_admits(&b, 1000 + PAUSE_MS - 1));
}

static void after_the_pause_one_passes(void)
{
	struct breaker b = fixture(5, 1000);

	ck_assert(breaker_admits(&b, 1000 + PAUSE_MS));
	ck_assert(!breaker_admits(&b, 1000 + PAUSE_MS));
	ck_assert(!breaker_admits(&b, 1000 + 10 * PAUSE_MS));
}

static void the_one_that_fails_begins_another_pause(void)
{
	struct breaker b = fixture(5, 0);

	ck_assert(breaker_admits(&b, PAUSE_MS));
	ck_assert(breaker_note(&b, false, PAUSE_MS + 500));
	ck_assert(!breaker_admits(&b, 2 * PAUSE_MS));
	ck_assert(breaker_admits(&b, 2 * PAUSE_MS + 500));
}

static void the_one_that_succeeds_opens_for_all(void)
{
	struct breaker b = fixture(5, 0);

	ck_assert(breaker_admits(&b, PAUSE_MS));
	ck_assert(!breaker_note(&b, true, PAUSE_MS));
	ck_assert(breaker_admits(&b, PAUSE_MS));
	ck_assert(breaker_admits(&b, PAUSE_MS));
}

static void late_failures_do_not_make_the_pause_longer(void)
{
	struct breaker b = fixture(5, 0);

	ck_assert(!breaker_note(&b, false, 100));
	ck_assert(!breaker_note(&b, false, 29000));
	ck_assert(breaker_admits(&b, PAUSE_MS));
}

SUITE_MAIN("breaker", four_failures_change_nothing, a_success_begins_the_count_anew,
	   after_five_failures_nothing_passes_for_the_pause, after_the_pause_one_passes,
	   the_one_that_fails_begins_another_pause, the_one_that_succeeds_opens_for_all,
	   late_failures_do_not_make_the_pause_longer)
