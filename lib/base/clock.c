#include "base/clock.h"

#include <string.h>
#include <time.h>

enum { DAY_MS = 86400000, DAYS_BEFORE_1970 = 719468, DAYS_IN_400_YEARS = 146097 };

/* gmtime_r takes the time zone's lock, which every worker would contend for. */
struct moment {
	unsigned year, month, day, weekday; /* month and day from 1, Sunday is 0 */
	unsigned hour, minute, second, ms;
};

static int64_t read_ms(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_wall_ms(void)
{
	return read_ms(CLOCK_REALTIME);
}

int64_t clock_steady_ms(void)
{
	return read_ms(CLOCK_MONOTONIC);
}

/* Gregorian date of a day number. The year is taken to begin in March, so that the leap day is
 * its last; 400 such years are always equally long. */
static void set_date(struct moment *m, unsigned days_since_1970)
{
	unsigned days = days_since_1970 + DAYS_BEFORE_1970; /* since 1 March 0000 */
	unsigned cycle = days / DAYS_IN_400_YEARS;
	unsigned day = days % DAYS_IN_400_YEARS;
	unsigned year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	unsigned day_of_year = day - (365 * year + year / 4 - year / 100);
	unsigned march_month = (5 * day_of_year + 2) / 153;

	m->day = day_of_year - (153 * march_month + 2) / 5 + 1;
	m->month = march_month < 10 ? march_month + 3 : march_month - 9;
	m->year = cycle * 400 + year + (m->month <= 2);
	m->weekday = (days_since_1970 + 4) % 7;
}

static struct moment split(int64_t wall_ms)
{
	static const int64_t last_ms = 253402300799999; /* the end of the year 9999 */
	struct moment m;
	unsigned rest;

	wall_ms = wall_ms < 0 ? 0 : wall_ms > last_ms ? last_ms : wall_ms;
	rest = (unsigned)(wall_ms % DAY_MS);
	set_date(&m, (unsigned)(wall_ms / DAY_MS));
	m.ms = rest % 1000;
	m.second = rest / 1000 % 60;
	m.minute = rest / 60000 % 60;
	m.hour = rest / 3600000;
	return m;
}

static void put_digits(char *at, unsigned n, unsigned width)
{
	for (unsigned i = width; i > 0; i--) {
		at[i - 1] = (char)('0' + n % 10);
		n /= 10;
	}
}

void clock_rfc3339(int64_t wall_ms, char ret_text[CLOCK_RFC3339_BYTES])
{
	struct moment m = split(wall_ms);

	memcpy(ret_text, "0000-00-00T00:00:00.000Z", CLOCK_RFC3339_BYTES);
	put_digits(ret_text, m.year, 4);
	put_digits(ret_text + 5, m.month, 2);
	put_digits(ret_text + 8, m.day, 2);
	put_digits(ret_text + 11, m.hour, 2);
	put_digits(ret_text + 14, m.minute, 2);
	put_digits(ret_text + 17, m.second, 2);
	put_digits(ret_text + 20, m.ms, 3);
}

void clock_http_date(int64_t wall_ms, char ret_text[CLOCK_HTTP_BYTES])
{
	static const char weekdays[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct moment m = split(wall_ms);

	memcpy(ret_text, "Xxx, 00 Xxx 0000 00:00:00 GMT", CLOCK_HTTP_BYTES);
	memcpy(ret_text, weekdays + 3 * m.weekday, 3);
	put_digits(ret_text + 5, m.day, 2);
	memcpy(ret_text + 8, months + 3 * (m.month - 1), 3);
	put_digits(ret_text + 12, m.year, 4);
	put_digits(ret_text + 17, m.hour, 2);
	put_digits(ret_text + 20, m.minute, 2);
	put_digits(ret_text + 23, m.second, 2);
}
