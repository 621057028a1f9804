/* Requests made to use up the room that a request has, at every step: each gets an answer or none, the daemon goes on, and no login
 * passes without being learnt. */
#include "story.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LEAST_BYTES = 150 * 1000, MOST_BYTES = 500 * 1000, STEP_BYTES = 2500, PATH_BYTES = 15000 };

static const char roomy[] = "http: { max_head: 1MiB }\n";

/* A session cookie that must be decoded (so much room is taken several times), beside one that must be taken out. The status, or 0 when
 * the connection was cut. */
static int ask(struct story *s, const char *line, unsigned cookie_bytes, const char *body,
	       bool *ret_granted)
{
	struct wirework_buffer buffer = { 0 };
	struct message answer = { 0 };
	int fd = wirework_connect(daemon_port(s->daemon)), status = 0;
	char *text;

	ck_assert_int_ge(asprintf(&text,
				  "%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
				  "Cookie: phpsessid=1; PHPSESSID=%%41%0*d\r\n"
				  "Content-Type: application/x-www-form-urlencoded\r\n"
				  "Content-Length: %zu\r\n\r\n%s",
				  line, (int)cookie_bytes, 0, strlen(body), body),
			 0);
	wirework_send(fd, text, strlen(text));
	if (message_read(fd, &buffer, false, false, &answer)) {
		status = answer.status;
		*ret_granted = message_field(&answer, "Set-Cookie", 0) != NULL;
	}
	message_free(&answer);
	wirework_free(&buffer);
	close(fd);
	free(text);
	return status;
}

static void a_head_that_fills_the_room_at_any_step_does_not_end_the_daemon(void)
{
	struct story s = story_begin(roomy);
	unsigned refused = 0;
	bool granted;

	for (unsigned bytes = LEAST_BYTES; bytes < MOST_BYTES; bytes += STEP_BYTES)
		refused += ask(&s, "GET /tea", bytes, "", &granted) != 200;
	ck_assert_uint_gt(refused, 0);
	ck_assert_int_eq(ask(&s, "GET /tea", 1, "", &granted), 200);
	story_end(&s);
}

static void a_login_for_which_there_is_no_room_does_not_pass_unlearnt(void)
{
	struct story s = story_begin(roomy);
	char line[PATH_BYTES + 64];
	unsigned passed = 0, refused = 0;

	snprintf(line, sizeof(line), "POST /login.php/%%41%0*d", PATH_BYTES, 0);
	for (unsigned bytes = LEAST_BYTES; bytes < MOST_BYTES; bytes += STEP_BYTES) {
		bool granted = false;
		int status = ask(&s, line, bytes, "user=alice&pass=secret", &granted);

		if (status == 302 && granted)
			passed++;
		else
			refused++;
		ck_assert_msg(daemon_metric(s.daemon, "latchd_logins_total") >= passed,
			      "a login passed unlearnt: status %d, %u bytes", status, bytes);
	}
	ck_assert_uint_gt(passed, 0);
	ck_assert_uint_gt(refused, 0);
	story_end(&s);
}

SUITE_MAIN("hostile room", a_head_that_fills_the_room_at_any_step_does_not_end_the_daemon,
	   a_login_for_which_there_is_no_room_does_not_pass_unlearnt)
