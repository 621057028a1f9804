#include "config/reference.h"

#include "config/option.h"
#include "config/scalar.h"

enum { LINE_WIDTH = 100 };

struct reference {
	struct text *t;
	unsigned indent;
	bool is_inert;         /* within an entry that is commented out as a whole */
	bool is_further;       /* a key of that entry, and not its first */
	unsigned inner_indent; /* behind its `#` */
};

/* What stands before everything on a line. */
static void begin_line(struct reference *f)
{
	text_printf(f->t, "%*s", (int)f->indent, "");
	if (f->is_inert)
		text_printf(f->t, "#%*s", (int)f->inner_indent, "");
}

/* Whether it stands there as if the operator had written it. */
static bool is_live(const struct option *o)
{
	return option_has(o, OPTION_REQUIRED) || option_has(o, OPTION_LIVE);
}

/* Words as a comment, wrapped. */
static void put_prose(struct reference *f, struct view words)
{
	unsigned margin = f->indent + (f->is_inert ? f->inner_indent + 1 : 0) + 2;
	unsigned column = 0;
	struct view word;

	while (view_split(&words, ' ', &word)) {
		if (column && column + 1 + word.len > LINE_WIDTH) {
			text_putc(f->t, '\n');
			column = 0;
		}
		if (!column) {
			begin_line(f);
			text_putc(f->t, '#');
			column = margin - 1;
		}
		text_putc(f->t, ' ');
		text_put(f->t, word);
		column += (unsigned)word.len + 1;
	}
	text_putc(f->t, '\n');
}

static void put_words(struct text *t, const struct option *o)
{
	text_puts(t, o->words[1].word ? "One of " : "Only ");
	for (const struct option_word *w = o->words; w->word; w++)
		text_printf(t, "%s%s", w == o->words ? "" : ", ", w->word);
}

static void put_kind(struct text *t, const struct option *o)
{
	if (!o->type) {
		text_puts(t, "List");
		return;
	}
	if (option_has(o, OPTION_LIST))
		text_puts(t, "List: ");
	if (o->type == &scalar_word) {
		put_words(t, o);
		return;
	}
	text_puts(t, o->type->name);
	if (!o->type->print_bound)
		return;
	text_puts(t, ", ");
	o->type->print_bound(o->min, t);
	text_puts(t, " to ");
	o->type->print_bound(o->max, t);
	if (o->words)
		text_printf(t, ", or %s", o->words->word);
}

static void put_default(struct text *t, const struct option *o)
{
	text_puts(t, "Default: ");
	if (*o->fallback == '[')
		text_puts(t, o->fallback);
	else
		scalar_put(t, view_of(o->fallback));
}

/* "Default: 5s. duration, 10ms to 10m. A change needs a restart." */
static void put_facts(struct reference *f, const struct option *o)
{
	char buffer[512];
	struct text t;

	text_init(&t, buffer, sizeof(buffer));
	if (option_has(o, OPTION_REQUIRED))
		text_puts(&t, "Required");
	else if (o->fallback)
		put_default(&t, o);
	else
		text_puts(&t, "No default");
	text_puts(&t, ". (");
	put_kind(&t, o);
	text_puts(&t, option_has(o, OPTION_RESTART) ? "; a change needs a restart.)" : ".)");
	put_prose(f, text_view(&t));
}

static void put_value(struct reference *f, const struct option *o)
{
	const char *example = o->example ? o->example : o->fallback;
	bool is_list = option_has(o, OPTION_LIST);

	if (o->fallback && *o->fallback == '[')
		text_puts(f->t, o->fallback);
	else if (o->fallback)
		scalar_put(f->t, view_of(o->fallback));
	else if (is_list)
		text_printf(f->t, "[%s]", example);
	else
		text_puts(f->t, example);
	if (o->fallback && is_list && o->example)
		text_printf(f->t, "    # for example [%s]", o->example);
	text_putc(f->t, '\n');
}

static void put_map(struct reference *f, const char *prefix);

/* The only key that an entry can have, and that need not be written; NULL when there is more to say. */
static const struct option *lone_shorthand(const char *below)
{
	struct option_cursor key = { .prefix = below };
	size_t keys = 0;

	while (option_next(&key))
		keys++;
	return keys == 1 ? option_shorthand(below) : NULL;
}

/* The keys of entries within an entry that is commented out: a line each. */
static void put_keys(struct reference *f, const char *below)
{
	struct option_cursor key = { .prefix = below };

	while (option_next(&key)) {
		char buffer[512];
		struct text t;

		text_init(&t, buffer, sizeof(buffer));
		text_printf(&t, "%.*s: %s", VIEW_ARG(key.key), key.row->about);
		put_prose(f, text_view(&t));
	}
}

/* The entries of a list of mappings: one that is there if the list is required, and one of each kind, inert. */
static void put_entries(struct reference *f, const struct option *o, const char *below)
{
	if (is_live(o)) {
		text_printf(f->t, "\n%*s- %s\n", (int)f->indent + 2, "", o->example);
	} else {
		text_putc(f->t, ' ');
		put_value(f, o);
	}
	if (lone_shorthand(below))
		return;
	if (f->is_inert) {
		put_keys(f, below);
		return;
	}
	f->indent += 2;
	f->is_inert = true;
	put_map(f, below);
	f->is_inert = false;
	f->indent -= 2;
}

static void put_long_form(struct reference *f, const struct option *o, const char *below)
{
	char buffer[256];
	struct text t;

	text_init(&t, buffer, sizeof(buffer));
	text_printf(&t, "An entry may also be written { %s: %s }.", o->path + strlen(below),
		    o->example);
	put_prose(f, text_view(&t));
}

/* The key of a mapping or option; commented out where it is not required. */
static void put_key(struct reference *f, struct view key, bool is_live)
{
	begin_line(f);
	if (f->is_inert)
		text_puts(f->t, f->inner_indent ? "" : f->is_further ? "  " : "- ");
	else if (!is_live)
		text_putc(f->t, '#');
	text_printf(f->t, "%.*s:", VIEW_ARG(key));
}

static void put_option(struct reference *f, const struct option_cursor *key)
{
	const struct option *o = key->row;
	char below[OPTION_PATH_BYTES];

	put_prose(f, view_of(o->about));
	put_facts(f, o);
	option_below(key->prefix, key->key, true, below);
	if (!o->type && lone_shorthand(below))
		put_long_form(f, lone_shorthand(below), below);
	put_key(f, key->key, is_live(o));
	if (!o->type) {
		put_entries(f, o, below);
		return;
	}
	text_putc(f->t, ' ');
	put_value(f, o);
}

static void put_section(struct reference *f, const struct option_cursor *key)
{
	unsigned *indent = f->is_inert ? &f->inner_indent : &f->indent;
	unsigned step = f->is_inert && !f->inner_indent ? 4 : 2;
	char below[OPTION_PATH_BYTES];

	put_key(f, key->key, true);
	text_putc(f->t, '\n');
	*indent += step;
	put_map(f, option_below(key->prefix, key->key, false, below));
	*indent -= step;
}

static void put_map(struct reference *f, const char *prefix)
{
	struct option_cursor key = { .prefix = prefix };

	for (bool is_first = true; option_next(&key); is_first = false) {
		f->is_further = !is_first && !key.choice;
		if (!f->inner_indent && (f->t->len && f->indent == 0))
			text_putc(f->t, '\n');
		if (key.row)
			put_option(f, &key);
		else
			put_section(f, &key);
	}
}

void reference_write(struct text *t)
{
	struct reference f = { .t = t };

	put_prose(
		&f,
		VIEW("Every option of latchd, with its default. What is required is set; what is commented out by a # "
		     "that touches its key is optional. Durations are written 500ms, 5s, 15m, 1h, 7d; sizes 500, "
		     "64KiB, 1MiB, 1GiB. ${NAME} stands for a variable of the environment, $${ for ${ itself. "
		     "latchd -t checks a file, latchd -T prints what is in force."));
	put_map(&f, "");
}
