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

SUITE_MAIN("hostile sessions", a_session_of_another_account_does_not_ride_along_under_another_name,
	   a_session_of_another_account_does_not_ride_along_under_a_prefix,
	   who_logged_in_last_is_who_the_cookies_name)
