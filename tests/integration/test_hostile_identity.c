/* Who somebody is, said by somebody who must not say it: in every spelling of the header, at every place of a request, on every kind
 * of address. Whatever happens, the origin never sees the name. */
#include "raw.h"
#include "story.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define UPGRADE                                           \
	"Connection: Upgrade\r\nUpgrade: websocket\r\n"   \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" \
	"Sec-WebSocket-Version: 13\r\n"

static const char by_proxy[] =
	"identity:\n  session_cookies: [PHPSESSID]\n  account:\n    - request_header: X-Forwarded-User\n"
	"  logout_paths: [/logout.php]\n" LEGACY_REDIRECTS;
static const char exempt[] = "exempt: { paths: [/static/] }\n";
static const char trusting[] = "exempt: { paths: [/static/] }\ntrusted_proxies: [127.0.0.0/8]\n";

/* Names that some origin reads as that of the account. */
static const char *const of_the_proxy[] = {
	"X_Forwarded_User", "X-Forwarded_User", "x_forwarded_user", "X.Forwarded.User",
	"X~Forwarded!User", "x-forwarded_USER", "X-Forwarded.User", "x`forwarded`user",
	"X_FORWARDED-USER", "X+Forwarded+User", "X'Forwarded'User", "X|Forwarded^User",
};
static const char *const exactly[] = { "X-Forwarded-User", "x-forwarded-user", "X-FORWARDED-USER",
				       "x-ForwarDed-uSer" };
static const char *const of_ours[] = {
	"Latch-Account",      "latch-account",   "LATCH-ACCOUNT", "Latch_Account",
	"latch_Verdict",      "Latch.Groups",    "Latch-",        "LATCH_",
	"Latch~Anything",     "Latch-Challenge", "Latch-Email",   "latch!email",
	"Latch-Device_Limit", "lAtCh_plan",
};
/* What says where a request comes from, and which it is; in disguise from anybody. */
static const char *const of_the_way[] = {
	"X_Forwarded_For", "X-Forwarded_Proto", "x_forwarded_host",
	"X.Real.IP",       "X_Request_Id",      "X-Request_ID",
	"Content_Length",  "content_type",      "Transfer_Encoding",
};

/* Everything that a request can be. The field goes before these. */
static const struct {
	const char *line, *fields, *body;
	int status;
} places[] = {
	{ "GET /", "", "", 200 },
	{ "GET /static/a.css", "", "", 200 },
	{ "GET /.well-known/x", "", "", 200 },
	{ "GET /login.php", "", "", 200 },
	{ "GET /logout.php", "", "", 302 },
	{ "HEAD /", "", "", 200 },
	{ "OPTIONS *", "", "", 200 },
	{ "GET http://www.example.com/absolute", "", "", 200 },
	{ "GET http://www.example.com/static/b", "", "", 200 },
	{ "PURGE /x", "", "", 200 },
	{ "GET /socket", UPGRADE, "", 200 },
	{ "POST /x", "Content-Length: 3\r\n", "abc", 200 },
	{ "POST /x", "Transfer-Encoding: chunked\r\nTrailer: X-Forwarded-User, Latch-Account\r\n",
	  "3\r\nabc\r\n0\r\nX-Forwarded-User: mallory\r\nLatch-Account: mallory\r\n\r\n", 200 },
	{ "POST /static/x", "TE: trailers\r\nTransfer-Encoding: chunked\r\n",
	  "0\r\nLatch-Account: mallory\r\n\r\n", 200 },
};

static struct story begin(const char *yaml)
{
	return story_begin_with(yaml, by_proxy, legacy_script, story_sink_script);
}

/* The status that these bytes get, over a connection of their own. */
static int ask_raw(struct story *s, const char *bytes)
{
	int fd = raw_connect(daemon_port(s->daemon)), status = 0;

	raw_send(fd, bytes);
	ck_assert_int_eq(sscanf(raw_read_head(fd), "HTTP/1.1 %d ", &status), 1);
	raw_close(&fd);
	return status;
}

static int ask(struct story *s, size_t place, const char *fields)
{
	char bytes[2048];

	snprintf(bytes, sizeof(bytes), "%s HTTP/1.1\r\nHost: www.example.com\r\n%s%s\r\n%s",
		 places[place].line, fields, places[place].fields, places[place].body);
	return ask_raw(s, bytes);
}

/* `format` says what is made of a name. */
static void expect_unseen(struct story *s, const char *const *names, size_t n, const char *before,
			  const char *after)
{
	for (size_t i = 0; i < n; i++)
		for (size_t p = 0; p < COUNT(places); p++) {
			unsigned seen = origin_count(s->origin, "");
			char fields[256];
			int status;

			snprintf(fields, sizeof(fields), "%s%s%s", before, names[i], after);
			status = ask(s, p, fields);
			ck_assert_msg(status == places[p].status, "%s: %s: %d", names[i],
				      places[p].line, status);
			ck_assert_msg(!origin_saw(s->origin, "mallory", seen),
				      "the origin saw %s on %s", names[i], places[p].line);
			ck_assert_uint_eq(origin_count(s->origin, ""), seen + 1);
		}
}

static void expect_nobody(struct story *s, unsigned requests)
{
	unsigned logouts = requests / (unsigned)COUNT(places);
	char moved[5][64];

	ck_assert_int_eq(daemon_admin(s->daemon, "GET", "/v1/accounts/mallory", NULL, NULL), 404);
	snprintf(moved[0], sizeof(moved[0]), "requests=%u", requests);
	snprintf(moved[1], sizeof(moved[1]), "verdicts allow=%u", requests);
	snprintf(moved[2], sizeof(moved[2]), "requests_identified nothing=%u", requests);
	snprintf(moved[3], sizeof(moved[3]), "responses 3xx=%u", logouts);
	snprintf(moved[4], sizeof(moved[4]), "responses 2xx=%u", requests - logouts);
	STORY_MOVED(s, moved[0], moved[1], moved[2], moved[3], moved[4]);
}

static void nobody_but_a_trusted_proxy_says_who_it_is_in_any_spelling_anywhere(void)
{
	struct story s = begin(exempt);

	expect_unseen(&s, exactly, COUNT(exactly), "", ": mallory\r\n");
	expect_unseen(&s, of_the_proxy, COUNT(of_the_proxy), "", ":mallory\r\n");
	expect_nobody(&s, (COUNT(exactly) + COUNT(of_the_proxy)) * COUNT(places));
	story_end(&s);
}

static void not_even_a_trusted_proxy_says_it_in_disguise_or_in_our_name(void)
{
	struct story s = begin(trusting);

	expect_unseen(&s, of_the_proxy, COUNT(of_the_proxy), "", ": mallory\r\n");
	expect_unseen(&s, of_ours, COUNT(of_ours), "", ": mallory\r\n");
	expect_nobody(&s, (COUNT(of_the_proxy) + COUNT(of_ours)) * COUNT(places));
	story_end(&s);
}

static void what_is_ours_is_nobody_elses_to_say(void)
{
	struct story s = begin(exempt);

	expect_unseen(&s, of_ours, COUNT(of_ours), "", ": mallory\r\n");
	expect_unseen(&s, of_ours, COUNT(of_ours), "latch-account: mallory\r\n", ":\tmallory \r\n");
	expect_nobody(&s, 2 * COUNT(of_ours) * COUNT(places));
	story_end(&s);
}

/* CGI and WSGI make one variable of `X_Real_IP` and `X-Real-IP`. */
static void nobody_says_in_disguise_where_he_comes_from(void)
{
	struct story s = begin(trusting);

	expect_unseen(&s, of_the_way, COUNT(of_the_way), "", ": mallory\r\n");
	expect_nobody(&s, COUNT(of_the_way) * COUNT(places));
	story_end(&s);
}

/* By these some origins go instead of the address in the request line: whoever posted a login to another address in this way
 * was learnt by nobody. */
static const char *const addresses[] = {
	"X-Original-URL", "x-original-url", "X_Original_URL", "X-Rewrite-URL", "X.Rewrite.Url",
	"SCRIPT_NAME",    "Script-Name",    "script_name",    "PATH_INFO",     "Path-Info",
};

static void nobody_says_in_a_field_which_address_is_meant(void)
{
	struct story s = begin(exempt);

	expect_unseen(&s, addresses, COUNT(addresses), "", ": /mallory\r\n");
	expect_nobody(&s, COUNT(addresses) * COUNT(places));
	story_end(&s);
}

static void a_trusted_proxy_may_say_which_address_is_meant(void)
{
	struct story s = begin(trusting);

	ck_assert_int_eq(ask(&s, 0, "SCRIPT_NAME: /alice\r\nScript-Name: /mallory\r\n"), 200);
	ck_assert_int_eq(ask(&s, 0, "X-Original-URL: /bob\r\nX_Original_URL: /mallory\r\n"), 200);
	ck_assert(origin_saw(s.origin, "\r\nSCRIPT_NAME: /alice\r\n", 0));
	ck_assert(origin_saw(s.origin, "\r\nX-Original-URL: /bob\r\n", 0));
	ck_assert(!origin_saw(s.origin, "mallory", 0));
	expect_nobody(&s, 2);
	story_end(&s);
}

/* What Connection names is not forwarded; what we go by is not taken away by it, and what we remove does not come back. */
static void naming_it_in_connection_changes_nothing(void)
{
	static const char *const names[] = {
		"X-Forwarded-User", "Latch-Account",    "close, X-Forwarded-User",
		"latch_account",    "X_Forwarded_User", "Connection, Latch-Account",
	};
	struct story s = begin(exempt);

	for (size_t i = 0; i < COUNT(names); i++)
		for (size_t p = 0; p < COUNT(places); p++) {
			unsigned seen = origin_count(s.origin, "");
			char fields[300];

			snprintf(fields, sizeof(fields),
				 "Connection: %s\r\nX-Forwarded-User: mallory\r\n"
				 "Latch-Account: mallory\r\nX_Forwarded_User: mallory\r\n",
				 names[i]);
			ask(&s, p, fields);
			ck_assert_msg(!origin_saw(s.origin, "mallory", seen), "%s: %s", names[i],
				      places[p].line);
		}
	ck_assert_int_eq(daemon_admin(s.daemon, "GET", "/v1/accounts/mallory", NULL, NULL), 404);
	STORY_MOVED(&s, "requests=84", "verdicts allow=84", "requests_identified nothing=84",
		    "responses 3xx=6", "responses 2xx=78");
	story_end(&s);
}

static void a_session_cookie_named_in_connection_is_looked_up_and_forwarded(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);
	char fields[256];

	story_arrive(a, "alice");
	snprintf(fields, sizeof(fields), "Connection: Cookie\r\n");
	ck_assert_int_eq(visitor_request(a, "GET", "/members/tea", fields, NULL), 200);
	ck_assert_str_eq(visitor_answer(a)->body, "hello alice");
	STORY_MOVED(&s, "requests=3", "logins=1", "responses 2xx=2", "responses 3xx=1",
		    "verdicts allow=3", "requests_identified nothing=1",
		    "requests_identified account=2");
	story_end(&s);
}

/* Bytes that one reader takes for a header and another does not. */
static void what_is_no_field_to_everybody_is_refused(void)
{
	static const char *const fields[] = {
		"X-A: b\r\n X-Forwarded-User: mallory\r\n",
		"X-A: b\r\n\tLatch-Account: mallory\r\n",
		"X-Forwarded-User : mallory\r\n",
		"X-Forwarded-User\t: mallory\r\n",
		" X-Forwarded-User: mallory\r\n",
		"X-A: b\nX-Forwarded-User: mallory\r\n",
		"X-A: b\rX-Forwarded-User: mallory\r\n",
		"X-Forwarded-User\r\n: mallory\r\n",
		"X-Forwarded-User\xc2\xa0: mallory\r\n",
		"X-Forwarded-User mallory\r\n",
		"X\\Forwarded\\User: mallory\r\n",
		"\"X-Forwarded-User\": mallory\r\n",
		"X-Forwarded(User): mallory\r\n",
		"X-Forwarded-User\x01: mallory\r\n",
	};
	struct story s = begin(trusting);

	for (size_t i = 0; i < COUNT(fields); i++)
		ck_assert_msg(ask(&s, 0, fields[i]) == 400, "%s passed", fields[i]);
	ck_assert_uint_eq(origin_count(s.origin, ""), 0);
	STORY_MOVED(&s, "requests_refused=14", "responses 4xx=14");
	story_end(&s);
}

/* Both were forwarded, and the gateway believed neither. */
static void two_names_of_one_trusted_proxy_are_refused(void)
{
	static const char *const twice[] = {
		"X-Forwarded-User: alice\r\nX-Forwarded-User: mallory\r\n",
		"x-forwarded-user: mallory\r\nX-Forwarded-User: alice\r\n",
		"X-Forwarded-User: alice\r\nX-A: b\r\nX-Forwarded-User:\r\n",
		"X-Forwarded-User: alice\r\nX-Forwarded-User: ALICE\r\n",
	};
	struct story s = begin(trusting);

	for (size_t i = 0; i < COUNT(twice); i++)
		for (size_t p = 0; p < COUNT(places); p++)
			ck_assert_msg(ask(&s, p, twice[i]) == 400, "%s: %s", places[p].line,
				      twice[i]);
	ck_assert_uint_eq(origin_count(s.origin, ""), 0);
	STORY_MOVED(&s, "requests=56", "requests_refused=56", "responses 4xx=56");
	ck_assert_int_eq(ask(&s, 0, "X-Forwarded-User: alice\r\nX-Forwarded-User: alice\r\n"), 200);
	ck_assert_int_eq(ask(&s, 0, "X-Forwarded-User: alice\r\nX_Forwarded_User: mallory\r\n"),
			 200);
	ck_assert(!origin_saw(s.origin, "mallory", 0));
	STORY_MOVED(&s, "requests=2", "responses 2xx=2", "verdicts allow=2",
		    "requests_identified account=2");
	story_end(&s);
}

/* -- cookies -- */

#define OWN "a-free-session-of-mallory"
#define STOLEN "session-of-legacy-0"

/* Cookie lines that some origin reads as holding the stolen session, though the gateway goes by another value, or by none. */
static const char *const cookies[] = {
	"Cookie: PHPSESSID=" OWN "\r\nCookie: PHPSESSID=" STOLEN "\r\n",
	"Cookie: PHPSESSID=" OWN "\r\ncookie: phpsessid=" STOLEN "\r\n",
	"COOKIE: PHPSESSID=" OWN "; $Path=/; PHPSESSID=" STOLEN "\r\n",
	"Cookie: $Version=1; PHPSESSID=" OWN ", PHPSESSID=" STOLEN "\r\n",
	"Cookie: PHPSESSID=" OWN "; PHPSESSID=\"" STOLEN "\"\r\n",
	"Cookie: PHPSESSID=" OWN "; PHPSESSID =" STOLEN "\r\n",
	"Cookie: PHPSESSID=" OWN "; PHPSESSID%00=" STOLEN "\r\n",
	"Cookie: PHPSESSID=" OWN "; PHPSESSID[]=" STOLEN "\r\n",
	"Cookie: PHPSESSID=" OWN "; %50%48%50SESSID=" STOLEN "\r\n",
	"Cookie: PHPSESSID=" OWN "; PHPSESSID=session%2Dof%2Dlegacy%2D0\r\n",
	"Cookie: PHPSESSID=" OWN "; x=\"a; PHPSESSID=" STOLEN "; b\"\r\n",
	"Cookie: PHPSESSID=" OWN "; x PHPSESSID=" STOLEN "\r\n",
	"Cookie: PHPSESSID=" OWN ";PHPSESSID=" STOLEN "\r\n",
	"Cookie: PHPSESSID=" OWN "; =PHPSESSID=" STOLEN "\r\n",
	"Cookie: PHPSESSID=" OWN "; ,PHPSESSID=" STOLEN "\r\n",
	"Cookie: PHPSESSID=" OWN "; \xc2\xa0PHPSESSID=" STOLEN "\r\n",
	"Cookie: PHPSESSID=" OWN "; PHPSESSID\xa0=" STOLEN "\r\n",
	"Cookie: PHPSESSID=" OWN "; %u0050HPSESSID=" STOLEN "\r\n",
	"Cookie: PHPSESSID=\xc2\xa0" STOLEN "\r\n",
	"Cookie: PHPSESSID=" STOLEN "\xa0; x=1\r\n",
	"Cookie: PHPSESSID=" STOLEN " x=1\r\n",
	"Cookie: PHPSESSID=" STOLEN ",x\r\n",
	"Cookie: PHPSESSID=" STOLEN "&x\r\n",
	"Cookie: PHPSESSID=\"" STOLEN "X\r\n",
	"Cookie: PHPSESSID=\"" STOLEN "\" x=1\r\n",
	"Cookie: x=\"; PHPSESSID=" STOLEN "\"\r\n",
	"Cookie: PHPSESSID=%u0073ession-of-legacy-0\r\n",
};

/* Mallory, who is beyond the limit of alice's account, has an account of her own. */
static void a_stolen_session_in_disguise_reaches_the_origin_on_no_address(void)
{
	static const size_t where[] = { 0, 1, 2, 3, 7, 9, 10, 11 };
	struct story s = story_begin(exempt);
	struct visitor *a = story_visitor(&s);

	story_arrive(a, "alice");
	ck_assert_str_eq(visitor_cookie(a, "PHPSESSID"), STOLEN);
	story_order(&s, "alice", "logout_all", NULL);
	for (size_t i = 0; i < COUNT(cookies); i++)
		for (size_t p = 0; p < COUNT(where); p++) {
			unsigned seen = origin_count(s.origin, "");
			char fields[512];

			snprintf(fields, sizeof(fields), "%sAccept: application/json\r\n",
				 cookies[i]);
			ask(&s, where[p], fields);
			ck_assert_msg(!origin_saw(s.origin, "of-legacy-0", seen) &&
					      !origin_saw(s.origin, "of%2Dlegacy", seen),
				      "%s: %s", places[where[p]].line, cookies[i]);
		}
	story_end(&s);
}

/* -- exemptions -- */

static const char one_file[] =
	"identity:\n  session_cookies: [PHPSESSID]\n  account:\n"
	"    - login_form: { path: /index.php, when: { do: login }, field: user, password: pass, success: { status: 302 } }\n"
	"    - response_header: Latch-Account\n"
	"  logout_paths: [\"/index.php?do=logout\"]\n" LEGACY_REDIRECTS;

/* In many an application one address is all of them, and the last of two parameters counts, or the body's. */
static const struct {
	const char *line, *body;
	bool passes; /* as a stranger */
} requests[] = {
	{ "GET /index.php?do=help", "", true },
	{ "GET /index.php?do=%68elp", "", true },
	{ "GET /index.php?do=logout", "", true },
	{ "POST /index.php?do=help", "do=admin", true },
	{ "POST /index.php?do=help", "do[]=admin&PHPSESSID=session-of-legacy-1", true },
	{ "GET http://www.example.com/index.php?do=help", "", true },
	{ "GET /index.php?do=help&do=admin", "", false },
	{ "GET /index.php?do=admin&do=help", "", false },
	{ "GET /index.php?do=help&do%5b%5d=admin", "", false },
	{ "GET /index.php?do=help&DO=admin", "", false },
	{ "GET /index.php?do=help&+do=admin", "", false },
	{ "GET /index.php?do=help&do%00=admin", "", false },
	{ "GET /index.php?do=help;do=admin", "", false },
	{ "GET /index.php?do=help%26do=admin", "", false },
	{ "GET /index.php?do=help%00", "", false },
	{ "GET /index.php?DO=help", "", false },
	{ "GET /index.php?do[]=help", "", false },
	{ "GET /index.php%3fdo=help", "", false },
	{ "GET /index.php/?do=help", "", false },
	{ "GET /index.php;x?do=help", "", false },
	{ "GET /./index.php?do=help", "", false },
	{ "GET //index.php?do=help", "", false },
	{ "GET /INDEX.php?do=help", "", false },
	{ "GET /index.php%00?do=help", "", false },
	{ "GET /index.ph%2570?do=help", "", false },
	{ "GET /index%c0%aephp?do=help", "", false },
	{ "GET /static/..%2findex.php", "", false },
	{ "GET /static/%2e%2e/index.php", "", false },
	{ "GET /static/..;/index.php", "", false },
	{ "GET /static/%5c../index.php", "", false },
	{ "GET /static//../index.php", "", false },
	{ "GET /static/%252e%252e/x", "", false },
	{ "GET /static/a%0d%0ax", "", false },
	{ "POST /index.php", "do=help", false },
	{ "POST /index.php?x=1", "do=logout", false },
	{ "GET http://www.example.com/static/../index.php", "", false },
};

static void no_address_is_widened_into_another(void)
{
	struct story s =
		story_begin_as(one_file, "limits: { devices: 1 }\n"
					 "exempt: { paths: [/static/, \"/index.php?do=help\"] }\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);
	unsigned passed = 0;

	visitor_set_cookie(a, "PHPSESSID", "session-of-legacy-0");
	visitor_set_cookie(b, "PHPSESSID", "session-of-legacy-1");
	story_please(a, "/", "Please-Field: Latch-Account: alice\r\n");
	ck_assert_int_eq(visitor_navigate(a, "/x"), 200);
	story_please(b, "/", "Please-Field: Latch-Account: alice\r\n");
	ck_assert_int_eq(visitor_navigate(b, "/x"), 303);
	for (size_t i = 0; i < COUNT(requests); i++) {
		unsigned seen = origin_count(s.origin, "");
		char bytes[1024];
		int status;

		snprintf(
			bytes, sizeof(bytes),
			"%s HTTP/1.1\r\nHost: www.example.com\r\nAccept: application/json\r\n"
			"Cookie: PHPSESSID=session-of-legacy-1; latch=%s\r\n"
			"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n\r\n%s",
			requests[i].line, visitor_cookie(b, "latch"), strlen(requests[i].body),
			requests[i].body);
		status = ask_raw(&s, bytes);
		passed += origin_count(s.origin, "") - seen;
		ck_assert_msg((status == 200) == requests[i].passes, "%s: %d", requests[i].line,
			      status);
		ck_assert_msg(!origin_saw(s.origin, "Cookie:", seen), "%s", requests[i].line);
	}
	ck_assert_uint_eq(passed, 6);
	STORY_MOVED(&s, "requests=40", "logins=2", "responses 2xx=9", "responses 3xx=1",
		    "responses 4xx=30", "verdicts allow=3", "verdicts stranger=6",
		    "verdicts challenge=31", "requests_identified session=2",
		    "requests_identified account=38", "webhook_questions none=1");
	story_end(&s);
}

SUITE_MAIN("hostile identity", nobody_but_a_trusted_proxy_says_who_it_is_in_any_spelling_anywhere,
	   not_even_a_trusted_proxy_says_it_in_disguise_or_in_our_name,
	   what_is_ours_is_nobody_elses_to_say, nobody_says_in_disguise_where_he_comes_from,
	   nobody_says_in_a_field_which_address_is_meant,
	   a_trusted_proxy_may_say_which_address_is_meant, naming_it_in_connection_changes_nothing,
	   a_session_cookie_named_in_connection_is_looked_up_and_forwarded,
	   what_is_no_field_to_everybody_is_refused, two_names_of_one_trusted_proxy_are_refused,
	   a_stolen_session_in_disguise_reaches_the_origin_on_no_address,
	   no_address_is_widened_into_another)
