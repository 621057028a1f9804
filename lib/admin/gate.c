/* The happy path is: accepted -> bytes arrive in the inbox -> a whole request is there and right -> libevhtp is given
 * one like it -> it is answered -> libevhtp has sent the answer -> the next request, or good-bye. It can fail by a
 * request that is not right or not in time (refused here; libevhtp never learns of it), and by the client going away
 * at any point (whoever meant to answer is told). */
#include "admin/gate.h"

#include "admin/refusal.h"
#include "base/log.h"
#include "base/mem.h"
#include "http/hop.h"

#include <assert.h>
#include <errno.h>
#include <evhtp/evhtp.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ARENA_FIRST_BYTES = 8192,
	ARENA_LIMIT_BYTES = 128 * 1024,
	LINGER_MS = 2000,
	ACCEPT_PAUSE_MS = 200,
	READ_AHEAD_BYTES = 64 * 1024
};

static const struct http_limits head_limits = { .max_head_bytes = 16 * 1024,
						.max_target_bytes = 4096,
						.max_fields = 64 };

const struct gate_limits gate_usual_limits = { .max_connections = 64,
					       .max_body_bytes = 64 * 1024,
					       .head_ms = 10 * 1000,
					       .body_ms = 10 * 1000,
					       .idle_ms = 75 * 1000,
					       .answer_ms = 10 * 1000 };

enum phase {
	PHASE_IDLE, /* no byte of a request is there */
	PHASE_HEAD,
	PHASE_BODY,    /* the head is right, `plan` says what follows */
	PHASE_ASKED,   /* libevhtp has it, and sends the answer */
	PHASE_LEAVING, /* nothing more is read from it; what it sends is thrown away until it goes */
};

struct caller {
	struct gate *gate;
	struct caller *next, *prev;     /* in the gate's list, longest waiting first */
	evhtp_connection_t *connection; /* NULL: gone */
	struct bufferevent *bev;
	bufferevent_data_cb parse, sent; /* libevhtp's */
	struct evbuffer *inbox;
	struct loop_deadline deadline;
	enum phase phase;
	bool entered; /* a callback of this connection runs */
	bool ended;   /* the client sends no more */
	bool last;    /* no request after this one */
	bool answered;
	size_t scanned, head_bytes;
	struct body_plan plan;
	struct gate_request request;
	char first[ARENA_FIRST_BYTES];
};

struct gate {
	struct gate_options options;
	evhtp_t *htp;
	struct caller *first, *end;
	unsigned n;
	struct loop_deadline pause; /* in accepting, for lack of descriptors */
};

static void enlist(struct caller *c)
{
	struct gate *g = c->gate;

	c->next = NULL;
	c->prev = g->end;
	*(g->end ? &g->end->next : &g->first) = c;
	g->end = c;
}

static void delist(struct caller *c)
{
	struct gate *g = c->gate;

	*(c->prev ? &c->prev->next : &g->first) = c->next;
	*(c->next ? &c->next->prev : &g->end) = c->prev;
}

static void wait_for(struct caller *c, enum phase phase, int64_t ms)
{
	c->phase = phase;
	loop_deadline_set(loop_deadlines(c->gate->options.loop, ms), &c->deadline);
}

/* Its end. libevhtp frees the connection, and says so in on_fini. */

static void destroy(struct caller *c)
{
	arena_fini(&c->request.arena);
	evbuffer_free(c->inbox);
	mem_free(c);
}

static evhtp_res on_fini(evhtp_connection_t *connection, void *arg)
{
	struct caller *c = arg;

	assert(c->connection == connection);
	c->connection = NULL;
	c->gate->n--;
	delist(c);
	loop_deadline_clear(&c->deadline);
	if (c->phase == PHASE_ASKED && !c->answered && c->request.on_gone)
		c->request.on_gone(&c->request);
	if (!c->entered)
		destroy(c);
	return EVHTP_RES_OK;
}

static void cut(struct caller *c)
{
	evhtp_connection_free(c->connection);
}

static void enter(struct caller *c)
{
	assert(!c->entered);
	c->entered = true;
}

static void leave(struct caller *c)
{
	c->entered = false;
	if (!c->connection)
		destroy(c);
}

/* Saying good-bye: the client can read the answer although it may still be sending. */

static void say_no_more(struct caller *c)
{
	if (c->ended)
		cut(c);
	else
		shutdown(bufferevent_getfd(c->bev), SHUT_WR);
}

static void say_goodbye(struct caller *c)
{
	wait_for(c, PHASE_LEAVING, LINGER_MS);
	evbuffer_drain(c->inbox, (size_t)-1);
	if (!c->ended)
		bufferevent_enable(c->bev, EV_READ);
	if (evbuffer_get_length(bufferevent_get_output(c->bev)) == 0)
		say_no_more(c);
}

static void refuse(struct caller *c, int status)
{
	if (c->gate->options.metrics)
		metric_add(c->gate->options.metrics, 0, METRIC_ADMIN_REFUSED_FORM, 1);
	refusal_write(bufferevent_get_output(c->bev), status,
		      loop_http_date(c->gate->options.loop));
	say_goodbye(c);
}

/* Reading */

/* "GET /" and no version: the oldest HTTP, whose clients wait for an answer without ever sending an empty line. */
static bool has_no_version(struct view bytes)
{
	size_t end = view_find(bytes, '\n');
	struct view line = view_head(bytes, end);

	return end > 1 && end < bytes.len && view_find_view(line, VIEW(" HTTP/")) == line.len;
}

static int read_whole_head(struct caller *c, struct view bytes)
{
	struct gate_request *r = &c->request;
	struct view copy;
	int status;

	if (bytes.len > head_limits.max_head_bytes)
		return head_oversized(bytes, &head_limits);
	copy = arena_copy(&r->arena, bytes);
	if (!copy.at)
		return 503;
	status = head_parse_request(copy, &head_limits, &r->arena, &r->head);
	if (!status)
		status = body_plan_request(&r->head, &c->plan);
	if (status)
		return status;
	if (c->plan.framing == BODY_CHUNKED)
		return 411;
	if (c->plan.framing == BODY_NONE)
		c->plan.length = 0;
	return c->plan.length > c->gate->options.limits.max_body_bytes ? 413 : 0;
}

static void expect_body(struct caller *c)
{
	bool is_there = evbuffer_get_length(c->inbox) >= c->head_bytes + c->plan.length;

	wait_for(c, PHASE_BODY, c->gate->options.limits.body_ms);
	if (!is_there && c->request.head.minor == 1 &&
	    head_find(&c->request.head, HTTP_EXPECT, NULL))
		bufferevent_write(c->bev, "HTTP/1.1 100 Continue\r\n\r\n", 25);
}

/* False: not yet, or never. */
static bool read_head(struct caller *c)
{
	size_t len = evbuffer_get_length(c->inbox), most = head_limits.max_head_bytes + 1;
	struct view bytes;
	int status = 0;

	if (!len)
		return false;
	if (c->phase == PHASE_IDLE)
		wait_for(c, PHASE_HEAD, c->gate->options.limits.head_ms);
	len = len < most ? len : most;
	bytes = view_make(evbuffer_pullup(c->inbox, (ssize_t)len), len);
	c->head_bytes = head_end(bytes, &c->scanned);
	if (c->head_bytes)
		status = read_whole_head(c, view_head(bytes, c->head_bytes));
	else if (bytes.len == most)
		status = head_oversized(bytes, &head_limits);
	else if (has_no_version(bytes))
		status = 400;
	if (status)
		refuse(c, status);
	else if (c->head_bytes)
		expect_body(c);
	return c->phase == PHASE_BODY;
}

/* What libevhtp reads is written here, from what was understood; the body goes through as it is. */
static void ask(struct caller *c)
{
	struct evbuffer *request = evbuffer_new();
	size_t length = (size_t)c->plan.length;

	c->last = c->request.head.minor == 0 || !hop_keeps_alive(&c->request.head);
	c->answered = false;
	evbuffer_drain(c->inbox, c->head_bytes);
	if (length)
		evbuffer_add_printf(request, "POST / HTTP/1.1\r\nContent-Length: %zu\r\n\r\n",
				    length);
	else
		evbuffer_add(request, "GET / HTTP/1.1\r\n\r\n", 18);
	evbuffer_remove_buffer(c->inbox, request, length);
	evbuffer_prepend_buffer(bufferevent_get_input(c->bev), request);
	evbuffer_free(request);
	wait_for(c, PHASE_ASKED, c->gate->options.limits.answer_ms);
	c->parse(c->bev, c->connection);
}

static void advance(struct caller *c)
{
	evbuffer_add_buffer(c->inbox, bufferevent_get_input(c->bev));
	if (c->phase != PHASE_BODY && !read_head(c)) {
		if (c->phase != PHASE_LEAVING && c->ended)
			cut(c);
		return;
	}
	if (evbuffer_get_length(c->inbox) >= c->head_bytes + c->plan.length)
		ask(c);
	else if (c->ended)
		cut(c);
}

/* The answer is sent. */
static void begin_anew(struct caller *c)
{
	arena_reset(&c->request.arena);
	c->request.on_gone = NULL;
	c->request.later = NULL;
	c->scanned = 0;
	if (c->last) {
		say_goodbye(c);
		return;
	}
	delist(c);
	enlist(c);
	wait_for(c, PHASE_IDLE, c->gate->options.limits.idle_ms);
	if (!c->ended)
		bufferevent_enable(c->bev, EV_READ);
	advance(c);
}

/* What libevent calls */

static void on_bytes(struct bufferevent *bev, void *arg)
{
	struct caller *c = arg;

	enter(c);
	if (c->phase == PHASE_LEAVING)
		evbuffer_drain(bufferevent_get_input(bev), (size_t)-1);
	else if (c->phase != PHASE_ASKED)
		advance(c);
	leave(c);
}

/* libevhtp takes a written buffer without a request for an error, so it hears of its own answers only. */
static void on_sent(struct bufferevent *bev, void *arg)
{
	struct caller *c = arg;

	enter(c);
	if (c->phase == PHASE_ASKED && c->answered) {
		c->sent(bev, c->connection);
		if (c->connection && !c->connection->request)
			begin_anew(c);
	} else if (c->phase == PHASE_LEAVING) {
		say_no_more(c);
	}
	leave(c);
}

static void on_end(struct bufferevent *bev, short what, void *arg)
{
	struct caller *c = arg;
	bool is_busy =
		c->phase == PHASE_ASKED ||
		(c->phase == PHASE_LEAVING && evbuffer_get_length(bufferevent_get_output(bev)) > 0);

	enter(c);
	c->ended = true;
	if (!(what & BEV_EVENT_EOF) || !is_busy)
		cut(c);
	leave(c);
}

static void on_expiry(struct loop_deadline *d)
{
	struct caller *c = (struct caller *)((char *)d - offsetof(struct caller, deadline));

	enter(c);
	if (c->phase == PHASE_HEAD || c->phase == PHASE_BODY)
		refuse(c, 408);
	else
		cut(c);
	leave(c);
}

/* What libevhtp calls */

static void on_whole_request(evhtp_request_t *request, void *arg)
{
	struct gate *g = arg;
	struct evbuffer *body = request->buffer_in;
	void *caller;
	struct caller *c;

	bufferevent_getcb(evhtp_request_get_bev(request), NULL, NULL, NULL, &caller);
	c = caller;
	c->request.body = view_make(evbuffer_pullup(body, -1), evbuffer_get_length(body));
	assert(c->request.body.len == c->plan.length);
	g->options.on_request(&c->request, g->options.arg);
}

static bool make_room(struct gate *g)
{
	struct caller *c = g->first;

	while (c && c->phase == PHASE_ASKED)
		c = c->next;
	if (c)
		cut(c);
	return c != NULL;
}

static evhtp_res on_accepted(evhtp_connection_t *connection, void *arg)
{
	struct gate *g = arg;
	struct caller *c;
	void *theirs;

	if (g->n >= g->options.limits.max_connections && !make_room(g))
		return EVHTP_RES_ERROR;
	c = MEM_NEW(struct caller);
	c->gate = g;
	c->connection = connection;
	c->bev = connection->bev;
	c->inbox = evbuffer_new();
	c->deadline.on_expiry = on_expiry;
	arena_init(&c->request.arena, c->first, sizeof(c->first), ARENA_LIMIT_BYTES);
	enlist(c);
	g->n++;
	fcntl(connection->sock, F_SETFD, FD_CLOEXEC);
	evhtp_connection_set_hook(connection, evhtp_hook_on_connection_fini, (evhtp_hook)on_fini,
				  c);
	bufferevent_getcb(c->bev, &c->parse, &c->sent, NULL, &theirs);
	assert(theirs == connection);
	bufferevent_setcb(c->bev, on_bytes, on_sent, on_end, c);
	bufferevent_setwatermark(c->bev, EV_READ, 0, READ_AHEAD_BYTES);
	wait_for(c, PHASE_IDLE, g->options.limits.head_ms);
	return EVHTP_RES_OK;
}

/* Without this libevent would try again at once, for ever. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	struct gate *g = ((evhtp_t *)arg)->arg;

	log_warn("admin", "cannot accept a connection: %s", strerror(errno));
	evconnlistener_disable(listener);
	loop_deadline_set(loop_deadlines(g->options.loop, ACCEPT_PAUSE_MS), &g->pause);
}

static void on_pause_end(struct loop_deadline *d)
{
	struct gate *g = (struct gate *)((char *)d - offsetof(struct gate, pause));

	evconnlistener_enable(g->htp->server);
}

/* Its life */

struct gate *gate_create(const struct gate_options *options, int fd)
{
	struct gate *g = MEM_NEW(struct gate);

	g->options = *options;
	g->pause.on_expiry = on_pause_end;
	g->htp = evhtp_new(loop_base(options->loop), g);
	if (!g->htp || evhtp_accept_socket(g->htp, fd, 0) < 0) {
		close(fd);
		gate_destroy(&g);
		return NULL;
	}
	evhtp_disable_flag(g->htp, EVHTP_FLAG_ENABLE_100_CONT);
	evhtp_set_bev_flags(g->htp, BEV_OPT_CLOSE_ON_FREE);
	evhtp_set_gencb(g->htp, on_whole_request, g);
	evhtp_set_post_accept_cb(g->htp, on_accepted, g);
	evconnlistener_set_error_cb(g->htp->server, on_accept_error);
	return g;
}

void gate_destroy(struct gate **g)
{
	struct gate *gate = *g;

	if (!gate)
		return;
	*g = NULL;
	loop_deadline_clear(&gate->pause);
	while (gate->first)
		cut(gate->first);
	evhtp_unbind_socket(gate->htp);
	evhtp_free(gate->htp);
	mem_free(gate);
}

unsigned gate_connections(const struct gate *g)
{
	return g->n;
}

static void add_field(evhtp_request_t *request, const char *name, const char *value)
{
	evhtp_headers_add_header(request->headers_out, evhtp_header_new(name, value, 0, 1));
}

void gate_answer(struct gate_request *r, const struct gate_answer *a)
{
	struct caller *c = (struct caller *)((char *)r - offsetof(struct caller, request));
	evhtp_request_t *request = c->connection->request;
	char length[24];

	assert(c->phase == PHASE_ASKED && !c->answered);
	c->answered = true;
	c->last |= c->ended && evbuffer_get_length(c->inbox) == 0;
	snprintf(length, sizeof(length), "%zu", a->body.len);
	add_field(request, "Date", loop_http_date(c->gate->options.loop));
	add_field(request, "Content-Type", a->type);
	add_field(request, "Content-Length", length);
	add_field(request, "Cache-Control", "no-store");
	if (a->allow)
		add_field(request, "Allow", a->allow);
	if (a->asks_for_token)
		add_field(request, "WWW-Authenticate", "Bearer");
	if (c->last)
		add_field(request, "Connection", "close");
	if (r->head.method_id != HTTP_HEAD)
		evbuffer_add(request->buffer_out, a->body.at, a->body.len);
	wait_for(c, PHASE_ASKED, c->gate->options.limits.answer_ms);
	evhtp_send_reply(request, (evhtp_res)a->status);
}
