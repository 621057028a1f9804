/* Sessions in addresses: browsers without cookies, and those who try what an address can be made to say. */
#include "stage.h"

#define SETTINGS(success)                                                                         \
	"limits: { devices: 1 }\nexempt: { paths: [/open/] }\nidentity:\n"                        \
	"  session_cookies: [JSESSIONID]\n  session_parameters: [jsessionid]\n  account:\n"       \
	"    - login_form: { path: /login, field: user, password: pass, success: " success " }\n" \
	"  logout_paths: [/logout]\n"

static const char usual[] = SETTINGS("{ status: 302 }");
static const char cookieless[] =
	SETTINGS("{ status: 302, not_location: /login, sets_cookie: none }");

#define ID "0123456789ABCDEF0123456789ABCDEF"
#define NEW "FEDCBA9876543210FEDCBA9876543210"
#define OTHER "00112233445566778899AABBCCDDEEFF"

/* As Tomcat answers the first login: the cookie, and the address too, since nobody knows yet who keeps cookies. */
static void arrive_as_on_tomcat(struct browser *b, const char *user)
{
	char form[64];

	snprintf(form, sizeof(form), "user=%s&pass=secret", user);
	b->stage->origin =
		(struct stage_origin){ 302, "Location: /home;jsessionid=" ID
					    "\r\nSet-Cookie: JSESSIONID=" ID "; Path=/\r\n" };
	ck_assert_int_eq(browser_post(b, "/login", form), 302);
}

static void a_session_is_the_same_in_cookie_and_address(void)
{
	struct stage *g = stage_open(usual);
	struct browser a = browser_new(g);

	arrive_as_on_tomcat(&a, "alice");
	browser_drop_cookie(&a, "JSESSIONID");
	ck_assert_int_eq(browser_click(&a, "/home;jsessionid=" ID), 200);
	ck_assert(stage_origin_saw(g, "GET /home;jsessionid=" ID " HTTP/1.1\r\n"));
	ck_assert_uint_eq(stage_count(g, "alice").counted, 1);
	ck_assert_uint_eq(stage_count(g, "alice").sessions, 1);
	stage_close(g);
}

static void a_revoked_session_is_refused_in_an_address_too(void)
{
	static const char *const CASES[] = { "/home;jsessionid=" ID,
					     "/home?jsessionid=" ID,
					     "/a;jsessionid=" OTHER ";jsessionid=" ID,
					     "/open/;jsessionid=" ID,
					     "/logout;jsessionid=" ID,
					     "/home%3bJSESSIONID=" ID,
					     "/a?x=1;jsessionid=" ID };
	struct stage *g = stage_open(usual);
	struct browser a = browser_new(g);

	arrive_as_on_tomcat(&a, "alice");
	browser_click(&a, "/home");
	stage_detach(g, "alice", 0, REVOKE_KICKED);
	for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
		ck_assert_msg(stage_raw(g, CASES[i], "") == 303, "%s: %d", CASES[i], g->status);
		ck_assert(!g->forwarded);
		stage_pass(11000); /* or it would look like a loop */
	}
	stage_close(g);
}

static void who_is_not_allowed_comes_to_an_exempt_address_without_the_session(void)
{
	struct stage *g = stage_open(usual);
	struct browser a = browser_new(g);

	arrive_as_on_tomcat(&a, "alice");
	browser_click(&a, "/home");
	stage_detach(g, "alice", 0, REVOKE_KICKED);
	ck_assert_int_eq(stage_raw(g, "/open/a?x=1&jsessionid=" ID "&y=%2f", ""), 200);
	ck_assert(stage_origin_saw(g, "GET /open/a?x=1&y=%2f HTTP/1.1\r\n"));
	ck_assert_int_eq(stage_raw(g, "/logout?jsessionid=" ID, ""), 200);
	ck_assert(stage_origin_saw(g, "GET /logout HTTP/1.1\r\n"));
	stage_close(g);
}

static void a_parameter_of_a_path_is_never_exempt(void)
{
	struct stage *g = stage_open(usual);
	struct browser a = browser_new(g), b = browser_new(g);

	arrive_as_on_tomcat(&a, "alice");
	browser_click(&a, "/home");
	b.agent = phone;
	b.stage->origin = (struct stage_origin){ 302, "Set-Cookie: JSESSIONID=" OTHER "\r\n" };
	browser_post(&b, "/login", "user=alice&pass=secret");
	ck_assert_int_eq(browser_click(&b, "/open/x"), 200);
	ck_assert(!stage_origin_saw(g, OTHER));
	ck_assert_int_eq(browser_click(&b, "/open/x;v=1"), 303);
	ck_assert_int_eq(browser_click(&b, "/logout;v=1"), 303);
	ck_assert_int_eq(browser_click(&b, "/open/x?;v=1"), 200);
	stage_close(g);
}

static void a_session_that_was_logged_out_leaves_the_address(void)
{
	struct stage *g = stage_open(usual);
	struct browser a = browser_new(g);

	arrive_as_on_tomcat(&a, "alice");
	browser_drop_cookie(&a, "JSESSIONID");
	browser_click(&a, "/home;jsessionid=" ID);
	g->origin = (struct stage_origin){ 302, "Set-Cookie: JSESSIONID=; Max-Age=0\r\n" };
	browser_click(&a, "/logout?jsessionid=" ID);
	ck_assert_uint_eq(stage_count(g, "alice").attached, 0);
	ck_assert_int_eq(stage_raw(g, "/home;jsessionid=" ID "?x", ""), 200);
	ck_assert(stage_origin_saw(g, "GET /home?x HTTP/1.1\r\n"));
	stage_close(g);
}

/* An application that never sets a cookie: the id of before the login, or the one in its Location. */
static void without_any_cookie_the_location_of_the_login_names_the_session(void)
{
	struct stage *g = stage_open(cookieless);
	struct browser a = browser_new(g);

	g->origin = (struct stage_origin){ 302, "Location: /home;jsessionid=" NEW "\r\n" };
	ck_assert_int_eq(browser_post(&a, "/login;jsessionid=" ID, "user=alice&pass=secret"), 302);
	a.n = 0;
	ck_assert_int_eq(browser_click(&a, "/home;jsessionid=" NEW), 200);
	ck_assert_uint_eq(stage_count(g, "alice").counted, 1);
	stage_detach(g, "alice", 0, REVOKE_KICKED);
	ck_assert_int_eq(stage_raw(g, "/home;jsessionid=" NEW, ""), 303);
	ck_assert_int_eq(stage_raw(g, "/home;jsessionid=" ID, ""), 303);
	stage_close(g);
}

/* What stands in a Location may be what the client asked for. */
static void a_location_is_no_evidence_of_a_login(void)
{
	struct stage *g = stage_open(usual);
	struct browser a = browser_new(g);

	g->origin = (struct stage_origin){ 302, "Location: /login?next=/;jsessionid=" NEW "\r\n" };
	ck_assert_int_eq(browser_post(&a, "/login", "user=alice&pass=wrong&next=/;jsessionid=" NEW),
			 302);
	browser_click(&a, "/home;jsessionid=" NEW);
	ck_assert_uint_eq(stage_count(g, "alice").all, 0);
	stage_close(g);
}

static void a_location_takes_no_session_from_its_owner(void)
{
	struct stage *g = stage_open(usual);
	struct browser a = browser_new(g), m = browser_new(g);

	arrive_as_on_tomcat(&a, "alice");
	browser_click(&a, "/home");
	g->origin = (struct stage_origin){ 302, "Location: /x;jsessionid=" ID "\r\n"
						"Set-Cookie: JSESSIONID=" OTHER "\r\n" };
	ck_assert_int_eq(browser_post(&m, "/login", "user=mallory&pass=secret&next=/x"), 302);
	stage_detach(g, "alice", 0, REVOKE_KICKED);
	ck_assert_int_eq(browser_click(&m, "/x;jsessionid=" ID), 303);
	ck_assert_int_eq(browser_click(&a, "/home"), 303);
	stage_close(g);
}

/* Somebody beyond the limit shows the session of a free account of his own beside the shared one. */
static void a_session_of_another_account_does_not_ride_along_in_an_address(void)
{
	struct stage *g = stage_open(usual);
	struct browser a = browser_new(g), m = browser_new(g);

	arrive_as_on_tomcat(&a, "alice");
	browser_click(&a, "/home");
	stage_pass(1000);
	g->origin = (struct stage_origin){ 302, "Set-Cookie: JSESSIONID=" OTHER "\r\n" };
	browser_post(&m, "/login", "user=mallory&pass=secret");
	ck_assert_int_eq(browser_click(&m, "/home;jsessionid=" ID "?x"), 200);
	ck_assert(stage_origin_saw(g, "GET /home?x HTTP/1.1\r\n"));
	ck_assert(stage_origin_saw(g, "JSESSIONID=" OTHER));
	stage_close(g);
}

/* It is kept with the challenge, so it must not hold the session. */
static void the_wanted_page_is_kept_without_its_session(void)
{
	struct stage *g = stage_open(usual);
	struct browser a = browser_new(g), b = browser_new(g);

	arrive_as_on_tomcat(&a, "alice");
	browser_click(&a, "/home");
	b.agent = phone;
	g->origin = (struct stage_origin){ 302, "Set-Cookie: JSESSIONID=" OTHER "\r\n" };
	browser_post(&b, "/login", "user=alice&pass=secret");
	ck_assert_int_eq(browser_click(&b, "/tea;jsessionid=" OTHER "/pot?x=1"), 303);
	ck_assert_int_eq(browser_click(&b, stage_field(g, "Location")), 200);
	browser_act(&b, "claim", -1);
	if (g->status == 303)
		browser_click(&b, stage_field(g, "Location"));
	ck_assert_int_eq(browser_act(&b, "kick", 0), 303);
	ck_assert_str_eq(stage_field(g, "Location"), "/tea/pot?x=1");
	stage_close(g);
}

SUITE_MAIN("parameters", a_session_is_the_same_in_cookie_and_address,
	   a_revoked_session_is_refused_in_an_address_too,
	   who_is_not_allowed_comes_to_an_exempt_address_without_the_session,
	   a_parameter_of_a_path_is_never_exempt, a_session_that_was_logged_out_leaves_the_address,
	   without_any_cookie_the_location_of_the_login_names_the_session,
	   a_location_is_no_evidence_of_a_login, a_location_takes_no_session_from_its_owner,
	   a_session_of_another_account_does_not_ride_along_in_an_address,
	   the_wanted_page_is_kept_without_its_session)
