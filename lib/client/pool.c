/* The happy path is: a user asks (pool_get), a new link connects, exchanges go over it, it rests in
 * the idle list (pool_put) and is taken again. It can fail by addresses that do not answer, which
 * are asked for anew, and by an idle link that becomes readable, which is its end. */
#include "client/pool.h"

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

struct pool {
	struct loop *loop;
	struct settings *settings;
	struct metrics *metrics;
	unsigned metric_shard;
	struct loop_deadlines *idle_deadlines;
	struct lookup_addresses addresses;
	struct lookup *asking; /* NULL: nobody is asked */
	bool literal;          /* and nobody needs to be */
	int64_t asked_ms;
	struct link_list idle, busy, closed;
	unsigned n_idle;
	const char *said; /* of TLS, last */
	int64_t said_ms;
};

struct settings *pool_settings(struct pool *p)
{
	return p->settings;
}

struct loop *pool_loop(struct pool *p)
{
	return p->loop;
}

void pool_count(struct pool *p, enum metric id)
{
	metric_add(p->metrics, p->metric_shard, id, 1);
}

static void move(struct link *l, struct link_list *list)
{
	struct link_list *old = l->list;

	if (old) {
		*(l->prev ? &l->prev->next : &old->first) = l->next;
		*(l->next ? &l->next->prev : &old->last) = l->prev;
		l->pool->n_idle -= old == &l->pool->idle;
	}
	l->list = list;
	l->next = NULL;
	l->prev = list ? list->last : NULL;
	if (!list)
		return;
	*(list->last ? &list->last->next : &list->first) = l;
	list->last = l;
	l->pool->n_idle += list == &l->pool->idle;
}

/* The origin's addresses */

static void on_answer(void *arg, const struct lookup_addresses *found)
{
	struct pool *p = arg;

	p->asking = NULL;
	if (found->n)
		p->addresses = *found;
}

static void refresh_addresses(struct pool *p, int64_t older_than_ms)
{
	int64_t now_ms = loop_now_ms(p->loop);

	if (p->literal || p->asking || now_ms - p->asked_ms < older_than_ms)
		return;
	p->asked_ms = now_ms;
	p->asking = lookup_start(p->loop, &p->settings->origin.address, on_answer, p);
}

/* Another origin: until a name has become addresses, the old ones are as good as any. */
static void change_addresses(struct pool *p)
{
	struct lookup_addresses found;

	lookup_cancel(&p->asking);
	p->literal = lookup_literal(&p->settings->origin.address, &found);
	if (p->literal)
		p->addresses = found;
	else
		refresh_addresses(p, 0);
}

/* Links come and go */

static void link_free(struct link *l)
{
	loop_undefer(l->pool->loop, &l->task);
	move(l, NULL);
	mem_free(l);
}

static void on_task(struct loop_task *task)
{
	link_free((struct link *)((char *)task - offsetof(struct link, task)));
}

/* An operator who sees nothing but 502 would look for it in the application. */
static void say_why(struct pool *p, const char *why)
{
	int64_t now_ms = loop_now_ms(p->loop);

	if (why == p->said && now_ms - p->said_ms < SILENCE_MS)
		return;
	p->said = why;
	p->said_ms = now_ms;
	log_warn("origin", "no TLS with %s: %s", p->settings->origin.url, why);
}

void pool_drop(struct link *l)
{
	struct pool *p = l->pool;

	if (l->connecting && l->why)
		say_why(p, l->why);
	if (l->connecting)
		refresh_addresses(p, REPEAT_MS);
	loop_deadline_clear(&l->idle);
	link_close(l);
	move(l, &p->closed);
	loop_defer(p->loop, &l->task);
}

static void on_idle_end(struct loop_deadline *d)
{
	pool_drop((struct link *)((char *)d - offsetof(struct link, idle)));
}

static struct link *open_link(struct pool *p, const struct link_user *callbacks, void *user)
{
	struct link *l = MEM_NEW(struct link);

	l->pool = p;
	l->callbacks = callbacks;
	l->user = user;
	l->task.run = on_task;
	l->idle.on_expiry = on_idle_end;
	refresh_addresses(p, REFRESH_MS);
	if (!link_connect(l, p->loop, &p->addresses, tlscontext_of_origin(p->settings))) {
		refresh_addresses(p, REPEAT_MS);
		mem_free(l);
		return NULL;
	}
	move(l, &p->busy);
	pool_count(p, METRIC_ORIGIN_CONNECTS);
	return l;
}

/* The one used last of those about which the kernel was asked since they came back: one that was closed, or talked on
 * without being asked, would have said so. NULL: all came back in this turn. */
static struct link *last_asked_about(struct pool *p)
{
	struct link *l = p->idle.last;

	while (l && l->put_turn == loop_turn(p->loop))
		l = l->prev;
	return l;
}

static struct link *take_idle(struct pool *p, bool certain)
{
	struct link *l = last_asked_about(p);

	if (l && !certain)
		return l;
	while ((l = l ? l : p->idle.last) && !wire_is_quiet(&l->wire)) {
		pool_drop(l);
		l = last_asked_about(p);
	}
	return l;
}

struct link *pool_get(struct pool *p, bool fresh, bool certain, const struct link_user *callbacks,
		      void *user)
{
	struct link *l = fresh ? NULL : take_idle(p, certain);

	if (!l)
		return open_link(p, callbacks, user);
	loop_deadline_clear(&l->idle);
	l->callbacks = callbacks;
	l->user = user;
	l->reused = true;
	move(l, &p->busy);
	pool_count(p, METRIC_ORIGIN_REUSES);
	return l;
}

/* Closed by the origin, or talking to nobody. */
static void on_idle_readable(void *user)
{
	struct link *l = user;

	/* TLS sends tickets and such whenever it likes. */
	if (wire_is_quiet(&l->wire))
		link_start_reading(l);
	else
		pool_drop(l);
}

/* Nothing waits to be sent but what TLS has to say. */
static void on_idle_writable(void *user)
{
	link_flush(((struct link *)user));
}

static const struct link_user idle_callbacks = { .on_readable = on_idle_readable,
						 .on_writable = on_idle_writable };

void pool_put(struct link *l)
{
	struct pool *p = l->pool;

	assert(outflow_is_empty(&l->out) && !l->in.block);
	if (p->n_idle >= p->settings->origin.keepalive || l->outdated) {
		pool_drop(l);
		return;
	}
	l->callbacks = &idle_callbacks;
	l->user = l;
	l->put_turn = loop_turn(p->loop);
	move(l, &p->idle);
	link_start_reading(l);
	loop_deadline_set(p->idle_deadlines, &l->idle);
}

/* The pool itself */

static void leave_origin(struct pool *p)
{
	while (p->idle.first)
		pool_drop(p->idle.first);
	for (struct link *l = p->busy.first; l; l = l->next)
		l->outdated = true;
}

static void take_settings(struct pool *p, struct settings *settings)
{
	struct settings *old = p->settings;

	p->settings = settings_ref(settings);
	p->idle_deadlines = loop_deadlines(p->loop, settings->http.idle_timeout_ms);
	if (old)
		settings_unref(&old);
}

void pool_use_settings(struct pool *p, struct settings *settings)
{
	bool moved = strcmp(p->settings->origin.address.text, settings->origin.address.text) != 0;
	/* Whom we believe may have changed, and the files that say so. */
	bool doubted = p->settings->origin.https || settings->origin.https;

	take_settings(p, settings);
	if (moved || doubted)
		leave_origin(p);
	if (moved)
		change_addresses(p);
}

struct pool *pool_create(struct loop *loop, struct settings *settings, struct metrics *metrics,
			 unsigned metric_shard)
{
	struct pool *p = MEM_NEW(struct pool);

	p->loop = loop;
	p->metrics = metrics;
	p->metric_shard = metric_shard;
	take_settings(p, settings);
	p->literal = lookup_literal(&settings->origin.address, &p->addresses);
	if (!p->literal)
		lookup_now(&settings->origin.address, &p->addresses);
	p->asked_ms = loop_now_ms(loop);
	return p;
}

void pool_destroy(struct pool **p)
{
	struct pool *pool = *p;

	if (!pool)
		return;
	*p = NULL;
	assert(!pool->busy.first);
	lookup_cancel(&pool->asking);
	while (pool->idle.first)
		pool_drop(pool->idle.first);
	while (pool->closed.first)
		link_free(pool->closed.first);
	settings_unref(&pool->settings);
	mem_free(pool);
}
