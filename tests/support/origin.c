#include "origin.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_SEEN = 200000 };

struct seen {
	char *target, *head, *body;
};

struct origin {
	uint16_t port;
	int fd, stop[2];
	origin_script *script;
	void *ctx;
	pthread_t acceptor;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct seen *seen;
	unsigned n_seen, room, n_connections, n_open;
	bool stopping;
};

struct visitor {
	struct origin *o;
	int fd;
};

static void keep(struct origin *o, const struct origin_call *call)
{
	pthread_mutex_lock(&o->lock);
	if (o->n_seen == o->room) {
		o->room = o->room ? o->room * 2 : 64;
		o->seen = realloc(o->seen, o->room * sizeof(*o->seen));
	}
	if (o->n_seen < MAX_SEEN)
		o->seen[o->n_seen++] =
			(struct seen){ strdup(call->target), strdup(call->request->head),
				       strndup(call->request->body, 65536) };
	pthread_cond_broadcast(&o->changed);
	pthread_mutex_unlock(&o->lock);
}

/* Readable, or the origin stops. */
static bool has_more(struct origin *o, int fd, const struct wirework_buffer *b)
{
	struct pollfd p[] = { { .fd = fd, .events = POLLIN },
			      { .fd = o->stop[0], .events = POLLIN } };

	if (b->len)
		return true;
	return poll(p, 2, -1) > 0 && !p[1].revents;
}

static void *serve_visitor(void *arg)
{
	struct visitor v = *(struct visitor *)arg;
	struct wirework_buffer buffer = { 0 };
	struct message request;
	bool open = true;

	free(arg);
	while (open && has_more(v.o, v.fd, &buffer) &&
	       message_read(v.fd, &buffer, true, false, &request)) {
		struct origin_call call = {
			.origin = v.o, .fd = v.fd, .request = &request, .ctx = v.o->ctx
		};

		sscanf(request.head, "%39s %4095s", call.method, call.target);
		keep(v.o, &call);
		open = v.o->script(&call);
		message_free(&request);
	}
	close(v.fd);
	wirework_free(&buffer);
	pthread_mutex_lock(&v.o->lock);
	v.o->n_open--;
	pthread_cond_broadcast(&v.o->changed);
	pthread_mutex_unlock(&v.o->lock);
	return NULL;
}

static void *accept_visitors(void *arg)
{
	struct origin *o = arg;
	struct pollfd p[] = { { .fd = o->fd, .events = POLLIN },
			      { .fd = o->stop[0], .events = POLLIN } };

	while (poll(p, 2, -1) > 0 && !p[1].revents) {
		struct visitor *v = malloc(sizeof(*v));
		pthread_t thread;

		*v = (struct visitor){ o, accept4(o->fd, NULL, NULL, SOCK_CLOEXEC) };
		if (v->fd < 0) {
			free(v);
			continue;
		}
		pthread_mutex_lock(&o->lock);
		o->n_open++;
		o->n_connections++;
		pthread_mutex_unlock(&o->lock);
		ck_assert_int_eq(pthread_create(&thread, NULL, serve_visitor, v), 0);
		pthread_detach(thread);
	}
	return NULL;
}

struct origin *origin_start_at(uint16_t port, origin_script *script, void *ctx)
{
	struct origin *o = calloc(1, sizeof(*o));

	o->port = port;
	o->fd = wirework_listen(&o->port);
	o->script = script;
	o->ctx = ctx;
	pthread_mutex_init(&o->lock, NULL);
	pthread_cond_init(&o->changed, NULL);
	ck_assert_int_eq(pipe2(o->stop, O_CLOEXEC), 0);
	ck_assert_int_eq(pthread_create(&o->acceptor, NULL, accept_visitors, o), 0);
	return o;
}

struct origin *origin_start(origin_script *script, void *ctx)
{
	return origin_start_at(0, script, ctx);
}

void origin_stop(struct origin **origin)
{
	struct origin *o = *origin;

	if (!o)
		return;
	close(o->stop[1]); /* wakes everybody who polls the other end */
	pthread_join(o->acceptor, NULL);
	close(o->fd);
	pthread_mutex_lock(&o->lock);
	while (o->n_open)
		pthread_cond_wait(&o->changed, &o->lock);
	pthread_mutex_unlock(&o->lock);
	close(o->stop[0]);
	for (unsigned i = 0; i < o->n_seen; i++) {
		free(o->seen[i].target);
		free(o->seen[i].head);
		free(o->seen[i].body);
	}
	free(o->seen);
	pthread_mutex_destroy(&o->lock);
	pthread_cond_destroy(&o->changed);
	free(o);
	*origin = NULL;
}

uint16_t origin_port(const struct origin *o)
{
	return o->port;
}

bool origin_answer(struct origin_call *call, int status, const char *fields, const char *body)
{
	bool has_body = status != 204 && status != 304 && strcmp(call->method, "HEAD") != 0;
	char *text;
	int len = asprintf(&text, "HTTP/1.1 %d X\r\n%sContent-Length: %zu\r\n\r\n%s", status,
			   fields, strlen(body), has_body ? body : "");

	if (status == 204) {
		free(text);
		len = asprintf(&text, "HTTP/1.1 204 X\r\n%s\r\n", fields);
	}
	wirework_send(call->fd, text, (size_t)len);
	free(text);
	return true;
}

const char *origin_cookie(const struct origin_call *call, const char *name)
{
	static _Thread_local char value[4096];
	size_t len = strlen(name);

	for (unsigned n = 0;; n++) {
		const char *line = message_field(call->request, "Cookie", n);

		if (!line)
			return NULL;
		for (const char *at = line; at; at = strchr(at, ';') ? strchr(at, ';') + 1 : NULL) {
			at += strspn(at, " ");
			if (strncmp(at, name, len) == 0 && at[len] == '=') {
				at += len + 1;
				snprintf(value, sizeof(value), "%.*s", (int)strcspn(at, ";"), at);
				return value;
			}
		}
	}
}

static bool is_match(const struct seen *s, const char *prefix)
{
	return strncmp(s->target, prefix, strlen(prefix)) == 0;
}

static unsigned count_locked(const struct origin *o, const char *prefix)
{
	unsigned n = 0;

	for (unsigned i = 0; i < o->n_seen; i++)
		n += is_match(&o->seen[i], prefix);
	return n;
}

unsigned origin_count(struct origin *o, const char *prefix)
{
	unsigned n;

	pthread_mutex_lock(&o->lock);
	n = count_locked(o, prefix);
	pthread_mutex_unlock(&o->lock);
	return n;
}

static char *copy_of(struct origin *o, const char *prefix, unsigned n, bool body)
{
	char *copy = NULL;

	pthread_mutex_lock(&o->lock);
	for (unsigned i = 0; i < o->n_seen && !copy; i++)
		if (is_match(&o->seen[i], prefix) && n-- == 0)
			copy = strdup(body ? o->seen[i].body : o->seen[i].head);
	pthread_mutex_unlock(&o->lock);
	return copy;
}

char *origin_head(struct origin *o, const char *prefix, unsigned n)
{
	return copy_of(o, prefix, n, false);
}

char *origin_body(struct origin *o, const char *prefix, unsigned n)
{
	return copy_of(o, prefix, n, true);
}

void origin_wait(struct origin *o, const char *prefix, unsigned count)
{
	struct timespec until;
	int err = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += WIREWORK_PATIENCE_MS / 1000;
	pthread_mutex_lock(&o->lock);
	while (count_locked(o, prefix) < count && !err)
		err = pthread_cond_timedwait(&o->changed, &o->lock, &until);
	pthread_mutex_unlock(&o->lock);
	ck_assert_msg(!err, "the origin saw fewer than %u requests for %s", count, prefix);
}

unsigned origin_connections(struct origin *o)
{
	unsigned n;

	pthread_mutex_lock(&o->lock);
	n = o->n_connections;
	pthread_mutex_unlock(&o->lock);
	return n;
}

bool origin_saw(struct origin *o, const char *text, unsigned since)
{
	bool saw = false;

	pthread_mutex_lock(&o->lock);
	for (unsigned i = since; i < o->n_seen && !saw; i++)
		saw = strstr(o->seen[i].head, text) || strstr(o->seen[i].body, text);
	pthread_mutex_unlock(&o->lock);
	return saw;
}
