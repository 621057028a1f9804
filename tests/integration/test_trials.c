/* Trials: a second one on the same device, what becomes of it, and the ways out. */
#include "story.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

#define UPGRADE_URL "  upgrade_url: /plans.php\n"
#define TRIAL "Please-Field: Latch-Event: trial_started\r\n"
#define UPGRADE "Please-Field: Latch-Event: upgrade\r\n"

/* Alice and then Bob start a trial in one browser; Bob is logged in. */
static struct visitor *two_trials(struct story *s)
{
	struct visitor *v = story_visitor(s);

	story_arrive(v, "alice");
	ck_assert_int_eq(story_please(v, "/trial", TRIAL), 200);
	ck_assert_int_eq(visitor_navigate(v, "/logout.php"), 302);
	story_arrive(v, "bob");
	ck_assert_int_eq(story_please(v, "/trial", TRIAL), 200);
	return v;
}

#define TWO_TRIALS "logins=2", "requests_identified nothing=2"

static void a_second_trial_on_a_device_is_challenged_with_its_own_ways_out(void)
{
	struct story s = story_begin(UPGRADE_URL);
	struct visitor *v = two_trials(&s);
	char *page = story_meet_challenge(v, "/members/tea");

	ck_assert(visitor_shows(v, "value=\"upgrade\""));
	ck_assert(visitor_shows(v, "value=\"approval\""));
	ck_assert(visitor_shows(v, "value=\"logout\""));
	ck_assert(!visitor_shows(v, "value=\"claim\""));
	ck_assert_int_eq(story_act(v, "claim", NULL), 422);
	story_expect_said(&s, "challenge.initiated", 0, "data.challenge.reasons",
			  "[\"repeat_trial\"]");
	STORY_TOLD(&s, "device.attached=2", "device.detached=1", "trial.repeat=1",
		   "challenge.initiated=1", "on_challenge=1");
	free(page);
	STORY_MOVED(&s, TWO_TRIALS, "requests=10", "responses 2xx=5", "responses 3xx=4",
		    "responses 4xx=1", "verdicts allow=7", "verdicts challenge=1",
		    "requests_identified account=6", "webhook_questions none=1");
	story_end(&s);
}

static void without_upgrade_url_no_upgrade_is_offered(void)
{
	struct story s = story_begin("");
	struct visitor *v = two_trials(&s);
	char *page = story_meet_challenge(v, "/members/tea");

	ck_assert(!visitor_shows(v, "value=\"upgrade\""));
	ck_assert_int_eq(story_act(v, "upgrade", NULL), 422);
	free(page);
	STORY_MOVED(&s, TWO_TRIALS, "requests=10", "responses 2xx=5", "responses 3xx=4",
		    "responses 4xx=1", "verdicts allow=7", "verdicts challenge=1",
		    "requests_identified account=6", "webhook_questions none=1");
	story_end(&s);
}

static void choosing_upgrade_leads_there_and_postpones_the_challenge(void)
{
	struct story s = story_begin(UPGRADE_URL);
	struct visitor *v = two_trials(&s);
	char *page = story_meet_challenge(v, "/members/tea");

	ck_assert_int_eq(story_act(v, "upgrade", NULL), 303);
	ck_assert_str_eq(visitor_location(v), "/plans.php");
	story_expect_said(&s, "redirect", 0, "data.to", "upgrade");
	ck_assert_int_eq(visitor_navigate(v, "/members/checkout"), 200);
	ck_assert(visitor_shows(v, "hello bob"));
	free(page);
	STORY_MOVED(&s, TWO_TRIALS, "requests=11", "responses 2xx=6", "responses 3xx=5",
		    "verdicts allow=8", "verdicts challenge=1", "requests_identified account=7",
		    "webhook_questions none=1");
	story_end(&s);
}

static void an_upgrade_ends_it(void)
{
	struct story s = story_begin(UPGRADE_URL);
	struct visitor *v = two_trials(&s);
	char *page = story_meet_challenge(v, "/members/tea");

	ck_assert_int_eq(story_act(v, "upgrade", NULL), 303);
	ck_assert_int_eq(story_please(v, "/members/paid", UPGRADE), 200);
	ck_assert_int_eq(visitor_navigate(v, page), 303);
	ck_assert_str_eq(visitor_location(v), "/members/tea");
	ck_assert_int_eq(visitor_navigate(v, "/members/tea"), 200);
	free(page);
	STORY_MOVED(&s, TWO_TRIALS, "requests=13", "responses 2xx=7", "responses 3xx=6",
		    "verdicts allow=9", "verdicts challenge=1", "requests_identified account=8",
		    "webhook_questions none=1");
	story_end(&s);
}

static void asking_for_approval_tells_the_backend(void)
{
	struct story s = story_begin(UPGRADE_URL);
	struct visitor *v = two_trials(&s);
	char *page = story_meet_challenge(v, "/members/tea");

	ck_assert_int_eq(story_act(v, "approval", NULL), 303);
	ck_assert_int_eq(visitor_navigate(v, page), 200);
	ck_assert(visitor_shows(v, "We have been asked to approve it."));
	ck_assert(!visitor_shows(v, "value=\"approval\""));
	story_expect_said(&s, "trial.approval_requested", 0, "data.account", "bob");
	free(page);
	STORY_MOVED(&s, TWO_TRIALS, "requests=11", "responses 2xx=6", "responses 3xx=5",
		    "verdicts allow=7", "verdicts challenge=1", "requests_identified account=6",
		    "webhook_questions none=1");
	story_end(&s);
}

static void monitor_only_tells_and_deny_shows_a_page(void)
{
	struct story m = story_begin("trials: { repeat: monitor }\n"),
		     d = story_begin("trials: { repeat: deny }\n");
	struct visitor *v = two_trials(&m), *w = two_trials(&d);

	ck_assert_int_eq(visitor_navigate(v, "/members/tea"), 200);
	ck_assert_int_eq(visitor_navigate(w, "/members/tea"), 403);
	ck_assert(visitor_shows(w, "There was a trial on this device before"));
	STORY_TOLD(&m, "device.attached=2", "device.detached=1", "trial.repeat=1");
	STORY_TOLD(&d, "device.attached=2", "device.detached=1", "trial.repeat=1");
	STORY_MOVED(&m, TWO_TRIALS, "requests=8", "responses 2xx=5", "responses 3xx=3",
		    "verdicts allow=8", "requests_identified account=6");
	STORY_MOVED(&d, TWO_TRIALS, "requests=8", "responses 2xx=4", "responses 3xx=3",
		    "responses 4xx=1", "verdicts allow=7", "verdicts deny=1",
		    "requests_identified account=6");
	story_end(&m);
	story_end(&d);
}

static void the_same_accounts_trial_again_and_another_devices_are_no_repeats(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);

	story_arrive(a, "alice");
	story_please(a, "/trial", TRIAL);
	story_please(a, "/trial", TRIAL);
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 200);
	story_arrive(b, "bob");
	story_please(b, "/trial", TRIAL);
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 200);
	STORY_TOLD(&s, "device.attached=2");
	STORY_MOVED(&s, TWO_TRIALS, "requests=9", "responses 2xx=7", "responses 3xx=2",
		    "verdicts allow=9", "requests_identified account=7");
	story_end(&s);
}

static void the_ledger_of_trials_outlives_a_restart(void)
{
	struct story s = story_begin("");
	struct visitor *v = story_visitor(&s);

	story_arrive(v, "alice");
	ck_assert_int_eq(story_please(v, "/trial", TRIAL), 200);
	ck_assert_int_eq(visitor_navigate(v, "/logout.php"), 302);
	story_kill_and_restart(&s);
	story_arrive(v, "bob");
	ck_assert_int_eq(story_please(v, "/trial", TRIAL), 200);
	ck_assert_int_eq(visitor_navigate(v, "/members/tea"), 303);
	STORY_MOVED(&s, "logins=1", "requests=4", "responses 2xx=2", "responses 3xx=2",
		    "verdicts allow=3", "verdicts challenge=1", "requests_identified nothing=1",
		    "requests_identified account=3", "webhook_questions none=1");
	story_end(&s);
}

SUITE_MAIN("trials", a_second_trial_on_a_device_is_challenged_with_its_own_ways_out,
	   without_upgrade_url_no_upgrade_is_offered,
	   choosing_upgrade_leads_there_and_postpones_the_challenge, an_upgrade_ends_it,
	   asking_for_approval_tells_the_backend, monitor_only_tells_and_deny_shows_a_page,
	   the_same_accounts_trial_again_and_another_devices_are_no_repeats,
	   the_ledger_of_trials_outlives_a_restart)
