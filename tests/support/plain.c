#include "plain.h"

#include "base/mem.h"
#include "client/fleet.h"
#include "serve/door.h"

#include <arpa/inet.h>
#include <check.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct plain {
	struct plain_options options;
	struct loop *loop;
	struct serve *serve;
	struct forward_pool *pool;
	struct metrics *metrics;
	struct crowd *crowd;
	struct plain_seen seen;
	uint16_t port;
	pthread_t thread;
};

static void set_origin(struct settings *s, const struct plain_options *options)
{
	struct settings_address *at = &s->origin.address;
	char text[128];

	if (options->origin_path) {
		snprintf(text, sizeof(text), "unix:%s", options->origin_path);
		at->unix_path = mem_text(options->origin_path);
	} else {
		snprintf(text, sizeof(text), "127.0.0.1:%u", (unsigned)options->origin_port);
		at->host = mem_text("127.0.0.1");
		at->port = options->origin_port;
	}
	at->text = mem_text(text);
	s->origin.url = mem_text("http://origin.example");
	s->origin.authority = mem_text("origin.example");
	s->origin.connect_timeout_ms = 5000;
	s->origin.response_timeout_ms = 60000;
	s->origin.keepalive = 64;
	s->origin.max_queue = 1000;
	s->origin.queue_timeout_ms = 5000;
}

void plain_trust(struct settings_cidrs *list, const char *address)
{
	struct settings_cidr *cidr = MEM_NEW(struct settings_cidr);

	cidr->address[10] = cidr->address[11] = 0xff;
	cidr->bits = 128;
	ck_assert_int_eq(inet_pton(AF_INET, address, cidr->address + 12), 1);
	*list = (struct settings_cidrs){ .at = cidr, .n = 1 };
}

struct settings *plain_settings(const struct plain_options *options)
{
	struct settings *s = MEM_NEW(struct settings);

	atomic_init(&s->refs, 1);
	set_origin(s, options);
	s->http = (struct settings_http){ .head_timeout_ms = 10000,
					  .body_timeout_ms = 30000,
					  .idle_timeout_ms = 75000,
					  .tunnel_idle_ms = 3600000,
					  .drain_ms = 30000,
					  .body_min_rate = 500,
					  .max_head_bytes = 65536,
					  .max_target_bytes = 16384,
					  .max_headers = 100 };
	if (options->trusted)
		plain_trust(&s->trusted_proxies, options->trusted);
	if (options->adjust)
		options->adjust(s);
	fleet_prepare(s, options->before);
	return s;
}

/* The app */

static void reply(struct stream *s, int status)
{
	stream_reply(s, status, NULL, 0, VIEW("failed\n"));
}

static void on_failure(struct stream *s, enum forward_failure why)
{
	atomic_fetch_add(&plain_of(s)->seen.failures, 1);
	reply(s, why == FORWARD_TIMEOUT ? 504 : why >= FORWARD_DOWN ? 503 : 502);
}

static enum progress on_response(struct stream *s, struct http_head *response)
{
	(void)s;
	(void)response;
	return PROGRESS_GO;
}

static const struct forward_app everything = { .on_response = on_response,
					       .on_failure = on_failure };

struct plain *plain_of(struct stream *s)
{
	return s->app;
}

void plain_forward(struct plain *p, struct stream *s)
{
	struct peer *peer = arena_alloc(&s->arena, sizeof(*peer));

	ck_assert_ptr_nonnull(peer);
	peer_find(&s->request, s->remote, s->https, s->settings, peer);
	forward_start(p->pool, s, peer, "test-request-id",
		      p->options.forward_app ? p->options.forward_app : &everything);
}

static void on_request(void *app, struct stream *s)
{
	struct plain *p = app;

	s->app = p;
	atomic_fetch_add(&p->seen.requests, 1);
	if (p->options.on_request)
		p->options.on_request(p, s);
	else
		plain_forward(p, s);
}

static void on_end(void *app, struct stream *s, bool aborted)
{
	struct plain *p = app;

	atomic_store(&p->seen.last_status, (unsigned)s->status);
	atomic_store(&p->seen.origin_ms, forward_origin_ms(s));
	atomic_fetch_add(&p->seen.aborted, aborted);
	atomic_fetch_add(&p->seen.ends, 1);
}

static void on_refused(void *app, const struct sockaddr_storage *remote, struct view method,
		       struct view path, int status)
{
	struct plain *p = app;

	(void)remote;
	(void)method;
	(void)path;
	atomic_store(&p->seen.last_refused, (unsigned)status);
	atomic_fetch_add(&p->seen.refused, 1);
}

static void on_connection_end(void *app, void *memo)
{
	(void)app;
	mem_free(memo);
}

static const struct stream_app callbacks = {
	.on_request = on_request,
	.on_end = on_end,
	.on_refused = on_refused,
	.on_connection_end = on_connection_end,
};

/* Its life */

static void *run(void *arg)
{
	struct plain *p = arg;

	loop_run(p->loop);
	return NULL;
}

struct plain *plain_start(const struct plain_options *options)
{
	struct plain *p = MEM_NEW(struct plain);
	struct settings *settings = plain_settings(options);
	struct settings_address where = { .text = mem_text("127.0.0.1:0"),
					  .host = mem_text("127.0.0.1") };
	int fd;

	p->options = *options;
	p->metrics = metric_create();
	p->crowd = crowd_create();
	p->loop = loop_create();
	ck_assert_ptr_nonnull(p->loop);
	p->pool = forward_pool_create(p->loop, settings, p->metrics, 1);
	p->serve = serve_create(&(struct serve_options){
		.loop = p->loop,
		.settings = settings,
		.metrics = p->metrics,
		.metric_shard = 1,
		.max_connections = options->max_connections ? options->max_connections : 1000,
		.crowd = p->crowd,
		.callbacks = &callbacks,
		.app = p,
	});
	settings_unref(&settings);
	fd = door_bind(&where, 0, false, &p->port);
	mem_free(where.text);
	mem_free(where.host);
	ck_assert_int_ge(fd, 0);
	serve_listen(p->serve, fd, 0);
	ck_assert_int_eq(pthread_create(&p->thread, NULL, run, p), 0);
	return p;
}

void plain_stop(struct plain **p)
{
	struct plain *plain = *p;

	*p = NULL;
	loop_stop(plain->loop);
	pthread_join(plain->thread, NULL);
	serve_destroy(&plain->serve);
	forward_pool_destroy(&plain->pool);
	loop_destroy(&plain->loop);
	metric_destroy(&plain->metrics);
	crowd_destroy(&plain->crowd);
	mem_free(plain);
}

uint16_t plain_port(const struct plain *p)
{
	return p->port;
}

const struct plain_seen *plain_seen(const struct plain *p)
{
	return &p->seen;
}

int64_t plain_metric(const struct plain *p, enum metric id)
{
	return metric_read(p->metrics, id);
}

struct serve *plain_serve(struct plain *p)
{
	return p->serve;
}

struct forward_pool *plain_pool(struct plain *p)
{
	return p->pool;
}

struct loop *plain_loop(struct plain *p)
{
	return p->loop;
}

/* Calls into the thread */

struct call {
	struct loop_letter letter; /* first */
	struct plain *plain;
	void (*call)(struct plain *p, void *arg);
	void *arg;
	sem_t done;
};

static void on_delivery(struct loop_letter *letter)
{
	struct call *call = (struct call *)letter;

	call->call(call->plain, call->arg);
	sem_post(&call->done);
}

void plain_call(struct plain *p, void (*call)(struct plain *p, void *arg), void *arg)
{
	struct call letter = {
		.letter = { .on_delivery = on_delivery }, .plain = p, .call = call, .arg = arg
	};

	sem_init(&letter.done, 0, 0);
	loop_post(p->loop, &letter.letter);
	sem_wait(&letter.done);
	sem_destroy(&letter.done);
}

static void nothing(struct plain *p, void *arg)
{
	(void)p;
	(void)arg;
}

/* The first call may come in a turn that had begun before; what the second one finds has come since. */
void plain_turn(struct plain *p)
{
	for (unsigned turns = 0; turns < 3; turns++)
		plain_call(p, nothing, NULL);
}

static void on_drained(void *app)
{
	struct plain *p = app;

	atomic_fetch_add(&p->seen.drained, 1);
}

static void start_drain(struct plain *p, void *arg)
{
	(void)arg;
	serve_drain(p->serve, on_drained);
}

void plain_drain(struct plain *p)
{
	plain_call(p, start_drain, NULL);
}

/* Waiting */

enum { POLL_US = 1000, POLLS = 30 * 1000 };

void plain_await(const atomic_uint *seen, unsigned n)
{
	for (unsigned i = 0; i < POLLS && atomic_load(seen) < n; i++)
		usleep(POLL_US);
	ck_assert_uint_ge(atomic_load(seen), n);
}

static const char *const metric_names[METRIC_COUNT] = {
#define METRIC(id, name, labels, kind, help) [METRIC_##id] = #id,
#include "base/metric_table.h"
#undef METRIC
};

void plain_await_metric(const struct plain *p, enum metric id, int64_t value)
{
	int64_t seen = plain_metric(p, id);

	for (unsigned i = 0; i < POLLS && seen != value; i++) {
		usleep(POLL_US);
		seen = plain_metric(p, id);
	}
	ck_assert_msg(seen == value, "%s is %lld, and not %lld, after %lld connections",
		      metric_names[id], (long long)seen, (long long)value,
		      (long long)plain_metric(p, METRIC_CONNECTIONS_TOTAL));
}
