/* What becomes of a request that comes when the connection kept for it has just ended, or talks: both are news to the gateway in
 * one turn of its loop, because it was stopped meanwhile. */
#include "daemon.h"
#include "legacy.h"
#include "raw.h"
#include "suite.h"

#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { ROUNDS = 200, TALKS = 25, STEP_MS = 1, PATIENCE_STEPS = 30000 };

#define has(text, part) ck_assert_msg(strstr(text, part), "no \"%s\" in \"%s\"", part, text)
#define GET "GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n"
#define POST "POST / HTTP/1.1\r\nHost: www.example.com\r\nContent-Length: 4\r\n\r\nbody"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define POISON "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"

static struct daemon *gateway;
static int listener = -1, client = -1, origin = -1;

static void start(void)
{
	uint16_t port;

	listener = raw_listen(&port);
	gateway = daemon_start(&(struct daemon_options){ .yaml = legacy_settings, .origin = port });
	client = raw_connect(daemon_port(gateway));
}

static void stop(void)
{
	raw_close(&client);
	if (origin >= 0)
		raw_close(&origin);
	daemon_stop(&gateway);
	raw_close(&listener);
}

/* Over the connection that there is, or a new one. */
static void take_answer(const char *request)
{
	if (origin < 0)
		origin = raw_accept(listener);
	raw_read_head(origin);
	if (strstr(request, "body"))
		raw_read_until(origin, "body");
	raw_send(origin, OK);
	has(raw_read_until(client, "\r\n\r\nok"), "HTTP/1.1 200 OK\r\n");
}

/* Afterwards a connection rests in the pool. */
static void exchange(void)
{
	raw_send(client, GET);
	take_answer(GET);
}

static void hold_still(void)
{
	daemon_signal(gateway, SIGSTOP);
	ck_assert_int_eq(waitpid(daemon_pid(gateway), NULL, WUNTRACED), daemon_pid(gateway));
}

static void go_on(void)
{
	daemon_signal(gateway, SIGCONT);
}

/* The other side's kernel has all that was sent. */
static void await_delivery(int fd)
{
	int unsent = 1;

	for (unsigned n = 0; n < PATIENCE_STEPS && unsent; n++) {
		ck_assert_int_eq(ioctl(fd, SIOCOUTQ, &unsent), 0);
		if (unsent)
			poll(NULL, 0, STEP_MS);
	}
	ck_assert_int_eq(unsent, 0);
}

/* The same for the end. */
static void leave_origin(void)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	ck_assert_int_eq(shutdown(origin, SHUT_WR), 0);
	for (unsigned n = 0; n < PATIENCE_STEPS && info.tcpi_state != TCP_FIN_WAIT2; n++) {
		ck_assert_int_eq(getsockopt(origin, IPPROTO_TCP, TCP_INFO, &info, &len), 0);
		if (info.tcpi_state != TCP_FIN_WAIT2)
			poll(NULL, 0, STEP_MS);
	}
	ck_assert_int_eq(info.tcpi_state, TCP_FIN_WAIT2);
	raw_close(&origin);
}

static void come_when_it_has_ended(const char *request, bool asked_first)
{
	start();
	for (unsigned n = 0; n < ROUNDS; n++) {
		exchange();
		hold_still();
		if (asked_first)
			raw_send(client, request);
		leave_origin();
		if (!asked_first)
			raw_send(client, request);
		go_on();
		take_answer(request);
	}
	stop();
}

static void a_post_is_not_lost_on_a_connection_that_has_ended(void)
{
	come_when_it_has_ended(POST, false);
}

static void a_post_is_not_lost_on_a_connection_that_ends_behind_it(void)
{
	come_when_it_has_ended(POST, true);
}

static void a_get_is_not_lost_on_a_connection_that_has_ended(void)
{
	come_when_it_has_ended(GET, false);
	come_when_it_has_ended(GET, true);
}

/* What is left in the kernel when a process is killed in front of unread bytes. */
static void a_post_is_not_lost_on_a_connection_that_was_reset(void)
{
	start();
	for (unsigned n = 0; n < ROUNDS; n++) {
		exchange();
		hold_still();
		raw_reset(&origin);
		raw_send(client, POST);
		go_on();
		take_answer(POST);
	}
	stop();
}

static void come_when_it_talks(const char *request, bool asked_first)
{
	start();
	for (unsigned n = 0; n < TALKS; n++) {
		exchange();
		hold_still();
		if (asked_first)
			raw_send(client, request);
		raw_send(origin, POISON);
		await_delivery(origin);
		if (!asked_first)
			raw_send(client, request);
		go_on();
		raw_expect_end(origin);
		raw_close(&origin);
		take_answer(request);
	}
	stop();
}

static void nobody_gets_what_was_said_before_anybody_asked(void)
{
	come_when_it_talks(GET, false);
	come_when_it_talks(GET, true);
	come_when_it_talks(POST, false);
	come_when_it_talks(POST, true);
}

SUITE_MAIN("stale", a_post_is_not_lost_on_a_connection_that_has_ended,
	   a_post_is_not_lost_on_a_connection_that_ends_behind_it,
	   a_get_is_not_lost_on_a_connection_that_has_ended,
	   a_post_is_not_lost_on_a_connection_that_was_reset,
	   nobody_gets_what_was_said_before_anybody_asked)
