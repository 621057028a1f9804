/* Few descriptors: what there is is shared out, nobody is promised what is not there, and when there are none left the daemon waits
 * for some instead of spinning. */
#include "raw.h"
#include "story.h"
#include "suite.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FEW = 64, NONE = 3, CROWD = 60, BREATH_MS = 500, SPIN_MS = 200 };

#define GET "GET /members/ HTTP/1.1\r\nHost: www.example.com\r\n"
#define WAITS GET "Please-Wait: yes\r\n\r\n"

static struct story begin_with_few(rlim_t descriptors)
{
	struct rlimit usual, few;
	struct story s;

	getrlimit(RLIMIT_NOFILE, &usual);
	few = usual;
	few.rlim_cur = descriptors;
	setrlimit(RLIMIT_NOFILE, &few);
	s = story_begin("");
	setrlimit(RLIMIT_NOFILE, &usual);
	return s;
}

/* The status of what comes back; 0: the connection was not wanted. */
static int answer_on(int fd)
{
	char head[16] = "";
	size_t len = 0;
	ssize_t n;

	while (len < 12 && (n = recv(fd, head + len, 12 - len, 0)) > 0)
		len += (size_t)n;
	return len == 12 ? atoi(head + 9) : 0;
}

static unsigned series(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	ck_assert_ptr_nonnull(at);
	return (unsigned)atoi(at + strlen(name));
}

/* How many clients have come so far, wanted or not. */
static unsigned come(struct daemon *d)
{
	char *text = daemon_scrape(d);
	unsigned n = series(text, "\nlatchd_connections_total ") +
		     series(text, "\nlatchd_connections_refused_total ");

	free(text);
	return n;
}

static void a_crowd_at_few_descriptors_gets_answers_or_is_turned_away(void)
{
	struct story s = begin_with_few(FEW);
	int clients[CROWD];
	unsigned answered = 0;

	legacy_hold(s.legacy);
	for (unsigned i = 0; i < CROWD; i++) {
		clients[i] = raw_connect(daemon_port(s.daemon));
		send(clients[i], WAITS, strlen(WAITS), MSG_NOSIGNAL);
	}
	/* The operator's door stays open. */
	while (come(s.daemon) < CROWD)
		poll(NULL, 0, 10);
	legacy_release(s.legacy);
	for (unsigned i = 0; i < CROWD; i++) {
		int status = answer_on(clients[i]);

		ck_assert_msg(status == 302 || status == 503 || status == 0, "status %d", status);
		answered += status == 302;
		raw_close(&clients[i]);
	}
	ck_assert_uint_gt(answered, 1);
	ck_assert_int_eq(visitor_navigate(story_visitor(&s), "/"), 200);
	look_free(&s.look);
	s.look = daemon_look(s.daemon);
	story_end(&s);
}

static long cpu_ms(pid_t pid)
{
	clockid_t clock;
	struct timespec t;

	ck_assert_int_eq(clock_getcpuclockid(pid, &clock), 0);
	ck_assert_int_eq(clock_gettime(clock, &t), 0);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void limit_files(pid_t pid, rlim_t n)
{
	struct rlimit limit;

	ck_assert_int_eq(prlimit(pid, RLIMIT_NOFILE, NULL, &limit), 0);
	limit.rlim_cur = n;
	ck_assert_int_eq(prlimit(pid, RLIMIT_NOFILE, &limit, NULL), 0);
}

/* Who comes when there is no descriptor left is heard as soon as there is one, and nobody burns a core meanwhile. */
static void without_a_descriptor_it_waits_for_one(void)
{
	struct story s = story_begin("");
	pid_t pid = daemon_pid(s.daemon);
	int client;
	long before_ms;

	limit_files(pid, NONE);
	client = raw_connect(daemon_port(s.daemon));
	raw_send(client, GET "\r\n");
	before_ms = cpu_ms(pid);
	ck_assert(raw_is_silent(client, BREATH_MS));
	ck_assert_int_lt(cpu_ms(pid) - before_ms, SPIN_MS);
	limit_files(pid, 1024);
	ck_assert_int_eq(answer_on(client), 302);
	raw_close(&client);
	look_free(&s.look);
	s.look = daemon_look(s.daemon);
	story_end(&s);
}

SUITE_MAIN("scarcity", a_crowd_at_few_descriptors_gets_answers_or_is_turned_away,
	   without_a_descriptor_it_waits_for_one)
