/* The lines that requests leave in the log: what an operator follows somebody by, and what nobody may learn from them. */
#include "daemon.h"
#include "story.h"
#include "suite.h"
#include "visitor.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum {
	HASH_CHARS = 16,
	NEW_CONNECTIONS = 16,
	WAIT_MS = 20,
	WAITS = WIREWORK_PATIENCE_MS / WAIT_MS
};

/* How many lines carry a device, and whether each of them says the same. */
static unsigned lines_of_one_device(const char *log, bool *ret_same)
{
	const char *first = strstr(log, " device="), *at = first;
	unsigned n = 0;

	*ret_same = true;
	for (; at; at = strstr(at + 1, " device=")) {
		*ret_same = *ret_same && strncmp(at, first, 8 + HASH_CHARS) == 0;
		n++;
	}
	return n;
}

/* The log is written behind the answers' backs. */
static bool is_one_device_in(struct story *s, unsigned lines)
{
	for (unsigned i = 0; i < WAITS; i++) {
		char *log = daemon_log(s->daemon);
		bool same;
		unsigned n = lines_of_one_device(log, &same);

		free(log);
		if (n >= lines)
			return same;
		poll(NULL, 0, WAIT_MS);
	}
	return false;
}

static void a_device_has_one_hash_whichever_worker_answers(void)
{
	struct story s = story_begin("");
	struct visitor *alice = story_visitor(&s);

	story_arrive(alice, "alice");
	for (unsigned i = 0; i < NEW_CONNECTIONS; i++) {
		visitor_move(alice, daemon_port(s.daemon));
		ck_assert_int_eq(visitor_navigate(alice, "/members/tea"), 200);
	}
	ck_assert(is_one_device_in(&s, NEW_CONNECTIONS));
	story_end(&s);
}

SUITE_MAIN("access log", a_device_has_one_hash_whichever_worker_answers)
