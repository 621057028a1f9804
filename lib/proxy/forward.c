/* The happy path is: forward_start writes the head and takes a link; the stream offers the request's body (on_body), the
 * exchange takes it; the response's head comes (on_head), the app edits it, its body follows (on_run); the stream
 * ends (on_detach). It can fail by the origin (on_failure) and by the client, which looks like on_detach. */
#include "base/mem.h"
#include "http/hop.h"
#include "http/websocket.h"
#include "proxy/announce.h"
#include "proxy/forward_inside.h"
#include "proxy/reach.h"
#include "proxy/trace.h"
#include "proxy/trailing.h"

#include <assert.h>
#include <stddef.h>

enum {
	CONTINUE_MS =
		1000, /* for the origin to say 100; clients that wait forever for it exist, and so do such origins */
};

struct forward_pool {
	struct pool *pool;
	struct loop_deadlines *continues, *closes;
};

/* The pool */

struct forward_pool *forward_pool_create(struct loop *loop, struct settings *settings,
					 struct metrics *metrics, unsigned metric_shard)
{
	struct forward_pool *p = MEM_NEW(struct forward_pool);

	p->pool = pool_create(loop, settings, metrics, metric_shard);
	p->continues = loop_deadlines(loop, CONTINUE_MS);
	p->closes = loop_deadlines(loop, FORWARD_CLOSE_MS);
	return p;
}

void forward_pool_destroy(struct forward_pool **p)
{
	if (!*p)
		return;
	pool_destroy(&(*p)->pool);
	MEM_FREE(*p);
}

void forward_pool_use_settings(struct forward_pool *p, struct settings *settings)
{
	pool_use_settings(p->pool, settings);
}

/* The request */

static void stop_continue(struct forward *f)
{
	loop_deadline_clear(&f->go_on);
}

static void on_continue_end(struct loop_deadline *d)
{
	static const struct http_head go_on = { .status = 100,
						.reason = { "Continue", 8 },
						.minor = 1 };
	struct forward *f = (struct forward *)((char *)d - offsetof(struct forward, go_on));

	if (!f->begun && stream_expects_continue(f->stream))
		stream_inform(f->stream, &go_on);
}

static bool on_body(struct stream *s, struct view run, bool last)
{
	struct forward *f = s->carried;

	if (f->tunnel)
		return forward_pass_to_origin(f, run, last);
	if (run.len || last)
		stop_continue(f);
	if (run.len && f->app->on_request_bytes)
		f->app->on_request_bytes(s, run);
	if (last && f->app->on_request_end && f->app->on_request_end(s) == PROGRESS_WAIT) {
		f->request_held = true;
		f->held_run = run;
		return false;
	}
	/* The app may have answered. */
	return f->over || exchange_send(&f->exchange, run, last);
}

void forward_resume_request(struct stream *s)
{
	struct forward *f = s->carried;

	assert(f->request_held);
	f->request_held = false;
	if (!f->over && exchange_send(&f->exchange, f->held_run, true))
		stream_resume_body(s);
}

static void on_request_room(void *user)
{
	struct forward *f = user;
	bool is_ours = f->tunnel && !f->origin_waits; /* what has left: a closing frame */

	f->origin_waits = false;
	if (!is_ours)
		stream_resume_body(f->stream);
	if (f->close_code)
		forward_go_on_closing(f);
}

/* The response */

static bool is_event_stream(const struct forward *f)
{
	struct view type;

	if (f->plan.framing != BODY_CHUNKED && f->plan.framing != BODY_CLOSE)
		return false;
	type = head_value(f->response, HTTP_CONTENT_TYPE);
	return view_is_nocase(view_trim(view_head(type, view_find(type, ';'))),
			      VIEW("text/event-stream"));
}

static void begin_response(struct forward *f)
{
	f->begun = true;
	if (f->tunnel)
		stream_begin_tunnel(f->stream, f->response);
	else
		stream_begin(f->stream, f->response, &f->plan);
	if (!f->tunnel && !f->event_stream)
		return;
	exchange_be_patient(&f->exchange);
	if (f->event_stream)
		stream_end_with_client(f->stream);
	forward_expect_sounds(f);
	if (f->stream->status && f->app->on_tunnel)
		f->app->on_tunnel(f->stream);
}

/* The app is done with the head. An ordinary one leaves with the first run of its body, which may turn out to be none. */
static void let_go(struct forward *f)
{
	f->tunnel = f->response->status == 101;
	f->event_stream = !f->tunnel && is_event_stream(f);
	if (f->tunnel || f->event_stream)
		begin_response(f);
}

/* Other addresses of the application (RFC 7838): browsers would go there, and nobody would judge them. Those that they learnt
 * before are to be forgotten. False when the arena is full. */
static bool hide_other_addresses(const struct forward *f, struct http_head *h)
{
	if (!head_find(h, HTTP_ALT_SVC, NULL) || f->stream->settings->origin.alt_svc)
		return true;
	return head_set(h, &f->stream->arena, HTTP_ALT_SVC, VIEW("clear"));
}

/* What an interim response says to the gateway, nobody has learnt; so it says nothing to the client either. */
static void on_interim(void *user, struct http_head *interim)
{
	struct forward *f = user;

	stop_continue(f);
	for (unsigned name = HTTP_LATCH_ACCOUNT; name <= HTTP_LATCH_OTHER; name++)
		head_drop(interim, (enum http_name)name);
	head_drop(interim, HTTP_SET_COOKIE);
	head_drop(interim, HTTP_CONTENT_LENGTH);
	if (hide_other_addresses(f, interim) && hop_drop(interim, &f->stream->arena, false))
		stream_inform(f->stream, interim);
}

/* Nothing of it was sent: the app replies. */
static void give_up(struct forward *f, enum forward_failure why, enum metric metric)
{
	pool_count(f->exchange.pool, metric);
	stream_detach(f->stream);
	f->app->on_failure(f->stream, why);
}

/* Drops what is the hop's own, or leads elsewhere, and makes ready for what comes behind the body. */
static bool enter(struct forward *f)
{
	struct http_head *response = f->response;
	struct arena *arena = &f->stream->arena;
	struct view names =
		f->plan.framing == BODY_CHUNKED ? trailing_names(f->stream, response) : VIEW_NONE;

	if (!hop_drop(response, arena, response->status == 101) ||
	    !hide_other_addresses(f, response))
		return false;
	if (!names.at)
		return true;
	f->trailer = arena_alloc(arena, sizeof(*f->trailer));
	if (!f->trailer || !head_add(response, arena, head_spelling(HTTP_TRAILER), names))
		return false;
	trailer_init(f->trailer, names, arena);
	exchange_keep_trailers(&f->exchange, f->trailer);
	return true;
}

static enum progress on_head(void *user, struct http_head *response, const struct body_plan *plan)
{
	struct forward *f = user;

	stop_continue(f);
	if (response->status == 101 && !websocket_answers(response, &f->stream->request)) {
		give_up(f, FORWARD_MALFORMED, METRIC_ORIGIN_FAIL_MALFORMED);
		return PROGRESS_WAIT;
	}
	f->origin_ms = loop_now_ms(f->stream->loop) - f->began_ms;
	f->response = response;
	f->plan = *plan;
	if (!enter(f)) {
		stream_cut(f->stream);
		return PROGRESS_WAIT;
	}
	if (f->app->on_response(f->stream, response) == PROGRESS_WAIT) {
		f->response_held = true;
		return PROGRESS_WAIT;
	}
	let_go(f);
	return PROGRESS_GO;
}

void forward_resume(struct stream *s)
{
	struct forward *f = s->carried;

	assert(f->response_held);
	f->response_held = false;
	if (f->over)
		return;
	let_go(f);
	exchange_resume(&f->exchange);
}

static bool on_run(void *user, struct view run, bool last)
{
	struct forward *f = user;

	if (f->tunnel)
		return forward_pass_to_client(f, run, last);
	if (f->event_stream && !f->close_code)
		loop_deadline_set(f->silences, &f->close);
	if (!f->begun)
		begin_response(f);
	if (last && f->trailer)
		stream_trail(f->stream, trailer_lines(f->trailer));
	return stream_write(f->stream, run, last);
}

static void on_response_room(struct stream *s)
{
	struct forward *f = s->carried;

	f->client_waits = false;
	if (f->close_code && f->tunnel)
		forward_go_on_closing(f);
	if (!f->ending)
		exchange_resume(&f->exchange);
}

/* The end */

/* The head was fine, and had not left when the body turned out to be none. */
static void answer_bad_gateway(struct stream *s)
{
	const struct http_field fields[] = {
		{ .name = VIEW("Content-Type"), .value = VIEW("text/plain") },
		{ .name = VIEW("Cache-Control"), .value = VIEW("no-store") },
	};

	stream_reply(s, 502, fields, 2, VIEW("502 Bad Gateway\n"));
}

static void on_failure(void *user, enum exchange_failure why)
{
	static const struct {
		enum forward_failure failure;
		enum metric metric;
	} meaning[] = {
		[EXCHANGE_CONNECT] = { FORWARD_CONNECT, METRIC_ORIGIN_FAIL_CONNECT },
		[EXCHANGE_TIMEOUT] = { FORWARD_TIMEOUT, METRIC_ORIGIN_FAIL_TIMEOUT },
		[EXCHANGE_MALFORMED] = { FORWARD_MALFORMED, METRIC_ORIGIN_FAIL_MALFORMED },
		[EXCHANGE_TRUNCATED] = { FORWARD_TRUNCATED, METRIC_ORIGIN_FAIL_TRUNCATED },
		[EXCHANGE_DOWN] = { FORWARD_DOWN, METRIC_ORIGIN_FAIL_DOWN },
		[EXCHANGE_BUSY] = { FORWARD_BUSY, METRIC_ORIGIN_FAIL_BUSY },
	};
	struct forward *f = user;

	if (!f->response || f->response_held) {
		give_up(f, meaning[why].failure, meaning[why].metric);
		return;
	}
	if (!f->tunnel)
		pool_count(f->exchange.pool, meaning[why].metric);
	if (!f->begun)
		answer_bad_gateway(f->stream);
	else if (f->told_client && !f->client_waits)
		forward_end_tunnel(f);
	else
		stream_cut(f->stream);
}

static void on_detach(struct stream *s)
{
	struct forward *f = s->carried;

	f->over = true;
	stop_continue(f);
	loop_deadline_clear(&f->close);
	stream_keep(s, exchange_end(&f->exchange));
}

static const struct stream_carrier carrier = {
	.on_body = on_body,
	.on_room = on_response_room,
	.on_detach = on_detach,
};

static const struct exchange_user exchange_user = {
	.on_interim = on_interim,
	.on_head = on_head,
	.on_run = on_run,
	.on_room = on_request_room,
	.on_failure = on_failure,
};

static bool is_repeatable(const struct stream *s)
{
	bool bodiless =
		s->body.framing == BODY_NONE || (s->body.framing == BODY_LENGTH && !s->body.length);

	switch (s->request.method_id) {
	case HTTP_GET:
	case HTTP_HEAD:
	case HTTP_PUT:
	case HTTP_DELETE:
	case HTTP_OPTIONS:
	case HTTP_TRACE:
		return bodiless;
	default:
		return false;
	}
}

/* The head has too much in it for the arena, or names too much in Connection. */
static void refuse_head(struct stream *s)
{
	const struct http_field fresh = { .name = VIEW("Cache-Control"),
					  .value = VIEW("no-store") };

	stream_reply(s, 431, &fresh, 1, VIEW_NONE);
}

void forward_start(struct forward_pool *p, struct stream *s, const struct peer *peer,
		   const char *request_id, const struct forward_app *app)
{
	struct forward *f = arena_zalloc(&s->arena, sizeof(*f));
	struct exchange_request request = { .method = s->request.method_id,
					    .chunked = s->body.framing == BODY_CHUNKED,
					    .repeatable = is_repeatable(s),
					    .upgrades = s->upgrades,
					    .last = !trace_goes_on(s),
					    .owner = s->connection };

	s->carried = NULL;
	if (reach_ends_here(s)) {
		reach_answer(s);
		return;
	}
	request.head = f ? trace_request(s, peer, request_id) : VIEW_NONE;
	if (!request.head.at || !announce_client(s, peer, &request.preface)) {
		refuse_head(s);
		return;
	}
	f->stream = s;
	f->app = app;
	f->began_ms = loop_now_ms(s->loop);
	f->origin_ms = -1;
	f->go_on.on_expiry = on_continue_end;
	f->close.on_expiry = forward_on_close_end;
	f->closes = p->closes;
	s->carried = f;
	exchange_start(&f->exchange, p->pool, &s->arena, &request, &exchange_user, f);
	stream_attach(s, &carrier);
	if (stream_expects_continue(s))
		loop_deadline_set(p->continues, &f->go_on);
}

int64_t forward_origin_ms(const struct stream *s)
{
	const struct forward *f = s->carried;

	return f ? f->origin_ms : -1;
}
