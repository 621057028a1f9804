#include "config/listing.h"

#include "config/option.h"

enum { OPTION_TEXT_MAX_BYTES = 1 << 20 };

struct listing {
	struct text *t;
	unsigned indent;
	bool after_dash;   /* the first key of an entry stands on the dash's line */
	bool restart_only; /* what a reload picks up is left out */
};

static void begin_line(struct listing *l)
{
	if (l->after_dash)
		l->after_dash = false;
	else
		text_printf(l->t, "%*s", (int)l->indent, "");
}

/* The row that says it all, if the mapping may be written as one value. */
static const struct option *only_shorthand(const char *prefix, const void *base, int choice)
{
	const struct option *shorthand = option_shorthand(prefix);
	struct option_cursor key = { .prefix = prefix };
	char below[OPTION_PATH_BYTES];

	while (shorthand && option_next(&key)) {
		if (key.row == shorthand || (key.choice && key.choice != choice))
			continue;
		if (key.row ? option_is_set(key.row, base)
			    : option_any_set(option_below(prefix, key.key, false, below), base,
					     choice))
			return NULL;
	}
	return shorthand;
}

static void put_map(struct listing *l, const char *prefix, const void *base, int choice);

static void put_entry(struct listing *l, const struct option *list, const char *below,
		      const void *entry)
{
	struct option kept = { .offset = list->choice_offset, .size = sizeof(int) };
	int choice = option_has(list, OPTION_CHOICE) ? (int)option_load(&kept, entry) + 1 : 0;
	const struct option *shorthand = only_shorthand(below, entry, choice);

	text_printf(l->t, "%*s- ", (int)l->indent, "");
	if (shorthand) {
		shorthand->type->print(shorthand, entry, l->t);
		text_putc(l->t, '\n');
		return;
	}
	l->after_dash = true;
	l->indent += 2;
	put_map(l, below, entry, choice);
	l->indent -= 2;
	l->after_dash = false;
}

static void put_entries(struct listing *l, const struct option *list, const char *below,
			const void *base)
{
	text_putc(l->t, '\n');
	l->indent += 2;
	for (size_t i = 0; i < option_count(list, base); i++)
		put_entry(l, list, below, option_entry_const(list, base, i));
	l->indent -= 2;
}

static void put_flow(struct listing *l, const struct option *list, const void *base)
{
	struct option entry = option_of_entry(list);

	text_puts(l->t, " [");
	for (size_t i = 0; i < option_count(list, base); i++) {
		text_puts(l->t, i ? ", " : "");
		entry.type->print(&entry, option_entry_const(list, base, i), l->t);
	}
	text_puts(l->t, "]\n");
}

static void put_option(struct listing *l, const struct option_cursor *key, const void *base)
{
	const struct option *row = key->row;
	char below[OPTION_PATH_BYTES];

	begin_line(l);
	text_printf(l->t, "%.*s:", VIEW_ARG(key->key));
	if (option_has(row, OPTION_LIST) && !row->type && option_count(row, base)) {
		put_entries(l, row, option_below(key->prefix, key->key, true, below), base);
	} else if (option_has(row, OPTION_LIST)) {
		put_flow(l, row, base);
	} else {
		text_putc(l->t, ' ');
		row->type->print(row, base, l->t);
		text_putc(l->t, '\n');
	}
}

static void put_section(struct listing *l, const struct option_cursor *key, const void *base,
			int choice)
{
	char below[OPTION_PATH_BYTES];
	const struct option *shorthand;

	option_below(key->prefix, key->key, false, below);
	if (!option_any_set(below, base, choice))
		return;
	begin_line(l);
	shorthand = only_shorthand(below, base, choice);
	text_printf(l->t, "%.*s:%s", VIEW_ARG(key->key), shorthand ? " " : "\n");
	if (shorthand) {
		shorthand->type->print(shorthand, base, l->t);
		text_putc(l->t, '\n');
		return;
	}
	l->indent += 2;
	put_map(l, below, base, choice);
	l->indent -= 2;
}

static void put_map(struct listing *l, const char *prefix, const void *base, int choice)
{
	struct option_cursor key = { .prefix = prefix };

	while (option_next(&key)) {
		if (key.choice && key.choice != choice)
			continue;
		if (l->restart_only && key.row && option_has(key.row, OPTION_RELOAD))
			continue;
		if (!key.row)
			put_section(l, &key, base, choice);
		else if (option_is_set(key.row, base))
			put_option(l, &key, base);
	}
}

void listing_write(const void *base, struct text *t)
{
	struct listing l = { .t = t };

	put_map(&l, "", base, 0);
}

static bool differs(const struct option_cursor *key, const void *before, const void *after)
{
	struct text a, b;
	bool is_equal;

	text_init_growing(&a, OPTION_TEXT_MAX_BYTES);
	text_init_growing(&b, OPTION_TEXT_MAX_BYTES);
	if (option_is_set(key->row, before))
		put_option(&(struct listing){ .t = &a, .restart_only = true }, key, before);
	if (option_is_set(key->row, after))
		put_option(&(struct listing){ .t = &b, .restart_only = true }, key, after);
	is_equal = view_is(text_view(&a), text_view(&b));
	text_fini(&a);
	text_fini(&b);
	return !is_equal;
}

static void compare(const char *prefix, const void *before, const void *after, struct text *t)
{
	struct option_cursor key = { .prefix = prefix };
	char below[OPTION_PATH_BYTES];

	while (option_next(&key)) {
		if (!key.row)
			compare(option_below(prefix, key.key, false, below), before, after, t);
		else if (option_has(key.row, OPTION_RESTART) && differs(&key, before, after))
			text_printf(t, "%s%s", t->len ? ", " : "", key.row->path);
	}
}

void listing_compare(const void *before, const void *after, struct text *t)
{
	compare("", before, after, t);
}
