/* The header of a proxy is taken off a descriptor, and nothing behind it. */
#include "suite.h"

#include "base/err.h"
#include "serve/preface.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINE "PROXY UNKNOWN\r\n"

static struct preface *preface;
static struct proxy_protocol header;
static int near, far;

static void set_up(void)
{
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	near = pair[0];
	far = pair[1];
	preface = preface_create(NULL);
}

static void tear_down(void)
{
	preface_destroy(&preface);
	close(near);
	close(far);
}

static void say(const char *text)
{
	ck_assert_int_eq(send(far, text, strlen(text), 0), (ssize_t)strlen(text));
}

static int look(void)
{
	return preface_read(preface, near, &header);
}

static void what_follows_stays_for_who_reads_next(void)
{
	char rest[16] = "";

	say(LINE "GET");
	ck_assert_int_eq(look(), 0);
	ck_assert_int_eq(recv(near, rest, sizeof(rest), 0), 3);
	ck_assert_str_eq(rest, "GET");
}

static void it_may_come_byte_by_byte(void)
{
	static const char line[] = LINE;

	for (size_t i = 0; line[i]; i++) {
		ck_assert_int_eq(look(), ERR_BUSY);
		ck_assert_int_eq(send(far, line + i, 1, 0), 1);
	}
	ck_assert_int_eq(look(), 0);
}

static void an_end_within_it_is_no_end_before_it(void)
{
	shutdown(far, SHUT_WR);
	ck_assert_int_eq(look(), ERR_CLOSED);
	tear_down();
	set_up();
	say("PROXY");
	shutdown(far, SHUT_WR);
	ck_assert_int_eq(look(), ERR_BUSY);
	ck_assert_int_eq(look(), ERR_IO);
}

/* From here on a look sees what is behind the first line, and a read gets that line. So it is for a moment when urgent data
 * becomes ordinary because there is more of it. */
static void look_past_a_line(void)
{
	int off = (int)strlen(LINE);

	ck_assert_int_eq(setsockopt(near, SOL_SOCKET, SO_PEEK_OFF, &off, sizeof(off)), 0);
}

static void bytes_that_change_before_they_are_taken_make_no_header(void)
{
	look_past_a_line();
	say("GET / HTTP/1.1\n" LINE);
	ck_assert_int_eq(look(), ERR_SYNTAX);
}

/* The assertion that more is to come failed, and all connections with it. */
static void bytes_that_become_a_header_while_they_are_taken_are_none(void)
{
	look_past_a_line();
	say(LINE "PROXY UNKNOWN x");
	ck_assert_int_eq(look(), ERR_SYNTAX);
}

SUITE_MAIN_WITH("preface", set_up, tear_down, what_follows_stays_for_who_reads_next,
		it_may_come_byte_by_byte, an_end_within_it_is_no_end_before_it,
		bytes_that_change_before_they_are_taken_make_no_header,
		bytes_that_become_a_header_while_they_are_taken_are_none)
