#include "page/texts.h"

#include <assert.h>

static const char *const english[] = {
#define TEXTS_ENGLISH(id, text) [TEXTS_##id] = text,
	TEXTS_TABLE(TEXTS_ENGLISH)
#undef TEXTS_ENGLISH
};

static struct view form_for(struct view sentence, uint64_t n)
{
	struct view rest = sentence, one;

	view_split(&rest, '|', &one);
	return rest.at && n != 1 ? rest : one;
}

/* Replaces the place that `v` begins with; its length, or 0 when it begins with none. */
static size_t write_value(struct text *t, struct view v, uint64_t n, struct view what)
{
	if (view_starts(v, VIEW("{n}"))) {
		text_number(t, n);
		return 3;
	}
	if (view_starts(v, VIEW("{what}"))) {
		text_html(t, what);
		return 6;
	}
	return 0;
}

void texts_write(struct text *t, enum texts_id id, uint64_t n, struct view what)
{
	struct view rest;

	assert((unsigned)id < TEXTS_COUNT);
	rest = form_for(view_of(english[id]), n);
	while (rest.len) {
		size_t done = write_value(t, rest, n, what);

		if (!done) {
			done = rest.at[0] == '{' ? 1 : view_find(rest, '{');
			text_html(t, view_head(rest, done));
		}
		rest = view_from(rest, done);
	}
}

void texts_say(struct text *t, enum texts_id id)
{
	texts_write(t, id, 0, VIEW_NONE);
}
