/* origins_stage: a daemon in front of several servers of one origin, and clients that come and go. */
#pragma once

#include "daemon.h"
#include "legacy.h"
#include "origin.h"
#include "raw.h"
#include "suite.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { SERVERS = 3, CLIENTS = 16 };

#define has(text, part) ck_assert_msg(strstr(text, part), "no \"%s\" in \"%s\"", part, text)
#define GET(path) "GET " path " HTTP/1.1\r\nHost: www.example.com\r\n\r\n"
#define POST "POST / HTTP/1.1\r\nHost: www.example.com\r\nContent-Length: 4\r\n\r\nbody"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static struct daemon *gateway;
static struct look *before;
static unsigned workers = 2;

/* The daemon, in front of what `servers` says. */

static inline const char *settings_for(const char *servers)
{
	static char yaml[4096];

	snprintf(
		yaml, sizeof(yaml),
		"listen: [\"127.0.0.1:0\"]\nworkers: %u\nstate: { path: \"{dir}/state\" }\nwarmup: 0s\n"
		"admin: { listen: \"127.0.0.1:0\", token_file: \"{dir}/admin.token\" }\n"
		"log: { level: debug }\n%sorigin: { %s }\n",
		workers, legacy_settings, servers);
	return yaml;
}

static inline void start_gateway(const char *servers)
{
	gateway = daemon_start(
		&(struct daemon_options){ .yaml = settings_for(servers), .bare = true });
	before = daemon_look(gateway);
}

static inline void stop_gateway(void)
{
	look_free(&before);
	daemon_stop(&gateway);
}

/* "urls: [http://127.0.0.1:1, ...], more" */
static inline const char *several(const uint16_t *ports, unsigned n, const char *more)
{
	static char text[1024];
	size_t len = (size_t)snprintf(text, sizeof(text), "urls: [");

	for (unsigned i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s\"http://127.0.0.1:%u\"",
					i ? ", " : "", (unsigned)ports[i]);
	snprintf(text + len, sizeof(text) - len, "]%s%s", *more ? ", " : "", more);
	return text;
}

/* Answers after some milliseconds: ctx. */
static inline bool after_a_while(struct origin_call *call)
{
	poll(NULL, 0, (int)(intptr_t)call->ctx);
	return origin_answer(call, 200, "", "ok");
}

static inline void *ms(int n)
{
	return (void *)(intptr_t)n;
}

static inline int listen_on_path(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(at.sun_path, path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(fd, 16), 0);
	return fd;
}

/* Clients */

struct client {
	pthread_t thread;
	unsigned rounds; /* 0: as many as there is time for */
	const char *request;
	unsigned failed, last_status;
};

static atomic_uint answered;
static atomic_bool enough; /* for those who come without end */

static inline void *come_and_go(void *arg)
{
	struct client *c = arg;
	struct wirework_buffer buffer = { 0 };
	int fd = wirework_connect(daemon_port(gateway));

	for (unsigned i = 0; c->rounds ? i < c->rounds : !atomic_load(&enough); i++) {
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

static inline void send_clients(struct client *clients, unsigned n, unsigned rounds,
				const char *request)
{
	atomic_store(&answered, 0);
	atomic_store(&enough, false);
	for (unsigned i = 0; i < n; i++) {
		clients[i] = (struct client){ .rounds = rounds, .request = request };
		pthread_create(&clients[i].thread, NULL, come_and_go, &clients[i]);
	}
}

/* So many more. */
static inline void await_answers(unsigned n)
{
	n += atomic_load(&answered);
	for (unsigned waited_ms = 0; atomic_load(&answered) < n; waited_ms++) {
		ck_assert_uint_lt(waited_ms, WIREWORK_PATIENCE_MS);
		poll(NULL, 0, 1);
	}
}

static inline void expect_no_failure(struct client *clients, unsigned n)
{
	atomic_store(&enough, true);
	for (unsigned i = 0; i < n; i++) {
		pthread_join(clients[i].thread, NULL);
		ck_assert_msg(!clients[i].failed, "%u failed, the last with %u", clients[i].failed,
			      clients[i].last_status);
	}
}

static inline int ask(const char *request)
{
	int client = raw_connect(daemon_port(gateway));

	raw_send(client, request);
	return client;
}

/* Until all servers but these are up, as the operator sees it. */
static inline void await_servers(const char *words)
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
