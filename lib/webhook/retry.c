#include "webhook/retry.h"

#define SECONDS(n) ((n)*INT64_C(1000))
#define MINUTES(n) SECONDS((n)*60)
#define HOURS(n) MINUTES((n)*60)

enum { CREDULOUS_FAILURES = 2 };

struct retry_plan retry_standard(void)
{
	static const int64_t after_ms[] = { SECONDS(5), MINUTES(5), MINUTES(30), HOURS(2), HOURS(5),
					    HOURS(10),  HOURS(14),  HOURS(20),   HOURS(24) };

	return (struct retry_plan){ after_ms, sizeof(after_ms) / sizeof(after_ms[0]) };
}

int64_t retry_wait_ms(struct retry_plan plan, unsigned failed, int64_t asked_ms, uint32_t random)
{
	int64_t planned_ms;

	if (failed >= plan.n)
		return -1;
	planned_ms = plan.after_ms[failed];
	planned_ms += (int64_t)((double)planned_ms / 10 * (random / (UINT32_MAX + 1.0)));
	if (asked_ms > HOURS(24))
		asked_ms = HOURS(24);
	if (asked_ms > planned_ms || (asked_ms > 0 && failed < CREDULOUS_FAILURES))
		return asked_ms;
	return planned_ms;
}
