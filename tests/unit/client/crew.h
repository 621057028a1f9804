/* crew: several servers of one origin, played by hand, and the proxy in front of them. What a test wants otherwise it says in
 * `adjust`, before the start. */
#pragma once

#include "plain.h"
#include "raw.h"
#include "suite.h"

#include "base/mem.h"
#include "client/fleet.h"
#include "client/prober.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CREW_MAX = 4, CREW_FILLERS = 8 };

#define GET "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static struct {
	struct plain *proxy;
	struct prober *prober;
	struct settings *settings; /* those made last; the proxy's */
	unsigned n;
	int listeners[CREW_MAX];
	uint16_t ports[CREW_MAX];
	void (*adjust)(struct settings *s);
} crew;

static inline void crew_name(struct settings *s)
{
	s->origin.servers = mem_array(crew.n, sizeof(*s->origin.servers));
	s->origin.n_servers = crew.n;
	for (unsigned i = 0; i < crew.n; i++) {
		struct settings_server *server = &s->origin.servers[i];
		char url[64];

		snprintf(url, sizeof(url), "http://127.0.0.1:%u", (unsigned)crew.ports[i]);
		server->url = mem_text(url);
		server->authority = mem_text(url + 7);
		server->address.text = mem_text(url + 7);
		server->address.host = mem_text("127.0.0.1");
		server->address.port = crew.ports[i];
	}
	s->origin.balance = BALANCE_ROUND_ROBIN;
	if (crew.adjust)
		crew.adjust(s);
	crew.settings = s;
}

/* n servers that listen. */
static inline void crew_listen(unsigned n, void (*adjust)(struct settings *s))
{
	memset(&crew, 0, sizeof(crew));
	crew.n = n;
	crew.adjust = adjust;
	for (unsigned i = 0; i < n; i++)
		crew.listeners[i] = raw_listen(&crew.ports[i]);
}

static inline void crew_start(unsigned n, void (*adjust)(struct settings *s))
{
	crew_listen(n, adjust);
	crew.proxy = plain_start(&(struct plain_options){ .origin_port = 1, .adjust = crew_name });
}

static inline void crew_give(struct plain *p, void *arg)
{
	forward_pool_use_settings(plain_pool(p), arg);
	if (crew.prober)
		prober_use_settings(crew.prober, arg);
}

/* The settings change; the servers are crew.ports as they are now. */
static inline void crew_reload(void)
{
	struct settings *s = plain_settings(&(struct plain_options){
		.origin_port = 1, .adjust = crew_name, .before = crew.settings });

	plain_call(crew.proxy, crew_give, s);
	settings_unref(&s);
}

static inline void crew_probe(struct plain *p, void *arg)
{
	(void)arg;
	crew.prober = prober_start(plain_loop(p), crew.settings);
}

static inline void crew_stop_probing(struct plain *p, void *arg)
{
	(void)p;
	(void)arg;
	prober_stop(&crew.prober);
}

static inline void crew_stop(void)
{
	plain_call(crew.proxy, crew_stop_probing, NULL);
	plain_stop(&crew.proxy);
	for (unsigned i = 0; i < crew.n; i++)
		if (crew.listeners[i] >= 0)
			raw_close(&crew.listeners[i]);
}

/* Nobody listens there any more. */
static inline void crew_leave(unsigned i)
{
	raw_close(&crew.listeners[i]);
	crew.listeners[i] = -1;
}

/* A listener whose queue is full: what the kernel does not accept looks like a cable that was cut. */
static inline void crew_stop_accepting(unsigned i, int ret_fillers[CREW_FILLERS])
{
	ck_assert_int_eq(listen(crew.listeners[i], 0), 0);
	for (unsigned n = 0; n < CREW_FILLERS; n++) {
		ret_fillers[n] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		raw_may_connect(ret_fillers[n], crew.ports[i]);
	}
}

static inline void crew_forget_fillers(int fillers[CREW_FILLERS])
{
	for (unsigned n = 0; n < CREW_FILLERS; n++)
		raw_close(&fillers[n]);
}

static inline int crew_ask(const char *request)
{
	int client = raw_connect(plain_port(crew.proxy));

	raw_send(client, request);
	return client;
}

/* The server gets a request on a connection of its own. */
static inline int crew_hear(unsigned i)
{
	int origin = raw_accept(crew.listeners[i]);

	raw_read_head(origin);
	return origin;
}

static inline void crew_answer(int *origin, int *client)
{
	raw_send(*origin, OK);
	raw_read_until(*client, "\r\n\r\nok");
	raw_close(client);
	raw_close(origin);
}

static inline void crew_expect_status(int *client, const char *status)
{
	ck_assert_ptr_nonnull(strstr(raw_read_head(*client), status));
	raw_close(client);
}

static inline struct server *crew_server(unsigned i)
{
	return fleet_of(crew.settings)->at[i].server;
}

static inline void crew_await_up(unsigned i, bool up)
{
	for (unsigned n = 0; n < 30000 && server_is_up(crew_server(i)) != up; n++)
		usleep(1000);
	ck_assert(server_is_up(crew_server(i)) == up);
}

/* Which of the servers gets a connection next; accepts it and reads a head. */
static inline int crew_hear_any(unsigned *ret_i)
{
	struct pollfd p[CREW_MAX];
	unsigned n = 0;

	for (; n < crew.n; n++)
		p[n] = (struct pollfd){ .fd = crew.listeners[n], .events = POLLIN };
	ck_assert_int_gt(poll(p, n, RAW_WAIT_S * 1000), 0);
	for (*ret_i = 0; !p[*ret_i].revents;)
		++*ret_i;
	return crew_hear(*ret_i);
}
