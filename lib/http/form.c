#include "http/form.h"

#include "base/json.h"
#include "base/mem.h"
#include "http/alias.h"
#include "http/charset.h"
#include "http/gather.h"
#include "http/multipart.h"
#include "http/param.h"
#include "http/urlform.h"

#include <stdio.h>

enum form_kind { FORM_URLENCODED, FORM_MULTIPART, FORM_JSON };

/* Whether a body begins as an object does, whatever it is called. */
enum json_look { JSON_UNSEEN, JSON_LIKELY, JSON_UNLIKELY };

struct json_body {
	char *at;
	size_t len, size;
	bool is_over;
	enum json_look look;
};

struct form {
	enum form_kind kind;
	bool is_guess; /* the type is none of the three */
	struct gather gather;
	union {
		struct urlform urlform;
		struct multipart multipart;
	};
	struct json_body json;
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

static void open_kind(struct form *f, struct view content_type)
{
	struct view type = media_type(content_type),
		    params = view_from(content_type, view_find(content_type, ';'));

	if (view_starts_nocase(type, VIEW("multipart/")) &&
	    open_multipart(f, content_type, params)) {
		f->kind = FORM_MULTIPART;
		return;
	}
	f->kind = is_json(type) ? FORM_JSON : FORM_URLENCODED;
	f->is_guess = f->kind == FORM_URLENCODED && !is_urlencoded(type);
	urlform_init(&f->urlform);
}

static void doubt_type(struct form *f, struct view content_type)
{
	bool is_list = view_find(content_type, ',') < content_type.len;
	bool is_multipart = view_starts_nocase(content_type, VIEW("multipart/"));

	/* A list: others may take another of its members. */
	if (f->is_guess ? is_list || is_multipart : charset_is_foreign(content_type))
		gather_doubt(&f->gather);
}

struct form *form_open(struct view content_type, struct form_field *fields, size_t n,
		       struct arena *arena, bool *ret_full)
{
	struct form *f = arena_alloc(arena, sizeof(*f));

	*ret_full = !f;
	if (!f)
		return NULL;
	f->is_guess = false;
	f->json = (struct json_body){ 0 };
	gather_init(&f->gather, fields, n, arena);
	open_kind(f, view_trim(content_type));
	doubt_type(f, view_trim(content_type));
	return f;
}

bool form_is_guess(const struct form *f)
{
	return f->is_guess;
}

/* -- JSON -- */

static void forget_json(struct json_body *j)
{
	mem_free_secret(j->at, j->len);
	*j = (struct json_body){ .is_over = j->is_over, .look = j->look };
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

static void keep_json(struct json_body *j, struct view bytes)
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

/* What may stand before the brace: blanks, byte order marks, and the other halves of UTF-16. */
static struct view skip_lead(struct view bytes)
{
	while (bytes.len && memchr(" \t\r\n\0\xef\xbb\xbf\xfe\xff", bytes.at[0], 10))
		bytes = view_from(bytes, 1);
	return bytes;
}

/* Go's readers, Flask's and others take an object for one whatever its Content-Type is. */
static void feed_json(struct form *f, struct view bytes)
{
	if (f->json.look == JSON_UNSEEN && f->kind != FORM_JSON) {
		bytes = skip_lead(bytes);
		if (bytes.len)
			f->json.look = bytes.at[0] == '{' ? JSON_LIKELY : JSON_UNLIKELY;
	}
	if (f->kind == FORM_JSON || f->json.look == JSON_LIKELY)
		keep_json(&f->json, bytes);
}

/* One reference token of a pointer against one name of an object (RFC 6901 §4), in any case, as Go's readers have it. */
static bool is_token(struct view token, struct view name)
{
	while (token.len) {
		char c = view_lower(token.at[0]);

		token = view_from(token, 1);
		if (c == '~' && token.len && (token.at[0] == '0' || token.at[0] == '1')) {
			c = token.at[0] == '0' ? '~' : '/';
			token = view_from(token, 1);
		}
		if (!name.len || alias_take(&name) != c)
			return false;
	}
	return !name.len;
}

/* *ret_twice: there are several such names, of which readers could take either. */
static json_t *step_into(json_t *value, struct view token, bool *ret_twice)
{
	const char *name;
	json_t *member, *found = NULL;
	uint64_t index;

	if (json_is_array(value))
		return view_number(token, SIZE_MAX, &index) ? json_array_get(value, index) : NULL;
	json_object_foreach(value, name, member)
	{
		if (!is_token(token, view_of(name)))
			continue;
		*ret_twice |= found != NULL;
		found = member;
	}
	return found;
}

static json_t *find_pointer(json_t *value, struct view pointer, bool *ret_twice)
{
	struct view token;

	view_split(&pointer, '/', &token); /* what stands before the first slash: nothing */
	while (value && view_split(&pointer, '/', &token))
		value = step_into(value, token, ret_twice);
	return value;
}

/* Node's database drivers write a list of one as they write the one. */
static const json_t *only(const json_t *value)
{
	while (json_array_size(value) == 1)
		value = json_array_get(value, 0);
	return value;
}

/* Ends a field that was begun and named. */
static void end_json_field(struct gather *g, const json_t *value)
{
	char number[32];
	struct view text;

	value = only(value);
	if (!value || json_is_null(value) || json_is_boolean(value))
		return;
	if (json_is_string(value))
		text = view_make(json_string_value(value), json_string_length(value));
	else if (json_is_integer(value))
		text = view_make(number, (size_t)snprintf(number, sizeof(number), "%lld",
							  (long long)json_integer_value(value)));
	else if (json_is_real(value))
		text = view_make(number, (size_t)snprintf(number, sizeof(number), "%.17g",
							  json_real_value(value)));
	else
		text = VIEW("");
	gather_value(g, text);
	gather_end(g, !json_is_array(value) && !json_is_object(value));
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
		bool is_twice = false;

		if (!view_starts(g->fields[i].name, VIEW("/")))
			continue;
		gather_begin(g);
		g->wanted = UINT32_C(1) << i;
		end_json_field(g, find_pointer(root, g->fields[i].name, &is_twice));
		g->fields[i].conflicting |= is_twice;
	}
}

/* What json_read refuses may be read by others: doubled names, numbers beyond measure, half
 * characters, comments, another encoding, no JSON at all. */
static void finish_json(struct form *f)
{
	struct view text = view_make(f->json.at, f->json.len);
	json_t *root;

	if (view_starts(text, VIEW("\xef\xbb\xbf")))
		text = view_from(text, 3);
	while (text.len && memchr(" \t\r\n", text.at[0], 4))
		text = view_from(text, 1);
	if (!text.len)
		return;
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
	if (f->kind == FORM_URLENCODED)
		urlform_feed(&f->urlform, &f->gather, bytes);
	else if (f->kind == FORM_MULTIPART)
		multipart_feed(&f->multipart, &f->gather, bytes);
	feed_json(f, bytes);
}

void form_finish(struct form *f)
{
	if (!f)
		return;
	if (f->kind == FORM_URLENCODED)
		urlform_finish(&f->urlform, &f->gather);
	else if (f->kind == FORM_MULTIPART)
		multipart_finish(&f->multipart, &f->gather);
	finish_json(f);
}

bool form_is_unread(const struct form *f)
{
	return f && f->json.is_over;
}

void form_close(struct form **f)
{
	if (!*f)
		return;
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
