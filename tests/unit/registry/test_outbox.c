#include "ground.h"

#include "registry/backlog.h"

#include <sqlite3.h>

static struct ground g;

static void setup(void)
{
	ground_init(&g, NULL);
}

static void teardown(void)
{
	ground_fini(&g);
}

static void tell(const char *account, unsigned device)
{
	ground_settle(&g, ground_login_told(&g, account, device, device));
}

/* The one event that is due, or false. Its data is freed with the next. */
static bool take(struct outbox_event *e)
{
	return outbox_take(g.r, ground_clock(), e, 1) == 1;
}

static void an_event_comes_out_as_it_was_told(void)
{
	struct outbox_event e;
	uint8_t id[ID_BYTES];

	tell("alice", 7);
	ck_assert(take(&e));
	ck_assert_uint_eq(e.type, OUTBOX_DEVICE_ATTACHED);
	ck_assert_str_eq(e.account, "alice");
	ck_assert_str_eq(e.data, "{\"device\":7}");
	ck_assert_int_eq(e.created_ms, ground_start_ms);
	ck_assert_uint_eq(e.attempts, 0);
	ck_assert(account_id_parse(view_of(e.id), id));
	mem_free(e.data);
}

static void what_was_delivered_is_forgotten(void)
{
	struct outbox_event e;

	tell("alice", 1);
	ck_assert(take(&e));
	mem_free(e.data);
	outbox_done(g.r, e.seq);
	ck_assert_uint_eq(outbox_waiting(g.r), 0);
	ground_reopen(&g);
	ck_assert_uint_eq(outbox_waiting(g.r), 0);
}

static void what_was_not_delivered_is_there_after_a_restart(void)
{
	struct outbox_event before, after;

	tell("alice", 1);
	ck_assert(take(&before));
	ground_reopen(&g);
	ck_assert(take(&after));
	ck_assert_str_eq(before.id, after.id);
	ck_assert_str_eq(before.data, after.data);
	ck_assert_uint_eq(before.seq, after.seq);
	mem_free(before.data);
	mem_free(after.data);
}

static void a_failed_attempt_is_remembered(void)
{
	struct outbox_event e;

	tell("alice", 1);
	ck_assert(take(&e));
	mem_free(e.data);
	outbox_retry(g.r, e.seq, ground_start_ms + 5000);
	ck_assert(!take(&e));
	ck_assert_int_eq(outbox_next_due_ms(g.r), ground_start_ms + 5000);
	ground_reopen(&g);
	ck_assert(!take(&e));
	ground_pass(5000);
	ck_assert(take(&e));
	ck_assert_uint_eq(e.attempts, 1);
	ck_assert_int_eq(e.next_ms, ground_start_ms + 5000);
	mem_free(e.data);
}

static void what_was_given_up_is_kept_but_not_sent(void)
{
	struct outbox_event e;

	tell("alice", 1);
	tell("alice", 2);
	ck_assert(take(&e));
	mem_free(e.data);
	outbox_bury(g.r, e.seq);
	ck_assert(take(&e));
	ck_assert_str_eq(e.data, "{\"device\":2}");
	mem_free(e.data);
	outbox_done(g.r, e.seq);
	ground_reopen(&g);
	ck_assert_uint_eq(outbox_waiting(g.r), 0);
	ck_assert_int_eq(metric_read(g.metrics, METRIC_REGISTRY_EVENTS_DEAD), 1);
	tell("alice", 3); /* does not take the dead one's number */
	ck_assert(take(&e));
	ck_assert_uint_ne(e.seq, 1);
	mem_free(e.data);
}

static void events_of_an_account_come_in_order(void)
{
	struct outbox_event e;

	for (unsigned i = 0; i < 20; i++)
		tell("alice", i);
	for (unsigned i = 0; i < 20; i++) {
		char data[32];

		snprintf(data, sizeof(data), "{\"device\":%u}", i);
		ck_assert(take(&e));
		ck_assert_str_eq(e.data, data);
		mem_free(e.data);
		ck_assert(!take(&e));
		outbox_done(g.r, i + 1);
		if (i == 10)
			ground_reopen(&g);
	}
}

static void several_accounts_come_at_once(void)
{
	struct outbox_event events[8];

	tell("alice", 1);
	tell("bob", 2);
	tell("carol", 3);
	tell("alice", 4);
	ck_assert_uint_eq(outbox_take(g.r, ground_clock(), events, 8), 3);
	for (unsigned i = 0; i < 3; i++)
		mem_free(events[i].data);
	ck_assert_uint_eq(outbox_waiting(g.r), 4);
}

static void nothing_waits_in_an_empty_outbox(void)
{
	struct outbox_event e;

	ck_assert(!take(&e));
	ck_assert_int_eq(outbox_next_due_ms(g.r), INT64_MAX);
	ck_assert_uint_eq(outbox_waiting(g.r), 0);
}

static void on_events(void *arg)
{
	atomic_fetch_add((atomic_uint *)arg, 1);
}

static void the_listener_hears_of_committed_events(void)
{
	atomic_uint heard = 0;
	int64_t limit_ms = clock_steady_ms() + 5000;

	outbox_listen(g.r, on_events, &heard);
	ground_settle(&g, ground_login(&g, "alice", 1, 1)); /* tells nothing */
	tell("alice", 2);
	while (!atomic_load(&heard) && clock_steady_ms() < limit_ms)
		usleep(100);
	outbox_listen(g.r, NULL, NULL);
	ck_assert_uint_eq(atomic_load(&heard), 1);
}

static void settling_what_is_not_out_does_nothing(void)
{
	tell("alice", 1);
	outbox_done(g.r, 1);
	outbox_retry(g.r, 1, 0);
	outbox_bury(g.r, 99);
	ck_assert_uint_eq(outbox_waiting(g.r), 1);
}

static void nothing_piles_up_where_nobody_is_told(void)
{
	outbox_enable(g.r, false);
	tell("alice", 1);
	ck_assert_uint_eq(outbox_waiting(g.r), 0);
	outbox_enable(g.r, true);
	tell("alice", 2);
	ck_assert_uint_eq(outbox_waiting(g.r), 1);
}

/* With {"device":1} in it. */
enum { EVENT_BYTES = sizeof(struct backlog_entry) + 12 };

/* events.max_backlog was read, and nothing kept to it. */
static void more_than_max_backlog_makes_dead_letters_of_the_oldest(void)
{
	struct outbox_event e;

	for (unsigned i = 0; i < 5; i++)
		tell("alice", i);
	ck_assert_uint_eq(outbox_trim(g.r, 5 * EVENT_BYTES), 0);
	ck_assert_uint_eq(outbox_trim(g.r, 2 * EVENT_BYTES), 3);
	ck_assert_int_eq(metric_read(g.metrics, METRIC_REGISTRY_EVENTS_DEAD), 3);
	ground_reopen(&g);
	ck_assert_uint_eq(outbox_waiting(g.r), 2);
	ck_assert(take(&e));
	ck_assert_str_eq(e.data, "{\"device\":3}");
	mem_free(e.data);
}

/* Sizes come from the state again. */
static void the_backlog_is_as_large_after_a_restart(void)
{
	tell("alice", 1);
	tell("alice", 2);
	ground_reopen(&g);
	ck_assert_uint_eq(outbox_trim(g.r, 2 * EVENT_BYTES), 0);
	ck_assert_uint_eq(outbox_trim(g.r, 2 * EVENT_BYTES - 1), 1);
}

/* Told, tried and given up. */
static void bury(const char *account, unsigned device)
{
	struct outbox_event e;

	tell(account, device);
	ck_assert(take(&e));
	mem_free(e.data);
	outbox_bury(g.r, e.seq);
}

static void expect_dead(unsigned n, const char *first)
{
	struct outbox_event letters[32];

	ck_assert_uint_eq(outbox_dead(g.r), n);
	ck_assert_int_eq(metric_read(g.metrics, METRIC_REGISTRY_DEAD_LETTERS), n);
	ck_assert_int_eq(outbox_list_dead(g.r, letters, 32), n);
	for (unsigned i = 0; i < n; i++) {
		if (i == 0)
			ck_assert_str_eq(letters[i].data, first);
		mem_free(letters[i].data);
	}
}

static void dead_letters_were_kept_without_bound(void)
{
	for (unsigned i = 0; i < 5; i++)
		bury("alice", i);
	ck_assert_uint_eq(outbox_drop_dead(g.r, 5), 0);
	ck_assert_uint_eq(outbox_drop_dead(g.r, 2), 3);
	ck_assert_uint_eq(outbox_dead(g.r), 2);
	ck_assert_int_eq(metric_read(g.metrics, METRIC_REGISTRY_DEAD_DROPPED), 3);
	ground_reopen(&g);
	expect_dead(2, "{\"device\":3}");
	ck_assert_uint_eq(outbox_drop_dead(g.r, 0), 2);
	ground_reopen(&g);
	expect_dead(0, NULL);
}

/* Replays up to `n`; how many came back, once they are there. */
static int replay(unsigned n)
{
	uint64_t number;
	int done = outbox_replay(g.r, n, &number);

	ground_settle(&g, number);
	return done;
}

static void a_dead_letter_can_be_sent_again(void)
{
	struct outbox_event before, after;

	tell("alice", 1);
	ck_assert(take(&before));
	outbox_retry(g.r, before.seq, ground_clock());
	mem_free(before.data);
	ck_assert(take(&before));
	outbox_bury(g.r, before.seq);
	ground_reopen(&g);
	ground_pass(1000);
	ck_assert_int_eq(replay(10), 1);
	ck_assert_uint_eq(outbox_waiting(g.r), 1);
	expect_dead(0, NULL);
	ck_assert(take(&after));
	ck_assert_str_eq(after.id, before.id);
	ck_assert_str_eq(after.data, before.data);
	ck_assert_str_eq(after.account, "alice");
	ck_assert_int_eq(after.created_ms, before.created_ms);
	ck_assert_uint_eq(after.attempts, 0);
	mem_free(before.data);
	mem_free(after.data);
	ground_reopen(&g);
	ck_assert(take(&after));
	ck_assert_uint_eq(after.attempts, 0);
	mem_free(after.data);
}

static void who_comes_back_stands_behind_those_who_wait(void)
{
	struct outbox_event e;

	bury("alice", 1);
	tell("alice", 2);
	ck_assert_int_eq(replay(10), 1);
	for (unsigned device = 2; device; device--) {
		char data[32];

		snprintf(data, sizeof(data), "{\"device\":%u}", device);
		ck_assert(take(&e));
		ck_assert_str_eq(e.data, data);
		mem_free(e.data);
		outbox_done(g.r, e.seq);
	}
	ck_assert_uint_eq(outbox_waiting(g.r), 0);
}

/* More than are read at a time. */
static void as_many_come_back_as_were_asked_for(void)
{
	for (unsigned i = 0; i < 230; i++)
		tell("alice", i % 50);
	ck_assert_uint_eq(outbox_trim(g.r, 0), 230);
	ground_settle(&g, ground_login(&g, "bob", 1, 1000)); /* all that was before is written */
	ck_assert_int_eq(replay(210), 210);
	ck_assert_uint_eq(outbox_waiting(g.r), 210);
	expect_dead(20, "{\"device\":10}");
}

static void nobody_comes_back_twice(void)
{
	uint64_t number;
	int second;

	ck_assert_int_eq(replay(10), 0);
	bury("alice", 1);
	ground_settle(&g, ground_login(&g, "bob", 1, 1000));
	ck_assert_int_eq(outbox_replay(g.r, 10, &number), 1);
	second = outbox_replay(g.r, 10, &number);
	ck_assert(second == ERR_BUSY || second == 0);
	ground_reopen(&g);
	ck_assert_uint_eq(outbox_waiting(g.r), 1);
	ck_assert_int_eq(replay(10), 0);
}

/* Left behind by a newer version. It ended the program. */
static void an_event_of_an_unknown_type_is_a_dead_letter(void)
{
	struct outbox_event e;
	char name[128];
	sqlite3 *db;

	tell("alice", 1);
	registry_close(&g.r);
	snprintf(name, sizeof(name), "%s/state.db", g.path);
	ck_assert_int_eq(sqlite3_open(name, &db), SQLITE_OK);
	ck_assert_int_eq(
		sqlite3_exec(db, "UPDATE events SET type = 'of.tomorrow'", NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
	ground_open(&g);
	ck_assert(!take(&e));
	ground_settle(&g, ground_login(&g, "bob", 1, 1000));
	expect_dead(1, "{\"device\":1}");
}

static void every_type_has_a_word(void)
{
	ck_assert_str_eq(outbox_type_text(OUTBOX_LIMIT_EXCEEDED), "on_limit_exceeded");
	ck_assert_str_eq(outbox_type_text(OUTBOX_TYPES - 1), "admin.notify");
}

SUITE_MAIN_WITH("outbox", setup, teardown, nothing_piles_up_where_nobody_is_told,
		an_event_comes_out_as_it_was_told, what_was_delivered_is_forgotten,
		what_was_not_delivered_is_there_after_a_restart, a_failed_attempt_is_remembered,
		what_was_given_up_is_kept_but_not_sent, events_of_an_account_come_in_order,
		several_accounts_come_at_once, nothing_waits_in_an_empty_outbox,
		the_listener_hears_of_committed_events, settling_what_is_not_out_does_nothing,
		more_than_max_backlog_makes_dead_letters_of_the_oldest,
		the_backlog_is_as_large_after_a_restart, dead_letters_were_kept_without_bound,
		a_dead_letter_can_be_sent_again, who_comes_back_stands_behind_those_who_wait,
		as_many_come_back_as_were_asked_for, nobody_comes_back_twice,
		an_event_of_an_unknown_type_is_a_dead_letter, every_type_has_a_word)
