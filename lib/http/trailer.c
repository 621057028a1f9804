#include "http/trailer.h"

#include "base/text.h"
#include "http/hop.h"

#include <assert.h>

enum { FIRST_ROOM = 256, MAX_NAMES = 32 };

#define NAME(literal)                        \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

/* What RFC 9110 §6.5.1 bars and the table of names does not have: routing, controls, authentication, content. */
static const struct view BARRED[] = {
	NAME("age"),
	NAME("allow"),
	NAME("authentication-control"),
	NAME("authentication-info"),
	NAME("clear-site-data"),
	NAME("early-data"),
	NAME("expires"),
	NAME("max-forwards"),
	NAME("mime-version"),
	NAME("pragma"),
	NAME("range"),
	NAME("refresh"),
	NAME("retry-after"),
	NAME("status"),
	NAME("vary"),
	NAME("via"),
	NAME("warning"),
	NAME("www-authenticate"),
};

/* Whatever begins like one of them, too. */
static const struct view BARRED_FAMILIES[] = {
	NAME("accept-"),     NAME("access-control-"), NAME("cdn-"),    NAME("content-"),
	NAME("if-"),         NAME("proxy-"),          NAME("sec-"),    NAME("set-"),
	NAME("strict-"),     NAME("surrogate-"),      NAME("trailer"), NAME("x-accel-"),
	NAME("x-forwarded"), NAME("x-frame-"),
};

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static bool is_token(struct view name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!name_is_token_byte(name.at[i]))
			return false;
	return name.len > 0;
}

bool trailer_may_pass(struct view name)
{
	bool is_alike;

	if (!is_token(name) || name_recognise(name, &is_alike) != HTTP_UNKNOWN)
		return false;
	for (size_t i = 0; i < COUNT(BARRED); i++)
		if (name_is_alike(name, BARRED[i]))
			return false;
	for (size_t i = 0; i < COUNT(BARRED_FAMILIES); i++)
		if (name_is_alike(view_head(name, BARRED_FAMILIES[i].len), BARRED_FAMILIES[i]))
			return view_is_nocase(name, VIEW("content-digest"));
	for (enum http_name known = 1; known < HTTP_NAME_COUNT; known++)
		if (name_is_alike(name, name_spelling(known)))
			return false;
	return true;
}

struct announcement {
	const struct http_head *head;
	bool (*bars)(const void *ctx, struct view name);
	const void *ctx;
	struct text text;
	unsigned n;
};

static bool passes(const struct announcement *a, struct view name)
{
	return trailer_may_pass(name) && !(a->bars && a->bars(a->ctx, name)) &&
	       !hop_has_token(a->head, HTTP_CONNECTION, name);
}

static void announce(struct announcement *a, struct view names)
{
	struct view name;

	while (a->n < MAX_NAMES && view_split(&names, ',', &name)) {
		name = view_trim(name);
		if (!passes(a, name))
			continue;
		text_puts(&a->text, a->n++ ? ", " : "");
		text_put(&a->text, name);
	}
}

struct view trailer_announced(const struct http_head *h,
			      bool (*bars)(const void *ctx, struct view name), const void *ctx,
			      struct arena *arena)
{
	struct announcement a = { .head = h, .bars = bars, .ctx = ctx };
	const struct http_field *f;
	size_t from = 0, room = 0;
	char *at;

	/* Each name takes at most one byte more than it did: the blank behind a comma. */
	while ((f = head_find(h, HTTP_TRAILER, &from)))
		room += f->value.len + MAX_NAMES + 2;
	at = room ? arena_alloc(arena, room) : NULL;
	if (!at)
		return VIEW_NONE;
	text_init(&a.text, at, room);
	for (from = 0; (f = head_find(h, HTTP_TRAILER, &from));)
		announce(&a, f->value);
	assert(!a.text.overflow);
	return a.n ? text_view(&a.text) : VIEW_NONE;
}

void trailer_init(struct trailer *t, struct view wanted, struct arena *arena)
{
	*t = (struct trailer){ .wanted = wanted, .arena = arena };
}

static bool is_wanted(const struct trailer *t, struct view name)
{
	struct view rest = t->wanted, wanted;

	while (view_split(&rest, ',', &wanted))
		if (view_is_nocase(view_trim(wanted), name))
			return true;
	return false;
}

static void append(struct trailer *t, char byte)
{
	size_t room = t->room ? 2 * t->room : FIRST_ROOM;

	if (t->len == t->room) {
		char *at = arena_alloc(t->arena, room);

		t->full = !at;
		if (!at)
			return;
		if (t->len)
			memcpy(at, t->at, t->len);
		t->at = at;
		t->room = room;
	}
	t->at[t->len++] = byte;
}

void trailer_put(struct trailer *t, char byte)
{
	if (byte == ':' && !t->named) {
		t->named = true;
		t->skips = !is_wanted(t, view_make(t->at + t->line, t->len - t->line));
		if (t->skips)
			t->len = t->line;
	}
	if (!t->skips && !t->full)
		append(t, byte);
	if (byte == '\n') {
		t->line = t->len;
		t->named = t->skips = false;
	}
}

struct view trailer_lines(const struct trailer *t)
{
	return t->full || !t->line ? VIEW_NONE : view_make(t->at, t->line);
}
