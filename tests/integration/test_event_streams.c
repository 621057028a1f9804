/* Event streams of the application: not held up on their way, open as long as their device is allowed, and cut so that the page
 * notices when it is not. */
#include "hotline.h"
#include "raw.h"
#include "suite.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* What is looked at four times a second is cut within one, on a machine that has nothing else to do. */
enum { FEW = 6, SOON_MS = 10 * 1000, IDLE_MS = 1000 };

#define has(text, part) ck_assert_msg(strstr(text, part), "no \"%s\" in \"%s\"", part, text)

#define HEAD                                                                          \
	"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-" \
	"Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n"
#define EVENT "9\r\ndata: x\n\n\r\n"
#define ACCEPT "Accept: text/event-stream\r\n"

/* The origin: an event at once, and the end when the test says so or nobody listens any more. */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool is_over;

static bool is_time(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	bool over;

	pthread_mutex_lock(&lock);
	over = is_over;
	pthread_mutex_unlock(&lock);
	return over || poll(&p, 1, 10) > 0;
}

static bool stream_events(struct origin_call *call)
{
	wirework_send(call->fd, HEAD EVENT, strlen(HEAD EVENT));
	while (!is_time(call->fd))
		;
	send(call->fd, EVENT "0\r\n\r\n", strlen(EVENT "0\r\n\r\n"), MSG_NOSIGNAL);
	return false;
}

static bool script(struct origin_call *call)
{
	return strcmp(call->target, "/events") == 0 ? stream_events(call) : legacy_script(call);
}

static void let_streams(bool end)
{
	pthread_mutex_lock(&lock);
	is_over = end;
	pthread_mutex_unlock(&lock);
}

static struct story begin(const char *yaml)
{
	let_streams(false);
	return story_begin_with(yaml, legacy_settings, script, story_sink_script);
}

static int open_stream(struct story *s, const struct visitor *v, const char *method,
		       const char *fields)
{
	int fd = hotline_ask(s, v, method, "/events", fields);

	has(raw_read_head(fd), "text/event-stream");
	raw_read_until(fd, EVENT);
	return fd;
}

static void open_streams(struct story *s, const struct visitor *v, int fds[FEW])
{
	for (unsigned i = 0; i < FEW; i++)
		fds[i] = open_stream(s, v, "GET", ACCEPT);
	ck_assert_int_eq((int)daemon_metric(s->daemon, "event_streams"), FEW);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Without the last chunk, so that nobody takes it for whole. */
static void expect_cut(int fds[FEW])
{
	int64_t began_ms = now_ms();

	for (unsigned i = 0; i < FEW; i++) {
		ck_assert_str_eq(raw_read_all(fds[i], NULL), "");
		raw_close(&fds[i]);
	}
	ck_assert_int_le(now_ms() - began_ms, SOON_MS);
}

static void expect_open(int fds[FEW])
{
	for (unsigned i = 0; i < FEW; i++)
		ck_assert(raw_is_silent(fds[i], i ? 0 : 600));
}

static void expect_no_streams(struct story *s)
{
	for (unsigned i = 0; i < 1000 && daemon_metric(s->daemon, "event_streams") > 0; i++)
		poll(NULL, 0, 10);
	ck_assert_int_eq((int)daemon_metric(s->daemon, "event_streams"), 0);
}

/* Whose device is allowed no longer */

static void a_kicked_device_loses_its_streams_and_gets_no_new_ones(void)
{
	struct story s = begin("");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);
	int fds[FEW], other, fd;

	story_arrive(a, "alice");
	story_arrive(b, "bob");
	open_streams(&s, a, fds);
	other = open_stream(&s, b, "GET", ACCEPT);
	story_order(&s, "alice", "logout_all", NULL);
	expect_cut(fds);
	fd = hotline_ask(&s, a, "GET", "/events", ACCEPT);
	has(raw_read_head(fd), "HTTP/1.1 403 ");
	raw_close(&fd);
	ck_assert(raw_is_silent(other, 0));
	let_streams(true);
	raw_read_until(other, EVENT "0\r\n\r\n");
	raw_close(&other);
	expect_no_streams(&s);
	ck_assert_uint_eq(story_events(&s, "on_current_device_logout"), 1);
	story_end(&s);
}

static void a_veto_leaves_them_open(void)
{
	struct story s = begin("");
	struct visitor *a = story_visitor(&s);
	int fds[FEW];

	story_sink_says(&s, "on_current_device_logout", 200, "false");
	story_arrive(a, "alice");
	open_streams(&s, a, fds);
	story_order(&s, "alice", "logout_all", NULL);
	free(story_event(&s, "on_current_device_logout", 0));
	expect_open(fds);
	ck_assert_uint_eq(story_events(&s, "on_current_device_logout"), 1);
	let_streams(true);
	for (unsigned i = 0; i < FEW; i++) {
		raw_read_until(fds[i], EVENT "0\r\n\r\n");
		raw_close(&fds[i]);
	}
	story_end(&s);
}

static void a_challenged_device_loses_them(void)
{
	struct story s = begin("limits: { devices: 2 }\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);
	int fds[FEW], first;

	story_arrive(a, "alice");
	story_arrive(b, "alice");
	first = open_stream(&s, a, "GET", ACCEPT);
	raw_close(&first);
	let_streams(true);
	expect_no_streams(&s);
	let_streams(false);
	open_streams(&s, b, fds);
	ck_assert_int_eq(story_please(a, "/", "Please-Field: Latch-Device-Limit: 1\r\n"), 200);
	expect_cut(fds);
	story_end(&s);
}

static void a_suspended_account_loses_them(void)
{
	struct story s = begin("");
	struct visitor *a = story_visitor(&s);
	int fds[FEW];

	story_arrive(a, "alice");
	open_streams(&s, a, fds);
	story_order(&s, "alice", "suspend", NULL);
	expect_cut(fds);
	expect_no_streams(&s);
	story_end(&s);
}

/* An old client has no chunks to miss: a reset is what it notices. */
static void an_old_client_notices_too(void)
{
	struct story s = begin("");
	struct visitor *a = story_visitor(&s);
	char head[512];
	bool reset;
	int fd;

	story_arrive(a, "alice");
	fd = raw_connect(daemon_port(s.daemon));
	snprintf(head, sizeof(head),
		 "GET /events HTTP/1.0\r\nHost: www.example.com\r\nCookie: PHPSESSID=%s; "
		 "latch=%s\r\n\r\n",
		 visitor_cookie(a, "PHPSESSID"), visitor_cookie(a, "latch"));
	raw_send(fd, head);
	raw_read_until(fd, "\r\n\r\ndata: x\n\n");
	story_order(&s, "alice", "suspend", NULL);
	ck_assert_str_eq(raw_read_all(fd, &reset), "");
	ck_assert(reset);
	raw_close(&fd);
	story_end(&s);
}

/* Who has gone */

/* No reset, nothing unread: what a browser does when its page is left. */
static void a_client_that_closes_frees_the_origin_at_once(void)
{
	struct story s = begin("");
	struct visitor *a = story_visitor(&s);
	int fds[FEW];

	story_arrive(a, "alice");
	open_streams(&s, a, fds);
	for (unsigned i = 0; i < FEW; i++)
		raw_close(&fds[i]);
	expect_no_streams(&s);
	story_end(&s);
}

static void a_client_that_will_send_no_more_is_gone(void)
{
	struct story s = begin("");
	struct visitor *nobody = story_visitor(&s);
	int fds[FEW];

	open_streams(&s, nobody, fds);
	for (unsigned i = 0; i < FEW; i++)
		shutdown(fds[i], SHUT_WR);
	expect_cut(fds);
	expect_no_streams(&s);
	story_end(&s);
}

static void who_is_gone_before_the_stream_begins_gets_none(void)
{
	struct story s = begin("");
	struct visitor *nobody = story_visitor(&s);
	int fd = hotline_ask(&s, nobody, "GET", "/events", ACCEPT);

	shutdown(fd, SHUT_WR);
	raw_read_all(fd, NULL);
	raw_close(&fd);
	expect_no_streams(&s);
	story_end(&s);
}

/* Times */

static void a_drain_ends_those_that_come_again_by_themselves(void)
{
	struct story s = begin("");
	struct visitor *a = story_visitor(&s);
	int fds[FEW];

	story_arrive(a, "alice");
	open_streams(&s, a, fds);
	daemon_signal(s.daemon, SIGTERM);
	expect_cut(fds);
	ck_assert_int_eq(daemon_wait(s.daemon), 0);
	daemon_restart(s.daemon);
	story_end(&s);
}

/* Nobody posts the same twice by himself, and an answer that is written as it is thought of has an end. */
static void a_drain_waits_for_one_that_was_posted(void)
{
	struct story s = begin("");
	struct visitor *a = story_visitor(&s);
	int fd;

	story_arrive(a, "alice");
	fd = open_stream(&s, a, "POST", ACCEPT "Content-Length: 0\r\n");
	daemon_signal(s.daemon, SIGTERM);
	daemon_await(s.daemon, "STOPPING=1");
	ck_assert(raw_is_silent(fd, 300));
	let_streams(true);
	raw_read_until(fd, EVENT "0\r\n\r\n");
	raw_close(&fd);
	ck_assert_int_eq(daemon_wait(s.daemon), 0);
	daemon_restart(s.daemon);
	story_end(&s);
}

static void silence_ends_a_stream(void)
{
	struct story s = begin("http: { tunnel_idle: 1s }\n");
	struct visitor *nobody = story_visitor(&s);
	int64_t began_ms = now_ms();
	int fd = open_stream(&s, nobody, "GET", ACCEPT);

	raw_expect_end(fd);
	ck_assert_int_ge(now_ms() - began_ms, IDLE_MS * 3 / 4);
	raw_close(&fd);
	expect_no_streams(&s);
	story_end(&s);
}

SUITE_MAIN("event streams", a_kicked_device_loses_its_streams_and_gets_no_new_ones,
	   a_veto_leaves_them_open, a_challenged_device_loses_them, a_suspended_account_loses_them,
	   an_old_client_notices_too, a_client_that_closes_frees_the_origin_at_once,
	   a_client_that_will_send_no_more_is_gone, who_is_gone_before_the_stream_begins_gets_none,
	   a_drain_ends_those_that_come_again_by_themselves, a_drain_waits_for_one_that_was_posted,
	   silence_ends_a_stream)
