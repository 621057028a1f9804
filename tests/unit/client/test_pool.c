/* The pool through the eyes of what uses it: the proxy's thread is there only for its loop. */
#include "plain.h"
#include "raw.h"
#include "suite.h"

#include "base/mem.h"
#include "client/pool.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

static struct plain *proxy;
static int listener;
static uint16_t origin_port;

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static void keep_two(struct settings *s)
{
	s->origin.keepalive = 2;
}

static void start(void (*adjust)(struct settings *s))
{
	listener = raw_listen(&origin_port);
	proxy = plain_start(
		&(struct plain_options){ .origin_port = origin_port, .adjust = adjust });
}

static void stop(void)
{
	plain_stop(&proxy);
	raw_close(&listener);
}

/* n requests at the same time, each over a connection of its own. */
static void use_at_once(unsigned n, int *clients, int *origins)
{
	for (unsigned i = 0; i < n; i++) {
		clients[i] = raw_connect(plain_port(proxy));
		raw_send(clients[i], GET);
		origins[i] = raw_accept(listener);
		raw_read_head(origins[i]);
	}
	for (unsigned i = 0; i < n; i++) {
		raw_send(origins[i], OK);
		raw_read_until(clients[i], "\r\n\r\nok");
	}
}

static void close_all(unsigned n, int *fds)
{
	for (unsigned i = 0; i < n; i++)
		raw_close(&fds[i]);
}

static void the_connection_used_last_is_used_next(void)
{
	int clients[3], origins[3];

	start(NULL);
	use_at_once(3, clients, origins);
	for (int i = 0; i < 5; i++) {
		raw_send(clients[0], GET);
		raw_read_head(origins[2]);
		raw_send(origins[2], OK);
		raw_read_until(clients[0], "\r\n\r\nok");
	}
	ck_assert_int_eq(plain_metric(proxy, METRIC_ORIGIN_CONNECTS), 3);
	close_all(3, clients);
	close_all(3, origins);
	stop();
}

static void no_more_are_kept_than_allowed(void)
{
	int clients[3], origins[3];

	start(keep_two);
	use_at_once(3, clients, origins);
	raw_expect_end(origins[2]);
	ck_assert(raw_is_silent(origins[0], 10));
	ck_assert(raw_is_silent(origins[1], 10));
	close_all(3, clients);
	close_all(3, origins);
	stop();
}

static void take_post(int origin, int client)
{
	raw_read_until(origin, "\r\n\r\nbody");
	raw_send(origin, OK);
	raw_read_until(client, "\r\n\r\nok");
}

/* Over a connection that its server is about to close it could be lost, and nobody could say whether it was. */
static void a_post_goes_over_no_connection_whose_end_was_announced(void)
{
	int client, origin, fresh;

	start(NULL);
	client = raw_connect(plain_port(proxy));
	raw_send(client, GET);
	origin = raw_accept(listener);
	raw_read_head(origin);
	raw_send(origin,
		 "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=60\r\nContent-Length: 2\r\n\r\nok");
	raw_read_until(client, "\r\n\r\nok");
	raw_send(client, POST);
	take_post(origin, client);
	raw_send(client, GET);
	raw_read_head(origin);
	raw_send(origin, "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok");
	raw_read_until(client, "\r\n\r\nok");
	raw_send(client, POST);
	fresh = raw_accept(listener);
	take_post(fresh, client);
	raw_close(&fresh);
	raw_send(client, GET);
	raw_read_head(origin);
	raw_send(origin, OK);
	raw_read_until(client, "\r\n\r\nok");
	raw_close(&origin);
	raw_close(&client);
	stop();
}

static void rest_shortly(struct settings *s)
{
	s->http.idle_timeout_ms = 400;
}

static void what_rests_too_long_is_closed(void)
{
	int client, origin;

	start(rest_shortly);
	use_at_once(1, &client, &origin);
	raw_expect_end(origin);
	raw_close(&client);
	raw_close(&origin);
	stop();
}

static void give(struct plain *p, void *arg)
{
	forward_pool_use_settings(plain_pool(p), arg);
}

static void another_origin_gets_new_connections(void)
{
	int clients[2], origins[2], elsewhere, moved;
	uint16_t port;
	struct settings *settings;

	start(NULL);
	use_at_once(2, clients, origins);
	raw_send(clients[0], GET);
	raw_read_head(origins[1]);
	elsewhere = raw_listen(&port);
	settings = plain_settings(&(struct plain_options){ .origin_port = port });
	plain_call(proxy, give, settings);
	settings_unref(&settings);
	raw_expect_end(origins[0]); /* it was idle */
	raw_send(origins[1], OK);
	raw_read_until(clients[0], "\r\n\r\nok");
	raw_expect_end(origins[1]); /* it was in use */
	raw_send(clients[0], GET);
	moved = raw_accept(elsewhere);
	raw_read_head(moved);
	close_all(2, clients);
	close_all(2, origins);
	raw_close(&moved);
	raw_close(&elsewhere);
	stop();
}

static void call_it_by_name(struct settings *s)
{
	mem_free(s->origin.address.host);
	s->origin.address.host = mem_text("localhost");
}

/* Until the name has become an address, who wants to go there waits. */
static void a_name_leads_to_the_origin(void)
{
	int client, origin, elsewhere;
	uint16_t port;
	struct settings *settings;

	start(NULL);
	elsewhere = raw_listen(&port);
	settings = plain_settings(
		&(struct plain_options){ .origin_port = port, .adjust = call_it_by_name });
	plain_call(proxy, give, settings);
	settings_unref(&settings);
	client = raw_connect(plain_port(proxy));
	raw_send(client, GET);
	origin = raw_accept(elsewhere);
	raw_read_head(origin);
	raw_send(origin, OK);
	raw_read_until(client, "\r\n\r\nok");
	raw_close(&origin);
	raw_close(&client);
	raw_close(&elsewhere);
	stop();
}

/* A pool on a loop of its own, whose first connection comes back as soon as it is there. */
struct returning {
	struct loop *loop;
	struct pool *pool;
	struct pool_claim claim;
	struct link *link, *next;
	int origin;
	bool talks;
};

static const struct link_user nobody;

static void on_there(void *user, int err)
{
	struct returning *r = user;

	ck_assert_int_eq(err, 0);
	r->origin = raw_accept(listener);
	pool_put(r->pool, r->link);
	if (r->talks) {
		struct pollfd there = { .fd = r->link->wire.fd, .events = POLLIN };

		raw_send(r->origin, "HTTP/1.1 200 OK\r\n");
		ck_assert_int_eq(poll(&there, 1, RAW_WAIT_S * 1000), 1);
	}
	r->claim.want.callbacks = &nobody;
	ck_assert_int_eq(pool_get(r->pool, &r->claim, &r->next), 0);
	loop_stop(r->loop);
}

static const struct link_user returner = { .on_connected = on_there };

static bool is_used_again_at_once(bool origin_talks)
{
	struct returning r = { .loop = loop_create(), .talks = origin_talks };
	struct metrics *metrics = metric_create();
	struct settings *settings;
	bool again;

	listener = raw_listen(&origin_port);
	settings = plain_settings(&(struct plain_options){ .origin_port = origin_port });
	r.pool = pool_create(r.loop, settings, metrics, 0);
	r.claim.want = (struct stock_want){ .callbacks = &returner, .user = &r };
	ck_assert_int_eq(pool_get(r.pool, &r.claim, &r.link), 0);
	loop_run(r.loop);
	again = r.next == r.link;
	pool_drop(r.pool, r.next);
	pool_destroy(&r.pool);
	settings_unref(&settings);
	loop_destroy(&r.loop);
	metric_destroy(&metrics);
	raw_close(&r.origin);
	raw_close(&listener);
	return again;
}

static void what_talks_on_is_not_used_again_even_at_once(void)
{
	ck_assert(!is_used_again_at_once(true));
}

static void what_is_quiet_is_used_again_at_once(void)
{
	ck_assert(is_used_again_at_once(false));
}

SUITE_MAIN("pool", what_talks_on_is_not_used_again_even_at_once,
	   what_is_quiet_is_used_again_at_once, the_connection_used_last_is_used_next,
	   no_more_are_kept_than_allowed, what_rests_too_long_is_closed,
	   a_post_goes_over_no_connection_whose_end_was_announced,
	   another_origin_gets_new_connections, a_name_leads_to_the_origin)
