#include "config/scalar.h"

#include "base/mem.h"
#include "config/reader.h"

#include <inttypes.h>

static bool is_plain(struct view v)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_";

	if (v.len == 0 || view_is_nocase(v, VIEW("null")) || v.at[v.len - 1] == ':')
		return false;
	for (size_t i = 0; i < v.len; i++)
		if (!v.at[i] || (!strchr(plain, v.at[i]) && (i == 0 || !strchr(".:-", v.at[i]))))
			return false;
	return true;
}

void scalar_put(struct text *t, struct view v)
{
	if (is_plain(v)) {
		text_put(t, v);
		return;
	}
	text_putc(t, '"');
	for (size_t i = 0; i < v.len; i++) {
		if (v.at[i] == '"' || v.at[i] == '\\')
			text_putc(t, '\\');
		if (view_starts(view_from(v, i), VIEW("${")))
			text_putc(t, '$');
		text_putc(t, v.at[i]);
	}
	text_putc(t, '"');
}

bool scalar_text_is_set(const struct option *o, const void *base)
{
	return *(char *const *)option_at_const(o, base) != NULL;
}

void scalar_text_print(const struct option *o, const void *base, struct text *t)
{
	scalar_put(t, view_of(*(char *const *)option_at_const(o, base)));
}

void scalar_text_drop(const struct option *o, void *base)
{
	char **at = option_at(o, base);

	MEM_FREE(*at);
}

void scalar_text_keep(const struct option *o, void *base, struct view text)
{
	char **at = option_at(o, base);

	mem_free(*at);
	*at = mem_copy(text.at, text.len);
}

static bool text_parse(struct reader *r, const struct option *o, struct document_node *n,
		       void *base)
{
	if (n->text.len == 0)
		reader_complain(r, n, "is empty");
	else if ((int64_t)n->text.len > o->max)
		reader_complain(r, n, "longer than %" PRId64 " bytes", o->max);
	else
		scalar_text_keep(o, base, n->text);
	return *(char **)option_at(o, base) != NULL;
}

const struct option_type scalar_text = {
	.name = "text",
	.expected = "a text",
	.parse = text_parse,
	.is_set = scalar_text_is_set,
	.print = scalar_text_print,
	.drop = scalar_text_drop,
};

static bool file_parse(struct reader *r, const struct option *o, struct document_node *n,
		       void *base)
{
	if (n->text.len == 0 || n->text.len > 4095 || n->text.at[n->text.len - 1] == '/')
		return reader_reject(r, o, n);
	scalar_text_keep(o, base, n->text);
	return true;
}

const struct option_type scalar_file = {
	.name = "file",
	.expected = "a file's path",
	.parse = file_parse,
	.is_set = scalar_text_is_set,
	.print = scalar_text_print,
	.drop = scalar_text_drop,
};

static bool color_parse(struct reader *r, const struct option *o, struct document_node *n,
			void *base)
{
	if (n->text.len != 7 || n->text.at[0] != '#')
		return reader_reject(r, o, n);
	for (size_t i = 1; i < n->text.len; i++)
		if (!strchr("0123456789abcdefABCDEF", n->text.at[i]))
			return reader_reject(r, o, n);
	scalar_text_keep(o, base, n->text);
	return true;
}

const struct option_type scalar_color = {
	.name = "colour",
	.expected = "a colour such as \"#0a58ca\"",
	.parse = color_parse,
	.is_set = scalar_text_is_set,
	.print = scalar_text_print,
	.drop = scalar_text_drop,
};

/* The word's value, if it is one of the row's. */
static bool find_word(const struct option_word *words, struct view text, int64_t *ret_value)
{
	for (; words && words->word; words++)
		if (view_is(view_of(words->word), text)) {
			*ret_value = words->value;
			return true;
		}
	return false;
}

static const char *word_of(const struct option_word *words, int64_t value)
{
	for (; words && words->word; words++)
		if (words->value == value)
			return words->word;
	return NULL;
}

static const struct option_word booleans[] = { { "true", 1 }, { "false", 0 }, { "yes", 1 },
					       { "no", 0 },   { "on", 1 },    { "off", 0 },
					       { 0 } };

static bool boolean_parse(struct reader *r, const struct option *o, struct document_node *n,
			  void *base)
{
	int64_t value;

	if (!find_word(booleans, n->text, &value))
		return reader_reject(r, o, n);
	option_store(o, base, value);
	return true;
}

static void boolean_print(const struct option *o, const void *base, struct text *t)
{
	text_puts(t, word_of(booleans, option_load(o, base)));
}

const struct option_type scalar_boolean = {
	.name = "boolean",
	.expected = "true or false",
	.parse = boolean_parse,
	.print = boolean_print,
};

static bool flag_is_set(const struct option *o, const void *base)
{
	return option_load(o, base) != 0;
}

const struct option_type scalar_flag = {
	.name = "boolean",
	.expected = "true or false",
	.parse = boolean_parse,
	.is_set = flag_is_set,
	.print = boolean_print,
};

static void count_print_bound(int64_t bound, struct text *t)
{
	text_printf(t, "%" PRId64, bound);
}

static bool count_parse(struct reader *r, const struct option *o, struct document_node *n,
			void *base)
{
	int64_t value;
	uint64_t number;

	if (!find_word(o->words, n->text, &value)) {
		if (!view_number(n->text, INT64_MAX, &number))
			return reader_reject(r, o, n);
		if (!reader_in_range(r, o, n, (int64_t)number))
			return false;
		value = (int64_t)number;
	}
	option_store(o, base, value);
	return true;
}

static void count_print(const struct option *o, const void *base, struct text *t)
{
	int64_t value = option_load(o, base);
	const char *word = word_of(o->words, value);

	if (word)
		text_puts(t, word);
	else
		count_print_bound(value, t);
}

const struct option_type scalar_count = {
	.name = "number",
	.expected = "a number",
	.parse = count_parse,
	.print = count_print,
	.print_bound = count_print_bound,
};

static bool word_parse(struct reader *r, const struct option *o, struct document_node *n,
		       void *base)
{
	char buffer[256];
	struct text t;
	int64_t value;
	struct option listing = *o;

	if (find_word(o->words, n->text, &value)) {
		option_store(o, base, value);
		return true;
	}
	text_init(&t, buffer, sizeof(buffer) - 1);
	text_puts(&t, "one of ");
	for (const struct option_word *w = o->words; w->word; w++)
		text_printf(&t, "%s%s", w == o->words ? "" : ", ", w->word);
	buffer[t.len] = '\0';
	listing.expected = o->words[1].word ? buffer : o->words[0].word;
	return reader_reject(r, &listing, n);
}

static bool word_is_set(const struct option *o, const void *base)
{
	return word_of(o->words, option_load(o, base)) != NULL;
}

static void word_print(const struct option *o, const void *base, struct text *t)
{
	text_puts(t, word_of(o->words, option_load(o, base)));
}

const struct option_type scalar_word = {
	.name = "word",
	.expected = "a word",
	.parse = word_parse,
	.is_set = word_is_set,
	.print = word_print,
};

struct unit {
	const char *suffix;
	int64_t factor;
};

static const struct unit times[] = { { "d", 86400000 }, { "h", 3600000 }, { "m", 60000 },
				     { "ms", 1 },       { "s", 1000 },    { 0 } };
static const struct unit sizes[] = {
	{ "TiB", INT64_C(1) << 40 }, { "GiB", 1 << 30 }, { "MiB", 1 << 20 },
	{ "KiB", 1 << 10 },          { "", 1 },          { 0 }
};

/* A number and one of the units. */
static bool parse_units(struct view v, const struct unit *units, int64_t *ret_value)
{
	uint64_t number;

	for (; units->suffix; units++) {
		struct view suffix = view_of(units->suffix);

		if (!view_ends(v, suffix))
			continue;
		if (!view_number(view_head(v, v.len - suffix.len),
				 (uint64_t)(INT64_MAX / units->factor), &number))
			continue;
		*ret_value = (int64_t)number * units->factor;
		return true;
	}
	return false;
}

static void print_units(int64_t value, const struct unit *units, struct text *t)
{
	const struct unit *best = NULL;

	for (; units->suffix; units++)
		if (value % units->factor == 0 && (!best || units->factor > best->factor))
			best = units;
	text_printf(t, "%" PRId64 "%s", value / best->factor, best->suffix);
}

static void duration_print_bound(int64_t bound, struct text *t)
{
	if (bound)
		print_units(bound, times, t);
	else
		text_puts(t, "0s");
}

static bool duration_parse(struct reader *r, const struct option *o, struct document_node *n,
			   void *base)
{
	int64_t value;

	if (!parse_units(n->text, times, &value))
		return reader_reject(r, o, n);
	if (!reader_in_range(r, o, n, value))
		return false;
	option_store(o, base, value);
	return true;
}

static void duration_print(const struct option *o, const void *base, struct text *t)
{
	duration_print_bound(option_load(o, base), t);
}

const struct option_type scalar_duration = {
	.name = "duration",
	.expected = "a duration such as 500ms, 5s, 15m, 1h or 7d",
	.parse = duration_parse,
	.print = duration_print,
	.print_bound = duration_print_bound,
};

static void size_print_bound(int64_t bound, struct text *t)
{
	if (bound)
		print_units(bound, sizes, t);
	else
		text_putc(t, '0');
}

static bool size_parse(struct reader *r, const struct option *o, struct document_node *n,
		       void *base)
{
	int64_t value;

	if (!parse_units(n->text, sizes, &value))
		return reader_reject(r, o, n);
	if (!reader_in_range(r, o, n, value))
		return false;
	option_store(o, base, value);
	return true;
}

static void size_print(const struct option *o, const void *base, struct text *t)
{
	size_print_bound(option_load(o, base), t);
}

const struct option_type scalar_size = {
	.name = "size",
	.expected = "a size such as 500, 64KiB, 1MiB or 1GiB",
	.parse = size_parse,
	.print = size_print,
	.print_bound = size_print_bound,
};
