#include "suite.h"

#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static void the_examples_of_the_standards_come_out(void)
{
	char text[CLOCK_RFC3339_BYTES], date[CLOCK_HTTP_BYTES];

	clock_http_date(784111777000, date);
	ck_assert_str_eq(date, "Sun, 06 Nov 1994 08:49:37 GMT");
	clock_rfc3339(784111777123, text);
	ck_assert_str_eq(text, "1994-11-06T08:49:37.123Z");
}

static void every_day_agrees_with_the_c_library(void)
{
	for (int64_t day = 0; day < 200 * 366; day++) {
		time_t seconds = (time_t)(day * 86400 + day % 86400);
		char expected[64], date[CLOCK_HTTP_BYTES], text[CLOCK_RFC3339_BYTES];
		struct tm tm;

		gmtime_r(&seconds, &tm);
		strftime(expected, sizeof(expected), "%a, %d %b %Y %H:%M:%S GMT", &tm);
		clock_http_date((int64_t)seconds * 1000, date);
		ck_assert_str_eq(date, expected);
		strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%S.007Z", &tm);
		clock_rfc3339((int64_t)seconds * 1000 + 7, text);
		ck_assert_str_eq(text, expected);
	}
}

static void times_out_of_range_keep_the_form(void)
{
	char text[CLOCK_RFC3339_BYTES], date[CLOCK_HTTP_BYTES];

	clock_rfc3339(-1, text);
	ck_assert_str_eq(text, "1970-01-01T00:00:00.000Z");
	clock_rfc3339(INT64_MAX, text);
	ck_assert_str_eq(text, "9999-12-31T23:59:59.999Z");
	clock_http_date(INT64_MIN, date);
	ck_assert_str_eq(date, "Thu, 01 Jan 1970 00:00:00 GMT");
}

static void wall_time_is_the_systems(void)
{
	int64_t before_ms = (int64_t)time(NULL) * 1000;

	ck_assert_int_ge(clock_wall_ms(), before_ms);
	ck_assert_int_lt(clock_wall_ms(), before_ms + 60000);
}

static void steady_time_never_goes_back(void)
{
	int64_t last_ms = clock_steady_ms();

	for (int i = 0; i < 100000; i++) {
		int64_t now_ms = clock_steady_ms();

		ck_assert_int_ge(now_ms, last_ms);
		last_ms = now_ms;
	}
}

SUITE_MAIN("clock", the_examples_of_the_standards_come_out, every_day_agrees_with_the_c_library,
	   times_out_of_range_keep_the_form, wall_time_is_the_systems, steady_time_never_goes_back)
