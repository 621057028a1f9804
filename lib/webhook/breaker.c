#include "webhook/breaker.h"

void breaker_init(struct breaker *b, int64_t pause_ms)
{
	*b = (struct breaker){ .pause_ms = pause_ms };
}

bool breaker_admits(struct breaker *b, int64_t now_ms)
{
	if (b->failures < BREAKER_FAILURES)
		return true;
	if (b->trying || now_ms < b->closed_until_ms)
		return false;
	b->trying = true;
	return true;
}

bool breaker_note(struct breaker *b, bool succeeded, int64_t now_ms)
{
	b->trying = false;
	if (succeeded) {
		b->failures = 0;
		b->closed_until_ms = 0;
		return false;
	}
	if (b->failures < BREAKER_FAILURES)
		b->failures++;
	if (b->failures < BREAKER_FAILURES || now_ms < b->closed_until_ms)
		return false;
	b->closed_until_ms = now_ms + b->pause_ms;
	return true;
}
