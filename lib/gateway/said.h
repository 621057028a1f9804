/* said: what goes to the log once and not with every request, whichever worker meets it first, until the settings are loaded
 * again. Any thread. */
#pragma once

#include "identity/lesson.h"

#include <stdatomic.h>

enum said_word {
	SAID_MISS, /* and the lesson_miss */
	SAID_IGNORED_HEADER = SAID_MISS + LESSON_MISSES,
	SAID_LONG_SEAL,
	SAID_TWO_ASSERTIONS,
	SAID_WORDS
};

/* Zero to begin with, and again to forget. */
struct said {
	atomic_uint mask;
};

/* True for the first who asks. */
bool said_first(struct said *s, unsigned word);
