/* What the app may do while a request is forwarded: look at bytes, hold either side, answer instead, edit. */
#include "plain.h"
#include "raw.h"
#include "suite.h"

#include "http/hop.h"

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct plain *proxy;
static int listener, client, origin;
static atomic_uint calls;
static struct stream *held; /* handed over by `calls` */
static char seen[64];
static size_t seen_len;

#define has(text, part) ck_assert_msg(strstr(text, part), "no \"%s\" in \"%s\"", part, text)
#define has_not(text, part) ck_assert_msg(!strstr(text, part), "\"%s\" in \"%s\"", part, text)
#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
#define OK "HTTP/1.1 200 OK\r\nX-Secret: 1\r\nContent-Length: 2\r\n\r\nok"

static void reset(void)
{
	atomic_store(&calls, 0);
	seen_len = 0;
	origin = 0;
}

static void start(const struct forward_app *app)
{
	uint16_t port;

	listener = raw_listen(&port);
	proxy = plain_start(&(struct plain_options){ .origin_port = port, .forward_app = app });
	client = raw_connect(plain_port(proxy));
}

static void stop(void)
{
	raw_close(&client);
	if (origin > 0)
		raw_close(&origin);
	plain_stop(&proxy);
	raw_close(&listener);
}

static void hand_over(struct stream *s)
{
	held = s;
	atomic_fetch_add(&calls, 1);
}

static enum progress let_go(struct stream *s, struct http_head *response)
{
	(void)s;
	(void)response;
	return PROGRESS_GO;
}

static void say_502(struct stream *s, enum forward_failure why)
{
	(void)why;
	stream_reply(s, 502, NULL, 0, VIEW_NONE);
}

static void see(struct stream *s, struct view bytes)
{
	(void)s;
	memcpy(seen + seen_len, bytes.at, bytes.len);
	seen_len += bytes.len;
}

static enum progress hold_request(struct stream *s)
{
	hand_over(s);
	return PROGRESS_WAIT;
}

static void resume_request(struct plain *p, void *arg)
{
	(void)p;
	(void)arg;
	forward_resume_request(held);
}

static void resume_response(struct plain *p, void *arg)
{
	(void)p;
	(void)arg;
	forward_resume(held);
}

static void answer_403(struct plain *p, void *arg)
{
	(void)p;
	(void)arg;
	stream_reply(held, 403, NULL, 0, VIEW("no"));
}

static const struct forward_app holding_requests = { .on_request_bytes = see,
						     .on_request_end = hold_request,
						     .on_response = let_go,
						     .on_failure = say_502 };

/* Its end came while nothing was read, and has to be noticed when something is again. */
static void a_client_that_goes_while_its_last_bytes_wait_frees_the_origin(void)
{
	start(&holding_requests);
	raw_send(client, POST "01234");
	plain_await(&calls, 1);
	raw_reset(&client);
	plain_turn(proxy);
	plain_call(proxy, resume_request, NULL);
	origin = raw_accept(listener);
	raw_read_all(origin, NULL);
	plain_await(&plain_seen(proxy)->aborted, 1);
	client = raw_connect(plain_port(proxy));
	stop();
}

static void the_last_bytes_wait_for_the_app(void)
{
	start(&holding_requests);
	raw_send(client, POST "01");
	origin = raw_accept(listener);
	raw_read_until(origin, "\r\n\r\n01");
	raw_send(client, "234");
	plain_await(&calls, 1);
	ck_assert(raw_is_silent(origin, 20));
	ck_assert_uint_eq(seen_len, 5);
	ck_assert(memcmp(seen, "01234", 5) == 0);
	plain_call(proxy, resume_request, NULL);
	raw_read_until(origin, "234");
	raw_send(origin, OK);
	raw_read_until(client, "ok");
	stop();
}

/* A connection rests in the pool, and a POST of which nothing has left waits with it. */
static void hold_a_post(void)
{
	start(&holding_requests);
	raw_send(client, GET);
	origin = raw_accept(listener);
	plain_await(&calls, 1);
	plain_call(proxy, resume_request, NULL);
	raw_read_head(origin);
	raw_send(origin, OK);
	raw_read_until(client, "ok");
	raw_send(client, POST "01234");
	plain_await(&calls, 2);
}

static void expect_the_post_elsewhere(void)
{
	raw_expect_end(origin);
	raw_close(&origin);
	origin = raw_accept(listener);
	plain_call(proxy, resume_request, NULL);
	raw_read_until(origin, "\r\n\r\n01234");
	raw_send(origin, OK);
	has(raw_read_until(client, "ok"), "HTTP/1.1 200 OK\r\n");
	stop();
}

static void what_has_not_left_is_not_lost_with_its_connection(void)
{
	hold_a_post();
	ck_assert_int_eq(shutdown(origin, SHUT_WR), 0);
	expect_the_post_elsewhere();
}

static void what_has_not_left_has_no_answer(void)
{
	hold_a_post();
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
	expect_the_post_elsewhere();
}

static void a_request_without_body_waits_as_a_whole(void)
{
	start(&holding_requests);
	raw_send(client, GET);
	plain_await(&calls, 1);
	origin = raw_accept(listener);
	ck_assert(raw_is_silent(origin, 20));
	plain_call(proxy, resume_request, NULL);
	raw_read_head(origin);
	raw_send(origin, OK);
	raw_read_until(client, "ok");
	ck_assert_uint_eq(calls, 1);
	stop();
}

static void an_answer_instead_cuts_the_origin_off(void)
{
	start(&holding_requests);
	raw_send(client, POST "01");
	origin = raw_accept(listener);
	raw_read_until(origin, "\r\n\r\n01");
	raw_send(client, "234");
	plain_await(&calls, 1);
	plain_call(proxy, answer_403, NULL);
	has(raw_read_until(client, "no"), "HTTP/1.1 403 ");
	raw_expect_end(origin);
	raw_close(&origin);
	/* The body was read to its end: the connection goes on. */
	raw_send(client, GET);
	plain_await(&calls, 2);
	stop();
}

static enum progress answer_at_once(struct stream *s)
{
	stream_reply(s, 400, NULL, 0, VIEW("no"));
	return PROGRESS_WAIT;
}

static void an_answer_from_within_the_call_is_fine(void)
{
	static const struct forward_app app = { .on_request_end = answer_at_once,
						.on_response = let_go,
						.on_failure = say_502 };

	start(&app);
	raw_send(client, POST "01234" GET);
	has(raw_read_until(client, "no"), "HTTP/1.1 400 ");
	has(raw_read_until(client, "no"), "HTTP/1.1 400 ");
	ck_assert_uint_eq(plain_seen(proxy)->requests, 2);
	stop();
}

static enum progress hold_response(struct stream *s, struct http_head *response)
{
	(void)response;
	hand_over(s);
	return PROGRESS_WAIT;
}

static const struct forward_app holding_responses = { .on_response = hold_response,
						      .on_failure = say_502 };

static void a_response_waits_for_the_app(void)
{
	start(&holding_responses);
	raw_send(client, GET);
	origin = raw_accept(listener);
	raw_read_head(origin);
	raw_send(origin, OK);
	plain_await(&calls, 1);
	ck_assert(raw_is_silent(client, 20));
	plain_call(proxy, resume_response, NULL);
	raw_read_until(client, "ok");
	stop();
}

static void a_response_whose_body_comes_later_waits_too(void)
{
	start(&holding_responses);
	raw_send(client, GET);
	origin = raw_accept(listener);
	raw_read_head(origin);
	raw_send(origin, "HTTP/1.1 200 OK\r\n\r\n");
	plain_await(&calls, 1);
	raw_send(origin, "body");
	raw_close(&origin);
	ck_assert(raw_is_silent(client, 20));
	plain_call(proxy, resume_response, NULL);
	raw_read_until(client, "\r\n\r\n4\r\nbody\r\n0\r\n\r\n");
	stop();
}

static void a_held_response_may_be_replaced(void)
{
	start(&holding_responses);
	raw_send(client, GET);
	origin = raw_accept(listener);
	raw_read_head(origin);
	raw_send(origin, OK);
	plain_await(&calls, 1);
	plain_call(proxy, answer_403, NULL);
	has_not(raw_read_until(client, "no"), "ok");
	stop();
}

static void a_client_that_leaves_meanwhile_ends_it(void)
{
	start(&holding_responses);
	raw_send(client, GET);
	origin = raw_accept(listener);
	raw_read_head(origin);
	raw_send(origin, OK);
	plain_await(&calls, 1);
	raw_reset(&client);
	plain_await(&plain_seen(proxy)->aborted, 1);
	client = raw_connect(plain_port(proxy));
	stop();
}

static enum progress edit(struct stream *s, struct http_head *response)
{
	struct http_field *field = head_find_text(response, VIEW("x-secret"), NULL);

	field->dropped = true;
	head_set(response, &s->arena, HTTP_CACHE_CONTROL, VIEW("private"));
	head_add(response, &s->arena, VIEW("Set-Cookie"), VIEW("latch=1"));
	return PROGRESS_GO;
}

static void the_app_edits_the_response(void)
{
	static const struct forward_app app = { .on_response = edit, .on_failure = say_502 };
	const char *text;

	start(&app);
	raw_send(client, GET);
	origin = raw_accept(listener);
	raw_read_head(origin);
	raw_send(origin, OK);
	text = raw_read_until(client, "\r\n\r\nok");
	has_not(text, "X-Secret");
	has(text, "\r\nCache-Control: private\r\n");
	has(text, "\r\nSet-Cookie: latch=1\r\n");
	ck_assert_int_ge(plain_seen(proxy)->origin_ms, 0);
	stop();
}

static enum progress replace(struct stream *s, struct http_head *response)
{
	(void)response;
	stream_reply(s, 303, NULL, 0, VIEW_NONE);
	return PROGRESS_WAIT;
}

static void a_response_may_be_replaced_at_once(void)
{
	static const struct forward_app app = { .on_response = replace, .on_failure = say_502 };

	start(&app);
	raw_send(client, GET);
	origin = raw_accept(listener);
	raw_read_head(origin);
	raw_send(origin, OK);
	has(raw_read_head(client), "HTTP/1.1 303 See Other\r\n");
	raw_read_all(origin, NULL);
	raw_close(&origin);
	raw_send(client, GET);
	origin = raw_accept(listener);
	stop();
}

static void try_again(struct stream *s, enum forward_failure why)
{
	(void)why;
	if (atomic_fetch_add(&calls, 1) == 0)
		plain_forward(plain_of(s), s);
	else
		stream_reply(s, 502, NULL, 0, VIEW_NONE);
}

static void a_failure_may_be_followed_by_another_attempt(void)
{
	static const struct forward_app app = { .on_response = let_go, .on_failure = try_again };

	start(&app);
	raw_send(client, GET);
	origin = raw_accept(listener);
	raw_read_head(origin);
	raw_close(&origin);
	origin = raw_accept(listener);
	raw_read_head(origin);
	raw_send(origin, OK);
	raw_read_until(client, "ok");
	stop();
}

static void stopping_in_the_middle_leaves_nothing_behind(void)
{
	start(&holding_responses);
	raw_send(client, GET);
	origin = raw_accept(listener);
	raw_read_head(origin);
	raw_send(origin, OK);
	plain_await(&calls, 1);
	stop();
}

SUITE_MAIN_WITH("forward, held", reset, NULL, the_last_bytes_wait_for_the_app,
		a_client_that_goes_while_its_last_bytes_wait_frees_the_origin,
		what_has_not_left_is_not_lost_with_its_connection, what_has_not_left_has_no_answer,
		a_request_without_body_waits_as_a_whole, an_answer_instead_cuts_the_origin_off,
		an_answer_from_within_the_call_is_fine, a_response_waits_for_the_app,
		a_response_whose_body_comes_later_waits_too, a_held_response_may_be_replaced,
		a_client_that_leaves_meanwhile_ends_it, the_app_edits_the_response,
		a_response_may_be_replaced_at_once, a_failure_may_be_followed_by_another_attempt,
		stopping_in_the_middle_leaves_nothing_behind)
