/* Logging in through a form: which posts and which answers bind a session to whom, and which do not. */
#include "story.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOURCES(list) \
	"identity:\n  session_cookies: [PHPSESSID]\n  account:\n" list "\n" LEGACY_REDIRECTS
#define FORM_ON(fields) SOURCES("    - login_form: { path: /login.php, field: user, " fields " }")
#define SETS_SESSION \
	"Please-Status: 302\r\nPlease-Field: Set-Cookie: PHPSESSID=a-new-session-value-1; Path=/\r\n"
#define URLENCODED "Content-Type: application/x-www-form-urlencoded\r\n"

static int post(struct visitor *v, const char *target, const char *fields, const char *body)
{
	return visitor_request(v, "POST", target, fields, body);
}

static void expect_account(struct story *s, const char *account, int status)
{
	char target[1200];

	snprintf(target, sizeof(target), "/v1/accounts/%s", account);
	ck_assert_int_eq(daemon_admin(s->daemon, "GET", target, NULL, NULL), status);
}

static void a_login_binds_the_cookie_that_its_answer_sets_to_the_name_in_the_form(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);

	ck_assert_int_eq(story_log_in(a, "alice"), 302);
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 200);
	story_expect_devices(&s, "alice", 1, 1);
	STORY_MOVED(&s, "requests=2", "logins=1", "responses 2xx=1", "responses 3xx=1",
		    "verdicts allow=2", "requests_identified nothing=1",
		    "requests_identified account=1");
	story_end(&s);
}

static void the_cookie_that_the_client_brought_to_the_login_is_not_bound(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s), *thief = story_visitor(&s);

	visitor_set_cookie(a, "PHPSESSID", "planted-by-a-thief-1");
	visitor_set_cookie(thief, "PHPSESSID", "planted-by-a-thief-1");
	ck_assert_int_eq(story_log_in(a, "alice"), 302);
	ck_assert_str_ne(visitor_cookie(a, "PHPSESSID"), "planted-by-a-thief-1");
	ck_assert_int_eq(visitor_navigate(thief, "/"), 200);
	STORY_MOVED(&s, "requests=2", "logins=1", "responses 2xx=1", "responses 3xx=1",
		    "verdicts allow=2", "requests_identified session=2");
	story_end(&s);
}

static void a_post_to_a_login_address_without_a_password_binds_nothing(void)
{
	static const char *const bodies[] = { "user=alice",
					      "user=alice&pass=", "user=alice&passe=x" };
	struct story s = story_begin("");

	for (size_t i = 0; i < 3; i++) {
		struct visitor *a = story_visitor(&s);

		ck_assert_int_eq(post(a, "/login.php", URLENCODED SETS_SESSION, bodies[i]), 302);
		ck_assert_ptr_null(visitor_cookie(a, "latch"));
		ck_assert_int_eq(visitor_navigate(a, "/"), 200);
		ck_assert_ptr_null(visitor_cookie(a, "latch"));
	}
	expect_account(&s, "alice", 404);
	STORY_MOVED(&s, "requests=6", "logins_missed password=3", "responses 2xx=3",
		    "responses 3xx=3", "verdicts allow=6", "requests_identified nothing=3",
		    "requests_identified session=3");
	story_end(&s);
}

static void a_login_answered_without_a_new_session_cookie_binds_nothing(void)
{
	static const char *const answers[] = {
		"Please-Status: 302\r\n",
		"Please-Status: 302\r\nPlease-Field: Set-Cookie: PHPSESSID=the-one-that-was-there; Path=/\r\n",
		"Please-Status: 302\r\nPlease-Field: Set-Cookie: PHPSESSID=short; Path=/\r\n",
		"Please-Status: 302\r\nPlease-Field: Set-Cookie: OTHER=a-value-of-some-length; Path=/\r\n",
	};
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);
	char fields[512];

	for (size_t i = 0; i < 4; i++) {
		visitor_set_cookie(a, "PHPSESSID", "the-one-that-was-there");
		snprintf(fields, sizeof(fields), "%s%s", URLENCODED, answers[i]);
		ck_assert_int_eq(post(a, "/login.php", fields, "user=alice&pass=secret"), 302);
		visitor_set_cookie(a, "PHPSESSID", "the-one-that-was-there");
		ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	}
	ck_assert_ptr_null(visitor_cookie(a, "latch"));
	expect_account(&s, "alice", 404);
	STORY_MOVED(&s, "requests=8", "logins_missed cookie=4", "responses 2xx=4",
		    "responses 3xx=4", "verdicts allow=8", "requests_identified session=8");
	story_end(&s);
}

static void a_get_of_the_login_address_is_no_login(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);

	ck_assert_int_eq(story_please(a, "/login.php?user=alice&pass=secret", SETS_SESSION), 302);
	expect_account(&s, "alice", 404);
	STORY_MOVED(&s, "requests=1", "responses 3xx=1", "verdicts allow=1",
		    "requests_identified nothing=1");
	story_end(&s);
}

static void a_wrong_password_is_a_miss_by_its_status_and_said_once(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);
	char *log, *at;

	visitor_set_fields(a, "Connection: keep-alive\r\n"); /* one connection: one worker */
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(visitor_post(a, "/login.php", "user=alice&pass=wrong"), 200);
	daemon_await_log(s.daemon, "looked like a login was none");
	log = daemon_log(s.daemon);
	at = strstr(log, "/login.php that looked like a login was none");
	ck_assert_msg(at, "%s", log);
	ck_assert_ptr_null(strstr(at + 40, "looked like a login"));
	free(log);
	STORY_MOVED(&s, "requests=3", "logins_missed status=3", "responses 2xx=3",
		    "verdicts allow=3", "requests_identified nothing=3");
	story_end(&s);
}

static void all_conditions_of_success_hold_or_nothing_is_bound(void)
{
	struct story s = story_begin_as(
		FORM_ON("success: { status: 302, location: /home, not_location: /home/again, sets_cookie: PHPSESSID }"),
		"");
	static const struct {
		const char *status, *location;
	} answers[] = { { "303", "/home" }, { "302", "/login.php" }, { "302", "/home/again?e=1" } };
	struct visitor *a = story_visitor(&s);
	char fields[512];

	for (size_t i = 0; i < 3; i++) {
		snprintf(fields, sizeof(fields),
			 URLENCODED
			 "Please-Status: %s\r\nPlease-Field: Location: %s\r\n"
			 "Please-Field: Set-Cookie: PHPSESSID=a-session-value-%zu; Path=/\r\n",
			 answers[i].status, answers[i].location, i);
		ck_assert_int_eq(post(a, "/login.php", fields, "user=alice&pass=secret"),
				 atoi(answers[i].status));
	}
	expect_account(&s, "alice", 404);
	ck_assert_int_eq(post(a, "/login.php",
			      URLENCODED SETS_SESSION "Please-Field: Location: /home?x\r\n",
			      "user=alice&pass=secret"),
			 302);
	expect_account(&s, "alice", 200);
	STORY_MOVED(&s, "requests=4", "logins=1", "logins_missed status=1",
		    "logins_missed location=2", "responses 3xx=4", "verdicts allow=4",
		    "requests_identified nothing=1", "requests_identified session=3");
	story_end(&s);
}

static void with_sets_cookie_none_the_session_that_the_origin_keeps_is_bound(void)
{
	struct story s = story_begin_as(FORM_ON("success: { status: 302, sets_cookie: none }"), "");
	struct visitor *a = story_visitor(&s);

	visitor_set_cookie(a, "PHPSESSID", "kept-over-the-login-1");
	ck_assert_int_eq(post(a, "/login.php", URLENCODED "Please-Status: 302\r\n",
			      "user=alice&pass=secret"),
			 302);
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	story_expect_devices(&s, "alice", 1, 1);
	STORY_MOVED(&s, "requests=2", "logins=1", "responses 2xx=1", "responses 3xx=1",
		    "verdicts allow=2", "requests_identified session=1",
		    "requests_identified account=1");
	story_end(&s);
}

static void a_login_address_is_recognised_in_every_spelling_that_an_origin_may_take(void)
{
	static const char *const spellings[] = {
		"//login.php",     "/./login.php",   "/a/../login.php", "/login.php/",
		"/login.php/info", "/LOGIN.php",     "/log%69n.php",    "/login.php;x=1",
		"/login.php?x=1",  "/%2e/login.php",
	};
	struct story s = story_begin("limits: { devices: 0 }\n");
	char fields[256];

	for (unsigned i = 0; i < 10; i++) {
		struct visitor *a = story_visitor(&s);

		snprintf(fields, sizeof(fields),
			 URLENCODED "Please-Status: 302\r\nPlease-Field: Set-Cookie: PHPSESSID="
				    "a-session-value-%u; Path=/\r\n",
			 i);
		ck_assert_int_eq(post(a, spellings[i], fields, "user=alice&pass=secret"), 302);
		ck_assert_int_eq(origin_count(s.origin, spellings[i]), 1);
		ck_assert_int_eq(visitor_navigate(a, "/"), 200);
		story_expect_devices(&s, "alice", i + 1, i + 1);
	}
	STORY_MOVED(&s, "requests=20", "logins=10", "responses 2xx=10", "responses 3xx=10",
		    "verdicts allow=20", "requests_identified nothing=10",
		    "requests_identified account=10");
	story_end(&s);
}

static void when_names_fields_of_the_query_or_the_body_with_their_values(void)
{
	struct story s =
		story_begin_as(FORM_ON("when: { do: login }, success: { status: 302 }"), "");
	struct visitor *a = story_visitor(&s);

	ck_assert_int_eq(post(a, "/login.php", URLENCODED SETS_SESSION, "user=eve&pass=x&do=edit"),
			 302);
	expect_account(&s, "eve", 404);
	visitor_forget_cookie(a, "PHPSESSID");
	ck_assert_int_eq(post(a, "/login.php?do=login", URLENCODED SETS_SESSION, "user=bob&pass=x"),
			 302);
	expect_account(&s, "bob", 200);
	ck_assert_int_eq(post(a, "/login.php",
			      URLENCODED "Please-Status: 302\r\nPlease-Field: Set-Cookie: "
					 "PHPSESSID=a-new-session-value-2; Path=/\r\n",
			      "do=login&user=alice&pass=x"),
			 302);
	expect_account(&s, "alice", 200);
	STORY_MOVED(&s, "requests=3", "logins=2", "responses 3xx=3", "verdicts allow=3",
		    "requests_identified nothing=2", "requests_identified account=1");
	story_end(&s);
}

static void multipart_and_json_forms_are_read_like_urlencoded_ones(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);
	static const char multipart[] =
		"--xx\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nalice\r\n"
		"--xx\r\nContent-Disposition: form-data; name=\"pass\"\r\n\r\nsecret\r\n"
		"--xx--\r\n";
	char *body;

	ck_assert_int_eq(post(a, "/login.php",
			      "Content-Type: multipart/form-data; boundary=xx\r\n" SETS_SESSION,
			      multipart),
			 302);
	expect_account(&s, "alice", 200);
	ck_assert_int_eq(
		post(b, "/login.php",
		     "Content-Type: application/json\r\nPlease-Status: 302\r\nPlease-Field: "
		     "Set-Cookie: PHPSESSID=a-new-session-value-2; Path=/\r\n",
		     "{\"user\":\"bob\",\"pass\":\"secret\"}"),
		302);
	expect_account(&s, "bob", 200);
	body = origin_body(s.origin, "/login.php", 0);
	ck_assert_str_eq(body, multipart);
	free(body);
	STORY_MOVED(&s, "requests=2", "logins=2", "responses 3xx=2", "verdicts allow=2",
		    "requests_identified nothing=2");
	story_end(&s);
}

static void a_form_of_any_length_is_read_as_it_streams_by_and_not_a_byte_is_altered(void)
{
	enum { FILLING = 48 * 1024 };
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);
	char *form = malloc(FILLING + 64), *seen;

	strcpy(form, "essay=");
	memset(form + 6, 'x', FILLING);
	strcpy(form + 6 + FILLING, "&user=%61lice&pass=a%20secret");
	ck_assert_int_eq(post(a, "/login.php", URLENCODED SETS_SESSION, form), 302);
	expect_account(&s, "alice", 200);
	seen = origin_body(s.origin, "/login.php", 0);
	ck_assert(strcmp(seen, form) == 0);
	free(seen);
	free(form);
	STORY_MOVED(&s, "requests=1", "logins=1", "responses 3xx=1", "verdicts allow=1",
		    "requests_identified nothing=1");
	story_end(&s);
}

static void names_that_differ_in_case_and_white_space_are_one_account(void)
{
	static const char *const names[] = { "BOB", "%20bob", "Bob+", "b%6Fb" };
	struct story s = story_begin("");
	char form[64];

	for (unsigned i = 0; i < 3; i++) {
		struct visitor *v = story_visitor(&s);

		snprintf(form, sizeof(form), "user=%s&pass=x", names[i]);
		ck_assert_int_eq(visitor_post(v, "/login.php", form), 302);
		ck_assert_int_eq(visitor_navigate(v, "/"), 200);
	}
	story_expect_devices(&s, "bob", 3, 3);
	STORY_MOVED(&s, "requests=6", "logins=3", "responses 2xx=3", "responses 3xx=3",
		    "verdicts allow=6", "requests_identified nothing=3",
		    "requests_identified account=3");
	story_end(&s);
}

static void fold_none_takes_names_as_they_are(void)
{
	struct story s = story_begin_as(FORM_ON("fold: none, success: { status: 302 }"), "");
	struct visitor *a = story_visitor(&s);

	ck_assert_int_eq(story_log_in(a, "BOB"), 302);
	expect_account(&s, "BOB", 200);
	expect_account(&s, "bob", 404);
	STORY_MOVED(&s, "requests=1", "logins=1", "responses 3xx=1", "verdicts allow=1",
		    "requests_identified nothing=1");
	story_end(&s);
}

static void a_field_that_comes_twice_with_different_values_ends_the_exchange_with_400(void)
{
	static const struct {
		const char *target, *body;
	} forms[] = { { "/login.php", "user=alice&user=bob&pass=x" },
		      { "/login.php?user=bob", "user=alice&pass=x" },
		      { "/login.php", "user=alice&pass=&pass=x" } };
	struct story s = story_begin("");

	for (size_t i = 0; i < 3; i++) {
		struct visitor *a = story_visitor(&s);

		ck_assert_int_eq(visitor_post(a, forms[i].target, forms[i].body), 400);
	}
	ck_assert_int_eq(
		visitor_post(story_visitor(&s), "/login.php", "user=alice&user=alice&pass=x"), 302);
	expect_account(&s, "alice", 200);
	expect_account(&s, "bob", 404);
	STORY_MOVED(&s, "requests=4", "logins=1", "responses 3xx=1", "responses 4xx=3",
		    "verdicts allow=4", "requests_identified nothing=4");
	story_end(&s);
}

static void what_is_no_name_is_refused_or_missed_and_a_long_one_is_known_by_its_digest(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);
	char form[400], name[301];

	ck_assert_int_eq(visitor_post(a, "/login.php", "user=a%01b&pass=x"), 400);
	ck_assert_int_eq(visitor_post(a, "/login.php", "user=a%ffb&pass=x"), 302);
	memset(name, 'n', 300);
	name[300] = '\0';
	snprintf(form, sizeof(form), "user=%.200s%.100s&pass=x", name, name);
	ck_assert_int_eq(visitor_post(b, "/login.php", form), 302);
	ck_assert_int_eq(visitor_navigate(b, "/"), 200);
	expect_account(&s, name, 200);
	STORY_MOVED(&s, "requests=4", "logins=1", "logins_missed name=1", "responses 2xx=1",
		    "responses 3xx=2", "responses 4xx=1", "verdicts allow=4",
		    "requests_identified nothing=3", "requests_identified account=1");
	story_end(&s);
}

static void an_origin_that_is_down_teaches_nothing(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);
	unsigned port = origin_port(s.origin);

	origin_stop(&s.origin);
	ck_assert_int_eq(visitor_post(a, "/login.php", "user=alice&pass=secret"), 502);
	ck_assert_ptr_null(visitor_cookie(a, "latch"));
	expect_account(&s, "alice", 404);
	STORY_MOVED(&s, "requests=1", "responses 5xx=1", "origin_failures connect=1",
		    moves_down(port), "verdicts allow=1", "requests_identified nothing=1");
	story_end(&s);
}

SUITE_MAIN("login form", a_login_binds_the_cookie_that_its_answer_sets_to_the_name_in_the_form,
	   the_cookie_that_the_client_brought_to_the_login_is_not_bound,
	   a_post_to_a_login_address_without_a_password_binds_nothing,
	   a_login_answered_without_a_new_session_cookie_binds_nothing,
	   a_get_of_the_login_address_is_no_login,
	   a_wrong_password_is_a_miss_by_its_status_and_said_once,
	   all_conditions_of_success_hold_or_nothing_is_bound,
	   with_sets_cookie_none_the_session_that_the_origin_keeps_is_bound,
	   a_login_address_is_recognised_in_every_spelling_that_an_origin_may_take,
	   when_names_fields_of_the_query_or_the_body_with_their_values,
	   multipart_and_json_forms_are_read_like_urlencoded_ones,
	   a_form_of_any_length_is_read_as_it_streams_by_and_not_a_byte_is_altered,
	   names_that_differ_in_case_and_white_space_are_one_account,
	   fold_none_takes_names_as_they_are,
	   a_field_that_comes_twice_with_different_values_ends_the_exchange_with_400,
	   what_is_no_name_is_refused_or_missed_and_a_long_one_is_known_by_its_digest,
	   an_origin_that_is_down_teaches_nothing)
