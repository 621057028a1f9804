/* What happens at once: many first requests, many logins, a kick while every worker has the verdict in its cache. */
#include "story.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 50, CONNECTIONS = 32 };

#define ONE_PLACE "limits: { devices: 1 }\n"
#define NAVIGATION "Accept: text/html\r\nSec-Fetch-Mode: navigate\r\n"

static void crowd(struct story *s, struct visitor **v, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		v[i] = story_visitor(s);
}

static void all_ask(struct visitor **v, unsigned n, const char *target, const char *fields)
{
	for (unsigned i = 0; i < n; i++)
		visitor_send(v[i], "GET", target, fields, NULL);
}

static unsigned all_receive(struct visitor **v, unsigned n, int status)
{
	unsigned got = 0;

	for (unsigned i = 0; i < n; i++)
		got += visitor_receive(v[i]) == status;
	return got;
}

/* All of them send before anybody reads; how many got this status. */
static unsigned all_at_once(struct visitor **v, unsigned n, const char *target, const char *fields,
			    int status)
{
	all_ask(v, n, target, fields);
	return all_receive(v, n, status);
}

static void fifty_parallel_first_requests_of_a_session_make_one_device(void)
{
	struct story s = story_begin("limits: { devices: 1 }\n");
	struct visitor *a = story_visitor(&s), *v[MANY];

	ck_assert_int_eq(story_log_in(a, "alice"), 302);
	crowd(&s, v, MANY);
	for (unsigned i = 0; i < MANY; i++)
		visitor_set_cookie(v[i], "PHPSESSID", visitor_cookie(a, "PHPSESSID"));
	ck_assert_uint_eq(all_at_once(v, MANY, "/members/tea", NAVIGATION, 200), MANY);
	for (unsigned i = 0; i < MANY; i++)
		if (visitor_cookie(v[i], "latch"))
			ck_assert_msg(strncmp(visitor_cookie(v[i], "latch"),
					      visitor_cookie(a, "latch"), 30) == 0,
				      "another device");
	story_expect_devices(&s, "alice", 1, 1);
	STORY_TOLD(&s, "device.attached=1");
	STORY_MOVED(&s, "requests=51", "logins=1", "responses 2xx=50", "responses 3xx=1",
		    "verdicts allow=51", "requests_identified nothing=1",
		    "requests_identified account=50");
	story_end(&s);
}

static void fifty_parallel_answers_that_name_the_account_make_one_device(void)
{
	struct story s = story_begin_as("identity:\n  session_cookies: [PHPSESSID]\n  account:\n"
					"    - response_header: X-Account\n" LEGACY_REDIRECTS,
					"limits: { devices: 1 }\n");
	struct visitor *v[MANY];

	crowd(&s, v, MANY);
	for (unsigned i = 0; i < MANY; i++)
		visitor_set_cookie(v[i], "PHPSESSID", "a-session-of-long-ago");
	legacy_hold(s.legacy);
	for (unsigned i = 0; i < MANY; i++)
		visitor_send(v[i], "GET", "/first",
			     NAVIGATION "Please-Wait: 1\r\nPlease-Field: X-Account: alice\r\n",
			     NULL);
	origin_wait(s.origin, "/first", MANY);
	legacy_release(s.legacy);
	for (unsigned i = 0; i < MANY; i++)
		ck_assert_int_eq(visitor_receive(v[i]), 200);
	ck_assert_uint_eq(all_at_once(v, MANY, "/second", NAVIGATION, 200), MANY);
	story_expect_devices(&s, "alice", 1, 1);
	STORY_TOLD(&s, "device.attached=1");
	STORY_MOVED(&s, "requests=100", "logins=50", "responses 2xx=100", "verdicts allow=100",
		    "requests_identified session=50", "requests_identified account=50");
	story_end(&s);
}

static void fifty_parallel_first_requests_without_a_session_are_one_device(void)
{
	struct story s = story_begin_as(
		"identity:\n  account:\n    - request_header: X-User\n" LEGACY_REDIRECTS,
		"trusted_proxies: [127.0.0.0/8]\nlimits: { devices: 1 }\n");
	struct visitor *v[MANY];

	crowd(&s, v, MANY);
	ck_assert_uint_eq(all_at_once(v, MANY, "/", NAVIGATION "X-User: alice\r\n", 200), MANY);
	story_expect_devices(&s, "alice", 1, 1);
	STORY_TOLD(&s, "device.attached=1");
	STORY_MOVED(&s, "requests=50", "responses 2xx=50", "verdicts allow=50",
		    "requests_identified account=50");
	story_end(&s);
}

static void twenty_parallel_logins_against_limit_5_allow_exactly_5(void)
{
	struct story s = story_begin("limits: { devices: 5 }\n");
	struct visitor *v[20];

	crowd(&s, v, 20);
	for (unsigned i = 0; i < 20; i++)
		visitor_send(v[i], "POST", "/login.php",
			     NAVIGATION "Content-Type: application/x-www-form-urlencoded\r\n",
			     "user=alice&pass=secret");
	for (unsigned i = 0; i < 20; i++)
		ck_assert_int_eq(visitor_receive(v[i]), 302);
	ck_assert_uint_eq(all_at_once(v, 20, "/members/1", NAVIGATION, 200), 5);
	ck_assert_uint_eq(all_at_once(v, 20, "/members/2", NAVIGATION, 200), 5);
	ck_assert_uint_eq(origin_count(s.origin, "/members/"), 10);
	story_expect_devices(&s, "alice", 20, 5);
	STORY_TOLD(&s, "device.attached=20", "on_limit_exceeded=15", "challenge.initiated=15",
		   "on_challenge=15");
	STORY_MOVED(&s, "requests=60", "logins=20", "responses 2xx=10", "responses 3xx=50",
		    "verdicts allow=30", "verdicts challenge=30", "requests_identified nothing=20",
		    "requests_identified account=40", "webhook_questions none=15");
	story_end(&s);
}

/* The same session over many connections, so that every worker has its verdict. */
static void spread(struct story *s, const struct visitor *from, struct visitor **v)
{
	crowd(s, v, CONNECTIONS);
	for (unsigned i = 0; i < CONNECTIONS; i++)
		visitor_copy_cookies(v[i], from);
	for (int round = 0; round < 2; round++)
		ck_assert_uint_eq(all_at_once(v, CONNECTIONS, "/members/warm", NAVIGATION, 200),
				  CONNECTIONS);
}

static void a_kick_is_effective_on_the_very_next_request_on_every_worker(void)
{
	struct story s = story_begin("limits: { devices: 1 }\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s), *v[CONNECTIONS];
	char *first, *page;
	unsigned seen;

	story_arrive(a, "alice");
	spread(&s, a, v);
	first = story_device(&s, "alice", 0);
	ck_assert_int_eq(story_log_in(b, "alice"), 302);
	page = story_claim(b, "/members/tea");
	ck_assert_int_eq(story_act(b, "kick", first), 303);
	seen = origin_count(s.origin, "/");
	ck_assert_uint_eq(
		all_at_once(v, CONNECTIONS, "/members/next", "Accept: application/json\r\n", 401),
		CONNECTIONS);
	ck_assert_uint_eq(origin_count(s.origin, "/"), seen);
	free(first);
	free(page);
	STORY_MOVED(&s, "requests=104", "logins=2", "responses 2xx=67", "responses 3xx=5",
		    "responses 4xx=32", "verdicts allow=67", "verdicts challenge=1",
		    "verdicts logout=32", "requests_identified nothing=2",
		    "requests_identified account=98", "webhook_questions none=2");
	story_end(&s);
}

static void a_detach_by_an_administrator_is_effective_on_the_very_next_request_on_every_worker(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s), *v[CONNECTIONS];
	char *device, action[64];
	unsigned seen;

	story_arrive(a, "alice");
	spread(&s, a, v);
	device = story_device(&s, "alice", 0);
	snprintf(action, sizeof(action), "devices/%s/detach", device);
	free(device);
	story_order(&s, "alice", action, NULL);
	seen = origin_count(s.origin, "/");
	ck_assert_uint_eq(
		all_at_once(v, CONNECTIONS, "/members/next", "Accept: application/json\r\n", 401),
		CONNECTIONS);
	ck_assert_uint_eq(origin_count(s.origin, "/"), seen);
	STORY_MOVED(&s, "requests=98", "logins=1", "responses 2xx=65", "responses 3xx=1",
		    "responses 4xx=32", "verdicts allow=66", "verdicts logout=32",
		    "requests_identified nothing=1", "requests_identified account=97",
		    "webhook_questions none=1");
	story_end(&s);
}

static void a_suspension_and_its_end_are_effective_at_once_on_every_worker(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s), *v[CONNECTIONS];

	story_arrive(a, "alice");
	spread(&s, a, v);
	story_order(&s, "alice", "suspend", NULL);
	ck_assert_uint_eq(
		all_at_once(v, CONNECTIONS, "/members/next", "Accept: application/json\r\n", 403),
		CONNECTIONS);
	story_order(&s, "alice", "restore", NULL);
	ck_assert_uint_eq(
		all_at_once(v, CONNECTIONS, "/members/next", "Accept: application/json\r\n", 200),
		CONNECTIONS);
	STORY_TOLD(&s, "device.attached=1", "account.suspended=1", "account.restored=1");
	STORY_MOVED(&s, "requests=130", "logins=1", "responses 2xx=97", "responses 3xx=1",
		    "responses 4xx=32", "verdicts allow=98", "verdicts suspended=32",
		    "requests_identified nothing=1", "requests_identified account=129");
	story_end(&s);
}

static void parallel_kicks_for_one_place_give_it_to_one(void)
{
	struct story s = story_begin(ONE_PLACE);
	struct visitor *owner = story_visitor(&s), *v[8];
	char *first, form[8][512];
	unsigned placed = 0;

	story_arrive(owner, "alice");
	first = story_device(&s, "alice", 0);
	crowd(&s, v, 8);
	for (unsigned i = 0; i < 8; i++) {
		char *page, *challenge, *csrf;

		ck_assert_int_eq(story_log_in(v[i], "alice"), 302);
		page = story_claim(v[i], "/members/tea");
		challenge = story_hidden(v[i], "challenge");
		csrf = story_hidden(v[i], "csrf");
		snprintf(form[i], sizeof(form[i]), "challenge=%s&csrf=%s&action=kick&device=%s",
			 challenge, csrf, first);
		free(page);
		free(challenge);
		free(csrf);
	}
	for (unsigned i = 0; i < 8; i++)
		visitor_send(v[i], "POST", "/.latch/challenge",
			     NAVIGATION "Content-Type: application/x-www-form-urlencoded\r\n",
			     form[i]);
	for (unsigned i = 0; i < 8; i++)
		placed += visitor_receive(v[i]) == 303;
	ck_assert_uint_eq(placed, 1);
	story_expect_devices(&s, "alice", 8, 1);
	free(first);
	STORY_TOLD(&s, "device.attached=9", "on_limit_exceeded=8", "challenge.initiated=8",
		   "on_challenge=8", "device.detached=1", "challenge.completed=1");
	STORY_MOVED(&s, "requests=50", "logins=9", "responses 2xx=17", "responses 3xx=26",
		    "responses 4xx=7", "verdicts allow=10", "verdicts challenge=8",
		    "requests_identified nothing=9", "requests_identified account=9",
		    "webhook_questions none=8");
	story_end(&s);
}

static void requests_that_wait_for_one_question_ask_it_once(void)
{
	struct story s = story_begin("limits: { devices: 1 }\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s), *v[CONNECTIONS];

	story_sink_holds(&s, "on_challenge", true);
	story_arrive(a, "alice");
	ck_assert_int_eq(story_log_in(b, "alice"), 302);
	crowd(&s, v, CONNECTIONS);
	for (unsigned i = 0; i < CONNECTIONS; i++)
		visitor_copy_cookies(v[i], b);
	all_ask(v, CONNECTIONS, "/members/tea", "Accept: application/json\r\n");
	STORY_MOVED(&s, "requests=35", "logins=2", "responses 2xx=1", "responses 3xx=2",
		    "verdicts allow=3", "requests_identified nothing=2",
		    "requests_identified account=33");
	story_sink_holds(&s, "on_challenge", false);
	ck_assert_uint_eq(all_receive(v, CONNECTIONS, 403), CONNECTIONS);
	STORY_TOLD(&s, "device.attached=2", "on_limit_exceeded=1", "challenge.initiated=1",
		   "on_challenge=1");
	STORY_MOVED(&s, "responses 4xx=32", "verdicts challenge=32", "webhook_questions none=1");
	story_end(&s);
}

SUITE_MAIN("parallel", fifty_parallel_first_requests_of_a_session_make_one_device,
	   fifty_parallel_answers_that_name_the_account_make_one_device,
	   fifty_parallel_first_requests_without_a_session_are_one_device,
	   twenty_parallel_logins_against_limit_5_allow_exactly_5,
	   a_kick_is_effective_on_the_very_next_request_on_every_worker,
	   a_detach_by_an_administrator_is_effective_on_the_very_next_request_on_every_worker,
	   a_suspension_and_its_end_are_effective_at_once_on_every_worker,
	   parallel_kicks_for_one_place_give_it_to_one,
	   requests_that_wait_for_one_question_ask_it_once)
