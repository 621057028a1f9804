/* Limits and strategies: who gets a place, who is in excess, and what is done about it. */
#include "story.h"
#include "suite.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PHONE                                                                                              \
	"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) " \
	"Version/17.5 Mobile/15E148 Safari/604.1"
#define LIMIT_HEADER(n) "Please-Field: Latch-Device-Limit: " #n "\r\n"

/* Logs in and opens a page; its status. */
static int enter(struct visitor *v, const char *user)
{
	ck_assert_int_eq(story_log_in(v, user), 302);
	return visitor_navigate(v, "/members/home");
}

static void order_device(struct story *s, const char *account, unsigned n, const char *what)
{
	char *device = story_device(s, account, n), action[96];

	snprintf(action, sizeof(action), "devices/%s/%s", device, what);
	free(device);
	story_order(s, account, action, NULL);
}

/* Numbers */

static void n_is_exactly_n_and_the_others_go_on_undisturbed(void)
{
	struct story s = story_begin("limits: { devices: 3 }\n");
	struct visitor *v[5];

	for (unsigned i = 0; i < 5; i++) {
		v[i] = story_visitor(&s);
		ck_assert_int_eq(enter(v[i], "alice"), i < 3 ? 200 : 303);
	}
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(visitor_navigate(v[i], "/members/again"), 200);
	story_expect_devices(&s, "alice", 5, 3);
	STORY_MOVED(&s, "requests=13", "logins=5", "responses 2xx=6", "responses 3xx=7",
		    "verdicts allow=11", "verdicts challenge=2", "requests_identified nothing=5",
		    "requests_identified account=8", "webhook_questions none=2");
	story_end(&s);
}

static void zero_is_unlimited(void)
{
	struct story s = story_begin("limits: { devices: 0 }\n");

	for (unsigned i = 0; i < 12; i++)
		ck_assert_int_eq(enter(story_visitor(&s), "alice"), 200);
	story_expect_devices(&s, "alice", 12, 12);
	STORY_MOVED(&s, "requests=24", "logins=12", "responses 2xx=12", "responses 3xx=12",
		    "verdicts allow=24", "requests_identified nothing=12",
		    "requests_identified account=12");
	story_end(&s);
}

static void a_type_has_a_limit_of_its_own(void)
{
	struct story s = story_begin("limits: { devices: 3, mobile: 1 }\n");
	struct visitor *first = story_visitor(&s), *second = story_visitor(&s),
		       *desktop = story_visitor(&s);

	visitor_set_agent(first, PHONE);
	visitor_set_agent(second, PHONE);
	ck_assert_int_eq(enter(first, "alice"), 200);
	ck_assert_int_eq(enter(second, "alice"), 303);
	ck_assert_int_eq(enter(desktop, "alice"), 200);
	story_expect_said(&s, "on_limit_exceeded", 0, "data.reasons",
			  "[\"too_many_mobile_devices\"]");
	story_expect_said(&s, "on_limit_exceeded", 0, "data.limit", "1");
	STORY_MOVED(&s, "requests=6", "logins=3", "responses 2xx=2", "responses 3xx=4",
		    "verdicts allow=5", "verdicts challenge=1", "requests_identified nothing=3",
		    "requests_identified account=3", "webhook_questions none=1");
	story_end(&s);
}

static void the_accounts_own_limit_counts_more_than_the_sites_and_an_administrators_most(void)
{
	struct story s = story_begin("limits: { devices: 1 }\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s), *c = story_visitor(&s);

	ck_assert_int_eq(enter(a, "alice"), 200);
	ck_assert_int_eq(enter(b, "alice"), 303);
	ck_assert_int_eq(story_please(a, "/", LIMIT_HEADER(2)), 200);
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 200);
	ck_assert_int_eq(enter(c, "alice"), 303);
	story_order(&s, "alice", "limit", "{\"limit\":3}");
	ck_assert_int_eq(visitor_navigate(c, "/members/tea"), 200);
	ck_assert_int_eq(story_please(a, "/", LIMIT_HEADER(1)), 200);
	ck_assert_int_eq(visitor_navigate(c, "/members/tea"), 200);
	story_order(&s, "alice", "limit", "{\"limit\":null}");
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 200);
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 303);
	ck_assert_int_eq(visitor_navigate(c, "/members/tea"), 303);
	STORY_MOVED(&s, "requests=14", "logins=3", "responses 2xx=7", "responses 3xx=7",
		    "verdicts allow=10", "verdicts challenge=4", "requests_identified nothing=3",
		    "requests_identified account=11", "webhook_questions none=4");
	story_end(&s);
}

/* Places */

static void a_challenge_whose_cause_has_gone_ends_by_itself(void)
{
	struct story s = story_begin("limits: { devices: 1 }\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);

	ck_assert_int_eq(enter(a, "alice"), 200);
	ck_assert_int_eq(enter(b, "alice"), 303);
	ck_assert_int_eq(visitor_navigate(a, "/logout.php"), 302);
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 200);
	story_expect_devices(&s, "alice", 1, 1);
	STORY_MOVED(&s, "requests=6", "logins=2", "responses 2xx=2", "responses 3xx=4",
		    "verdicts allow=5", "verdicts challenge=1", "requests_identified nothing=2",
		    "requests_identified account=4", "webhook_questions none=1");
	story_end(&s);
}

static void a_challenged_device_holds_no_place_and_is_nobodys_excess(void)
{
	struct story s = story_begin("limits: { devices: 1 }\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s), *c = story_visitor(&s);

	ck_assert_int_eq(enter(a, "alice"), 200);
	ck_assert_int_eq(enter(b, "alice"), 303);
	ck_assert_int_eq(enter(c, "alice"), 303);
	story_expect_devices(&s, "alice", 3, 1);
	story_expect_said(&s, "on_limit_exceeded", 1, "data.attached_devices", "2");
	ck_assert_int_eq(visitor_navigate(a, "/logout.php"), 302);
	ck_assert_int_eq(visitor_navigate(c, "/members/tea"), 200);
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 303);
	STORY_MOVED(&s, "requests=9", "logins=3", "responses 2xx=2", "responses 3xx=7",
		    "verdicts allow=6", "verdicts challenge=3", "requests_identified nothing=3",
		    "requests_identified account=6", "webhook_questions none=2");
	story_end(&s);
}

static void one_that_comes_back_after_leaving_is_the_newest(void)
{
	struct story s = story_begin("limits: { devices: 2 }\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s), *c = story_visitor(&s);

	ck_assert_int_eq(enter(a, "alice"), 200);
	ck_assert_int_eq(enter(b, "alice"), 200);
	ck_assert_int_eq(visitor_navigate(a, "/logout.php"), 302);
	ck_assert_int_eq(enter(c, "alice"), 200);
	ck_assert_int_eq(enter(a, "alice"), 303);
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 200);
	STORY_MOVED(&s, "requests=10", "logins=4", "responses 2xx=4", "responses 3xx=6",
		    "verdicts allow=9", "verdicts challenge=1", "requests_identified nothing=4",
		    "requests_identified account=6", "webhook_questions none=1");
	story_end(&s);
}

/* Strategies */

static void monitor_only_tells(void)
{
	struct story s = story_begin("limits: { devices: 1 }\nstrategy: monitor\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);

	ck_assert_int_eq(enter(a, "alice"), 200);
	ck_assert_int_eq(enter(b, "alice"), 200);
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 200);
	STORY_TOLD(&s, "device.attached=2", "on_limit_exceeded=1");
	STORY_MOVED(&s, "requests=5", "logins=2", "responses 2xx=3", "responses 3xx=2",
		    "verdicts allow=5", "requests_identified nothing=2",
		    "requests_identified account=3");
	story_end(&s);
}

static void deny_new_gives_the_newest_a_page_that_says_why_and_scripts_an_error(void)
{
	struct story s = story_begin("limits: { devices: 1 }\nstrategy: deny_new\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);

	ck_assert_int_eq(enter(a, "alice"), 200);
	ck_assert_int_eq(enter(b, "alice"), 403);
	ck_assert(visitor_shows(b, "Every place is taken."));
	ck_assert_str_eq(visitor_field(b, "Cache-Control"), "no-store");
	ck_assert_int_eq(visitor_fetch(b, "/members/api"), 403);
	ck_assert(visitor_shows(b, "\"code\":\"device_limit\""));
	ck_assert_int_eq(visitor_navigate(a, "/logout.php"), 302);
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 200);
	STORY_TOLD(&s, "device.attached=2", "device.detached=1", "on_limit_exceeded=1");
	STORY_MOVED(&s, "requests=7", "logins=2", "responses 2xx=2", "responses 3xx=3",
		    "responses 4xx=2", "verdicts allow=5", "verdicts deny=2",
		    "requests_identified nothing=2", "requests_identified account=5");
	story_end(&s);
}

static void log_out_idle_logs_out_the_least_recently_active_other_device(void)
{
	struct story s = story_begin("limits: { devices: 2 }\nstrategy: log_out_idle\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s), *c = story_visitor(&s);

	ck_assert_int_eq(enter(a, "alice"), 200);
	poll(NULL, 0, 5); /* last seen is counted in milliseconds */
	ck_assert_int_eq(enter(b, "alice"), 200);
	poll(NULL, 0, 1100); /* an active device says so once a second */
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 200);
	ck_assert_int_eq(enter(c, "alice"), 200);
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 200);
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 303);
	ck_assert_str_eq(visitor_location(b), "/login.php");
	ck_assert_ptr_null(visitor_cookie(b, "PHPSESSID"));
	story_expect_said(&s, "on_current_device_logout", 0, "data.cause", "idle");
	story_expect_said(&s, "on_current_device_logout", 0, "data.challenge", "null");
	STORY_TOLD(&s, "device.attached=3", "device.detached=1", "on_limit_exceeded=1",
		   "on_current_device_logout=1", "redirect=1");
	STORY_MOVED(&s, "requests=9", "logins=3", "responses 2xx=5", "responses 3xx=4",
		    "verdicts allow=8", "verdicts logout=1", "requests_identified nothing=3",
		    "requests_identified account=6", "webhook_questions none=1");
	story_end(&s);
}

static void log_out_others_logs_out_all_others(void)
{
	struct story s = story_begin("limits: { devices: 2 }\nstrategy: log_out_others\n");
	struct visitor *v[3];

	for (unsigned i = 0; i < 3; i++) {
		v[i] = story_visitor(&s);
		ck_assert_int_eq(enter(v[i], "alice"), 200);
	}
	ck_assert_int_eq(visitor_navigate(v[0], "/members/tea"), 303);
	ck_assert_int_eq(visitor_navigate(v[1], "/members/tea"), 303);
	story_expect_devices(&s, "alice", 1, 1);
	STORY_MOVED(&s, "requests=8", "logins=3", "responses 2xx=3", "responses 3xx=5",
		    "verdicts allow=6", "verdicts logout=2", "requests_identified nothing=3",
		    "requests_identified account=5", "webhook_questions none=2");
	story_end(&s);
}

static void after_a_log_out_a_new_login_attaches_anew_as_the_newest_device(void)
{
	struct story s = story_begin("limits: { devices: 1 }\nstrategy: log_out_idle\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);

	ck_assert_int_eq(enter(a, "alice"), 200);
	ck_assert_int_eq(enter(b, "alice"), 200);
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 303);
	ck_assert_int_eq(enter(a, "alice"), 200);
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 303);
	STORY_TOLD(&s, "device.attached=3", "device.detached=2", "on_limit_exceeded=2",
		   "on_current_device_logout=2", "redirect=2");
	STORY_MOVED(&s, "requests=8", "logins=3", "responses 2xx=3", "responses 3xx=5",
		    "verdicts allow=6", "verdicts logout=2", "requests_identified nothing=3",
		    "requests_identified account=5", "webhook_questions none=2");
	story_end(&s);
}

/* Exemptions, suspension, warming up */

static void exempt_accounts_groups_and_networks_are_allowed_and_not_counted(void)
{
	struct story s = story_begin(
		"limits: { devices: 1 }\ntrusted_proxies: [127.0.0.0/8]\n"
		"exempt: { accounts: [alice], groups: [staff], cidrs: [192.0.2.0/24] }\n");
	struct visitor *v[6];

	for (unsigned i = 0; i < 6; i++)
		v[i] = story_visitor(&s);
	ck_assert_int_eq(enter(v[0], "alice"), 200);
	ck_assert_int_eq(enter(v[1], "alice"), 200);
	story_expect_devices(&s, "alice", 2, 0);

	ck_assert_int_eq(enter(v[2], "bob"), 200);
	ck_assert_int_eq(story_please(v[2], "/", "Please-Field: Latch-Groups: guests, staff\r\n"),
			 200);
	ck_assert_int_eq(enter(v[3], "bob"), 200);

	ck_assert_int_eq(enter(v[4], "carol"), 200);
	visitor_set_fields(v[5], "X-Forwarded-For: 192.0.2.7\r\n");
	ck_assert_int_eq(enter(v[5], "carol"), 200);
	story_expect_devices(&s, "carol", 2, 1);
	STORY_MOVED(&s, "requests=13", "logins=6", "responses 2xx=7", "responses 3xx=6",
		    "verdicts allow=13", "requests_identified nothing=6",
		    "requests_identified account=7");
	story_end(&s);
}

static void a_suspended_account_gets_the_built_in_page_and_its_scripts_an_error(void)
{
	struct story s = story_begin("challenge: { branding: { name: The Example } }\n");
	struct visitor *a = story_visitor(&s);

	ck_assert_int_eq(enter(a, "alice"), 200);
	story_order(&s, "alice", "suspend", NULL);
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 403);
	ck_assert(visitor_shows(a, "This account is suspended"));
	ck_assert(visitor_shows(a, "The Example"));
	ck_assert_int_eq(visitor_fetch(a, "/members/api"), 403);
	ck_assert(visitor_shows(a, "\"code\":\"account_suspended\""));
	ck_assert_ptr_nonnull(visitor_cookie(a, "PHPSESSID"));
	story_order(&s, "alice", "restore", NULL);
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 200);
	STORY_TOLD(&s, "device.attached=1", "account.suspended=1", "account.restored=1");
	STORY_MOVED(&s, "requests=5", "logins=1", "responses 2xx=2", "responses 3xx=1",
		    "responses 4xx=2", "verdicts allow=3", "verdicts suspended=2",
		    "requests_identified nothing=1", "requests_identified account=4");
	story_end(&s);
}

static void a_suspended_account_is_sent_to_suspended_url_where_there_is_one(void)
{
	struct story s = story_begin("  suspended_url: /sorry.php?why=1\n");
	struct visitor *a = story_visitor(&s);

	ck_assert_int_eq(enter(a, "alice"), 200);
	story_order(&s, "alice", "suspend", NULL);
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 303);
	ck_assert_str_eq(visitor_location(a), "/sorry.php?why=1");
	ck_assert_int_eq(visitor_navigate(a, "/sorry.php?why=1"), 200);
	ck_assert(!origin_saw(s.origin, "PHPSESSID", 2));
	story_expect_said(&s, "redirect", 0, "data.to", "suspended");
	story_expect_said(&s, "redirect", 0, "data.url", "/sorry.php?why=1");
	STORY_TOLD(&s, "device.attached=1", "account.suspended=1", "redirect=1");
	STORY_MOVED(&s, "requests=4", "logins=1", "responses 2xx=2", "responses 3xx=2",
		    "verdicts allow=2", "verdicts suspended=1", "verdicts stranger=1",
		    "requests_identified nothing=1", "requests_identified account=3");
	story_end(&s);
}

static void a_revoked_session_of_a_suspended_account_is_suspended(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);

	ck_assert_int_eq(enter(a, "alice"), 200);
	order_device(&s, "alice", 0, "detach");
	story_order(&s, "alice", "suspend", NULL);
	ck_assert_int_eq(visitor_fetch(a, "/members/api"), 403);
	ck_assert(visitor_shows(a, "account_suspended"));
	STORY_MOVED(&s, "requests=3", "logins=1", "responses 2xx=1", "responses 3xx=1",
		    "responses 4xx=1", "verdicts allow=2", "verdicts suspended=1",
		    "requests_identified nothing=1", "requests_identified account=2");
	story_end(&s);
}

static void an_administrators_detach_logs_the_device_out_without_a_challenge(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);

	ck_assert_int_eq(enter(a, "alice"), 200);
	order_device(&s, "alice", 0, "detach");
	story_expect_devices(&s, "alice", 0, 0);
	ck_assert_int_eq(visitor_fetch(a, "/members/api"), 401);
	ck_assert(visitor_shows(a, "\"code\":\"device_logged_out\""));
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 303);
	ck_assert_str_eq(visitor_location(a), "/login.php");
	story_expect_said(&s, "on_current_device_logout", 0, "data.cause", "detach");
	STORY_TOLD(&s, "device.attached=1", "device.detached=1", "on_current_device_logout=1",
		   "redirect=1");
	STORY_MOVED(&s, "requests=4", "logins=1", "responses 2xx=1", "responses 3xx=2",
		    "responses 4xx=1", "verdicts allow=2", "verdicts logout=2",
		    "requests_identified nothing=1", "requests_identified account=3",
		    "webhook_questions none=1");
	story_end(&s);
}

static void warmup_attaches_and_never_challenges_on_an_empty_state_only(void)
{
	struct story s = story_begin("limits: { devices: 1 }\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);
	char command[160];

	snprintf(command, sizeof(command), "rm -rf %s/state", daemon_dir(s.daemon));
	daemon_edit(s.daemon, "s/^warmup: 0s/warmup: 15m/");
	daemon_kill(s.daemon);
	ck_assert_int_eq(system(command), 0);
	daemon_restart(s.daemon);
	visitor_move(a, daemon_port(s.daemon));
	visitor_move(b, daemon_port(s.daemon));
	look_free(&s.look);
	s.look = daemon_look(s.daemon);
	ck_assert_int_eq(enter(a, "alice"), 200);
	ck_assert_int_eq(enter(b, "alice"), 200);
	story_expect_devices(&s, "alice", 2, 2);
	STORY_MOVED(&s, "requests=4", "logins=2", "responses 2xx=2", "responses 3xx=2",
		    "verdicts allow=4", "requests_identified nothing=2",
		    "requests_identified account=2");
	story_kill_and_restart(&s);
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 200);
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 303);
	STORY_MOVED(&s, "requests=2", "responses 2xx=1", "responses 3xx=1", "verdicts allow=1",
		    "verdicts challenge=1", "requests_identified account=2",
		    "webhook_questions none=1");
	story_end(&s);
}

/* Bounds */

static void beyond_20_new_devices_an_hour_newcomers_share_one_challenge_and_one_event(void)
{
	struct story s = story_begin("limits: { devices: 1 }\n");
	struct visitor *v[26];

	for (unsigned i = 0; i < 26; i++) {
		v[i] = story_visitor(&s);
		ck_assert_int_eq(enter(v[i], "alice"), i ? 303 : 200);
	}
	ck_assert_str_eq(visitor_location(v[24]), visitor_location(v[25]));
	story_expect_devices(&s, "alice", 20, 1);
	STORY_TOLD(&s, "device.attached=20", "on_limit_exceeded=19", "challenge.initiated=19",
		   "on_challenge=19");
	STORY_MOVED(&s, "requests=52", "logins=26", "responses 2xx=1", "responses 3xx=51",
		    "verdicts allow=27", "verdicts challenge=25", "requests_identified nothing=26",
		    "requests_identified account=26", "webhook_questions none=19");
	story_end(&s);
}

SUITE_MAIN("limits", n_is_exactly_n_and_the_others_go_on_undisturbed, zero_is_unlimited,
	   a_type_has_a_limit_of_its_own,
	   the_accounts_own_limit_counts_more_than_the_sites_and_an_administrators_most,
	   a_challenge_whose_cause_has_gone_ends_by_itself,
	   a_challenged_device_holds_no_place_and_is_nobodys_excess,
	   one_that_comes_back_after_leaving_is_the_newest, monitor_only_tells,
	   deny_new_gives_the_newest_a_page_that_says_why_and_scripts_an_error,
	   log_out_idle_logs_out_the_least_recently_active_other_device,
	   log_out_others_logs_out_all_others,
	   after_a_log_out_a_new_login_attaches_anew_as_the_newest_device,
	   exempt_accounts_groups_and_networks_are_allowed_and_not_counted,
	   a_suspended_account_gets_the_built_in_page_and_its_scripts_an_error,
	   a_suspended_account_is_sent_to_suspended_url_where_there_is_one,
	   a_revoked_session_of_a_suspended_account_is_suspended,
	   an_administrators_detach_logs_the_device_out_without_a_challenge,
	   warmup_attaches_and_never_challenges_on_an_empty_state_only,
	   beyond_20_new_devices_an_hour_newcomers_share_one_challenge_and_one_event)
