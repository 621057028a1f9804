#include "config/recognition.h"

#include "base/mem.h"
#include "config/reader.h"
#include "config/scalar.h"
#include "config/settings.h"

enum {
	NAME_MAX_BYTES = 128,
	FIELDS_MAX = 16,
	FIELD_VALUE_MAX_BYTES = 256,
	SEPARATOR_MAX_BYTES = 16
};

/* RFC 9110 section 5.6.2. */
static bool is_token(struct view v)
{
	static const char punctuation[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < v.len; i++) {
		char c = view_lower(v.at[i]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    (!c || !strchr(punctuation, c)))
			return false;
	}
	return v.len > 0 && v.len <= NAME_MAX_BYTES;
}

static bool header_parse(struct reader *r, const struct option *o, struct document_node *n,
			 void *base)
{
	static const char *const framing[] = {
		"Connection", "Content-Length", "Transfer-Encoding", "Host",
		"Cookie",     "Set-Cookie",     "Upgrade",           "TE",
		"Trailer",    "Keep-Alive"
	};

	if (!is_token(n->text))
		return reader_reject(r, o, n);
	for (size_t i = 0; i < sizeof(framing) / sizeof(*framing); i++)
		if (view_is_nocase(n->text, view_of(framing[i]))) {
			reader_complain(r, n, "%s means something else in HTTP", framing[i]);
			return false;
		}
	scalar_text_keep(o, base, n->text);
	return true;
}

const struct option_type recognition_header = {
	.name = "header",
	.expected = "a header's name",
	.parse = header_parse,
	.is_set = scalar_text_is_set,
	.print = scalar_text_print,
	.drop = scalar_text_drop,
};

/* latchd's own cookies cannot be the application's. */
static bool covers_ours(struct view name, bool is_prefix)
{
	return is_prefix
		       ? view_starts(VIEW("latch"), name) || view_starts(VIEW("__Host-latch"), name)
		       : view_is(VIEW("latch"), name) || view_is(VIEW("__Host-latch"), name);
}

static bool cookie_parse(struct reader *r, const struct option *o, struct document_node *n,
			 void *base)
{
	bool is_prefix = view_ends(n->text, VIEW("*"));
	struct view name = view_head(n->text, n->text.len - is_prefix);

	if (!is_token(name) || view_find(name, '*') < name.len)
		return reader_reject(r, o, n);
	if (covers_ours(name, is_prefix)) {
		reader_complain(r, n, "includes latchd's own device cookie");
		return false;
	}
	scalar_text_keep(o, base, name);
	*(bool *)option_second(o, base) = is_prefix;
	return true;
}

static void put_with_star(struct text *t, const char *name, bool is_prefix)
{
	char buffer[NAME_MAX_BYTES + 1];
	struct text whole;

	text_init(&whole, buffer, sizeof(buffer));
	text_puts(&whole, name);
	if (is_prefix)
		text_putc(&whole, '*');
	scalar_put(t, text_view(&whole));
}

static void cookie_print(const struct option *o, const void *base, struct text *t)
{
	put_with_star(t, *(char *const *)option_at_const(o, base),
		      *(const bool *)option_second_const(o, base));
}

const struct option_type recognition_cookie = {
	.name = "cookie",
	.expected = "a cookie's name, which may end in *",
	.parse = cookie_parse,
	.is_set = scalar_text_is_set,
	.print = cookie_print,
	.drop = scalar_text_drop,
};

static bool parameter_parse(struct reader *r, const struct option *o, struct document_node *n,
			    void *base)
{
	if (!is_token(n->text) || view_find(n->text, '*') < n->text.len)
		return reader_reject(r, o, n);
	scalar_text_keep(o, base, n->text);
	return true;
}

const struct option_type recognition_parameter = {
	.name = "parameter",
	.expected = "a parameter's name, without * in it",
	.parse = parameter_parse,
	.is_set = scalar_text_is_set,
	.print = scalar_text_print,
	.drop = scalar_text_drop,
};

static void fields_drop(const struct option *o, void *base)
{
	struct url_param **at = option_at(o, base);
	size_t *n = option_second(o, base);

	for (size_t i = 0; i < *n; i++) {
		mem_free((*at)[i].name);
		mem_free((*at)[i].value);
	}
	MEM_FREE(*at);
	*n = 0;
}

static bool field_is_good(struct reader *r, const struct document_node *map,
			  struct document_node *n)
{
	if (document_find(map, n->key) != n) {
		reader_complain(r, n, "duplicate key");
		return false;
	}
	if (n->key.len == 0 || n->key.len > NAME_MAX_BYTES ||
	    view_find(n->key, '\0') < n->key.len) {
		reader_complain(r, n, "not the name of a field");
		return false;
	}
	if (!reader_expand(r, "the field's value", n))
		return false;
	if (n->text.len > FIELD_VALUE_MAX_BYTES)
		reader_complain(r, n, "longer than %d bytes", FIELD_VALUE_MAX_BYTES);
	return n->text.len <= FIELD_VALUE_MAX_BYTES;
}

static bool fields_parse(struct reader *r, const struct option *o, struct document_node *map,
			 void *base)
{
	struct url_param **at = option_at(o, base);
	size_t *n = option_second(o, base);
	bool is_good = true;

	fields_drop(o, base);
	if (map->n == 0 || map->n > FIELDS_MAX) {
		reader_complain(r, map, "needs 1 to %d fields with their values", FIELDS_MAX);
		return false;
	}
	*at = mem_array(map->n, sizeof(**at));
	for (struct document_node *field = map->first; field; field = field->next) {
		size_t up = reader_enter(r, field->key);

		if (field_is_good(r, map, field))
			(*at)[(*n)++] =
				(struct url_param){ mem_copy(field->key.at, field->key.len),
						    mem_copy(field->text.at, field->text.len) };
		else
			is_good = false;
		reader_leave(r, up);
	}
	return is_good;
}

static bool fields_is_set(const struct option *o, const void *base)
{
	return *(const size_t *)option_second_const(o, base) > 0;
}

static void fields_print(const struct option *o, const void *base, struct text *t)
{
	const struct url_param *at = *(struct url_param *const *)option_at_const(o, base);
	size_t n = *(const size_t *)option_second_const(o, base);

	text_puts(t, "{ ");
	for (size_t i = 0; i < n; i++) {
		text_puts(t, i ? ", " : "");
		scalar_put(t, view_of(at[i].name));
		text_puts(t, ": ");
		scalar_put(t, view_of(at[i].value));
	}
	text_puts(t, " }");
}

const struct option_type recognition_fields = {
	.name = "fields",
	.expected = "a mapping of fields and values such as { do: login }",
	.is_map = true,
	.parse = fields_parse,
	.is_set = fields_is_set,
	.print = fields_print,
	.drop = fields_drop,
};

static bool status_parse(struct reader *r, const struct option *o, struct document_node *n,
			 void *base)
{
	bool is_class = n->text.len == 3 && view_ends(n->text, VIEW("xx"));
	uint64_t status;

	if (!view_number(is_class ? view_head(n->text, 1) : n->text, 999, &status))
		return reader_reject(r, o, n);
	status *= is_class ? 100 : 1;
	if (status < 200 || status > 399)
		return reader_reject(r, o, n);
	option_store(o, base, (int64_t)status);
	*(bool *)option_second(o, base) = is_class;
	return true;
}

static bool status_is_set(const struct option *o, const void *base)
{
	return option_load(o, base) != 0;
}

static void status_print(const struct option *o, const void *base, struct text *t)
{
	unsigned status = (unsigned)option_load(o, base);

	if (*(const bool *)option_second_const(o, base))
		text_printf(t, "%uxx", status / 100);
	else
		text_printf(t, "%u", status);
}

const struct option_type recognition_status = {
	.name = "status",
	.expected = "a status that says that it went well: 200 to 399, 2xx or 3xx",
	.parse = status_parse,
	.is_set = status_is_set,
	.print = status_print,
};

static bool sets_cookie_parse(struct reader *r, const struct option *o, struct document_node *n,
			      void *base)
{
	bool is_none = view_is(n->text, VIEW("none"));
	struct view name = view_head(n->text, n->text.len - view_ends(n->text, VIEW("*")));

	*(bool *)option_second(o, base) = is_none;
	if (is_none)
		return true;
	if (!is_token(name) || view_find(name, '*') < name.len)
		return reader_reject(r, o, n);
	scalar_text_keep(o, base, n->text);
	return true;
}

static bool sets_cookie_is_set(const struct option *o, const void *base)
{
	return scalar_text_is_set(o, base) || *(const bool *)option_second_const(o, base);
}

static void sets_cookie_print(const struct option *o, const void *base, struct text *t)
{
	if (*(const bool *)option_second_const(o, base))
		text_puts(t, "none");
	else
		scalar_text_print(o, base, t);
}

const struct option_type recognition_sets_cookie = {
	.name = "cookie",
	.expected = "a cookie's name, which may end in *, or none",
	.parse = sets_cookie_parse,
	.is_set = sets_cookie_is_set,
	.print = sets_cookie_print,
	.drop = scalar_text_drop,
};

static struct option separator_of(const struct option *o)
{
	struct option separator = *o;

	separator.offset = o->second;
	return separator;
}

static bool take_parse(struct reader *r, const struct option *o, struct document_node *n,
		       void *base)
{
	size_t space = view_find(n->text, ' ');
	struct view word = view_head(n->text, space), separator = view_from(n->text, space + 1);
	struct option kept = separator_of(o);
	bool is_before = view_is(word, VIEW("before"));

	if (!(is_before || view_is(word, VIEW("after"))) || separator.len == 0 ||
	    separator.len > SEPARATOR_MAX_BYTES)
		return reader_reject(r, o, n);
	option_store(o, base, is_before ? TAKE_BEFORE : TAKE_AFTER);
	scalar_text_keep(&kept, base, separator);
	return true;
}

static bool take_is_set(const struct option *o, const void *base)
{
	return option_load(o, base) != TAKE_ALL;
}

static void take_print(const struct option *o, const void *base, struct text *t)
{
	const char *separator = *(char *const *)option_second_const(o, base);
	char buffer[SEPARATOR_MAX_BYTES + 8];
	struct text whole;

	text_init(&whole, buffer, sizeof(buffer));
	text_puts(&whole, option_load(o, base) == TAKE_BEFORE ? "before " : "after ");
	text_puts(&whole, separator);
	scalar_put(t, text_view(&whole));
}

static void take_drop(const struct option *o, void *base)
{
	struct option kept = separator_of(o);

	scalar_text_drop(&kept, base);
}

const struct option_type recognition_take = {
	.name = "part",
	.expected = "a part such as \"before |\" or \"after :\"",
	.parse = take_parse,
	.is_set = take_is_set,
	.print = take_print,
	.drop = take_drop,
};
