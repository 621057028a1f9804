/* suite: turns plain functions into a Check program.
 *
 *	static void the_least_recently_used_makes_room(void)
 *	{
 *		ck_assert_int_eq(…);
 *	}
 *
 *	SUITE_MAIN("verdict cache", the_least_recently_used_makes_room, …)
 *
 * Each case is a TCase of its own name, so CK_RUN_CASE=the_least_… runs it alone.
 * Each case runs in a child process, unless CK_FORK=no or the build has a sanitizer.
 * A case that takes longer than SUITE_TIMEOUT_S (define it before the include) fails; sanitizer builds get four times as
 * long. The limit is there for what hangs, on a machine that may be busy: no case comes near it. */
#pragma once

#include <check.h>
#include <stdbool.h>
#include <stddef.h>

#ifndef SUITE_TIMEOUT_S
#define SUITE_TIMEOUT_S 120
#endif

struct suite_program {
	const char *name;
	const char *case_names; /* "a, b, c", in the order of `cases` */
	void (*const *cases)(void);
	size_t count;
	void (*setup)(void); /* around each case; may be NULL */
	void (*teardown)(void);
	unsigned timeout_s;
};

/* Runs the program; returns what main returns. */
int suite_main(const struct suite_program *program);

/* True when the heavy cases (large transfers, kill -9) are to be left out: LATCHD_TEST_LIGHT is
 * set, as `make check` does for sanitizer builds. */
bool suite_is_light(void);
/* True when this build has a sanitizer, or the daemon is watched: things take several times as long, memory too. */
bool suite_is_sanitized(void);
/* True when the daemon runs under valgrind: LATCHD_VALGRIND is set. */
bool suite_is_watched(void);

/* A folder for directories of tests: in memory where there is room. Nobody waits longer than a second for a commit, and that is how
 * long one can take on a disk to which all the machine writes. */
const char *suite_room(void);

#define SUITE_MAIN(name, ...) SUITE_MAIN_WITH(name, NULL, NULL, __VA_ARGS__)

/* With a function before and one after each case. */
#define SUITE_MAIN_WITH(name_, setup_, teardown_, ...)                 \
	int main(void)                                                 \
	{                                                              \
		static void (*const cases_[])(void) = { __VA_ARGS__ }; \
		return suite_main(&(struct suite_program){             \
			.name = name_,                                 \
			.case_names = #__VA_ARGS__,                    \
			.cases = cases_,                               \
			.count = sizeof(cases_) / sizeof(cases_[0]),   \
			.setup = setup_,                               \
			.teardown = teardown_,                         \
			.timeout_s = SUITE_TIMEOUT_S,                  \
		});                                                    \
	}
