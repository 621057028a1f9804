/* What a connection waits for, and for how long: one deadline for what it waits for most, and a window at the end of which
 * a body's rate is looked at, or whether the client is still there. */
#include "serve/connection.h"

#include <stddef.h>

enum { RATE_WINDOW_S = 10 };

/* What the connection waits for most. */
static enum connection_patience awaited(const struct serve_connection *c)
{
	const struct serve_request *r = c->request;

	if (c->state == CONNECTION_LINGER)
		return c->was_tunnel ? PATIENCE_TUNNEL_LINGER : PATIENCE_LINGER;
	if (!r)
		return connection_has_begun(c) || c->preface || wire_is_opening(&c->wire)
			       ? PATIENCE_HEAD
			       : PATIENCE_IDLE;
	if (r->tunnel)
		return PATIENCE_TUNNEL;
	if (!outflow_is_empty(&c->out) || c->eof)
		return PATIENCE_IDLE;
	if (request_awaits_body(r))
		return PATIENCE_BODY;
	return PATIENCE_ENDLESS;
}

/* Of one that ends. */
static struct loop_deadlines *list_of(const struct serve_connection *c,
				      enum connection_patience patience)
{
	const struct serve_era *era = c->request ? c->request->era : c->serve->era;

	switch (patience) {
	case PATIENCE_LINGER:
		return c->serve->linger;
	case PATIENCE_TUNNEL_LINGER:
		return c->serve->tunnel_linger;
	case PATIENCE_HEAD:
		return era->head;
	case PATIENCE_IDLE:
		return era->idle;
	case PATIENCE_BODY:
		return era->body;
	default: /* PATIENCE_TUNNEL */
		return era->tunnel;
	}
}

/* Where nothing is read, and nothing waits to be written, no event would tell that the client is gone. */
static struct loop_deadlines *window_of(const struct serve_connection *c)
{
	if (c->patience == PATIENCE_BODY)
		return c->serve->rate_window;
	return c->request && !c->reading && outflow_is_empty(&c->out) ? c->serve->glance : NULL;
}

static void set_window(struct serve_connection *c)
{
	struct loop_deadlines *list = window_of(c);

	if (list == c->window.list)
		return;
	if (!list) {
		loop_deadline_clear(&c->window);
	} else {
		c->window_taken = c->request->body.taken;
		loop_deadline_set(list, &c->window);
	}
}

/* Two kinds of patience may last equally long, and have one list then: by that they cannot be told apart. */
static void set_deadline(struct serve_connection *c, enum connection_patience patience)
{
	struct loop_deadlines *list = list_of(c, patience);

	if (patience != c->patience || list != c->deadline.list || c->progress)
		loop_deadline_set(list, &c->deadline);
}

void connection_set_deadlines(struct serve_connection *c)
{
	enum connection_patience patience = awaited(c);

	if (patience != PATIENCE_ENDLESS)
		set_deadline(c, patience);
	else if (c->deadline.list)
		loop_deadline_clear(&c->deadline);
	c->patience = patience;
	c->progress = false;
	set_window(c);
}

/* A tunnel comes here when its client has taken nothing for http.tunnel_idle: whoever carries it closes it before, if it can.
 * Half of a frame is out, so that no closing frame can follow (RFC 6455 §5.5.1), and a FIN would wait behind bytes that are
 * not taken, in the kernel's memory and beyond all of our limits. The reset gives that memory back, and is to the client what a FIN
 * without a closing frame would be: an abnormal end (§7.1.5). */
static void time_out(struct serve_connection *c)
{
	struct serve_request *r = c->request;
	bool nothing_to_say = !r && !connection_has_begun(c);

	if (c->preface)
		serve_count(c->serve, METRIC_PREFACES_LATE, 1);
	if (nothing_to_say || c->eof || !outflow_is_empty(&c->out) || (r && r->tunnel))
		c->broken = true;
	else
		connection_refuse(c, 408);
	connection_run(c);
}

static void on_deadline(struct loop_deadline *d)
{
	struct serve_connection *c =
		(struct serve_connection *)((char *)d -
					    offsetof(struct serve_connection, deadline));

	if (c->state == CONNECTION_LINGER)
		connection_abort(c);
	else
		time_out(c);
}

static bool is_too_slow(const struct serve_connection *c)
{
	const struct serve_request *r = c->request;

	return r->body.taken - c->window_taken <
	       r->stream.settings->http.body_min_rate * RATE_WINDOW_S;
}

/* The origin would work for nobody. What somebody said through a tunnel before he closed it is worth being passed on. */
static void glance(struct serve_connection *c)
{
	const struct serve_request *r = c->request;
	enum wire_fate fate = wire_fate(&c->wire);

	c->broken |= fate == WIRE_FAILED || (fate == WIRE_CLOSED && !r->tunnel) ||
		     (fate == WIRE_HALF && r->ends_with_client);
	connection_run(c);
}

static void on_window(struct loop_deadline *d)
{
	struct serve_connection *c =
		(struct serve_connection *)((char *)d - offsetof(struct serve_connection, window));

	if (c->patience != PATIENCE_BODY)
		glance(c);
	else if (is_too_slow(c))
		time_out(c);
	else
		connection_set_deadlines(c);
}

void connection_init_deadlines(struct serve_connection *c)
{
	c->deadline.on_expiry = on_deadline;
	c->window.on_expiry = on_window;
}

void connection_clear_deadlines(struct serve_connection *c)
{
	loop_deadline_clear(&c->deadline);
	loop_deadline_clear(&c->window);
}
