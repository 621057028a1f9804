#include "client/checkup.h"

bool checkup_take(struct checkup *h, const struct settings_health *s, bool good)
{
	bool knew = h->known;

	h->known = true;
	if (good == !h->ails) {
		h->streak = 0;
		return false;
	}
	h->streak++;
	if (knew && h->streak < (good ? s->rise : s->fall))
		return false;
	h->ails = !good;
	h->streak = 0;
	return true;
}

bool checkup_is_due(const struct checkup *h, const struct settings_health *s, bool up,
		    int64_t now_ms)
{
	int64_t wait_ms = s->check ? s->interval_ms : CHECKUP_RETRY_MS;

	if (up && !s->check)
		return false;
	if (!up && wait_ms > CHECKUP_RETRY_MS)
		wait_ms = CHECKUP_RETRY_MS;
	return !h->asked_ms || now_ms - h->asked_ms >= wait_ms;
}
