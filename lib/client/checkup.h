/* checkup: what somebody thinks of a server after asking it again and again: good and bad answers in a row change the verdict, one
 * that stands alone does not. The first answer is believed at once: nothing was known before. Also when to ask next.
 * Pure; one user at a time. */
#pragma once

#include "config/settings.h"

struct checkup {
	bool known;
	bool ails;
	unsigned streak; /* answers in a row that speak against the verdict */
	int64_t asked_ms;
};

enum { CHECKUP_RETRY_MS = 1000 }; /* a server that is not up is asked as often, at least */

/* True when the verdict, `ails`, is news. */
bool checkup_take(struct checkup *h, const struct settings_health *s, bool good);
/* Without health checks only a server that is not up is asked: whether it takes a connection. */
bool checkup_is_due(const struct checkup *h, const struct settings_health *s, bool up,
		    int64_t now_ms);
