#include "base/thread.h"
#include "suite.h"

#include <signal.h>
#include <string.h>

static struct {
	char name[16];
	sigset_t blocked;
} seen;

static void *look(void *arg)
{
	ck_assert_ptr_eq(arg, &seen);
	pthread_getname_np(pthread_self(), seen.name, sizeof(seen.name));
	pthread_sigmask(SIG_BLOCK, NULL, &seen.blocked);
	return &seen;
}

static void *start_and_join(const char *name)
{
	pthread_t thread;
	void *result;

	ck_assert(thread_start(name, look, &seen, &thread));
	pthread_join(thread, &result);
	return result;
}

static void it_has_its_name_from_the_first_moment_on(void)
{
	ck_assert_ptr_eq(start_and_join("fifteen letters"), &seen);
	ck_assert_str_eq(seen.name, "fifteen letters");
}

static void signals_stay_with_who_starts_it(void)
{
	static const int numbers[] = { SIGTERM, SIGHUP, SIGUSR1, SIGINT };
	sigset_t mine;

	start_and_join("a");
	pthread_sigmask(SIG_BLOCK, NULL, &mine);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		ck_assert(sigismember(&seen.blocked, numbers[i]));
		ck_assert(!sigismember(&mine, numbers[i]));
	}
}

SUITE_MAIN("thread", it_has_its_name_from_the_first_moment_on, signals_stay_with_who_starts_it)
