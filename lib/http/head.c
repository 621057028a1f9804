#include "http/head.h"

#include "base/err.h"
#include "http/scan.h"
#include "http/target.h"

#include <assert.h>

enum {
	MAX_METHOD_BYTES = 32,
	FIRST_ROOM = 32,
	START_LINE_EXTRA_BYTES = 64, /* version, status, spaces, line ends, and the empty line */
};

#define BIT(name) (UINT64_C(1) << (name))

_Static_assert(HTTP_NAME_COUNT <= 64, "http_head.present has a bit for every known name");

/* -- reading -- */

struct reader {
	const char *at, *end;
};

static bool take_byte(struct reader *r, char c)
{
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static bool take_crlf(struct reader *r)
{
	if (r->end - r->at < 2 || r->at[0] != '\r' || r->at[1] != '\n')
		return false;
	r->at += 2;
	return true;
}

static struct view take_token(struct reader *r)
{
	const char *start = r->at;

	r->at = scan_token(start, r->end);
	return view_make(start, (size_t)(r->at - start));
}

static void skip_blanks(struct reader *r)
{
	const char *at = r->at;

	while (at < r->end && (*at == ' ' || *at == '\t'))
		at++;
	r->at = at;
}

/* Without the blanks at its end. */
static struct view trimmed_behind(const char *start, const char *end)
{
	while (end > start && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return view_make(start, (size_t)(end - start));
}

/* RFC 9112 §5, without the obsolete line folding. */
static bool take_field(struct reader *r, struct http_field *ret_field)
{
	struct http_field *f = ret_field;
	const char *start;

	f->name = take_token(r);
	if (!f->name.len || !take_byte(r, ':'))
		return false;
	skip_blanks(r);
	start = r->at;
	r->at = scan_text(r->at, r->end);
	f->value = trimmed_behind(start, r->at);
	f->known = (uint8_t)name_recognise(f->name, &f->alike);
	f->dropped = false;
	f->on_wire = true;
	return take_crlf(r);
}

static bool grow(struct http_head *h, struct arena *arena)
{
	size_t room = h->room ? h->room * 2 : FIRST_ROOM;
	struct http_field *fields;

	fields = arena_alloc(arena, room * sizeof(*fields));
	if (!fields)
		return false;
	if (h->n_fields)
		memcpy(fields, h->fields, h->n_fields * sizeof(*fields));
	h->fields = fields;
	h->room = room;
	return true;
}

static bool make_room(struct http_head *h, struct arena *arena)
{
	return h->n_fields < h->room || grow(h, arena);
}

/* Counts in what was put behind the last one. */
static void append(struct http_head *h)
{
	const struct http_field *f = &h->fields[h->n_fields++];

	*(f->alike ? &h->disguised : &h->present) |= BIT(f->known);
}

/* Up to the empty line, which must be the last of the bytes. */
static int read_fields(struct reader *r, const struct http_limits *limits, struct arena *arena,
		       struct http_head *h)
{
	while (r->at < r->end && *r->at != '\r') {
		if (h->n_fields >= limits->max_fields)
			return ERR_TOO_MANY;
		if (!make_room(h, arena))
			return ERR_NOMEM;
		if (!take_field(r, &h->fields[h->n_fields]))
			return ERR_SYNTAX;
		append(h);
	}
	return take_crlf(r) && r->at == r->end ? 0 : ERR_SYNTAX;
}

/* -- the request line -- */

static enum http_method method_id(struct view method)
{
#define METHOD(name)                      \
	if (view_is(method, VIEW(#name))) \
		return HTTP_##name;
	METHOD(GET)
	METHOD(HEAD)
	METHOD(POST)
	METHOD(PUT)
	METHOD(DELETE)
	METHOD(OPTIONS)
	METHOD(PATCH)
	METHOD(TRACE)
	METHOD(CONNECT)
#undef METHOD
	return HTTP_METHOD_OTHER;
}

static struct view take_target(struct reader *r)
{
	const char *start = r->at;

	while (r->at < r->end && (uint8_t)*r->at > 0x20 && *r->at != 0x7f && *r->at != '#')
		r->at++;
	return view_make(start, (size_t)(r->at - start));
}

static bool take_digits(struct reader *r)
{
	const char *start = r->at;

	while (r->at < r->end && *r->at >= '0' && *r->at <= '9')
		r->at++;
	return r->at > start;
}

/* Whether `r` stands before "HTTP/1.0" or "HTTP/1.1"; consumes it. */
static bool take_version(struct reader *r, unsigned *ret_minor)
{
	if (r->end - r->at < 8 || memcmp(r->at, "HTTP/1.", 7) != 0 ||
	    (r->at[7] != '0' && r->at[7] != '1'))
		return false;
	*ret_minor = (unsigned)(r->at[7] - '0');
	r->at += 8;
	return true;
}

/* HTTP, but not ours: "HTTP/" digits, perhaps with a minor number, at the end of the line. */
static bool is_other_version(struct reader r)
{
	if (r.end - r.at < 5 || memcmp(r.at, "HTTP/", 5) != 0)
		return false;
	r.at += 5;
	return take_digits(&r) && (!take_byte(&r, '.') || take_digits(&r)) && take_crlf(&r);
}

static int read_request_line(struct reader *r, const struct http_limits *limits,
			     struct http_head *h)
{
	struct reader version;

	h->method = take_token(r);
	if (!h->method.len || h->method.len > MAX_METHOD_BYTES || !take_byte(r, ' '))
		return 400;
	h->method_id = method_id(h->method);
	h->target = take_target(r);
	if (h->target.len > limits->max_target_bytes)
		return 414;
	if (!h->target.len || !take_byte(r, ' '))
		return 400;
	version = *r;
	if (take_version(r, &h->minor) && take_crlf(r))
		return h->method_id == HTTP_CONNECT ? 405 : 0;
	return is_other_version(version) ? 505 : 400;
}

static int check_expectations(const struct http_head *h)
{
	size_t from = 0;

	for (struct http_field *f; (f = head_find(h, HTTP_EXPECT, &from));)
		if (!view_is_nocase(f->value, VIEW("100-continue")))
			return 417;
	return 0;
}

static int status_of(int error)
{
	switch (error) {
	case 0:
		return 0;
	case ERR_TOO_MANY:
		return 431;
	case ERR_NOMEM:
		return 503;
	default:
		return 400;
	}
}

int head_parse_request(struct view bytes, const struct http_limits *limits, struct arena *arena,
		       struct http_head *ret_head)
{
	struct reader r = { bytes.at, bytes.at + bytes.len };
	struct http_head h = { 0 };
	int status;

	if (bytes.len > limits->max_head_bytes)
		return head_oversized(bytes, limits);
	take_crlf(&r);
	status = read_request_line(&r, limits, &h);
	if (status == 0)
		status = status_of(read_fields(&r, limits, arena, &h));
	if (status == 0)
		status = target_read(&h, arena);
	if (status == 0)
		status = check_expectations(&h);
	if (status == 0)
		*ret_head = h;
	return status;
}

/* -- the status line -- */

/* RFC 9112 §4. The space after the status is often left out together with the reason. */
static bool read_status_line(struct reader *r, struct http_head *h)
{
	const char *start;

	if (!take_version(r, &h->minor) || !take_byte(r, ' ') || r->end - r->at < 3)
		return false;
	for (int i = 0; i < 3; i++, r->at++) {
		if (*r->at < '0' || *r->at > '9')
			return false;
		h->status = h->status * 10 + (*r->at - '0');
	}
	if (h->status < 100)
		return false;
	if (take_byte(r, ' ')) {
		start = r->at;
		r->at = scan_text(r->at, r->end);
		h->reason = view_make(start, (size_t)(r->at - start));
	}
	return take_crlf(r);
}

int head_parse_response(struct view bytes, const struct http_limits *limits, struct arena *arena,
			struct http_head *ret_head)
{
	struct reader r = { bytes.at, bytes.at + bytes.len };
	struct http_head h = { 0 };
	int err;

	if (bytes.len > limits->max_head_bytes)
		return ERR_TOO_LARGE;
	if (!read_status_line(&r, &h))
		return ERR_SYNTAX;
	err = read_fields(&r, limits, arena, &h);
	if (err == 0)
		*ret_head = h;
	return err;
}

/* -- bytes that arrive bit by bit -- */

size_t head_end(struct view bytes, size_t *scanned)
{
	size_t at = *scanned;

	while (at < bytes.len) {
		const char *lf = memchr(bytes.at + at, '\n', bytes.len - at);
		size_t next;

		if (!lf)
			break;
		at = (size_t)(lf - bytes.at);
		next = at + 1;
		if (next < bytes.len && bytes.at[next] == '\r')
			next++;
		if (next == bytes.len) {
			*scanned = at;
			return 0;
		}
		if (bytes.at[next] == '\n')
			return next + 1;
		at++;
	}
	*scanned = bytes.len;
	return 0;
}

int head_oversized(struct view bytes, const struct http_limits *limits)
{
	struct reader r = { bytes.at, bytes.at + bytes.len };

	take_crlf(&r);
	take_token(&r);
	return take_byte(&r, ' ') && take_target(&r).len > limits->max_target_bytes ? 414 : 431;
}

/* -- fields by name -- */

struct http_field *head_find_present(const struct http_head *h, enum http_name name, size_t *from)
{
	for (size_t i = from ? *from : 0; i < h->n_fields; i++) {
		struct http_field *f = &h->fields[i];

		if (f->known != name || f->dropped || f->alike)
			continue;
		if (from)
			*from = i + 1;
		return f;
	}
	if (from)
		*from = h->n_fields;
	return NULL;
}

struct http_field *head_find_text(const struct http_head *h, struct view name, size_t *from)
{
	for (size_t i = from ? *from : 0; i < h->n_fields; i++) {
		struct http_field *f = &h->fields[i];

		if (f->dropped || !view_is_nocase(f->name, name))
			continue;
		if (from)
			*from = i + 1;
		return f;
	}
	if (from)
		*from = h->n_fields;
	return NULL;
}

struct view head_value(const struct http_head *h, enum http_name name)
{
	const struct http_field *f = head_find(h, name, NULL);

	return f ? f->value : VIEW_NONE;
}

unsigned head_drop(struct http_head *h, enum http_name name)
{
	unsigned n = 0;

	if (!((h->present | h->disguised) & BIT(name)))
		return 0;
	for (size_t i = 0; i < h->n_fields; i++) {
		struct http_field *f = &h->fields[i];

		if (f->known == name && !f->dropped) {
			f->dropped = true;
			n++;
		}
	}
	return n;
}

unsigned head_drop_alike(struct http_head *h, struct view name)
{
	unsigned n = 0;

	for (size_t i = 0; i < h->n_fields; i++) {
		struct http_field *f = &h->fields[i];

		if (!f->dropped && name_is_alike(f->name, name)) {
			f->dropped = true;
			n++;
		}
	}
	return n;
}

unsigned head_drop_look_alikes(struct http_head *h)
{
	unsigned n = 0;

	for (size_t i = 0; h->disguised && i < h->n_fields; i++) {
		struct http_field *f = &h->fields[i];

		if (f->alike && !f->dropped) {
			f->dropped = true;
			n++;
		}
	}
	return n;
}

bool head_add(struct http_head *h, struct arena *arena, struct view name, struct view value)
{
	struct http_field f = { .name = name, .value = value };
	struct reader r = { name.at, name.at + name.len };

	assert(name.len && take_token(&r).len == name.len);
	assert(scan_text(value.at, value.at + value.len) == value.at + value.len);
	if (!make_room(h, arena))
		return false;
	f.known = (uint8_t)name_recognise(name, &f.alike);
	h->fields[h->n_fields] = f;
	append(h);
	return true;
}

bool head_set(struct http_head *h, struct arena *arena, enum http_name name, struct view value)
{
	head_drop(h, name);
	return head_add(h, arena, name_spelling(name), value);
}

struct view head_spelling(enum http_name name)
{
	return name_spelling(name);
}

enum http_name head_known(struct view name)
{
	bool is_look_alike;

	return name_recognise(name, &is_look_alike);
}

/* -- writing -- */

/* The whole line as it came; false when the field was added or given another value. Behind a
 * line that is still on the wire, its CRLF and more follow, so looking for the value's start
 * stays inside. */
static bool line_of(const struct http_field *f, struct view *ret_line)
{
	const char *value;

	if (!f->on_wire)
		return false;
	value = f->name.at + f->name.len + 1;
	while (*value == ' ' || *value == '\t')
		value++;
	*ret_line = view_make(f->name.at, (size_t)(value - f->name.at) + f->value.len);
	return value == f->value.at;
}

/* White space before a value is written where the line is as it came. */
static size_t field_room(const struct http_field *f)
{
	struct view line = VIEW_NONE;
	size_t room = f->name.len + f->value.len + sizeof(": \r\n") - 1;

	if (line_of(f, &line) && line.len + 2 > room)
		return line.len + 2;
	return room;
}

size_t head_room(const struct http_head *h)
{
	size_t room = h->method.len + h->target.len + h->reason.len + START_LINE_EXTRA_BYTES;

	for (size_t i = 0; i < h->n_fields; i++)
		room += h->fields[i].dropped ? 0 : field_room(&h->fields[i]);
	return room;
}

/* Lines that stand side by side on the wire are written in one piece: most heads are three
 * pieces then. */
static size_t write_run(const struct http_head *h, size_t i, struct text *t)
{
	struct view run, next;

	if (!line_of(&h->fields[i], &run)) {
		text_put(t, h->fields[i].name);
		text_put(t, VIEW(": "));
		text_put(t, h->fields[i].value);
		text_put(t, VIEW("\r\n"));
		return i + 1;
	}
	for (i++; i < h->n_fields && !h->fields[i].dropped && line_of(&h->fields[i], &next) &&
		  next.at == run.at + run.len + 2;
	     i++)
		run.len += 2 + next.len;
	text_put(t, run);
	text_put(t, VIEW("\r\n"));
	return i;
}

static void write_fields(const struct http_head *h, struct text *t)
{
	for (size_t i = 0; i < h->n_fields;)
		i = h->fields[i].dropped ? i + 1 : write_run(h, i, t);
	text_put(t, VIEW("\r\n"));
}

void head_write_request(const struct http_head *h, struct text *t)
{
	text_put(t, h->method);
	text_putc(t, ' ');
	text_put(t, h->target);
	text_put(t, VIEW(" HTTP/1.1\r\n"));
	write_fields(h, t);
}

void head_write_response(const struct http_head *h, struct text *t)
{
	text_put(t, VIEW("HTTP/1.1 "));
	text_number(t, (uint64_t)h->status);
	text_putc(t, ' ');
	text_put(t, h->reason);
	text_put(t, VIEW("\r\n"));
	write_fields(h, t);
}
