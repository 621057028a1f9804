/* What operators do over the admin API, and what visitors see of it on their next request. */
#include "daemon.h"
#include "legacy.h"
#include "raw.h"
#include "story.h"
#include "suite.h"
#include "visitor.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static void post(struct story *s, const char *target, const char *json, int status)
{
	char *body;

	ck_assert_msg(daemon_admin(s->daemon, "POST", target, json, &body) == status, "%s: %s",
		      target, body);
	free(body);
}

static void expect_in_event(struct story *s, const char *type, const char *fragment)
{
	char *event = story_event(s, type, 0);

	ck_assert_msg(strstr(event, fragment), "no %s in %s", fragment, event);
	free(event);
}

static void a_detached_device_is_out_on_its_very_next_request(void)
{
	struct story s = story_begin("limits: { devices: 2 }\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);
	struct look *before;
	char target[128], *first;

	story_arrive(a, "alice");
	story_arrive(b, "alice");
	first = story_device(&s, "alice", 0);
	before = daemon_look(s.daemon);
	snprintf(target, sizeof(target), "/v1/accounts/alice/devices/%s/detach", first);
	post(&s, target, NULL, 200);
	story_expect_devices(&s, "alice", 1, 1);
	ck_assert_int_eq(visitor_fetch(a, "/members/tea"), 401);
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 303);
	ck_assert_str_eq(visitor_location(a), "/login.php"); /* no challenge caused it */
	ck_assert_ptr_null(visitor_cookie(a, "PHPSESSID"));
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 200);
	daemon_moved(s.daemon, &before, "requests=3", "responses 2xx=1", "responses 3xx=1",
		     "responses 4xx=1", "requests_identified account=3", "verdicts allow=1",
		     "verdicts logout=2", "webhook_questions none=1", NULL);
	expect_in_event(&s, "device.detached", first);
	expect_in_event(&s, "on_current_device_logout", "\"cause\":\"detach\"");
	post(&s, target, NULL, 409);
	free(first);
	story_end(&s);
}

static void a_suspended_account_is_stopped_until_it_is_restored(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);
	struct look *before;

	story_arrive(a, "alice");
	story_arrive(b, "bob");
	before = daemon_look(s.daemon);
	post(&s, "/v1/accounts/alice/suspend", NULL, 200);
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 403);
	ck_assert_int_eq(visitor_fetch(a, "/members/tea"), 403);
	ck_assert_ptr_nonnull(strstr(visitor_answer(a)->body, "account_suspended"));
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 200);
	post(&s, "/v1/accounts/alice/restore", NULL, 200);
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 200);
	daemon_moved(s.daemon, &before, "latchd_requests_total=4",
		     "latchd_responses_total{class=\"2xx\"}=2",
		     "latchd_responses_total{class=\"4xx\"}=2",
		     "latchd_requests_identified_total{as=\"account\"}=4",
		     "latchd_verdicts_total{verdict=\"allow\"}=2",
		     "latchd_verdicts_total{verdict=\"suspended\"}=2", NULL);
	expect_in_event(&s, "account.suspended", "\"account\":\"alice\"");
	expect_in_event(&s, "account.restored", "\"account\":\"alice\"");
	story_end(&s);
}

static void a_suspension_survives_a_kill(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);

	story_arrive(a, "alice");
	post(&s, "/v1/accounts/alice/suspend", NULL, 200);
	daemon_kill(s.daemon);
	daemon_restart(s.daemon);
	visitor_move(a, daemon_port(s.daemon));
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 403);
	expect_in_event(&s, "account.suspended", "alice");
	story_end(&s);
}

static void everybody_can_be_logged_out_at_once(void)
{
	struct story s = story_begin("");
	struct visitor *v[3];

	for (int i = 0; i < 3; i++)
		story_arrive(v[i] = story_visitor(&s), i < 2 ? "alice" : "bob");
	post(&s, "/v1/accounts/alice/logout_all", NULL, 200);
	story_expect_devices(&s, "alice", 0, 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(visitor_navigate(v[i], "/members/tea"), i < 2 ? 303 : 200);
	expect_in_event(&s, "on_current_device_logout", "\"cause\":\"admin\"");
	story_arrive(v[0], "alice");
	story_expect_devices(&s, "alice", 1, 1);
	story_end(&s);
}

static void a_raised_limit_ends_the_challenge(void)
{
	struct story s = story_begin("limits: { devices: 1 }\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);

	story_arrive(a, "alice");
	ck_assert_int_eq(story_log_in(b, "alice"), 302);
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 303);
	post(&s, "/v1/accounts/alice/limit", "{\"limit\":2}", 200);
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 200);
	post(&s, "/v1/accounts/alice/limit", "{\"limit\":null}", 200);
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 303);
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 200);
	story_end(&s);
}

/* Asks until the status is this. */
static void await_status(struct story *s, const char *target, int status, const char *fragment)
{
	char *body = NULL;
	int got = 0;

	for (int waited_ms = 0; waited_ms < WIREWORK_PATIENCE_MS; waited_ms += 20) {
		free(body);
		got = daemon_admin(s->daemon, "GET", target, NULL, &body);
		if (got == status)
			break;
		poll(NULL, 0, 20);
	}
	ck_assert_msg(got == status && strstr(body, fragment), "%s: %d %s", target, got, body);
	free(body);
}

static void readiness_ends_with_the_drain_and_health_does_not(void)
{
	struct story s = story_begin("");
	int fd = raw_connect(daemon_port(s.daemon));

	raw_send(fd, "POST /public HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
	await_status(&s, "/readyz", 200, "\"ready\":true");
	while (daemon_metric(s.daemon, "latchd_requests_total") < 1)
		poll(NULL, 0, 10);
	daemon_signal(s.daemon, SIGTERM);
	await_status(&s, "/readyz", 503, "draining");
	await_status(&s, "/healthz", 200, "true");
	raw_send(fd, "cde");
	raw_read_head(fd);
	raw_close(&fd);
	ck_assert_int_eq(daemon_wait(s.daemon), 0);
	story_end(&s);
}

static void limit_files(struct story *s, bool is_full)
{
	struct rlimit limit = { .rlim_cur = is_full ? 0 : RLIM_INFINITY,
				.rlim_max = RLIM_INFINITY };

	ck_assert_int_eq(prlimit(daemon_pid(s->daemon), RLIMIT_FSIZE, &limit, NULL), 0);
}

static void what_cannot_be_written_is_not_promised_and_readiness_says_so(void)
{
	struct story s;
	struct visitor *a;

	signal(SIGXFSZ, SIG_IGN); /* the daemon inherits it */
	s = story_begin("");
	a = story_visitor(&s);
	story_arrive(a, "alice");
	limit_files(&s, true);
	post(&s, "/v1/accounts/alice/suspend", NULL, 503);
	await_status(&s, "/readyz", 503, "cannot be written");
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 403); /* verdicts go on from memory */
	limit_files(&s, false);
	await_status(&s, "/readyz", 200, "true");
	post(&s, "/v1/accounts/alice/restore", NULL, 200);
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 200);
	story_end(&s);
}

static void hostile_bytes_change_nothing(void)
{
	static const char *const hostile[] = {
		"GET /healthz\r\n\r\n",
		("POST /v1/accounts/alice/suspend HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n"
		 "POST /v1/accounts/alice/suspend HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\n\r\n"),
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 30\r\n\r\nabc",
		"\x16\x03\x01\x02\r\n\r\n",
	};
	struct story s = story_begin("");
	struct look *before;

	story_arrive(story_visitor(&s), "alice");
	before = daemon_look(s.daemon);
	for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
		int fd = raw_connect(daemon_admin_port(s.daemon));
		bool reset;

		raw_send(fd, hostile[i]);
		ck_assert_ptr_nonnull(strstr(raw_read_all(fd, &reset), "HTTP/1.1 4"));
		ck_assert(!reset);
		raw_close(&fd);
	}
	ck_assert_int_eq(daemon_admin(s.daemon, "GET", "/healthz", NULL, NULL), 200);
	daemon_moved(s.daemon, &before, "admin_requests_refused form=4", NULL);
	story_end(&s);
}

static void without_a_token_nothing_but_health_is_told(void)
{
	struct daemon_options options = {
		.bare = true,
		.yaml = "client_id: test\nlisten: [\"127.0.0.1:0\"]\norigin: { url: \"http://127.0.0.1:1\" }\n"
			"state: { path: \"{dir}/state\" }\nadmin: { listen: \"127.0.0.1:0\" }\n"
			"identity: { session_cookies: [S], account: [ { response_header: Latch-Account } ] }\n"
			"redirect_urls: { new_account_url: /new, logout_url: /out }\n",
	};
	struct daemon *d = daemon_start(&options);

	ck_assert_int_eq(daemon_admin(d, "GET", "/healthz", NULL, NULL), 200);
	ck_assert_int_eq(daemon_admin(d, "GET", "/readyz", NULL, NULL), 200);
	ck_assert_int_eq(daemon_admin(d, "GET", "/metrics", NULL, NULL), 401);
	ck_assert_int_eq(daemon_admin(d, "GET", "/v1/accounts", NULL, NULL), 401);
	ck_assert_int_eq(daemon_admin(d, "POST", "/v1/accounts/a/suspend", NULL, NULL), 401);
	daemon_await_log(d, "admin.token_file");
	daemon_stop(&d);
}

SUITE_MAIN("admin", a_detached_device_is_out_on_its_very_next_request,
	   a_suspended_account_is_stopped_until_it_is_restored, a_suspension_survives_a_kill,
	   everybody_can_be_logged_out_at_once, a_raised_limit_ends_the_challenge,
	   readiness_ends_with_the_drain_and_health_does_not,
	   what_cannot_be_written_is_not_promised_and_readiness_says_so,
	   hostile_bytes_change_nothing, without_a_token_nothing_but_health_is_told)
