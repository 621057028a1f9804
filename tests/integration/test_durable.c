/* Durable before visible: what somebody was shown is there after a kill -9, and what was told arrives. */
#include "story.h"
#include "suite.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#define LOG_OUT_IDLE "limits: { devices: 1 }\nstrategy: log_out_idle\n"

/* Twenty random moments: each thread lets pairs of devices meet in accounts of its own; the second takes the first's place. */

enum { ROUNDS = 20, THREADS = 6, ACCOUNTS = 200, EVENTS = 8 };

enum stage { NOTHING, FIRST_IS_IN, SECOND_IS_IN, FIRST_IS_OUT };

struct event {
	char id[40], type[24];
};

/* What was seen of one account. `begun`: the last step that was tried, whatever came of it. */
struct witness {
	enum stage seen, begun;
	char first[64], second[64]; /* session cookies */
	char first_device[128], second_device[128];
	struct event events[EVENTS];
	unsigned n_events;
};

static struct witness witnesses[ROUNDS][THREADS][ACCOUNTS];
static atomic_uint n_seen; /* steps, in this round */
static pthread_mutex_t events_lock = PTHREAD_MUTEX_INITIALIZER;

static void note_event(struct witness *w, const char *id, const char *body)
{
	struct event e = { 0 };

	snprintf(e.id, sizeof(e.id), "%s", id);
	sscanf(body, "{\"type\":\"%23[^\"]", e.type);
	pthread_mutex_lock(&events_lock);
	for (unsigned i = 0; i < w->n_events; i++)
		if (strcmp(w->events[i].id, e.id) == 0)
			e.type[0] = '\0';
	if (e.type[0] && w->n_events < EVENTS)
		w->events[w->n_events++] = e;
	pthread_mutex_unlock(&events_lock);
}

static bool witness_script(struct origin_call *call)
{
	const char *account = strstr(call->request->body, "\"account\":\"r"),
		   *id = message_field(call->request, "webhook-id", 0);
	unsigned r, t, i;

	if (account && id && sscanf(account, "\"account\":\"r%ut%ui%u", &r, &t, &i) == 3 &&
	    r < ROUNDS && t < THREADS && i < ACCOUNTS)
		note_event(&witnesses[r][t][i], id, call->request->body);
	return origin_answer(call, 200, "", "");
}

static void keep_cookies(const struct visitor *v, char session[64], char device[128])
{
	const char *s = visitor_cookie(v, "PHPSESSID"), *d = visitor_cookie(v, "latch");

	snprintf(session, 64, "%s", s ? s : "");
	snprintf(device, 128, "%s", d ? d : "");
}

static bool enter(struct visitor *v, const char *account)
{
	return story_log_in(v, account) == 302 && visitor_navigate(v, "/members/home") == 200;
}

static void see(struct witness *w, enum stage stage)
{
	w->seen = stage;
	atomic_fetch_add(&n_seen, 1);
}

/* False when the daemon is gone. */
static bool meet(struct witness *w, const char *account, uint16_t port)
{
	struct visitor *a = visitor_create(port), *b = visitor_create(port);
	bool alive;

	visitor_bear_with_it(a);
	visitor_bear_with_it(b);
	w->begun = FIRST_IS_IN;
	alive = enter(a, account);
	if (alive) {
		keep_cookies(a, w->first, w->first_device);
		see(w, FIRST_IS_IN);
		w->begun = SECOND_IS_IN;
		alive = enter(b, account);
	}
	if (alive) {
		keep_cookies(b, w->second, w->second_device);
		see(w, SECOND_IS_IN);
		w->begun = FIRST_IS_OUT;
		alive = visitor_navigate(a, "/members/home") == 303;
	}
	if (alive)
		see(w, FIRST_IS_OUT);
	visitor_destroy(&a);
	visitor_destroy(&b);
	return alive;
}

struct load {
	pthread_t thread;
	unsigned round, number;
	uint16_t port;
};

static void *put_load(void *arg)
{
	const struct load *l = arg;
	char account[40];

	for (unsigned i = 0; i < ACCOUNTS; i++) {
		snprintf(account, sizeof(account), "r%ut%ui%u", l->round, l->number, i);
		if (!meet(&witnesses[l->round][l->number][i], account, l->port))
			break;
	}
	return NULL;
}

/* Moments are counted in steps and microseconds: how fast the machine is does not matter. */
static void await_random_moment(void)
{
	unsigned char random[2];

	ck_assert_int_eq(getrandom(random, sizeof(random), 0), sizeof(random));
	while (atomic_load(&n_seen) <= 3u * THREADS + random[0])
		poll(NULL, 0, 1);
	usleep(random[1] * 20);
}

static void kill_under_load(struct story *s, unsigned round)
{
	struct load loads[THREADS];

	atomic_store(&n_seen, 0);
	for (unsigned t = 0; t < THREADS; t++) {
		loads[t] = (struct load){ .round = round,
					  .number = t,
					  .port = daemon_port(s->daemon) };
		ck_assert_int_eq(pthread_create(&loads[t].thread, NULL, put_load, &loads[t]), 0);
	}
	await_random_moment();
	daemon_kill(s->daemon);
	for (unsigned t = 0; t < THREADS; t++)
		pthread_join(loads[t].thread, NULL);
	daemon_restart(s->daemon);
}

static int knock(struct story *s, const char *session, const char *device)
{
	struct visitor *v = visitor_create(daemon_port(s->daemon));
	int status;

	visitor_set_cookie(v, "PHPSESSID", session);
	if (device[0])
		visitor_set_cookie(v, "latch", device);
	status = visitor_fetch(v, "/members/home");
	visitor_destroy(&v);
	return status;
}

static unsigned count_events(const struct witness *w, const char *type)
{
	unsigned n = 0;

	for (unsigned i = 0; i < w->n_events; i++)
		n += strcmp(w->events[i].type, type) == 0;
	return n;
}

static bool has_all_events(const struct witness *w)
{
	unsigned attached, detached, exceeded, redirects;

	pthread_mutex_lock(&events_lock);
	attached = count_events(w, "device.attached");
	detached = count_events(w, "device.detached");
	exceeded = count_events(w, "on_limit_exceeded");
	redirects = count_events(w, "redirect");
	pthread_mutex_unlock(&events_lock);
	return attached >= (w->seen >= FIRST_IS_IN) + (unsigned)(w->seen >= SECOND_IS_IN) &&
	       detached >= (w->seen >= SECOND_IS_IN) && exceeded >= (w->seen >= SECOND_IS_IN) &&
	       redirects >= (w->seen >= FIRST_IS_OUT);
}

static void expect_as_seen(struct story *s, const struct witness *w, const char *account)
{
	if (w->seen >= SECOND_IS_IN) {
		ck_assert_msg(knock(s, w->first, w->first_device) == 401,
			      "%s: a revocation was lost", account);
		ck_assert_msg(knock(s, w->second, w->second_device) == 200,
			      "%s: the second was lost", account);
		story_expect_devices(s, account, 1, 1);
	} else if (w->seen == FIRST_IS_IN && w->begun == FIRST_IS_IN) {
		ck_assert_msg(knock(s, w->first, w->first_device) == 200, "%s: the first was lost",
			      account);
		story_expect_devices(s, account, 1, 1);
	}
	for (int waited_ms = 0; !has_all_events(w); waited_ms += 20) {
		ck_assert_msg(waited_ms < WIREWORK_PATIENCE_MS, "%s: an event was lost", account);
		poll(NULL, 0, 20);
	}
}

static void kill_9_at_twenty_random_moments_loses_nothing_that_was_shown(void)
{
	struct story s;
	unsigned shown = 0;
	char account[40];

	if (suite_is_light())
		return;
	s = story_begin_with(LOG_OUT_IDLE, legacy_settings, legacy_script, witness_script);
	for (unsigned r = 0; r < ROUNDS; r++)
		kill_under_load(&s, r);
	look_free(&s.look);
	s.look = daemon_look(s.daemon);
	for (unsigned r = 0; r < ROUNDS; r++)
		for (unsigned t = 0; t < THREADS; t++)
			for (unsigned i = 0; i < ACCOUNTS && witnesses[r][t][i].seen; i++) {
				snprintf(account, sizeof(account), "r%ut%ui%u", r, t, i);
				expect_as_seen(&s, &witnesses[r][t][i], account);
				shown++;
			}
	ck_assert_uint_gt(shown, ROUNDS * THREADS);
	STORY_MOVED(&s, "requests=*", "responses 2xx=*", "responses 4xx=*", "verdicts allow=*",
		    "verdicts logout=*", "requests_identified account=*",
		    "webhook_questions none=?");
	story_end(&s);
}

/* One kill, each kind of state */

static void attachments_suspensions_limits_and_attributes_are_there_after_a_kill(void)
{
	struct story s = story_begin("limits: { devices: 1 }\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);
	char *before, *after, *body;

	story_arrive(a, "alice");
	story_arrive(b, "bob");
	ck_assert_int_eq(story_please(a, "/", "Please-Field: Latch-Email: alice@example.com\r\n"),
			 200);
	story_order(&s, "alice", "limit", "{\"limit\":4}");
	story_order(&s, "bob", "suspend", NULL);
	before = story_device(&s, "alice", 0);
	story_kill_and_restart(&s);
	after = story_device(&s, "alice", 0);
	ck_assert_str_eq(before, after);
	ck_assert_int_eq(daemon_admin(s.daemon, "GET", "/v1/accounts/alice", NULL, &body), 200);
	ck_assert_msg(strstr(body, "\"limit\":4") && strstr(body, "alice@example.com"), "%s", body);
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 200);
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 403);
	free(before);
	free(after);
	free(body);
	STORY_MOVED(&s, "requests=2", "responses 2xx=1", "responses 4xx=1", "verdicts allow=1",
		    "verdicts suspended=1", "requests_identified account=2");
	story_end(&s);
}

static void undelivered_events_are_delivered_after_a_kill(void)
{
	struct story s = story_begin(LOG_OUT_IDLE);
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);
	uint16_t port = origin_port(s.sink);

	origin_stop(&s.sink);
	story_arrive(a, "alice");
	story_arrive(b, "alice");
	daemon_kill(s.daemon);
	s.sink = origin_start_at(port, story_sink_script, s.answers);
	daemon_restart(s.daemon);
	visitor_move(a, daemon_port(s.daemon));
	look_free(&s.look);
	s.look = daemon_look(s.daemon);
	origin_wait(s.sink, "/hooks", 4); /* the next try comes 5 s after the one that failed */
	STORY_TOLD(&s, "device.attached=2", "device.detached=1", "on_limit_exceeded=1");
	ck_assert_int_eq(visitor_fetch(a, "/members/api"), 401);
	STORY_MOVED(&s, "requests=1", "responses 4xx=1", "verdicts logout=1",
		    "requests_identified account=1", "webhook_questions none=1");
	story_end(&s);
}

static void what_was_not_shown_is_not_there_twice(void)
{
	struct story s = story_begin(LOG_OUT_IDLE);
	struct visitor *a = story_visitor(&s);

	story_arrive(a, "alice");
	STORY_TOLD(&s, "device.attached=1");
	for (int i = 0; i < 3; i++) {
		story_kill_and_restart(&s);
		ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 200);
		story_expect_devices(&s, "alice", 1, 1);
	}
	ck_assert_uint_eq(story_events(&s, "device.detached"), 0);
	STORY_MOVED(&s, "requests=1", "responses 2xx=1", "verdicts allow=1",
		    "requests_identified account=1");
	story_end(&s);
}

/* State that cannot be written */

static void without_a_state_that_can_be_written_it_refuses_to_start(void)
{
	struct story s = story_begin("");
	char command[256], *output;

	daemon_kill(s.daemon);
	snprintf(command, sizeof(command), "rm -rf %s/state && touch %s/state",
		 daemon_dir(s.daemon), daemon_dir(s.daemon));
	ck_assert_int_eq(system(command), 0);
	ck_assert_int_eq(daemon_run(s.daemon, "", &output), 1);
	ck_assert_msg(strstr(output, "/state"), "%s", output);
	free(output);
	snprintf(command, sizeof(command), "rm -f %s/state", daemon_dir(s.daemon));
	ck_assert_int_eq(system(command), 0);
	daemon_restart(s.daemon);
	look_free(&s.look);
	s.look = daemon_look(s.daemon);
	STORY_MOVED(&s, "requests=0");
	story_end(&s);
}

static void limit_files(struct story *s, rlim_t bytes)
{
	struct rlimit limit;

	ck_assert_int_eq(prlimit(daemon_pid(s->daemon), RLIMIT_FSIZE, NULL, &limit), 0);
	limit.rlim_cur = bytes;
	ck_assert_int_eq(prlimit(daemon_pid(s->daemon), RLIMIT_FSIZE, &limit, NULL), 0);
}

static void wait_for_readiness(struct story *s, int status)
{
	for (int waited_ms = 0; daemon_admin(s->daemon, "GET", "/readyz", NULL, NULL) != status;
	     waited_ms += 20) {
		ck_assert_int_lt(waited_ms, WIREWORK_PATIENCE_MS);
		poll(NULL, 0, 20);
	}
}

static void while_it_cannot_be_written_verdicts_go_on_readyz_says_no_and_nothing_is_lost_after(void)
{
	struct story s = story_begin(LOG_OUT_IDLE);
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);
	char *body;

	story_arrive(a, "alice");
	limit_files(&s, 4096);
	ck_assert_int_eq(story_log_in(b, "alice"), 302);
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 200);
	ck_assert_int_eq(visitor_fetch(a, "/members/api"), 401);
	wait_for_readiness(&s, 503);
	ck_assert_int_eq(daemon_admin(s.daemon, "GET", "/readyz", NULL, &body), 503);
	ck_assert_msg(strstr(body, "the state cannot be written"), "%s", body);
	free(body);
	ck_assert(daemon_metric(s.daemon, "registry_writing") == 0);
	ck_assert(daemon_metric(s.daemon, "registry_commit_failures") > 0);
	limit_files(&s, RLIM_INFINITY);
	wait_for_readiness(&s, 200);
	STORY_MOVED(&s, "requests=5", "logins=2", "responses 2xx=2", "responses 3xx=2",
		    "responses 4xx=1", "verdicts allow=4", "verdicts logout=1",
		    "requests_identified nothing=2", "requests_identified account=3",
		    "holds_uncommitted=*", "webhook_questions none=1");
	story_kill_and_restart(&s);
	ck_assert_int_eq(visitor_fetch(a, "/members/api"), 401);
	ck_assert_int_eq(visitor_fetch(b, "/members/api"), 200);
	STORY_MOVED(&s, "requests=2", "responses 2xx=1", "responses 4xx=1", "verdicts allow=1",
		    "verdicts logout=1", "requests_identified account=2");
	story_end(&s);
}

SUITE_MAIN("durable", kill_9_at_twenty_random_moments_loses_nothing_that_was_shown,
	   attachments_suspensions_limits_and_attributes_are_there_after_a_kill,
	   undelivered_events_are_delivered_after_a_kill, what_was_not_shown_is_not_there_twice,
	   without_a_state_that_can_be_written_it_refuses_to_start,
	   while_it_cannot_be_written_verdicts_go_on_readyz_says_no_and_nothing_is_lost_after)
