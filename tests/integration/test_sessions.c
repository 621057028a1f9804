/* Sessions: a set of cookie values in one spelling, that rotates, ends on evidence, and is taken away as a whole. */
#include "story.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char two_cookies[] =
	"identity:\n  session_cookies: [PHPSESSID, remember_*]\n  account:\n"
	"    - login_form: { path: /login.php, field: user, password: pass, success: { status: 302 } }\n"
	"    - response_header: X-Account\n"
	"  logout_paths: [/logout.php]\n" LEGACY_REDIRECTS;

#define ONE "value-number-one-of-it"
#define TWO "value-number-two-of-it"
#define REMEMBERED "remember-me-for-a-year"
#define SETS(name, value) "Please-Field: Set-Cookie: " name "=" value "; Path=/\r\n"
#define DELETES(name)                     \
	"Please-Field: Set-Cookie: " name \
	"=gone; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0\r\n"

/* Logs in with ONE in PHPSESSID. */
static void log_in(struct visitor *v, const char *user)
{
	char form[64];

	snprintf(form, sizeof(form), "user=%s&pass=secret", user);
	ck_assert_int_eq(visitor_request(v, "POST", "/login.php",
					 "Content-Type: application/x-www-form-urlencoded\r\n"
					 "Please-Status: 302\r\n" SETS("PHPSESSID", ONE),
					 form),
			 302);
	ck_assert_int_eq(visitor_navigate(v, "/"), 200);
}

static struct story two_cookies_begin(const char *yaml)
{
	return story_begin_as(two_cookies, yaml);
}

/* The Cookie line is written by hand. */
static int ask_with(struct visitor *v, const char *target, const char *cookies)
{
	char fields[1024];

	snprintf(fields, sizeof(fields), "Accept: text/html\r\nSec-Fetch-Mode: navigate\r\n%s",
		 cookies);
	return visitor_request(v, "GET", target, fields, NULL);
}

static void kick_all(struct story *s, const char *account)
{
	story_order(s, account, "logout_all", NULL);
}

/* One session, several values */

static void a_value_set_on_a_bound_session_is_added_and_the_old_one_stays_bound(void)
{
	struct story s = two_cookies_begin("");
	struct visitor *a = story_visitor(&s);

	log_in(a, "alice");
	ck_assert_int_eq(story_please(a, "/", SETS("PHPSESSID", TWO)), 200);
	ck_assert_str_eq(visitor_cookie(a, "PHPSESSID"), TWO);
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	visitor_set_cookie(a, "PHPSESSID", ONE);
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	story_expect_devices(&s, "alice", 1, 1);
	STORY_MOVED(&s, "requests=5", "logins=1", "responses 2xx=4", "responses 3xx=1",
		    "verdicts allow=5", "requests_identified nothing=1",
		    "requests_identified account=4");
	story_end(&s);
}

static void a_remember_me_cookie_alone_names_the_session_that_it_was_set_on(void)
{
	struct story s = two_cookies_begin("");
	struct visitor *a = story_visitor(&s);

	log_in(a, "alice");
	ck_assert_int_eq(story_please(a, "/", SETS("remember_web", REMEMBERED)), 200);
	visitor_forget_cookie(a, "PHPSESSID");
	visitor_forget_cookie(a, "latch");
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	story_expect_devices(&s, "alice", 1, 1);
	STORY_MOVED(&s, "requests=4", "logins=1", "responses 2xx=3", "responses 3xx=1",
		    "verdicts allow=4", "requests_identified nothing=1",
		    "requests_identified account=3");
	story_end(&s);
}

static void one_revoked_value_among_others_refuses_the_request(void)
{
	struct story s = two_cookies_begin("");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);
	unsigned seen;

	log_in(a, "alice");
	kick_all(&s, "alice");
	ck_assert_int_eq(visitor_request(b, "POST", "/login.php",
					 "Content-Type: application/x-www-form-urlencoded\r\n"
					 "Please-Status: 302\r\n" SETS("PHPSESSID", TWO),
					 "user=bob&pass=secret"),
			 302);
	ck_assert_int_eq(visitor_navigate(b, "/"), 200);
	seen = origin_count(s.origin, "/");
	visitor_forget_cookie(b, "PHPSESSID");
	ck_assert_int_eq(ask_with(b, "/", "Cookie: PHPSESSID=" TWO "; remember_web=" ONE "\r\n"),
			 303);
	ck_assert_int_eq(
		ask_with(b, "/", "Cookie: PHPSESSID=" TWO "\r\nCookie: remember_x=" ONE "\r\n"),
		303);
	ck_assert_int_eq(ask_with(b, "/", "Cookie: PHPSESSID=" TWO "; PHPSESSID=" ONE "\r\n"), 303);
	ck_assert_uint_eq(origin_count(s.origin, "/"), seen);
	STORY_MOVED(&s, "requests=7", "logins=2", "responses 2xx=2", "responses 3xx=5",
		    "verdicts allow=4", "verdicts logout=3", "requests_identified nothing=2",
		    "requests_identified account=5", "session_cookies_removed=?",
		    "webhook_questions none=?");
	story_end(&s);
}

static void all_values_of_a_session_are_taken_away_with_it(void)
{
	struct story s = two_cookies_begin("");
	struct visitor *a = story_visitor(&s);

	log_in(a, "alice");
	ck_assert_int_eq(
		story_please(a, "/", SETS("remember_web", REMEMBERED) SETS("PHPSESSID", TWO)), 200);
	kick_all(&s, "alice");
	visitor_hang_up(a);
	visitor_forget_cookie(a, "PHPSESSID");
	visitor_forget_cookie(a, "remember_web");
	ck_assert_int_eq(ask_with(a, "/", "Cookie: PHPSESSID=" ONE "\r\n"), 303);
	ck_assert_int_eq(ask_with(a, "/", "Cookie: PHPSESSID=" TWO "\r\n"), 303);
	ck_assert_int_eq(ask_with(a, "/", "Cookie: remember_me=" REMEMBERED "\r\n"), 303);
	STORY_MOVED(&s, "requests=6", "logins=1", "responses 2xx=2", "responses 3xx=4",
		    "verdicts allow=3", "verdicts logout=3", "requests_identified nothing=1",
		    "requests_identified account=5", "webhook_questions none=1");
	story_end(&s);
}

static void a_value_is_one_session_in_every_spelling_of_it(void)
{
	struct story s = two_cookies_begin("");
	struct visitor *a = story_visitor(&s);

	log_in(a, "alice");
	visitor_forget_cookie(a, "PHPSESSID");
	ck_assert_int_eq(ask_with(a, "/", "Cookie: PHPSESSID=\"" ONE "\"\r\n"), 200);
	ck_assert_int_eq(ask_with(a, "/", "Cookie: PHPSESSID=v%61lue-number-one-of-%69t\r\n"), 200);
	story_expect_devices(&s, "alice", 1, 1);
	kick_all(&s, "alice");
	ck_assert_int_eq(ask_with(a, "/", "Cookie: PHPSESSID=%76alue-number-one-of-it\r\n"), 303);
	STORY_MOVED(&s, "requests=5", "logins=1", "responses 2xx=3", "responses 3xx=2",
		    "verdicts allow=4", "verdicts logout=1", "requests_identified nothing=1",
		    "requests_identified account=4", "webhook_questions none=1");
	story_end(&s);
}

static void a_value_shorter_than_16_bytes_or_deleted_never_keys_a_session(void)
{
	struct story s = story_begin_as("identity:\n  session_cookies: [PHPSESSID]\n  account:\n"
					"    - response_header: X-Account\n" LEGACY_REDIRECTS,
					"");
	static const char *const values[] = { "deleted", "fifteen-bytes-1", "%64eleted" };
	struct visitor *a = story_visitor(&s);

	for (size_t i = 0; i < 3; i++) {
		visitor_set_cookie(a, "PHPSESSID", values[i]);
		ck_assert_int_eq(story_please(a, "/", "Please-Field: X-Account: alice\r\n"), 200);
		ck_assert_ptr_null(visitor_cookie(a, "latch"));
	}
	ck_assert_int_eq(daemon_admin(s.daemon, "GET", "/v1/accounts/alice", NULL, NULL), 404);
	STORY_MOVED(&s, "requests=3", "responses 2xx=3", "verdicts allow=3",
		    "requests_identified nothing=3");
	story_end(&s);
}

static void look_alikes_and_differing_duplicates_are_removed_before_the_origin_and_counted(void)
{
	static const char *const alikes[] = { "phpsessid=" TWO,     "+PHPSESSID=" TWO,
					      "%50HPSESSID=" TWO,   "remember.web=" TWO,
					      "remember web=" TWO,  "remember[web=" TWO,
					      "x=1,PHPSESSID=" TWO, "PHPSESSID=" TWO };
	struct story s = two_cookies_begin("");
	struct visitor *a = story_visitor(&s);
	char cookies[256];

	log_in(a, "alice");
	visitor_forget_cookie(a, "PHPSESSID");
	for (size_t i = 0; i < sizeof(alikes) / sizeof(*alikes); i++) {
		snprintf(cookies, sizeof(cookies), "Cookie: other=kept; PHPSESSID=" ONE "; %s\r\n",
			 alikes[i]);
		ck_assert_int_eq(ask_with(a, "/look", cookies), 200);
		ck_assert_msg(!origin_saw(s.origin, TWO, 0), "the origin saw %s", alikes[i]);
	}
	ck_assert_uint_eq(origin_count(s.origin, "/look"), 8);
	ck_assert(origin_saw(s.origin, "other=kept; PHPSESSID=" ONE, 2));
	story_expect_devices(&s, "alice", 1, 1);
	STORY_MOVED(&s, "requests=10", "logins=1", "responses 2xx=9", "responses 3xx=1",
		    "verdicts allow=10", "session_cookies_removed=8",
		    "requests_identified nothing=1", "requests_identified account=9");
	story_end(&s);
}

static void a_second_occurrence_with_the_same_value_is_harmless_and_stays(void)
{
	struct story s = two_cookies_begin("");
	struct visitor *a = story_visitor(&s);

	log_in(a, "alice");
	ck_assert_int_eq(ask_with(a, "/look", "Cookie: PHPSESSID=" ONE "\r\n"), 200);
	story_expect_devices(&s, "alice", 1, 1);
	STORY_MOVED(&s, "requests=3", "logins=1", "responses 2xx=2", "responses 3xx=1",
		    "verdicts allow=3", "requests_identified nothing=1",
		    "requests_identified account=2");
	story_end(&s);
}

static void a_value_under_which_two_accounts_log_in_from_two_devices_is_taken_off_the_list(void)
{
	struct story s = two_cookies_begin("");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);

	log_in(a, "alice");
	ck_assert_int_eq(visitor_request(b, "POST", "/login.php",
					 "Content-Type: application/x-www-form-urlencoded\r\n"
					 "Please-Status: 302\r\n" SETS("PHPSESSID", ONE),
					 "user=bob&pass=secret"),
			 302);
	ck_assert_int_eq(visitor_navigate(b, "/"), 200);
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	daemon_await_log(s.daemon, "it names no session");
	STORY_MOVED(&s, "requests=5", "logins=*", "session_values_shared=1", "responses 2xx=3",
		    "responses 3xx=2", "verdicts allow=5", "requests_identified nothing=2",
		    "requests_identified account=1", "requests_identified session=2");
	story_end(&s);
}

static void bindings_are_there_after_a_restart(void)
{
	struct story s = two_cookies_begin("");
	struct visitor *a = story_visitor(&s);

	log_in(a, "alice");
	ck_assert_int_eq(story_please(a, "/", SETS("remember_web", REMEMBERED)), 200);
	story_kill_and_restart(&s);
	visitor_forget_cookie(a, "latch");
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	visitor_forget_cookie(a, "PHPSESSID");
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	story_expect_devices(&s, "alice", 1, 1);
	STORY_MOVED(&s, "requests=2", "responses 2xx=2", "verdicts allow=2",
		    "requests_identified account=2");
	story_end(&s);
}

/* Leaving */

static void a_logout_that_deletes_the_cookie_frees_the_place_without_event_or_redirect(void)
{
	struct story s = two_cookies_begin("");
	struct visitor *a = story_visitor(&s);

	log_in(a, "alice");
	ck_assert_int_eq(visitor_navigate(a, "/logout.php"), 302);
	ck_assert_str_eq(visitor_location(a), "/login.php");
	story_expect_devices(&s, "alice", 0, 0);
	visitor_set_cookie(a, "PHPSESSID", ONE);
	ck_assert_int_eq(visitor_navigate(a, "/after"), 200);
	ck_assert(!origin_saw(s.origin, ONE, 3));
	STORY_TOLD(&s, "device.attached=1", "device.detached=1");
	STORY_MOVED(&s, "requests=4", "logins=1", "responses 2xx=2", "responses 3xx=2",
		    "verdicts allow=3", "verdicts stranger=1", "requests_identified nothing=1",
		    "requests_identified account=2", "requests_identified session=1");
	story_end(&s);
}

static void a_deletion_anywhere_is_evidence_of_a_logout_whatever_the_value(void)
{
	static const char *const deletions[] = {
		"Please-Field: Set-Cookie: PHPSESSID=a-quite-long-value-here; Path=/; Max-Age=0\r\n",
		"Please-Field: Set-Cookie: PHPSESSID=; Path=/; Max-Age=-1\r\n",
		"Please-Field: Set-Cookie: PHPSESSID=deleted; Path=/; Expires=Sat, 01-Jan-2000 00:00:00 GMT\r\n",
	};

	for (size_t i = 0; i < 3; i++) {
		struct story s = two_cookies_begin("");
		struct visitor *a = story_visitor(&s);

		log_in(a, "alice");
		ck_assert_int_eq(story_please(a, "/bye", deletions[i]), 200);
		story_expect_devices(&s, "alice", 0, 0);
		STORY_MOVED(&s, "requests=3", "logins=1", "responses 2xx=2", "responses 3xx=1",
			    "verdicts allow=3", "requests_identified nothing=1",
			    "requests_identified account=2");
		story_end(&s);
	}
}

static void a_deletion_of_a_cookie_that_the_request_did_not_carry_is_none(void)
{
	struct story s = two_cookies_begin("");
	struct visitor *a = story_visitor(&s);

	log_in(a, "alice");
	ck_assert_int_eq(story_please(a, "/", DELETES("remember_web")), 200);
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	story_expect_devices(&s, "alice", 1, 1);
	STORY_MOVED(&s, "requests=4", "logins=1", "responses 2xx=3", "responses 3xx=1",
		    "verdicts allow=4", "requests_identified nothing=1",
		    "requests_identified account=3");
	story_end(&s);
}

static void values_that_the_origin_kept_at_a_logout_become_anonymous(void)
{
	struct story s = two_cookies_begin("");
	struct visitor *a = story_visitor(&s);

	log_in(a, "alice");
	ck_assert_int_eq(story_please(a, "/", SETS("remember_web", REMEMBERED)), 200);
	ck_assert_int_eq(story_please(a, "/bye", DELETES("remember_web")), 200);
	story_expect_devices(&s, "alice", 0, 0);
	ck_assert_int_eq(visitor_navigate(a, "/kept"), 200);
	ck_assert(origin_saw(s.origin, ONE, 4));
	visitor_set_cookie(a, "remember_web", REMEMBERED);
	ck_assert_int_eq(visitor_navigate(a, "/gone"), 200);
	ck_assert(!origin_saw(s.origin, REMEMBERED, 5));
	STORY_MOVED(&s, "requests=6", "logins=1", "responses 2xx=5", "responses 3xx=1",
		    "verdicts allow=5", "verdicts stranger=1", "requests_identified nothing=1",
		    "requests_identified account=3", "requests_identified session=2");
	story_end(&s);
}

static void
a_logout_without_evidence_frees_the_place_and_the_session_attaches_anew_if_it_goes_on(void)
{
	struct story s = two_cookies_begin("");
	struct visitor *a = story_visitor(&s);

	log_in(a, "alice");
	ck_assert_int_eq(story_please(a, "/logout.php", "Please-Status: 302\r\n"), 302);
	story_expect_devices(&s, "alice", 0, 0);
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	story_expect_devices(&s, "alice", 1, 1);
	STORY_TOLD(&s, "device.attached=2", "device.detached=1");
	STORY_MOVED(&s, "requests=4", "logins=1", "responses 2xx=2", "responses 3xx=2",
		    "verdicts allow=4", "requests_identified nothing=1",
		    "requests_identified account=3");
	story_end(&s);
}

static void a_logout_path_that_answers_200_is_no_logout(void)
{
	struct story s = two_cookies_begin("");
	struct visitor *a = story_visitor(&s);

	log_in(a, "alice");
	ck_assert_int_eq(story_please(a, "/logout.php", "Please-Status: 200\r\n"), 200);
	story_expect_devices(&s, "alice", 1, 1);
	STORY_MOVED(&s, "requests=3", "logins=1", "responses 2xx=2", "responses 3xx=1",
		    "verdicts allow=3", "requests_identified nothing=1",
		    "requests_identified account=2");
	story_end(&s);
}

static void a_logout_concerns_this_session_and_the_device_goes_with_its_last_one(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);
	char *first;

	story_arrive(a, "alice");
	first = strdup(visitor_cookie(a, "PHPSESSID"));
	story_arrive(a, "alice");
	ck_assert_str_ne(visitor_cookie(a, "PHPSESSID"), first);
	story_expect_devices(&s, "alice", 1, 1);
	ck_assert_int_eq(visitor_navigate(a, "/logout.php"), 302);
	story_expect_devices(&s, "alice", 1, 1);
	visitor_set_cookie(a, "PHPSESSID", first);
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 200);
	ck_assert_int_eq(visitor_navigate(a, "/logout.php"), 302);
	story_expect_devices(&s, "alice", 0, 0);
	free(first);
	STORY_MOVED(&s, "requests=7", "logins=2", "responses 2xx=3", "responses 3xx=4",
		    "verdicts allow=7", "requests_identified nothing=1",
		    "requests_identified account=6");
	story_end(&s);
}

static void another_login_in_the_same_session_moves_it_to_the_other_account(void)
{
	struct story s = story_begin_as("identity:\n  session_cookies: [PHPSESSID]\n  account:\n"
					"    - response_header: X-Account\n" LEGACY_REDIRECTS,
					"");
	struct visitor *a = story_visitor(&s);

	visitor_set_cookie(a, "PHPSESSID", ONE);
	story_please(a, "/", "Please-Field: X-Account: alice\r\n");
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	story_expect_devices(&s, "alice", 1, 1);
	story_please(a, "/", "Please-Field: X-Account: bob\r\n");
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	story_expect_devices(&s, "alice", 0, 0);
	story_expect_devices(&s, "bob", 1, 1);
	STORY_TOLD(&s, "device.attached=2", "device.detached=1");
	STORY_MOVED(&s, "requests=4", "logins=2", "responses 2xx=4", "verdicts allow=4",
		    "requests_identified session=1", "requests_identified account=3");
	story_end(&s);
}

/* Under way while it is taken away */

static void cookies_set_in_answer_to_a_session_revoked_meanwhile_are_revoked_and_not_passed_on(void)
{
	struct story s = two_cookies_begin("");
	struct visitor *a = story_visitor(&s);

	log_in(a, "alice");
	legacy_hold(s.legacy);
	visitor_send(a, "GET", "/slow",
		     "Please-Wait: 1\r\n" SETS("PHPSESSID", TWO) SETS("theme", "dark"), NULL);
	origin_wait(s.origin, "/slow", 1);
	kick_all(&s, "alice");
	legacy_release(s.legacy);
	ck_assert_int_eq(visitor_receive(a), 200);
	ck_assert_str_eq(visitor_cookie(a, "theme"), "dark");
	ck_assert_str_eq(visitor_cookie(a, "PHPSESSID"), ONE);
	visitor_set_cookie(a, "PHPSESSID", TWO);
	ck_assert_int_eq(visitor_navigate(a, "/"), 303);
	STORY_MOVED(&s, "requests=4", "logins=1", "responses 2xx=2", "responses 3xx=2",
		    "verdicts allow=3", "verdicts logout=1", "requests_identified nothing=1",
		    "requests_identified account=3", "webhook_questions none=1");
	story_end(&s);
}

SUITE_MAIN("sessions", a_value_set_on_a_bound_session_is_added_and_the_old_one_stays_bound,
	   a_remember_me_cookie_alone_names_the_session_that_it_was_set_on,
	   one_revoked_value_among_others_refuses_the_request,
	   all_values_of_a_session_are_taken_away_with_it,
	   a_value_is_one_session_in_every_spelling_of_it,
	   a_value_shorter_than_16_bytes_or_deleted_never_keys_a_session,
	   look_alikes_and_differing_duplicates_are_removed_before_the_origin_and_counted,
	   a_second_occurrence_with_the_same_value_is_harmless_and_stays,
	   a_value_under_which_two_accounts_log_in_from_two_devices_is_taken_off_the_list,
	   bindings_are_there_after_a_restart,
	   a_logout_that_deletes_the_cookie_frees_the_place_without_event_or_redirect,
	   a_deletion_anywhere_is_evidence_of_a_logout_whatever_the_value,
	   a_deletion_of_a_cookie_that_the_request_did_not_carry_is_none,
	   values_that_the_origin_kept_at_a_logout_become_anonymous,
	   a_logout_without_evidence_frees_the_place_and_the_session_attaches_anew_if_it_goes_on,
	   a_logout_path_that_answers_200_is_no_logout,
	   a_logout_concerns_this_session_and_the_device_goes_with_its_last_one,
	   another_login_in_the_same_session_moves_it_to_the_other_account,
	   cookies_set_in_answer_to_a_session_revoked_meanwhile_are_revoked_and_not_passed_on)
