/* sample: a site and a challenged person, as the tests of the pages want them. */
#pragma once

#include "page/page.h"

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS, DAY_MS = 24 * HOUR_MS };
static const int64_t now_ms = 1795413560123; /* 2026-11-23T05:59:20.123Z */

static inline struct settings sample_settings(void)
{
	static char name[] = "Wonderland", support[] = "help@example.com",
		    new_account[] = "https://www.example.com/signup",
		    logout[] = "https://www.example.com/logout",
		    upgrade[] = "https://shop.example.com:8443/plans?a=1";

	return (struct settings){ .branding = { .name = name, .support = support },
				  .redirects = { .new_account_url = new_account,
						 .logout_url = logout,
						 .upgrade_url = upgrade } };
}

static inline void sample_device(struct journey_page *p, const char *label, enum device_type type,
				 int64_t ago_ms)
{
	struct journey_device *d = &p->devices[p->n_devices++];

	memset(d->id, 'a' + (int)p->n_devices, ID_TEXT_BYTES - 1);
	d->label = view_of(label);
	d->type = type;
	d->last_seen_ms = now_ms - ago_ms;
}

static inline struct journey_page sample_page(enum journey_step step)
{
	struct journey_page p = { .step = step,
				  .challenge = "00112233445566778899aabbccddeeff",
				  .csrf = "qH7Zy2hMZ0Yq1pVbZ2Fz0n5m0H3Q2b8t1u6v4w9x7y0",
				  .reasons = REASON_BIT_LIMIT,
				  .actions = ~0u,
				  .to_remove = 1,
				  .limit = 2,
				  .type = DEVICE_DESKTOP,
				  .device_label = VIEW("Firefox on Windows") };

	sample_device(&p, "Chrome on Android", DEVICE_MOBILE, 20 * 1000);
	sample_device(&p, "Safari on iPad", DEVICE_TABLET, 3 * HOUR_MS);
	sample_device(&p, "Firefox on Windows", DEVICE_DESKTOP, 0);
	p.devices[2].is_this = true;
	if (step == JOURNEY_TRIAL) {
		p.reasons = REASON_BIT_REPEAT_TRIAL;
		p.offers_upgrade = true;
	}
	return p;
}
