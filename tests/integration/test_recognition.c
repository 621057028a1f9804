/* How the account is recognised where no form tells: headers and cookies of the origin, a proxy in front, several sources. */
#include "story.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOURCES(list) \
	"identity:\n  session_cookies: [PHPSESSID]\n  account:\n" list "\n" LEGACY_REDIRECTS

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

/* Headers and cookies of the origin's */

static void a_response_header_names_the_account_of_the_session_and_never_reaches_the_client(void)
{
	struct story s = story_begin_as(SOURCES("    - response_header: X-Account"), "");
	struct visitor *a = story_visitor(&s);

	visitor_set_cookie(a, "PHPSESSID", "a-session-of-long-ago");
	ck_assert_int_eq(story_please(a, "/", "Please-Field: X-Account: alice\r\n"), 200);
	ck_assert_str_eq(visitor_field(a, "X-Account"), "");
	ck_assert_ptr_nonnull(visitor_cookie(a, "latch"));
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	story_expect_devices(&s, "alice", 1, 1);
	STORY_MOVED(&s, "requests=2", "logins=1", "responses 2xx=2", "verdicts allow=2",
		    "requests_identified session=1", "requests_identified account=1");
	story_end(&s);
}

static void an_empty_response_header_means_logged_out(void)
{
	struct story s = story_begin_as(SOURCES("    - response_header: Latch-Account"), "");
	struct visitor *a = story_visitor(&s);

	visitor_set_cookie(a, "PHPSESSID", "a-session-of-long-ago");
	ck_assert_int_eq(story_please(a, "/", "Please-Field: Latch-Account: alice\r\n"), 200);
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	story_expect_devices(&s, "alice", 1, 1);
	ck_assert_int_eq(story_please(a, "/", "Please-Field: Latch-Account: \r\n"), 200);
	story_expect_devices(&s, "alice", 0, 0);
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	STORY_MOVED(&s, "requests=4", "logins=1", "responses 2xx=4", "verdicts allow=4",
		    "requests_identified session=2", "requests_identified account=2");
	story_end(&s);
}

static void a_response_header_without_a_session_binds_nothing(void)
{
	struct story s = story_begin_as(SOURCES("    - response_header: Latch-Account"), "");
	struct visitor *a = story_visitor(&s);

	ck_assert_int_eq(story_please(a, "/", "Please-Field: Latch-Account: alice\r\n"), 200);
	ck_assert_str_eq(visitor_field(a, "Latch-Account"), "");
	ck_assert_ptr_null(visitor_cookie(a, "latch"));
	expect_account(&s, "alice", 404);
	STORY_MOVED(&s, "requests=1", "responses 2xx=1", "verdicts allow=1",
		    "requests_identified nothing=1");
	story_end(&s);
}

static void a_cookie_that_the_origin_sets_at_login_names_the_account(void)
{
	struct story s = story_begin_as(
		SOURCES("    - set_cookie: { name: wp_logged_in_*, decode: [percent], take: \"before |\" }"),
		"");
	struct visitor *a = story_visitor(&s);

	visitor_set_cookie(a, "PHPSESSID", "a-session-of-long-ago");
	ck_assert_int_eq(
		story_please(
			a, "/",
			"Please-Field: Set-Cookie: wp_logged_in_1f=al%69ce%7C99%7Cxyz; Path=/\r\n"),
		200);
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	story_expect_devices(&s, "alice", 1, 1);
	STORY_MOVED(&s, "requests=2", "logins=1", "responses 2xx=2", "verdicts allow=2",
		    "requests_identified session=1", "requests_identified account=1");
	story_end(&s);
}

static void the_clients_own_cookie_of_that_name_is_never_read(void)
{
	struct story s = story_begin_as(SOURCES("    - set_cookie: wikiUserName"), "");
	struct visitor *a = story_visitor(&s);

	visitor_set_cookie(a, "PHPSESSID", "a-session-of-long-ago");
	visitor_set_cookie(a, "wikiUserName", "alice");
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	ck_assert_ptr_null(visitor_cookie(a, "latch"));
	expect_account(&s, "alice", 404);
	STORY_MOVED(&s, "requests=2", "responses 2xx=2", "verdicts allow=2",
		    "requests_identified session=2");
	story_end(&s);
}

static void the_presets_know_what_dokuwiki_and_wordpress_set_at_login(void)
{
	static const struct {
		const char *preset, *login, *account;
	} known[] = {
		{ "dokuwiki",
		  "Please-Status: 302\r\nPlease-Field: Set-Cookie: DokuWiki=a-new-session-value-1; Path=/\r\n"
		  "Please-Field: Set-Cookie: DWab12=YWxpY2U%3D%7C0%7Cc2VjcmV0; Path=/\r\n",
		  "alice" },
		{ "wordpress",
		  "Please-Status: 302\r\nPlease-Field: Set-Cookie: wordpress_1f2e=bob%7C1790000000%7Cxyz%7Cmac; Path=/wp-admin\r\n"
		  "Please-Field: Set-Cookie: wordpress_logged_in_1f2e=bob%7C1790000000%7Cxyz%7Cmac; Path=/\r\n",
		  "bob" },
	};

	for (size_t i = 0; i < 2; i++) {
		char identity[256];
		struct story s;
		struct visitor *v;

		snprintf(identity, sizeof(identity), "identity: { preset: %s }\n" LEGACY_REDIRECTS,
			 known[i].preset);
		s = story_begin_as(identity, "");
		v = story_visitor(&s);
		ck_assert_int_eq(post(v, "/login", known[i].login, "x=1"), 302);
		ck_assert_int_eq(visitor_navigate(v, "/"), 200);
		story_expect_devices(&s, known[i].account, 1, 1);
		STORY_MOVED(&s, "requests=2", "logins=1", "responses 2xx=1", "responses 3xx=1",
			    "verdicts allow=2", "requests_identified nothing=1",
			    "requests_identified account=1");
		story_end(&s);
	}
}

/* A header of a proxy in front */

static const char by_proxy[] =
	"identity:\n  account:\n    - request_header: X-Forwarded-User\n" LEGACY_REDIRECTS;

static void a_trusted_proxy_names_the_account_in_a_request_header(void)
{
	struct story s = story_begin_as(by_proxy, "trusted_proxies: [127.0.0.0/8]\n");
	struct visitor *a = story_visitor(&s);

	visitor_set_fields(a, "X-Forwarded-User: alice\r\n");
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	story_expect_devices(&s, "alice", 1, 1);
	ck_assert(origin_saw(s.origin, "X-Forwarded-User: alice", 0));
	STORY_MOVED(&s, "requests=2", "responses 2xx=2", "verdicts allow=2",
		    "requests_identified account=2");
	story_end(&s);
}

static void that_header_is_deleted_from_anyone_elses_request_in_every_spelling(void)
{
	static const char *const spellings[] = { "X-Forwarded-User", "x-forwarded-user",
						 "X_Forwarded_User", "X-Forwarded_User" };
	struct story s = story_begin_as(by_proxy, "exempt: { paths: [/static/] }\n");
	struct visitor *a = story_visitor(&s);
	char fields[64];

	for (size_t i = 0; i < 4; i++) {
		snprintf(fields, sizeof(fields), "%s: alice\r\n", spellings[i]);
		visitor_set_fields(a, fields);
		ck_assert_int_eq(visitor_navigate(a, "/"), 200);
		ck_assert_int_eq(visitor_navigate(a, "/static/a.css"), 200);
	}
	ck_assert(!origin_saw(s.origin, "alice", 0));
	expect_account(&s, "alice", 404);
	STORY_MOVED(&s, "requests=8", "responses 2xx=8", "verdicts allow=8",
		    "requests_identified nothing=8");
	story_end(&s);
}

/* Several sources, and what else an origin says */

static const char two_sources[] =
	SOURCES("    - response_header: X-First\n    - response_header: X-Second");

static void the_first_source_that_answers_wins(void)
{
	struct story s = story_begin_as(two_sources, "");
	struct visitor *a = story_visitor(&s);

	visitor_set_cookie(a, "PHPSESSID", "a-session-of-long-ago");
	story_please(a, "/", "Please-Field: X-Second: bob\r\nPlease-Field: X-First: alice\r\n");
	expect_account(&s, "alice", 200);
	expect_account(&s, "bob", 404);
	STORY_MOVED(&s, "requests=1", "logins=1", "responses 2xx=1", "verdicts allow=1",
		    "requests_identified session=1");
	story_end(&s);
}

static void a_session_is_rebound_only_by_the_source_that_bound_it_or_one_above(void)
{
	struct story s = story_begin_as(two_sources, "");
	struct visitor *a = story_visitor(&s);

	visitor_set_cookie(a, "PHPSESSID", "a-session-of-long-ago");
	story_please(a, "/", "Please-Field: X-First: alice\r\n");
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	story_please(a, "/", "Please-Field: X-Second: bob\r\n");
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	story_expect_devices(&s, "alice", 1, 1);
	expect_account(&s, "bob", 404);
	story_please(a, "/", "Please-Field: X-First: bob\r\n");
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	story_expect_devices(&s, "alice", 0, 0);
	story_expect_devices(&s, "bob", 1, 1);
	STORY_MOVED(&s, "requests=6", "logins=2", "responses 2xx=6", "verdicts allow=6",
		    "requests_identified session=1", "requests_identified account=5");
	story_end(&s);
}

static void latch_headers_are_dropped_from_requests_and_consumed_from_responses(void)
{
	struct story s =
		story_begin("trusted_proxies: [127.0.0.0/8]\nexempt: { paths: [/static/] }\n");
	struct visitor *a = story_visitor(&s);

	visitor_set_fields(
		a, "Latch-Account: mallory\r\nlatch_verdict: mallory\r\nLATCH-Groups: mallory\r\n");
	ck_assert_int_eq(visitor_navigate(a, "/static/x"), 200);
	ck_assert_int_eq(
		story_please(a, "/",
			     "Please-Field: Latch-Email: a@example.com\r\n"
			     "Please-Field: Latch-Anything: x\r\nPlease-Field: latch_plan: y\r\n"),
		200);
	ck_assert(!origin_saw(s.origin, "mallory", 0));
	ck_assert_msg(!strcasestr(visitor_answer(a)->head, "latch"), "%s", visitor_answer(a)->head);
	STORY_MOVED(&s, "requests=2", "responses 2xx=2", "verdicts allow=2",
		    "requests_identified nothing=2");
	story_end(&s);
}

static void what_the_origin_says_of_an_account_is_kept(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);
	char *body;

	story_arrive(a, "alice");
	story_please(
		a, "/",
		"Please-Field: Latch-Email: alice@example.com\r\nPlease-Field: Latch-Phone: +441234567890\r\n"
		"Please-Field: Latch-Groups: staff, admins\r\nPlease-Field: Latch-Device-Limit: 7\r\n");
	ck_assert_int_eq(daemon_admin(s.daemon, "GET", "/v1/accounts/alice", NULL, &body), 200);
	ck_assert_msg(strstr(body, "\"email\":\"alice@example.com\""), "%s", body);
	ck_assert_msg(strstr(body, "\"phone\":\"+441234567890\""), "%s", body);
	ck_assert_msg(strstr(body, "\"groups\":\"staff,admins\""), "%s", body);
	ck_assert_msg(strstr(body, "\"overall\":7"), "%s", body);
	free(body);
	STORY_MOVED(&s, "requests=3", "logins=1", "responses 2xx=2", "responses 3xx=1",
		    "verdicts allow=3", "requests_identified nothing=1",
		    "requests_identified account=2");
	story_end(&s);
}

static void a_device_limit_that_is_no_number_is_ignored_and_counted(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);
	char *body;

	story_arrive(a, "alice");
	story_please(a, "/", "Please-Field: Latch-Device-Limit: many\r\n");
	story_please(a, "/", "Please-Field: Latch-Device-Limit: -1\r\n");
	ck_assert_int_eq(daemon_admin(s.daemon, "GET", "/v1/accounts/alice", NULL, &body), 200);
	ck_assert_msg(strstr(body, "\"overall\":3"), "%s", body);
	free(body);
	STORY_MOVED(&s, "requests=4", "logins=1", "device_limits_malformed=2", "responses 2xx=3",
		    "responses 3xx=1", "verdicts allow=4", "requests_identified nothing=1",
		    "requests_identified account=3");
	story_end(&s);
}

static void a_request_whose_account_is_unknown_passes_untouched(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);

	visitor_set_cookie(a, "PHPSESSID", "a-session-of-long-ago");
	ck_assert_int_eq(story_please(a, "/shop?x=%41",
				      "Please-Field: Cache-Control: public, s-maxage=60\r\n"),
			 200);
	ck_assert_str_eq(visitor_field(a, "Cache-Control"), "public, s-maxage=60");
	ck_assert_str_eq(visitor_field(a, "Set-Cookie"), "");
	ck_assert(origin_saw(s.origin, "GET /shop?x=%41 HTTP/1.1\r\n", 0));
	ck_assert(origin_saw(s.origin, "Cookie: PHPSESSID=a-session-of-long-ago\r\n", 0));
	STORY_MOVED(&s, "requests=1", "responses 2xx=1", "verdicts allow=1",
		    "requests_identified session=1");
	story_end(&s);
}

static void readyz_shows_how_many_requests_carried_what(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);
	char *body;

	story_arrive(a, "alice");
	ck_assert_int_eq(visitor_navigate(story_visitor(&s), "/"), 200);
	STORY_MOVED(&s, "requests=3", "logins=1", "responses 2xx=2", "responses 3xx=1",
		    "verdicts allow=3", "requests_identified nothing=2",
		    "requests_identified account=1");
	ck_assert_int_eq(daemon_admin(s.daemon, "GET", "/readyz", NULL, &body), 200);
	ck_assert_msg(strstr(body, "\"account\":1") && strstr(body, "\"session\":0") &&
			      strstr(body, "\"nothing\":2"),
		      "%s", body);
	free(body);
	story_end(&s);
}

SUITE_MAIN("recognition",
	   a_response_header_names_the_account_of_the_session_and_never_reaches_the_client,
	   an_empty_response_header_means_logged_out,
	   a_response_header_without_a_session_binds_nothing,
	   a_cookie_that_the_origin_sets_at_login_names_the_account,
	   the_clients_own_cookie_of_that_name_is_never_read,
	   the_presets_know_what_dokuwiki_and_wordpress_set_at_login,
	   a_trusted_proxy_names_the_account_in_a_request_header,
	   that_header_is_deleted_from_anyone_elses_request_in_every_spelling,
	   the_first_source_that_answers_wins,
	   a_session_is_rebound_only_by_the_source_that_bound_it_or_one_above,
	   latch_headers_are_dropped_from_requests_and_consumed_from_responses,
	   what_the_origin_says_of_an_account_is_kept,
	   a_device_limit_that_is_no_number_is_ignored_and_counted,
	   a_request_whose_account_is_unknown_passes_untouched,
	   readyz_shows_how_many_requests_carried_what)
