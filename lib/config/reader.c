/* The happy path is: read_map() goes through the keys that the schema has for a mapping and through those that
 * the document has; each key is a mapping again, or a row whose value read_option() hands to its type. What
 * is not in the document is read from the row's default, by the same type. Nothing fails half-way: a value
 * that is wrong is complained of and the rest is read all the same. */
#include "config/reader.h"

#include "base/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistr.h>

void reader_complain(struct reader *r, const struct document_node *n, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	finding_add(r->findings, false, n ? n->place : r->place, r->path, format, args);
	va_end(args);
}

void reader_warn(struct reader *r, const struct document_node *n, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	finding_add(r->findings, true, n ? n->place : r->place, r->path, format, args);
	va_end(args);
}

static const char *expected(const struct option *o)
{
	return o->expected ? o->expected : o->type->expected;
}

bool reader_reject(struct reader *r, const struct option *o, const struct document_node *n)
{
	char shown[FINDING_SHOWN_BYTES];

	/* What may be a password in a URL, or came from where secrets are kept, is not repeated. */
	if (n->from_outside || view_find(n->text, '@') < n->text.len)
		reader_complain(r, n, "the value is not %s", expected(o));
	else
		reader_complain(r, n, "\"%s\" is not %s", finding_shown(n->text, shown),
				expected(o));
	return false;
}

bool reader_in_range(struct reader *r, const struct option *o, const struct document_node *n,
		     int64_t value)
{
	char buffer[64];
	struct text t;

	if (value >= o->min && value <= o->max)
		return true;
	text_init(&t, buffer, sizeof(buffer));
	o->type->print_bound(o->min, &t);
	text_puts(&t, " to ");
	o->type->print_bound(o->max, &t);
	reader_complain(r, n, "out of its range, which is %.*s", VIEW_ARG(text_view(&t)));
	return false;
}

size_t reader_enter(struct reader *r, struct view key)
{
	char shown[FINDING_SHOWN_BYTES];
	size_t before = r->path_len;
	int n = snprintf(r->path + before, sizeof(r->path) - before, "%s%s", before ? "." : "",
			 finding_shown(key, shown));

	assert(n >= 0);
	r->path_len =
		before + (size_t)n < sizeof(r->path) ? before + (size_t)n : sizeof(r->path) - 1;
	return before;
}

size_t reader_enter_entry(struct reader *r, size_t index)
{
	size_t before = r->path_len;
	int n = snprintf(r->path + before, sizeof(r->path) - before, "[%zu]", index);

	assert(n >= 0);
	r->path_len =
		before + (size_t)n < sizeof(r->path) ? before + (size_t)n : sizeof(r->path) - 1;
	return before;
}

void reader_leave(struct reader *r, size_t path_len)
{
	r->path_len = path_len;
	r->path[path_len] = '\0';
}

static bool is_variable_name(struct view name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = view_lower(name.at[i]);

		if (!(c >= 'a' && c <= 'z') && c != '_' && !(i > 0 && c >= '0' && c <= '9'))
			return false;
	}
	return name.len > 0;
}

/* The variable at the front of *rest, which begins with "${". NULL after complaining. */
static const char *variable(struct reader *r, const struct document_node *n, struct view *rest)
{
	size_t end = view_find(*rest, '}');
	struct view name = view_head(view_from(*rest, 2), end - 2);
	char shown[FINDING_SHOWN_BYTES];
	char *text;
	const char *value;

	if (end == rest->len || !is_variable_name(name)) {
		reader_complain(
			r, n,
			"\"${\" without a variable's name and \"}\" behind it (write $${ for ${)");
		return NULL;
	}
	text = mem_copy(name.at, name.len);
	value = getenv(text);
	mem_free(text);
	if (!value)
		reader_complain(r, n, "the environment has no variable %s",
				finding_shown(name, shown));
	*rest = view_from(*rest, end + 1);
	return value;
}

/* Appends `from` with ${VAR} replaced and $${ made ${. */
static bool expand_into(struct text *t, struct reader *r, struct document_node *n, struct view from)
{
	while (from.len) {
		size_t dollar = view_find(from, '$');
		const char *value;

		text_put(t, view_head(from, dollar));
		from = view_from(from, dollar);
		if (view_starts(from, VIEW("$${"))) {
			text_puts(t, "${");
			from = view_from(from, 3);
		} else if (view_starts(from, VIEW("${"))) {
			value = variable(r, n, &from);
			if (!value)
				return false;
			text_puts(t, value);
			n->from_outside = true;
		} else if (from.len) {
			text_putc(t, '$');
			from = view_from(from, 1);
		}
	}
	return true;
}

static bool is_printable(struct view v)
{
	for (size_t i = 0; i < v.len; i++)
		if ((unsigned char)v.at[i] < 0x20 || v.at[i] == 0x7f)
			return false;
	return true;
}

static bool expand_variables(struct reader *r, struct document_node *n)
{
	struct text t;
	bool good;

	text_init_growing(&t, DOCUMENT_MAX_BYTES);
	good = expand_into(&t, r, n, n->text);
	if (good && t.overflow)
		reader_complain(r, n, "too long with its variables filled in");
	if (good && !t.overflow)
		n->text = arena_copy(r->arena, text_view(&t));
	if (t.at)
		explicit_bzero(t.at, t.len);
	good = good && !t.overflow && n->text.at;
	text_fini(&t);
	return good;
}

bool reader_expand(struct reader *r, const char *wanted, struct document_node *n)
{
	if (n->kind != DOCUMENT_SCALAR) {
		reader_complain(r, n, "expected %s, not %s", wanted, document_kind_text(n->kind));
		return false;
	}
	if (view_find(n->text, '$') < n->text.len && !expand_variables(r, n))
		return false;
	if (!is_printable(n->text))
		reader_complain(r, n, "contains a control character");
	else if (n->text.len && u8_check((const uint8_t *)n->text.at, n->text.len))
		reader_complain(r, n, "not UTF-8");
	else
		return true;
	return false;
}

static void read_single(struct reader *r, const struct option *o, struct document_node *n,
			void *base)
{
	if (o->type->is_map && n->kind != DOCUMENT_MAP)
		reader_complain(r, n, "expected %s, not %s", expected(o),
				document_kind_text(n->kind));
	else if (o->type->is_map || reader_expand(r, expected(o), n))
		o->type->parse(r, o, n, base);
}

static void read_map(struct reader *r, const char *prefix, struct document_node *map, void *base);

static void complain_of_no_choice(struct reader *r, const char *prefix,
				  const struct document_node *map)
{
	struct option_cursor key = { .prefix = prefix };
	char buffer[256];
	struct text t;

	text_init(&t, buffer, sizeof(buffer));
	while (option_next(&key))
		if (key.choice)
			text_printf(&t, "%s%.*s", t.len ? ", " : "", VIEW_ARG(key.key));
	reader_complain(r, map, "needs one of %.*s", VIEW_ARG(text_view(&t)));
}

/* Which of the keys of `prefix` that exclude each other is there. 0 after complaining. */
static int choose(struct reader *r, const char *prefix, const struct document_node *map)
{
	struct option_cursor chosen = { 0 }, found;
	bool is_known = true;

	for (const struct document_node *n = map->first; n; n = n->next) {
		if (!option_find(prefix, n->key, &found)) {
			is_known = false;
			continue;
		}
		if (!found.choice || found.choice == chosen.choice)
			continue;
		if (chosen.choice) {
			finding_error(r->findings, n->key_place, r->path,
				      "has both %.*s and %.*s: make two entries of it",
				      VIEW_ARG(chosen.key), VIEW_ARG(found.key));
			return 0;
		}
		chosen = found;
	}
	/* The misspelt key is complained of by itself. */
	if (!chosen.choice && is_known)
		complain_of_no_choice(r, prefix, map);
	return chosen.choice;
}

static void check_keys(struct reader *r, const char *prefix, const struct document_node *map);

/* Whether an entry may be read on: without its choice it cannot be. */
static bool read_choice(struct reader *r, const struct option *o, const char *prefix,
			struct document_node *n, void *base)
{
	struct option kept = { .offset = o->choice_offset, .size = sizeof(int) };

	if (!option_has(o, OPTION_CHOICE))
		return true;
	if (n->kind != DOCUMENT_MAP) {
		reader_complain(r, n, "expected a mapping, not %s", document_kind_text(n->kind));
		return false;
	}
	r->choice = choose(r, prefix, n);
	if (!r->choice) {
		check_keys(r, prefix, n);
		return false;
	}
	option_store(&kept, base, r->choice - 1);
	return true;
}

static void read_entry(struct reader *r, const struct option *o, struct document_node *n,
		       void *base)
{
	char below[OPTION_PATH_BYTES];
	size_t path_len = strlen(o->path);

	if (o->type) {
		read_single(r, o, n, base);
		return;
	}
	option_below("", view_make(o->path, path_len), true, below);
	if (read_choice(r, o, below, n, base))
		read_map(r, below, n, base);
	r->choice = 0;
}

static void read_list(struct reader *r, const struct option *o, struct document_node *list,
		      void *base)
{
	struct option entry = option_of_entry(o);
	size_t n = list->kind == DOCUMENT_LIST ? list->n : 1, i = 0;
	struct document_node *first = list->kind == DOCUMENT_LIST ? list->first : list;
	char *at;

	if (list->kind != DOCUMENT_LIST &&
	    !(list->kind == DOCUMENT_SCALAR && option_has(o, OPTION_ALONE))) {
		reader_complain(r, list, "expected a list, not %s", document_kind_text(list->kind));
		return;
	}
	if (n > o->max_entries) {
		reader_complain(r, list, "more than %zu entries", o->max_entries);
		return;
	}
	if (n == 0 && option_has(o, OPTION_REQUIRED))
		reader_complain(r, list, "needs at least one entry");
	if (n == 0)
		return;
	at = option_grow(o, base, n);
	for (struct document_node *e = first; i < n; e = e->next, i++) {
		size_t up = list->kind == DOCUMENT_LIST ? reader_enter_entry(r, i) : r->path_len;

		read_entry(r, &entry, e, at + i * o->entry_size);
		reader_leave(r, up);
	}
}

static void read_option(struct reader *r, const struct option *o, struct document_node *n,
			void *base)
{
	if (n->kind == DOCUMENT_NOTHING)
		finding_error(r->findings, n->key.at ? n->key_place : n->place, r->path,
			      "has no value");
	else if (option_has(o, OPTION_LIST))
		read_list(r, o, n, base);
	else if (option_has(o, OPTION_APPENDS)) {
		struct option entry = option_of_entry(o);

		read_single(r, &entry, n, option_grow(o, base, 1));
	} else
		read_single(r, o, n, base);
}

static void read_default(struct reader *r, const struct option *o, void *base)
{
	struct document_node *n;

	if (option_has(o, OPTION_REQUIRED))
		reader_complain(r, NULL, "required, and missing");
	if (!o->fallback)
		return;
	n = *o->fallback == '[' ? document_parse(view_of(o->fallback), r->arena, r->findings)
				: document_scalar(view_of(o->fallback), r->arena);
	if (n)
		read_option(r, o, n, base);
	else
		reader_complain(r, NULL, "no room for its default");
}

static void complain_of_unknown(struct reader *r, const char *prefix, const struct document_node *n)
{
	struct view near = option_nearest(prefix, n->key);

	if (near.at)
		finding_error(r->findings, n->key_place, r->path, "unknown key; did you mean %.*s?",
			      VIEW_ARG(near));
	else
		finding_error(r->findings, n->key_place, r->path, "unknown key");
}

/* Keys that the schema does not have, and keys that come twice. */
static void check_keys(struct reader *r, const char *prefix, const struct document_node *map)
{
	struct option_cursor found;

	for (const struct document_node *n = map->first; n; n = n->next) {
		const struct document_node *first = document_find(map, n->key);
		size_t up = reader_enter(r, n->key);

		if (!option_find(prefix, n->key, &found))
			complain_of_unknown(r, prefix, n);
		else if (first != n)
			finding_error(r->findings, n->key_place, r->path,
				      "duplicate key, first set in line %u", first->key_place.line);
		reader_leave(r, up);
	}
}

/* A key of the schema and what the document has for it, or NULL. */
static void read_key(struct reader *r, const struct option_cursor *key, struct document_node *n,
		     void *base)
{
	char below[OPTION_PATH_BYTES];

	if (!key->row)
		read_map(r, option_below(key->prefix, key->key, false, below), n, base);
	else if (n)
		read_option(r, key->row, n, base);
	else
		read_default(r, key->row, base);
}

/* The mapping itself, or NULL: all its keys are missing. */
static struct document_node *mapping_or_none(struct reader *r, const char *prefix,
					     struct document_node *n)
{
	if (!n || n->kind == DOCUMENT_MAP)
		return n;
	if (n->kind != DOCUMENT_NOTHING &&
	    !(n->kind == DOCUMENT_SCALAR && option_shorthand(prefix)))
		reader_complain(r, n, "expected a mapping, not %s", document_kind_text(n->kind));
	return NULL;
}

/* `n` is NULL when the document does not have this mapping. */
static void read_map(struct reader *r, const char *prefix, struct document_node *n, void *base)
{
	const struct option *shorthand =
		n && n->kind == DOCUMENT_SCALAR ? option_shorthand(prefix) : NULL;
	struct document_node *map = mapping_or_none(r, prefix, n);
	struct option_cursor key = { .prefix = prefix };
	struct finding_place place = r->place;

	if (n && n->place.line)
		r->place = n->place;
	if (map)
		check_keys(r, prefix, map);
	while (option_next(&key)) {
		size_t up;

		if (key.choice && key.choice != r->choice)
			continue;
		if (shorthand && key.row == shorthand) {
			read_option(r, key.row, n, base);
			continue;
		}
		up = reader_enter(r, key.key);
		read_key(r, &key, document_find(map, key.key), base);
		reader_leave(r, up);
	}
	r->place = place;
}

void reader_read(struct document_node *root, struct arena *arena, struct finding_list *findings,
		 void *base)
{
	struct reader r = { .findings = findings, .arena = arena, .place = { 1, 1 } };

	read_map(&r, "", root, base);
}
