#include "ground.h"

static struct ground g;

static void setup(void)
{
	ground_init(&g, NULL);
}

static void teardown(void)
{
	ground_fini(&g);
}

static void an_unknown_key_is_not_known(void)
{
	struct registry_found found = ground_find(&g, 1);

	ck_assert(!found.known);
	ck_assert_str_eq(found.account, "");
}

static void a_bound_key_names_account_and_device(void)
{
	struct device_id device = ground_device(7);
	struct registry_found found;

	ground_login(&g, "alice", 7, 1);
	found = ground_find(&g, 1);
	ck_assert(found.known);
	ck_assert_uint_eq(found.state, SESSION_BOUND);
	ck_assert_uint_eq(found.source, 1);
	ck_assert_str_eq(found.account, "alice");
	ck_assert(device_id_is(&found.device, &device));
	ck_assert_int_eq(found.bound_ms, ground_start_ms);
	ck_assert_uint_eq(found.account_hash, registry_account_hash(g.r, VIEW("alice")));
}

static void never(struct account *a, struct change *c, void *arg)
{
	(void)a;
	(void)c;
	*(bool *)arg = true;
}

static void nobody_is_changed_who_is_not_there(void)
{
	bool called = false;

	ck_assert_uint_eq(registry_change(g.r, VIEW("alice"), false, never, &called), 0);
	ck_assert(!called);
}

static void an_account_is_not_made_for_nothing(void)
{
	bool called = false, found;

	registry_change(g.r, VIEW("alice"), true, never, &called);
	ck_assert(called);
	called = false;
	found = registry_change(g.r, VIEW("alice"), false, never, &called) || called;
	ck_assert(!found);
}

static void note_number(const struct account *a, void *arg)
{
	*(uint64_t *)arg = a->change;
}

/* What registry_change returns is 0 once it is committed, which may be before it returns. */
static void a_change_gets_the_next_number(void)
{
	uint64_t first = 0, second = 0;

	ground_login(&g, "alice", 1, 1);
	ground_login(&g, "bob", 2, 2);
	ck_assert(registry_look(g.r, VIEW("alice"), note_number, &first));
	ck_assert(registry_look(g.r, VIEW("bob"), note_number, &second));
	ck_assert_uint_gt(first, 0);
	ck_assert_uint_eq(second, first + 1);
}

static void what_is_committed_need_not_be_waited_for(void)
{
	bool called;

	ground_settle(&g, ground_login(&g, "alice", 1, 1));
	ck_assert_uint_eq(registry_change(g.r, VIEW("alice"), false, never, &called), 0);
}

/* Runs a function on alice. */
static uint64_t on_alice(void (*fn)(struct account *a, struct change *c, void *arg), void *arg)
{
	return registry_change(g.r, VIEW("alice"), true, fn, arg);
}

static void fn_challenge(struct account *a, struct change *c, void *arg)
{
	struct challenge_id *id = arg;

	*id = change_challenge_open(c, a->attachments[0], REASON_BIT_LIMIT)->id;
}

static void a_challenge_names_its_account_until_it_is_replaced(void)
{
	struct challenge_id first, second;
	char account[257] = "";

	ground_login(&g, "alice", 1, 1);
	on_alice(fn_challenge, &first);
	ck_assert(registry_find_challenge(g.r, &first, account));
	ck_assert_str_eq(account, "alice");
	on_alice(fn_challenge, &second);
	ck_assert(!registry_find_challenge(g.r, &first, account));
	ck_assert(registry_find_challenge(g.r, &second, account));
	ground_reopen(&g);
	ck_assert(registry_find_challenge(g.r, &second, account));
	ck_assert(!registry_find_challenge(g.r, &first, account));
}

static void see(const struct account *a, void *arg)
{
	unsigned *n = arg;

	*n = a->n_attachments;
	ck_assert_str_eq(a->id, "alice");
}

static void looking_shows_the_account(void)
{
	unsigned n = 0;

	ck_assert(!registry_look(g.r, VIEW("alice"), see, &n));
	ground_login(&g, "alice", 1, 1);
	ground_login(&g, "alice", 2, 2);
	ck_assert(registry_look(g.r, VIEW("alice"), see, &n));
	ck_assert_uint_eq(n, 2);
}

static bool count(const struct account *a, void *arg)
{
	(void)a;
	return ++*(unsigned *)arg != 10;
}

static void each_account_is_shown_until_one_says_stop(void)
{
	unsigned n = 0;
	char name[16];

	for (unsigned i = 0; i < 9; i++) {
		snprintf(name, sizeof(name), "user%u", i);
		ground_login(&g, name, i, i);
	}
	registry_each(g.r, count, &n);
	ck_assert_uint_eq(n, 9);
	for (unsigned i = 9; i < 500; i++) {
		snprintf(name, sizeof(name), "user%u", i);
		ground_login(&g, name, i, i);
	}
	n = 0;
	registry_each(g.r, count, &n);
	ck_assert_uint_eq(n, 10);
}

static uint64_t generation(void)
{
	struct session_key key = ground_key(1);

	return registry_generation(g.r, registry_account_hash(g.r, VIEW("alice"))) +
	       registry_generation(g.r, registry_key_hash(&key));
}

static void fn_nice(struct account *a, struct change *c, void *arg)
{
	(void)arg;
	a->attachments[0]->last_seen_ms = change_now_ms(c) + 5;
	change_attachment_nice(c, a->attachments[0]);
	a->sessions[0]->last_used_ms = change_now_ms(c) + 6;
	change_session_nice(c, a->sessions[0]);
}

static void every_plain_change_moves_the_generation(void)
{
	uint64_t before = generation();

	ground_login(&g, "alice", 1, 1);
	ck_assert_uint_gt(generation(), before);
	before = generation();
	ground_kick(&g, "alice", 1);
	ck_assert_uint_gt(generation(), before);
}

static void a_look_and_a_nice_change_leave_the_generation(void)
{
	bool called;
	uint64_t before;

	ground_settle(&g, ground_login(&g, "alice", 1, 1));
	before = generation();
	on_alice(never, &called);
	ck_assert_uint_eq(on_alice(fn_nice, NULL), 0);
	ck_assert_uint_eq(generation(), before);
}

static bool seen_at(const struct account *a, void *arg)
{
	*(int64_t *)arg = a->attachments[0]->last_seen_ms + a->sessions[0]->last_used_ms;
	return true;
}

static void a_nice_change_is_visible_and_written_in_the_end(void)
{
	int64_t sum = 0;

	ground_login(&g, "alice", 1, 1);
	on_alice(fn_nice, NULL);
	registry_each(g.r, seen_at, &sum);
	ck_assert_int_eq(sum, 2 * ground_start_ms + 11);
	ground_reopen(&g);
	registry_each(g.r, seen_at, &sum);
	ck_assert_int_eq(sum, 2 * ground_start_ms + 11);
}

static void a_key_bound_elsewhere_moves_the_generation_of_both(void)
{
	uint64_t alice, bob;

	ground_login(&g, "alice", 1, 1);
	alice = registry_generation(g.r, registry_account_hash(g.r, VIEW("alice")));
	bob = registry_generation(g.r, registry_account_hash(g.r, VIEW("bob")));
	ground_login(&g, "bob", 2, 1);
	ck_assert_uint_gt(registry_generation(g.r, registry_account_hash(g.r, VIEW("alice"))),
			  alice);
	ck_assert_uint_gt(registry_generation(g.r, registry_account_hash(g.r, VIEW("bob"))), bob);
}

static bool sessions_of(const struct account *a, void *arg)
{
	unsigned *n = arg;

	n[a->id[0] == 'a' ? 0 : 1] = a->n_sessions;
	return true;
}

static void a_key_belongs_to_one_account_only(void)
{
	unsigned n[2];
	char name[16];

	ground_login(&g, "alice", 1, 1);
	for (unsigned i = 0; i < 300; i++) { /* from any shard to any other */
		snprintf(name, sizeof(name), "bob%u", i);
		ground_login(&g, name, 2, 1);
		ck_assert_str_eq(ground_find(&g, 1).account, name);
	}
	registry_each(g.r, sessions_of, n);
	ck_assert_uint_eq(n[0], 0);
	ground_reopen(&g);
	ck_assert_str_eq(ground_find(&g, 1).account, "bob299");
	n[0] = 1;
	registry_each(g.r, sessions_of, n);
	ck_assert_uint_eq(n[0], 0);
}

/* What a function tells when it runs twice is told once. */
static void a_change_that_starts_over_is_done_once(void)
{
	ground_login(&g, "alice", 1, 1);
	ground_settle(&g, ground_login_told(&g, "bob", 2, 1));
	ground_settle(&g, ground_login_told(&g, "carol", 3, 1));
	ground_settle(&g, ground_login_told(&g, "dave", 4, 1));
	ck_assert_uint_eq(outbox_waiting(g.r), 3);
}

static void a_device_that_has_not_come_back_is_not_written(void)
{
	struct device_id device = ground_device(7);
	struct registry_found found;
	unsigned n = 0;

	ground_mint(&g, "alice", 7, 1);
	ground_reopen(&g);
	found = ground_find(&g, 1);
	ck_assert(found.known);
	ck_assert_uint_eq(found.state, SESSION_BOUND);
	ck_assert(device_id_is(&found.device, &device));
	ck_assert(registry_look(g.r, VIEW("alice"), see, &n));
	ck_assert_uint_eq(n, 1);
}

static void fn_mint_only(struct account *a, struct change *c, void *arg)
{
	(void)arg;
	ground_attachment(a, c, 7);
}

static void a_pending_device_alone_needs_no_number(void)
{
	unsigned n = 0;

	ck_assert_uint_eq(on_alice(fn_mint_only, NULL), 0);
	ck_assert(registry_look(g.r, VIEW("alice"), see, &n));
	ck_assert_uint_eq(n, 1);
	ground_reopen(&g);
	ck_assert(!registry_look(g.r, VIEW("alice"), see, &n));
}

static void fn_evict(struct account *a, struct change *c, void *arg)
{
	(void)a;
	for (unsigned i = 0; i < ACCOUNT_MAX_DEVICES; i++) {
		struct device_id id = ground_device(*(unsigned *)arg + i);

		ck_assert_ptr_nonnull(change_attach(c, &id));
	}
}

static void an_evicted_device_is_gone_after_a_restart(void)
{
	struct ground_work w = { .device = 7, .key = 1, .status = ATTACHMENT_DORMANT };
	unsigned from = 100, n = 0;

	on_alice(ground_fn_login, &w);
	on_alice(fn_evict, &from);
	ck_assert_uint_eq(ground_find(&g, 1).state, SESSION_ENDED);
	ground_reopen(&g);
	ck_assert_uint_eq(ground_find(&g, 1).state, SESSION_ENDED);
	ck_assert(registry_look(g.r, VIEW("alice"), see, &n));
	ck_assert_uint_eq(n, 0);
}

static void a_key_without_room_stays_refused(void)
{
	unsigned last = ACCOUNT_MAX_SESSIONS + 1;
	struct registry_found found;

	for (unsigned i = 1; i <= last; i++) {
		ground_login(&g, "alice", 1, i);
		ground_pass(1);
	}
	for (unsigned round = 0; round < 2; round++) {
		found = ground_find(&g, 1);
		ck_assert(found.known);
		ck_assert_uint_eq(found.state, SESSION_ENDED);
		ck_assert_str_eq(found.account, "alice");
		ck_assert_uint_eq(ground_find(&g, 2).state, SESSION_BOUND);
		ground_reopen(&g);
	}
	ground_login(&g, "bob", 2, 1);
	ck_assert_str_eq(ground_find(&g, 1).account, "bob");
	ck_assert_uint_eq(ground_find(&g, 1).state, SESSION_BOUND);
	ground_reopen(&g);
	ck_assert_uint_eq(ground_find(&g, 1).state, SESSION_BOUND);
}

static void fn_texts(struct account *a, struct change *c, void *arg)
{
	(void)arg;
	change_text(c, &a->email, VIEW("a@example.com"));
	change_text(c, &a->groups, VIEW("staff,beta"));
	a->admin_limit = 4;
	a->suspended = true;
	change_account(c);
}

static bool texts_are_there(const struct account *a, void *arg)
{
	*(bool *)arg = strcmp(a->email, "a@example.com") == 0 &&
		       strcmp(a->groups, "staff,beta") == 0 && !a->phone && a->admin_limit == 4 &&
		       a->origin_limit == ACCOUNT_NO_LIMIT && a->suspended;
	return true;
}

static void what_belongs_to_the_account_survives(void)
{
	bool there = false;

	on_alice(fn_texts, NULL);
	ground_reopen(&g);
	registry_each(g.r, texts_are_there, &there);
	ck_assert(there);
}

static void it_knows_when_it_was_born(void)
{
	ck_assert(registry_was_empty(g.r));
	ground_pass(5000);
	ground_reopen(&g);
	ck_assert(registry_was_empty(g.r));
	ck_assert_int_eq(registry_born_ms(g.r), ground_start_ms);
	ground_login(&g, "alice", 1, 1);
	ground_reopen(&g);
	ck_assert(!registry_was_empty(g.r));
}

static void secrets_are_made_once(void)
{
	uint8_t device[DIGEST_BYTES], other[DIGEST_BYTES], again[DIGEST_BYTES];
	uint8_t mac[DIGEST_BYTES], mac_again[DIGEST_BYTES];
	struct view text = VIEW("x");

	registry_secret(g.r, "device", device);
	registry_secret(g.r, "csrf", other);
	ck_assert_mem_ne(device, other, DIGEST_BYTES);
	hmac_sign(registry_state_key(g.r), &text, 1, mac);
	ground_reopen(&g);
	registry_secret(g.r, "device", again);
	ck_assert_mem_eq(device, again, DIGEST_BYTES);
	hmac_sign(registry_state_key(g.r), &text, 1, mac_again);
	ck_assert_mem_eq(mac, mac_again, DIGEST_BYTES);
}

static void an_account_has_the_same_hash_after_a_restart(void)
{
	uint64_t hash = registry_account_hash(g.r, VIEW("alice"));

	ck_assert_uint_ne(hash, registry_account_hash(g.r, VIEW("bob")));
	ground_reopen(&g);
	ck_assert_uint_eq(registry_account_hash(g.r, VIEW("alice")), hash);
}

static bool trial(unsigned device, const char *account, uint64_t *ret_number)
{
	struct device_id id = ground_device(device);

	return registry_trial(g.r, &id, view_of(account), ret_number);
}

static void a_second_accounts_trial_on_a_device_is_a_repeat(void)
{
	uint64_t number, again;

	ck_assert(!trial(1, "alice", &number));
	ck_assert(!trial(1, "alice", &again));
	ck_assert(again == number || again == 0);
	ck_assert(!trial(2, "bob", &number));
	ground_pass(1000);
	ck_assert(trial(1, "bob", &number));
	ground_reopen(&g);
	ck_assert(trial(1, "bob", &number));
	ck_assert_uint_eq(number, 0);
	ck_assert(!trial(2, "bob", &number));
}

/* The first account was challenged for the trial of the second when its own was said again. */
static void the_first_trial_on_a_device_is_never_a_repeat(void)
{
	uint64_t number;

	trial(1, "alice", &number);
	ground_pass(1000);
	ck_assert(trial(1, "bob", &number));
	ck_assert(!trial(1, "alice", &number));
	ground_reopen(&g);
	ck_assert(!trial(1, "alice", &number));
}

static void a_trial_is_forgotten_after_400_days(void)
{
	uint64_t number;

	trial(1, "alice", &number);
	ground_pass(INT64_C(401) * 86400000);
	ck_assert(!trial(1, "bob", &number));
	trial(2, "alice", &number);
	ground_pass(INT64_C(401) * 86400000);
	ground_reopen(&g);
	ck_assert(!trial(2, "bob", &number));
}

static void many_trials_on_a_device_are_all_repeats(void)
{
	uint64_t number;
	char name[16];

	trial(1, "alice", &number);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "user%u", i);
		ck_assert(trial(1, name, &number));
		ground_pass(1);
	}
	ck_assert(trial(1, "alice", &number));
}

struct scopes_seen {
	unsigned n;
	bool has_path, host_only;
};

static void see_scope(const struct registry_scope *scope, void *arg)
{
	struct scopes_seen *seen = arg;

	seen->n++;
	ck_assert_str_eq(scope->name, "SID");
	seen->has_path = seen->has_path || (scope->path && strcmp(scope->path, "/wiki") == 0);
	seen->host_only = seen->host_only || !scope->domain;
}

static void scopes_are_learnt_once_and_kept(void)
{
	struct scopes_seen seen = { 0 };

	registry_learn_scope(g.r, VIEW("SID"), VIEW("/wiki"), VIEW_NONE);
	registry_learn_scope(g.r, VIEW("SID"), VIEW("/wiki"), VIEW_NONE);
	registry_learn_scope(g.r, VIEW("SID"), VIEW_NONE, VIEW("example.com"));
	registry_learn_scope(g.r, VIEW("other"), VIEW("/"), VIEW_NONE);
	ground_reopen(&g);
	registry_each_scope(g.r, VIEW("SID"), see_scope, &seen);
	ck_assert_uint_eq(seen.n, 2);
	ck_assert(seen.has_path && seen.host_only);
}

static void a_name_has_at_most_eight_scopes(void)
{
	struct scopes_seen seen = { 0 };
	char path[16];

	for (unsigned i = 0; i < 20; i++) {
		snprintf(path, sizeof(path), "/%u", i);
		registry_learn_scope(g.r, VIEW("SID"), view_of(path), VIEW_NONE);
	}
	registry_each_scope(g.r, VIEW("SID"), see_scope, &seen);
	ck_assert_uint_eq(seen.n, 8);
}

static void a_session_not_used_for_400_days_is_forgotten(void)
{
	ground_login(&g, "alice", 1, 1);
	ground_pass(INT64_C(401) * 86400000);
	ground_login(&g, "alice", 1, 2);
	ground_reopen(&g);
	ck_assert(!ground_find(&g, 1).known);
	ck_assert(ground_find(&g, 2).known);
}

struct told {
	struct registry_wait wait; /* first */
	bool came, committed;
};

static void on_told(struct registry_wait *w, bool committed)
{
	struct told *t = (struct told *)w;

	t->came = true;
	t->committed = committed;
	loop_stop(w->loop);
}

static void wait_for(struct loop *loop, uint64_t number, struct told *t)
{
	*t = (struct told){ .wait = { .loop = loop, .number = number, .on_committed = on_told } };
	registry_wait(g.r, &t->wait);
	ck_assert(!t->came); /* not before the turn of the loop */
	loop_run(loop);
	ck_assert(t->came);
}

static void who_waits_is_told_when_it_is_committed(void)
{
	struct loop *loop = loop_create();
	uint64_t number = ground_login(&g, "alice", 1, 1);
	struct told t;

	wait_for(loop, number, &t);
	ck_assert(t.committed);
	ck_assert(registry_is_committed(g.r, number));
	wait_for(loop, number, &t); /* and who comes late, at once */
	ck_assert(t.committed);
	loop_destroy(&loop);
}

static void who_waits_for_what_never_comes_is_told_after_a_second(void)
{
	struct loop *loop = loop_create();
	int64_t start_ms = clock_steady_ms();
	struct told t;

	wait_for(loop, 1000000, &t);
	ck_assert(!t.committed);
	ck_assert_int_ge(clock_steady_ms() - start_ms, 990);
	loop_destroy(&loop);
}

static void who_waits_when_it_closes_is_told(void)
{
	struct loop *loop = loop_create();
	struct told t = { .wait = { .loop = loop, .number = 1000000, .on_committed = on_told } };

	registry_wait(g.r, &t.wait);
	registry_close(&g.r);
	loop_run(loop);
	ck_assert(t.came && !t.committed);
	loop_destroy(&loop);
}

static void metrics_show_what_there_is(void)
{
	ground_login_told(&g, "alice", 1, 1);
	ground_settle(&g, ground_login(&g, "bob", 2, 2));
	ck_assert_int_eq(metric_read(g.metrics, METRIC_REGISTRY_ACCOUNTS), 2);
	ck_assert_int_eq(metric_read(g.metrics, METRIC_REGISTRY_SESSIONS), 2);
	ck_assert_int_eq(metric_read(g.metrics, METRIC_REGISTRY_WRITING), 1);
	ck_assert_int_ge(metric_read(g.metrics, METRIC_REGISTRY_COMMITS), 1);
	ck_assert_int_eq(metric_read(g.metrics, METRIC_REGISTRY_COMMIT_FAILURES), 0);
}

static void a_restart_forgets_nothing(void)
{
	struct registry_found found;

	ground_login(&g, "alice", 1, 1);
	ground_login(&g, "alice", 2, 2);
	ground_kick(&g, "alice", 1);
	ground_reopen(&g);
	found = ground_find(&g, 1);
	ck_assert(found.known);
	ck_assert_uint_eq(found.state, SESSION_REVOKED);
	found = ground_find(&g, 2);
	ck_assert(found.known);
	ck_assert_uint_eq(found.state, SESSION_BOUND);
}

SUITE_MAIN_WITH("registry", setup, teardown, an_unknown_key_is_not_known,
		a_bound_key_names_account_and_device, nobody_is_changed_who_is_not_there,
		an_account_is_not_made_for_nothing, a_change_gets_the_next_number,
		what_is_committed_need_not_be_waited_for,
		a_challenge_names_its_account_until_it_is_replaced, looking_shows_the_account,
		each_account_is_shown_until_one_says_stop, every_plain_change_moves_the_generation,
		a_look_and_a_nice_change_leave_the_generation,
		a_nice_change_is_visible_and_written_in_the_end,
		a_key_bound_elsewhere_moves_the_generation_of_both,
		a_key_belongs_to_one_account_only, a_change_that_starts_over_is_done_once,
		a_device_that_has_not_come_back_is_not_written,
		a_pending_device_alone_needs_no_number, an_evicted_device_is_gone_after_a_restart,
		a_key_without_room_stays_refused, what_belongs_to_the_account_survives,
		it_knows_when_it_was_born, secrets_are_made_once,
		an_account_has_the_same_hash_after_a_restart,
		a_second_accounts_trial_on_a_device_is_a_repeat,
		the_first_trial_on_a_device_is_never_a_repeat, a_trial_is_forgotten_after_400_days,
		many_trials_on_a_device_are_all_repeats, scopes_are_learnt_once_and_kept,
		a_name_has_at_most_eight_scopes, a_session_not_used_for_400_days_is_forgotten,
		who_waits_is_told_when_it_is_committed,
		who_waits_for_what_never_comes_is_told_after_a_second,
		who_waits_when_it_closes_is_told, metrics_show_what_there_is,
		a_restart_forgets_nothing)
