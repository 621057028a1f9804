/* The happy path is: somebody asks (stock_take), a new link connects, exchanges go over it, it rests in the idle list
 * (stock_put) and is taken again. It can fail by addresses that do not answer, which are asked for anew, and by an
 * idle link that becomes readable, which is its end. */
#include "client/stock.h"

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

enum {
	/* Addresses older than this are asked for again when a connection is opened, ... */
	REFRESH_MS = 30 * 1000,
	/* ... and not more often than this when they do not answer. */
	REPEAT_MS = 2 * 1000,
	/* The same trouble with TLS is told again after this. */
	SILENCE_MS = 60 * 1000,
};

void stock_count(const struct stock_ground *ground, enum metric id, int64_t n)
{
	metric_add(ground->metrics, ground->metric_shard, id, n);
}

static void leave_list(struct link *l)
{
	struct stock *s = l->stock;
	struct link_list *old = l->list;

	if (!old)
		return;
	*(l->prev ? &l->prev->next : &old->first) = l->next;
	*(l->next ? &l->next->prev : &old->last) = l->prev;
	s->n_idle -= old == &s->idle;
	if (old != &s->busy)
		return;
	s->n_busy--;
	if (l->counted)
		server_let_go(s->server);
	l->counted = false;
}

static void move(struct link *l, struct link_list *list)
{
	struct stock *s = l->stock;

	leave_list(l);
	l->list = list;
	l->next = NULL;
	l->prev = list ? list->last : NULL;
	if (!list)
		return;
	*(list->last ? &list->last->next : &list->first) = l;
	list->last = l;
	s->n_idle += list == &s->idle;
	if (list != &s->busy)
		return;
	s->n_busy++;
	l->counted = s->ground->is_watched;
	if (l->counted)
		server_take_up(s->server);
}

/* The server's addresses */

static void on_answer(void *arg, const struct lookup_addresses *found)
{
	struct stock *s = arg;

	s->asking = NULL;
	s->answered = true;
	if (found->n)
		s->addresses = *found;
	s->ground->on_room(s->ground->arg);
}

static void refresh_addresses(struct stock *s, int64_t older_than_ms)
{
	int64_t now_ms = loop_now_ms(s->ground->loop);

	if (s->literal || s->asking || !s->where || now_ms - s->asked_ms < older_than_ms)
		return;
	s->asked_ms = now_ms;
	s->asking = lookup_start(s->ground->loop, &s->where->settings.address, on_answer, s);
	s->answered |= !s->asking;
}

/* Links come and go */

static void link_free(struct link *l)
{
	loop_undefer(l->stock->ground->loop, &l->task);
	move(l, NULL);
	mem_free(l);
}

static void on_task(struct loop_task *task)
{
	link_free((struct link *)((char *)task - offsetof(struct link, task)));
}

/* An operator who sees nothing but 502 would look for it in the application. */
static void say_why(struct stock *s, const char *why)
{
	int64_t now_ms = loop_now_ms(s->ground->loop);

	if (why == s->said && now_ms - s->said_ms < SILENCE_MS)
		return;
	s->said = why;
	s->said_ms = now_ms;
	log_warn("origin", "no TLS with %s: %s", s->server->url, why);
}

void stock_drop(struct link *l)
{
	struct stock *s = l->stock;

	if (l->connecting && l->why)
		say_why(s, l->why);
	if (l->connecting)
		refresh_addresses(s, REPEAT_MS);
	loop_deadline_clear(&l->idle);
	link_close(l);
	move(l, &s->closed);
	loop_defer(s->ground->loop, &l->task);
}

static void on_idle_end(struct loop_deadline *d)
{
	stock_drop((struct link *)((char *)d - offsetof(struct link, idle)));
}

static int open_link(struct stock *s, const struct stock_want *want, struct link **ret_link)
{
	struct link_target target = { .addresses = &s->addresses,
				      .tls = s->where->tls,
				      .preface = want->preface };
	struct link *l = MEM_NEW(struct link);
	int err;

	l->stock = s;
	l->callbacks = want->callbacks;
	l->user = want->user;
	l->owner = want->owner;
	l->task.run = on_task;
	l->idle.on_expiry = on_idle_end;
	l->sure_until_ms = INT64_MAX;
	refresh_addresses(s, REFRESH_MS);
	err = link_connect(l, s->ground->loop, &target);
	if (err) {
		refresh_addresses(s, REPEAT_MS);
		mem_free(l);
		return err;
	}
	move(l, &s->busy);
	stock_count(s->ground, METRIC_ORIGIN_CONNECTS, 1);
	*ret_link = l;
	return 0;
}

/* A connection that announced one client never carries another one's request, and one that its server is about to close none that
 * cannot be repeated. */
static bool fits(const struct link *l, const struct stock_want *want)
{
	if (want->certain && loop_now_ms(l->stock->ground->loop) >= l->sure_until_ms)
		return false;
	return l->preface_bytes == want->preface.len &&
	       (!l->preface_bytes || memcmp(l->preface, want->preface.at, want->preface.len) == 0);
}

/* The one used last of those about which the kernel was asked since they came back, and had nothing to say: one that was closed,
 * or talked on without being asked, would have said so. NULL: there is none, they came back in this turn. */
static struct link *last_asked_about(const struct stock *s, const struct stock_want *want)
{
	struct link *l = s->idle.last;

	while (l &&
	       (l->put_turn == loop_turn(s->ground->loop) || link_has_news(l) || !fits(l, want)))
		l = l->prev;
	return l;
}

static struct link *last_that_fits(const struct stock *s, const struct stock_want *want)
{
	struct link *l = s->idle.last;

	while (l && !fits(l, want))
		l = l->prev;
	return l;
}

static struct link *take_idle(struct stock *s, const struct stock_want *want)
{
	struct link *l = last_asked_about(s, want);

	if (l && !want->certain)
		return l;
	while ((l = l ? l : last_that_fits(s, want)) && !wire_is_quiet(&l->wire)) {
		stock_drop(l);
		l = last_asked_about(s, want);
	}
	return l;
}

bool stock_has_room(const struct stock *s)
{
	unsigned most = s->ground->settings->origin.max_connections;

	return (!most || s->n_busy < most) && (s->addresses.n || s->answered || s->literal);
}

/* Idle links that do not fit make room for one that does. */
static void make_room(struct stock *s)
{
	unsigned most = s->ground->settings->origin.max_connections;

	while (most && s->idle.first && s->n_busy + s->n_idle >= most)
		stock_drop(s->idle.first);
}

int stock_take(struct stock *s, const struct stock_want *want, struct link **ret_link)
{
	struct link *l = want->fresh ? NULL : take_idle(s, want);

	if (!l) {
		make_room(s);
		return open_link(s, want, ret_link);
	}
	loop_deadline_clear(&l->idle);
	l->callbacks = want->callbacks;
	l->user = want->user;
	l->reused = true;
	move(l, &s->busy);
	stock_count(s->ground, METRIC_ORIGIN_REUSES, 1);
	*ret_link = l;
	return 0;
}

/* Closed by the server, or talking to nobody. */
static void on_idle_readable(void *user)
{
	struct link *l = user;

	/* TLS sends tickets and such whenever it likes. */
	if (wire_is_quiet(&l->wire))
		link_start_reading(l);
	else
		stock_drop(l);
}

/* Nothing waits to be sent but what TLS has to say. */
static void on_idle_writable(void *user)
{
	link_flush(((struct link *)user));
}

static const struct link_user idle_callbacks = { .on_readable = on_idle_readable,
						 .on_writable = on_idle_writable };

void stock_put(struct link *l)
{
	struct stock *s = l->stock;
	unsigned keep = s->ground->settings->origin.keepalive;

	assert(outflow_is_empty(&l->out) && !l->in.block);
	/* Who announced a client that is gone is never wanted again, and must not be in the way. */
	if (l->preface && s->n_idle >= keep && s->idle.first)
		stock_drop(s->idle.first);
	if (s->n_idle >= keep || l->outdated) {
		stock_drop(l);
		return;
	}
	l->callbacks = &idle_callbacks;
	l->user = l;
	l->put_turn = loop_turn(s->ground->loop);
	move(l, &s->idle);
	link_start_reading(l);
	loop_deadline_set(s->ground->idle_deadlines, &l->idle);
}

void stock_note_refusal(struct stock *s)
{
	if (server_blame(&s->server->refuses_since_ms, loop_wall_ms(s->ground->loop)))
		log_warn("origin", "%s takes no connections: %s", s->server->url,
			 s->ground->is_watched ? "it is left out until it does"
					       : "requests are answered with an error");
}

void stock_note_connection(struct stock *s)
{
	if (!s->ground->is_watched && server_clear(&s->server->refuses_since_ms))
		log_info("origin", "%s takes connections again", s->server->url);
}

/* The stock itself */

static void leave(struct stock *s)
{
	while (s->idle.first)
		stock_drop(s->idle.first);
	for (struct link *l = s->busy.first; l; l = l->next)
		l->outdated = true;
}

void stock_move(struct stock *s, const struct fleet_server *where, bool doubted)
{
	s->where = where;
	if (doubted || !where)
		leave(s);
	if (!where)
		lookup_cancel(&s->asking);
}

struct stock *stock_create(const struct stock_ground *ground, const struct fleet_server *where,
			   bool waits)
{
	struct stock *s = MEM_NEW(struct stock);

	s->ground = ground;
	s->where = where;
	s->server = server_ref(where->server);
	s->literal = lookup_literal(&where->settings.address, &s->addresses);
	s->asked_ms = INT64_MIN / 2;
	if (!s->literal && !waits)
		refresh_addresses(s, 0);
	if (s->literal || !waits)
		return s;
	lookup_now(&where->settings.address, &s->addresses);
	s->answered = true;
	s->asked_ms = loop_now_ms(ground->loop);
	return s;
}

void stock_destroy(struct stock **s)
{
	struct stock *stock = *s;

	if (!stock)
		return;
	*s = NULL;
	assert(!stock->busy.first);
	lookup_cancel(&stock->asking);
	while (stock->idle.first)
		stock_drop(stock->idle.first);
	while (stock->closed.first)
		link_free(stock->closed.first);
	server_unref(&stock->server);
	mem_free(stock);
}
