/* The response's part of exchange: its heads and its body, until it is whole or the exchange fails. */
#include "base/err.h"
#include "client/exchange_inside.h"
#include "http/hop.h"
#include "http/websocket.h"

enum {
	READ_ROUNDS = 8,
	MAX_INTERIM = 16,
	ON_THE_WAY_MS = 1000, /* and as exact as seconds are */
};

/* The head's views end with the first run: a tunnel may be quiet for hours, and shall hold no block meanwhile. */
static void take_tunnel(struct exchange *x)
{
	static const struct body_plan until_the_end = { .framing = BODY_CLOSE };

	x->tunnel = x->got_head = true;
	x->last_sent = false;
	payload_init(&x->body, &until_the_end);
	exchange_set_deadline(x);
	x->waiting = x->callbacks->on_head(x->user, &x->response, &until_the_end) == PROGRESS_WAIT;
}

/* A send that failed has left some of it behind. */
static bool was_asked_whole(const struct exchange *x)
{
	return x->last_sent && !x->send_failed && outflow_is_empty(&x->link->out);
}

/* An origin that switches before it was asked whole has not read what it answers. */
static bool is_tunnel(const struct exchange *x)
{
	return x->request.upgrades && was_asked_whole(x) && websocket_is_granted(&x->response);
}

static bool take_interim(struct exchange *x, struct http_head *interim)
{
	if (is_tunnel(x)) {
		take_tunnel(x);
		return x->link && !x->waiting;
	}
	if (interim->status == 101 || ++x->n_interim > MAX_INTERIM) {
		exchange_fail(x, EXCHANGE_MALFORMED);
		return false;
	}
	x->callbacks->on_interim(x->user, interim);
	return x->link != NULL;
}

static void take_final(struct exchange *x, const struct body_plan *plan)
{
	struct inflow *in = &x->link->in;

	x->got_head = true;
	x->reusable = plan->framing != BODY_CLOSE && hop_keeps_alive(&x->response) &&
		      !x->request.last && was_asked_whole(x);
	x->rest_ms = hop_keep_alive_ms(&x->response);
	inflow_pin(in);
	if (in->floor > in->block->size / 2)
		exchange_keep_block(x, inflow_part(in, exchange_shelf(x), BLOCK_LARGE_BYTES));
	payload_init(&x->body, plan);
	exchange_set_deadline(x);
	x->waiting = x->callbacks->on_head(x->user, &x->response, plan) == PROGRESS_WAIT;
}

/* False when there is no complete head, or nobody to go on for. */
static bool take_head(struct exchange *x)
{
	struct inflow *in = &x->link->in;
	struct view bytes = inflow_bytes(in);
	size_t head_bytes = bytes.len ? head_end(bytes, &x->scanned) : 0;
	struct body_plan plan = { .framing = BODY_NONE };
	int err;

	if (!head_bytes && bytes.len <= x->limits.max_head_bytes) {
		if (bytes.len && in->end == in->block->size)
			inflow_grow(in, exchange_shelf(x),
				    in->start + x->limits.max_head_bytes + 1);
		return false;
	}
	err = head_bytes ? head_parse_response(view_head(bytes, head_bytes), &x->limits, x->arena,
					       &x->response)
			 : ERR_TOO_LARGE;
	if (!err)
		err = body_plan_response(&x->response, x->request.method, &plan);
	if (err) {
		exchange_fail(x, EXCHANGE_MALFORMED);
		return false;
	}
	inflow_take(in, head_bytes);
	x->scanned = 0;
	if (x->response.status < 200)
		return take_interim(x, &x->response);
	take_final(x, &plan);
	return x->link && !x->waiting;
}

/* When a request sent over it could meet its end on the way. */
static int64_t end_of_certainty(struct exchange *x)
{
	int64_t rest_ms = x->rest_ms;

	return rest_ms == INT64_MAX ? INT64_MAX
				    : loop_now_ms(pool_loop(x->pool)) + rest_ms - ON_THE_WAY_MS;
}

/* The link goes back before the user learns of the end, so that its next request finds it. */
static void release_link(struct exchange *x)
{
	struct link *l = x->link;
	bool clean = x->reusable && !inflow_bytes(&l->in).len && !wire_has_more(&l->wire);

	exchange_keep_response(x);
	l->sure_until_ms = end_of_certainty(x);
	loop_deadline_clear(&x->deadline);
	x->link = NULL;
	if (clean)
		pool_put(x->pool, l);
	else
		pool_drop(x->pool, l);
}

/* The link stays for what the client still sends. */
static void end_half(struct exchange *x)
{
	x->origin_ended = true;
	link_stop_reading(x->link);
}

static void take_body(struct exchange *x, bool ended)
{
	struct inflow *in = &x->link->in;
	struct view run;
	size_t len = in->end - in->start, used;
	enum body_step step =
		payload_take(&x->body, &x->limits, len ? inflow_at(in) : NULL, len, &run, &used);
	bool last = step == BODY_END || (ended && x->body.framing == BODY_CLOSE);

	inflow_take(in, used);
	if (step == BODY_BAD || (ended && !last)) {
		exchange_fail(x, step == BODY_BAD ? EXCHANGE_MALFORMED : EXCHANGE_TRUNCATED);
		return;
	}
	if (last && x->tunnel)
		end_half(x);
	else if (last)
		release_link(x);
	if (last || run.len || !x->asked) {
		x->asked = true;
		x->held = !x->callbacks->on_run(x->user, run, last);
	}
}

/* All that can be made of what has arrived. */
static void advance(struct exchange *x)
{
	while (x->link && !x->got_head)
		if (!take_head(x))
			return;
	if (x->link && !x->waiting && !x->held && !x->origin_ended)
		take_body(x, false);
}

static void take_end(struct exchange *x, ssize_t n)
{
	if (!x->got_head) {
		if (!exchange_repeat(x))
			exchange_fail(x, n > 0 ? EXCHANGE_MALFORMED : EXCHANGE_TRUNCATED);
		return;
	}
	/* A send that failed has taken the error with it: what looks like an end may be a reset. */
	if (n == 0 && !x->send_failed)
		take_body(x, true);
	else
		exchange_fail(x, EXCHANGE_TRUNCATED);
}

static void read_rounds(struct exchange *x)
{
	for (unsigned rounds = READ_ROUNDS; rounds && exchange_is_reading(x); rounds--) {
		ssize_t n = inflow_read(&x->link->in, exchange_shelf(x), &x->link->wire,
					BLOCK_LARGE_BYTES);

		if (n == ERR_BUSY)
			break;
		/* Whatever it says before it is asked is no answer. */
		if (n <= 0 || !x->head_sent) {
			take_end(x, n);
			return;
		}
		x->got_bytes = true;
		advance(x);
		if (x->link && x->link->in.drained)
			break;
	}
	if (!exchange_is_reading(x))
		return;
	if (x->got_head)
		exchange_set_deadline(x);
	link_start_reading(x->link);
	if (wire_has_more(&x->link->wire))
		loop_defer(pool_loop(x->pool), &x->task);
	if (x->tunnel && !inflow_bytes(&x->link->in).len)
		inflow_clear(&x->link->in, exchange_shelf(x));
}

/* Whoever holds a run stops the reading only when there is something to read: mostly it has let go before. */
void exchange_on_readable(void *user)
{
	struct exchange *x = user;

	if (x->held || x->waiting)
		link_stop_reading(x->link);
	else
		read_rounds(x);
}

void exchange_read_on(struct exchange *x)
{
	if (!x->asked)
		advance(x);
	read_rounds(x);
}
