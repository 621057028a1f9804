#include "base/err.h"
#include "client/exchange_inside.h"

#include <assert.h>
#include <stddef.h>

enum { MAX_REPEATS = 2 /* on a fresh connection, and to another server */ };

static const struct link_user link_callbacks;

static void close_link(struct exchange *x)
{
	if (x->link)
		pool_drop(x->pool, x->link);
	x->link = NULL;
	loop_deadline_clear(&x->deadline);
}

void exchange_fail(struct exchange *x, enum exchange_failure why)
{
	exchange_keep_response(x);
	close_link(x);
	x->callbacks->on_failure(x->user, why);
}

/* Deadlines */

void exchange_set_deadline(struct exchange *x)
{
	struct loop_deadlines *list = NULL;

	if (x->claim.line)
		list = x->queue_deadlines;
	else if (x->link && x->link->connecting)
		list = x->connect_deadlines;
	else if (x->link && !x->got_head && (x->last_sent || !outflow_is_empty(&x->link->out)))
		list = x->response_deadlines;
	else if (x->link && x->got_head && !x->patient)
		list = x->response_deadlines;
	if (list)
		loop_deadline_set(list, &x->deadline);
	else
		loop_deadline_clear(&x->deadline);
}

static void lose_server(struct exchange *x, enum exchange_failure why);

static void on_deadline(struct loop_deadline *d)
{
	struct exchange *x = (struct exchange *)((char *)d - offsetof(struct exchange, deadline));

	if (x->claim.line) {
		pool_forget(x->pool, &x->claim);
		exchange_fail(x, EXCHANGE_BUSY);
	} else if (x->got_head && !exchange_is_reading(x)) {
		return; /* we make the origin wait: reading on sets it again */
	} else if (x->got_head && !x->last_sent && outflow_is_empty(&x->link->out)) {
		exchange_set_deadline(x); /* the origin waits for us */
	} else if (!x->link->connecting) {
		exchange_fail(x, EXCHANGE_TIMEOUT);
	} else if (link_try_next(x->link) == 0) {
		exchange_set_deadline(x);
	} else {
		lose_server(x, EXCHANGE_TIMEOUT);
	}
}

/* The request goes out */

/* Of a tunnel: the client's half ends when its last byte has left. Nobody reads any more where the origin's half is over, so
 * that a send that fails is the end there. */
static void note_flush(struct exchange *x, int err)
{
	if (!err && x->last_sent)
		wire_shutdown(&x->link->wire);
	if (err == ERR_IO && x->origin_ended)
		loop_defer(pool_loop(x->pool), &x->task);
}

/* Not a byte of the request has left. */
static bool is_unsent(const struct exchange *x)
{
	const struct outflow *out = &x->link->out;

	return !outflow_is_empty(out) && out->first == 0 &&
	       out->parts[0].iov_base == (const void *)x->request.head.at;
}

/* A send that fails is not the end: an origin that answers early and closes has said something worth reading. */
static bool flush(struct exchange *x)
{
	int err;

	if (x->link->connecting)
		return false;
	err = link_flush(x->link);
	x->send_failed = err == ERR_IO;
	if (x->send_failed) {
		x->unsent = is_unsent(x);
		outflow_clear(&x->link->out);
	}
	exchange_set_deadline(x);
	if (x->tunnel)
		note_flush(x, err);
	return err == 0;
}

static void put_run(struct exchange *x, struct view run, bool last)
{
	struct outflow *out = &x->link->out;

	if (!x->request.chunked) {
		outflow_put(out, run);
		return;
	}
	if (run.len) {
		outflow_put(out, view_make(out->line, body_chunk_head(run.len, out->line)));
		outflow_put(out, run);
		outflow_put(out, last ? VIEW("\r\n0\r\n\r\n") : VIEW("\r\n"));
	} else if (last) {
		outflow_put(out, VIEW("0\r\n\r\n"));
	}
}

/* The head and what goes with it; true when it has left. */
static bool send_first(struct exchange *x)
{
	outflow_put(&x->link->out, x->request.head);
	put_run(x, x->first_run, x->last_sent);
	return flush(x);
}

bool exchange_send(struct exchange *x, struct view run, bool last)
{
	bool first = !x->head_sent;

	assert(!x->last_sent && !x->wants_room);
	x->last_sent = last;
	x->head_sent = true;
	if (first)
		x->first_run = run;
	if (x->link && x->send_failed)
		return false;
	if (x->link && !first)
		put_run(x, run, last);
	x->wants_room = !x->link || !(first ? send_first(x) : flush(x));
	/* Of nothing, nothing is held: who waits for the response alone may be seen to go away. */
	x->wants_room &= !last || run.len;
	return !x->wants_room;
}

static void on_writable(void *user)
{
	struct exchange *x = user;

	if (!flush(x) || !x->wants_room)
		return;
	x->wants_room = false;
	x->callbacks->on_room(x->user);
}

static enum exchange_failure failure_of(const struct exchange *x, int err)
{
	switch (err) {
	case ERR_NOT_FOUND:
		return EXCHANGE_DOWN;
	case ERR_TOO_MANY:
		return EXCHANGE_BUSY;
	default:
		return x->failure;
	}
}

/* False: there is none yet, or never. */
static bool take_link(struct exchange *x)
{
	int err = pool_get(x->pool, &x->claim, &x->link);

	exchange_set_deadline(x);
	if (!err)
		return true;
	if (err != ERR_BUSY) {
		x->failure = failure_of(x, err);
		x->no_link = true;
		loop_defer(pool_loop(x->pool), &x->task);
	}
	return false;
}

/* Comes from the loop: whoever held a run back is told when it has left. */
static void take_link_again(struct exchange *x)
{
	x->send_failed = x->unsent = false;
	if (!take_link(x) || !x->head_sent || !send_first(x) || !x->wants_room)
		return;
	x->wants_room = false;
	x->callbacks->on_room(x->user);
}

static void on_turn(void *user)
{
	take_link_again(user);
}

/* Nothing was sent: any request may go to another server, if there is one. */
static void lose_server(struct exchange *x, enum exchange_failure why)
{
	pool_refuse(x->pool, &x->claim, x->link);
	close_link(x);
	x->failure = why;
	take_link_again(x);
	if (x->link || x->claim.line)
		pool_count(x->pool, METRIC_ORIGIN_FAILOVERS);
}

static void on_connected(void *user, int err)
{
	struct exchange *x = user;

	if (err == ERR_IO) {
		lose_server(x, EXCHANGE_CONNECT);
		return;
	}
	if (err) {
		exchange_fail(x, EXCHANGE_CONNECT);
		return;
	}
	stock_note_connection(x->link->stock);
	exchange_set_deadline(x);
	if (!outflow_is_empty(&x->link->out))
		on_writable(x);
}

static bool has_not_left(const struct exchange *x)
{
	return !x->head_sent || x->unsent || is_unsent(x);
}

/* The server never saw the request, or perhaps not: it may have closed a connection that had been kept. A request that is
 * repeated without harm goes to another server, too, if one is dying under it; but not to all of them, which it might be killing
 * itself. */
static bool may_repeat(const struct exchange *x)
{
	if (x->got_bytes || x->n_repeats == MAX_REPEATS)
		return false;
	return has_not_left(x) ||
	       (x->request.repeatable && (x->link->reused || pool_has_choice(x->pool)));
}

bool exchange_repeat(struct exchange *x)
{
	if (!may_repeat(x))
		return false;
	pool_count(x->pool, METRIC_ORIGIN_RETRIES);
	if (!x->link->reused)
		pool_avoid(x->pool, &x->claim, x->link);
	close_link(x);
	x->n_repeats++;
	x->claim.want.fresh = true;
	x->failure = EXCHANGE_TRUNCATED;
	take_link_again(x);
	return true;
}

static const struct link_user link_callbacks = {
	.on_connected = on_connected,
	.on_readable = exchange_on_readable,
	.on_writable = on_writable,
};

static void on_task(struct loop_task *task)
{
	struct exchange *x = (struct exchange *)((char *)task - offsetof(struct exchange, task));

	if (x->no_link) {
		x->no_link = false;
		exchange_fail(x, x->failure);
		return;
	}
	if (x->origin_ended && x->send_failed) {
		exchange_fail(x, EXCHANGE_TRUNCATED);
		return;
	}
	exchange_read_on(x);
}

void exchange_keep_trailers(struct exchange *x, struct trailer *t)
{
	assert(x->body.framing == BODY_CHUNKED && !x->asked);
	x->body.chunks.trailer = t;
}

void exchange_be_patient(struct exchange *x)
{
	x->patient = true;
	exchange_set_deadline(x);
}

void exchange_resume(struct exchange *x)
{
	x->held = x->waiting = false;
	if (x->link)
		loop_defer(pool_loop(x->pool), &x->task);
}

void exchange_start(struct exchange *x, struct pool *pool, struct arena *arena,
		    const struct exchange_request *request, const struct exchange_user *callbacks,
		    void *user)
{
	const struct settings *settings = pool_settings(pool);

	*x = (struct exchange){ .pool = pool,
				.arena = arena,
				.request = *request,
				.callbacks = callbacks,
				.user = user };
	x->limits = (struct http_limits){ .max_head_bytes = settings->http.max_head_bytes,
					  .max_target_bytes = settings->http.max_target_bytes,
					  .max_fields = settings->http.max_headers };
	x->connect_deadlines = loop_deadlines(pool_loop(pool), settings->origin.connect_timeout_ms);
	x->response_deadlines =
		loop_deadlines(pool_loop(pool), settings->origin.response_timeout_ms);
	x->queue_deadlines = loop_deadlines(pool_loop(pool), settings->origin.queue_timeout_ms);
	x->deadline.on_expiry = on_deadline;
	x->task.run = on_task;
	x->claim.want = (struct stock_want){ .callbacks = &link_callbacks,
					     .user = x,
					     .certain = !request->repeatable,
					     .preface = request->preface,
					     .owner = request->owner };
	x->claim.on_turn = on_turn;
	x->failure = EXCHANGE_CONNECT;
	take_link(x);
}

struct block *exchange_end(struct exchange *x)
{
	struct block *kept;

	exchange_keep_response(x);
	pool_forget(x->pool, &x->claim);
	close_link(x);
	loop_undefer(pool_loop(x->pool), &x->task);
	kept = x->kept;
	x->kept = NULL;
	return kept;
}
