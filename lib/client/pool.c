/* The happy path is: a user asks (pool_get), a new link connects (on_writable), exchanges go over it, it rests in the
 * idle list (pool_put) and is taken again. It can fail by an address that does not answer (try_next, then
 * on_connected with an error) and by an idle link that becomes readable, which is its end. */
#include "client/pool.h"

#include "base/err.h"
#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

enum { MAX_ADDRESSES = 8 };

struct address {
	struct sockaddr_storage at;
	socklen_t len;
};

struct pool {
	struct loop *loop;
	struct settings *settings;
	struct metrics *metrics;
	unsigned metric_shard;
	struct loop_deadlines *idle_deadlines;
	struct address addresses[MAX_ADDRESSES];
	unsigned n_addresses;
	struct link_list idle, busy, closed;
	unsigned n_idle;
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

/* Events */

void link_start_reading(struct link *l)
{
	if (l->reading)
		return;
	l->reading = true;
	event_add(&l->readable, NULL);
}

void link_stop_reading(struct link *l)
{
	if (!l->reading)
		return;
	l->reading = false;
	event_del(&l->readable);
}

static void start_writing(struct link *l)
{
	if (l->writing)
		return;
	l->writing = true;
	event_add(&l->writable, NULL);
}

static void stop_writing(struct link *l)
{
	if (!l->writing)
		return;
	l->writing = false;
	event_del(&l->writable);
}

int link_flush(struct link *l)
{
	int err = outflow_flush(&l->out, &l->wire);

	if (err == ERR_BUSY)
		start_writing(l);
	else
		stop_writing(l);
	return err;
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct link *l = arg;

	(void)fd;
	(void)what;
	if (l->user)
		l->callbacks->on_readable(l->user);
	else
		pool_drop(l); /* idle: closed, or talking to nobody */
}

/* Connecting */

static void on_writable(evutil_socket_t fd, short what, void *arg);

static void watch(struct link *l)
{
	struct event_base *base = loop_base(l->pool->loop);

	event_assign(&l->readable, base, l->wire.fd, EV_READ | EV_PERSIST, on_readable, l);
	event_assign(&l->writable, base, l->wire.fd, EV_WRITE | EV_PERSIST, on_writable, l);
}

/* False when the address is of no use. */
static bool try_address(struct link *l, const struct address *a)
{
	int on = 1;
	int fd = socket(a->at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	if (a->at.ss_family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	l->wire.fd = fd;
	if (connect(fd, (const struct sockaddr *)&a->at, a->len) < 0 && errno != EINPROGRESS) {
		wire_close(&l->wire);
		return false;
	}
	watch(l);
	start_writing(l);
	return true;
}

static bool try_next(struct link *l)
{
	struct pool *p = l->pool;

	while (l->next_address < p->n_addresses)
		if (try_address(l, &p->addresses[l->next_address++]))
			return true;
	return false;
}

static void finish_connecting(struct link *l)
{
	int error = 0;
	socklen_t len = sizeof(error);

	stop_writing(l);
	if (getsockopt(l->wire.fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 && !error) {
		l->connecting = false;
		link_start_reading(l);
		l->callbacks->on_connected(l->user, 0);
		return;
	}
	wire_close(&l->wire);
	if (!try_next(l))
		l->callbacks->on_connected(l->user, ERR_IO);
}

static void on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct link *l = arg;

	(void)fd;
	(void)what;
	if (l->connecting)
		finish_connecting(l);
	else
		l->callbacks->on_writable(l->user);
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

void pool_drop(struct link *l)
{
	struct pool *p = l->pool;

	link_stop_reading(l);
	stop_writing(l);
	loop_deadline_clear(&l->idle);
	wire_close(&l->wire);
	inflow_clear(&l->in, loop_shelf(p->loop));
	l->user = NULL;
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
	l->wire.fd = -1;
	l->callbacks = callbacks;
	l->user = user;
	l->task.run = on_task;
	l->idle.on_expiry = on_idle_end;
	l->connecting = true;
	if (!try_next(l)) {
		mem_free(l);
		return NULL;
	}
	move(l, &p->busy);
	pool_count(p, METRIC_ORIGIN_CONNECTS);
	return l;
}

static bool is_quiet(const struct link *l)
{
	char byte;

	return recv(l->wire.fd, &byte, 1, MSG_PEEK) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

static struct link *take_idle(struct pool *p, bool certain)
{
	struct link *l;

	while ((l = p->idle.last) && certain && !is_quiet(l))
		pool_drop(l);
	return l;
}

struct link *pool_get(struct pool *p, bool fresh, bool certain, const struct link_user *callbacks, void *user)
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

void pool_put(struct link *l)
{
	struct pool *p = l->pool;

	assert(outflow_is_empty(&l->out) && !l->in.block);
	/* One that was opened before the origin's address changed is not known to lead there. */
	if (p->n_idle >= p->settings->origin.keepalive || l->next_address > MAX_ADDRESSES) {
		pool_drop(l);
		return;
	}
	l->user = NULL;
	move(l, &p->idle);
	link_start_reading(l);
	loop_deadline_set(p->idle_deadlines, &l->idle);
}

/* The origin's addresses */

static void resolve_unix(struct pool *p, const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(at.sun_path))
		return;
	strcpy(at.sun_path, path);
	memcpy(&p->addresses[0].at, &at, sizeof(at));
	p->addresses[0].len = sizeof(at);
	p->n_addresses = 1;
}

static void resolve(struct pool *p)
{
	const struct settings_address *where = &p->settings->origin.address;
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
	struct addrinfo *found;
	char service[8];

	p->n_addresses = 0;
	if (where->unix_path) {
		resolve_unix(p, where->unix_path);
		return;
	}
	snprintf(service, sizeof(service), "%u", (unsigned)where->port);
	if (getaddrinfo(where->host, service, &hints, &found) != 0)
		return;
	for (struct addrinfo *i = found; i && p->n_addresses < MAX_ADDRESSES; i = i->ai_next) {
		struct address *a = &p->addresses[p->n_addresses++];

		memcpy(&a->at, i->ai_addr, i->ai_addrlen);
		a->len = i->ai_addrlen;
	}
	freeaddrinfo(found);
}

/* The pool itself */

void pool_use_settings(struct pool *p, struct settings *settings)
{
	struct settings *old = p->settings;
	bool moved = !old || strcmp(old->origin.address.text, settings->origin.address.text) != 0;

	p->settings = settings_ref(settings);
	p->idle_deadlines = loop_deadlines(p->loop, settings->http.idle_timeout_ms);
	if (moved) {
		while (p->idle.first)
			pool_drop(p->idle.first);
		for (struct link *l = p->busy.first; l; l = l->next)
			l->next_address = MAX_ADDRESSES + 1;
		resolve(p);
	}
	if (old)
		settings_unref(&old);
}

struct pool *pool_create(struct loop *loop, struct settings *settings, struct metrics *metrics, unsigned metric_shard)
{
	struct pool *p = MEM_NEW(struct pool);

	p->loop = loop;
	p->metrics = metrics;
	p->metric_shard = metric_shard;
	pool_use_settings(p, settings);
	return p;
}

void pool_destroy(struct pool **p)
{
	struct pool *pool = *p;

	if (!pool)
		return;
	*p = NULL;
	assert(!pool->busy.first);
	while (pool->idle.first)
		pool_drop(pool->idle.first);
	while (pool->closed.first)
		link_free(pool->closed.first);
	settings_unref(&pool->settings);
	mem_free(pool);
}
