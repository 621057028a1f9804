/* An origin of several servers, and what becomes of requests when one of them dies, hangs, is slow, comes back, is
 * added or removed; an origin that was started anew; connections that announce their client. */
#include "origins_stage.h"

#include "guest.h"
#include "paper.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* Servers */

/* A server in a process of its own, so that it can be killed. */
struct victim {
	pid_t pid;
	uint16_t port;
};

static void live(uint16_t port, int delay_ms, int tell)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	origin_start_at(port, after_a_while, ms(delay_ms));
	if (write(tell, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

/* On its old port, if it had one. */
static void bring_up(struct victim *v, int delay_ms)
{
	int tell[2];
	char byte;

	if (!v->port)
		v->port = wirework_port();
	ck_assert_int_eq(pipe(tell), 0);
	v->pid = fork();
	ck_assert_int_ge(v->pid, 0);
	if (v->pid == 0)
		live(v->port, delay_ms, tell[1]);
	close(tell[1]);
	ck_assert_int_eq(read(tell[0], &byte, 1), 1);
	close(tell[0]);
}

static void kill_it(struct victim *v)
{
	kill(v->pid, SIGKILL);
	waitpid(v->pid, NULL, 0);
	v->pid = 0;
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
	send_clients(clients, CLIENTS, 0, GET("/"));
	await_answers(CLIENTS * 10);
	kill_it(&v[1]);
	await_servers("\"servers\":{\"up\":2,\"of\":3}");
	await_answers(CLIENTS * 10);
	expect_no_failure(clients, CLIENTS);
	bring_up(&v[1], 2);
	await_servers("\"servers\":{\"up\":3,\"of\":3}");
	send_clients(clients, CLIENTS, 5, GET("/"));
	expect_no_failure(clients, CLIENTS);
	for (unsigned i = 0; i < SERVERS; i++)
		kill_it(&v[i]);
	stop_gateway();
}

/* Many connections that nobody knows to be dead yet but the kernel. */
static void an_origin_that_is_started_anew_costs_nobody_a_page(void)
{
	static const char *const requests[] = { GET("/"), POST };
	struct victim v = { 0 };
	struct client clients[CLIENTS];
	char servers[128];

	bring_up(&v, 20);
	snprintf(servers, sizeof(servers), "url: \"http://127.0.0.1:%u\"", (unsigned)v.port);
	start_gateway(servers);
	for (unsigned n = 0; n < 10; n++) {
		send_clients(clients, CLIENTS, 3, GET("/"));
		expect_no_failure(clients, CLIENTS);
		kill_it(&v);
		bring_up(&v, 20);
		send_clients(clients, CLIENTS, 3, requests[n % 2]);
		expect_no_failure(clients, CLIENTS);
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

	start_gateway(several(ports, 2, "connect_timeout: 400ms"));
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

static bool when_it_is_let(struct origin_call *call)
{
	legacy_wait(call->ctx);
	return origin_answer(call, 200, "", "ok");
}

/* As long as it answers nobody, there is always somebody whom the other one serves. */
static void a_slow_server_gets_less(void)
{
	struct legacy *pace = legacy_create();
	struct origin *slow = origin_start(when_it_is_let, pace),
		      *quick = origin_start(after_a_while, ms(0));
	uint16_t ports[2] = { origin_port(slow), origin_port(quick) };
	struct client clients[CLIENTS];

	legacy_hold(pace);
	start_gateway(several(ports, 2, ""));
	send_clients(clients, CLIENTS, 0, GET("/"));
	await_answers(CLIENTS * 20);
	ck_assert_uint_gt(origin_count(slow, ""), 0);
	ck_assert_uint_gt(origin_count(quick, ""), 2 * origin_count(slow, ""));
	legacy_release(pace);
	expect_no_failure(clients, CLIENTS);
	stop_gateway();
	origin_stop(&slow);
	origin_stop(&quick);
	legacy_destroy(&pace);
}

static void when_all_are_down_it_is_said_at_once_and_recovery_is_noticed(void)
{
	uint16_t ports[2] = { wirework_port(), wirework_port() };
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

static void servers_come_and_go_with_the_settings(void)
{
	struct origin *o[SERVERS];
	struct client clients[CLIENTS];
	uint16_t ports[SERVERS];

	for (unsigned i = 0; i < SERVERS; i++) {
		o[i] = origin_start(after_a_while, ms(2));
		ports[i] = origin_port(o[i]);
	}
	start_gateway(several(ports, 1, ""));
	send_clients(clients, CLIENTS, 0, GET("/"));
	for (unsigned n = 0; n < 6; n++) {
		await_answers(CLIENTS * 6);
		daemon_reload(gateway, settings_for(several(ports + n % 2, 1 + n % 3 % 2, "")));
	}
	daemon_reload(gateway, settings_for(several(ports + 2, 1, "")));
	await_answers(CLIENTS * 6);
	expect_no_failure(clients, CLIENTS);
	for (unsigned i = 0; i < SERVERS; i++)
		ck_assert_uint_gt(origin_count(o[i], ""), 0);
	stop_gateway();
	for (unsigned i = 0; i < SERVERS; i++)
		origin_stop(&o[i]);
}

static int listen_in6(uint16_t *ret_port)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) < 0) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	ck_assert_int_eq(listen(fd, 16), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*ret_port = ntohs(at.sin6_port);
	return fd;
}

static void servers_are_named_in_every_way(void)
{
	char path[96], urls[256], last[64] = "";
	uint16_t ports[2];
	int listeners[SERVERS], clients[SERVERS], origin;
	unsigned n = SERVERS;

	snprintf(path, sizeof(path), "%s/x.sock", paper_folder());
	listeners[0] = listen_on_path(path);
	listeners[1] = raw_listen(&ports[0]);
	listeners[2] = listen_in6(&ports[1]);
	if (listeners[2] < 0)
		n--;
	if (n == SERVERS)
		snprintf(last, sizeof(last), ", \"http://[::1]:%u\"", (unsigned)ports[1]);
	snprintf(urls, sizeof(urls),
		 "balance: round_robin, urls: [\"unix:%s\", \"http://localhost:%u\"%s]", path,
		 (unsigned)ports[0], last);
	workers = 1;
	start_gateway(urls);
	for (unsigned i = 0; i < n; i++)
		clients[i] = ask(GET("/"));
	for (unsigned i = 0; i < n; i++) {
		origin = raw_accept(listeners[i]);
		has(raw_read_head(origin), "GET / HTTP/1.1\r\n");
		raw_send(origin, OK);
		raw_close(&origin);
	}
	for (unsigned i = 0; i < n; i++) {
		raw_read_until(clients[i], "\r\n\r\nok");
		raw_close(&clients[i]);
		raw_close(&listeners[i]);
	}
	stop_gateway();
	workers = 2;
	paper_burn();
}

/* Two servers behind https, each with a certificate for its own name. */
static void each_server_is_believed_for_its_own_name(void)
{
	static const char *const names[] = { "number", "name" };
	const char *dir = paper_folder();
	char urls[512];
	uint16_t ports[2];
	int listeners[2];

	paper_make(&(struct paper){ dir, "ca", NULL, NULL });
	paper_make(&(struct paper){ dir, "number", "IP:127.0.0.1", "ca" });
	paper_make(&(struct paper){ dir, "name", "DNS:localhost", "ca" });
	for (unsigned i = 0; i < 2; i++)
		listeners[i] = raw_listen(&ports[i]);
	snprintf(
		urls, sizeof(urls),
		"urls: [\"https://127.0.0.1:%u\", \"https://localhost:%u\"], balance: round_robin, "
		"tls: { ca: %s/ca.pem }, proxy_protocol: v1",
		(unsigned)ports[0], (unsigned)ports[1], dir);
	workers = 1;
	start_gateway(urls);
	for (unsigned i = 0; i < 4; i++) {
		struct pollfd p[2] = { { .fd = listeners[0], .events = POLLIN },
				       { .fd = listeners[1], .events = POLLIN } };
		int client = ask(GET("/")), origin;
		unsigned which;
		SSL *o;

		ck_assert_int_gt(poll(p, 2, RAW_WAIT_S * 1000), 0);
		which = p[0].revents ? 0 : 1;
		origin = raw_accept(listeners[which]);
		has(raw_read_until(origin, "\r\n"), "PROXY TCP4 127.0.0.1 ");
		o = guest_host(origin, dir, names[which]);
		ck_assert_ptr_nonnull(o);
		has(guest_hear(o, "\r\n\r\n"), "GET / HTTP/1.1\r\n");
		guest_say(o, OK);
		raw_read_until(client, "\r\n\r\nok");
		raw_close(&client);
		guest_leave(&o);
	}
	daemon_moved(gateway, &before, "requests=4", "responses 2xx=4", "verdicts allow=4",
		     "requests_identified nothing=4", NULL);
	before = daemon_look(gateway);
	for (unsigned i = 0; i < 2; i++)
		raw_close(&listeners[i]);
	stop_gateway();
	workers = 2;
	paper_burn();
}

SUITE_MAIN("origins", a_server_that_is_killed_costs_nobody_a_page,
	   an_origin_that_is_started_anew_costs_nobody_a_page,
	   a_server_that_is_out_of_reach_costs_nobody_a_page, a_slow_server_gets_less,
	   when_all_are_down_it_is_said_at_once_and_recovery_is_noticed,
	   servers_come_and_go_with_the_settings, servers_are_named_in_every_way,
	   each_server_is_believed_for_its_own_name)
