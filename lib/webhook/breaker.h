/* breaker: keeps users from waiting for a backend that is down: after 5 failures in a row nothing is let
 * through for a while, then one at a time, until one succeeds. Pure; one thread at a time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { BREAKER_FAILURES = 5 };

struct breaker {
	int64_t pause_ms;
	unsigned failures; /* in a row */
	int64_t closed_until_ms;
	bool trying; /* the one that was let through after a pause has not come back */
};

void breaker_init(struct breaker *b, int64_t pause_ms);
/* Whether one may go through now; its result is to be noted. */
bool breaker_admits(struct breaker *b, int64_t now_ms);
/* True when this was the failure that begins a pause. */
bool breaker_note(struct breaker *b, bool succeeded, int64_t now_ms);
