/* A head beside llhttp: what we take for a request or a response, it takes for the same one: method, target, version,
 * status, names and values, the length and the coding of its body, whether it upgrades, and the end of the head. Where
 * we let a connection live, it does so too. The last byte says how the bytes are split for llhttp.
 *
 * Where we are laxer, and why:
 * - any token is a method, and is passed on by name; llhttp knows a list,
 * - bytes from 0x80 on in a target, because browsers send them (see head.h),
 * - tabs around the members of Connection, Content-Length and Transfer-Encoding (RFC 9110 §5.6.3); llhttp knows spaces
 *   only, and takes what has a tab for another word,
 * - Proxy-Connection says nothing to us (RFC 9112 appendix C.2.2); llhttp takes it for Connection,
 * - lines of Content-Length in a response, where they agree (RFC 9112 §6.3); llhttp refuses the second,
 * - the body of a 304, which llhttp leaves to its user.
 * So a refusal is put to llhttp once more with the first five spelt in a way that it knows. */
#include "http/body.h"
#include "http/hop.h"
#include "http/websocket.h"
#include "mutate.h"
#include "witness.h"

#include <assert.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size);

enum { MAX_BYTES = 1 << 14 };

static const struct http_limits LIMITS = { 1 << 14, 1 << 13, 100 };

#define LINE(literal)                        \
	{                                    \
		literal, sizeof(literal) - 1 \
	}
const struct view mutate_lines[] = {
	LINE("GET / HTTP/1.1\r\n"),
	LINE("POST http://a.example/b?c HTTP/1.1\r\n"),
	LINE("OPTIONS * HTTP/1.0\r\n"),
	LINE("HTTP/1.1 200 OK\r\n"),
	LINE("HTTP/1.1 204\r\n"),
	LINE("HTTP/1.1 101 Switching Protocols\r\n"),
	LINE("\r\n"),
	LINE("Host: a.example\r\n"),
	LINE("Content-Length: 10\r\n"),
	LINE("Content-Length: 0\r\n"),
	LINE("Content-Length:\t5\t\r\n"),
	LINE("Content-Length: 5, 5\r\n"),
	LINE("Transfer-Encoding: chunked\r\n"),
	LINE("Transfer-Encoding: Chunked \r\n"),
	LINE("Transfer-Encoding: gzip, chunked\r\n"),
	LINE("Transfer-Encoding:\r\n"),
	LINE("Connection: close\r\n"),
	LINE("Connection: keep-alive, Upgrade\r\n"),
	LINE("Connection: foo,,\tclose\r\n"),
	LINE("Connection:\r\n"),
	LINE("Proxy-Connection: close\r\n"),
	LINE("Upgrade: websocket\r\n"),
	LINE("Upgrade: h2c\r\n"),
	LINE("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"),
	LINE("Sec-WebSocket-Version: 13\r\n"),
	LINE("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"),
	LINE("X-Empty:\r\n"),
	LINE("X-Two: words  here \t\r\n"),
	LINE(" folded\r\n"),
	LINE("Name : value\r\n"),
	LINE("Expect: 100-continue\r\n"),
};
const size_t mutate_lines_count = sizeof(mutate_lines) / sizeof(mutate_lines[0]);
const bool mutate_chunks = false;

struct ours {
	struct http_head head;
	struct body_plan plan;
	bool keeps_alive, upgrades;
};

static bool read_request(struct view bytes, struct arena *arena, struct ours *o)
{
	if (head_parse_request(bytes, &LIMITS, arena, &o->head) ||
	    body_plan_request(&o->head, &o->plan))
		return false;
	o->keeps_alive = hop_keeps_alive(&o->head);
	o->upgrades = websocket_is_asked(&o->head);
	return true;
}

static bool read_response(struct view bytes, struct arena *arena, struct ours *o)
{
	if (head_parse_response(bytes, &LIMITS, arena, &o->head) ||
	    body_plan_response(&o->head, HTTP_GET, &o->plan))
		return false;
	o->keeps_alive = o->plan.framing != BODY_CLOSE && hop_keeps_alive(&o->head);
	o->upgrades = websocket_is_granted(&o->head);
	return true;
}

static bool read_ours(struct view bytes, bool is_request, struct arena *arena, struct ours *o)
{
	return is_request ? read_request(bytes, arena, o) : read_response(bytes, arena, o);
}

/* Whether "first NUL second NUL" and so on begins so. */
static bool says(struct view *theirs, struct view words)
{
	struct view first;

	return view_split(theirs, '\0', &first) && view_is(first, words);
}

/* The target as it came: the head has what is forwarded. */
static struct view target_of(const struct http_head *h)
{
	struct view rest = view_make(h->method.at + h->method.len + 1, LIMITS.max_head_bytes);

	return view_head(rest, (size_t)((const char *)memchr(rest.at, ' ', rest.len) - rest.at));
}

static bool same_start(const struct http_head *h, bool is_request, const struct witness *w)
{
	struct view theirs = text_view(&w->start);

	if (h->minor != w->minor)
		return false;
	if (is_request)
		return says(&theirs, h->method) && says(&theirs, target_of(h));
	return h->status == (int)w->status && says(&theirs, h->reason);
}

static bool same_fields(const struct http_head *h, const struct witness *w)
{
	struct view theirs = text_view(&w->fields), value;

	for (size_t i = 0; i < h->n_fields; i++) {
		const struct http_field *f = &h->fields[i];

		if (!f->on_wire) /* the Host of an absolute target */
			continue;
		if (!says(&theirs, f->name) || !view_split(&theirs, '\0', &value))
			return false;
		if (!view_is(value, f->value) &&
		    !(f->known == HTTP_HOST && view_is_nocase(value, f->value)))
			return false;
	}
	return !theirs.len;
}

static bool same_framing(const struct ours *o, bool is_request, const struct witness *w)
{
	switch (o->plan.framing) {
	case BODY_LENGTH:
		return w->has_length && w->length == o->plan.length && !w->has_coding;
	case BODY_CHUNKED:
		return w->is_chunked && !w->has_length;
	case BODY_CLOSE:
		return !w->has_length && !w->has_coding;
	default:
		return (!w->length && !w->has_coding) || (!is_request && o->head.status == 304);
	}
}

/* NULL, or in what llhttp is stricter. */
static const char *difference(struct view bytes, bool is_request, uint8_t split,
			      const struct ours *o, struct witness *w)
{
	size_t cut = bytes.len * split / 256;

	witness_feed(w, view_head(bytes, cut));
	witness_feed(w, view_make(bytes.at + cut, bytes.len - 1 - cut));
	if (w->head_done)
		return "an earlier end";
	witness_feed(w, view_from(bytes, bytes.len - 1));
	if (w->refused)
		return w->why;
	if (!w->head_done)
		return "a later end";
	if (!same_start(&o->head, is_request, w))
		return "another start line";
	if (!same_fields(&o->head, w))
		return "other fields";
	if (!same_framing(o, is_request, w))
		return "another framing";
	if (o->keeps_alive && !w->keeps_alive)
		return "no further message";
	return o->upgrades && !w->upgrades ? "no upgrade" : NULL;
}

static const char *compare(struct view bytes, bool is_request, uint8_t split, const struct ours *o)
{
	struct witness w;
	const char *what;

	witness_init(&w, is_request);
	what = difference(bytes, is_request, split, o, &w);
	witness_fini(&w);
	return what;
}

static void spell_start(struct view line, bool is_request, const struct http_head *h,
			struct text *t)
{
	if (is_request && h->method_id == HTTP_METHOD_OTHER) {
		text_puts(t, "PUT");
		line = view_from(line, h->method.len);
	}
	for (size_t i = 0; i < line.len; i++)
		text_putc(t, is_request && line.at[i] & 0x80 ? 'x' : line.at[i]);
	text_putc(t, '\n');
}

static void spell_field(struct view line, struct text *t)
{
	if (view_starts_nocase(line, VIEW("Proxy-Connection:"))) {
		text_puts(t, "Not-");
		line = view_from(line, strlen("Proxy-"));
	}
	for (size_t i = 0; i < line.len; i++)
		text_putc(t, line.at[i] == '\t' ? ' ' : line.at[i]);
	text_putc(t, '\n');
}

static struct view spell_plainly(struct view bytes, bool is_request, const struct http_head *h,
				 struct arena *arena)
{
	size_t room = bytes.len + 8 * LIMITS.max_fields;
	unsigned lengths = 0;
	struct view line;
	struct text t;

	text_init(&t, arena_alloc(arena, room), room);
	if (is_request && view_starts(bytes, VIEW("\r\n")))
		bytes = view_from(bytes, 2);
	view_split(&bytes, '\n', &line);
	spell_start(line, is_request, h, &t);
	while (bytes.len && view_split(&bytes, '\n', &line))
		if (is_request || !view_starts_nocase(line, VIEW("Content-Length:")) || !lengths++)
			spell_field(line, &t);
	assert(!t.overflow);
	return text_view(&t);
}

static void check(struct view bytes, bool is_request, uint8_t split)
{
	struct ours o, plain;
	struct arena arena;
	const char *what = NULL;

	arena_init(&arena, NULL, 0, 1 << 20);
	if (read_ours(bytes, is_request, &arena, &o))
		what = compare(bytes, is_request, split, &o);
	if (what) {
		bytes = spell_plainly(bytes, is_request, &o.head, &arena);
		assert(read_ours(bytes, is_request, &arena, &plain));
		assert(plain.plan.framing == o.plan.framing && plain.plan.length == o.plan.length);
		assert(plain.keeps_alive == o.keeps_alive && plain.upgrades == o.upgrades);
		what = compare(bytes, is_request, split, &plain);
	}
	if (what)
		fprintf(stderr, "llhttp sees: %s\n", what);
	assert(!what);
	arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
	size_t scanned = 0, end;

	if (size < 1 || size > MAX_BYTES)
		return 0;
	end = head_end(view_make(at, size - 1), &scanned);
	if (!end)
		return 0;
	check(view_make(at, end), true, at[size - 1]);
	check(view_make(at, end), false, at[size - 1]);
	return 0;
}
