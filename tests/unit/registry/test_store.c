#include "ground.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>

static struct ground g;
static char *why;

static void setup(void)
{
	ground_init(&g, NULL);
	why = NULL;
}

static void teardown(void)
{
	mem_free(why);
	ground_fini(&g);
}

static const char *file(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", g.path, name);
	return path;
}

static void put_file(const char *name, const void *bytes, size_t len, off_t offset)
{
	int fd = open(file(name), O_RDWR | O_CREAT, 0600);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, bytes, len, offset), (ssize_t)len);
	close(fd);
}

/* With the registry closed, as an operator would. */
static void sql(const char *statement)
{
	sqlite3 *db;

	registry_close(&g.r);
	ck_assert_int_eq(sqlite3_open(file("state.db"), &db), SQLITE_OK);
	ck_assert_msg(sqlite3_exec(db, statement, NULL, NULL, NULL) == SQLITE_OK, "%s",
		      sqlite3_errmsg(db));
	sqlite3_close(db);
}

static void refuses(int err, const char *because)
{
	ck_assert_int_eq(ground_try(&g, &why), err);
	ck_assert_ptr_null(g.r);
	ck_assert_msg(strstr(why, because) != NULL, "%s", why);
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	ck_assert_int_eq(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void nobody_else_can_read_the_state(void)
{
	ground_settle(&g, ground_login(&g, "alice", 1, 1));
	ck_assert_uint_eq(mode_of(g.path), 0700);
	ck_assert_uint_eq(mode_of(file("state.db")), 0600);
	ck_assert_uint_eq(mode_of(file("state.db-wal")), 0600);
	ck_assert_uint_eq(mode_of(file("state.db-shm")), 0600);
	ck_assert_uint_eq(mode_of(file("lock")), 0600);
}

static void loose_modes_are_tightened(void)
{
	registry_close(&g.r);
	chmod(g.path, 0755);
	chmod(file("state.db"), 0644);
	ground_open(&g);
	ck_assert_uint_eq(mode_of(g.path), 0700);
	ck_assert_uint_eq(mode_of(file("state.db")), 0600);
}

static void a_directory_is_made(void)
{
	registry_close(&g.r);
	ground_remove(g.path);
	ground_open(&g);
	ck_assert_uint_eq(mode_of(g.path), 0700);
}

static void a_directory_that_cannot_be_made_is_an_error(void)
{
	struct registry_options options = { .path = "/proc/nowhere/state",
					    .wall_ms = ground_clock };
	struct registry *r = NULL;

	ck_assert_int_eq(registry_open(&options, &r, &why), ERR_IO);
	ck_assert_ptr_null(r);
	ck_assert_msg(strstr(why, "/proc/nowhere/state") != NULL, "%s", why);
}

static void a_file_is_no_directory(void)
{
	struct registry_options options = { .wall_ms = ground_clock };
	struct registry *r = NULL;

	put_file("plain", "x", 1, 0);
	options.path = file("plain");
	ck_assert_int_eq(registry_open(&options, &r, &why), ERR_IO);
	ck_assert_msg(strstr(why, "not a directory") != NULL, "%s", why);
}

static void two_cannot_have_one_state(void)
{
	struct registry *first = g.r;
	char pid[32];

	snprintf(pid, sizeof(pid), "pid %ld", (long)getpid());
	g.r = NULL;
	refuses(ERR_IO, pid);
	ck_assert_msg(strstr(why, g.path) != NULL, "%s", why);
	g.r = first;
}

static void a_newer_version_is_left_alone(void)
{
	sql("PRAGMA user_version = 3");
	refuses(ERR_UNSUPPORTED, "newer version");
}

static void a_foreign_database_is_left_alone(void)
{
	unsigned char header[20];
	int fd;

	registry_close(&g.r);
	ground_remove(g.path);
	mkdir(g.path, 0700);
	sql("CREATE TABLE shopping (what TEXT)");
	refuses(ERR_IO, "not a state of latchd");
	fd = open(file("state.db"), O_RDONLY);
	ck_assert_int_eq(read(fd, header, sizeof(header)), (ssize_t)sizeof(header));
	close(fd);
	ck_assert_uint_eq(header[18], 1); /* not turned into WAL mode */
}

static void a_file_that_is_no_database_is_left_alone(void)
{
	struct stat before, after;

	registry_close(&g.r);
	ground_remove(g.path);
	mkdir(g.path, 0700);
	put_file("state.db", "This is the operator's shopping list.\n", 38, 0);
	stat(file("state.db"), &before);
	refuses(ERR_IO, "not a database");
	stat(file("state.db"), &after);
	ck_assert_int_eq(before.st_size, after.st_size);
	ck_assert_int_eq(before.st_mtime, after.st_mtime);
}

/* Many accounts, so that there is something to damage, then noise over page after page. */
static void a_damaged_file_is_said_to_be_damaged_or_read_whole(void)
{
	static const char noise[4096] = { [0 ... 4095] = (char)0xa5 };
	unsigned refused = 0;
	char name[16];

	for (unsigned i = 0; i < 200; i++) {
		snprintf(name, sizeof(name), "user%u", i);
		ground_login_told(&g, name, i, i);
	}
	for (unsigned page = 1; page < 24; page++) {
		registry_close(&g.r);
		put_file("state.db", noise, sizeof(noise), page * 4096);
		MEM_FREE(why);
		refused += ground_try(&g, &why) != 0;
	}
	ck_assert_uint_gt(refused, 10);
	ck_assert_msg(strstr(why, "damaged") || strstr(why, "malformed"), "%s", why);
}

static void values_that_cannot_be_are_refused(void)
{
	const char *const damage[] = {
		"UPDATE attachments SET status = 77",
		"UPDATE attachments SET device = x'00'",
		"UPDATE attachments SET network = x'00112233'",
		"UPDATE attachments SET language = 'much too long'",
		"UPDATE attachments SET first_seen_ms = -9223372036854775807",
		"UPDATE sessions SET state = -1",
		"UPDATE sessions SET key = zeroblob(17)",
		"UPDATE sessions SET given = 16",
		"UPDATE accounts SET id = ''",
		"UPDATE accounts SET id = cast(zeroblob(257) AS TEXT)",
		"UPDATE accounts SET id = cast(x'610062' AS TEXT)",
		"UPDATE accounts SET account = -5",
		"UPDATE accounts SET created_ms = 9223372036854775807",
		"INSERT INTO events VALUES (-4, '', '', '', 0, 0, 0, 0, '')",
		"INSERT INTO trials VALUES (x'', x'', 0)",
		"DELETE FROM meta WHERE name = 'secret.state'",
	};

	for (unsigned i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
		ground_settle(&g, ground_login(&g, "alice", 1, 1));
		sql(damage[i]);
		ck_assert_msg(ground_try(&g, &why) == ERR_IO, "%s", damage[i]);
		ck_assert_msg(strstr(why, "damaged") != NULL, "%s: %s", damage[i], why);
		MEM_FREE(why);
		ground_remove(g.path);
		ground_open(&g);
	}
}

static void rows_that_belong_to_nobody_are_passed_over(void)
{
	ground_settle(&g, ground_login(&g, "alice", 1, 1));
	sql("INSERT INTO sessions SELECT account + 5, key, device, state, source, cause, veto, redirect_told,"
	    " cookie_came_back, challenge, revocation, bound_ms, last_used_ms, given FROM sessions;"
	    "INSERT INTO ended VALUES (99, zeroblob(16), 1)");
	ground_open(&g);
	ck_assert(ground_find(&g, 1).known);
}

static void an_operator_can_read_the_tables(void)
{
	ground_settle(&g, ground_login_told(&g, "alice", 1, 1));
	sql("CREATE TEMP TABLE right AS SELECT 1 FROM accounts JOIN attachments USING (account)"
	    " JOIN sessions USING (account, device) JOIN events ON events.account = accounts.id"
	    " WHERE accounts.id = 'alice' AND label = 'Firefox on Linux' AND events.type = 'device.attached';"
	    "CREATE TEMP TABLE one (n INTEGER CHECK (n = 1));"
	    "INSERT INTO one SELECT count(*) FROM right");
}

static void an_operator_with_a_lock_delays_but_loses_nothing(void)
{
	sqlite3 *db;
	uint64_t number;

	ground_settle(&g, ground_login(&g, "alice", 1, 1));
	ck_assert_int_eq(sqlite3_open(file("state.db"), &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	number = ground_login(&g, "alice", 2, 2);
	while (registry_is_writing(g.r))
		usleep(1000);
	ck_assert(!registry_is_committed(g.r, number));
	sqlite3_close(db);
	ground_settle(&g, number);
	ck_assert(registry_is_writing(g.r));
}

SUITE_MAIN_WITH("store", setup, teardown, nobody_else_can_read_the_state, loose_modes_are_tightened,
		a_directory_is_made, a_directory_that_cannot_be_made_is_an_error,
		a_file_is_no_directory, two_cannot_have_one_state, a_newer_version_is_left_alone,
		a_foreign_database_is_left_alone, a_file_that_is_no_database_is_left_alone,
		a_damaged_file_is_said_to_be_damaged_or_read_whole,
		values_that_cannot_be_are_refused, rows_that_belong_to_nobody_are_passed_over,
		an_operator_can_read_the_tables, an_operator_with_a_lock_delays_but_loses_nothing)
