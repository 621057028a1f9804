#include "serve/stream.h"

#include "base/err.h"
#include "http/hop.h"
#include "loop/outflow.h"
#include "serve/connection.h"
#include "serve/status.h"

#include <assert.h>
#include <string.h>

enum { LINE_ROOM = 128 }; /* for a status line, and for each of the few fields that are added */

static struct serve_request *request_of(struct stream *s)
{
	return (struct serve_request *)s;
}

/* Before the head: what both kinds of response decide and count */

static void decide_keep(struct serve_request *r)
{
	const struct serve_connection *c = r->stream.connection;
	bool said_all = c->eof && !inflow_bytes(&c->in).len;

	/* What a client sends behind an upgrade that is not granted may be no request (RFC 9110 §7.8). */
	r->keep = r->client_keeps && r->body_ended && !r->refused && !r->until_close && !said_all &&
		  !r->stream.upgrades && !c->serve->draining && !c->outdated;
}

static struct view connection_word(const struct serve_request *r)
{
	if (!r->keep)
		return VIEW("close");
	return r->old_client ? VIEW("keep-alive") : VIEW_NONE;
}

static void note_status(struct serve_request *r, int status)
{
	struct serve *serve = r->stream.connection->serve;

	r->answered = true;
	r->stream.status = status;
	if (status >= 100 && status < 600)
		serve_count(serve, (enum metric)(METRIC_RESPONSES_1XX + status / 100 - 1), 1);
}

static bool is_bodiless(const struct serve_request *r, int status)
{
	return r->is_head || status == 204 || status == 304;
}

/* Whole answers of our own */

static size_t fields_room(const struct http_field *fields, size_t n)
{
	size_t room = 4 * LINE_ROOM;

	for (size_t i = 0; i < n; i++)
		room += fields[i].name.len + fields[i].value.len + 4;
	return room;
}

static void put_field(struct text *t, struct view name, struct view value)
{
	text_put(t, name);
	text_puts(t, ": ");
	text_put(t, value);
	text_puts(t, "\r\n");
}

static void write_answer(struct serve_request *r, int status, const struct http_field *fields,
			 size_t n_fields, struct view body, struct text *t)
{
	text_puts(t, "HTTP/1.1 ");
	text_number(t, (uint64_t)status);
	text_putc(t, ' ');
	text_put(t, status_reason(status));
	text_puts(t, "\r\n");
	for (size_t i = 0; i < n_fields; i++)
		put_field(t, fields[i].name, fields[i].value);
	put_field(t, head_spelling(HTTP_DATE), view_of(loop_http_date(r->stream.loop)));
	if (status != 204 && status != 304) {
		text_puts(t, "Content-Length: ");
		text_number(t, body.len);
		text_puts(t, "\r\n");
	}
	if (connection_word(r).at)
		put_field(t, head_spelling(HTTP_CONNECTION), connection_word(r));
	text_puts(t, "\r\n");
	if (!r->bodiless)
		text_put(t, body);
}

void stream_reply(struct stream *s, int status, const struct http_field *fields, size_t n_fields,
		  struct view body)
{
	struct serve_request *r = request_of(s);
	size_t room = fields_room(fields, n_fields) + body.len;
	char *at = arena_alloc(&s->arena, room);
	struct text t;

	assert(!r->answered);
	stream_detach(s);
	if (!at) {
		stream_cut(s);
		return;
	}
	r->bodiless = is_bodiless(r, status);
	decide_keep(r);
	note_status(r, status);
	text_init(&t, at, room);
	write_answer(r, status, fields, n_fields, body, &t);
	assert(!t.overflow);
	s->bytes_out = r->bodiless ? 0 : body.len;
	r->whole = true;
	outflow_put(&s->connection->out, text_view(&t));
	connection_flush(s->connection);
	connection_kick(s->connection);
}

void stream_refuse(struct serve_request *r, int status, const char *why)
{
	struct http_field fields[] = {
		{ .name = VIEW("Content-Type"), .value = VIEW("text/plain") },
		{ .name = VIEW("Cache-Control"), .value = VIEW("no-store") },
	};
	struct view reason = status_reason(status);
	struct view body = arena_format(&r->stream.arena, "%d %.*s\n%s", status, VIEW_ARG(reason),
					why ? why : "");

	stream_reply(&r->stream, status, fields, 2, body);
}

/* Carriers */

void stream_attach(struct stream *s, const struct stream_carrier *carrier)
{
	struct serve_request *r = request_of(s);

	assert(!r->carrier && !r->answered);
	r->carrier = carrier;
	r->asked = false;
	if (s->body.framing != BODY_CHUNKED && !s->body.length)
		r->told_last = false; /* there is none: the next carrier may be told so, too */
	connection_kick(s->connection);
}

void stream_detach(struct stream *s)
{
	struct serve_request *r = request_of(s);
	const struct stream_carrier *carrier = r->carrier;

	r->carrier = NULL;
	r->wants_room = false;
	if (carrier)
		carrier->on_detach(s);
}

void stream_keep(struct stream *s, struct block *chain)
{
	struct serve_request *r = request_of(s);

	while (chain) {
		struct block *next = chain->next;

		chain->next = r->kept;
		r->kept = chain;
		chain = next;
	}
}

bool stream_expects_continue(const struct stream *s)
{
	const struct serve_request *r = (const struct serve_request *)s;

	return r->expects_continue && !r->body.taken && !inflow_bytes(&s->connection->in).len;
}

void stream_resume_body(struct stream *s)
{
	struct serve_request *r = request_of(s);

	assert(r->held);
	r->held = false;
	s->connection->progress |= r->tunnel;
	connection_kick(s->connection);
}

/* False when the arena is full. */
static bool put_head(struct stream *s, const struct http_head *h)
{
	size_t room = head_room(h);
	char *at = arena_alloc(&s->arena, room);
	struct text t;

	if (!at)
		return false;
	text_init(&t, at, room);
	head_write_response(h, &t);
	assert(!t.overflow);
	outflow_put(&s->connection->out, text_view(&t));
	return true;
}

void stream_inform(struct stream *s, const struct http_head *interim)
{
	struct serve_request *r = request_of(s);
	struct serve_connection *c = s->connection;

	assert(!r->answered);
	if (r->old_client || !outflow_is_empty(&c->out) || !put_head(s, interim))
		return;
	if (interim->status == 100)
		r->expects_continue = false;
	serve_count(c->serve, METRIC_RESPONSES_1XX, 1);
	if (connection_flush(c))
		connection_kick(c);
}

/* How the client learns where the body ends (RFC 9112 §6). False when the arena is full. */
static bool frame_body(struct serve_request *r, struct http_head *response,
		       const struct body_plan *plan)
{
	bool unknown = plan->framing == BODY_CHUNKED || plan->framing == BODY_CLOSE;

	r->bodiless = is_bodiless(r, response->status);
	r->chunked = unknown && !r->bodiless && !r->old_client;
	r->until_close = unknown && !r->bodiless && r->old_client;
	head_drop(response, HTTP_TRANSFER_ENCODING);
	if (response->status == 204)
		head_drop(response, HTTP_CONTENT_LENGTH);
	return !r->chunked ||
	       head_set(response, &r->stream.arena, HTTP_TRANSFER_ENCODING, VIEW("chunked"));
}

void stream_begin(struct stream *s, struct http_head *response, const struct body_plan *plan)
{
	struct serve_request *r = request_of(s);
	bool fits;

	assert(!r->answered);
	fits = frame_body(r, response, plan);
	decide_keep(r);
	if (fits && connection_word(r).at)
		fits = head_set(response, &s->arena, HTTP_CONNECTION, connection_word(r));
	if (fits && !head_find(response, HTTP_DATE, NULL))
		fits = head_add(response, &s->arena, head_spelling(HTTP_DATE),
				arena_copy(&s->arena, view_of(loop_http_date(s->loop))));
	if (!fits || !put_head(s, response)) {
		stream_cut(s);
		return;
	}
	note_status(r, response->status);
}

void stream_begin_tunnel(struct stream *s, struct http_head *response)
{
	static const struct body_plan until_the_end = { .framing = BODY_CLOSE };
	struct serve_request *r = request_of(s);

	assert(s->upgrades && !r->answered && r->body_ended && !r->held);
	head_drop(response, HTTP_CONTENT_LENGTH);
	if (!put_head(s, response)) {
		stream_cut(s);
		return;
	}
	r->tunnel = r->until_close = true;
	r->body_ended = r->told_last = false;
	payload_init(&r->body, &until_the_end);
	note_status(r, response->status);
	connection_kick(s->connection);
}

void stream_stop_tunnel(struct stream *s)
{
	struct serve_request *r = request_of(s);

	assert(r->tunnel);
	r->body_ended = r->told_last = true;
	r->held = false;
}

void stream_local(const struct stream *s, struct sockaddr_storage *ret_local)
{
	const struct serve_connection *c = s->connection;
	socklen_t len = sizeof(*ret_local);

	memset(ret_local, 0, sizeof(*ret_local));
	if (c->stated)
		*ret_local = *c->stated;
	else if (getsockname(c->wire.fd, (struct sockaddr *)ret_local, &len) < 0)
		ret_local->ss_family = AF_UNSPEC;
}

bool stream_takes_trailers(const struct stream *s)
{
	return hop_takes_trailers(&s->request) && s->request.method_id != HTTP_HEAD;
}

void stream_end_with_client(struct stream *s)
{
	struct serve_connection *c = s->connection;

	request_of(s)->ends_with_client = true;
	c->broken |= c->eof;
	connection_kick(c);
}

void stream_trail(struct stream *s, struct view lines)
{
	struct serve_request *r = request_of(s);

	if (r->cut)
		return;
	assert(r->answered && !r->whole);
	r->trailers = lines;
}

static void put_last_chunk(struct serve_request *r)
{
	struct outflow *out = &r->stream.connection->out;

	outflow_put(out, VIEW("0\r\n"));
	outflow_put(out, r->trailers);
	outflow_put(out, VIEW("\r\n"));
}

static void put_run(struct serve_request *r, struct view run, bool last)
{
	struct outflow *out = &r->stream.connection->out;

	if (r->bodiless)
		return;
	r->stream.bytes_out += run.len;
	if (!r->chunked) {
		outflow_put(out, run);
		return;
	}
	if (run.len) {
		outflow_put(out, view_make(out->line, body_chunk_head(run.len, out->line)));
		outflow_put(out, run);
		outflow_put(out, last && !r->trailers.len ? VIEW("\r\n0\r\n\r\n") : VIEW("\r\n"));
	}
	if (last && (r->trailers.len || !run.len))
		put_last_chunk(r);
}

bool stream_write(struct stream *s, struct view run, bool last)
{
	struct serve_request *r = request_of(s);
	struct serve_connection *c = s->connection;
	int err;

	assert(!r->whole && !r->wants_room);
	if (r->cut || c->broken)
		return false;
	put_run(r, run, last);
	r->whole = last;
	err = connection_flush(c);
	r->wants_room = err == ERR_BUSY && !last;
	if (r->tunnel)
		loop_deadline_set(r->era->tunnel, &c->deadline);
	if (last || err)
		connection_kick(c);
	return err == 0;
}

void stream_cut(struct stream *s)
{
	request_of(s)->cut = true;
	connection_kick(s->connection);
}

/* Collecting: a carrier of serve's own */

struct collector {
	size_t max_bytes;
	char *at;
	size_t len, room;
	bool done;
	void (*on_body)(struct stream *s, int err, struct view body);
};

static bool collect(struct stream *s, struct collector *k, struct view run)
{
	if (run.len > k->max_bytes - k->len)
		return false;
	if (run.len > k->room - k->len) {
		size_t room = 2 * (k->len + run.len) < k->max_bytes ? 2 * (k->len + run.len)
								    : k->max_bytes;
		char *at = arena_alloc(&s->arena, room);

		if (!at)
			return false;
		if (k->len)
			memcpy(at, k->at, k->len);
		k->at = at;
		k->room = room;
	}
	if (run.len)
		memcpy(k->at + k->len, run.at, run.len);
	k->len += run.len;
	return true;
}

static bool collector_on_body(struct stream *s, struct view run, bool last)
{
	struct collector *k = s->carried;
	bool fits = collect(s, k, run);

	if (fits && !last)
		return true;
	stream_detach(s);
	k->on_body(s, fits ? 0 : ERR_TOO_LARGE, fits ? view_make(k->at, k->len) : VIEW_NONE);
	return true;
}

static void collector_on_room(struct stream *s)
{
	(void)s;
}

static void collector_on_detach(struct stream *s)
{
	(void)s;
}

static const struct stream_carrier collector_carrier = {
	.on_body = collector_on_body,
	.on_room = collector_on_room,
	.on_detach = collector_on_detach,
};

void stream_collect(struct stream *s, size_t max_bytes,
		    void (*on_body)(struct stream *s, int err, struct view body))
{
	struct collector *k = arena_zalloc(&s->arena, sizeof(*k));
	static const struct http_head go_on = { .status = 100,
						.reason = { "Continue", 8 },
						.minor = 1 };

	if (!k) {
		stream_cut(s);
		return;
	}
	k->max_bytes = max_bytes;
	k->on_body = on_body;
	s->carried = k;
	stream_attach(s, &collector_carrier);
	if (stream_expects_continue(s))
		stream_inform(s, &go_on);
}
