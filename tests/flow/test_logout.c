/* What a deleted cookie says: it is a logout where the application had given the value, and none where the sender had made it up. Most
 * of the stories are of somebody who shares an account and wants its living session to be nobody's. */
#include "stage.h"

#define ONE "session-number-one-1"
#define TWO "session-number-two-2"
#define MADE_UP "made-up-by-the-sender"
#define DELETES(name) "Set-Cookie: " name "=x; Max-Age=0; Path=/\r\n"

static const char one[] = "limits: { devices: 1 }\n";

/* Under its name, from whoever has it. */
static int show(struct stage *g, const char *value)
{
	char fields[128];

	snprintf(fields, sizeof(fields), "Cookie: PHPSESSID=%s\r\n", value);
	return stage_raw(g, "/members", fields);
}

/* Who is removed from the account is out with this value, too. */
static void expect_alices(struct stage *g, const char *value)
{
	ck_assert_uint_gt(stage_count(g, "alice").all, 0);
	stage_detach(g, "alice", 0, REVOKE_KICKED);
	ck_assert_int_eq(show(g, value), 303);
	ck_assert(!g->forwarded);
}

static void expect_anonymous(struct stage *g, const char *value)
{
	ck_assert_uint_eq(stage_count(g, "alice").counted, 0);
	ck_assert_int_eq(show(g, value), 200);
	ck_assert(stage_origin_saw(g, value));
}

static void expect_ended(struct stage *g, const char *value)
{
	ck_assert_int_eq(show(g, value), 200);
	ck_assert(!stage_origin_saw(g, value));
}

static void ask(struct browser *b, const char *target, const char *answer)
{
	b->stage->origin.fields = answer;
	ck_assert_int_eq(browser_click(b, target), 200);
}

/* -- made up -- */

static void deleting_a_value_that_the_sender_made_up_is_no_logout(void)
{
	static const char *const values[] = { MADE_UP, "short", "\"" MADE_UP "\"" };

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		struct stage *g = stage_open(one);
		struct browser a = browser_new(g);

		browser_arrive(&a, "alice", ONE);
		browser_set_cookie(&a, "REMEMBER", values[i]);
		ask(&a, "/members", DELETES("REMEMBER"));
		ck_assert_uint_eq(stage_count(g, "alice").counted, 1);
		ask(&a, "/members", "");
		ck_assert(stage_origin_saw(g, ONE));
		expect_alices(g, ONE);
		stage_close(g);
	}
}

static void one_that_came_along_for_long_before_is_made_up_all_the_same(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", ONE);
	browser_set_cookie(&a, "REMEMBER", MADE_UP);
	for (int i = 0; i < 3; i++) {
		stage_pass(3600 * 1000);
		ask(&a, "/members", "");
	}
	stage_restart(g);
	ask(&a, "/members", DELETES("REMEMBER"));
	expect_alices(g, ONE);
	stage_close(g);
}

/* As stores that keep the session in the cookie do: they set it with every answer. */
static void what_is_given_beside_such_a_deletion_is_bound(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", ONE);
	browser_set_cookie(&a, "REMEMBER", MADE_UP);
	ask(&a, "/members", "Set-Cookie: PHPSESSID=" TWO "; Path=/\r\n" DELETES("REMEMBER"));
	ask(&a, "/members", "");
	expect_alices(g, TWO);
	stage_close(g);
}

static void what_was_forgotten_leaves_nothing_behind(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", ONE);
	for (int i = 0; i < 400; i++) {
		char value[40];

		snprintf(value, sizeof(value), MADE_UP "-%d", i);
		browser_set_cookie(&a, "REMEMBER", value);
		ask(&a, "/members", DELETES("REMEMBER"));
		ck_assert(stage_origin_saw(g, value));
		ck_assert_uint_eq(stage_count(g, "alice").sessions, 1);
	}
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(show(g, MADE_UP "-7"), 200);
		ck_assert(stage_origin_saw(g, MADE_UP "-7"));
		stage_restart(g);
	}
	stage_close(g);
}

static void at_a_logout_path_it_frees_the_place_and_keeps_the_session(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", ONE);
	browser_set_cookie(&a, "REMEMBER", MADE_UP);
	g->origin = (struct stage_origin){ 302, DELETES("REMEMBER") };
	ck_assert_int_eq(browser_click(&a, "/logout.php"), 302);
	ck_assert_uint_eq(stage_count(g, "alice").counted, 0);
	expect_alices(g, ONE);
	stage_close(g);
}

/* -- moved into another cookie -- */

static void a_living_value_in_another_cookie_is_not_kept_over_a_logout(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", ONE);
	browser_set_cookie(&a, "REMEMBER", ONE);
	browser_set_cookie(&a, "PHPSESSID", MADE_UP);
	ask(&a, "/logout.php", DELETES("PHPSESSID"));
	expect_alices(g, ONE);
	stage_close(g);
}

/* Whoever comes without a session is handed one that is worth nothing, and can throw that away. */
static void what_a_guest_was_handed_in_its_place_does_not_end_it(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", ONE);
	browser_drop_cookie(&a, "PHPSESSID");
	browser_set_cookie(&a, "REMEMBER", ONE);
	ask(&a, "/members", "Set-Cookie: PHPSESSID=" TWO "; Path=/\r\n");
	ask(&a, "/logout.php", DELETES("PHPSESSID"));
	expect_ended(g, TWO);
	expect_alices(g, ONE);
	stage_close(g);
}

static void one_of_two_logins_does_not_end_the_other_that_hides_behind_it(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", ONE);
	browser_drop_cookie(&a, "PHPSESSID");
	stage_pass(1000);
	browser_arrive(&a, "alice", TWO);
	browser_set_cookie(&a, "PHPSESSID", ONE);
	browser_set_cookie(&a, "REMEMBER", TWO);
	ask(&a, "/logout.php", DELETES("PHPSESSID"));
	expect_ended(g, ONE);
	expect_alices(g, TWO);
	stage_close(g);
}

static void that_nobody_is_logged_in_is_not_said_of_what_was_not_read(void)
{
	static const char *const cookies[] = {
		"Cookie: REMEMBER=" ONE "\r\n",
		"Cookie: PHPSESSID=" MADE_UP "; PHPSESSID=" ONE "\r\n",
		"Cookie: PHPSESSID=" ONE ",x\r\n",
	};

	for (size_t i = 0; i < sizeof(cookies) / sizeof(*cookies); i++) {
		struct stage *g = stage_open(one);
		struct browser a = browser_new(g);

		browser_arrive(&a, "alice", ONE);
		g->origin.fields = "Latch-Account:\r\n";
		ck_assert_int_eq(stage_raw(g, "/members", cookies[i]), 200);
		expect_alices(g, ONE);
		stage_close(g);
	}
}

static void a_value_that_was_not_forwarded_is_not_logged_out(void)
{
	static const char *const cookies[] = {
		"Cookie: PHPSESSID=" MADE_UP "; PHPSESSID=" ONE "\r\n",
		"Cookie: PHPSESSID=short\r\nCookie: PHPSESSID=" ONE "\r\n",
		"Cookie: PHPSESSID=" ONE ",x\r\n",
		"Cookie: PHPSESSID=" ONE " " MADE_UP "\r\n",
	};

	for (size_t i = 0; i < sizeof(cookies) / sizeof(*cookies); i++) {
		struct stage *g = stage_open(one);
		struct browser a = browser_new(g);

		browser_arrive(&a, "alice", ONE);
		g->origin.fields = DELETES("PHPSESSID");
		ck_assert_int_eq(stage_raw(g, "/members", cookies[i]), 200);
		expect_alices(g, ONE);
		stage_close(g);
	}
}

/* -- by way of another account -- */

static void another_account_does_not_let_go_of_a_value_in_another_cookie(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", ONE);
	browser_drop_cookie(&a, "PHPSESSID");
	browser_set_cookie(&a, "REMEMBER", ONE);
	ck_assert_int_eq(browser_log_in(&a, "mallory", TWO), 302);
	expect_alices(g, ONE);
	stage_close(g);
}

static void nor_does_it_take_it_along(void)
{
	struct stage *g = stage_open(
		"limits: { devices: 1 }\nidentity:\n  session_cookies: [PHPSESSID, REMEMBER]\n"
		"  account:\n    - set_cookie: user\n");
	struct browser a = browser_new(g);

	ask(&a, "/login", "Set-Cookie: user=alice\r\nSet-Cookie: PHPSESSID=" ONE "; Path=/\r\n");
	ask(&a, "/members", "");
	browser_drop_cookie(&a, "PHPSESSID");
	browser_set_cookie(&a, "REMEMBER", ONE);
	ask(&a, "/login", "Set-Cookie: user=mallory\r\nSet-Cookie: PHPSESSID=" TWO "; Path=/\r\n");
	expect_alices(g, ONE);
	stage_close(g);
}

/* -- families -- */

static const char family[] =
	"limits: { devices: 1 }\nidentity:\n  session_cookies: [PHP*]\n  account:\n"
	"    - set_cookie: PHP_user\n"
	"    - login_form: { path: /login.php, field: user, success: { status: 302 } }\n";

/* WordPress deletes all of its names for whoever asks (reauth=1), none of which need have come. */
static void a_family_is_deleted_with_names_that_did_not_come(void)
{
	static const char *const cookies[] = {
		"Cookie: PHP_mine=" ONE "\r\n",
		"Cookie: PHPSESSID=short; PHP_mine=" ONE "\r\n",
		"Cookie: PHPSESSID=" MADE_UP "; PHP_mine=" ONE "\r\n",
	};
	static const char *const deletions[] = {
		DELETES("PHPSESSID") DELETES("PHP_user"),
		DELETES("PHP_user"),
	};

	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < 2; k++) {
			struct stage *g = stage_open(family);
			struct browser a = browser_new(g);

			browser_arrive(&a, "alice", ONE);
			g->origin.fields = deletions[k];
			ck_assert_int_eq(stage_raw(g, "/wp-login.php?reauth=1", cookies[i]), 200);
			expect_ended(g, ONE);
			stage_close(g);
		}
}

/* -- believed -- */

static void deleting_a_value_that_was_given_is_a_logout_of_all(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	g->origin = (struct stage_origin){ 302, "Set-Cookie: PHPSESSID=" ONE "; Path=/\r\n"
						"Set-Cookie: REMEMBER=" TWO "; Path=/\r\n" };
	browser_post(&a, "/login.php", "user=alice&pass=secret");
	ask(&a, "/members", "");
	ask(&a, "/members", DELETES("REMEMBER"));
	expect_anonymous(g, ONE);
	expect_ended(g, TWO);
	stage_close(g);
}

static void made_up_values_keep_nobody_logged_in(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", ONE);
	browser_set_cookie(&a, "REMEMBER", MADE_UP);
	ask(&a, "/members", "");
	ask(&a, "/logout.php", DELETES("PHPSESSID"));
	expect_ended(g, ONE);
	expect_anonymous(g, MADE_UP);
	stage_close(g);
}

static void what_was_given_to_the_session_later_ends_it_too(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", ONE);
	ask(&a, "/members", "Set-Cookie: REMEMBER=" TWO "; Path=/\r\n");
	ask(&a, "/members", "");
	stage_restart(g);
	ask(&a, "/members", DELETES("REMEMBER"));
	expect_anonymous(g, ONE);
	stage_close(g);
}

/* The session id of before the login, which the application kept: the header says whose it is. */
static void what_came_alone_when_the_account_was_named_was_given(void)
{
	struct stage *g = stage_open(
		"limits: { devices: 1 }\nidentity:\n  session_cookies: [PHPSESSID, REMEMBER]\n"
		"  account:\n    - response_header: Latch-Account\n");
	struct browser a = browser_new(g);

	browser_set_cookie(&a, "PHPSESSID", ONE);
	ask(&a, "/login", "Latch-Account: alice\r\n");
	browser_set_cookie(&a, "REMEMBER", MADE_UP);
	ask(&a, "/members", "Latch-Account: alice\r\n");
	ask(&a, "/members", DELETES("REMEMBER"));
	expect_alices(g, ONE);
	stage_close(g);
}

static void with_nothing_given_left_any_deletion_is_a_logout(void)
{
	struct stage *g = stage_open(
		"limits: { devices: 1 }\nidentity:\n  session_cookies: [PHPSESSID, REMEMBER]\n"
		"  account:\n    - login_form: { path: /login.php, field: user, success: { status: 302, sets_cookie: none } }\n");
	struct browser a = browser_new(g);

	browser_set_cookie(&a, "PHPSESSID", ONE);
	browser_set_cookie(&a, "REMEMBER", TWO);
	g->origin = (struct stage_origin){ 302, "" };
	ck_assert_int_eq(browser_post(&a, "/login.php", "user=alice&pass=secret"), 302);
	ask(&a, "/members", "");
	ask(&a, "/members", DELETES("REMEMBER"));
	expect_anonymous(g, ONE);
	stage_close(g);
}

static void a_second_login_is_given_as_the_first_was(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", ONE);
	browser_set_cookie(&a, "REMEMBER", MADE_UP);
	stage_pass(1000);
	browser_arrive(&a, "alice", TWO);
	ask(&a, "/members", DELETES("REMEMBER"));
	ck_assert_uint_eq(stage_count(g, "alice").counted, 1);
	ask(&a, "/logout.php", DELETES("PHPSESSID"));
	expect_ended(g, TWO);
	stage_close(g);
}

static void deletions_give_nothing_that_was_revoked_back(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", ONE);
	browser_set_cookie(&a, "REMEMBER", MADE_UP);
	ask(&a, "/members", "");
	stage_detach(g, "alice", 0, REVOKE_KICKED);
	g->origin.fields = DELETES("REMEMBER") DELETES("PHPSESSID");
	ck_assert_int_eq(browser_click(&a, "/members"), 303);
	ck_assert_int_eq(show(g, MADE_UP), 303);
	ck_assert_int_eq(show(g, ONE), 303);
	stage_close(g);
}

/* The place is free and the session goes on (`detach_after`): deleting what was made up changes nothing about it. */
static void a_detached_device_stays_who_it_is(void)
{
	struct stage *g = stage_open(one);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", ONE);
	browser_set_cookie(&a, "REMEMBER", MADE_UP);
	ask(&a, "/members", "");
	stage_detach(g, "alice", 0, REVOKE_NONE);
	ask(&a, "/members", DELETES("REMEMBER"));
	ask(&a, "/members", "");
	ck_assert_uint_eq(stage_count(g, "alice").counted, 1);
	expect_alices(g, ONE);
	stage_close(g);
}

/* What a reload makes of the names: in another order they are the same. */
static void the_order_of_the_names_does_not_matter(void)
{
	static const char *const yaml[] = {
		"limits: { devices: 1 }\nidentity:\n  session_cookies: [PHPSESSID, REMEMBER]\n  account:\n"
		"    - login_form: { path: /login.php, field: user, success: { status: 302 } }\n",
		"limits: { devices: 1 }\nidentity:\n  session_cookies: [REMEMBER, NEW, PHPSESSID]\n  account:\n"
		"    - login_form: { path: /login.php, field: user, success: { status: 302 } }\n",
	};
	struct stage *g = stage_open(yaml[0]);
	struct browser a = browser_new(g);

	browser_arrive(&a, "alice", ONE);
	browser_set_cookie(&a, "REMEMBER", MADE_UP);
	ask(&a, "/members", "");
	stage_use(g, yaml[1]);
	ask(&a, "/logout.php", DELETES("PHPSESSID"));
	expect_ended(g, ONE);
	expect_anonymous(g, MADE_UP);
	stage_close(g);
}

SUITE_MAIN("logout", deleting_a_value_that_the_sender_made_up_is_no_logout,
	   one_that_came_along_for_long_before_is_made_up_all_the_same,
	   what_is_given_beside_such_a_deletion_is_bound, what_was_forgotten_leaves_nothing_behind,
	   at_a_logout_path_it_frees_the_place_and_keeps_the_session,
	   a_living_value_in_another_cookie_is_not_kept_over_a_logout,
	   what_a_guest_was_handed_in_its_place_does_not_end_it,
	   one_of_two_logins_does_not_end_the_other_that_hides_behind_it,
	   that_nobody_is_logged_in_is_not_said_of_what_was_not_read,
	   a_value_that_was_not_forwarded_is_not_logged_out,
	   another_account_does_not_let_go_of_a_value_in_another_cookie, nor_does_it_take_it_along,
	   a_family_is_deleted_with_names_that_did_not_come,
	   deleting_a_value_that_was_given_is_a_logout_of_all, made_up_values_keep_nobody_logged_in,
	   what_was_given_to_the_session_later_ends_it_too,
	   what_came_alone_when_the_account_was_named_was_given,
	   with_nothing_given_left_any_deletion_is_a_logout,
	   a_second_login_is_given_as_the_first_was, deletions_give_nothing_that_was_revoked_back,
	   a_detached_device_stays_who_it_is, the_order_of_the_names_does_not_matter)
