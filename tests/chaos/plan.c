#include "plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What dice are thrown for, besides the sides of stuff.h. */
enum { FOR_REQUEST = 100, FOR_ANSWER = 200, FOR_FIELDS = 1000, FOR_COATS = 300, FOR_TUNNEL = 400 };

static size_t throw_size(struct dice *d)
{
	switch (dice_below(d, 20)) {
	case 0 ... 4:
		return 0;
	case 5 ... 12:
		return dice_below(d, 200);
	case 13 ... 17:
		return dice_below(d, 5000);
	case 18:
		return dice_below(d, 70000);
	default:
		return dice_permille(d, 200) ? dice_below(d, 400000) : 65536;
	}
}

static unsigned throw_n_fields(struct dice *d)
{
	return (unsigned)(dice_permille(d, 20) ? dice_below(d, 70) : dice_below(d, 8));
}

/* Any byte that a target may carry and no reader of it shall touch. */
static void throw_target(struct dice *d, uint64_t id, char target[PLAN_TARGET_BYTES])
{
	static const char bytes[] = "abcXYZ019-._~!$&'()*+,;=:@/%2F|\"?";
	size_t n = dice_permille(d, 100) ? dice_below(d, 300) : dice_below(d, 30);
	int at = snprintf(target, PLAN_TARGET_BYTES, "/c/%llu/", (unsigned long long)id);

	for (size_t i = 0; i < n; i++)
		target[at++] = bytes[dice_below(d, sizeof(bytes) - 1)];
	target[at] = '\0';
}

static void throw_method(struct dice *d, struct plan_request *p)
{
	static const struct {
		const char *name;
		bool idempotent, has_body;
	} methods[] = {
		{ "GET", true, false },      { "GET", true, false },     { "GET", true, false },
		{ "GET", true, false },      { "GET", true, false },     { "HEAD", true, false },
		{ "POST", false, true },     { "POST", false, true },    { "POST", false, true },
		{ "POST", false, false },    { "PUT", true, true },      { "PUT", true, false },
		{ "DELETE", true, false },   { "OPTIONS", true, false }, { "PATCH", false, true },
		{ "PROPFIND", false, true }, { "a-b!c", false, false },  { "GET", true, true },
	};
	size_t i = dice_below(d, sizeof(methods) / sizeof(methods[0]));

	p->method = methods[i].name;
	p->is_head = strcmp(p->method, "HEAD") == 0;
	p->repeatable = methods[i].idempotent;
	if (!methods[i].has_body)
		return;
	p->framing = p->old || dice_permille(d, 500) ? READER_LENGTH : READER_CHUNKED;
	p->body_bytes = throw_size(d);
	/* Nobody repeats what has a body; of length 0 is no body. */
	p->repeatable &= p->framing == READER_LENGTH && !p->body_bytes;
	p->expects = !p->old && p->body_bytes && dice_permille(d, 150);
}

void plan_request(uint64_t seed, uint64_t id, struct plan_request *ret_plan)
{
	struct dice d = dice_of(seed, id, FOR_REQUEST);
	struct plan_request p = { .id = id };

	p.old = dice_permille(&d, 100);
	p.upgrades = !p.old && dice_permille(&d, 15);
	throw_target(&d, id, p.target);
	if (p.upgrades) {
		p.method = "GET";
		p.repeatable = true;
	} else {
		throw_method(&d, &p);
	}
	p.absolute = dice_permille(&d, 30);
	p.keeps = p.upgrades || dice_permille(&d, p.old ? 700 : 950);
	p.n_fields = throw_n_fields(&d);
	*ret_plan = p;
}

static void throw_mishap(struct dice *d, const struct plan_request *request, struct plan_answer *p)
{
	/* The rarer ones are asked for by number. */
	if (!dice_permille(d, 120))
		return;
	p->mishap = (enum plan_mishap)(1 + dice_below(d, PLAN_N_MISHAPS - 1));
	if (p->mishap == MISHAP_BAD_CHUNK &&
	    (p->framing != READER_CHUNKED || p->bodiless || !p->body_bytes))
		p->mishap = MISHAP_BAD_HEAD;
	if (p->mishap == MISHAP_IN_BODY && (p->bodiless || !p->body_bytes))
		p->mishap = MISHAP_IN_HEAD;
	/* Behind the end of a connection there is nothing. */
	if (p->mishap == MISHAP_EXTRA && (p->framing == READER_CLOSE || p->grants))
		p->mishap = MISHAP_BEFORE;
	(void)request;
}

static void throw_status(struct dice *d, struct plan_answer *p)
{
	static const int statuses[] = { 200, 200, 200, 200, 200, 200, 201, 204,
					206, 302, 304, 400, 404, 410, 500, 503 };

	p->status = statuses[dice_below(d, sizeof(statuses) / sizeof(statuses[0]))];
	p->bodiless |= p->status == 204 || p->status == 304;
}

void plan_answer(uint64_t seed, const struct plan_request *request, unsigned attempt,
		 struct plan_answer *ret_plan)
{
	struct dice d = dice_of(seed, request->id, FOR_ANSWER + attempt);
	struct plan_answer p = { .id = request->id, .attempt = attempt };

	p.bodiless = request->is_head;
	throw_status(&d, &p);
	p.old = dice_permille(&d, 60);
	p.grants = request->upgrades && dice_permille(&d, 800);
	p.framing = (enum reader_framing[]){ READER_LENGTH, READER_LENGTH, READER_CHUNKED,
					     READER_CHUNKED, READER_CLOSE }[dice_below(&d, 5)];
	if (p.old && p.framing == READER_CHUNKED)
		p.framing = READER_LENGTH;
	/* A 204 has no length, and an answer without one has no body. */
	if (p.bodiless && p.framing != READER_LENGTH)
		p.framing = READER_NONE;
	if (p.status == 204)
		p.framing = READER_NONE;
	p.body_bytes = p.framing == READER_NONE ? 0 : throw_size(&d);
	p.keeps = p.framing != READER_CLOSE && !p.old && dice_permille(&d, 850);
	p.n_interims = dice_permille(&d, 60) ? (unsigned)dice_below(&d, 4) : 0;
	p.continues = request->expects && dice_permille(&d, 800);
	p.n_fields = throw_n_fields(&d);
	if (request->body_bytes && dice_permille(&d, 120)) {
		p.early = true;
		p.early_at = dice_permille(&d, 500) ? 0 : dice_below(&d, request->body_bytes);
	}
	if (p.grants)
		p.status = 101, p.framing = READER_NONE, p.body_bytes = 0, p.keeps = true,
		p.old = false, p.bodiless = true;
	throw_mishap(&d, request, &p);
	*ret_plan = p;
}

void plan_field(uint64_t seed, uint64_t id, enum stuff_side side, unsigned n,
		char ret_line[PLAN_LINE_BYTES])
{
	static const char bytes[] = "abcdefXYZ0189 -._~!\"#$%&'()*+,/:;<=>?@[]^`{|}\t\xe4\xff";
	struct dice d = dice_of(seed, id, FOR_FIELDS + 100 * side + n);
	size_t len = dice_permille(&d, 60) ? dice_below(&d, 300) : dice_below(&d, 40);
	int at = snprintf(ret_line, PLAN_LINE_BYTES, "%s-%c:%s",
			  dice_permille(&d, 100) ? "x-cHAOS" : "X-Chaos", "ABcd"[dice_below(&d, 4)],
			  dice_permille(&d, 900)   ? " "
			  : dice_permille(&d, 500) ? ""
						   : " \t ");

	for (size_t i = 0; i < len; i++)
		ret_line[at++] = bytes[dice_below(&d, sizeof(bytes) - 1)];
	ret_line[at] = '\0';
}

static size_t trimmed(const char *line, size_t len)
{
	while (len && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		len--;
	return len;
}

bool plan_is_field(const char *want, const char *line, size_t len)
{
	size_t want_len = trimmed(want, strlen(want));

	return trimmed(line, len) == want_len && memcmp(line, want, want_len) == 0;
}

void plan_trailer(uint64_t id, char ret_line[PLAN_LINE_BYTES])
{
	snprintf(ret_line, PLAN_LINE_BYTES, "X-Last: %llu", (unsigned long long)id);
}

size_t plan_tunnel_bytes(uint64_t seed, uint64_t id, enum stuff_side side)
{
	struct dice d = dice_of(seed, id, FOR_TUNNEL + side);

	return throw_size(&d);
}

/* Writing */

struct paper_roll {
	char *at;
	size_t len, room;
};

static void put(struct paper_roll *t, const void *bytes, size_t len)
{
	if (t->len + len + 1 > t->room) {
		t->room = 2 * t->room + len + 1024;
		t->at = realloc(t->at, t->room);
	}
	if (len)
		memcpy(t->at + t->len, bytes, len);
	t->len += len;
}

static void __attribute__((format(printf, 2, 3))) say(struct paper_roll *t, const char *format, ...)
{
	char line[1024];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	put(t, line, (size_t)n);
}

static void put_stuff(struct paper_roll *t, const struct stuff *stuff, uint64_t id,
		      enum stuff_side side, size_t offset, size_t len)
{
	put(t, "", 0);
	if (t->len + len + 1 > t->room) {
		t->room = t->len + len + 1024;
		t->at = realloc(t->at, t->room);
	}
	stuff_write(stuff, id, side, offset, t->at + t->len, len);
	t->len += len;
}

static void put_fields(struct paper_roll *t, uint64_t seed, uint64_t id, enum stuff_side side,
		       unsigned n)
{
	char line[PLAN_LINE_BYTES];

	for (unsigned i = 0; i < n; i++) {
		plan_field(seed, id, side, i, line);
		say(t, "%s\r\n", line);
	}
}

static void put_chunk_head(struct paper_roll *t, struct dice *d, size_t len)
{
	static const char *const extensions[] = {
		"",     "",   "",           "",
		";a=b", ";x", ";q=\"a;b\"", ";long=0123456789012345678901234567890123456789"
	};

	say(t, dice_permille(d, 200) ? "%04zX%s\r\n" : "%zx%s\r\n", len,
	    extensions[dice_below(d, sizeof(extensions) / sizeof(extensions[0]))]);
}

static void put_chunks(struct paper_roll *t, struct dice *d, const struct stuff *stuff, uint64_t id,
		       enum stuff_side side, size_t len)
{
	size_t most = dice_permille(d, 300) ? 30 : dice_permille(d, 500) ? 3000 : 100000;
	char line[PLAN_LINE_BYTES];

	if (len > 20000 && most == 30)
		most = 3000;
	for (size_t at = 0, n; at < len; at += n) {
		n = 1 + dice_below(d, most);
		n = n < len - at ? n : len - at;
		put_chunk_head(t, d, n);
		put_stuff(t, stuff, id, side, at, n);
		say(t, "\r\n");
	}
	put_chunk_head(t, d, 0);
	if (dice_permille(d, 150)) {
		plan_trailer(id, line);
		say(t, "%s\r\n", line);
	}
	say(t, "\r\n");
}

static void put_body(struct paper_roll *t, struct dice *d, const struct stuff *stuff, uint64_t id,
		     enum stuff_side side, enum reader_framing framing, size_t len)
{
	if (framing == READER_CHUNKED)
		put_chunks(t, d, stuff, id, side, len);
	else
		put_stuff(t, stuff, id, side, 0, len);
}

static void put_request_head(struct paper_roll *t, struct dice *d, const struct plan_request *p)
{
	if (dice_permille(d, 30))
		say(t, "\r\n"); /* an old habit (RFC 9112 §2.2) */
	say(t, "%s %s%s HTTP/1.%c\r\n", p->method, p->absolute ? "http://chaos.test" : "",
	    p->target, p->old ? '0' : '1');
	say(t, "%s: chaos.test\r\n", dice_permille(d, 100) ? "hOST" : "Host");
	if (dice_permille(d, 300))
		say(t, "Cookie: theme=dark; PHPSESSID=chaos0123456789abcdef%04u\r\n",
		    (unsigned)dice_below(d, 500));
	if (p->upgrades)
		say(t,
		    "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
		    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n");
	else if (!p->keeps && !p->old)
		say(t, "Connection: close\r\n");
	else if (p->keeps && p->old)
		say(t, "Connection: Keep-Alive\r\n");
	if (p->expects)
		say(t, "Expect: 100-continue\r\n");
	if (p->framing == READER_LENGTH)
		say(t, "Content-Length: %zu\r\n", p->body_bytes);
	else if (p->framing == READER_CHUNKED)
		say(t, "Transfer-Encoding: chunked\r\n");
}

struct plan_bytes plan_write_request(uint64_t seed, const struct plan_request *p,
				     const struct stuff *stuff)
{
	struct dice d = dice_of(seed, p->id, FOR_COATS);
	struct paper_roll t = { 0 };
	struct plan_bytes b = { 0 };

	put_request_head(&t, &d, p);
	put_fields(&t, seed, p->id, STUFF_REQUEST, p->n_fields);
	say(&t, "\r\n");
	b.head_end = t.len;
	if (p->framing != READER_NONE)
		put_body(&t, &d, stuff, p->id, STUFF_REQUEST, p->framing, p->body_bytes);
	b.at = t.at;
	b.len = b.end = t.len;
	return b;
}

static void put_interims(struct paper_roll *t, const struct plan_answer *p)
{
	for (unsigned i = 0; i < p->n_interims; i++)
		say(t, "HTTP/1.1 %s\r\nX-Interim: %llu.%u\r\n\r\n",
		    i % 2 ? "102 Processing" : "103 Early Hints", (unsigned long long)p->id, i);
}

static void put_answer_head(struct paper_roll *t, struct dice *d, const struct plan_answer *p)
{
	static const char *const reasons[] = { "OK", "", "Something Else", "Nicht gefunden \xfc" };

	say(t, "HTTP/1.%c %d %s\r\nX-Id: %llu.%u\r\n", p->old ? '0' : '1', p->status,
	    reasons[dice_below(d, 4)], (unsigned long long)p->id, p->attempt);
	if (p->mishap == MISHAP_BAD_HEAD)
		say(t, dice_permille(d, 500) ? "X Y: z\r\n"
					     : "Content-Length: 5\r\nContent-Length: 6\r\n");
	if (p->grants)
		say(t, "Connection: Upgrade\r\nUpgrade: websocket\r\n"
		       "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
	else if (!p->keeps && !p->old && (p->framing != READER_CLOSE || dice_permille(d, 500)))
		say(t, "Connection: close\r\n");
	if (dice_permille(d, 500))
		say(t, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
	if (p->framing == READER_LENGTH)
		say(t, "Content-Length: %zu\r\n", p->body_bytes);
	else if (p->framing == READER_CHUNKED)
		say(t, "Transfer-Encoding: chunked\r\n");
}

/* What would be taken for the next answer, if somebody took it. */
static void put_extra(struct paper_roll *t)
{
	say(t, "HTTP/1.1 200 OK\r\nX-Id: 0.0\r\nContent-Length: 5\r\n\r\nwrong");
}

struct plan_bytes plan_write_answer(uint64_t seed, const struct plan_answer *p,
				    const struct stuff *stuff)
{
	struct dice d = dice_of(seed, p->id, FOR_COATS + p->attempt);
	struct paper_roll t = { 0 };
	struct plan_bytes b = { 0 };

	put_interims(&t, p);
	b.head_begin = t.len;
	put_answer_head(&t, &d, p);
	put_fields(&t, seed, p->id, STUFF_ANSWER, p->n_fields);
	say(&t, "\r\n");
	b.head_end = t.len;
	if (p->mishap == MISHAP_BAD_CHUNK) {
		say(&t, "1\r\n");
		put_stuff(&t, stuff, p->id, STUFF_ANSWER, 0, 1);
		say(&t, "\r\n%s\r\n", dice_permille(&d, 500) ? "g" : "-1");
	} else if (!p->bodiless && p->framing != READER_NONE) {
		put_body(&t, &d, stuff, p->id, STUFF_ANSWER, p->framing, p->body_bytes);
	}
	b.end = t.len;
	if (p->mishap == MISHAP_EXTRA)
		put_extra(&t);
	b.at = t.at;
	b.len = t.len;
	return b;
}
