/* waiters: who waits for a number to be committed, and the clock that does not let them wait for more than a second.
 * Answers by letter, to the loop that each wait names. Any thread. */
#pragma once

#include "registry/registry.h"

#include <stdatomic.h>

enum { WAITERS_LIMIT_MS = 1000 };

/* What the writer has reached; it stores here first and then calls wake or fail. */
struct waiters_state {
	_Atomic uint64_t committed; /* all numbers up to this one are durable */
	atomic_bool writing;        /* false: the last commit failed */
};

struct waiters;

struct waiters *waiters_create(const struct waiters_state *state);
/* Tells everybody who still waits how it stands. */
void waiters_destroy(struct waiters **ws);

void waiters_add(struct waiters *ws, struct registry_wait *w);
/* The state moved: answers those whom it concerns; all of them when commits do not work. */
void waiters_wake(struct waiters *ws);
/* For what happens once, at the start: stands still until the number is committed. False after a second. */
bool waiters_block(struct waiters *ws, uint64_t number);
