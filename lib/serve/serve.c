#include "serve/serve.h"

#include "base/err.h"
#include "base/mem.h"
#include "serve/connection.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
	ACCEPT_ROUNDS = 16,    /* new connections before others have their turn */
	ACCEPT_PAUSE_MS = 100, /* when the system has no descriptors left */
	LISTEN_BACKLOG = 1024,
	LINGER_MS = 5 * 1000, /* of silence */
	TUNNEL_LINGER_MS = 250,
	RATE_WINDOW_MS = 10 * 1000,
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

/* The certificates for connections to come. A listener that the settings no longer name keeps what it has. */
static void renew_tls(struct serve_listener *listener, const struct settings *settings)
{
	size_t i = listener->number;
	struct tlscontext *fresh;

	if (!listener->address)
		return;
	if (!is_at(settings, i, listener->address))
		for (i = 0; i < settings->n_listeners; i++)
			if (is_at(settings, i, listener->address))
				break;
	if (i >= settings->n_listeners)
		return;
	fresh = tlscontext_of_listener(settings, i);
	tlscontext_unref(&listener->tls);
	listener->tls = fresh ? tlscontext_ref(fresh) : NULL;
}

void serve_use_settings(struct serve *s, struct settings *settings)
{
	struct serve_era *old = s->era;

	s->era = era_create(s, settings);
	for (struct serve_listener *listener = s->listeners; listener; listener = listener->next)
		renew_tls(listener, settings);
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

static void on_connection(evutil_socket_t listener_fd, short what, void *arg)
{
	struct serve_listener *listener = arg;
	struct serve *s = listener->serve;

	(void)what;
	for (unsigned rounds = ACCEPT_ROUNDS; rounds; rounds--) {
		struct sockaddr_storage remote = { 0 };
		socklen_t len = sizeof(remote);
		int fd = accept4(listener_fd, (struct sockaddr *)&remote, &len,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			if (is_exhaustion(errno))
				pause_listener(listener);
			return;
		}
		if (make_room(s)) {
			connection_open(s, fd, &remote, listener->tls);
		} else {
			serve_count(s, METRIC_CONNECTIONS_REFUSED, 1);
			close(fd);
		}
	}
}

/* What accept makes inherits TCP_NODELAY, which saves a call for each. A descriptor that somebody else bound may
 * still block. */
void serve_listen(struct serve *s, int fd, size_t number)
{
	struct serve_listener *listener = MEM_NEW(struct serve_listener);
	const struct settings *settings = s->era->settings;
	int on = 1;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	evutil_make_socket_nonblocking(fd);
	listener->serve = s;
	listener->fd = fd;
	listener->number = number;
	if (number < settings->n_listeners)
		listener->address = mem_text(settings->listeners[number].address.text);
	renew_tls(listener, settings);
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
		mem_free(listener->address);
		mem_free(listener);
	}
}

static uint16_t bound_port(int fd)
{
	struct sockaddr_storage local;
	socklen_t len = sizeof(local);

	if (getsockname(fd, (struct sockaddr *)&local, &len) < 0)
		return 0;
	if (local.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *)&local)->sin6_port);
	return ntohs(((struct sockaddr_in *)&local)->sin_port);
}

/* The workers share a port with each other, but not with another program that shares its own: SO_REUSEPORT would let us in
 * without a word. */
static bool is_free(const struct addrinfo *where)
{
	int fd = socket(where->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
	int error;
	bool free;

	if (fd < 0)
		return false;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (where->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	free = bind(fd, where->ai_addr, where->ai_addrlen) == 0;
	error = errno;
	close(fd);
	errno = error;
	return free;
}

static int bind_one(const struct addrinfo *where)
{
	int fd = socket(where->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;
	int error;

	if (fd < 0)
		return ERR_IO;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (where->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, where->ai_addr, where->ai_addrlen) == 0 && listen(fd, LISTEN_BACKLOG) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return ERR_IO;
}

int serve_bind(const struct settings_address *address, uint16_t port, bool shared,
	       uint16_t *ret_port)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
				  .ai_socktype = SOCK_STREAM,
				  .ai_flags = AI_PASSIVE };
	struct addrinfo *found;
	char service[8];
	int fd;

	if (address->unix_path)
		return ERR_UNSUPPORTED;
	snprintf(service, sizeof(service), "%u", (unsigned)port);
	if (getaddrinfo(address->host, service, &hints, &found) != 0) {
		errno = EADDRNOTAVAIL;
		return ERR_IO;
	}
	fd = shared || is_free(found) ? bind_one(found) : ERR_IO;
	freeaddrinfo(found);
	if (fd >= 0)
		*ret_port = bound_port(fd);
	return fd;
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
	s->callbacks = options->callbacks;
	s->app = options->app;
	s->rate_window = loop_deadlines(s->loop, RATE_WINDOW_MS);
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
