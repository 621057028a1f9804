#include "ground.h"

#include "powerloss_vfs.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>

/* The story that the power may end at any point: devices come to three accounts, and some are kicked. Change i is
 * about device i and key i and tells of it in one event. */
enum { STORY = 18 };

static struct ground g;
static struct powerloss *disk;

static void setup(void)
{
	disk = powerloss_create("powerloss");
	ground_init(&g, "powerloss");
}

static void teardown(void)
{
	ground_fini(&g);
	powerloss_destroy(&disk);
}

static const char *account_of(unsigned i)
{
	static const char *const accounts[] = { "alice", "bob", "carol" };

	return accounts[i % 3];
}

/* Every sixth change kicks the device that came three changes before. */
static bool is_kick(unsigned i)
{
	return i % 6 == 5;
}

static uint64_t tell_story(unsigned i)
{
	return is_kick(i) ? ground_kick(&g, account_of(i), i - 3)
			  : ground_login_told(&g, account_of(i), i, i);
}

static bool state_shows(unsigned i)
{
	if (is_kick(i))
		return ground_find(&g, i - 3).state == SESSION_REVOKED;
	return ground_find(&g, i).known;
}

/* Which changes have an event. */
static void read_events(bool ret_told[STORY])
{
	struct outbox_event events[STORY];
	unsigned n;

	memset(ret_told, 0, STORY * sizeof(bool));
	while ((n = outbox_take(g.r, INT64_MAX - 1, events, STORY)) > 0) {
		for (unsigned k = 0; k < n; k++) {
			unsigned i = (unsigned)strtoul(strchr(events[k].data, ':') + 1, NULL, 10);

			i += events[k].type == OUTBOX_DEVICE_DETACHED ? 3 : 0;
			ck_assert_uint_lt(i, STORY);
			ck_assert_msg(!ret_told[i], "event %u is there twice", i);
			ret_told[i] = true;
			mem_free(events[k].data);
			outbox_done(g.r, events[k].seq);
		}
	}
}

/* Waits for the number, or for the disk to fail. */
static bool settles(uint64_t number)
{
	int64_t limit_ms = clock_steady_ms() + 60000;

	while (!registry_is_committed(g.r, number) && registry_is_writing(g.r) &&
	       clock_steady_ms() < limit_ms)
		usleep(50);
	return registry_is_committed(g.r, number);
}

/* Returns how many changes were said to be durable: always the first ones. */
static unsigned run_story(unsigned pace)
{
	uint64_t numbers[STORY];
	unsigned promised = 0;

	for (unsigned i = 0; i < STORY; i++) {
		numbers[i] = tell_story(i);
		if (i % pace == 0)
			settles(numbers[i]);
	}
	settles(numbers[STORY - 1]);
	while (promised < STORY && registry_is_committed(g.r, numbers[promised]))
		promised++;
	return promised;
}

static void check_story(unsigned promised, unsigned n)
{
	bool told[STORY];
	bool earlier = true;

	read_events(told);
	for (unsigned i = 0; i < STORY; i++) {
		bool there = state_shows(i);

		ck_assert_msg(there || i >= promised, "cut %u: change %u was promised and is lost",
			      n, i);
		ck_assert_msg(there == told[i], "cut %u: change %u: state %d, event %d", n, i,
			      there, told[i]);
		ck_assert_msg(earlier || !there,
			      "cut %u: change %u is there without the one before", n, i);
		earlier = there;
	}
}

static unsigned stride(void)
{
	return suite_is_sanitized() ? 7 : 1;
}

/* Starts over with nothing. */
static void wipe(void)
{
	registry_close(&g.r);
	powerloss_restore(disk, 0);
	ground_remove(g.path);
}

static bool cut_in_story(unsigned n, unsigned seed)
{
	unsigned promised;
	bool was_cut;

	wipe();
	ground_open(&g);
	powerloss_cut_at(disk, n);
	promised = run_story(1 + n % 4);
	was_cut = powerloss_is_cut(disk);
	registry_close(&g.r);
	was_cut = was_cut || powerloss_is_cut(disk);
	powerloss_restore(disk, seed);
	ground_open(&g);
	check_story(promised, n);
	return was_cut;
}

static void a_power_cut_at_any_write_keeps_what_was_promised(void)
{
	unsigned n = 1;

	while (cut_in_story(n, 0))
		n += stride();
	ck_assert_uint_gt(n, 60); /* so many writes and syncs the story has at least */
}

static void what_reached_the_disk_unasked_does_no_harm(void)
{
	unsigned n = 1;

	while (cut_in_story(n, n * 7919 + 1))
		n += stride();
}

static void a_power_cut_while_it_opens_a_new_state_does_no_harm(void)
{
	char *why = NULL;
	int err = ERR_IO;

	for (unsigned n = 1; err; n++) {
		wipe();
		powerloss_cut_at(disk, n);
		err = ground_try(&g, &why);
		ck_assert(!err || why);
		MEM_FREE(why);
		registry_close(&g.r);
		powerloss_restore(disk, n % 2 ? 0 : n);
		ground_open(&g);
		ck_assert(registry_was_empty(g.r));
		ground_settle(&g, ground_login(&g, "alice", 1, 1));
	}
}

/* The second opening has the first one's log to bring home. */
static void a_power_cut_while_it_recovers_does_no_harm(void)
{
	char *why = NULL;
	bool was_cut = true;

	for (unsigned n = 1; was_cut; n += stride()) {
		unsigned promised;

		wipe();
		ground_open(&g);
		promised = run_story(3);
		powerloss_cut_at(disk, 1);
		registry_close(&g.r);
		powerloss_restore(disk, 0);
		powerloss_cut_at(disk, n);
		if (ground_try(&g, &why) == 0)
			registry_close(&g.r);
		MEM_FREE(why);
		was_cut = powerloss_is_cut(disk);
		powerloss_restore(disk, n);
		ground_open(&g);
		ck_assert_uint_eq(promised, STORY);
		check_story(promised, n);
	}
}

static void told(struct registry_wait *w, bool committed)
{
	ck_assert(!committed);
	loop_stop(w->loop);
}

/* How long somebody waits for a commit that fails. */
static int64_t wait_in_vain(struct loop *loop, uint64_t number)
{
	struct registry_wait wait = { .loop = loop, .on_committed = told, .number = number };
	int64_t start_ms = clock_steady_ms();

	registry_wait(g.r, &wait);
	loop_run(loop);
	return clock_steady_ms() - start_ms;
}

/* Of several times the shortest, since the machine may be busy: whoever waited for the whole second would do so every time. */
static void nobody_waits_for_what_is_known_not_to_work(void)
{
	struct loop *loop = loop_create();
	int64_t took_ms = INT64_MAX;

	for (unsigned i = 0; i < 10 && took_ms >= 900; i++) {
		uint64_t number;

		powerloss_fail_with(disk, SQLITE_FULL);
		number = ground_login(&g, "alice", 1, i);
		took_ms = wait_in_vain(loop, number);
		powerloss_fail_with(disk, SQLITE_OK);
		ground_settle(&g, number);
	}
	ck_assert_int_lt(took_ms, 900);
	loop_destroy(&loop);
}

static void on_a_full_disk_it_goes_on_and_writes_later(void)
{
	struct loop *loop = loop_create();
	uint64_t number = 0;

	ground_settle(&g, ground_login(&g, "alice", 1, 100));
	powerloss_fail_with(disk, SQLITE_FULL);
	for (unsigned i = 0; i < STORY; i++)
		number = tell_story(i);
	wait_in_vain(loop, number);
	ck_assert(!registry_is_writing(g.r));
	ck_assert_int_eq(metric_read(g.metrics, METRIC_REGISTRY_WRITING), 0);
	ck_assert_int_ge(metric_read(g.metrics, METRIC_REGISTRY_COMMIT_FAILURES), 1);
	ck_assert_uint_eq(outbox_waiting(g.r), 0); /* told only with the state */
	ck_assert(ground_find(&g, 1).known);
	powerloss_fail_with(disk, SQLITE_OK);
	ground_settle(&g, number);
	ck_assert(registry_is_writing(g.r));
	ck_assert_int_eq(metric_read(g.metrics, METRIC_REGISTRY_WRITING), 1);
	ground_reopen(&g);
	check_story(STORY, 0);
	loop_destroy(&loop);
}

enum { BUSY_KEYS = 997 };

static void note_owners(struct registry_found ret_found[BUSY_KEYS])
{
	for (unsigned i = 0; i < BUSY_KEYS; i++)
		ret_found[i] = ground_find(&g, i);
}

static void fn_log_in_at_length(struct account *a, struct change *c, void *arg)
{
	static char much[4096];

	memset(much, 'm', sizeof(much) - 1);
	ground_fn_login(a, c, arg);
	a->metadata = much;
	change_account(c);
}

/* A change that takes more than four kilobytes to write. */
static uint64_t log_in_at_length(const char *account, unsigned device, unsigned key)
{
	struct ground_work w = { .device = device, .key = key, .status = ATTACHMENT_ATTACHED };

	return registry_change(g.r, view_of(account), true, fn_log_in_at_length, &w);
}

/* Until so many changes wait to be written, in no more memory than that. */
static void await_queue(int64_t changes, int64_t max_bytes)
{
	int64_t limit_ms = clock_steady_ms() + 20000;

	while ((metric_read(g.metrics, METRIC_REGISTRY_QUEUE) != changes ||
		metric_read(g.metrics, METRIC_REGISTRY_QUEUE_BYTES) > max_bytes) &&
	       clock_steady_ms() < limit_ms)
		usleep(1000);
	ck_assert_int_eq(metric_read(g.metrics, METRIC_REGISTRY_QUEUE), changes);
	ck_assert_int_le(metric_read(g.metrics, METRIC_REGISTRY_QUEUE_BYTES), max_bytes);
}

/* While the disk fails a few accounts change again and again: what waited grew with each change. */
static void while_the_disk_failed_the_queue_grew_without_bound(void)
{
	enum { CHANGES = 8000, LONG_BYTES = 16 << 20 };
	static struct registry_found before[BUSY_KEYS], after[BUSY_KEYS];
	uint64_t number = 0;
	char name[16];

	powerloss_fail_with(disk, SQLITE_FULL);
	for (unsigned i = 0; i < CHANGES; i++) {
		snprintf(name, sizeof(name), "user%u", i % 8);
		number = log_in_at_length(name, i % 5, i % BUSY_KEYS);
	}
	await_queue(CHANGES, LONG_BYTES);
	note_owners(before);
	powerloss_fail_with(disk, SQLITE_OK);
	ground_settle(&g, number);
	await_queue(0, 0);
	ground_reopen(&g);
	note_owners(after);
	for (unsigned i = 0; i < BUSY_KEYS; i++) {
		ck_assert(before[i].known && after[i].known);
		ck_assert_int_eq(after[i].state, before[i].state);
		ck_assert_str_eq(after[i].account, before[i].account);
	}
}

static void any_failing_operation_is_survived(void)
{
	const int codes[] = { SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC, SQLITE_FULL,
			      SQLITE_READONLY };
	uint64_t number = 0;

	for (unsigned i = 0; i < STORY; i++) {
		powerloss_fail_with(disk, i % 2 ? codes[i / 2 % 4] : SQLITE_OK);
		number = tell_story(i);
		settles(number);
	}
	powerloss_fail_with(disk, SQLITE_OK);
	ground_settle(&g, number);
	ground_reopen(&g);
	check_story(STORY, 0);
}

static void a_single_failure_anywhere_is_survived(void)
{
	const int codes[] = { SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC, SQLITE_FULL };
	uint64_t before = 0, after = 1;

	for (unsigned n = 1; n <= after - before; n += stride()) {
		uint64_t number = 0;

		wipe();
		ground_open(&g);
		before = powerloss_operations(disk);
		powerloss_fail_once(disk, n, codes[n % 3]);
		for (unsigned i = 0; i < STORY; i++) {
			number = tell_story(i);
			if (i % 3 == 0)
				settles(number);
		}
		ground_settle(&g, number);
		after = powerloss_operations(disk);
		powerloss_fail_once(disk, 0, SQLITE_OK);
		ground_reopen(&g);
		check_story(STORY, n);
	}
}

static void what_could_not_be_written_at_the_end_is_not_waited_for(void)
{
	int64_t start_ms = clock_steady_ms();

	ground_settle(&g, ground_login(&g, "alice", 1, 1));
	powerloss_fail_with(disk, SQLITE_FULL);
	ground_login(&g, "alice", 2, 2);
	registry_close(&g.r);
	ck_assert_int_lt(clock_steady_ms() - start_ms, 30000);
	powerloss_fail_with(disk, SQLITE_OK);
	ground_open(&g);
	ck_assert(ground_find(&g, 1).known);
	ck_assert(!ground_find(&g, 2).known);
}

/* Half a message of a child that was killed makes the other messages of its parent unreadable to Check. */
static void tell_check_nothing(int own_fd)
{
	int nowhere = open("/dev/null", O_WRONLY);

	for (int fd = STDERR_FILENO + 1; fd < nowhere; fd++)
		if (fd != own_fd && fcntl(fd, F_GETFD) >= 0)
			dup2(nowhere, fd);
}

/* The child says through the pipe what it was promised, until it is killed. */
static void live_until_killed(int pipe_fd)
{
	tell_check_nothing(pipe_fd);
	ground_open(&g);
	for (unsigned i = 0; i < STORY; i++) {
		uint8_t promised = (uint8_t)(i + 1);
		uint64_t number = tell_story(i);

		if (i % 3 != 1 && settles(number) && write(pipe_fd, &promised, 1) != 1)
			_exit(1);
	}
	pause();
	_exit(0);
}

static unsigned kill_after(unsigned us)
{
	uint8_t promised = 0;
	int fds[2];
	pid_t child;

	ck_assert_int_eq(pipe(fds), 0);
	child = fork();
	if (child == 0)
		live_until_killed(fds[1]);
	close(fds[1]);
	usleep(us);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	while (read(fds[0], &promised, 1) == 1)
		;
	close(fds[0]);
	return promised;
}

static void a_kill_at_any_moment_loses_nothing(void)
{
	unsigned seed = 7;

	if (suite_is_sanitized())
		return;
	g.vfs = NULL;
	for (unsigned round = 0; round < 20; round++) {
		unsigned promised;

		wipe();
		seed = seed * 1103515245u + 12345u;
		promised = kill_after(2000 + (seed >> 16) % 100000);
		ground_open(&g);
		check_story(promised, round);
	}
}

SUITE_MAIN_WITH("power", setup, teardown, a_power_cut_at_any_write_keeps_what_was_promised,
		what_reached_the_disk_unasked_does_no_harm,
		a_power_cut_while_it_opens_a_new_state_does_no_harm,
		a_power_cut_while_it_recovers_does_no_harm,
		nobody_waits_for_what_is_known_not_to_work,
		on_a_full_disk_it_goes_on_and_writes_later,
		while_the_disk_failed_the_queue_grew_without_bound,
		any_failing_operation_is_survived, a_single_failure_anywhere_is_survived,
		what_could_not_be_written_at_the_end_is_not_waited_for,
		a_kill_at_any_moment_loses_nothing)
