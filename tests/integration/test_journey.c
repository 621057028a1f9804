/* The story of a shared account, told over sockets: log in, be challenged, claim, remove a device, be logged out. */
#include "daemon.h"
#include "legacy.h"
#include "story.h"
#include "suite.h"
#include "visitor.h"

#include <stdlib.h>
#include <string.h>

static void a_login_and_the_page_after_it_attach_one_device(void)
{
	struct story s = story_begin("limits: { devices: 2 }\n");
	struct visitor *alice = story_visitor(&s);

	ck_assert_int_eq(story_log_in(alice, "alice"), 302);
	ck_assert_ptr_nonnull(visitor_cookie(alice, "latch"));
	ck_assert_int_eq(visitor_navigate(alice, "/members/tea"), 200);
	ck_assert_str_eq(visitor_answer(alice)->body, "hello alice");
	STORY_MOVED(&s, "logins=1", "requests=2", "responses 2xx=1", "responses 3xx=1",
		    "verdicts allow=2", "requests_identified account=1",
		    "requests_identified nothing=1");
	story_expect_devices(&s, "alice", 1, 1);
	story_end(&s);
}

static void the_third_device_is_challenged_claims_and_removes_the_first(void)
{
	struct story s = story_begin("limits: { devices: 2 }\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s), *c = story_visitor(&s);
	char *first, *page, *challenge;

	story_arrive(a, "alice");
	story_arrive(b, "alice");
	ck_assert_int_eq(story_log_in(c, "alice"), 302);
	ck_assert_int_eq(visitor_navigate(c, "/members/tea?time=5"), 303);
	ck_assert_msg(strncmp(visitor_location(c), "/.latch/challenge?challenge=", 28) == 0, "%s",
		      visitor_location(c));
	challenge = strdup(visitor_location(c) + 28);
	first = story_device(&s, "alice", 0);

	page = strdup(visitor_location(c));
	ck_assert_int_eq(visitor_navigate(c, page), 200);
	ck_assert_ptr_nonnull(strstr(visitor_answer(c)->body, "This is my account"));
	ck_assert_int_eq(story_act(c, "claim", NULL), 303);
	ck_assert_int_eq(visitor_navigate(c, page), 200);
	ck_assert_ptr_nonnull(strstr(visitor_answer(c)->body, first));
	ck_assert_int_eq(story_act(c, "kick", first), 303);
	ck_assert_str_eq(visitor_location(c), "/members/tea?time=5");
	ck_assert_int_eq(visitor_navigate(c, "/members/tea?time=5"), 200);

	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 200);
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 303);
	ck_assert_ptr_nonnull(strstr(visitor_location(a), "/login.php?challenge="));
	ck_assert_str_eq(strstr(visitor_location(a), "challenge=") + 10, challenge);
	ck_assert_ptr_null(visitor_cookie(a, "PHPSESSID"));
	story_expect_devices(&s, "alice", 2, 2);
	free(first);
	free(page);
	free(challenge);
	STORY_MOVED(&s, "logins=3", "requests=13", "responses 2xx=6", "responses 3xx=7",
		    "verdicts allow=7", "verdicts challenge=1", "verdicts logout=1",
		    "requests_identified nothing=3", "requests_identified account=6",
		    "webhook_questions none=2");
	story_end(&s);
}

static void a_kicked_session_never_reaches_the_origin_again(void)
{
	struct story s = story_begin("limits: { devices: 1 }\nstrategy: log_out_idle\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);
	char *stolen;

	story_arrive(a, "alice");
	stolen = strdup(visitor_cookie(a, "PHPSESSID"));
	story_arrive(b, "alice");
	for (int i = 0; i < 5; i++) {
		static const char *const addresses[] = { "/members/tea", "/", "/login.php",
							 "/logout.php", "/signup.php" };
		char *head;
		unsigned seen = origin_count(s.origin, "/");

		visitor_set_cookie(a, "PHPSESSID", stolen);
		visitor_navigate(a, addresses[i]);
		if (origin_count(s.origin, "/") == seen)
			continue;
		head = origin_head(s.origin, "/", seen);
		ck_assert_ptr_null(strstr(head, stolen));
		free(head);
	}
	STORY_MOVED(&s, "logins=2", "requests=9", "responses 2xx=4", "responses 3xx=5",
		    "verdicts allow=4", "verdicts logout=2", "verdicts stranger=3",
		    "requests_identified nothing=2", "requests_identified account=7",
		    "webhook_questions none=1");
	story_kill_and_restart(&s);
	visitor_set_cookie(a, "PHPSESSID", stolen);
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 303);
	free(stolen);
	STORY_MOVED(&s, "requests=1", "responses 3xx=1", "verdicts logout=1",
		    "requests_identified account=1");
	story_end(&s);
}

SUITE_MAIN("journey", a_login_and_the_page_after_it_attach_one_device,
	   the_third_device_is_challenged_claims_and_removes_the_first,
	   a_kicked_session_never_reaches_the_origin_again)
