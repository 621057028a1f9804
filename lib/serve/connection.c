/* The happy path is: bytes arrive (on_readable), a head is complete (take_head), the app is told, the body is offered
 * to the carrier run by run (pump_body), the response is written by the stream's functions, its last byte leaves
 * (end_request), and the next head is looked for. It can fail by a head or body that breaks the rules (refuse), by a
 * deadline (connection_patience.c), by the wire (broken) and by a carrier that cannot go on (cut). */
#include "serve/connection.h"

#include "base/err.h"
#include "base/mem.h"
#include "serve/arrival.h"

#include <assert.h>
#include <event2/event.h>
#include <stddef.h>

enum {
	READ_ROUNDS = 8, /* full blocks from one connection before others have their turn */
	LINGER_MAX_MS = 30 * 1000,
	TUNNEL_LINGER_MAX_MS = 500,
	SUBJECT_BYTES = 8 * 1024, /* as much as applications take in one header */
	LINE_EXTRA_BYTES = 64,    /* what a request line holds besides its target, and more */
};

/* Interest in the wire */

static void stop_reading(struct serve_connection *c)
{
	if (!c->reading)
		return;
	c->reading = false;
	event_del(&c->readable);
}

static void start_writing(struct serve_connection *c)
{
	if (c->writing)
		return;
	c->writing = true;
	event_add(&c->writable, NULL);
}

/* TLS may have to write before it can read on. */
static void start_reading(struct serve_connection *c)
{
	if (wire_awaits_room(&c->wire)) {
		stop_reading(c);
		start_writing(c);
		return;
	}
	if (c->reading || c->eof)
		return;
	c->reading = true;
	event_add(&c->readable, NULL);
}

/* What the wire holds already is announced by no event. */
static void read_on(struct serve_connection *c)
{
	if (c->reading && wire_has_more(&c->wire))
		loop_defer(c->serve->loop, &c->task);
}

int connection_flush(struct serve_connection *c)
{
	int err = outflow_flush(&c->out, &c->wire);

	if (err == ERR_BUSY) {
		start_writing(c);
	} else if (c->writing && !wire_awaits_room(&c->wire)) {
		c->writing = false;
		event_del(&c->writable);
	}
	if (err == ERR_IO) {
		c->broken = true;
		outflow_clear(&c->out);
	}
	return err;
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct serve_connection *c = arg;

	(void)fd;
	(void)what;
	c->progress = true;
	if (wire_awaits_room(&c->wire)) {
		wire_resume(&c->wire);
		start_reading(c);
	}
	connection_flush(c);
	connection_run(c);
}

/* The end of a connection */

static void close_now(struct serve_connection *c, bool noticeably)
{
	struct serve *s = c->serve;

	assert(!c->request);
	stop_reading(c);
	if (c->writing)
		event_del(&c->writable);
	connection_clear_deadlines(c);
	inflow_clear(&c->in, s->shelf);
	preface_destroy(&c->preface);
	if (c->in_crowd)
		arrival_leave_crowd(s, &c->remote);
	if (noticeably)
		wire_reset(&c->wire);
	else
		wire_close(&c->wire);
	c->state = CONNECTION_CLOSED;
	if (c->memo)
		s->callbacks->on_connection_end(s->app, c->memo);
	serve_move(c, &s->closed);
	serve_note_closed(s);
	if (!c->in_task)
		loop_defer(s->loop, &c->task);
}

/* A close while bytes of the client are unread would reset the connection, and could take the answer with it. */
static void linger(struct serve_connection *c)
{
	if (c->eof) {
		close_now(c, false);
		return;
	}
	c->state = CONNECTION_LINGER;
	c->linger_end_ms = loop_now_ms(c->serve->loop) +
			   (c->was_tunnel ? TUNNEL_LINGER_MAX_MS : LINGER_MAX_MS);
	inflow_clear(&c->in, c->serve->shelf);
	wire_shutdown(&c->wire);
	start_reading(c);
}

void connection_free(struct serve_connection *c)
{
	assert(c->state == CONNECTION_CLOSED);
	loop_undefer(c->serve->loop, &c->task);
	serve_move(c, NULL);
	mem_free(c->subject);
	mem_free(c->stated);
	mem_free(c);
}

/* Requests begin and end */

bool connection_subject(struct serve_connection *c, struct view *ret_subject)
{
	char room[SUBJECT_BYTES];
	struct text t;

	if (!c->subject) {
		text_init(&t, room, sizeof(room));
		c->is_nameless = !wire_subject(&c->wire, &t);
		c->subject = mem_copy(room, t.len);
	}
	*ret_subject = view_of(c->subject);
	return !c->is_nameless;
}

static void open_request(struct serve_connection *c)
{
	c->request = request_open(c);
	serve_move(c, &c->serve->busy);
}

static void refuse(struct serve_connection *c, int status, const char *why)
{
	struct serve_request *r;

	if (!c->request)
		open_request(c);
	r = c->request;
	serve_count(c->serve, METRIC_REFUSED, 1);
	if (r->answered) {
		r->cut = true;
		return;
	}
	r->refused = true;
	stream_refuse(r, status, why);
}

void connection_refuse(struct serve_connection *c, int status)
{
	refuse(c, status, NULL);
}

/* Somebody wrote http:// for https://, and would see nothing but an end. */
static void refuse_text(struct serve_connection *c)
{
	wire_bare(&c->wire);
	refuse(c, 400, "Plain HTTP was sent to a port that speaks HTTPS.\n");
}

static void end_request(struct serve_connection *c, bool aborted)
{
	struct serve *s = c->serve;
	struct serve_request *r = c->request;
	bool keep = r->keep && r->body_ended && !aborted && !s->draining && !c->outdated;
	bool at_rest = r->body_ended && !r->client_keeps && !inflow_bytes(&c->in).len;
	bool reset = aborted && r->until_close && !r->whole;
	/* The client sees that this answer is cut, and shall get those before it. */
	bool gentle = r->cut && !c->broken && !reset;

	c->was_tunnel = r->tunnel;
	request_close(r, aborted);
	c->request = NULL;
	outflow_clear(&c->out);
	if ((aborted && !gentle) || c->broken || (!keep && at_rest)) {
		close_now(c, reset);
	} else if (!keep) {
		linger(c);
	} else {
		inflow_settle(&c->in, s->shelf);
		serve_move(c, &s->idle);
		c->progress = true;
		start_reading(c);
	}
}

void connection_abort(struct serve_connection *c)
{
	if (c->state == CONNECTION_CLOSED)
		return;
	if (c->request)
		end_request(c, true);
	else
		close_now(c, false);
}

/* Heads */

static void begin_request(struct serve_connection *c, size_t head_bytes)
{
	struct serve *s = c->serve;
	struct view head = view_head(inflow_bytes(&c->in), head_bytes);
	struct serve_request *r;
	int status;

	open_request(c);
	r = c->request;
	inflow_take(&c->in, head_bytes);
	c->scanned = 0;
	r->head = inflow_part(&c->in, s->shelf, BLOCK_SMALL_BYTES);
	status = request_read(r, head);
	if (status) {
		connection_refuse(c, status);
		return;
	}
	r->announced = true;
	serve_count(s, METRIC_REQUESTS, 1);
	s->callbacks->on_request(s->app, &r->stream);
}

static bool is_oversized(struct view bytes, const struct http_limits *limits)
{
	struct view line = view_head(bytes, limits->max_target_bytes + LINE_EXTRA_BYTES);

	return bytes.len > limits->max_head_bytes ||
	       (line.len < bytes.len && view_find(line, '\n') == line.len);
}

/* An empty line after a body is an old habit of clients, and not the beginning of a request. */
bool connection_has_begun(const struct serve_connection *c)
{
	struct view bytes = inflow_bytes(&c->in);

	return bytes.len && !view_starts(VIEW("\r\n"), bytes);
}

/* False when the head that is being received is not complete. */
static bool take_head(struct serve_connection *c)
{
	struct view bytes = inflow_bytes(&c->in);
	const struct http_limits *limits = &c->serve->era->limits;
	size_t head_bytes = bytes.len ? head_end(bytes, &c->scanned) : 0;

	if (head_bytes) {
		begin_request(c, head_bytes);
		return true;
	}
	if (connection_has_begun(c) && c->list == &c->serve->idle)
		serve_move(c, &c->serve->busy);
	if (is_oversized(bytes, limits)) {
		connection_refuse(c, head_oversized(bytes, limits));
		return true;
	}
	if (bytes.len && bytes.len == c->in.block->size)
		inflow_grow(&c->in, c->serve->shelf, limits->max_head_bytes + 1);
	c->broken |= c->eof;
	return c->eof;
}

/* Bodies */

static bool pump_body(struct serve_connection *c)
{
	struct serve_request *r = c->request;
	struct view bytes = inflow_bytes(&c->in), run;
	enum body_step step;
	size_t used;

	if (!r->carrier || r->held || r->told_last)
		return false;
	step = payload_take(&r->body, &r->era->limits, bytes.len ? inflow_at(&c->in) : NULL,
			    bytes.len, &run, &used);
	inflow_take(&c->in, used);
	if (step == BODY_BAD || request_is_oversized(r)) {
		connection_refuse(c, step == BODY_BAD ? 400 : 413);
		return true;
	}
	/* Half of a tunnel ends where the client says so (RFC 6455 §7.1.1 lets either side go first). */
	r->body_ended = r->told_last = step == BODY_END || (r->tunnel && c->eof && !run.len);
	r->stream.bytes_in = r->body.taken;
	if (!run.len && !r->told_last && r->asked) {
		/* A body that will never be whole is worth nothing to anybody. */
		c->broken |= c->eof;
		return c->eof;
	}
	r->asked = true;
	r->held = !r->carrier->on_body(&r->stream, run, r->told_last);
	return true;
}

/* The origin's half of a tunnel is over. */
static void say_all(struct serve_connection *c)
{
	if (!c->request->said_all)
		wire_shutdown(&c->wire);
	c->request->said_all = true;
}

/* The one place where a connection moves on. */

static bool step(struct serve_connection *c)
{
	struct serve_request *r = c->request;

	if (c->state != CONNECTION_OPEN)
		return false;
	if (!r && !c->broken)
		return take_head(c);
	if (!r || c->broken || r->cut) {
		connection_abort(c);
		return false;
	}
	if (r->whole && outflow_is_empty(&c->out)) {
		if (!request_is_half_open(r)) {
			end_request(c, false);
			return !c->request;
		}
		say_all(c);
	}
	if (r->whole && !r->tunnel)
		return false;
	if (r->wants_room && outflow_is_empty(&c->out)) {
		r->wants_room = false;
		if (r->carrier)
			r->carrier->on_room(&r->stream);
		return true;
	}
	return pump_body(c);
}

/* While a request is answered, one block of what follows it is read, so that a client that goes away is noticed. */
static bool wants_bytes(const struct serve_connection *c)
{
	const struct serve_request *r = c->request;

	if (!r || request_awaits_body(r))
		return true;
	return r->body_ended && !r->held &&
	       (!c->in.block || c->in.end < c->in.block->size || c->in.start == c->in.end);
}

void connection_run(struct serve_connection *c)
{
	assert(!c->running);
	c->running = true;
	while (step(c))
		;
	c->running = false;
	if (c->state == CONNECTION_CLOSED)
		return;
	connection_set_deadlines(c);
	if (c->request && wants_bytes(c))
		start_reading(c);
	if (!inflow_bytes(&c->in).len && !(c->request && c->request->held))
		inflow_clear(&c->in, c->serve->shelf);
	read_on(c);
}

void connection_kick(struct serve_connection *c)
{
	if (!c->running)
		loop_defer(c->serve->loop, &c->task);
}

/* Bytes arrive */

static size_t block_size(const struct serve_connection *c)
{
	const struct serve_request *r = c->request;

	if (!r || r->body_ended)
		return BLOCK_SMALL_BYTES;
	return r->body.framing == BODY_LENGTH && r->body.left <= BLOCK_SMALL_BYTES
		       ? BLOCK_SMALL_BYTES
		       : BLOCK_LARGE_BYTES;
}

/* False when there is nothing more to read now. */
static bool read_once(struct serve_connection *c)
{
	ssize_t n;

	if (!wants_bytes(c)) {
		stop_reading(c);
		return false;
	}
	n = inflow_read(&c->in, c->serve->shelf, &c->wire, block_size(c));
	if (n > 0) {
		c->progress |= c->request && request_awaits_body(c->request);
		return true;
	}
	if (n == 0) {
		c->eof = true;
		c->broken |= c->request && c->request->ends_with_client && !c->request->whole;
		stop_reading(c);
	} else if (n == ERR_BUSY) {
		start_reading(c);
	} else if (wire_met_text(&c->wire)) {
		refuse_text(c);
		return false;
	}
	c->broken |= n == ERR_IO;
	return false;
}

static void discard(struct serve_connection *c)
{
	ssize_t n = inflow_read(&c->in, c->serve->shelf, &c->wire, BLOCK_LARGE_BYTES);

	inflow_clear(&c->in, c->serve->shelf);
	if (n == 0 || n == ERR_IO || loop_now_ms(c->serve->loop) >= c->linger_end_ms) {
		close_now(c, false);
		return;
	}
	c->progress = true;
	connection_set_deadlines(c);
	read_on(c);
}

static void take_in(struct serve_connection *c)
{
	bool more = true;

	if (c->preface && !arrival_take_preface(c))
		return;
	if (c->state == CONNECTION_LINGER) {
		discard(c);
		return;
	}
	for (unsigned rounds = READ_ROUNDS; more && rounds; rounds--) {
		more = read_once(c) && !c->in.drained;
		connection_run(c);
		more = more && c->state == CONNECTION_OPEN && c->request &&
		       request_awaits_body(c->request);
	}
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	take_in(arg);
}

/* A connection that ends here is freed here: a task for that would come in the next turn, which would not wait for the sockets. */
static void on_task(struct loop_task *task)
{
	struct serve_connection *c =
		(struct serve_connection *)((char *)task - offsetof(struct serve_connection, task));

	c->in_task = true;
	if (c->state != CONNECTION_CLOSED && c->reading && wire_has_more(&c->wire))
		take_in(c);
	else if (c->state != CONNECTION_CLOSED)
		connection_run(c);
	c->in_task = false;
	if (c->state == CONNECTION_CLOSED)
		connection_free(c);
}

void connection_open(struct serve *s, const struct connection_arrival *arrival)
{
	struct serve_connection *c = MEM_NEW(struct serve_connection);
	struct event_base *base = loop_base(s->loop);

	c->serve = s;
	c->listener = arrival->listener;
	c->wire.fd = arrival->fd;
	c->remote = arrival->remote;
	c->in_crowd = arrival->in_crowd;
	if (arrival->preface)
		c->preface = preface_create(arrival->tls);
	else
		c->broken = arrival->tls && !wire_secure(&c->wire, arrival->tls);
	c->task.run = on_task;
	connection_init_deadlines(c);
	event_assign(&c->readable, base, c->wire.fd, EV_READ | EV_PERSIST, on_readable, c);
	event_assign(&c->writable, base, c->wire.fd, EV_WRITE | EV_PERSIST, on_writable, c);
	s->connections++;
	serve_count(s, METRIC_CONNECTIONS, 1);
	serve_count(s, METRIC_CONNECTIONS_TOTAL, 1);
	serve_move(c, &s->idle);
	start_reading(c);
	connection_set_deadlines(c);
	if (c->broken)
		connection_kick(c);
}
