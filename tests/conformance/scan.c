#include "scan.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool is_token(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_text(char c)
{
	return c == '\t' || ((unsigned char)c >= 0x20 && c != 0x7f);
}

/* The end of the line that starts at `at`, behind its CRLF; NULL when it is not complete. */
static const char *line_end(const char *at, const char *end)
{
	const char *crlf = memmem(at, (size_t)(end - at), "\r\n", 2);

	return crlf ? crlf + 2 : NULL;
}

/* -- heads -- */

struct fields {
	unsigned hosts, lengths, codings;
	size_t length;
	bool chunked;
};

static void blame(struct scan *s, const char *fault)
{
	if (!s->fault)
		s->fault = fault;
}

static bool is_named(const char *at, size_t len, const char *name)
{
	return len == strlen(name) && strncasecmp(at, name, len) == 0;
}

static void note_length(struct scan *s, struct fields *f, const char *value, size_t len)
{
	f->length = 0;
	f->lengths++;
	if (!len || strspn(value, "0123456789") < len)
		blame(s, "odd Content-Length");
	for (size_t i = 0; i < len && value[i] >= '0' && value[i] <= '9'; i++)
		if (f->length < SIZE_MAX / 100)
			f->length = f->length * 10 + (size_t)(value[i] - '0');
}

static void scan_line(struct scan *s, struct fields *f, const char *at, const char *end)
{
	const char *colon = at, *value;
	size_t len;

	while (colon < end && is_token(*colon))
		colon++;
	if (colon == at || colon == end || *colon != ':') {
		blame(s, "odd field name");
		return;
	}
	for (value = colon + 1; value < end && (*value == ' ' || *value == '\t'); value++)
		;
	for (const char *c = value; c < end; c++)
		if (!is_text(*c))
			blame(s, "control character in a field");
	for (len = (size_t)(end - value); len && (value[len - 1] == ' ' || value[len - 1] == '\t');)
		len--;
	f->hosts += is_named(at, (size_t)(colon - at), "Host");
	if (is_named(at, (size_t)(colon - at), "Content-Length"))
		note_length(s, f, value, len);
	if (is_named(at, (size_t)(colon - at), "Transfer-Encoding")) {
		f->codings++;
		f->chunked = true;
		if (!is_named(value, len, "chunked"))
			blame(s, "odd Transfer-Encoding");
	}
}

static void scan_head(struct scan *s, struct fields *f, const char *at)
{
	const char *end = at + s->head_bytes - 2;

	for (at = line_end(at, end); at && at < end;) {
		const char *next = line_end(at, end);

		scan_line(s, f, at, next - 2);
		at = next;
	}
	if (f->lengths > 1 || f->codings > 1)
		blame(s, "framed twice");
	if (f->lengths && f->codings)
		blame(s, "framed in two ways");
}

static size_t head_length(const char *at, size_t len)
{
	const char *end = memmem(at, len, "\r\n\r\n", 4);

	return end ? (size_t)(end - at) + 4 : 0;
}

/* -- bodies -- */

/* The length of the size line at `at`; 0 when it is not complete. */
static size_t size_line(struct scan *s, const char *at, const char *end, size_t *ret_size)
{
	const char *next = line_end(at, end), *c = at;

	if (!next)
		return 0;
	for (*ret_size = 0; strchr("0123456789abcdefABCDEF", *c) && *c; c++)
		*ret_size =
			*ret_size * 16 + (size_t)(*c <= '9' ? *c - '0' : (*c | 0x20) - 'a' + 10);
	if (c == at || c + 2 != next || c - at > 15)
		blame(s, "odd chunk size");
	return (size_t)(next - at);
}

/* Walks the chunks; `take` is given each. The length of all when they are complete, else 0. */
static size_t walk_chunks(struct scan *s, const char *at, size_t len, char *text, size_t *text_len,
			  size_t room)
{
	const char *start = at, *end = at + len;

	for (;;) {
		size_t size, line = size_line(s, at, end, &size), there;

		if (!line)
			return 0;
		at += line;
		if (!size)
			break;
		there = (size_t)(end - at) < size ? (size_t)(end - at) : size;
		if (text && *text_len + there <= room) {
			memcpy(text + *text_len, at, there);
			*text_len += there;
		}
		if ((size_t)(end - at) < size + 2)
			return 0;
		if (memcmp(at + size, "\r\n", 2) != 0)
			blame(s, "odd end of a chunk");
		at += size + 2;
	}
	for (const char *line = at; (at = line_end(line, end)); line = at)
		if (at - line == 2)
			return (size_t)(at - start);
	return 0;
}

static void scan_body(struct scan *s, const struct fields *f, const char *at, size_t len)
{
	size_t there = len - s->head_bytes;

	s->body_at = s->head_bytes;
	s->chunked = f->chunked;
	if (f->chunked) {
		size_t all = walk_chunks(s, at + s->body_at, there, NULL, NULL, 0);

		s->body_bytes = all ? all : there;
		s->all_bytes = all ? s->head_bytes + all : 0;
		return;
	}
	s->body_bytes = there < f->length ? there : f->length;
	if (there >= f->length)
		s->all_bytes = s->head_bytes + f->length;
}

/* -- messages -- */

static void scan_request_line(struct scan *s, const char *at)
{
	const char *end = memmem(at, s->head_bytes, "\r\n", 2), *c = at, *target;

	while (c < end && is_token(*c))
		c++;
	target = c + 1;
	if (c == at || c == end || *c != ' ') {
		blame(s, "odd method");
		return;
	}
	for (c = target; c < end && (unsigned char)*c > 0x20 && *c != 0x7f; c++)
		;
	snprintf(s->target, sizeof(s->target), "%.*s", (int)(c - target), target);
	if (end - c == 9 && memcmp(c, " HTTP/1.0", 9) == 0)
		blame(s, "HTTP/1.0");
	else if (c == target || end - c != 9 || memcmp(c, " HTTP/1.1", 9) != 0)
		blame(s, "odd request line");
}

struct scan scan_request(const char *at, size_t len)
{
	struct scan s = { .head_bytes = head_length(at, len) };
	struct fields f = { 0 };

	if (!s.head_bytes)
		return s;
	scan_request_line(&s, at);
	scan_head(&s, &f, at);
	if (f.hosts != 1)
		blame(&s, "not one Host");
	scan_body(&s, &f, at, len);
	return s;
}

static void scan_status_line(struct scan *s, const char *at)
{
	const char *end = memmem(at, s->head_bytes, "\r\n", 2);

	if (end - at < 13 || memcmp(at, "HTTP/1.", 7) != 0 || at[12] != ' ' ||
	    strspn(at + 9, "0123456789") != 3 || at[9] == '0') {
		blame(s, "odd status line");
		return;
	}
	s->status = atoi(at + 9);
	if (at[7] != '1')
		blame(s, "HTTP/1.0");
	for (const char *c = at + 13; c < end; c++)
		if (!is_text(*c))
			blame(s, "control character in a reason");
}

struct scan scan_response(const char *at, size_t len, bool to_head, bool ended)
{
	struct scan s = { .head_bytes = head_length(at, len) };
	struct fields f = { 0 };
	bool bare;

	if (!s.head_bytes)
		return s;
	scan_status_line(&s, at);
	scan_head(&s, &f, at);
	bare = s.status / 100 == 1 || s.status == 204;
	if (bare && (f.lengths || f.codings))
		blame(&s, "framing without a body");
	if (to_head || bare || s.status == 304)
		f = (struct fields){ .lengths = 1 };
	if (f.lengths || f.codings) {
		scan_body(&s, &f, at, len);
		return s;
	}
	s.until_end = true;
	s.body_at = s.head_bytes;
	s.body_bytes = len - s.head_bytes;
	s.all_bytes = ended ? len : 0;
	return s;
}

bool scan_field(const char *head, size_t head_bytes, const char *name, char *value, size_t size)
{
	const char *end = head + head_bytes - 2, *next;
	size_t len = strlen(name);

	for (const char *at = line_end(head, end); at && at < end; at = next) {
		next = line_end(at, end);
		if ((size_t)(next - at) < len + 3 || strncasecmp(at, name, len) != 0 ||
		    at[len] != ':')
			continue;
		at += len + 1;
		at += strspn(at, " \t");
		snprintf(value, size, "%.*s", (int)(next - 2 - at), at);
		return true;
	}
	return false;
}

static size_t append(char *text, size_t len, size_t room, const char *at, size_t n)
{
	n = n < room - len ? n : room - len;
	memcpy(text + len, at, n);
	return len + n;
}

size_t scan_copy(const struct scan *s, const char *at, char *text, size_t len, size_t room)
{
	struct scan again = *s;

	len = append(text, len, room, at, s->head_bytes);
	if (s->chunked)
		walk_chunks(&again, at + s->body_at, s->body_bytes, text, &len, room);
	else
		len = append(text, len, room, at + s->body_at, s->body_bytes);
	return len;
}
