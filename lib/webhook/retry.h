/* retry: when a delivery that failed is tried again. Pure; any thread. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The n-th failure waits after_ms[n]; behind the last there is none. */
struct retry_plan {
	const int64_t *after_ms;
	size_t n;
};

/* 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h. */
struct retry_plan retry_standard(void);

/* How long to wait after a delivery that had failed `failed` times before; -1: given up. Up to a tenth more
 * than planned, by `random`, so that what failed together does not come back together.
 * `asked_ms` is what Retry-After asked for (0: nothing), believed up to 24 h. Less than planned is granted
 * for the first two failures only: a backend that promises too much for ten times in a row would turn an
 * outage of a minute into dead letters. */
int64_t retry_wait_ms(struct retry_plan plan, unsigned failed, int64_t asked_ms, uint32_t random);
