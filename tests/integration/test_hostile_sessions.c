/* Session cookies in the hands of somebody who wants another account's session to pass for his own. */
#include "story.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIGN_IN_AND_OUT                                                                                   \
	"  account:\n"                                                                                    \
	"    - login_form: { path: /login.php, field: user, password: pass, success: { status: 302 } }\n" \
	"redirect_urls:\n"                                                                                \
	"  new_account_url: /signup.php\n"                                                                \
	"  logout_url: /login.php\n"

static const char two_names[] =
	"identity:\n  session_cookies: [PHPSESSID, remember]\n" SIGN_IN_AND_OUT;
static const char one_prefix[] = "identity:\n  session_cookies: [\"PHP*\"]\n" SIGN_IN_AND_OUT;

static bool sink(struct origin_call *call)
{
	return origin_answer(call, 200, "", "");
}

/* A sharer beyond the limit shows, before the shared session's cookie, the value of a free account of his own. */
static void expect_own_account_only(const char *identity, const char *cookie)
{
	struct story s =
		story_begin_with("limits: { devices: 1 }\n", identity, legacy_script, sink);
	struct visitor *mallory = story_visitor(&s), *alice = story_visitor(&s),
		       *sharer = story_visitor(&s);
	char line[400], *head;
	unsigned seen;

	story_arrive(alice, "alice");
	ck_assert_int_eq(story_log_in(sharer, "alice"), 302);
	ck_assert_int_eq(visitor_navigate(sharer, "/members/tea"), 303);
	story_arrive(mallory, "mallory");
	snprintf(line, sizeof(line), "Cookie: %s=%s; PHPSESSID=%s\r\n", cookie,
		 visitor_cookie(mallory, "PHPSESSID"), visitor_cookie(sharer, "PHPSESSID"));
	visitor_forget_cookie(mallory, "PHPSESSID");
	visitor_forget_cookie(mallory, "latch");
	seen = origin_count(s.origin, "/members/");
	visitor_request(mallory, "GET", "/members/tea", line, NULL);
	ck_assert_ptr_null(strstr(visitor_answer(mallory)->body, "hello alice"));
	head = origin_head(s.origin, "/members/", seen);
	ck_assert(!head || !strstr(head, visitor_cookie(sharer, "PHPSESSID")));
	free(head);
	story_end(&s);
}

static void a_session_of_another_account_does_not_ride_along_under_another_name(void)
{
	expect_own_account_only(two_names, "remember");
}

static void a_session_of_another_account_does_not_ride_along_under_a_prefix(void)
{
	expect_own_account_only(one_prefix, "PHP_own");
}

static void who_logged_in_last_is_who_the_cookies_name(void)
{
	struct story s =
		story_begin_with("limits: { devices: 3 }\n", two_names, legacy_script, sink);
	struct visitor *early = story_visitor(&s), *late = story_visitor(&s);
	char line[400];

	story_arrive(early, "early");
	story_arrive(late, "late");
	/* A cookie that an earlier account left behind comes before the session. */
	snprintf(line, sizeof(line), "Cookie: remember=%s; PHPSESSID=%s\r\n",
		 visitor_cookie(early, "PHPSESSID"), visitor_cookie(late, "PHPSESSID"));
	visitor_forget_cookie(late, "PHPSESSID");
	visitor_forget_cookie(late, "latch");
	ck_assert_int_eq(visitor_request(late, "GET", "/members/tea", line, NULL), 200);
	ck_assert_str_eq(visitor_answer(late)->body, "hello late");
	story_end(&s);
}

#define DELETES(name) "Please-Field: Set-Cookie: " name "=x; Path=/; Max-Age=0\r\n"

static struct story two_names_begin(void)
{
	return story_begin_with("limits: { devices: 1 }\n", two_names, legacy_script, sink);
}

/* Two people with one session: the second, on a telephone, is one device too many as soon as it has come back. */
static void expect_counted(struct story *s, const char *session)
{
	struct visitor *sharer = story_visitor(s);

	visitor_set_agent(sharer, "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) "
				  "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
				  "Mobile/15E148 Safari/604.1");
	visitor_set_cookie(sharer, "PHPSESSID", session);
	visitor_navigate(sharer, "/members/tea");
	ck_assert_int_eq(visitor_navigate(sharer, "/members/tea"), 303);
}

/* The session value, to be freed. */
static char *arrive_with_a_made_up_cookie(struct visitor *alice)
{
	story_arrive(alice, "alice");
	visitor_set_cookie(alice, "remember", "made-up-by-the-sender");
	return strdup(visitor_cookie(alice, "PHPSESSID"));
}

/* The application throws a cookie away that its sender had made up; the session lived on, and was nobody's. */
static void a_made_up_cookie_that_is_deleted_leaves_the_session_counted(void)
{
	struct story s = two_names_begin();
	struct visitor *alice = story_visitor(&s);
	char *session = arrive_with_a_made_up_cookie(alice);

	ck_assert_int_eq(story_please(alice, "/", DELETES("remember")), 200);
	ck_assert_ptr_null(visitor_cookie(alice, "remember"));
	story_expect_devices(&s, "alice", 1, 1);
	ck_assert_int_eq(visitor_navigate(alice, "/members/tea"), 200);
	ck_assert_str_eq(visitor_answer(alice)->body, "hello alice");
	expect_counted(&s, session);
	free(session);
	story_end(&s);
}

static void that_it_only_came_along_is_known_after_a_kill(void)
{
	struct story s = two_names_begin();
	struct visitor *alice = story_visitor(&s);
	char *session = arrive_with_a_made_up_cookie(alice);

	ck_assert_int_eq(visitor_navigate(alice, "/members/tea"), 200);
	story_kill_and_restart(&s);
	ck_assert_int_eq(story_please(alice, "/", DELETES("remember")), 200);
	story_kill_and_restart(&s);
	story_expect_devices(&s, "alice", 1, 1);
	expect_counted(&s, session);
	free(session);
	story_end(&s);
}

static void that_it_was_given_is_known_after_a_kill(void)
{
	struct story s = two_names_begin();
	struct visitor *alice = story_visitor(&s);

	story_arrive(alice, "alice");
	ck_assert_int_eq(story_please(alice, "/",
				      "Please-Field: Set-Cookie: remember=remember-me-for-a-year; "
				      "Path=/\r\n"),
			 200);
	ck_assert_int_eq(visitor_navigate(alice, "/members/tea"), 200);
	story_kill_and_restart(&s);
	ck_assert_int_eq(story_please(alice, "/", DELETES("remember")), 200);
	story_expect_devices(&s, "alice", 0, 0);
	story_end(&s);
}

/* The logout address deletes the session's cookie for whoever asks; the living value stood in another one, or behind a first. */
static void expect_no_logout_of(const char *before, const char *after)
{
	struct story s = two_names_begin();
	struct visitor *alice = story_visitor(&s), *elsewhere = story_visitor(&s);
	char line[400], *session;

	story_arrive(alice, "alice");
	session = strdup(visitor_cookie(alice, "PHPSESSID"));
	snprintf(line, sizeof(line), "Cookie: %s%s%s\r\n", before, session, after);
	visitor_request(elsewhere, "GET", "/logout.php", line, NULL);
	ck_assert_int_eq(visitor_navigate(alice, "/members/tea"), 200);
	story_expect_devices(&s, "alice", 1, 1);
	expect_counted(&s, session);
	free(session);
	story_end(&s);
}

static void a_living_session_is_not_carried_past_a_logout(void)
{
	expect_no_logout_of("PHPSESSID=made-up-by-the-sender; remember=", "");
	expect_no_logout_of("PHPSESSID=made-up-by-the-sender; PHPSESSID=", "");
	expect_no_logout_of("PHPSESSID=short; PHPSESSID=", "");
	expect_no_logout_of("PHPSESSID=", ",x");
}

SUITE_MAIN("hostile sessions", a_session_of_another_account_does_not_ride_along_under_another_name,
	   a_session_of_another_account_does_not_ride_along_under_a_prefix,
	   who_logged_in_last_is_who_the_cookies_name,
	   a_made_up_cookie_that_is_deleted_leaves_the_session_counted,
	   that_it_only_came_along_is_known_after_a_kill, that_it_was_given_is_known_after_a_kill,
	   a_living_session_is_not_carried_past_a_logout)
