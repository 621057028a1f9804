/* Sealed cookies and sessions in addresses through the whole gateway: sockets, retries, restarts, the log. */
#include "raw.h"
#include "story.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEAL_BYTES = 44 };

#define UPGRADE                                           \
	"Connection: Upgrade\r\nUpgrade: websocket\r\n"   \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" \
	"Sec-WebSocket-Version: 13\r\n"
#define GRANTED                                         \
	"HTTP/1.1 101 Switching Protocols\r\n"          \
	"Connection: Upgrade\r\nUpgrade: websocket\r\n" \
	"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
#define LOGIN                                                                                             \
	"  account:\n"                                                                                    \
	"    - login_form: { path: /login.php, field: user, password: pass, success: { status: 302 } }\n" \
	"  logout_paths: [/logout.php]\n" LEGACY_REDIRECTS

static const char sealed[] =
	"identity:\n  session_cookies: [{ name: PHPSESSID, seal: true }]\n" LOGIN;
static const char in_addresses[] =
	"identity:\n  session_cookies: [PHPSESSID]\n  session_parameters: [PHPSESSID]\n" LOGIN;

static const char first[] = "session-of-legacy-0";

static bool script(struct origin_call *call)
{
	static const char granted[] =
		GRANTED "Set-Cookie: PHPSESSID=session-of-legacy-0; Path=/ws\r\n\r\n";

	if (strcmp(call->target, "/socket") == 0) {
		wirework_send(call->fd, granted, strlen(granted));
		return false;
	}
	/* Dies under the first request that comes. */
	if (strcmp(call->target, "/stale") == 0 && origin_count(call->origin, "/stale") == 1)
		return false;
	return legacy_script(call);
}

static struct story begin(const char *yaml)
{
	return story_begin_with(yaml, sealed, script, story_sink_script);
}

/* What of the n-th request to this address the origin saw as its cookies. */
static void expect_cookies(struct story *s, const char *target, unsigned n, const char *cookies)
{
	char *head = origin_head(s->origin, target, n), line[256];

	ck_assert_msg(head != NULL, "no request to %s", target);
	snprintf(line, sizeof(line), "\r\nCookie: %s\r\n", cookies);
	ck_assert_msg(cookies[0] ? strstr(head, line) != NULL : !strstr(head, "Cookie:"), "%s",
		      head);
	free(head);
}

static void a_browser_never_holds_what_the_origin_takes(void)
{
	struct story s = begin("");
	struct visitor *a = story_visitor(&s);

	story_arrive(a, "alice");
	ck_assert_uint_eq(strlen(visitor_cookie(a, "PHPSESSID")), strlen(first) + SEAL_BYTES);
	ck_assert_str_eq(visitor_answer(a)->body, "hello alice");
	expect_cookies(&s, "/members/", 0, "PHPSESSID=session-of-legacy-0");
	story_expect_devices(&s, "alice", 1, 1);
	STORY_MOVED(&s, "requests=2", "logins=1", "responses 2xx=1", "responses 3xx=1",
		    "verdicts allow=2", "requests_identified nothing=1",
		    "requests_identified account=1");
	story_end(&s);
}

static void a_value_without_its_seal_is_removed_and_counted(void)
{
	struct story s = begin("");
	struct visitor *a = story_visitor(&s), *m = story_visitor(&s);

	story_arrive(a, "alice");
	visitor_set_cookie(m, "PHPSESSID", first);
	visitor_set_cookie(m, "theme", "dark");
	ck_assert_int_eq(visitor_navigate(m, "/members/tea"), 302);
	expect_cookies(&s, "/members/", 1, "theme=dark");
	story_expect_devices(&s, "alice", 1, 1);
	STORY_MOVED(&s, "requests=3", "logins=1", "responses 2xx=1", "responses 3xx=2",
		    "verdicts allow=3", "session_cookies_unsealed=1",
		    "requests_identified nothing=2", "requests_identified account=1");
	story_end(&s);
}

static void seals_are_good_after_a_restart(void)
{
	struct story s = begin("");
	struct visitor *a = story_visitor(&s);

	story_arrive(a, "alice");
	story_kill_and_restart(&s);
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 200);
	ck_assert_str_eq(visitor_answer(a)->body, "hello alice");
	STORY_MOVED(&s, "requests=1", "responses 2xx=1", "verdicts allow=1",
		    "requests_identified account=1");
	story_end(&s);
}

static void a_socket_is_asked_for_with_bare_cookies_and_granted_with_sealed_ones(void)
{
	struct story s = begin("");
	struct visitor *a = story_visitor(&s);
	char head[1024], line[256];
	int fd;

	story_arrive(a, "alice");
	fd = raw_connect(daemon_port(s.daemon));
	snprintf(
		head, sizeof(head),
		"GET /socket HTTP/1.1\r\nHost: www.example.com\r\nCookie: PHPSESSID=%s; latch=%s\r\n" UPGRADE
		"\r\n",
		visitor_cookie(a, "PHPSESSID"), visitor_cookie(a, "latch"));
	raw_send(fd, head);
	snprintf(line, sizeof(line), "\r\nSet-Cookie: PHPSESSID=%s; Path=/ws\r\n",
		 visitor_cookie(a, "PHPSESSID"));
	ck_assert_ptr_nonnull(strstr(raw_read_head(fd), line));
	raw_expect_end(fd);
	raw_close(&fd);
	expect_cookies(&s, "/socket", 0, "PHPSESSID=session-of-legacy-0");
	story_end(&s);
}

static void a_request_that_is_sent_again_is_sent_bare_again(void)
{
	struct story s = begin("");
	struct visitor *a = story_visitor(&s);

	story_arrive(a, "alice");
	ck_assert_int_eq(visitor_navigate(a, "/stale"), 200);
	expect_cookies(&s, "/stale", 0, "PHPSESSID=session-of-legacy-0");
	expect_cookies(&s, "/stale", 1, "PHPSESSID=session-of-legacy-0");
	STORY_MOVED(&s, "requests=3", "logins=1", "responses 2xx=2", "responses 3xx=1",
		    "verdicts allow=3", "requests_identified nothing=1",
		    "requests_identified account=2", "origin_retries=1");
	story_end(&s);
}

/* A reload is all it takes; whoever was logged in logs in once more. */
static void switching_seals_on_ends_the_sessions_under_way_and_no_more(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);

	story_arrive(a, "alice");
	daemon_reload(s.daemon, sealed);
	for (unsigned i = 0; i < 500 && visitor_navigate(a, "/members/tea") == 200; i++)
		visitor_hang_up(a);
	ck_assert_int_eq(visitor_answer(a)->status, 302);
	story_arrive(a, "alice");
	ck_assert_ptr_nonnull(strchr(visitor_cookie(a, "PHPSESSID"), '~'));
	story_expect_devices(&s, "alice", 1, 1);
	story_end(&s);
}

/* -- addresses -- */

static void a_kicked_session_is_refused_in_an_address_and_stays_so_after_a_restart(void)
{
	struct story s = story_begin_as(in_addresses, "");
	struct visitor *a = story_visitor(&s), *other = story_visitor(&s);

	story_arrive(a, "alice");
	ck_assert_int_eq(visitor_fetch(other, "/members/tea?PHPSESSID=session-of-legacy-0"), 302);
	story_order(&s, "alice", "logout_all", NULL);
	ck_assert_int_eq(visitor_fetch(other, "/members/tea?PHPSESSID=session-of-legacy-0"), 401);
	story_kill_and_restart(&s);
	ck_assert_int_eq(visitor_fetch(other, "/members/tea;phpsessid=session-of-legacy-0"), 401);
	story_end(&s);
}

static void no_session_of_an_address_reaches_the_log_or_the_state(void)
{
	struct story s = story_begin_as(in_addresses, "limits: { devices: 1 }\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);
	char command[256], *log;
	int fd;

	story_arrive(a, "alice");
	ck_assert_int_eq(visitor_navigate(a, "/path;PHPSESSID=session-of-legacy-0/secret"), 200);
	ck_assert_int_eq(visitor_navigate(a, "/encoded%3bPHPSESSID=session-of-legacy-0"), 200);
	ck_assert_int_eq(story_log_in(b, "alice"), 302);
	ck_assert_int_eq(visitor_navigate(b, "/wanted;PHPSESSID=session-of-legacy-1?x=1"), 303);
	visitor_request(a, "POST", "/login.php;PHPSESSID=session-of-legacy-0", "", "user=x&pass=");
	/* One that is refused for its form, by whoever reads it first. */
	fd = raw_connect(daemon_port(s.daemon));
	raw_send(fd, "GET /refused;PHPSESSID=session-of-legacy-0 HTTP/1.1\r\nHost: a\r\n"
		     "Content-Length: x\r\n\r\n");
	raw_read_head(fd);
	raw_close(&fd);
	daemon_await_log(s.daemon, "/refused");
	daemon_await_log(s.daemon, "/path");
	daemon_await_log(s.daemon, "/wanted");
	daemon_await_log(s.daemon, "a form on /login.php that");
	log = daemon_log(s.daemon);
	ck_assert_msg(!strstr(log, "session-of-legacy"), "%s", log);
	free(log);
	snprintf(command, sizeof(command), "! grep -rq session-of-legacy %s/state",
		 daemon_dir(s.daemon));
	ck_assert_int_eq(system(command), 0);
	snprintf(command, sizeof(command), "grep -rq 'wanted?x=1' %s/state", daemon_dir(s.daemon));
	ck_assert_int_eq(system(command), 0);
	story_end(&s);
}

static void an_address_with_two_sessions_keeps_one(void)
{
	struct story s = story_begin_as(in_addresses, "");
	struct visitor *a = story_visitor(&s);

	ck_assert_int_eq(visitor_navigate(a, "/x?PHPSESSID=a-session-value-number-1&y&PHPSESSID="
					     "a-session-value-number-2"),
			 200);
	ck_assert(origin_saw(s.origin, "GET /x?PHPSESSID=a-session-value-number-1&y HTTP/1.1\r\n",
			     0));
	STORY_MOVED(&s, "requests=1", "responses 2xx=1", "verdicts allow=1",
		    "session_parameters_removed=1", "requests_identified session=1");
	story_end(&s);
}

SUITE_MAIN("seal", a_browser_never_holds_what_the_origin_takes,
	   a_value_without_its_seal_is_removed_and_counted, seals_are_good_after_a_restart,
	   a_socket_is_asked_for_with_bare_cookies_and_granted_with_sealed_ones,
	   a_request_that_is_sent_again_is_sent_bare_again,
	   switching_seals_on_ends_the_sessions_under_way_and_no_more,
	   a_kicked_session_is_refused_in_an_address_and_stays_so_after_a_restart,
	   no_session_of_an_address_reaches_the_log_or_the_state,
	   an_address_with_two_sessions_keeps_one)
