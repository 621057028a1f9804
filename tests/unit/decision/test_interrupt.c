/* Alice's session 1 is on device 1; whatever a case does to it, it asks and notes as the gateway would. */
#include "suite.h"

#include "base/mem.h"
#include "decision/interrupt.h"
#include "decision/policy.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct {
	char path[64];
	struct metrics *metrics;
	struct registry *r;
	struct settings s;
	struct session_key key;
	struct device_id device;
	struct verdict verdict;
} scene;

static int64_t now_ms;

static int64_t wall_ms(void)
{
	return now_ms;
}

static void judge_fn(struct account *a, struct change *c, void *arg)
{
	struct visit v = { .settings = &scene.s,
			   .session = &scene.key,
			   .has_cookie = true,
			   .cookie = scene.device };

	(void)arg;
	policy_judge(a, c, &v, &scene.verdict);
}

static void judge(void)
{
	registry_change(scene.r, VIEW("alice"), true, judge_fn, NULL);
}

static void setup(void)
{
	struct registry_options options = { .path = scene.path, .wall_ms = wall_ms };
	static char backend[] = "http://127.0.0.1/hook";
	char *why = NULL;

	memset(&scene, 0, sizeof(scene));
	now_ms = INT64_C(1795413560123);
	options.metrics = scene.metrics = metric_create();
	snprintf(scene.path, sizeof(scene.path), "%s/latchd-interrupt-XXXXXX", suite_room());
	ck_assert_ptr_nonnull(mkdtemp(scene.path));
	ck_assert_int_eq(registry_open(&options, &scene.r, &why), 0);
	scene.s = (struct settings){ .detach_after_ms = INT64_C(604800000),
				     .events = { .url = backend } };
	memset(scene.key.bytes, 1, ID_BYTES);
	memset(scene.device.bytes, 2, ID_BYTES);
	judge();
}

static void teardown(void)
{
	DIR *d;
	struct dirent *e;
	char name[400];

	registry_close(&scene.r);
	metric_destroy(&scene.metrics);
	d = opendir(scene.path);
	while (d && (e = readdir(d))) {
		snprintf(name, sizeof(name), "%s/%s", scene.path, e->d_name);
		unlink(name);
	}
	if (d)
		closedir(d);
	rmdir(scene.path);
}

static void kick_fn(struct account *a, struct change *c, void *arg)
{
	policy_detach(a, c, account_attachment(a, &scene.device), REVOKE_KICKED, arg);
}

static void challenge_fn(struct account *a, struct change *c, void *arg)
{
	struct attachment *t = account_attachment(a, &scene.device);

	(void)arg;
	t->repeat_trial = true;
	change_attachment(c, t);
	scene.s.trials = TRIAL_CHALLENGE;
}

static void kicked(struct challenge_id *cause)
{
	registry_change(scene.r, VIEW("alice"), false, kick_fn, cause);
	judge();
	ck_assert_int_eq(scene.verdict.reason, REASON_REVOKED);
}

static void challenged(void)
{
	registry_change(scene.r, VIEW("alice"), false, challenge_fn, NULL);
	judge();
	ck_assert(scene.verdict.has_challenge);
}

static bool note(const char *to, struct view wanted)
{
	struct interrupt i = { .settings = &scene.s,
			       .account = "alice",
			       .session = &scene.key,
			       .verdict = &scene.verdict,
			       .wanted = wanted,
			       .to = to,
			       .url = VIEW("https://example.com/logout") };
	bool loop;

	interrupt_note(scene.r, &i, &loop);
	return loop;
}

static void the_sixth_redirect_within_ten_seconds_is_a_loop(void)
{
	challenged();
	for (int i = 0; i < INTERRUPT_REDIRECTS; i++) {
		ck_assert(!note(NULL, VIEW_NONE));
		now_ms += 1000;
	}
	ck_assert(note(NULL, VIEW_NONE));
	now_ms += INTERRUPT_WITHIN_MS + 1;
	ck_assert(!note(NULL, VIEW_NONE));
}

static void read_wanted(const struct account *a, void *arg)
{
	snprintf(arg, 64, "%s", account_attachment(a, &scene.device)->challenge->wanted);
}

static void the_last_page_that_was_wanted_is_kept(void)
{
	char wanted[64] = "";

	challenged();
	note(NULL, VIEW("/one"));
	note(NULL, VIEW("/two?x=1"));
	note(NULL, VIEW_NONE);
	ck_assert(registry_look(scene.r, VIEW("alice"), read_wanted, wanted));
	ck_assert_str_eq(wanted, "/two?x=1");
}

static void answer(bool veto)
{
	struct verdict asked = scene.verdict;

	interrupt_answer(scene.r, "alice", &asked, veto);
	judge();
	ck_assert_int_eq(scene.verdict.asks, VISIT_ASKS_NOTHING);
}

static void a_veto_is_remembered(void)
{
	challenged();
	ck_assert_int_eq(scene.verdict.asks, VISIT_ASKS_CHALLENGE);
	answer(true);
	ck_assert_int_eq(scene.verdict.reason, REASON_VETOED_CHALLENGE);
	answer(false);
	ck_assert_int_eq(scene.verdict.reason, REASON_VETOED_CHALLENGE);
}

static void no_veto_is_remembered_too(void)
{
	kicked(NULL);
	ck_assert_int_eq(scene.verdict.asks, VISIT_ASKS_LOGOUT);
	answer(false);
	ck_assert_int_eq(scene.verdict.reason, REASON_REVOKED);
}

static void a_vetoed_logout_passes(void)
{
	kicked(NULL);
	answer(true);
	ck_assert_int_eq(scene.verdict.reason, REASON_VETOED_LOGOUT);
}

static const char *string_at(json_t *data, const char *object, const char *key)
{
	return json_string_value(
		json_object_get(object ? json_object_get(data, object) : data, key));
}

static void a_question_about_a_challenge_says_where_it_is(void)
{
	json_t *data;

	challenged();
	data = interrupt_question(scene.r, "alice", &scene.verdict,
				  VIEW("/.latch/challenge?challenge=x"));
	ck_assert_str_eq(string_at(data, NULL, "account"), "alice");
	ck_assert_str_eq(string_at(data, NULL, "url"), "/.latch/challenge?challenge=x");
	ck_assert_str_eq(string_at(data, "challenge", "type"), "repeat_trial");
	ck_assert_str_eq(string_at(data, "challenge", "status"), "initiated");
	ck_assert_str_eq(string_at(data, "device", "type"), "other");
	json_decref(data);
}

static void a_question_about_a_logout_says_why(void)
{
	struct challenge_id cause = { { 0xab } };
	json_t *data;

	kicked(&cause);
	data = interrupt_question(scene.r, "alice", &scene.verdict, VIEW_NONE);
	ck_assert_str_eq(string_at(data, NULL, "cause"), "kicked");
	ck_assert_str_eq(string_at(data, NULL, "challenge"), "ab000000000000000000000000000000");
	json_decref(data);
}

static void without_a_challenge_it_is_null(void)
{
	json_t *data;

	kicked(NULL);
	data = interrupt_question(scene.r, "alice", &scene.verdict, VIEW_NONE);
	ck_assert(json_is_null(json_object_get(data, "challenge")));
	json_decref(data);
}

SUITE_MAIN_WITH("interrupt", setup, teardown, the_sixth_redirect_within_ten_seconds_is_a_loop,
		the_last_page_that_was_wanted_is_kept, a_veto_is_remembered,
		no_veto_is_remembered_too, a_vetoed_logout_passes,
		a_question_about_a_challenge_says_where_it_is, a_question_about_a_logout_says_why,
		without_a_challenge_it_is_null)
