/* Logins that some application would take, in forms that were once none to the gateway: each is either learnt or refused, and never
 * passes unseen. */
#include "story.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MULTIPART(boundary, disposition)                                \
	"--" boundary "\r\n" disposition "\r\n\r\nalice\r\n--" boundary \
	"\r\nContent-Disposition: form-data; name=\"pass\"\r\n\r\nsecret\r\n--" boundary "--\r\n"
#define PLAIN "Content-Disposition: form-data; name=\"user\""
#define TEN "bbbbbbbbbb"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define LONG_BOUNDARY HUNDRED HUNDRED HUNDRED

/* An application that takes whoever posts to /login.php for alice. */
static bool gullible(struct origin_call *call)
{
	if (strncmp(call->target, "/login.php", 10) == 0 && strcmp(call->method, "POST") == 0)
		return origin_answer(
			call, 302,
			"Location: /\r\nSet-Cookie: PHPSESSID=a-session-of-alice-0001; "
			"Path=/\r\n",
			"");
	return origin_answer(call, 200, "Content-Type: text/html\r\n", "hello");
}

static bool sink(struct origin_call *call)
{
	return origin_answer(call, 200, "", "");
}

static struct story begin(void)
{
	return story_begin_with("limits: { devices: 1 }\n", legacy_settings, gullible, sink);
}

static void expect_learnt(const char *fields, const char *body)
{
	struct story s = begin();
	struct visitor *v = story_visitor(&s);

	ck_assert_int_eq(visitor_request(v, "POST", "/login.php", fields, body), 302);
	ck_assert(daemon_metric(s.daemon, "latchd_logins_total") == 1);
	story_end(&s);
}

static void expect_refused(const char *fields, const char *body)
{
	struct story s = begin();
	struct visitor *v = story_visitor(&s);

	ck_assert_int_eq(visitor_request(v, "POST", "/login.php", fields, body), 400);
	ck_assert_ptr_null(visitor_cookie(v, "PHPSESSID"));
	ck_assert(daemon_metric(s.daemon, "latchd_logins_total") == 0);
	story_end(&s);
}

/* Rack and CGI.pm read a body without a type as a form. */
static void a_form_without_a_content_type_is_a_login(void)
{
	expect_learnt("", "user=alice&pass=secret");
}

static void a_form_with_an_empty_content_type_is_a_login(void)
{
	expect_learnt("Content-Type:\r\n", "user=alice&pass=secret");
}

/* Some servers go by the first, some by the last. */
static void two_content_types_at_the_login_are_refused(void)
{
	expect_refused("Content-Type: text/plain\r\n"
		       "Content-Type: application/x-www-form-urlencoded\r\n",
		       "user=alice&pass=secret");
}

static void a_list_of_content_types_at_the_login_is_refused(void)
{
	expect_refused("Content-Type: text/plain, application/x-www-form-urlencoded\r\n",
		       "user=alice&pass=secret");
}

static void a_form_in_another_kind_of_multipart_is_a_login(void)
{
	expect_learnt("Content-Type: multipart/mixed; boundary=B\r\n", MULTIPART("B", PLAIN));
}

static void a_boundary_that_is_too_long_is_refused(void)
{
	expect_refused("Content-Type: multipart/form-data; boundary=" LONG_BOUNDARY "\r\n",
		       MULTIPART(LONG_BOUNDARY, PLAIN));
}

/* To some an empty file name makes no file. */
static void a_user_sent_as_a_file_is_refused(void)
{
	expect_refused("Content-Type: multipart/form-data; boundary=B\r\n",
		       MULTIPART("B", PLAIN "; filename=\"\""));
}

/* Trimmed by PHP, and equal to the databases that pad. */
static void a_user_behind_whose_name_stand_many_blanks_is_refused(void)
{
	char *body;

	ck_assert_int_ge(asprintf(&body, "user=alice%05000d&pass=secret", 0), 0);
	for (char *c = body; *c; c++)
		if (*c == '0')
			*c = '+';
	expect_refused("Content-Type: application/x-www-form-urlencoded\r\n", body);
	free(body);
}

/* What many a database leaves out of a comparison. */
static void a_user_with_a_control_character_is_refused(void)
{
	static const char type[] = "Content-Type: application/x-www-form-urlencoded\r\n";

	expect_refused(type, "user=alice%01&pass=secret");
	expect_refused(type, "user=al%7fice&pass=secret");
	expect_refused(type, "user=alice%C2%81&pass=secret");
}

static void a_user_between_blanks_and_line_ends_is_a_login(void)
{
	expect_learnt("Content-Type: application/x-www-form-urlencoded\r\n",
		      "user=%09alice%0d%0a&pass=secret");
}

static void a_json_login_beyond_what_is_read_is_refused(void)
{
	char *body;

	ck_assert_int_ge(
		asprintf(&body, "{\"pad\":\"%070000d\",\"user\":\"alice\",\"pass\":\"s\"}", 0), 0);
	expect_refused("Content-Type: application/json\r\n", body);
	free(body);
}

/* Go's and Flask's readers never look at the type. */
static void an_object_under_the_type_of_something_else_is_a_login(void)
{
	expect_learnt("Content-Type: text/plain\r\n", "{\"user\":\"alice\",\"pass\":\"s\"}");
	expect_learnt("Content-Type: application/x-www-form-urlencoded\r\n",
		      "{\"user\":\"alice\",\"pass\":\"s\"}");
	expect_learnt("Content-Type: multipart/form-data; boundary=B\r\n",
		      "{\"user\":\"alice\",\"pass\":\"s\"}");
}

static void names_and_values_that_only_some_readers_see_are_learnt_or_refused(void)
{
	expect_learnt("Content-Type: application/json\r\n",
		      "{\"u\\u017fer\":\"alice\",\"PA\xc5\xbfS\":[\"s\"]}");
	expect_learnt("Content-Type: application/x-www-form-urlencoded\r\n",
		      "user[]=alice&pass[]=s");
	expect_refused("Content-Type: application/json\r\n",
		       "{\"user\":{\"$eq\":\"alice\"},\"pass\":\"s\"}");
	expect_refused("Content-Type: application/x-www-form-urlencoded\r\n",
		       "user[$eq]=alice&pass=s");
}

/* Django decodes a form as it is told to. */
static void a_form_in_a_charset_that_hides_its_names_is_refused(void)
{
	expect_refused("Content-Type: application/x-www-form-urlencoded; charset=iso-2022-jp\r\n",
		       "us%1b(Ber=alice&pa%1b(Bss=s");
	expect_refused("Content-Type: application/x-www-form-urlencoded; charset*=x''utf_7\r\n",
		       "u%2BAHM-er=alice&pa%2BAHMAcw-=s");
}

/* Lenient readers take comments, and guess the encoding. */
static void json_that_does_not_begin_as_json_is_refused(void)
{
	expect_refused("Content-Type: application/json\r\n",
		       "/**/{\"user\":\"alice\",\"pass\":\"s\"}");
	expect_refused("Content-Type: application/json\r\n",
		       "\xfe\xff{\"user\":\"alice\",\"pass\":\"s\"}");
}

SUITE_MAIN("hostile login", a_form_without_a_content_type_is_a_login,
	   a_form_with_an_empty_content_type_is_a_login, two_content_types_at_the_login_are_refused,
	   a_list_of_content_types_at_the_login_is_refused,
	   a_form_in_another_kind_of_multipart_is_a_login, a_boundary_that_is_too_long_is_refused,
	   a_user_sent_as_a_file_is_refused, a_user_behind_whose_name_stand_many_blanks_is_refused,
	   a_user_with_a_control_character_is_refused,
	   a_user_between_blanks_and_line_ends_is_a_login,
	   a_json_login_beyond_what_is_read_is_refused,
	   an_object_under_the_type_of_something_else_is_a_login,
	   names_and_values_that_only_some_readers_see_are_learnt_or_refused,
	   a_form_in_a_charset_that_hides_its_names_is_refused,
	   json_that_does_not_begin_as_json_is_refused)
