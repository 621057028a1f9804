#include "page/ago.h"

#include "base/clock.h"
#include "page/texts.h"

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS, DAY_MS = 24 * HOUR_MS };

void ago_write(struct text *t, int64_t wall_ms, int64_t now_ms)
{
	static const struct {
		int64_t from_ms;
		enum texts_id id;
	} spans[] = { { DAY_MS, TEXTS_AGO_DAYS },
		      { HOUR_MS, TEXTS_AGO_HOURS },
		      { MINUTE_MS, TEXTS_AGO_MINUTES } };
	int64_t ago_ms = now_ms - wall_ms;
	char exact[CLOCK_RFC3339_BYTES];
	size_t i = 0;

	clock_rfc3339(wall_ms, exact);
	text_printf(t, "<time datetime=\"%s\">", exact);
	while (i < sizeof(spans) / sizeof(*spans) && ago_ms < spans[i].from_ms)
		i++;
	if (i < sizeof(spans) / sizeof(*spans))
		texts_write(t, spans[i].id, (uint64_t)(ago_ms / spans[i].from_ms), VIEW_NONE);
	else
		texts_say(t, TEXTS_AGO_NOW);
	text_puts(t, "</time>");
}
