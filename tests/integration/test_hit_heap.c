/* A request whose verdict is known already asks nothing of the heap. The daemon runs with tests/support/preload/heap.c,
 * which counts for its workers. */
#include "story.h"
#include "suite.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* Once a second a hit tells the account of itself, and the account's block is made anew: an allocation and a release. */
enum { WARM = 64, REQUESTS = 2000, CALLS_A_SECOND = 2 };

struct counting {
	char path[64];
	const volatile uint64_t *calls;
	struct story story;
	struct visitor *alice;
};

/* Beside the program under test; sanitizers have a heap of their own. */
static bool may_count(char *ret_preload, size_t size)
{
	const char *program = getenv("LATCHD") ? getenv("LATCHD") : "build/plain/latchd";
	char here[256];

	snprintf(ret_preload, size, "%s/%.*s/tests/support/preload/heap.so",
		 getcwd(here, sizeof(here)), (int)(strrchr(program, '/') - program), program);
	return !suite_is_sanitized() && access(ret_preload, R_OK) == 0;
}

static void open_count(struct counting *k)
{
	void *at;
	int fd;

	strcpy(k->path, "/tmp/latchd-heap-XXXXXX");
	fd = mkstemp(k->path);
	ck_assert_int_eq(ftruncate(fd, sizeof(*k->calls)), 0);
	at = mmap(NULL, sizeof(*k->calls), PROT_READ, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(at, MAP_FAILED);
	close(fd);
	k->calls = at;
}

static bool begin(struct counting *k)
{
	char preload[512];

	if (!may_count(preload, sizeof(preload)))
		return false;
	open_count(k);
	setenv("LATCHD_HEAP_COUNT", k->path, 1);
	setenv("LD_PRELOAD", preload, 1);
	k->story = story_begin("");
	unsetenv("LD_PRELOAD");
	k->alice = story_visitor(&k->story);
	story_arrive(k->alice, "alice");
	return true;
}

static void end(struct counting *k)
{
	story_end(&k->story);
	unlink(k->path);
}

static void fetch(struct counting *k, unsigned n)
{
	while (n--)
		ck_assert_int_eq(visitor_fetch(k->alice, "/members/tea"), 200);
}

static double hits(struct counting *k)
{
	return daemon_metric(k->story.daemon, "verdict_cache_hits");
}

static void a_known_verdict_asks_nothing_of_the_heap(void)
{
	struct counting k;
	uint64_t before;
	double hits_before;
	time_t began;

	if (!begin(&k))
		return;
	fetch(&k, WARM);
	hits_before = hits(&k);
	before = *k.calls;
	began = time(NULL);
	fetch(&k, REQUESTS);
	ck_assert_uint_le(*k.calls - before, CALLS_A_SECOND * (uint64_t)(time(NULL) - began + 1));
	ck_assert_double_eq(hits(&k) - hits_before, REQUESTS);
	end(&k);
}

/* Without it, the case before would pass whatever happens. */
static void what_a_new_connection_takes_from_the_heap_is_counted(void)
{
	struct counting k;
	uint64_t before;

	if (!begin(&k))
		return;
	fetch(&k, WARM);
	before = *k.calls;
	visitor_hang_up(k.alice);
	fetch(&k, 1);
	ck_assert_uint_gt(*k.calls, before);
	end(&k);
}

SUITE_MAIN("heap", a_known_verdict_asks_nothing_of_the_heap,
	   what_a_new_connection_takes_from_the_heap_is_counted)
