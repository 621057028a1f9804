/* Servers that are looked after: asked over TLS, over a socket file, or for a connection only. */
#include "origins_stage.h"

#include "guest.h"
#include "paper.h"

/* A server that says how it is when it is asked, and serves all the same. */
static atomic_bool is_well;

static bool says_how_it_is(struct origin_call *call)
{
	if (strcmp(call->target, "/health") == 0)
		return origin_answer(call, atomic_load(&is_well) ? 200 : 500, "", "");
	return origin_answer(call, 200, "", "ok");
}

static void a_server_that_is_not_well_is_spared(void)
{
	struct origin *well = origin_start(after_a_while, ms(0)),
		      *ill = origin_start(says_how_it_is, NULL);
	uint16_t ports[2] = { origin_port(well), origin_port(ill) };
	struct client clients[CLIENTS];
	unsigned seen;
	char *body;

	atomic_store(&is_well, true);
	start_gateway(several(ports, 2, "health: { path: /health, interval: 100ms, fall: 2 }"));
	origin_wait(ill, "/health", 2);
	atomic_store(&is_well, false);
	await_servers("\"servers\":{\"up\":1,\"of\":2}");
	daemon_await_log(gateway, "it answers 500");
	ck_assert_int_eq(daemon_admin(gateway, "GET", "/v1/servers", NULL, &body), 200);
	has(body, "\"up\":false,\"reason\":\"does not pass its health checks\"");
	free(body);
	seen = origin_count(ill, "/page");
	send_clients(clients, CLIENTS, 10, GET("/page"));
	expect_no_failure(clients, CLIENTS);
	ck_assert_uint_eq(origin_count(ill, "/page"), seen);
	atomic_store(&is_well, true);
	await_servers("\"servers\":{\"up\":2,\"of\":2}");
	send_clients(clients, CLIENTS, 10, GET("/page"));
	expect_no_failure(clients, CLIENTS);
	ck_assert_uint_gt(origin_count(ill, "/page"), seen);
	stop_gateway();
	origin_stop(&well);
	origin_stop(&ill);
}

/* A question over TLS, heard by a server that shows this certificate. */
static void be_asked(int listener, const char *dir, const char *name, const char *answer)
{
	int fd = raw_accept(listener);
	SSL *s = guest_host(fd, dir, name);

	if (!s) {
		raw_close(&fd);
		return;
	}
	has(guest_hear(s, "\r\n\r\n"), "GET /health HTTP/1.1\r\nHost: localhost:");
	guest_say(s, answer);
	guest_leave(&s);
}

#define FINE "HTTP/1.1 204 No Content\r\n\r\n"
#define ILL "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"

/* What it answers, and whether it is the one who should answer. */
static void a_server_behind_https_is_asked_through_tls(void)
{
	const char *dir = paper_folder();
	char servers[512];
	uint16_t port;
	int listener = raw_listen(&port);

	paper_make(&(struct paper){ dir, "ca", NULL, NULL });
	paper_make(&(struct paper){ dir, "right", "DNS:localhost", "ca" });
	paper_make(&(struct paper){ dir, "stranger", "DNS:localhost", NULL });
	snprintf(servers, sizeof(servers),
		 "url: \"https://localhost:%u\", tls: { ca: %s/ca.pem }, "
		 "health: { path: /health, interval: 100ms, fall: 1, rise: 1 }",
		 (unsigned)port, dir);
	start_gateway(servers);
	be_asked(listener, dir, "right", FINE);
	be_asked(listener, dir, "right", ILL);
	await_servers("\"servers\":{\"up\":0,\"of\":1}");
	daemon_await_log(gateway, "it answers 503");
	be_asked(listener, dir, "right", FINE);
	await_servers("\"servers\":{\"up\":1,\"of\":1}");
	be_asked(listener, dir, "stranger", FINE);
	await_servers("\"servers\":{\"up\":0,\"of\":1}");
	daemon_await_log(gateway, "it is left out until it is: self-signed certificate");
	be_asked(listener, dir, "right", FINE);
	await_servers("\"servers\":{\"up\":1,\"of\":1}");
	stop_gateway();
	raw_close(&listener);
	paper_burn();
}

static void answer_on(int listener, const char *answer)
{
	int fd = raw_accept(listener);

	has(raw_read_head(fd), "GET /health HTTP/1.1\r\nHost: www.example.com\r\n");
	raw_send(fd, answer);
	raw_close(&fd);
}

static void a_server_on_a_socket_file_is_asked_there(void)
{
	char path[96], servers[256];
	int listener;

	snprintf(path, sizeof(path), "%s/x.sock", paper_folder());
	listener = listen_on_path(path);
	snprintf(servers, sizeof(servers),
		 "url: \"unix:%s\", health: { path: /health, host: www.example.com, "
		 "interval: 100ms, fall: 1, rise: 1 }",
		 path);
	start_gateway(servers);
	answer_on(listener, FINE);
	answer_on(listener, ILL);
	await_servers("\"servers\":{\"up\":0,\"of\":1}");
	answer_on(listener, FINE);
	await_servers("\"servers\":{\"up\":1,\"of\":1}");
	unlink(path);
	raw_close(&listener);
	await_servers("\"servers\":{\"up\":0,\"of\":1}");
	listener = listen_on_path(path);
	answer_on(listener, FINE);
	await_servers("\"servers\":{\"up\":1,\"of\":1}");
	stop_gateway();
	unlink(path);
	raw_close(&listener);
	paper_burn();
}

/* Noticed before anybody asks: who comes then is told at once. */
static void where_no_path_is_named_a_connection_is_tried(void)
{
	uint16_t port;
	char servers[256];
	int listener = raw_listen(&port), client, fd;

	snprintf(servers, sizeof(servers),
		 "url: \"http://127.0.0.1:%u\", health: { interval: 100ms }", (unsigned)port);
	start_gateway(servers);
	for (unsigned n = 0; n < 3; n++) {
		fd = raw_accept(listener);
		raw_expect_end(fd);
		raw_close(&fd);
	}
	raw_close(&listener);
	await_servers("\"servers\":{\"up\":0,\"of\":1}");
	daemon_await_log(gateway,
			 "is not well: it is left out until it is: it takes no connection");
	client = ask(GET("/"));
	has(raw_read_head(client), "HTTP/1.1 503 ");
	raw_close(&client);
	listener = wirework_listen(&port);
	for (unsigned n = 0; n < 2; n++) {
		fd = raw_accept(listener);
		raw_expect_end(fd);
		raw_close(&fd);
	}
	await_servers("\"servers\":{\"up\":1,\"of\":1}");
	stop_gateway();
	raw_close(&listener);
}

/* How often this stands in the log. */
static unsigned said(const char *words)
{
	char *log = daemon_log(gateway);
	unsigned n = 0;

	for (const char *at = log; (at = strstr(at, words)); at++)
		n++;
	free(log);
	return n;
}

/* What is logged is written a moment later. */
static void await_said(const char *words, unsigned n)
{
	for (unsigned waited_ms = 0; said(words) < n; waited_ms += 10) {
		ck_assert_uint_lt(waited_ms, WIREWORK_PATIENCE_MS);
		poll(NULL, 0, 10);
	}
	ck_assert_uint_eq(said(words), n);
}

/* It is asked whatever became of it, and an operator is told when that changes. */
static void the_only_server_is_spoken_of_once_when_it_goes_and_once_when_it_comes(void)
{
	uint16_t port = wirework_port();
	char servers[128];
	struct origin *o;
	int client;

	snprintf(servers, sizeof(servers), "url: \"http://127.0.0.1:%u\"", (unsigned)port);
	start_gateway(servers);
	for (unsigned round = 1; round <= 2; round++) {
		for (unsigned n = 0; n < 20; n++) {
			const char *head;

			client = ask(n % 2 ? GET("/") : POST);
			head = raw_read_head(client);
			has(head, "HTTP/1.1 502 ");
			has(head, "\r\nRetry-After: ");
			raw_close(&client);
		}
		await_servers("\"servers\":{\"up\":0,\"of\":1}");
		o = origin_start_at(port, after_a_while, ms(0));
		for (unsigned n = 0; n < 20; n++) {
			client = ask(GET("/"));
			has(raw_read_head(client), "HTTP/1.1 200 ");
			raw_close(&client);
		}
		await_servers("\"servers\":{\"up\":1,\"of\":1}");
		origin_stop(&o);
		await_said(" takes connections again", round);
		await_said(" takes no connections: ", round);
	}
	stop_gateway();
}

SUITE_MAIN("origins_health", a_server_that_is_not_well_is_spared,
	   a_server_behind_https_is_asked_through_tls, a_server_on_a_socket_file_is_asked_there,
	   where_no_path_is_named_a_connection_is_tried,
	   the_only_server_is_spoken_of_once_when_it_goes_and_once_when_it_comes)
