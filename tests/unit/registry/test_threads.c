/* Threads that log in, steal each other's keys, kick, look, and deliver events, all at once. */
#include "ground.h"

#include <pthread.h>

enum { THREADS = 4, ACCOUNTS = 24, KEYS = 40, ROUNDS = 1500 };

static struct ground g;
static atomic_bool over;
static atomic_uint delivered;
static atomic_uint told;

static void setup(void)
{
	ground_init(&g, NULL);
	atomic_store(&over, false);
	atomic_store(&delivered, 0);
	atomic_store(&told, 0);
}

static void teardown(void)
{
	ground_fini(&g);
}

static unsigned draw(unsigned *seed, unsigned n)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % n;
}

static void account_name(unsigned n, char ret_name[16])
{
	snprintf(ret_name, 16, "user%u", n);
}

static void check_account(const struct account *a, void *arg)
{
	(void)arg;
	for (unsigned i = 0; i < a->n_sessions; i++) {
		const struct session *s = a->sessions[i];

		if (s->state == SESSION_BOUND)
			ck_assert_ptr_eq(account_attachment(a, &s->attachment->device),
					 s->attachment);
	}
}

static void *live(void *arg)
{
	unsigned seed = (unsigned)(uintptr_t)arg + 1,
		 rounds = suite_is_sanitized() ? ROUNDS / 3 : ROUNDS;
	char name[16];

	for (unsigned i = 0; i < rounds; i++) {
		account_name(draw(&seed, ACCOUNTS), name);
		switch (draw(&seed, 4)) {
		case 0:
			registry_look(g.r, view_of(name), check_account, NULL);
			break;
		case 1:
			ground_find(&g, draw(&seed, KEYS));
			break;
		case 2:
			ground_login(&g, name, draw(&seed, 5), draw(&seed, KEYS));
			break;
		default:
			atomic_fetch_add(&told, 1);
			ground_login_told(&g, name, draw(&seed, 5), draw(&seed, KEYS));
		}
	}
	return NULL;
}

static void *deliver(void *arg)
{
	struct outbox_event events[8];
	unsigned n;

	(void)arg;
	while (!atomic_load(&over) || outbox_waiting(g.r)) {
		n = outbox_take(g.r, INT64_MAX - 1, events, 8);
		for (unsigned i = 0; i < n; i++) {
			mem_free(events[i].data);
			if (events[i].attempts == 0 && events[i].seq % 5 == 0) {
				outbox_retry(g.r, events[i].seq, 1);
				continue;
			}
			outbox_done(g.r, events[i].seq);
			atomic_fetch_add(&delivered, 1);
		}
		if (!n)
			usleep(100);
	}
	return NULL;
}

struct owners {
	unsigned char of_key[KEYS];
};

static bool count_owners(const struct account *a, void *arg)
{
	struct owners *o = arg;

	for (unsigned k = 0; k < KEYS; k++) {
		struct session_key key = ground_key(k);

		o->of_key[k] += account_session(a, &key) != NULL;
	}
	return true;
}

static void each_key_has_one_owner(void)
{
	struct owners owners = { { 0 } };

	registry_each(g.r, count_owners, &owners);
	for (unsigned k = 0; k < KEYS; k++)
		ck_assert_msg(owners.of_key[k] == ground_find(&g, k).known, "key %u has %u owners",
			      k, owners.of_key[k]);
}

/* Everything that was queued is committed when this is. */
static void settle_all(void)
{
	ground_settle(&g, ground_login(&g, "last", 1, KEYS + 1));
}

static void run_all(void)
{
	pthread_t threads[THREADS], postman;

	ck_assert_int_eq(pthread_create(&postman, NULL, deliver, NULL), 0);
	for (uintptr_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, live, (void *)i), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	settle_all();
	atomic_store(&over, true);
	pthread_join(postman, NULL);
}

static void threads_do_not_disturb_each_other(void)
{
	run_all();
	each_key_has_one_owner();
	ck_assert_uint_eq(atomic_load(&delivered), atomic_load(&told));
	ground_reopen(&g);
	each_key_has_one_owner();
	ck_assert_uint_eq(outbox_waiting(g.r), 0);
}

/* Devices of one account, allowed only while there is room: the judgment that must not be split. */
enum { LIMIT = 5, GUESTS = 24 };

static void fn_allow(struct account *a, struct change *c, void *arg)
{
	struct attachment *t = ground_attachment(a, c, *(unsigned *)arg);
	unsigned counted = 0;

	for (unsigned i = 0; i < a->n_attachments; i++)
		counted += a->attachments[i]->counted;
	t->status = ATTACHMENT_ATTACHED;
	t->counted = counted < LIMIT;
	change_attachment(c, t);
}

static void *come_in(void *arg)
{
	unsigned device = (unsigned)(uintptr_t)arg;

	registry_change(g.r, VIEW("alice"), true, fn_allow, &device);
	return NULL;
}

static void count_allowed(const struct account *a, void *arg)
{
	ck_assert_uint_eq(a->n_attachments, GUESTS);
	for (unsigned i = 0; i < a->n_attachments; i++)
		*(unsigned *)arg += a->attachments[i]->counted;
}

static void parallel_guests_never_pass_a_limit(void)
{
	pthread_t guests[GUESTS];
	unsigned allowed = 0;

	for (uintptr_t i = 0; i < GUESTS; i++)
		ck_assert_int_eq(pthread_create(&guests[i], NULL, come_in, (void *)i), 0);
	for (unsigned i = 0; i < GUESTS; i++)
		pthread_join(guests[i], NULL);
	registry_look(g.r, VIEW("alice"), count_allowed, &allowed);
	ck_assert_uint_eq(allowed, LIMIT);
}

/* A worker that keeps a verdict as long as the generation allows, while another thread kicks. */
static atomic_uint kicked_at; /* 0: not yet */

static uint64_t generation_of(unsigned key)
{
	struct session_key k = ground_key(key);

	return registry_generation(g.r, registry_account_hash(g.r, VIEW("alice"))) +
	       registry_generation(g.r, registry_key_hash(&k));
}

static void *keep_verdict(void *arg)
{
	uint64_t generation = 0;
	bool allowed = false, known = false;

	(void)arg;
	for (;;) {
		bool was_kicked = atomic_load(&kicked_at) != 0;

		if (!known || generation_of(1) != generation) {
			generation = generation_of(1);
			allowed = ground_find(&g, 1).state == SESSION_BOUND;
			known = true;
		}
		if (was_kicked) {
			ck_assert(!allowed);
			return NULL;
		}
	}
}

static void a_kick_is_effective_on_the_next_look_of_every_thread(void)
{
	for (unsigned round = 0; round < 50; round++) {
		pthread_t workers[2];

		atomic_store(&kicked_at, 0);
		ground_login(&g, "alice", 1, 1);
		for (unsigned i = 0; i < 2; i++)
			ck_assert_int_eq(pthread_create(&workers[i], NULL, keep_verdict, NULL), 0);
		ground_kick(&g, "alice", 1);
		atomic_store(&kicked_at, 1);
		for (unsigned i = 0; i < 2; i++)
			pthread_join(workers[i], NULL);
	}
}

/* Waits from many threads, each with a loop of its own, all answered. */
struct waiter {
	struct registry_wait wait; /* first */
	unsigned left;
	unsigned n;
};

static void wait_once(struct waiter *w);

static void on_committed(struct registry_wait *wait, bool committed)
{
	struct waiter *w = (struct waiter *)wait;

	if (!committed) { /* a second is not long where many write */
		registry_wait(g.r, wait);
		return;
	}
	ck_assert(registry_is_committed(g.r, wait->number));
	if (--w->left)
		wait_once(w);
	else
		loop_stop(wait->loop);
}

static void wait_once(struct waiter *w)
{
	char name[16];

	account_name(w->n * 1000 + w->left, name);
	w->wait.number = ground_login(&g, name, w->left, w->n * 1000 + w->left);
	registry_wait(g.r, &w->wait);
}

static void *wait_often(void *arg)
{
	struct waiter w = { .left = 30, .n = (unsigned)(uintptr_t)arg };

	w.wait.loop = loop_create();
	w.wait.on_committed = on_committed;
	wait_once(&w);
	loop_run(w.wait.loop);
	ck_assert_uint_eq(w.left, 0);
	loop_destroy(&w.wait.loop);
	return NULL;
}

static void every_waiter_is_answered(void)
{
	pthread_t threads[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, wait_often, (void *)i), 0);
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

SUITE_MAIN_WITH("threads", setup, teardown, threads_do_not_disturb_each_other,
		parallel_guests_never_pass_a_limit,
		a_kick_is_effective_on_the_next_look_of_every_thread, every_waiter_is_answered)
