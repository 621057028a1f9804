#include "suite.h"

#include "page/ago.h"
#include "page/texts.h"

#include <string.h>

static char room[1024];

static const char *said(enum texts_id id, uint64_t n, const char *what)
{
	struct text t;

	text_init(&t, room, sizeof(room) - 1);
	texts_write(&t, id, n, view_of(what));
	ck_assert(!t.overflow);
	room[t.len] = '\0';
	return room;
}

static void one_is_not_many(void)
{
	ck_assert_str_eq(said(TEXTS_AGO_MINUTES, 1, NULL), "Last active one minute ago");
	ck_assert_str_eq(said(TEXTS_AGO_MINUTES, 2, NULL), "Last active 2 minutes ago");
	ck_assert_str_eq(said(TEXTS_DEVICES_HEADING, 0, NULL), "Which 0 devices should go?");
	ck_assert_str_eq(said(TEXTS_LOG_OUT, 1, NULL), "Log out");
	ck_assert_str_eq(said(TEXTS_LOG_OUT, 5, NULL), "Log out");
}

static void values_are_escaped_and_not_read_again(void)
{
	ck_assert_str_eq(said(TEXTS_YOU_ARE_USING, 7, "<{n}>"), "You are using &lt;{n}&gt;");
	ck_assert_str_eq(said(TEXTS_YOU_ARE_USING, 7, NULL), "You are using ");
}

/* A sentence with a place that nothing fills would show its braces. */
static void no_sentence_is_empty_or_has_a_place_left(void)
{
	for (int id = 0; id < TEXTS_COUNT; id++) {
		ck_assert_uint_gt(strlen(said((enum texts_id)id, 1, "x")), 0);
		ck_assert_ptr_null(strpbrk(said((enum texts_id)id, 1, "x"), "{}|"));
		ck_assert_uint_gt(strlen(said((enum texts_id)id, 2, "x")), 0);
		ck_assert_ptr_null(strpbrk(said((enum texts_id)id, 2, "x"), "{}|"));
	}
}

static const char *ago(int64_t ms)
{
	static const int64_t now_ms = INT64_C(1795413560123);
	struct text t;

	text_init(&t, room, sizeof(room) - 1);
	ago_write(&t, now_ms - ms, now_ms);
	ck_assert(!t.overflow);
	room[t.len] = '\0';
	*strstr(room, "</time>") = '\0';
	return strchr(room, '>') + 1;
}

static void time_is_told_in_the_largest_whole_unit(void)
{
	static const int64_t second = 1000, minute = 60 * second, hour = 60 * minute,
			     day = 24 * hour;

	ck_assert_str_eq(ago(0), "Active now");
	ck_assert_str_eq(ago(minute - 1), "Active now");
	ck_assert_str_eq(ago(minute), "Last active one minute ago");
	ck_assert_str_eq(ago(2 * minute + 59 * second), "Last active 2 minutes ago");
	ck_assert_str_eq(ago(hour - 1), "Last active 59 minutes ago");
	ck_assert_str_eq(ago(hour), "Last active one hour ago");
	ck_assert_str_eq(ago(day - 1), "Last active 23 hours ago");
	ck_assert_str_eq(ago(day), "Last active yesterday");
	ck_assert_str_eq(ago(400 * day), "Last active 400 days ago");
}

static void what_lies_ahead_is_now(void)
{
	ck_assert_str_eq(ago(-86400000), "Active now");
}

static void the_exact_time_goes_with_it(void)
{
	ago(0);
	ck_assert(strncmp(room, "<time datetime=\"2026-11-23T05:59:20.123Z\">", 42) == 0);
}

SUITE_MAIN("texts", one_is_not_many, values_are_escaped_and_not_read_again,
	   no_sentence_is_empty_or_has_a_place_left, time_is_told_in_the_largest_whole_unit,
	   what_lies_ahead_is_now, the_exact_time_goes_with_it)
