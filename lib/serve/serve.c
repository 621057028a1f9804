#include "serve/serve.h"

#include "base/err.h"
#include "base/mem.h"
#include "serve/arrival.h"
#include "serve/connection.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum {
	UNSENT_BYTES = 128 * 1024, /* that the kernel takes beyond what a client has room for */
	ACCEPT_ROUNDS = 16,        /* new connections before others have their turn, at most */
	FULL_TURNS = 4,            /* after which twice as many are taken at once */
	ACCEPT_PAUSE_MS = 100,     /* when the system has no descriptors left */
	LINGER_MS = 5 * 1000,      /* of silence */
	TUNNEL_LINGER_MS = 250,
	RATE_WINDOW_MS = 10 * 1000,
	GLANCE_MS = 1000, /* at clients of whom nothing is read */
};

void serve_count(struct serve *s, enum metric id, int64_t n)
{
	metric_add(s->metrics, s->metric_shard, id, n);
}

/* Lists */

void serve_move(struct serve_connection *c, struct serve_list *list)
{
	struct serve_list *old = c->list;

	if (old) {
		*(c->prev ? &c->prev->next : &old->first) = c->next;
		*(c->next ? &c->next->prev : &old->last) = c->prev;
	}
	c->list = list;
	c->next = NULL;
	c->prev = list ? list->last : NULL;
	if (!list)
		return;
	*(list->last ? &list->last->next : &list->first) = c;
	list->last = c;
}

/* Eras */

static struct serve_era *era_create(struct serve *s, struct settings *settings)
{
	const struct settings_http *http = &settings->http;
	struct serve_era *era = MEM_NEW(struct serve_era);

	era->settings = settings_ref(settings);
	era->users = 1;
	era->limits = (struct http_limits){ .max_head_bytes = http->max_head_bytes,
					    .max_target_bytes = http->max_target_bytes,
					    .max_fields = http->max_headers };
	era->head = loop_deadlines(s->loop, http->head_timeout_ms);
	era->body = loop_deadlines(s->loop, http->body_timeout_ms);
	era->idle = loop_deadlines(s->loop, http->idle_timeout_ms);
	era->tunnel = loop_deadlines(s->loop, http->tunnel_idle_ms);
	return era;
}

struct serve_era *serve_era_ref(struct serve *s)
{
	s->era->users++;
	return s->era;
}

void serve_era_unref(struct serve_era **era)
{
	struct serve_era *e = *era;

	*era = NULL;
	if (--e->users)
		return;
	settings_unref(&e->settings);
	mem_free(e);
}

static bool is_at(const struct settings *s, size_t i, const char *address)
{
	return i < s->n_listeners && strcmp(s->listeners[i].address.text, address) == 0;
}

/* Who is asked something now has not been before. */
static void part(struct serve_list *list, const struct serve_listener *listener)
{
	struct serve_connection *next;

	for (struct serve_connection *c = list->first; c; c = next) {
		next = c->next;
		if (c->listener != listener || c->state != CONNECTION_OPEN)
			continue;
		c->outdated = true;
		if (!c->request)
			connection_abort(c);
	}
}

/* Whose certificate is good may have changed with the files. */
static bool asks_otherwise(const struct serve_listener *listener, const struct tlscontext *fresh)
{
	enum settings_client_certificate asked =
		listener->settings->listeners[listener->number].tls.client_certificate;

	if (!fresh || asked == CLIENT_CERTIFICATE_OFF)
		return false;
	return !listener->tls || !tlscontext_asks_alike(listener->tls, fresh);
}

/* What holds for connections to come. A listener that the settings no longer name keeps what it has. */
static void renew(struct serve_listener *listener, struct settings *settings)
{
	const char *address = listener->settings
				      ? listener->settings->listeners[listener->number].address.text
				      : NULL;
	struct tlscontext *fresh;
	size_t i = listener->number;

	if (address && !is_at(settings, i, address))
		for (i = 0; i < settings->n_listeners; i++)
			if (is_at(settings, i, address))
				break;
	if (i >= settings->n_listeners)
		return;
	settings_unref(&listener->settings);
	listener->settings = settings_ref(settings);
	listener->number = i;
	fresh = tlscontext_of_listener(settings, i);
	if (asks_otherwise(listener, fresh)) {
		part(&listener->serve->idle, listener);
		part(&listener->serve->busy, listener);
	}
	tlscontext_unref(&listener->tls);
	listener->tls = fresh ? tlscontext_ref(fresh) : NULL;
}

void serve_use_settings(struct serve *s, struct settings *settings)
{
	struct serve_era *old = s->era;

	s->era = era_create(s, settings);
	for (struct serve_listener *listener = s->listeners; listener; listener = listener->next)
		renew(listener, settings);
	serve_era_unref(&old);
}

/* Listeners */

static bool make_room(struct serve *s)
{
	if (s->connections < s->max_connections)
		return true;
	if (!s->idle.first)
		return false;
	connection_abort(s->idle.first);
	return true;
}

static void pause_listener(struct serve_listener *listener)
{
	event_del(&listener->event);
	loop_deadline_set(listener->serve->accept_pause, &listener->pause);
}

static void on_pause_end(struct loop_deadline *d)
{
	struct serve_listener *listener =
		(struct serve_listener *)((char *)d - offsetof(struct serve_listener, pause));

	event_add(&listener->event, NULL);
}

static bool is_exhaustion(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* Who may say for whom it connects. */
static bool may_state(const struct serve_listener *listener, const struct sockaddr_storage *remote)
{
	const struct settings *settings = listener->settings;
	const struct settings_cidrs *from =
		&settings->listeners[listener->number].proxy_protocol_from;
	uint8_t address[16];

	if (!from->n)
		from = &settings->trusted_proxies;
	return !from->n ||
	       (settings_address_of(remote, address) && settings_cidr_contains(from, address));
}

static bool has_preface(const struct serve_listener *listener)
{
	return listener->settings && listener->settings->listeners[listener->number].proxy_protocol;
}

/* What comes without a header is counted before anybody else's connection makes room for it. */
static bool has_place(struct serve *s, struct connection_arrival *arrival)
{
	bool is_crowded = false;

	if (!arrival->preface)
		arrival->in_crowd = arrival_enter_crowd(s, &arrival->remote, &is_crowded);
	if (is_crowded) {
		arrival_turn_away(s, METRIC_CONNECTIONS_CROWDED, arrival->fd, !arrival->tls);
		return false;
	}
	if (make_room(s))
		return true;
	if (arrival->in_crowd)
		arrival_leave_crowd(s, &arrival->remote);
	arrival_turn_away(s, METRIC_CONNECTIONS_REFUSED, arrival->fd, !arrival->tls);
	return false;
}

static void take(struct serve_listener *listener, struct connection_arrival *arrival)
{
	struct serve *s = listener->serve;

	arrival->listener = listener;
	arrival->tls = listener->tls;
	arrival->preface = has_preface(listener);
	if (arrival->preface && !may_state(listener, &arrival->remote)) {
		serve_count(s, METRIC_PREFACES_SENDER, 1);
		close(arrival->fd);
	} else if (has_place(s, arrival)) {
		connection_open(s, arrival);
	} else {
		close(arrival->fd);
	}
}

/* An accept for nobody costs as much as one for somebody, and mostly comes one alone: only where there was somebody in turn
 * after turn, several are taken at once. */
static void expect_queue(struct serve_listener *l, bool all_came)
{
	uint64_t turn = loop_turn(l->serve->loop);

	l->full_turns = all_came && turn == l->turn + 1 ? l->full_turns + 1 : 0;
	l->turn = turn;
	if (!all_came) {
		l->rounds = 1;
	} else if (l->full_turns == FULL_TURNS && l->rounds < l->most_rounds) {
		l->rounds *= 2;
		l->full_turns = 0;
	}
}

static void on_connection(evutil_socket_t listener_fd, short what, void *arg)
{
	struct serve_listener *listener = arg;

	(void)what;
	for (unsigned rounds = listener->rounds; rounds; rounds--) {
		struct connection_arrival arrival = { 0 };
		socklen_t len = sizeof(arrival.remote);

		arrival.fd = accept4(listener_fd, (struct sockaddr *)&arrival.remote, &len,
				     SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (arrival.fd < 0) {
			if (is_exhaustion(errno))
				pause_listener(listener);
			expect_queue(listener, false);
			return;
		}
		take(listener, &arrival);
	}
	expect_queue(listener, true);
}

/* A socket that the workers share wakes all of them: libevent does not know of EPOLLEXCLUSIVE, and between one epoll and
 * another it does nothing. Whoever is awake takes one connection and leaves the next to others. */
static unsigned rounds_on(int fd)
{
	int own = 0;
	socklen_t len = sizeof(own);

	return getsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &own, &len) == 0 && own ? ACCEPT_ROUNDS : 1;
}

/* What accept makes inherits these options, which saves calls for each. Readers that dawdle would otherwise fill the memory that the
 * kernel has for all of its connections, with as much as it takes from us for each. A descriptor that somebody else bound may
 * still block. */
void serve_listen(struct serve *s, int fd, size_t number)
{
	struct serve_listener *listener = MEM_NEW(struct serve_listener);
	int on = 1, unsent = UNSENT_BYTES;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent));
	evutil_make_socket_nonblocking(fd);
	listener->serve = s;
	listener->fd = fd;
	listener->number = number;
	listener->rounds = 1;
	listener->most_rounds = rounds_on(fd);
	renew(listener, s->era->settings);
	listener->pause.on_expiry = on_pause_end;
	listener->next = s->listeners;
	s->listeners = listener;
	event_assign(&listener->event, loop_base(s->loop), fd, EV_READ | EV_PERSIST, on_connection,
		     listener);
	event_add(&listener->event, NULL);
}

static void close_listeners(struct serve *s)
{
	while (s->listeners) {
		struct serve_listener *listener = s->listeners;

		s->listeners = listener->next;
		event_del(&listener->event);
		loop_deadline_clear(&listener->pause);
		close(listener->fd);
		tlscontext_unref(&listener->tls);
		settings_unref(&listener->settings);
		mem_free(listener);
	}
}

/* Its life */

static void on_drained_task(struct loop_task *task)
{
	struct serve *s = (struct serve *)((char *)task - offsetof(struct serve, drained));
	void (*on_drained)(void *app) = s->on_drained;

	loop_deadline_clear(&s->drain_end);
	s->on_drained = NULL;
	if (on_drained)
		on_drained(s->app);
}

void serve_note_closed(struct serve *s)
{
	s->connections--;
	serve_count(s, METRIC_CONNECTIONS, -1);
	if (s->draining && !s->connections)
		loop_defer(s->loop, &s->drained);
}

static void cut_all(struct serve *s)
{
	while (s->idle.first)
		connection_abort(s->idle.first);
	while (s->busy.first)
		connection_abort(s->busy.first);
}

static void on_drain_end(struct loop_deadline *d)
{
	cut_all((struct serve *)((char *)d - offsetof(struct serve, drain_end)));
}

void serve_drain(struct serve *s, void (*on_drained)(void *app))
{
	assert(!s->draining);
	s->draining = true;
	s->on_drained = on_drained;
	close_listeners(s);
	while (s->idle.first)
		connection_abort(s->idle.first);
	if (s->connections)
		loop_deadline_set(loop_deadlines(s->loop, s->era->settings->http.drain_ms),
				  &s->drain_end);
	else
		loop_defer(s->loop, &s->drained);
}

struct serve *serve_create(const struct serve_options *options)
{
	struct serve *s = MEM_NEW(struct serve);

	s->loop = options->loop;
	s->shelf = loop_shelf(options->loop);
	s->metrics = options->metrics;
	s->metric_shard = options->metric_shard;
	s->max_connections = options->max_connections;
	s->crowd = options->crowd;
	s->callbacks = options->callbacks;
	s->app = options->app;
	s->rate_window = loop_deadlines(s->loop, RATE_WINDOW_MS);
	s->glance = loop_deadlines(s->loop, GLANCE_MS);
	s->linger = loop_deadlines(s->loop, LINGER_MS);
	s->tunnel_linger = loop_deadlines(s->loop, TUNNEL_LINGER_MS);
	s->accept_pause = loop_deadlines(s->loop, ACCEPT_PAUSE_MS);
	s->drained.run = on_drained_task;
	s->drain_end.on_expiry = on_drain_end;
	s->era = era_create(s, options->settings);
	return s;
}

void serve_destroy(struct serve **s)
{
	struct serve *serve = *s;

	if (!serve)
		return;
	*s = NULL;
	close_listeners(serve);
	cut_all(serve);
	while (serve->closed.first)
		connection_free(serve->closed.first);
	loop_undefer(serve->loop, &serve->drained);
	loop_deadline_clear(&serve->drain_end);
	serve_era_unref(&serve->era);
	mem_free(serve);
}
