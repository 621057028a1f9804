#include "suite.h"
#include "webhook/recall.h"

#include <stdio.h>

static struct recall *r;

static void setup(void)
{
	r = recall_create(3, 1000);
}

static void teardown(void)
{
	recall_destroy(&r);
}

static bool knows(const char *key, int64_t now_ms, bool expected)
{
	bool veto = !expected;

	if (!recall_find(r, view_of(key), now_ms, &veto))
		return false;
	ck_assert(veto == expected);
	return true;
}

static void an_answer_is_remembered(void)
{
	recall_put(r, VIEW("yes"), true, 0);
	recall_put(r, VIEW("no"), false, 0);
	ck_assert(knows("yes", 999, true));
	ck_assert(knows("no", 999, false));
	ck_assert(!knows("other", 999, false));
}

static void an_answer_is_forgotten_in_time(void)
{
	recall_put(r, VIEW("a"), true, 0);
	recall_put(r, VIEW("b"), true, 500);
	ck_assert(!knows("a", 1000, true));
	ck_assert(knows("b", 1000, true));
	ck_assert_uint_eq(recall_count(r), 1);
}

static void the_oldest_makes_room(void)
{
	recall_put(r, VIEW("a"), true, 0);
	recall_put(r, VIEW("b"), true, 0);
	recall_put(r, VIEW("c"), true, 0);
	recall_put(r, VIEW("d"), true, 0);
	ck_assert(!knows("a", 0, true));
	ck_assert(knows("b", 0, true));
	ck_assert(knows("d", 0, true));
	ck_assert_uint_eq(recall_count(r), 3);
}

static void a_new_answer_takes_the_place_of_the_old_one(void)
{
	recall_put(r, VIEW("a"), true, 0);
	recall_put(r, VIEW("a"), false, 10);
	ck_assert(knows("a", 10, false));
	ck_assert_uint_eq(recall_count(r), 1);
	recall_put(r, VIEW("a"), true, 1000);
	ck_assert(knows("a", 1999, true));
}

static void many_come_and_go(void)
{
	char key[16];

	for (int i = 0; i < 1000; i++) {
		snprintf(key, sizeof(key), "key %d", i);
		recall_put(r, view_of(key), i % 2, i * 100);
		ck_assert(knows(key, i * 100, i % 2));
		ck_assert_uint_le(recall_count(r), 3);
	}
}

SUITE_MAIN_WITH("recall", setup, teardown, an_answer_is_remembered, an_answer_is_forgotten_in_time,
		the_oldest_makes_room, a_new_answer_takes_the_place_of_the_old_one,
		many_come_and_go)
