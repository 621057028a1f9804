/* An origin of several servers, and what becomes of requests when one of them dies, hangs, is slow, unwell, comes back, is
 * added or removed; an origin that was started anew; connections that announce their client. */
#define SUITE_TIMEOUT_S 120
#include "daemon.h"
#include "guest.h"
#include "legacy.h"
#include "origin.h"
#include "paper.h"
#include "raw.h"
#include "suite.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SERVERS = 3, CLIENTS = 16 };

#define has(text, part) ck_assert_msg(strstr(text, part), "no \"%s\" in \"%s\"", part, text)
#define GET(path) "GET " path " HTTP/1.1\r\nHost: www.example.com\r\n\r\n"
#define POST "POST / HTTP/1.1\r\nHost: www.example.com\r\nContent-Length: 4\r\n\r\nbody"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static struct daemon *gateway;
static struct look *before;

/* The daemon, in front of what `servers` says. */

static const char *settings_for(const char *servers)
{
	static char yaml[4096];

	snprintf(
		yaml, sizeof(yaml),
		"listen: [\"127.0.0.1:0\"]\nworkers: 2\nstate: { path: \"{dir}/state\" }\nwarmup: 0s\n"
		"admin: { listen: \"127.0.0.1:0\", token_file: \"{dir}/admin.token\" }\n"
		"log: { level: debug }\n%sorigin: { %s }\n",
		legacy_settings, servers);
	return yaml;
}

static void start_gateway(const char *servers)
{
	gateway = daemon_start(
		&(struct daemon_options){ .yaml = settings_for(servers), .bare = true });
	before = daemon_look(gateway);
}

static void stop_gateway(void)
{
	look_free(&before);
	daemon_stop(&gateway);
}

/* "urls: [http://127.0.0.1:1, ...], more" */
static const char *several(const uint16_t *ports, unsigned n, const char *more)
{
	static char text[1024];
	size_t len = (size_t)snprintf(text, sizeof(text), "urls: [");

	for (unsigned i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s\"http://127.0.0.1:%u\"",
					i ? ", " : "", (unsigned)ports[i]);
	snprintf(text + len, sizeof(text) - len, "]%s%s", *more ? ", " : "", more);
	return text;
}

/* Servers */

/* Answers after some milliseconds: ctx. */
static bool after_a_while(struct origin_call *call)
{
	poll(NULL, 0, (int)(intptr_t)call->ctx);
	return origin_answer(call, 200, "", "ok");
}

static void *ms(int n)
{
	return (void *)(intptr_t)n;
}

/* A server in a process of its own, so that it can be killed. */
struct victim {
	pid_t pid;
	uint16_t port;
};

static void live(uint16_t port, int delay_ms, int tell)
{
	struct origin *o;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	o = origin_start_at(port, after_a_while, ms(delay_ms));
	port = origin_port(o);
	if (write(tell, &port, sizeof(port)) != sizeof(port))
		_exit(1);
	for (;;)
		pause();
}

/* On its old port, if it had one. */
static void bring_up(struct victim *v, int delay_ms)
{
	int tell[2];

	ck_assert_int_eq(pipe(tell), 0);
	v->pid = fork();
	ck_assert_int_ge(v->pid, 0);
	if (v->pid == 0)
		live(v->port, delay_ms, tell[1]);
	close(tell[1]);
	ck_assert_int_eq(read(tell[0], &v->port, sizeof(v->port)), sizeof(v->port));
	close(tell[0]);
}

static void kill_it(struct victim *v)
{
	kill(v->pid, SIGKILL);
	waitpid(v->pid, NULL, 0);
	v->pid = 0;
}

/* Clients */

struct client {
	pthread_t thread;
	unsigned rounds;
	const char *request;
	unsigned failed, last_status;
};

static atomic_uint answered;

static void *come_and_go(void *arg)
{
	struct client *c = arg;
	struct wirework_buffer buffer = { 0 };
	int fd = wirework_connect(daemon_port(gateway));

	for (unsigned i = 0; i < c->rounds; i++) {
		struct message m;

		wirework_send(fd, c->request, strlen(c->request));
		if (!message_read(fd, &buffer, false, false, &m)) {
			c->failed++;
			break;
		}
		if (m.status != 200 || !m.complete) {
			c->failed++;
			c->last_status = (unsigned)m.status;
		}
		message_free(&m);
		atomic_fetch_add(&answered, 1);
	}
	close(fd);
	wirework_free(&buffer);
	return NULL;
}

static void send_clients(struct client *clients, unsigned n, unsigned rounds, const char *request)
{
	atomic_store(&answered, 0);
	for (unsigned i = 0; i < n; i++) {
		clients[i] = (struct client){ .rounds = rounds, .request = request };
		pthread_create(&clients[i].thread, NULL, come_and_go, &clients[i]);
	}
}

static void await_answers(unsigned n)
{
	for (unsigned waited_ms = 0; atomic_load(&answered) < n; waited_ms++) {
		ck_assert_uint_lt(waited_ms, WIREWORK_PATIENCE_MS);
		poll(NULL, 0, 1);
	}
}

static void expect_no_failure(struct client *clients, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		pthread_join(clients[i].thread, NULL);
		ck_assert_msg(!clients[i].failed, "%u failed, the last with %u", clients[i].failed,
			      clients[i].last_status);
	}
}

static int ask(const char *request)
{
	int client = raw_connect(daemon_port(gateway));

	raw_send(client, request);
	return client;
}

/* Until all servers but these are up, as the operator sees it. */
static void await_servers(const char *words)
{
	char *body;
	bool there = false;

	for (unsigned waited_ms = 0; !there; waited_ms += 10) {
		ck_assert_int_eq(daemon_admin(gateway, "GET", "/readyz", NULL, &body), 200);
		there = strstr(body, words);
		ck_assert_msg(there || waited_ms < WIREWORK_PATIENCE_MS, "no %s in %s", words,
			      body);
		free(body);
		poll(NULL, 0, 10);
	}
}

static void a_server_that_is_killed_costs_nobody_a_page(void)
{
	struct victim v[SERVERS] = { 0 };
	struct client clients[CLIENTS];
	uint16_t ports[SERVERS];

	for (unsigned i = 0; i < SERVERS; i++) {
		bring_up(&v[i], 2);
		ports[i] = v[i].port;
	}
	start_gateway(several(ports, SERVERS, ""));
	send_clients(clients, CLIENTS, 40, GET("/"));
	await_answers(CLIENTS * 10);
	kill_it(&v[1]);
	expect_no_failure(clients, CLIENTS);
	await_servers("\"servers\":{\"up\":2,\"of\":3}");
	bring_up(&v[1], 2);
	await_servers("\"servers\":{\"up\":3,\"of\":3}");
	send_clients(clients, CLIENTS, 5, GET("/"));
	expect_no_failure(clients, CLIENTS);
	for (unsigned i = 0; i < SERVERS; i++)
		kill_it(&v[i]);
	stop_gateway();
}

/* Many connections that nobody knows to be dead yet. */
static void an_origin_that_is_started_anew_costs_nobody_a_page(void)
{
	struct victim v = { 0 };
	struct client gets[CLIENTS], posts[4];
	char servers[128];

	bring_up(&v, 20);
	snprintf(servers, sizeof(servers), "url: \"http://127.0.0.1:%u\"", (unsigned)v.port);
	start_gateway(servers);
	for (unsigned n = 0; n < 5; n++) {
		send_clients(gets, CLIENTS, 3, GET("/"));
		expect_no_failure(gets, CLIENTS);
		kill_it(&v);
		bring_up(&v, 20);
		send_clients(gets, CLIENTS, 3, GET("/"));
		send_clients(posts, 4, 3, POST);
		expect_no_failure(gets, CLIENTS);
		expect_no_failure(posts, 4);
	}
	kill_it(&v);
	stop_gateway();
}

/* A listener whose queue is full: what the kernel does not accept looks like a cable that was cut. */
static int black_hole(uint16_t *ret_port, int fillers[8])
{
	int listener = raw_listen(ret_port);

	ck_assert_int_eq(listen(listener, 0), 0);
	for (unsigned n = 0; n < 8; n++) {
		fillers[n] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		raw_may_connect(fillers[n], *ret_port);
	}
	return listener;
}

static void a_server_that_is_out_of_reach_costs_nobody_a_page(void)
{
	struct origin *o = origin_start(after_a_while, ms(0));
	uint16_t ports[2] = { origin_port(o) };
	struct client clients[CLIENTS];
	int fillers[8], hole = black_hole(&ports[1], fillers);

	start_gateway(several(ports, 2, "connect_timeout: 100ms"));
	send_clients(clients, CLIENTS, 10, POST);
	expect_no_failure(clients, CLIENTS);
	await_servers("\"servers\":{\"up\":1,\"of\":2}");
	send_clients(clients, CLIENTS, 10, GET("/"));
	expect_no_failure(clients, CLIENTS);
	stop_gateway();
	origin_stop(&o);
	for (unsigned n = 0; n < 8; n++)
		raw_close(&fillers[n]);
	raw_close(&hole);
}

static void a_slow_server_gets_less(void)
{
	struct origin *slow = origin_start(after_a_while, ms(100)),
		      *quick = origin_start(after_a_while, ms(1));
	uint16_t ports[2] = { origin_port(slow), origin_port(quick) };
	struct client clients[CLIENTS];

	start_gateway(several(ports, 2, ""));
	send_clients(clients, CLIENTS, 20, GET("/"));
	expect_no_failure(clients, CLIENTS);
	ck_assert_uint_gt(origin_count(slow, ""), 0);
	ck_assert_uint_gt(origin_count(quick, ""), 2 * origin_count(slow, ""));
	stop_gateway();
	origin_stop(&slow);
	origin_stop(&quick);
}

/* A port where nobody listens. */
static uint16_t nobody(void)
{
	uint16_t port = 0;
	int fd = wirework_listen(&port);

	close(fd);
	return port;
}

static void when_all_are_down_it_is_said_at_once_and_recovery_is_noticed(void)
{
	uint16_t ports[2] = { nobody(), nobody() };
	struct client clients[CLIENTS];
	struct origin *o;
	const char *head;
	char *metrics, up[2][64];
	int client;

	for (unsigned i = 0; i < 2; i++)
		snprintf(up[i], sizeof(up[i]), "origin_up http://127.0.0.1:%u=-1",
			 (unsigned)ports[i]);
	start_gateway(several(ports, 2, ""));
	client = ask(GET("/"));
	has(raw_read_head(client), "HTTP/1.1 502 ");
	raw_close(&client);
	client = ask(GET("/"));
	head = raw_read_head(client);
	has(head, "HTTP/1.1 503 ");
	has(head, "\r\nRetry-After: ");
	raw_close(&client);
	daemon_moved(gateway, &before, "requests=2", "responses 5xx=2", "verdicts allow=2",
		     "requests_identified nothing=2", "origin_failures connect=1",
		     "origin_failures down=1", "origin_failovers=1", up[0], up[1], NULL);
	metrics = daemon_scrape(gateway);
	has(metrics, "\"} 0\n");
	free(metrics);
	o = origin_start_at(ports[1], after_a_while, ms(0));
	await_servers("\"servers\":{\"up\":1,\"of\":2}");
	send_clients(clients, CLIENTS, 5, GET("/"));
	expect_no_failure(clients, CLIENTS);
	before = daemon_look(gateway);
	stop_gateway();
	origin_stop(&o);
}

SUITE_MAIN("origins", a_server_that_is_killed_costs_nobody_a_page,
	   an_origin_that_is_started_anew_costs_nobody_a_page,
	   a_server_that_is_out_of_reach_costs_nobody_a_page, a_slow_server_gets_less,
	   when_all_are_down_it_is_said_at_once_and_recovery_is_noticed)
