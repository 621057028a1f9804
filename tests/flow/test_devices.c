/* Devices: which browser is which device, when it counts, when it is given its cookie, and what flooding does. */
#include "stage.h"

static const char one[] = "limits: { devices: 1 }\n";
static const char three[] = "limits: { devices: 3 }\n";
static const char proxied[] =
	"limits: { devices: 1 }\ntrusted_proxies: [127.0.0.1]\nidentity:\n  session_cookies: []\n"
	"  account:\n    - request_header: X-Forwarded-User\n";
static const char alice[] = "X-Forwarded-User: alice\r\n";

static bool gives_device(const struct stage *g)
{
	return strstr(g->answer, "Set-Cookie: latch=") ||
	       strstr(g->answer, "Set-Cookie: __Host-latch=");
}

static struct browser named(struct stage *g, const char *extra)
{
	struct browser b = browser_new(g);

	b.extra = extra;
	return b;
}

/* -- the cookie -- */

static void the_cookie_is_made_as_it_should_be(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);
	const char *cookie;

	browser_log_in(&a, "alice", "session-number-one-1");
	cookie = strstr(g->answer, "Set-Cookie: latch=v1.");
	ck_assert_ptr_nonnull(cookie);
	ck_assert_ptr_nonnull(strstr(cookie, "HttpOnly"));
	ck_assert_ptr_nonnull(strstr(cookie, "SameSite=Lax"));
	ck_assert_ptr_nonnull(strstr(cookie, "Path=/"));
	ck_assert_ptr_nonnull(strstr(cookie, "Max-Age=34560000"));
	ck_assert_ptr_null(strstr(cookie, "Secure"));
	stage_close(g);
}

static void on_https_it_has_a_name_of_its_own_and_replaces_the_other(void)
{
	struct stage *g = stage_open("limits: { devices: 1 }\ntrusted_proxies: [127.0.0.1]\n");
	struct browser a = browser_new(g);
	char old[512];

	browser_arrive(&a, "alice", "session-number-one-1");
	snprintf(old, sizeof(old), "%s", browser_cookie(&a, "latch"));
	a.extra = "X-Forwarded-Proto: https\r\n";
	stage_pass(61000);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert_ptr_nonnull(browser_cookie(&a, "__Host-latch"));
	ck_assert_ptr_nonnull(strstr(g->answer, "Secure"));
	browser_drop_cookie(&a, "latch");
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert(!gives_device(g));
	ck_assert_uint_eq(stage_count(g, "alice").all, 1);
	stage_close(g);
}

static void it_is_renewed_after_thirty_days_and_not_before(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	stage_pass(INT64_C(29) * 86400 * 1000);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert(!gives_device(g));
	stage_pass(INT64_C(2) * 86400 * 1000);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert(gives_device(g));
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert(!gives_device(g));
	ck_assert_uint_eq(stage_count(g, "alice").all, 1);
	stage_close(g);
}

static void an_old_cookie_is_not_exchanged_for_another_devices(void)
{
	struct stage *g = stage_open(three);
	struct browser a = browser_new(g), b = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	browser_arrive(&b, "alice", "session-number-two-2");
	stage_pass(INT64_C(31) * 86400 * 1000);
	stage_detach(g, "alice", 0, REVOKE_KICKED);
	browser_set_cookie(&b, "PHPSESSID", "session-number-one-1");
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	ck_assert(!gives_device(g));
	stage_close(g);
}

static void a_forged_cookie_counts_as_absent_and_is_not_forwarded(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);
	char forged[512];

	browser_arrive(&a, "alice", "session-number-one-1");
	snprintf(forged, sizeof(forged), "%s", browser_cookie(&a, "latch"));
	forged[30] = forged[30] == 'A' ? 'B' : 'A';
	browser_set_cookie(&a, "latch", forged);
	stage_pass(61000);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert(!stage_origin_saw(g, "latch="));
	ck_assert(gives_device(g));
	ck_assert_uint_eq(stage_count(g, "alice").all, 1);
	stage_close(g);
}

static void a_response_with_the_cookie_is_nobody_elses(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	g->origin = (struct stage_origin){
		302,
		"Location: /\r\nSet-Cookie: PHPSESSID=session-number-one-1\r\n"
		"Cache-Control: public, max-age=60, s-maxage=600\r\nSurrogate-Control: max-age=60\r\n"
		"CDN-Cache-Control: max-age=60\r\n"
	};
	browser_post(&a, "/login.php", "user=alice&pass=secret");
	ck_assert(gives_device(g));
	ck_assert_str_eq(stage_field(g, "Cache-Control"), "private, max-age=60");
	ck_assert_ptr_null(strstr(g->answer, "Surrogate-Control"));
	ck_assert_ptr_null(strstr(g->answer, "CDN-Cache-Control"));
	g->origin.fields = "Cache-Control: public, max-age=60\r\n";
	browser_click(&a, "/members");
	ck_assert(!gives_device(g));
	ck_assert_str_eq(stage_field(g, "Cache-Control"), "public, max-age=60");
	stage_close(g);
}

static void a_304_or_a_part_never_gets_it(void)
{
	static const int statuses[] = { 304, 206 };
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	browser_drop_cookie(&a, "latch");
	for (size_t i = 0; i < 2; i++) {
		stage_pass(61000);
		g->origin = (struct stage_origin){ statuses[i], "Cache-Control: public\r\n" };
		ck_assert_int_eq(browser_click(&a, "/members"), statuses[i]);
		ck_assert(!gives_device(g));
		ck_assert_str_eq(stage_field(g, "Cache-Control"), "public");
	}
	stage_close(g);
}

static void unknown_accounts_get_no_cookie_and_no_header(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_set_cookie(&a, "PHPSESSID", "session-of-a-stranger");
	g->origin.fields = "Set-Cookie: PHPSESSID=another-strangers-one\r\n";
	ck_assert_int_eq(browser_click(&a, "/"), 200);
	ck_assert_str_eq(g->answer,
			 "HTTP/1.1 200 X\r\nSet-Cookie: PHPSESSID=another-strangers-one\r\n\r\n");
	ck_assert_ptr_null(strcasestr(g->seen_by_origin, "latch"));
	stage_close(g);
}

/* -- one session is one device -- */

static void fifty_first_requests_without_the_cookie_are_one_device(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_log_in(&a, "alice", "session-number-one-1");
	for (int i = 0; i < 50; i++) {
		struct browser stripped = a;

		browser_drop_cookie(&stripped, "latch");
		stripped.agent = i % 2 ? "curl/8.0" : firefox;
		ck_assert_int_eq(browser_fetch(&stripped, "/members"), 200);
	}
	ck_assert_uint_eq(stage_count(g, "alice").all, 1);
	stage_close(g);
}

static void its_cookie_is_issued_again_on_navigations_once_a_minute(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g), stripped;
	unsigned given = 0;

	browser_arrive(&a, "alice", "session-number-one-1");
	for (int i = 0; i < 240; i++) {
		stripped = a;
		browser_drop_cookie(&stripped, "latch");
		stage_pass(1000);
		browser_fetch(&stripped, "/api");
		ck_assert(!gives_device(g));
		browser_click(&stripped, "/members");
		given += gives_device(g);
	}
	ck_assert_uint_ge(given, 3);
	ck_assert_uint_le(given, 5);
	stage_close(g);
}

static void a_copied_session_without_the_cookie_is_another_device(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g), copy = browser_new(g), curl = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	copy.agent = phone;
	browser_set_cookie(&copy, "PHPSESSID", "session-number-one-1");
	ck_assert_int_eq(browser_click(&copy, "/members"), 200);
	ck_assert_int_eq(browser_click(&copy, "/members"), 303);
	curl.agent = "curl/8.0";
	browser_set_cookie(&curl, "PHPSESSID", "session-number-one-1");
	browser_fetch(&curl, "/members");
	browser_drop_cookie(&curl, "latch");
	for (int i = 0; i < 5; i++) {
		ck_assert_int_eq(browser_fetch(&curl, "/members"), 403);
		browser_drop_cookie(&curl, "latch");
	}
	ck_assert_uint_eq(stage_count(g, "alice").all, 3);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	stage_close(g);
}

static void the_origins_header_gives_a_copier_no_cookie_of_the_first(void)
{
	struct stage *g = stage_open(
		"limits: { devices: 1 }\nidentity:\n  session_cookies: [PHPSESSID]\n  account:\n"
		"    - response_header: Latch-Account\n");
	struct browser a = browser_new(g), copy = browser_new(g);

	browser_set_cookie(&a, "PHPSESSID", "session-number-one-1");
	for (int i = 0; i < 3; i++) {
		g->origin.fields = "Latch-Account: alice\r\n";
		ck_assert_int_eq(browser_click(&a, "/members"), 200);
	}
	copy.agent = phone;
	browser_set_cookie(&copy, "PHPSESSID", "session-number-one-1");
	g->origin.fields = "Latch-Account: alice\r\nLatch-Email: new@example.com\r\n";
	ck_assert_int_eq(browser_click(&copy, "/members"), 200);
	ck_assert_ptr_nonnull(browser_cookie(&copy, "latch"));
	ck_assert_str_ne(browser_cookie(&copy, "latch"), browser_cookie(&a, "latch"));
	ck_assert_int_eq(browser_click(&copy, "/members"), 303);
	browser_drop_cookie(&copy, "latch");
	ck_assert_int_eq(browser_click(&copy, "/members"), 303);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	stage_close(g);
}

static void rotation_makes_no_new_device_of_a_copier(void)
{
	struct stage *g = stage_open("limits: { devices: 5 }\n");
	struct browser a = browser_new(g), copy = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	copy.agent = phone;
	browser_set_cookie(&copy, "PHPSESSID", "session-number-one-1");
	for (int i = 0; i < 10; i++) {
		char fields[128];

		snprintf(fields, sizeof(fields), "Set-Cookie: PHPSESSID=rotated-session-%d\r\n", i);
		g->origin.fields = fields;
		ck_assert_int_eq(browser_click(&copy, "/members"), 200);
		browser_drop_cookie(&copy, "latch");
	}
	ck_assert_uint_eq(stage_count(g, "alice").all, 2);
	stage_close(g);
}

static void a_session_with_another_valid_cookie_was_copied(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g), bob = browser_new(g);

	browser_arrive(&a, "alice", "session-number-one-1");
	browser_arrive(&bob, "bob", "session-of-bob-himself");
	browser_set_cookie(&bob, "PHPSESSID", "session-number-one-1");
	ck_assert_int_eq(browser_click(&bob, "/members"), 303);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	stage_close(g);
}

static void one_device_may_belong_to_several_accounts(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);
	char cookie[512];

	browser_arrive(&a, "alice", "session-number-one-1");
	snprintf(cookie, sizeof(cookie), "%s", browser_cookie(&a, "latch"));
	browser_arrive(&a, "bob", "session-number-two-2");
	ck_assert_str_eq(browser_cookie(&a, "latch"), cookie);
	browser_arrive(&a, "alice", "session-number-three");
	ck_assert_uint_eq(stage_count(g, "alice").all, 1);
	stage_close(g);
}

/* -- a new device counts once it has come back -- */

static void a_device_that_never_came_back_holds_no_place_and_is_told_of_to_nobody(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g), b = browser_new(g);

	ck_assert_int_eq(browser_log_in(&a, "alice", "session-number-one-1"), 302);
	ck_assert_uint_eq(stage_count(g, "alice").all, 0);
	ck_assert_uint_eq(stage_told(g, OUTBOX_DEVICE_ATTACHED), 0);
	browser_arrive(&b, "alice", "session-number-two-2");
	ck_assert_uint_eq(stage_told(g, OUTBOX_DEVICE_ATTACHED), 1);
	ck_assert_int_eq(browser_click(&a, "/members"), 303);
	stage_close(g);
}

static void a_login_just_before_a_restart_is_the_same_device_afterwards(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g), b = browser_new(g);

	browser_log_in(&a, "alice", "session-number-one-1");
	stage_restart(g);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert_uint_eq(stage_count(g, "alice").counted, 1);
	browser_drop_cookie(&a, "latch");
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert_uint_eq(stage_count(g, "alice").all, 1);
	browser_log_in(&b, "alice", "session-number-two-2");
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	stage_close(g);
}

static void a_login_seen_again_without_the_cookie_after_a_restart_is_one_device(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_log_in(&a, "alice", "session-number-one-1");
	browser_drop_cookie(&a, "latch");
	stage_restart(g);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(browser_fetch(&a, "/members"), 200);
	ck_assert_uint_eq(stage_count(g, "alice").all, 1);
	stage_close(g);
}

/* -- types -- */

static void types_and_labels_come_from_hints_and_agents(void)
{
	struct stage *g = stage_open("limits: { devices: 9, mobile: 1, tablet: 1, desktop: 1 }\n");
	static const char *const agents[] = {
		firefox, phone,
		"Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
		"Version/16.6 Mobile/15E148 Safari/604.1"
	};
	char session[40];

	for (int i = 0; i < 3; i++) {
		struct browser b = browser_new(g);

		b.agent = agents[i];
		snprintf(session, sizeof(session), "session-number-%d-abcdef", i);
		browser_arrive(&b, "alice", session);
	}
	stage_hear(g);
	ck_assert_ptr_nonnull(strstr(g->told_data[OUTBOX_DEVICE_ATTACHED], "\"type\":\"tablet\""));
	for (int i = 0; i < 3; i++) {
		struct browser b = browser_new(g);

		b.agent = agents[i];
		snprintf(session, sizeof(session), "session-another-%d-abcdef", i);
		browser_log_in(&b, "alice", session);
		ck_assert_int_eq(browser_click(&b, "/members"), 303);
	}
	struct browser curl = browser_new(g);

	curl.agent = "curl/8.0";
	browser_arrive(&curl, "alice", "session-number-curl-1");
	stage_close(g);
}

/* -- flooding -- */

static void beyond_twenty_new_devices_an_hour_all_share_one_challenge(void)
{
	struct stage *g = stage_open(three);
	char session[40], location[256] = "";
	struct browser first = browser_new(g);

	browser_arrive(&first, "alice", "session-number-first");
	for (int i = 0; i < 100; i++) {
		struct browser b = browser_new(g);

		snprintf(session, sizeof(session), "session-number-%d-abcdef", i);
		browser_log_in(&b, "alice", session);
		browser_click(&b, "/members");
		ck_assert_int_eq(g->status, i < 2 ? 200 : 303);
		if (i == 30)
			snprintf(location, sizeof(location), "%s", stage_field(g, "Location"));
		if (i > 30)
			ck_assert_str_eq(stage_field(g, "Location"), location);
		if (i > 30 && i < 40) {
			ck_assert_int_eq(browser_click(&b, location), 200);
		}
	}
	ck_assert_uint_le(stage_count(g, "alice").all, 20);
	ck_assert_uint_le(stage_told(g, OUTBOX_LIMIT_EXCEEDED), 20);
	ck_assert_int_eq(browser_click(&first, "/members"), 200);
	stage_close(g);
}

static void who_comes_beyond_the_rate_is_counted_when_all_hold_places(void)
{
	struct stage *g = stage_open("limits: { devices: 20 }\n");
	char session[40];

	for (int i = 0; i < 40; i++) {
		struct browser b = browser_new(g);

		snprintf(session, sizeof(session), "session-number-%d-abcdef", i);
		browser_log_in(&b, "alice", session);
		browser_click(&b, "/members");
		ck_assert_int_eq(g->status, i < 20 ? 200 : 303);
	}
	stage_close(g);
}

static void an_account_full_of_devices_lets_nobody_in_beyond_its_limit(void)
{
	struct stage *g = stage_open("limits: { devices: 63 }\n");
	char session[40];

	for (int i = 0; i < 70; i++) {
		struct browser b = browser_new(g);

		snprintf(session, sizeof(session), "session-number-%d-abcdef", i);
		stage_pass(10 * 60 * 1000);
		browser_log_in(&b, "alice", session);
		browser_click(&b, "/members");
		ck_assert_int_eq(g->status, i < 63 ? 200 : 303);
	}
	ck_assert_uint_eq(stage_count(g, "alice").counted, 63);
	stage_close(g);
}

/* The 65th found no room to be refused in, and passed as nobody's. */
static void the_device_beyond_sixty_four_is_decided(void)
{
	static const struct {
		const char *strategy;
		int status;
	} CASES[] = { { "challenge", 303 }, { "deny_new", 403 }, { "log_out_idle", 200 } };

	for (size_t k = 0; k < sizeof(CASES) / sizeof(*CASES); k++) {
		char yaml[100], session[40];
		struct stage *g;

		snprintf(yaml, sizeof(yaml), "limits: { devices: 64 }\nstrategy: %s\n",
			 CASES[k].strategy);
		g = stage_open(yaml);
		for (int i = 0; i < 67; i++) {
			struct browser b = browser_new(g);

			snprintf(session, sizeof(session), "session-number-%d-abcdef", i);
			stage_pass(10 * 60 * 1000);
			browser_log_in(&b, "alice", session);
			browser_click(&b, "/members");
			ck_assert_msg(g->status == (i < 64 ? 200 : CASES[k].status), "%s: %d: %d",
				      CASES[k].strategy, i, g->status);
		}
		ck_assert_uint_eq(stage_count(g, "alice").counted, 64);
		stage_close(g);
	}
}

static void flooding_pushes_out_neither_places_nor_revocations_nor_suspensions(void)
{
	struct stage *g = stage_open("limits: { devices: 3 }\n");
	struct browser a = browser_new(g), kicked = browser_new(g), bad = browser_new(g);
	char session[40];

	browser_arrive(&kicked, "alice", "session-of-the-kicked");
	stage_detach(g, "alice", 0, REVOKE_KICKED);
	browser_arrive(&bad, "alice", "session-suspended-one");
	stage_suspend_device(g, "alice", 1, true);
	browser_arrive(&a, "alice", "session-number-one-1");
	for (int i = 0; i < 200; i++) {
		struct browser b = browser_new(g);

		stage_pass(5 * 60 * 1000);
		snprintf(session, sizeof(session), "session-flooding-%d-ab", i);
		browser_log_in(&b, "alice", session);
		browser_click(&b, "/members");
	}
	browser_click(&kicked, "/members");
	ck_assert(!stage_origin_saw(g, "session-of-the-kicked"));
	ck_assert_int_eq(browser_click(&bad, "/members"), 403);
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	stage_close(g);
}

/* -- sources without a session of their own -- */

static void who_is_named_by_the_proxy_is_one_device_until_its_cookie_returns(void)
{
	struct stage *g = stage_open(proxied);
	struct browser a = named(g, alice), b = named(g, alice), other = named(g, alice);

	for (int i = 0; i < 50; i++) {
		ck_assert_int_eq(browser_click(&a, "/"), 200);
		browser_drop_cookie(&a, "latch");
	}
	ck_assert_uint_eq(stage_count(g, "alice").all, 1);
	stage_pass(61000);
	ck_assert_int_eq(browser_click(&b, "/"), 200);
	ck_assert_int_eq(browser_click(&b, "/"), 200);
	ck_assert_uint_eq(stage_count(g, "alice").all, 1);
	other.agent = phone;
	ck_assert_int_eq(browser_click(&other, "/"), 200);
	ck_assert_int_eq(browser_click(&other, "/"), 303);
	stage_close(g);
}

static void a_kicked_device_without_a_cookie_sees_its_logout_and_attaches_anew_after_it(void)
{
	struct stage *g = stage_open(proxied);
	struct browser a = named(g, alice);

	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(browser_click(&a, "/"), 200);
		browser_drop_cookie(&a, "latch");
	}
	stage_detach(g, "alice", 0, REVOKE_KICKED);
	ck_assert_int_eq(browser_fetch(&a, "/"), 401);
	ck_assert_int_eq(browser_click(&a, "/"), 303);
	ck_assert_str_eq(stage_field(g, "Location"), "/login.php");
	ck_assert_int_eq(browser_click(&a, "/"), 200);
	ck_assert_uint_eq(stage_count(g, "alice").all, 1);
	ck_assert_uint_eq(stage_count(g, "alice").counted, 1);
	stage_close(g);
}

static void a_kicked_pair_is_logged_out_once_over_a_restart(void)
{
	struct stage *g = stage_open(proxied);
	struct browser a = named(g, alice), b = named(g, "X-Forwarded-User: bob\r\n");

	ck_assert_int_eq(browser_click(&a, "/"), 200);
	ck_assert_int_eq(browser_click(&a, "/"), 200);
	browser_set_cookie(&b, "latch", browser_cookie(&a, "latch"));
	ck_assert_int_eq(browser_click(&b, "/"), 200);
	stage_detach(g, "alice", 0, REVOKE_ADMIN);
	stage_restart(g);
	ck_assert_int_eq(browser_click(&b, "/"), 200);
	ck_assert_int_eq(browser_click(&a, "/"), 303);
	stage_restart(g);
	ck_assert_int_eq(browser_click(&a, "/"), 200);
	ck_assert_uint_eq(stage_told(g, OUTBOX_REDIRECT), 1);
	stage_close(g);
}

static void an_idle_device_without_a_cookie_comes_back_as_itself(void)
{
	struct stage *g = stage_open(
		"limits: { devices: 1 }\ntrusted_proxies: [127.0.0.1]\ndevices: { detach_after: 60s }\n"
		"identity:\n  session_cookies: []\n  account:\n    - request_header: X-Forwarded-User\n");
	struct browser a = named(g, alice), b = named(g, alice);

	for (int i = 0; i < 2; i++) {
		browser_click(&a, "/");
		browser_drop_cookie(&a, "latch");
	}
	stage_pass(61000);
	b.agent = phone;
	browser_click(&b, "/");
	ck_assert_int_eq(browser_click(&b, "/"), 200);
	ck_assert_int_eq(browser_click(&a, "/"), 303);
	ck_assert_uint_eq(stage_count(g, "alice").all, 2);
	stage_close(g);
}

SUITE_MAIN("devices", the_cookie_is_made_as_it_should_be,
	   on_https_it_has_a_name_of_its_own_and_replaces_the_other,
	   it_is_renewed_after_thirty_days_and_not_before,
	   an_old_cookie_is_not_exchanged_for_another_devices,
	   a_forged_cookie_counts_as_absent_and_is_not_forwarded,
	   a_response_with_the_cookie_is_nobody_elses, a_304_or_a_part_never_gets_it,
	   unknown_accounts_get_no_cookie_and_no_header,
	   fifty_first_requests_without_the_cookie_are_one_device,
	   its_cookie_is_issued_again_on_navigations_once_a_minute,
	   a_copied_session_without_the_cookie_is_another_device,
	   the_origins_header_gives_a_copier_no_cookie_of_the_first,
	   rotation_makes_no_new_device_of_a_copier, a_session_with_another_valid_cookie_was_copied,
	   one_device_may_belong_to_several_accounts,
	   a_device_that_never_came_back_holds_no_place_and_is_told_of_to_nobody,
	   a_login_just_before_a_restart_is_the_same_device_afterwards,
	   a_login_seen_again_without_the_cookie_after_a_restart_is_one_device,
	   types_and_labels_come_from_hints_and_agents,
	   beyond_twenty_new_devices_an_hour_all_share_one_challenge,
	   who_comes_beyond_the_rate_is_counted_when_all_hold_places,
	   an_account_full_of_devices_lets_nobody_in_beyond_its_limit,
	   the_device_beyond_sixty_four_is_decided,
	   flooding_pushes_out_neither_places_nor_revocations_nor_suspensions,
	   who_is_named_by_the_proxy_is_one_device_until_its_cookie_returns,
	   a_kicked_device_without_a_cookie_sees_its_logout_and_attaches_anew_after_it,
	   a_kicked_pair_is_logged_out_once_over_a_restart,
	   an_idle_device_without_a_cookie_comes_back_as_itself)
