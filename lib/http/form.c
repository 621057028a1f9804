#include "http/form.h"

#include "base/json.h"
#include "base/mem.h"
#include "http/charset.h"
#include "http/gather.h"
#include "http/multipart.h"
#include "http/param.h"
#include "http/urlform.h"

#include <stdio.h>

enum form_kind { FORM_URLENCODED, FORM_MULTIPART, FORM_JSON };

struct json_body {
	char *at;
	size_t len, size;
	bool is_over;
};

struct form {
	enum form_kind kind;
	struct gather gather;
	union {
		struct urlform urlform;
		struct multipart multipart;
		struct json_body json;
	};
};

/* -- which of the three -- */

/* As PHP finds its end: at a `;`, a comma or a blank. */
static struct view media_type(struct view content_type)
{
	size_t end = 0;

	while (end < content_type.len && !strchr(";, \t", content_type.at[end]))
		end++;
	return view_head(content_type, end);
}

static bool is_json(struct view type)
{
	return view_is_nocase(type, VIEW("application/json")) ||
	       view_is_nocase(type, VIEW("text/json")) ||
	       (view_starts_nocase(type, VIEW("application/")) && type.len > 5 &&
		view_is_nocase(view_from(type, type.len - 5), VIEW("+json")));
}

static size_t count_nocase(struct view v, struct view needle)
{
	size_t n = 0;

	for (; v.len; v = view_from(v, 1))
		n += view_starts_nocase(v, needle);
	return n;
}

/* PHP takes the first "boundary" that it sees, and cuts a bare one at a comma; others do not. */
static bool open_multipart(struct form *f, struct view content_type, struct view params)
{
	struct view name, raw;
	char room[MULTIPART_BOUNDARY_BYTES + 1];

	while (param_next(&params, &name, &raw)) {
		if (!view_is_nocase(name, VIEW("boundary")))
			continue;
		if (count_nocase(content_type, VIEW("boundary")) > 1 ||
		    view_find(raw, ',') < raw.len || view_find(raw, '\\') < raw.len)
			gather_doubt(&f->gather);
		return multipart_init(&f->multipart, param_unquote(raw, room, sizeof(room)));
	}
	return false;
}

/* Some read a body without a type as a form. */
static bool is_urlencoded(struct view type)
{
	return !type.len || view_is_nocase(type, VIEW("application/x-www-form-urlencoded"));
}

static bool open_kind(struct form *f, struct view content_type)
{
	struct view type = media_type(content_type),
		    params = view_from(content_type, view_find(content_type, ';'));

	if (is_urlencoded(type)) {
		f->kind = FORM_URLENCODED;
		urlform_init(&f->urlform);
	} else if (view_starts_nocase(type, VIEW("multipart/"))) {
		f->kind = FORM_MULTIPART;
		if (!open_multipart(f, content_type, params)) {
			gather_doubt(&f->gather);
			return false;
		}
	} else if (is_json(type)) {
		f->kind = FORM_JSON;
		f->json = (struct json_body){ 0 };
	} else {
		return false;
	}
	if (charset_is_foreign(content_type))
		gather_doubt(&f->gather);
	return true;
}

struct form *form_open(struct view content_type, struct form_field *fields, size_t n,
		       struct arena *arena, bool *ret_full)
{
	struct form *f = arena_alloc(arena, sizeof(*f));

	*ret_full = !f;
	if (!f)
		return NULL;
	gather_init(&f->gather, fields, n, arena);
	if (open_kind(f, view_trim(content_type)))
		return f;
	if (view_find(content_type, ',') < content_type.len)
		gather_doubt(&f->gather); /* a list: others may take another of its members */
	return NULL;
}

/* -- JSON -- */

static void forget_json(struct json_body *j)
{
	mem_free_secret(j->at, j->len);
	*j = (struct json_body){ .is_over = j->is_over };
}

/* Not by realloc, which would leave a password behind in the old place. */
static void grow_json(struct json_body *j, size_t size)
{
	char *at = mem_new(size);

	if (j->len)
		memcpy(at, j->at, j->len);
	mem_free_secret(j->at, j->len);
	j->at = at;
	j->size = size;
}

static void feed_json(struct json_body *j, struct view bytes)
{
	size_t want = j->len + bytes.len, size = j->size ? j->size : 1024;

	j->is_over |= bytes.len > FORM_MAX_JSON_BYTES - j->len;
	if (j->is_over) {
		forget_json(j);
		return;
	}
	while (size < want)
		size *= 2;
	if (size > j->size)
		grow_json(j, size);
	memcpy(j->at + j->len, bytes.at, bytes.len);
	j->len = want;
}

/* One reference token of a pointer against one name of an object (RFC 6901 §4). */
static bool is_token(struct view token, struct view name)
{
	size_t n = 0;

	for (size_t i = 0; i < token.len; i++, n++) {
		char c = token.at[i];

		if (c == '~' && i + 1 < token.len &&
		    (token.at[i + 1] == '0' || token.at[i + 1] == '1'))
			c = token.at[++i] == '0' ? '~' : '/';
		if (n == name.len || name.at[n] != c)
			return false;
	}
	return n == name.len;
}

static json_t *step_into(json_t *value, struct view token)
{
	const char *name;
	json_t *member;
	uint64_t index;

	if (json_is_array(value))
		return view_number(token, SIZE_MAX, &index) ? json_array_get(value, index) : NULL;
	json_object_foreach(value, name, member) if (is_token(token, view_of(name))) return member;
	return NULL;
}

static json_t *find_pointer(json_t *value, struct view pointer)
{
	struct view token;

	view_split(&pointer, '/', &token); /* what stands before the first slash: nothing */
	while (value && view_split(&pointer, '/', &token))
		value = step_into(value, token);
	return value;
}

/* Ends a field that was begun and named. */
static void end_json_field(struct gather *g, const json_t *value)
{
	char number[32];
	struct view text;

	if (json_is_string(value))
		text = view_make(json_string_value(value), json_string_length(value));
	else if (json_is_integer(value))
		text = view_make(number, (size_t)snprintf(number, sizeof(number), "%lld",
							  (long long)json_integer_value(value)));
	else if (json_is_real(value))
		text = view_make(number, (size_t)snprintf(number, sizeof(number), "%.17g",
							  json_real_value(value)));
	else
		return;
	gather_value(g, text);
	gather_end(g, true);
}

static void take_json(struct gather *g, json_t *root)
{
	const char *name;
	json_t *member;

	json_object_foreach(root, name, member)
	{
		gather_begin(g);
		gather_name(g, view_of(name));
		if (name[0] != '/' && gather_name_end(g))
			end_json_field(g, member);
	}
	for (size_t i = 0; i < g->n; i++) {
		if (!view_starts(g->fields[i].name, VIEW("/")))
			continue;
		gather_begin(g);
		g->wanted = UINT32_C(1) << i;
		end_json_field(g, find_pointer(root, g->fields[i].name));
	}
}

/* What json_read refuses may be read by others: doubled names, numbers beyond measure, half
 * characters, comments, another encoding. */
static void finish_json(struct form *f)
{
	struct view text = view_make(f->json.at, f->json.len);
	json_t *root;

	if (view_starts(text, VIEW("\xef\xbb\xbf")))
		text = view_from(text, 3);
	while (text.len && strchr(" \t\r\n", text.at[0]))
		text = view_from(text, 1);
	if (!text.len || strchr("\"-0123456789tfn", text.at[0]))
		return; /* a value without fields */
	root = json_read(text);
	if (root)
		take_json(&f->gather, root);
	else
		gather_doubt(&f->gather);
	json_decref(root);
}

/* -- all three -- */

void form_feed(struct form *f, struct view bytes)
{
	if (!f || !bytes.len)
		return;
	switch (f->kind) {
	case FORM_URLENCODED:
		urlform_feed(&f->urlform, &f->gather, bytes);
		break;
	case FORM_MULTIPART:
		multipart_feed(&f->multipart, &f->gather, bytes);
		break;
	case FORM_JSON:
		feed_json(&f->json, bytes);
		break;
	}
}

void form_finish(struct form *f)
{
	if (!f)
		return;
	switch (f->kind) {
	case FORM_URLENCODED:
		urlform_finish(&f->urlform, &f->gather);
		break;
	case FORM_MULTIPART:
		multipart_finish(&f->multipart, &f->gather);
		break;
	case FORM_JSON:
		finish_json(f);
		break;
	}
}

bool form_is_unread(const struct form *f)
{
	return f && f->kind == FORM_JSON && f->json.is_over;
}

void form_close(struct form **f)
{
	if (!*f)
		return;
	if ((*f)->kind == FORM_JSON)
		forget_json(&(*f)->json);
	gather_fini(&(*f)->gather);
	*f = NULL;
}

void form_take_query(struct form_field *fields, size_t n, struct view query, struct arena *arena)
{
	struct gather g;
	struct urlform u;

	if (!query.len)
		return;
	gather_init(&g, fields, n, arena);
	urlform_init(&u);
	urlform_feed(&u, &g, query);
	urlform_finish(&u, &g);
	gather_fini(&g);
}
