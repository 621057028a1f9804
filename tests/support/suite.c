#include "suite.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
	__has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

static const uint64_t ROOM_BYTES = UINT64_C(1) << 30;

/* Check hands a case an int and nothing else, so what is running is found here. */
static const struct suite_program *running;
static unsigned alarm_s;

bool suite_is_light(void)
{
	return getenv("LATCHD_TEST_LIGHT") != NULL;
}

bool suite_is_watched(void)
{
	return getenv("LATCHD_VALGRIND") != NULL;
}

bool suite_is_sanitized(void)
{
	return SANITIZED || suite_is_watched();
}

const char *suite_room(void)
{
	struct statvfs s;

	if (statvfs("/dev/shm", &s) == 0 && access("/dev/shm", W_OK | X_OK) == 0 &&
	    (uint64_t)s.f_bavail * s.f_frsize >= ROOM_BYTES)
		return "/dev/shm";
	return "/tmp";
}

/* Check's own timeout needs a child process; without one an alarm ends the program. */
static void run_case(int index)
{
	alarm(alarm_s);
	running->cases[index]();
	alarm(0);
}

static void add_case(Suite *suite, TTest *test, int index)
{
	TCase *tcase = tcase_create(test->name);

	if (running->setup || running->teardown)
		tcase_add_checked_fixture(tcase, running->setup, running->teardown);
	tcase_set_timeout(tcase, running->timeout_s * (suite_is_watched() ? 6 : 1));
	tcase_add_loop_test(tcase, test, index, index + 1);
	suite_add_tcase(suite, tcase);
}

static SRunner *build_runner(char *names, TTest *tests)
{
	Suite *suite = suite_create(running->name);
	char *rest = NULL;
	size_t i = 0;

	for (char *name = strtok_r(names, ", \t\n", &rest); name && i < running->count;
	     name = strtok_r(NULL, ", \t\n", &rest)) {
		tests[i] = (TTest){ name, run_case, running->name, 0 };
		add_case(suite, &tests[i], (int)i);
		i++;
	}
	return srunner_create(suite);
}

int suite_main(const struct suite_program *program)
{
	char *names = strdup(program->case_names);
	TTest *tests = calloc(program->count, sizeof(*tests));
	SRunner *runner;
	int failed;

	if (!names || !tests)
		return EXIT_FAILURE;
	running = program;
	signal(SIGPIPE, SIG_IGN);
	runner = build_runner(names, tests);
	if (SANITIZED)
		srunner_set_fork_status(runner, CK_NOFORK);
	if (srunner_fork_status(runner) == CK_NOFORK)
		alarm_s = program->timeout_s * (SANITIZED ? 4 : 1);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	free(tests);
	free(names);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
