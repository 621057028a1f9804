/* The challenge page, step by step, as a browser without JavaScript walks it. */
#include "story.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ONE_DEVICE "limits: { devices: 1 }\n"
#define PHONE                                                                                              \
	"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) " \
	"Version/17.5 Mobile/15E148 Safari/604.1"
/* What moved until the second of two visitors has its challenge page before it. */
#define TWO_MET "requests_identified nothing=2", "logins=2", "verdicts challenge=1"

struct scene {
	struct story s;
	struct visitor *owner, *second;
	char *page, *device; /* the second's challenge page; the owner's device */
};

/* The owner holds the only place, the second stands before the challenge page. */
static struct scene scene_begin(const char *yaml)
{
	struct scene c = { .s = story_begin(yaml) };

	c.owner = story_visitor(&c.s);
	c.second = story_visitor(&c.s);
	story_arrive(c.owner, "alice");
	c.device = story_device(&c.s, "alice", 0);
	ck_assert_int_eq(story_log_in(c.second, "alice"), 302);
	c.page = story_meet_challenge(c.second, "/members/tea?time=5");
	return c;
}

static void scene_end(struct scene *c)
{
	free(c->page);
	free(c->device);
	story_end(&c->s);
}

static void claim(struct scene *c)
{
	ck_assert_int_eq(story_act(c->second, "claim", NULL), 303);
	ck_assert_str_eq(visitor_location(c->second), c->page);
	ck_assert_int_eq(visitor_navigate(c->second, c->page), 200);
}

static int post(struct visitor *v, const char *challenge, const char *csrf, const char *rest)
{
	char form[2048];

	snprintf(form, sizeof(form), "challenge=%s&csrf=%s&%s", challenge, csrf, rest);
	return visitor_post(v, "/.latch/challenge", form);
}

/* Landing */

static void the_landing_page_says_what_happened_and_offers_three_ways(void)
{
	struct scene c = scene_begin(ONE_DEVICE "challenge: { branding: { name: The Example } }\n");

	ck_assert(visitor_shows(c.second, "Too many devices on this account"));
	ck_assert(visitor_shows(c.second, "The Example"));
	ck_assert(visitor_shows(c.second, "name=\"action\" value=\"claim\""));
	ck_assert(visitor_shows(c.second, "name=\"action\" value=\"new_account\""));
	ck_assert(visitor_shows(c.second, "name=\"action\" value=\"logout\""));
	ck_assert(!visitor_shows(c.second, "value=\"kick\""));
	ck_assert(!visitor_shows(c.second, "value=\"upgrade\""));
	ck_assert(!visitor_shows(c.second, c.device));
	STORY_MOVED(&c.s, "requests=5", TWO_MET, "responses 2xx=2", "responses 3xx=3",
		    "verdicts allow=3", "requests_identified account=2",
		    "webhook_questions none=1");
	scene_end(&c);
}

static void new_account_leaves_of_its_own_will_for_new_account_url(void)
{
	struct scene c = scene_begin(ONE_DEVICE);
	char session[64];

	snprintf(session, sizeof(session), "%s", visitor_cookie(c.second, "PHPSESSID"));
	ck_assert_int_eq(story_act(c.second, "new_account", NULL), 303);
	ck_assert_str_eq(visitor_location(c.second), "/signup.php");
	ck_assert_ptr_null(visitor_cookie(c.second, "PHPSESSID"));
	visitor_set_cookie(c.second, "PHPSESSID", session);
	ck_assert_int_eq(visitor_fetch(c.second, "/members/after"), 302);
	ck_assert(!origin_saw(c.s.origin, session, 0));
	story_expect_devices(&c.s, "alice", 1, 1);
	story_expect_said(&c.s, "redirect", 0, "data.to", "new_account");
	story_expect_said(&c.s, "redirect", 0, "data.url", "/signup.php");
	story_expect_said(&c.s, "redirect", 0, "data.challenge", c.page + 28);
	STORY_TOLD(&c.s, "device.attached=2", "on_limit_exceeded=1", "challenge.initiated=1",
		   "on_challenge=1", "device.detached=1", "redirect=1");
	STORY_MOVED(&c.s, "requests=7", "logins=2", "responses 2xx=2", "responses 3xx=5",
		    "verdicts allow=3", "verdicts challenge=1", "verdicts stranger=1",
		    "requests_identified nothing=2", "requests_identified account=2",
		    "requests_identified session=1", "webhook_questions none=1");
	scene_end(&c);
}

static void logout_leaves_for_logout_url_with_the_challenge(void)
{
	struct scene c = scene_begin(ONE_DEVICE);
	char want[128];

	snprintf(want, sizeof(want), "/login.php?challenge=%s", c.page + 28);
	ck_assert_int_eq(story_act(c.second, "logout", NULL), 303);
	ck_assert_str_eq(visitor_location(c.second), want);
	ck_assert_ptr_null(visitor_cookie(c.second, "PHPSESSID"));
	ck_assert_int_eq(visitor_navigate(c.second, want), 200);
	story_expect_devices(&c.s, "alice", 1, 1);
	STORY_TOLD(&c.s, "device.attached=2", "on_limit_exceeded=1", "challenge.initiated=1",
		   "on_challenge=1", "device.detached=1", "redirect=1");
	story_expect_said(&c.s, "redirect", 0, "data.to", "logout");
	STORY_MOVED(&c.s, "requests=7", "logins=2", "responses 2xx=3", "responses 3xx=4",
		    "verdicts allow=4", "verdicts challenge=1", "requests_identified nothing=3",
		    "requests_identified account=2", "webhook_questions none=1");
	scene_end(&c);
}

/* Devices */

static void claiming_leads_to_the_devices_that_hold_places_and_this_one(void)
{
	struct scene c = scene_begin(ONE_DEVICE);
	char *own;

	claim(&c);
	own = story_device(&c.s, "alice", 1);
	ck_assert(visitor_shows(c.second, c.device));
	ck_assert(visitor_shows(c.second, own));
	ck_assert(visitor_shows(c.second, "<input type=\"checkbox\" name=\"device\" value=\""));
	ck_assert(visitor_shows(c.second, "Firefox on Linux"));
	ck_assert(visitor_shows(c.second, "This device"));
	ck_assert_int_eq(visitor_navigate(c.second, c.page), 200);
	ck_assert(visitor_shows(c.second, c.device));
	free(own);
	STORY_MOVED(&c.s, "requests=8", TWO_MET, "responses 2xx=4", "responses 3xx=4",
		    "verdicts allow=3", "requests_identified account=2",
		    "webhook_questions none=1");
	scene_end(&c);
}

static void the_chosen_device_is_detached_and_the_wanted_page_opens(void)
{
	struct scene c = scene_begin(ONE_DEVICE);

	claim(&c);
	ck_assert_int_eq(story_act(c.second, "kick", c.device), 303);
	ck_assert_str_eq(visitor_location(c.second), "/members/tea?time=5");
	ck_assert_int_eq(visitor_navigate(c.second, "/members/tea?time=5"), 200);
	story_expect_devices(&c.s, "alice", 1, 1);
	ck_assert_int_eq(visitor_navigate(c.owner, "/members/tea"), 303);
	ck_assert_str_eq(strstr(visitor_location(c.owner), "challenge=") + 10, c.page + 28);
	STORY_TOLD(&c.s, "device.attached=2", "on_limit_exceeded=1", "challenge.initiated=1",
		   "on_challenge=1", "device.detached=1", "challenge.completed=1",
		   "on_current_device_logout=1", "redirect=1");
	story_expect_said(&c.s, "on_current_device_logout", 0, "data.cause", "kicked");
	story_expect_said(&c.s, "on_current_device_logout", 0, "data.challenge", c.page + 28);
	story_expect_said(&c.s, "on_current_device_logout", 0, "data.device.id", c.device);
	story_expect_said(&c.s, "challenge.completed", 0, "data.challenge.status", "completed");
	STORY_MOVED(&c.s, "requests=10", TWO_MET, "responses 2xx=4", "responses 3xx=6",
		    "verdicts allow=4", "verdicts logout=1", "requests_identified account=4",
		    "webhook_questions none=2");
	scene_end(&c);
}

static void a_completed_challenge_leads_to_success_url_where_there_is_one(void)
{
	struct scene c = scene_begin("  success_url: /welcome.php?back=1\n" ONE_DEVICE);

	claim(&c);
	ck_assert_int_eq(story_act(c.second, "kick", c.device), 303);
	ck_assert_str_eq(visitor_location(c.second), "/welcome.php?back=1");
	story_expect_said(&c.s, "redirect", 0, "data.to", "success");
	STORY_MOVED(&c.s, "requests=8", TWO_MET, "responses 2xx=3", "responses 3xx=5",
		    "verdicts allow=3", "requests_identified account=2",
		    "webhook_questions none=1");
	scene_end(&c);
}

static void too_few_or_unknown_devices_are_a_page_with_422_and_change_nothing(void)
{
	struct scene c = scene_begin(ONE_DEVICE);

	claim(&c);
	ck_assert_int_eq(story_act(c.second, "kick", NULL), 422);
	ck_assert(visitor_shows(c.second, "Please choose at least one device to remove."));
	ck_assert_int_eq(story_act(c.second, "kick", "00112233445566778899aabbccddeeff"), 422);
	ck_assert(visitor_shows(c.second, "One of these devices has left meanwhile"));
	ck_assert_int_eq(story_act(c.second, "kick", "not-an-id"), 422);
	ck_assert_int_eq(visitor_navigate(c.owner, "/members/tea"), 200);
	ck_assert_int_eq(story_act(c.second, "kick", c.device), 303);
	STORY_MOVED(&c.s, "requests=12", TWO_MET, "responses 2xx=4", "responses 3xx=5",
		    "responses 4xx=3", "verdicts allow=4", "requests_identified account=3",
		    "webhook_questions none=1");
	scene_end(&c);
}

static void as_many_have_to_go_as_make_room_and_they_go_in_one_step(void)
{
	struct story s = story_begin("limits: { devices: 2 }\n");
	struct visitor *v[3];
	char *d[2], *page, both[80];

	for (unsigned i = 0; i < 3; i++) {
		v[i] = story_visitor(&s);
		ck_assert_int_eq(story_log_in(v[i], "alice"), 302);
		ck_assert_int_eq(visitor_navigate(v[i], "/members/home"), i < 2 ? 200 : 303);
	}
	d[0] = story_device(&s, "alice", 0);
	d[1] = story_device(&s, "alice", 1);
	story_order(&s, "alice", "limit", "{\"limit\":1}");
	page = story_claim(v[2], "/members/tea");
	ck_assert_int_eq(story_act(v[2], "kick", d[0]), 422);
	ck_assert(visitor_shows(v[2], "Please choose at least 2 devices to remove."));
	snprintf(both, sizeof(both), "%s&device=%s", d[0], d[1]);
	ck_assert_int_eq(story_act(v[2], "kick", both), 303);
	ck_assert_int_eq(visitor_fetch(v[0], "/members/api"), 401);
	ck_assert_int_eq(visitor_fetch(v[1], "/members/api"), 401);
	ck_assert_int_eq(visitor_fetch(v[2], "/members/api"), 200);
	story_expect_devices(&s, "alice", 1, 1);
	free(d[0]);
	free(d[1]);
	free(page);
	STORY_MOVED(&s, "requests=15", "logins=3", "responses 2xx=5", "responses 3xx=7",
		    "responses 4xx=3", "verdicts allow=6", "verdicts challenge=2",
		    "verdicts logout=2", "requests_identified nothing=3",
		    "requests_identified account=7", "webhook_questions none=3");
	story_end(&s);
}

static void one_of_its_type_has_to_go_where_the_type_is_limited(void)
{
	struct story s = story_begin("limits: { devices: 3, mobile: 1 }\n");
	struct visitor *desktop = story_visitor(&s), *phone = story_visitor(&s),
		       *second = story_visitor(&s);
	char *desktops, *phones, *page;

	visitor_set_agent(phone, PHONE);
	visitor_set_agent(second, PHONE);
	story_arrive(desktop, "alice");
	story_arrive(phone, "alice");
	desktops = story_device(&s, "alice", 0);
	phones = story_device(&s, "alice", 1);
	ck_assert_int_eq(story_log_in(second, "alice"), 302);
	page = story_claim(second, "/members/tea");
	ck_assert_int_eq(story_act(second, "kick", desktops), 422);
	ck_assert(visitor_shows(second, "Please choose at least one phone."));
	ck_assert_int_eq(story_act(second, "kick", phones), 303);
	ck_assert_int_eq(visitor_navigate(desktop, "/members/tea"), 200);
	free(desktops);
	free(phones);
	free(page);
	STORY_MOVED(&s, "requests=12", "logins=3", "responses 2xx=5", "responses 3xx=6",
		    "responses 4xx=1", "verdicts allow=6", "verdicts challenge=1",
		    "requests_identified nothing=3", "requests_identified account=4",
		    "webhook_questions none=1");
	story_end(&s);
}

static void removing_this_device_is_a_logout_and_removes_nobody_else(void)
{
	struct scene c = scene_begin(ONE_DEVICE);
	char *own, both[80];

	claim(&c);
	own = story_device(&c.s, "alice", 1);
	snprintf(both, sizeof(both), "%s&device=%s", c.device, own);
	free(own);
	ck_assert_int_eq(story_act(c.second, "kick", both), 303);
	ck_assert_msg(strncmp(visitor_location(c.second), "/login.php?challenge=", 21) == 0, "%s",
		      visitor_location(c.second));
	ck_assert_ptr_null(visitor_cookie(c.second, "PHPSESSID"));
	ck_assert_int_eq(visitor_navigate(c.owner, "/members/tea"), 200);
	story_expect_devices(&c.s, "alice", 1, 1);
	STORY_MOVED(&c.s, "requests=9", TWO_MET, "responses 2xx=4", "responses 3xx=5",
		    "verdicts allow=4", "requests_identified account=3",
		    "webhook_questions none=1");
	scene_end(&c);
}

/* Whose it is */

static void it_opens_for_every_live_session_of_its_attachment_and_for_nobody_else(void)
{
	struct scene c = scene_begin(ONE_DEVICE);
	struct visitor *third = story_visitor(&c.s), *stranger = story_visitor(&c.s);

	ck_assert_int_eq(visitor_navigate(c.owner, c.page), 404);
	ck_assert_int_eq(visitor_navigate(stranger, c.page), 404);
	visitor_set_cookie(stranger, "latch", visitor_cookie(c.second, "latch"));
	ck_assert_int_eq(visitor_navigate(stranger, c.page), 404);
	ck_assert_int_eq(
		visitor_navigate(c.second,
				 "/.latch/challenge?challenge=00112233445566778899aabbccddeeff"),
		404);
	/* The same browser, logged in once more. */
	visitor_set_cookie(third, "latch", visitor_cookie(c.second, "latch"));
	ck_assert_int_eq(story_log_in(third, "alice"), 302);
	ck_assert_int_eq(visitor_navigate(third, c.page), 200);
	STORY_MOVED(&c.s, "requests=11", "logins=3", "responses 2xx=3", "responses 3xx=4",
		    "responses 4xx=4", "verdicts allow=4", "verdicts challenge=1",
		    "requests_identified nothing=3", "requests_identified account=2",
		    "webhook_questions none=1");
	scene_end(&c);
}

static void a_missing_or_wrong_csrf_is_a_403_and_changes_nothing(void)
{
	struct scene c = scene_begin(ONE_DEVICE);
	char *csrf = story_hidden(c.second, "csrf");
	const char *id = c.page + 28;

	ck_assert_int_eq(post(c.second, id, "", "action=logout"), 403);
	ck_assert_int_eq(
		post(c.second, id, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "action=logout"),
		403);
	csrf[5] = csrf[5] == 'A' ? 'B' : 'A';
	ck_assert_int_eq(post(c.second, id, csrf, "action=logout"), 403);
	ck_assert_int_eq(visitor_navigate(c.second, c.page), 200);
	story_expect_devices(&c.s, "alice", 2, 1);
	free(csrf);
	STORY_MOVED(&c.s, "requests=9", TWO_MET, "responses 2xx=3", "responses 3xx=3",
		    "responses 4xx=3", "verdicts allow=3", "requests_identified account=2",
		    "webhook_questions none=1");
	scene_end(&c);
}

static void an_open_page_its_step_its_csrf_and_the_wanted_page_are_good_after_a_restart(void)
{
	struct scene c = scene_begin(ONE_DEVICE);

	claim(&c);
	story_kill_and_restart(&c.s);
	ck_assert_int_eq(story_act(c.second, "kick", c.device), 303);
	ck_assert_str_eq(visitor_location(c.second), "/members/tea?time=5");
	ck_assert_int_eq(visitor_navigate(c.owner, "/members/tea"), 303);
	STORY_MOVED(&c.s, "requests=2", "responses 3xx=2", "verdicts logout=1",
		    "requests_identified account=1", "webhook_questions none=1");
	scene_end(&c);
}

static void an_action_that_the_page_does_not_offer_is_a_page_with_422(void)
{
	static const char *const actions[] = { "kick", "upgrade", "approval", "verify", "send",
					       "skip", "admin",   "nonsense", "" };
	struct scene c = scene_begin(ONE_DEVICE);

	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		ck_assert_int_eq(story_act(c.second, actions[i], NULL), 422);
		ck_assert(visitor_shows(c.second, "That is not possible here."));
	}
	STORY_MOVED(&c.s, "requests=14", TWO_MET, "responses 2xx=2", "responses 3xx=3",
		    "responses 4xx=9", "verdicts allow=3", "requests_identified account=2",
		    "webhook_questions none=1");
	scene_end(&c);
}

static void a_completed_challenge_cannot_be_used_again(void)
{
	struct scene c = scene_begin(ONE_DEVICE);
	char *csrf;

	claim(&c);
	csrf = story_hidden(c.second, "csrf");
	ck_assert_int_eq(story_act(c.second, "kick", c.device), 303);
	ck_assert_int_eq(post(c.second, c.page + 28, csrf, "action=logout"), 404);
	ck_assert_int_eq(visitor_navigate(c.second, c.page), 303);
	ck_assert_str_eq(visitor_location(c.second), "/members/tea?time=5");
	ck_assert_int_eq(visitor_navigate(c.second, "/members/tea"), 200);
	free(csrf);
	STORY_MOVED(&c.s, "requests=11", TWO_MET, "responses 2xx=4", "responses 3xx=6",
		    "responses 4xx=1", "verdicts allow=4", "requests_identified account=3",
		    "webhook_questions none=1");
	scene_end(&c);
}

static void where_the_cause_has_gone_meanwhile_the_page_leads_on(void)
{
	struct scene c = scene_begin(ONE_DEVICE);

	story_order(&c.s, "alice", "limit", "{\"limit\":2}");
	ck_assert_int_eq(visitor_navigate(c.second, c.page), 303);
	ck_assert_str_eq(visitor_location(c.second), "/members/tea?time=5");
	ck_assert_int_eq(visitor_navigate(c.second, "/members/tea?time=5"), 200);
	story_expect_devices(&c.s, "alice", 2, 2);
	STORY_MOVED(&c.s, "requests=7", TWO_MET, "responses 2xx=3", "responses 3xx=4",
		    "verdicts allow=4", "requests_identified account=3",
		    "webhook_questions none=1");
	scene_end(&c);
}

static void of_a_detached_device_the_page_answers_with_the_logout(void)
{
	struct scene c = scene_begin(ONE_DEVICE);
	char *own = story_device(&c.s, "alice", 1), action[96];

	snprintf(action, sizeof(action), "devices/%s/detach", own);
	free(own);
	story_order(&c.s, "alice", action, NULL);
	ck_assert_int_eq(story_act(c.second, "claim", NULL), 303);
	ck_assert_str_eq(visitor_location(c.second), "/login.php");
	STORY_MOVED(&c.s, "requests=6", TWO_MET, "responses 2xx=2", "responses 3xx=4",
		    "verdicts allow=3", "verdicts logout=1", "requests_identified account=3",
		    "webhook_questions none=2");
	scene_end(&c);
}

static void while_the_account_is_suspended_it_shows_that_and_takes_no_action(void)
{
	struct scene c = scene_begin(ONE_DEVICE);
	char *csrf = story_hidden(c.second, "csrf");

	story_order(&c.s, "alice", "suspend", NULL);
	ck_assert_int_eq(visitor_navigate(c.second, c.page), 403);
	ck_assert(visitor_shows(c.second, "This account is suspended"));
	ck_assert_int_eq(post(c.second, c.page + 28, csrf, "action=claim"), 403);
	story_order(&c.s, "alice", "restore", NULL);
	ck_assert_int_eq(visitor_navigate(c.second, c.page), 200);
	ck_assert(visitor_shows(c.second, "value=\"claim\""));
	free(csrf);
	STORY_MOVED(&c.s, "requests=8", TWO_MET, "responses 2xx=3", "responses 3xx=3",
		    "responses 4xx=2", "verdicts allow=3", "verdicts suspended=2",
		    "requests_identified account=4", "webhook_questions none=1");
	scene_end(&c);
}

static void with_verification_always_and_no_address_only_an_administrator_can_help(void)
{
	struct scene c = scene_begin("challenge: { verification: always }\n" ONE_DEVICE);

	claim(&c);
	ck_assert(visitor_shows(c.second, "We cannot confirm that this account is yours"));
	ck_assert(!visitor_shows(c.second, c.device));
	ck_assert_int_eq(story_act(c.second, "kick", c.device), 422);
	ck_assert_int_eq(story_act(c.second, "admin", NULL), 303);
	ck_assert_int_eq(visitor_navigate(c.second, c.page), 200);
	ck_assert(visitor_shows(c.second, "The administrator has been told."));
	ck_assert(!visitor_shows(c.second, "value=\"admin\""));
	story_expect_said(&c.s, "admin.notify", 0, "data.challenge.status", "admin_notified");
	ck_assert_int_eq(visitor_navigate(c.owner, "/members/tea"), 200);
	STORY_MOVED(&c.s, "requests=11", TWO_MET, "responses 2xx=5", "responses 3xx=5",
		    "responses 4xx=1", "verdicts allow=4", "requests_identified account=3",
		    "webhook_questions none=1");
	scene_end(&c);
}

static void a_form_larger_than_any_of_ours_is_refused(void)
{
	struct scene c = scene_begin(ONE_DEVICE);
	char *form = malloc(70001);

	memset(form, 'x', 70000);
	form[70000] = '\0';
	ck_assert_int_eq(visitor_post(c.second, "/.latch/challenge", form), 413);
	visitor_hang_up(c.second);
	ck_assert_int_eq(visitor_navigate(c.second, c.page), 200);
	free(form);
	STORY_MOVED(&c.s, "requests=7", TWO_MET, "responses 2xx=3", "responses 3xx=3",
		    "responses 4xx=1", "verdicts allow=3", "requests_identified account=2",
		    "requests_refused=?", "webhook_questions none=1");
	scene_end(&c);
}

static void what_a_device_calls_itself_is_only_text_on_the_page(void)
{
	struct story s = story_begin(ONE_DEVICE "challenge: { branding: { name: \"<b>&\" } }\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);
	char *page;

	visitor_set_agent(a, "<script>alert(1)</script> Firefox/1 Windows");
	story_arrive(a, "alice");
	ck_assert_int_eq(story_log_in(b, "alice"), 302);
	page = story_claim(b, "/members/<script>alert(2)</script>");
	ck_assert(!visitor_shows(b, "<script"));
	ck_assert(visitor_shows(b, "&lt;b&gt;&amp;"));
	free(page);
	STORY_MOVED(&s, "requests=7", "logins=2", "responses 2xx=3", "responses 3xx=4",
		    "verdicts allow=3", "verdicts challenge=1", "requests_identified nothing=2",
		    "requests_identified account=2", "webhook_questions none=1");
	story_end(&s);
}

SUITE_MAIN("challenge", the_landing_page_says_what_happened_and_offers_three_ways,
	   new_account_leaves_of_its_own_will_for_new_account_url,
	   logout_leaves_for_logout_url_with_the_challenge,
	   claiming_leads_to_the_devices_that_hold_places_and_this_one,
	   the_chosen_device_is_detached_and_the_wanted_page_opens,
	   a_completed_challenge_leads_to_success_url_where_there_is_one,
	   too_few_or_unknown_devices_are_a_page_with_422_and_change_nothing,
	   as_many_have_to_go_as_make_room_and_they_go_in_one_step,
	   one_of_its_type_has_to_go_where_the_type_is_limited,
	   removing_this_device_is_a_logout_and_removes_nobody_else,
	   it_opens_for_every_live_session_of_its_attachment_and_for_nobody_else,
	   a_missing_or_wrong_csrf_is_a_403_and_changes_nothing,
	   an_open_page_its_step_its_csrf_and_the_wanted_page_are_good_after_a_restart,
	   an_action_that_the_page_does_not_offer_is_a_page_with_422,
	   a_completed_challenge_cannot_be_used_again,
	   where_the_cause_has_gone_meanwhile_the_page_leads_on,
	   of_a_detached_device_the_page_answers_with_the_logout,
	   while_the_account_is_suspended_it_shows_that_and_takes_no_action,
	   with_verification_always_and_no_address_only_an_administrator_can_help,
	   a_form_larger_than_any_of_ours_is_refused,
	   what_a_device_calls_itself_is_only_text_on_the_page)
