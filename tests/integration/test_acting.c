/* What is done with a verdict, to each kind of client and on each kind of address. */
#include "story.h"
#include "suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ONE_DEVICE "limits: { devices: 1 }\n"
#define LOG_OUT_IDLE ONE_DEVICE "strategy: log_out_idle\n"
#define FORM_LOGIN                                                                                        \
	"identity:\n  session_cookies: [PHPSESSID, remember_*]\n  account:\n"                             \
	"    - login_form: { path: /login.php, field: user, password: pass, success: { status: 302 } }\n" \
	"  logout_paths: [/logout.php]\n"

/* The first holds the only place; the second is logged in and will be challenged. */
static void two_arrive(struct story *s, struct visitor **ret_first, struct visitor **ret_second)
{
	*ret_first = story_visitor(s);
	*ret_second = story_visitor(s);
	story_arrive(*ret_first, "alice");
	ck_assert_int_eq(story_log_in(*ret_second, "alice"), 302);
}

/* The first has been logged out by the second. */
static struct visitor *one_is_logged_out(struct story *s)
{
	struct visitor *first, *second;

	two_arrive(s, &first, &second);
	ck_assert_int_eq(visitor_navigate(second, "/members/home"), 200);
	return first;
}

static int get(struct visitor *v, const char *target, const char *fields)
{
	return visitor_request(v, "GET", target, fields, NULL);
}

#define WEBSOCKET                                                                    \
	"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

/* Kinds of clients */

static void a_challenge_is_a_redirect_for_navigations_and_an_error_for_others(void)
{
	struct story s = story_begin(ONE_DEVICE);
	struct visitor *a, *b;
	char id[40], want[256];

	two_arrive(&s, &a, &b);
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 303);
	ck_assert_int_eq(sscanf(visitor_location(b), "/.latch/challenge?challenge=%32[0-9a-f]", id),
			 1);
	ck_assert_uint_eq(strlen(id), 32);
	ck_assert_str_eq(visitor_field(b, "Cache-Control"), "no-store");
	ck_assert_int_eq(visitor_fetch(b, "/members/api"), 403);
	ck_assert_str_eq(visitor_field(b, "Content-Type"), "application/json");
	ck_assert_str_eq(visitor_field(b, "Cache-Control"), "no-store");
	ck_assert(visitor_shows(b, "{\"error\":{\"code\":\"device_challenge\""));
	snprintf(want, sizeof(want), "\"challenge\":\"%s\"", id);
	ck_assert(visitor_shows(b, want));
	snprintf(want, sizeof(want), "\"url\":\"/.latch/challenge?challenge=%s\"", id);
	ck_assert_msg(visitor_shows(b, want), "%s", visitor_answer(b)->body);
	ck_assert_int_eq(get(b, "/members/socket", WEBSOCKET), 403);
	ck_assert_int_eq(get(b, "/members/stream", "Accept: text/event-stream\r\n"), 403);
	ck_assert_uint_eq(origin_count(s.origin, "/members/"), 1);
	STORY_MOVED(&s, "requests=7", "logins=2", "responses 2xx=1", "responses 3xx=3",
		    "responses 4xx=3", "verdicts allow=3", "verdicts challenge=4",
		    "requests_identified nothing=2", "requests_identified account=5",
		    "webhook_questions none=1");
	story_end(&s);
}

static void a_navigation_is_what_says_so_or_accepts_html(void)
{
	static const struct {
		const char *method, *fields;
		int status;
	} clients[] = {
		{ "GET", "Sec-Fetch-Mode: navigate\r\n", 303 },
		{ "POST", "Sec-Fetch-Mode: navigate\r\n", 303 },
		{ "GET", "Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n", 303 },
		{ "HEAD", "Accept: text/html\r\n", 303 },
		{ "POST", "Accept: text/html\r\n", 403 },
		{ "GET", "Accept: */*\r\n", 403 },
		{ "GET", "", 403 },
		{ "GET", "Sec-Fetch-Mode: cors\r\nAccept: text/html\r\n", 403 },
		{ "GET", "X-Requested-With: XMLHttpRequest\r\nAccept: text/html\r\n", 403 },
	};
	struct story s = story_begin(ONE_DEVICE);
	struct visitor *a, *b;

	two_arrive(&s, &a, &b);
	for (size_t i = 0; i < sizeof(clients) / sizeof(*clients); i++)
		ck_assert_msg(visitor_request(b, clients[i].method, "/members/tea",
					      clients[i].fields, NULL) == clients[i].status,
			      "%s with %s", clients[i].method, clients[i].fields);
	STORY_MOVED(&s, "requests=12", "logins=2", "responses 2xx=1", "responses 3xx=6",
		    "responses 4xx=5", "verdicts allow=3", "verdicts challenge=9",
		    "requests_identified nothing=2", "requests_identified account=10",
		    "webhook_questions none=1");
	story_end(&s);
}

static void a_logout_is_a_redirect_for_navigations_and_an_error_for_others(void)
{
	struct story s = story_begin(LOG_OUT_IDLE);
	struct visitor *a = one_is_logged_out(&s);

	ck_assert_int_eq(visitor_fetch(a, "/members/api"), 401);
	ck_assert(visitor_shows(a, "{\"error\":{\"code\":\"device_logged_out\""));
	ck_assert_ptr_nonnull(visitor_cookie(a, "PHPSESSID"));
	ck_assert_int_eq(get(a, "/members/socket", WEBSOCKET), 403);
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 303);
	ck_assert_str_eq(visitor_location(a), "/login.php");
	ck_assert_str_eq(visitor_field(a, "Cache-Control"), "no-store");
	ck_assert_ptr_null(visitor_cookie(a, "PHPSESSID"));
	STORY_MOVED(&s, "requests=7", "logins=2", "responses 2xx=2", "responses 3xx=3",
		    "responses 4xx=2", "verdicts allow=4", "verdicts logout=3",
		    "requests_identified nothing=2", "requests_identified account=5",
		    "webhook_questions none=1");
	story_end(&s);
}

/* Redirects */

/* Of a kick by a challenge, with this logout_url; `*` in `want` is the challenge. */
static void expect_logout_at(const char *logout_url, const char *before, const char *after)
{
	char redirects[512], want[512], *page, *first;
	struct story s;
	struct visitor *a, *b;

	snprintf(redirects, sizeof(redirects),
		 FORM_LOGIN
		 "redirect_urls:\n  new_account_url: /signup.php\n  logout_url: \"%s\"\n",
		 logout_url);
	s = story_begin_as(redirects, ONE_DEVICE);
	two_arrive(&s, &a, &b);
	first = story_device(&s, "alice", 0);
	page = story_claim(b, "/members/tea");
	ck_assert_int_eq(story_act(b, "kick", first), 303);
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 303);
	snprintf(want, sizeof(want), "%s%s%s", before, page + 28, after);
	ck_assert_str_eq(visitor_location(a), want);
	free(page);
	free(first);
	STORY_MOVED(&s, "requests=9", "logins=2", "responses 2xx=3", "responses 3xx=6",
		    "verdicts allow=3", "verdicts challenge=1", "verdicts logout=1",
		    "requests_identified nothing=2", "requests_identified account=3",
		    "webhook_questions none=2");
	story_end(&s);
}

static void the_challenge_that_caused_a_logout_is_appended_to_logout_url(void)
{
	expect_logout_at("/bye.php", "/bye.php?challenge=", "");
	expect_logout_at("/index.php?do=bye", "/index.php?do=bye&challenge=", "");
	expect_logout_at("https://sso.example.net/bye#now",
			 "https://sso.example.net/bye?challenge=", "#now");
	expect_logout_at("/bye?challenge=old&x=1", "/bye?x=1&challenge=", "");
}

static void the_redirect_expires_every_session_cookie_where_the_origin_had_set_it(void)
{
	struct story s = story_begin_as(FORM_LOGIN LEGACY_REDIRECTS, LOG_OUT_IDLE);
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);
	const char *line;
	bool seen[3] = { false };

	ck_assert_int_eq(story_log_in(a, "alice"), 302);
	ck_assert_int_eq(
		story_please(
			a, "/app/x",
			"Please-Field: Set-Cookie: remember_web=remember-me-for-a-year; Path=/app; "
			"Domain=example.com\r\n"),
		200);
	story_arrive(b, "alice");
	ck_assert_int_eq(visitor_navigate(a, "/app/tea"), 303);
	for (unsigned i = 0; (line = message_field(visitor_answer(a), "Set-Cookie", i)); i++) {
		seen[0] |= strncmp(line, "PHPSESSID=", 10) == 0 && strstr(line, "Path=/;");
		seen[1] |= strncmp(line, "remember_web=", 13) == 0 &&
			   strcasestr(line, "Path=/app; Domain=example.com");
		seen[2] |= strncmp(line, "remember_web=", 13) == 0 && strstr(line, "Path=/;");
		ck_assert_msg(strstr(line, "Max-Age=0") || strncmp(line, "latch=", 6) == 0, "%s",
			      line);
	}
	ck_assert_msg(seen[0] && seen[1] && seen[2], "%s", visitor_answer(a)->head);
	ck_assert_ptr_null(visitor_cookie(a, "PHPSESSID"));
	ck_assert_ptr_null(visitor_cookie(a, "remember_web"));
	STORY_MOVED(&s, "requests=5", "logins=2", "responses 2xx=2", "responses 3xx=3",
		    "verdicts allow=4", "verdicts logout=1", "requests_identified nothing=2",
		    "requests_identified account=3", "webhook_questions none=1");
	story_end(&s);
}

static void what_was_posted_is_never_replayed_and_the_page_to_return_to_is_the_last_navigation(void)
{
	struct story s = story_begin(ONE_DEVICE);
	struct visitor *a, *b;
	char *first, *page;

	two_arrive(&s, &a, &b);
	first = story_device(&s, "alice", 0);
	ck_assert_int_eq(visitor_navigate(b, "/members/first"), 303);
	ck_assert_int_eq(visitor_fetch(b, "/members/api"), 403);
	page = story_meet_challenge(b, "/members/last?x=%2f&y=1");
	ck_assert_int_eq(visitor_post(b, "/members/post", "x=1"), 303);
	ck_assert_int_eq(visitor_navigate(b, page), 200);
	ck_assert_int_eq(story_act(b, "claim", NULL), 303);
	ck_assert_int_eq(visitor_navigate(b, page), 200);
	ck_assert_int_eq(story_act(b, "kick", first), 303);
	ck_assert_str_eq(visitor_location(b), "/members/last?x=%2f&y=1");
	ck_assert_uint_eq(origin_count(s.origin, "/members/post"), 0);
	free(first);
	free(page);
	STORY_MOVED(&s, "requests=12", "logins=2", "responses 2xx=4", "responses 3xx=7",
		    "responses 4xx=1", "verdicts allow=3", "verdicts challenge=4",
		    "requests_identified nothing=2", "requests_identified account=5",
		    "webhook_questions none=1");
	story_end(&s);
}

static void the_page_to_return_to_is_a_path_of_this_site(void)
{
	static const char *const wanted[][2] = { { "//evil.example/x", "/evil.example/x" },
						 { "///evil.example/x", "/evil.example/x" },
						 { "/\\evil.example/x", "/evil.example/x" } };

	for (size_t i = 0; i < 3; i++) {
		struct story s = story_begin(ONE_DEVICE);
		struct visitor *a, *b;
		char *page, *first;

		two_arrive(&s, &a, &b);
		first = story_device(&s, "alice", 0);
		page = story_claim(b, wanted[i][0]);
		ck_assert_int_eq(story_act(b, "kick", first), 303);
		ck_assert_str_eq(visitor_location(b), wanted[i][1]);
		free(first);
		free(page);
		STORY_MOVED(&s, "requests=8", "logins=2", "responses 2xx=3", "responses 3xx=5",
			    "verdicts allow=3", "verdicts challenge=1",
			    "requests_identified nothing=2", "requests_identified account=2",
			    "webhook_questions none=1");
		story_end(&s);
	}
}

static void a_session_redirected_more_than_5_times_in_10_s_gets_a_page_with_the_link(void)
{
	struct story s = story_begin(LOG_OUT_IDLE);
	struct visitor *a = one_is_logged_out(&s);
	char session[64];

	snprintf(session, sizeof(session), "%s", visitor_cookie(a, "PHPSESSID"));
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 303);
		visitor_set_cookie(a, "PHPSESSID", session);
	}
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 403);
	ck_assert(visitor_shows(a, "href=\"/login.php\""));
	STORY_TOLD(&s, "device.attached=2", "device.detached=1", "on_limit_exceeded=1",
		   "on_current_device_logout=1", "redirect=1");
	STORY_MOVED(&s, "requests=10", "logins=2", "responses 2xx=2", "responses 3xx=7",
		    "responses 4xx=1", "verdicts allow=4", "verdicts logout=6",
		    "requests_identified nothing=2", "requests_identified account=8",
		    "webhook_questions none=1");
	story_end(&s);
}

/* Addresses that are never interrupted */

static const char full_house[] = FORM_LOGIN
	"redirect_urls:\n  new_account_url: /signup.php\n  logout_url: http://www.example.com/bye.php?from=latchd\n"
	"  suspended_url: /sorry.php\n  upgrade_url: /plans.php\n"
	"exempt: { paths: [/static/, /imprint.php, \"/index.php?page=help\"] }\n";
static const char *const exempt[] = {
	"/signup.php",
	"/bye.php?from=latchd",
	"/bye.php?from=latchd&challenge=0123",
	"/sorry.php",
	"/plans.php",
	"/logout.php",
	"/static/a/b.css",
	"/imprint.php?x=1",
	"/index.php?page=help&y=1",
	"/.well-known/security.txt",
};
enum { N_EXEMPT = sizeof(exempt) / sizeof(*exempt) };
static const char *const not_exempt[] = {
	"/signup.php?x=1",
	"/bye.php",
	"/bye.php?from=other",
	"/static/../members/x",
	"/static/%2e%2e/members/x",
	"/static/..%2fmembers/x",
	"/static/a;x=1",
	"/static/%5c..%5cx",
	"/imprint.php/",
	"/IMPRINT.php",
	"/index.php?page=help&page=admin",
	"/index.php?page=hel",
	"/.well-known/../members",
	"/static/%252e%252e/x",
};
enum { N_NOT_EXEMPT = sizeof(not_exempt) / sizeof(*not_exempt) };

/* Not interrupted there, and the origin sees neither of its cookies. */
static void expect_stranger(struct story *s, struct visitor *v, const char *session)
{
	for (unsigned i = 0; i < N_EXEMPT; i++) {
		unsigned seen = origin_count(s->origin, "");

		visitor_set_cookie(v, "PHPSESSID", session);
		visitor_set_cookie(v, "remember_web", "remember-me-for-a-year");
		visitor_set_cookie(v, "theme", "dark");
		ck_assert_int_lt(visitor_navigate(v, exempt[i]), 303);
		ck_assert_uint_eq(origin_count(s->origin, ""), seen + 1);
		ck_assert_msg(!origin_saw(s->origin, session, seen), "the origin saw it on %s",
			      exempt[i]);
		ck_assert(!origin_saw(s->origin, "remember-me", seen));
		ck_assert(origin_saw(s->origin, "theme=dark", seen));
	}
}

static void expect_interrupted(struct story *s, struct visitor *v, const char *session, int status)
{
	unsigned seen = origin_count(s->origin, "");

	for (unsigned i = 0; i < N_NOT_EXEMPT; i++) {
		visitor_set_cookie(v, "PHPSESSID", session);
		visitor_set_cookie(v, "remember_web", "remember-me-for-a-year");
		ck_assert_msg(visitor_fetch(v, not_exempt[i]) == status, "%s passed: %d",
			      not_exempt[i], visitor_answer(v)->status);
	}
	ck_assert_uint_eq(origin_count(s->origin, ""), seen);
}

static void a_challenged_session_comes_to_exempt_addresses_as_a_stranger_and_to_no_others(void)
{
	struct story s = story_begin_as(full_house, ONE_DEVICE);
	struct visitor *a, *b;
	char session[64];

	two_arrive(&s, &a, &b);
	snprintf(session, sizeof(session), "%s", visitor_cookie(b, "PHPSESSID"));
	expect_stranger(&s, b, session);
	expect_interrupted(&s, b, session, 403);
	STORY_MOVED(&s, "requests=27", "logins=2", "responses 2xx=10", "responses 3xx=3",
		    "responses 4xx=14", "verdicts allow=3", "verdicts stranger=10",
		    "verdicts challenge=14", "requests_identified nothing=2",
		    "requests_identified account=25", "webhook_questions none=1");
	story_end(&s);
}

static void a_revoked_session_never_reaches_the_origin_again_on_any_address(void)
{
	struct story s = story_begin_as(full_house, LOG_OUT_IDLE);
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);
	char session[64];

	story_arrive(a, "alice");
	ck_assert_int_eq(
		story_please(
			a, "/",
			"Please-Field: Set-Cookie: remember_web=remember-me-for-a-year; Path=/\r\n"),
		200);
	snprintf(session, sizeof(session), "%s", visitor_cookie(a, "PHPSESSID"));
	story_arrive(b, "alice");
	expect_stranger(&s, a, session);
	expect_interrupted(&s, a, session, 401);
	STORY_MOVED(&s, "requests=29", "logins=2", "responses 2xx=12", "responses 3xx=3",
		    "responses 4xx=14", "verdicts allow=5", "verdicts stranger=10",
		    "verdicts logout=14", "requests_identified nothing=2",
		    "requests_identified account=27", "webhook_questions none=1");
	story_kill_and_restart(&s);
	expect_stranger(&s, a, session);
	expect_interrupted(&s, a, session, 401);
	STORY_MOVED(&s, "requests=24", "responses 2xx=9", "responses 3xx=1", "responses 4xx=14",
		    "verdicts stranger=10", "verdicts logout=14", "requests_identified account=24");
	story_end(&s);
}

static void suspended_and_denied_ones_are_strangers_there_too(void)
{
	struct story s = story_begin_as(full_house, ONE_DEVICE "strategy: deny_new\n");
	struct visitor *a, *b;
	char session[64];

	two_arrive(&s, &a, &b);
	snprintf(session, sizeof(session), "%s", visitor_cookie(b, "PHPSESSID"));
	expect_stranger(&s, b, session);
	expect_interrupted(&s, b, session, 403);
	story_order(&s, "alice", "suspend", NULL);
	expect_stranger(&s, b, session);
	expect_interrupted(&s, b, session, 403);
	STORY_MOVED(&s, "requests=51", "logins=2", "responses 2xx=19", "responses 3xx=4",
		    "responses 4xx=28", "verdicts allow=3", "verdicts stranger=20",
		    "verdicts deny=14", "verdicts suspended=14", "requests_identified nothing=2",
		    "requests_identified account=49");
	story_end(&s);
}

static void whoever_is_allowed_comes_there_as_himself_and_every_path_goes_on_byte_for_byte(void)
{
	struct story s = story_begin_as(full_house, ONE_DEVICE);
	struct visitor *a = story_visitor(&s);

	story_arrive(a, "alice");
	for (unsigned i = 0; i < N_NOT_EXEMPT; i++) {
		unsigned seen = origin_count(s.origin, "");
		char line[128];

		ck_assert_int_eq(visitor_navigate(a, not_exempt[i]), 200);
		snprintf(line, sizeof(line), "GET %s HTTP/1.1\r\n", not_exempt[i]);
		ck_assert_msg(origin_saw(s.origin, line, seen), "%s", line);
		ck_assert(origin_saw(s.origin, "PHPSESSID=session-of-legacy-0", seen));
	}
	ck_assert_int_eq(visitor_navigate(a, "/static/a.css"), 200);
	ck_assert(origin_saw(s.origin, "PHPSESSID=session-of-legacy-0", N_NOT_EXEMPT + 2));
	STORY_MOVED(&s, "requests=17", "logins=1", "responses 2xx=16", "responses 3xx=1",
		    "verdicts allow=17", "requests_identified nothing=1",
		    "requests_identified account=16");
	story_end(&s);
}

static void a_challenged_person_can_log_in_as_somebody_else(void)
{
	struct story s = story_begin(ONE_DEVICE);
	struct visitor *a, *b;

	two_arrive(&s, &a, &b);
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 303);
	story_arrive(b, "bob");
	ck_assert(visitor_shows(b, "hello bob"));
	story_expect_devices(&s, "bob", 1, 1);
	STORY_MOVED(&s, "requests=6", "logins=3", "responses 2xx=2", "responses 3xx=4",
		    "verdicts allow=4", "verdicts stranger=1", "verdicts challenge=1",
		    "requests_identified nothing=2", "requests_identified account=4",
		    "webhook_questions none=1");
	story_end(&s);
}

static void without_sessions_the_revocation_ends_with_the_redirect(void)
{
	struct story s = story_begin_as(
		"identity:\n  account:\n    - request_header: X-User\n" LEGACY_REDIRECTS,
		"trusted_proxies: [127.0.0.0/8]\n" ONE_DEVICE);
	struct visitor *a = story_visitor(&s);

	visitor_set_fields(a, "X-User: alice\r\n");
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	story_order(&s, "alice", "logout_all", NULL);
	story_expect_devices(&s, "alice", 0, 0);
	ck_assert_int_eq(visitor_fetch(a, "/"), 401);
	ck_assert_int_eq(visitor_navigate(a, "/"), 303);
	ck_assert_str_eq(visitor_location(a), "/login.php");
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	story_expect_devices(&s, "alice", 1, 1);
	STORY_MOVED(&s, "requests=5", "responses 2xx=3", "responses 3xx=1", "responses 4xx=1",
		    "verdicts allow=3", "verdicts logout=2", "requests_identified account=5",
		    "webhook_questions none=1");
	story_end(&s);
}

/* Our own answers */

static void pages_of_our_own_are_not_stored_framed_or_scripted(void)
{
	struct story s = story_begin(ONE_DEVICE);
	struct visitor *a, *b;
	const char *policy;
	char *page;

	two_arrive(&s, &a, &b);
	page = story_meet_challenge(b, "/members/tea");
	policy = visitor_field(b, "Content-Security-Policy");
	ck_assert_msg(strstr(policy, "default-src 'none'") &&
			      strstr(policy, "frame-ancestors 'self'"),
		      "%s", policy);
	ck_assert_str_eq(visitor_field(b, "Cache-Control"), "no-store");
	ck_assert_str_eq(visitor_field(b, "Referrer-Policy"), "no-referrer");
	ck_assert_str_eq(visitor_field(b, "X-Content-Type-Options"), "nosniff");
	ck_assert_str_eq(visitor_field(b, "Content-Type"), "text/html; charset=utf-8");
	ck_assert(visitor_shows(b, "target=\"_top\""));
	ck_assert(visitor_shows(b, "<html lang=\"en\""));
	ck_assert(visitor_shows(b, "name=\"viewport\""));
	ck_assert(!visitor_shows(b, "<script"));
	free(page);
	STORY_MOVED(&s, "requests=5", "logins=2", "responses 2xx=2", "responses 3xx=3",
		    "verdicts allow=3", "verdicts challenge=1", "requests_identified nothing=2",
		    "requests_identified account=2", "webhook_questions none=1");
	story_end(&s);
}

static void expect_not_stored(struct visitor *v, int status)
{
	ck_assert_int_eq(visitor_answer(v)->status, status);
	ck_assert_msg(strcmp(visitor_field(v, "Cache-Control"), "no-store") == 0, "%s",
		      visitor_answer(v)->head);
}

static void no_answer_of_our_own_is_to_be_stored(void)
{
	struct story s = story_begin(ONE_DEVICE "strategy: deny_new\n");
	struct visitor *a, *b, *c = story_visitor(&s);
	unsigned port = origin_port(s.origin);

	two_arrive(&s, &a, &b);
	visitor_navigate(b, "/members/tea");
	expect_not_stored(b, 403);
	visitor_fetch(b, "/members/api");
	expect_not_stored(b, 403);
	get(b, "/members/socket", WEBSOCKET);
	expect_not_stored(b, 403);
	visitor_navigate(c, "/.latch/nothing");
	expect_not_stored(c, 404);
	visitor_post(c, "/login.php", "user=alice&user=bob&pass=x");
	expect_not_stored(c, 400);
	/* Not before: others need their answers. */
	daemon_edit(
		s.daemon,
		"s/^origin: { url: \\([^ ]*\\) }/origin: { url: \\1, response_timeout: 300ms }/");
	daemon_signal(s.daemon, SIGHUP);
	daemon_await(s.daemon, "READY=1");
	legacy_hold(s.legacy);
	visitor_request(c, "GET", "/slow", "Please-Wait: 1\r\n", NULL);
	expect_not_stored(c, 504);
	legacy_release(s.legacy);
	origin_stop(&s.origin);
	visitor_navigate(c, "/");
	expect_not_stored(c, 502);
	STORY_MOVED(&s, "requests=10", "logins=2", "responses 2xx=1", "responses 3xx=2",
		    "responses 4xx=5", "responses 5xx=2", "origin_failures connect=1",
		    moves_down(port), "origin_failures timeout=1", "verdicts allow=6",
		    "verdicts deny=3", "requests_identified nothing=5",
		    "requests_identified account=4");
	story_end(&s);
}

static void addresses_of_our_own_never_reach_the_origin_in_any_spelling(void)
{
	static const char *const own[] = { "/.latch/",
					   "/.latch/nothing",
					   "/.latch",
					   "//.latch/challenge",
					   "/%2elatch/challenge",
					   "/x/../.latch/suspended",
					   "/.latch/challenge",
					   "/.latch/challenge?challenge=x" };
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);

	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		ck_assert_int_eq(visitor_navigate(a, own[i]), 404);
	ck_assert_int_eq(visitor_navigate(a, "/.latch/suspended"), 403);
	ck_assert_uint_eq(origin_count(s.origin, ""), 0);
	STORY_MOVED(&s, "requests=9", "responses 4xx=9");
	story_end(&s);
}

SUITE_MAIN("acting", a_challenge_is_a_redirect_for_navigations_and_an_error_for_others,
	   a_navigation_is_what_says_so_or_accepts_html,
	   a_logout_is_a_redirect_for_navigations_and_an_error_for_others,
	   the_challenge_that_caused_a_logout_is_appended_to_logout_url,
	   the_redirect_expires_every_session_cookie_where_the_origin_had_set_it,
	   what_was_posted_is_never_replayed_and_the_page_to_return_to_is_the_last_navigation,
	   the_page_to_return_to_is_a_path_of_this_site,
	   a_session_redirected_more_than_5_times_in_10_s_gets_a_page_with_the_link,
	   a_challenged_session_comes_to_exempt_addresses_as_a_stranger_and_to_no_others,
	   a_revoked_session_never_reaches_the_origin_again_on_any_address,
	   suspended_and_denied_ones_are_strangers_there_too,
	   whoever_is_allowed_comes_there_as_himself_and_every_path_goes_on_byte_for_byte,
	   a_challenged_person_can_log_in_as_somebody_else,
	   without_sessions_the_revocation_ends_with_the_redirect,
	   pages_of_our_own_are_not_stored_framed_or_scripted, no_answer_of_our_own_is_to_be_stored,
	   addresses_of_our_own_never_reach_the_origin_in_any_spelling)
