/* Events: signed, told at least once and in order, asked once, vetoed by nothing but a veto. */
#include "mac.h"
#include "story.h"
#include "suite.h"

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ONE_DEVICE "limits: { devices: 1 }\n"

/* At the longest, what others do while an event waits for its next time. */
enum { OTHERS_TAKE_S = 6 };

/* What {dir}/webhook.key says in base64. */
static const char key[] = "012345678901234567890123";

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Signatures, by other means than the gateway's own */

static char *field_of(const char *head, const char *name)
{
	struct message m = { .head = strdup(head) };
	const char *value = message_field(&m, name, 0);
	char *copy = value ? strdup(value) : NULL;

	free(m.head);
	return copy;
}

/* Whether `signature` is a list in which the n-th element is that of this key. */
static void expect_signed(const char *head, const char *body, const char *with, unsigned n)
{
	char *id = field_of(head, "webhook-id"), *timestamp = field_of(head, "webhook-timestamp"),
	     *signature = field_of(head, "webhook-signature"), *text, mac[MAC_TEXT_BYTES], *at,
	     *rest = NULL;
	int len;

	ck_assert_msg(id && timestamp && signature, "%s", head);
	len = asprintf(&text, "%s.%s.%s", id, timestamp, body);
	mac_base64(with, strlen(with), text, (size_t)len, mac);
	at = strtok_r(signature, " ", &rest);
	while (n--)
		at = strtok_r(NULL, " ", &rest);
	ck_assert_msg(at && strncmp(at, "v1,", 3) == 0 && strcmp(at + 3, mac) == 0,
		      "%s is not v1,%s", at, mac);
	ck_assert_int_le(labs(atol(timestamp) - time(NULL)), 30);
	free(text);
	free(id);
	free(timestamp);
	free(signature);
}

static void every_event_is_signed_as_standard_webhooks_say(void)
{
	struct story s = story_begin(ONE_DEVICE);
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);

	story_arrive(a, "alice");
	ck_assert_int_eq(story_log_in(b, "alice"), 302);
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 303);
	STORY_TOLD(&s, "device.attached=2", "on_limit_exceeded=1", "challenge.initiated=1",
		   "on_challenge=1");
	for (unsigned i = 0; i < 5; i++) {
		char *head = origin_head(s.sink, "/hooks", i),
		     *body = origin_body(s.sink, "/hooks", i);
		char *type = field_of(head, "Content-Type");

		ck_assert_str_eq(type, "application/json");
		expect_signed(head, body, key, 0);
		free(head);
		free(body);
		free(type);
	}
	STORY_MOVED(&s, "requests=4", "logins=2", "responses 2xx=1", "responses 3xx=3",
		    "verdicts allow=3", "verdicts challenge=1", "requests_identified nothing=2",
		    "requests_identified account=2", "webhook_questions none=1",
		    "webhook_deliveries delivered=4");
	story_end(&s);
}

static void while_a_secret_is_rotated_each_signs(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);
	char *head, *body;

	daemon_edit(s.daemon,
		    "s/, secret_file: [^}]*}/, secrets: [whsec_bmV3LW5ldy1uZXctbmV3LW5ldy1uZXct, "
		    "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz] }/");
	daemon_signal(s.daemon, SIGHUP);
	daemon_await(s.daemon, "READY=1");
	story_arrive(a, "alice");
	body = story_event(&s, "device.attached", 0);
	head = origin_head(s.sink, "/hooks", 0);
	expect_signed(head, body, "new-new-new-new-new-new-", 0);
	expect_signed(head, body, key, 1);
	free(head);
	free(body);
	STORY_MOVED(&s, "requests=2", "logins=1", "responses 2xx=1", "responses 3xx=1",
		    "verdicts allow=2", "requests_identified nothing=1",
		    "requests_identified account=1");
	story_end(&s);
}

static void an_event_says_who_what_and_which_device(void)
{
	struct story s = story_begin("limits: { devices: 1, mobile: 4 }\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);
	char *device, *second, *text, url[128];

	story_arrive(a, "alice");
	device = story_device(&s, "alice", 0);
	ck_assert_int_eq(story_log_in(b, "alice"), 302);
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 303);
	second = story_device(&s, "alice", 1);

	story_expect_said(&s, "device.attached", 0, "type", "device.attached");
	story_expect_said(&s, "device.attached", 0, "client_id", "test");
	story_expect_said(&s, "device.attached", 0, "data.account", "alice");
	story_expect_said(&s, "device.attached", 0, "data.device.id", device);
	story_expect_said(&s, "device.attached", 0, "data.device.type", "desktop");
	story_expect_said(&s, "device.attached", 0, "data.device.label", "Firefox on Linux");
	text = story_said(&s, "device.attached", 0, "timestamp");
	ck_assert_msg(strlen(text) == 24 && text[10] == 'T' && text[19] == '.' && text[23] == 'Z',
		      "%s", text);
	free(text);
	free(story_said(&s, "device.attached", 0, "data.device.first_seen"));
	free(story_said(&s, "device.attached", 0, "data.device.last_seen"));

	story_expect_said(&s, "on_limit_exceeded", 0, "data.device.id", second);
	story_expect_said(&s, "on_limit_exceeded", 0, "data.attached_devices", "2");
	story_expect_said(&s, "on_limit_exceeded", 0, "data.limit", "1");
	story_expect_said(&s, "on_limit_exceeded", 0, "data.limits.overall", "1");
	story_expect_said(&s, "on_limit_exceeded", 0, "data.limits.mobile", "4");
	story_expect_said(&s, "on_limit_exceeded", 0, "data.limits.tablet", "0");
	story_expect_said(&s, "on_limit_exceeded", 0, "data.limits.desktop", "0");
	story_expect_said(&s, "on_limit_exceeded", 0, "data.reasons", "[\"too_many_devices\"]");

	snprintf(url, sizeof(url), "http://www.example.com%s", visitor_location(b));
	story_expect_said(&s, "on_challenge", 0, "data.url", url);
	story_expect_said(&s, "on_challenge", 0, "data.challenge.id",
			  strstr(url, "challenge=") + 10);
	story_expect_said(&s, "on_challenge", 0, "data.challenge.status", "initiated");
	story_expect_said(&s, "on_challenge", 0, "data.challenge.reasons",
			  "[\"too_many_devices\"]");
	free(story_said(&s, "on_challenge", 0, "data.challenge.type"));
	story_expect_said(&s, "on_challenge", 0, "data.device.id", second);
	free(device);
	free(second);
	STORY_MOVED(&s, "requests=4", "logins=2", "responses 2xx=1", "responses 3xx=3",
		    "verdicts allow=3", "verdicts challenge=1", "requests_identified nothing=2",
		    "requests_identified account=2", "webhook_questions none=1");
	story_end(&s);
}

/* Vetoes */

/* A second device of a fresh account meets this answer; whether it passed. */
static bool is_vetoed(struct story *s, unsigned number, int status, const char *answer)
{
	struct visitor *a = story_visitor(s), *b = story_visitor(s);
	char account[32];
	int came;

	snprintf(account, sizeof(account), "account%u", number);
	story_arrive(a, account);
	story_sink_says(s, "on_challenge", status, answer);
	ck_assert_int_eq(story_log_in(b, account), 302);
	came = visitor_navigate(b, "/members/asked");
	ck_assert_msg(came == 200 || came == 303, "%d", came);
	return came == 200;
}

static void false_and_an_object_that_returns_false_are_vetoes_and_nothing_else_is(void)
{
	static const struct {
		int status;
		const char *answer;
		bool veto;
	} answers[] = {
		{ 200, "false", true },
		{ 200, " \n{ \"return\" : false }\n", true },
		{ 201, "false", true },
		{ 500, "false", false },
		{ 200, "", false },
		{ 204, "", false },
		{ 404, "{\"return\":false}", false },
		{ 200, "null", false },
		{ 200, "0", false },
		{ 200, "\"false\"", false },
		{ 302, "false", false },
		{ 200, "{\"return\":true}", false },
		{ 200, "{\"return\":null}", false },
		{ 200, "{\"return\":false", false },
		{ 200, "[false]", false },
		{ 200, "false false", false },
	};
	struct story s = story_begin(ONE_DEVICE);

	for (unsigned i = 0; i < sizeof(answers) / sizeof(*answers); i++)
		ck_assert_msg(is_vetoed(&s, i, answers[i].status, answers[i].answer) ==
				      answers[i].veto,
			      "%d %s", answers[i].status, answers[i].answer);
	STORY_MOVED(&s, "requests=64", "logins=32", "responses 2xx=19", "responses 3xx=45",
		    "verdicts allow=51", "verdicts challenge=13", "requests_identified nothing=32",
		    "requests_identified account=32", "webhook_questions veto=3",
		    "webhook_questions none=10", "webhook_questions failed=3");
	story_end(&s);
}

static void a_late_answer_is_no_veto_and_costs_no_more_than_the_timeout(void)
{
	struct story s = story_begin(ONE_DEVICE);
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);
	int64_t began_ms;

	daemon_edit(s.daemon, "s/timeout: 20s/timeout: 500ms/");
	daemon_signal(s.daemon, SIGHUP);
	daemon_await(s.daemon, "READY=1");
	story_sink_says(&s, "on_challenge", 200, "false");
	story_sink_holds(&s, "on_challenge", true);
	story_arrive(a, "alice");
	ck_assert_int_eq(story_log_in(b, "alice"), 302);
	began_ms = now_ms();
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 303);
	ck_assert_int_ge(now_ms() - began_ms, 250);
	/* The answer has still not come: who does not wait for it now, has not waited for it before. */
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 303);
	ck_assert_uint_eq(story_events(&s, "on_challenge"), 1);
	story_sink_holds(&s, "on_challenge", false);
	STORY_MOVED(&s, "requests=5", "logins=2", "responses 2xx=1", "responses 3xx=4",
		    "verdicts allow=3", "verdicts challenge=2", "requests_identified nothing=2",
		    "requests_identified account=3", "webhook_questions timeout=1");
	story_end(&s);
}

static void a_vetoed_challenge_stays_open_and_the_origin_is_told_of_it(void)
{
	struct story s = story_begin(ONE_DEVICE);
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);
	char *id, line[96];

	story_sink_says(&s, "on_challenge", 200, "{\"return\":false}");
	story_arrive(a, "alice");
	ck_assert_int_eq(story_log_in(b, "alice"), 302);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 200);
	ck_assert_int_eq(visitor_fetch(b, "/members/api"), 200);
	id = story_said(&s, "on_challenge", 0, "data.challenge.id");
	snprintf(line, sizeof(line), "Latch-Challenge: %s\r\n", id);
	ck_assert(origin_saw(s.origin, line, 2));
	ck_assert(origin_saw(s.origin, "Latch-Verdict: challenge\r\n", 2));
	story_expect_devices(&s, "alice", 2, 1);
	snprintf(line, sizeof(line), "/.latch/challenge?challenge=%s", id);
	ck_assert_int_eq(visitor_navigate(b, line), 200);
	free(id);
	STORY_TOLD(&s, "device.attached=2", "on_limit_exceeded=1", "challenge.initiated=1",
		   "on_challenge=1");
	STORY_MOVED(&s, "requests=8", "logins=2", "responses 2xx=6", "responses 3xx=2",
		    "verdicts allow=7", "requests_identified nothing=2",
		    "requests_identified account=5", "webhook_questions veto=1");
	story_end(&s);
}

static void a_veto_is_remembered_until_the_challenge_changes_its_state(void)
{
	struct story s = story_begin(ONE_DEVICE);
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);
	char *id, page[96];

	story_sink_says(&s, "on_challenge", 200, "false");
	story_arrive(a, "alice");
	story_arrive(b, "alice");
	story_kill_and_restart(&s);
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 200);
	ck_assert_uint_eq(story_events(&s, "on_challenge"), 1);
	id = story_said(&s, "on_challenge", 0, "data.challenge.id");
	snprintf(page, sizeof(page), "/.latch/challenge?challenge=%s", id);
	free(id);
	ck_assert_int_eq(visitor_navigate(b, page), 200);
	ck_assert_int_eq(story_act(b, "claim", NULL), 303);
	story_sink_says(&s, "on_challenge", 200, "");
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 303);
	story_expect_said(&s, "on_challenge", 1, "data.challenge.status", "verified");
	STORY_MOVED(&s, "requests=4", "responses 2xx=2", "responses 3xx=2", "verdicts allow=1",
		    "verdicts challenge=1", "requests_identified account=2",
		    "webhook_questions none=1");
	story_end(&s);
}

static void a_vetoed_logout_is_proxied_with_its_verdict_and_the_device_stays_detached(void)
{
	struct story s = story_begin(ONE_DEVICE "strategy: log_out_idle\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);

	story_sink_says(&s, "on_current_device_logout", 200, "false");
	story_arrive(a, "alice");
	story_arrive(b, "alice");
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 200);
	ck_assert(visitor_shows(a, "hello alice"));
	ck_assert(origin_saw(s.origin, "Latch-Verdict: logout\r\n", 4));
	ck_assert(!origin_saw(s.origin, "Latch-Challenge", 0));
	story_expect_devices(&s, "alice", 1, 1);
	STORY_MOVED(&s, "requests=5", "logins=2", "responses 2xx=3", "responses 3xx=2",
		    "verdicts allow=5", "requests_identified nothing=2",
		    "requests_identified account=3", "webhook_questions veto=1");
	story_kill_and_restart(&s);
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 200);
	ck_assert_uint_eq(story_events(&s, "on_current_device_logout"), 1);
	STORY_MOVED(&s, "requests=1", "responses 2xx=1", "verdicts allow=1",
		    "requests_identified account=1");
	story_end(&s);
}

static void each_revocation_is_asked_about_once_and_is_its_own(void)
{
	struct story s = story_begin(ONE_DEVICE "strategy: log_out_idle\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);

	story_arrive(a, "alice");
	story_arrive(b, "alice");
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(visitor_fetch(a, "/members/api"), 401);
	ck_assert_uint_eq(story_events(&s, "on_current_device_logout"), 1);
	visitor_forget_cookie(a, "PHPSESSID");
	story_arrive(a, "alice");
	ck_assert_int_eq(visitor_fetch(b, "/members/api"), 401);
	ck_assert_uint_eq(story_events(&s, "on_current_device_logout"), 2);
	STORY_MOVED(&s, "requests=10", "logins=3", "responses 2xx=3", "responses 3xx=3",
		    "responses 4xx=4", "verdicts allow=6", "verdicts logout=4",
		    "requests_identified nothing=3", "requests_identified account=7",
		    "webhook_questions none=2");
	story_end(&s);
}

static void after_5_failures_in_a_row_nothing_is_asked_and_nobody_waits(void)
{
	struct story s = story_begin(ONE_DEVICE);

	for (unsigned i = 0; i < 5; i++)
		ck_assert(!is_vetoed(&s, i, 500, ""));
	ck_assert(!is_vetoed(&s, 5, 200, "false"));
	ck_assert_uint_eq(story_events(&s, "on_challenge"), 5);
	STORY_MOVED(&s, "requests=24", "logins=12", "responses 2xx=6", "responses 3xx=18",
		    "verdicts allow=18", "verdicts challenge=6", "requests_identified nothing=12",
		    "requests_identified account=12", "webhook_questions failed=5",
		    "webhook_questions skipped=1");
	story_end(&s);
}

static void without_a_backend_nobody_is_asked_and_the_gateway_works(void)
{
	struct daemon_options options = { 0 };
	struct story s = { .legacy = legacy_create() };
	struct visitor *a, *b;
	char *yaml;

	s.origin = origin_start(legacy_script, s.legacy);
	ck_assert_int_ge(asprintf(&yaml, "%s" ONE_DEVICE, legacy_settings), 0);
	options.yaml = yaml;
	options.origin = origin_port(s.origin);
	s.daemon = daemon_start(&options);
	s.look = daemon_look(s.daemon);
	a = story_visitor(&s);
	b = story_visitor(&s);
	story_arrive(a, "alice");
	ck_assert_int_eq(story_log_in(b, "alice"), 302);
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 303);
	STORY_MOVED(&s, "requests=4", "logins=2", "responses 2xx=1", "responses 3xx=3",
		    "verdicts allow=3", "verdicts challenge=1", "requests_identified nothing=2",
		    "requests_identified account=2");
	free(yaml);
	story_end(&s);
}

/* Telling */

/* Fails the first deliveries of told events, as the test wants it; they may come again after so many seconds. */
static atomic_int failing;
static atomic_int failure_status, retry_after_s;

static bool moody_sink(struct origin_call *call)
{
	char fields[64];

	if (atomic_load(&failing) > 0) {
		atomic_fetch_sub(&failing, 1);
		snprintf(fields, sizeof(fields), "Retry-After: %d\r\nLocation: /elsewhere\r\n",
			 atomic_load(&retry_after_s));
		return origin_answer(call, atomic_load(&failure_status), fields, "");
	}
	return origin_answer(call, 200, "", "");
}

static struct story moody_begin(int status, int times, int after_s)
{
	atomic_store(&failing, times);
	atomic_store(&retry_after_s, after_s);
	atomic_store(&failure_status, status);
	return story_begin_with("", legacy_settings, legacy_script, moody_sink);
}

static char *id_of(struct story *s, unsigned n)
{
	char *head = origin_head(s->sink, "/hooks", n), *id;

	ck_assert_ptr_nonnull(head);
	id = field_of(head, "webhook-id");
	free(head);
	return id;
}

static void a_failed_delivery_is_tried_again_when_the_backend_says_under_the_same_id(void)
{
	struct story s = moody_begin(503, 1, 1);
	struct visitor *a = story_visitor(&s);
	char *first, *second;

	story_arrive(a, "alice");
	origin_wait(s.sink, "/hooks", 2);
	first = id_of(&s, 0);
	second = id_of(&s, 1);
	ck_assert_str_eq(first, second);
	free(first);
	free(second);
	STORY_MOVED(&s, "requests=2", "logins=1", "responses 2xx=1", "responses 3xx=1",
		    "verdicts allow=2", "requests_identified nothing=1",
		    "requests_identified account=1", "webhook_deliveries failed=1",
		    "webhook_deliveries delivered=1");
	story_end(&s);
}

static void an_accounts_events_come_in_order_and_wait_for_the_one_that_failed(void)
{
	struct story s = moody_begin(500, 1, OTHERS_TAKE_S);
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);
	char *body;

	story_arrive(a, "alice");
	origin_wait(s.sink, "/hooks", 1);
	ck_assert_int_eq(visitor_navigate(a, "/logout.php"), 302);
	story_order(&s, "alice", "suspend", NULL);
	story_arrive(b, "bob");
	STORY_TOLD(&s, "device.attached=3", "device.detached=1", "account.suspended=1");
	body = origin_body(s.sink, "/hooks", 1);
	ck_assert_msg(strstr(body, "\"bob\""), "others wait too: %s", body);
	free(body);
	for (unsigned i = 2; i < 5; i++) {
		static const char *const types[] = { "device.attached", "device.detached",
						     "account.suspended" };

		body = origin_body(s.sink, "/hooks", i);
		ck_assert_msg(strstr(body, types[i - 2]), "%s is not %s", body, types[i - 2]);
		free(body);
	}
	STORY_MOVED(&s, "requests=5", "logins=2", "responses 2xx=2", "responses 3xx=3",
		    "verdicts allow=5", "requests_identified nothing=2",
		    "requests_identified account=3", "webhook_deliveries failed=1",
		    "webhook_deliveries delivered=4");
	story_end(&s);
}

static void redirects_of_the_backend_are_not_followed(void)
{
	struct story s = moody_begin(302, 1, 1);
	struct visitor *a = story_visitor(&s);

	story_arrive(a, "alice");
	origin_wait(s.sink, "/hooks", 2);
	ck_assert_uint_eq(origin_count(s.sink, "/elsewhere"), 0);
	STORY_MOVED(&s, "requests=2", "logins=1", "responses 2xx=1", "responses 3xx=1",
		    "verdicts allow=2", "requests_identified nothing=1",
		    "requests_identified account=1", "webhook_deliveries failed=1",
		    "webhook_deliveries delivered=1");
	story_end(&s);
}

static void a_410_stops_the_endpoint_until_the_settings_are_loaded_again(void)
{
	struct story s = moody_begin(410, 1, 1);
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);

	story_arrive(a, "alice");
	STORY_MOVED(&s, "requests=2", "logins=1", "responses 2xx=1", "responses 3xx=1",
		    "verdicts allow=2", "requests_identified nothing=1",
		    "requests_identified account=1", "webhook_gone=1", "webhook_deliveries gone=1");
	story_arrive(b, "bob");
	ck_assert_uint_eq(origin_count(s.sink, "/hooks"), 1);
	daemon_reload(s.daemon, legacy_settings);
	STORY_TOLD(&s, "device.attached=3");
	STORY_MOVED(&s, "requests=2", "logins=1", "responses 2xx=1", "responses 3xx=1",
		    "verdicts allow=2", "requests_identified nothing=1",
		    "requests_identified account=1", "webhook_gone=-1",
		    "webhook_deliveries delivered=2");
	story_end(&s);
}

static void draining_does_not_wait_for_webhooks_and_they_are_told_after_the_next_start(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);

	story_sink_holds(&s, "device.attached", true);
	story_arrive(a, "alice");
	origin_wait(s.sink, "/hooks", 1);
	daemon_signal(s.daemon, SIGTERM);
	ck_assert_int_eq(daemon_wait(s.daemon), 0);
	story_sink_holds(&s, "device.attached", false);
	daemon_restart(s.daemon);
	STORY_TOLD(&s, "device.attached=2");
	look_free(&s.look);
	s.look = daemon_look(s.daemon);
	STORY_MOVED(&s, "webhook_deliveries delivered=?");
	story_end(&s);
}

SUITE_MAIN("events", every_event_is_signed_as_standard_webhooks_say,
	   while_a_secret_is_rotated_each_signs, an_event_says_who_what_and_which_device,
	   false_and_an_object_that_returns_false_are_vetoes_and_nothing_else_is,
	   a_late_answer_is_no_veto_and_costs_no_more_than_the_timeout,
	   a_vetoed_challenge_stays_open_and_the_origin_is_told_of_it,
	   a_veto_is_remembered_until_the_challenge_changes_its_state,
	   a_vetoed_logout_is_proxied_with_its_verdict_and_the_device_stays_detached,
	   each_revocation_is_asked_about_once_and_is_its_own,
	   after_5_failures_in_a_row_nothing_is_asked_and_nobody_waits,
	   without_a_backend_nobody_is_asked_and_the_gateway_works,
	   a_failed_delivery_is_tried_again_when_the_backend_says_under_the_same_id,
	   an_accounts_events_come_in_order_and_wait_for_the_one_that_failed,
	   redirects_of_the_backend_are_not_followed,
	   a_410_stops_the_endpoint_until_the_settings_are_loaded_again,
	   draining_does_not_wait_for_webhooks_and_they_are_told_after_the_next_start)
