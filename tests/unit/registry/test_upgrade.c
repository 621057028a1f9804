/* States of earlier versions: they are read, brought to the present form in one step, and nothing in them is lost. */
#include "ground.h"

#include "registry/schema.h"

#include <sqlite3.h>
#include <string.h>

/* As version 1 made it. Not to be changed. */
static const char version_1[] =
	"CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE accounts ("
	" account INTEGER PRIMARY KEY, id TEXT NOT NULL, suspended INTEGER NOT NULL,"
	" admin_limit INTEGER NOT NULL, origin_limit INTEGER NOT NULL,"
	" email TEXT, phone TEXT, groups TEXT, metadata TEXT, created_ms INTEGER NOT NULL,"
	" new_devices_hour_ms INTEGER NOT NULL, new_devices INTEGER NOT NULL) STRICT;"
	"CREATE TABLE attachments ("
	" account INTEGER NOT NULL, device BLOB NOT NULL, status INTEGER NOT NULL, counted INTEGER NOT NULL,"
	" suspended INTEGER NOT NULL, repeat_trial INTEGER NOT NULL, cookie_came_back INTEGER NOT NULL,"
	" ridden BLOB, type INTEGER NOT NULL, os INTEGER NOT NULL, browser INTEGER NOT NULL, language TEXT NOT NULL,"
	" network BLOB NOT NULL, label TEXT, first_seen_ms INTEGER NOT NULL, last_seen_ms INTEGER NOT NULL,"
	" place_ms INTEGER NOT NULL, excess_told INTEGER NOT NULL, excess_told_ms INTEGER NOT NULL,"
	" PRIMARY KEY (account, device)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE challenges ("
	" account INTEGER NOT NULL, device BLOB NOT NULL, id BLOB NOT NULL, reasons INTEGER NOT NULL,"
	" state INTEGER NOT NULL, veto INTEGER NOT NULL, created_ms INTEGER NOT NULL, changed_ms INTEGER NOT NULL,"
	" postponed_until_ms INTEGER NOT NULL, postponed_count INTEGER NOT NULL, postponed_day_ms INTEGER NOT NULL,"
	" wanted TEXT, PRIMARY KEY (account, device)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE sessions ("
	" account INTEGER NOT NULL, key BLOB NOT NULL, device BLOB, state INTEGER NOT NULL, source INTEGER NOT NULL,"
	" cause INTEGER NOT NULL, veto INTEGER NOT NULL, redirect_told INTEGER NOT NULL,"
	" cookie_came_back INTEGER NOT NULL, challenge BLOB, revocation BLOB, bound_ms INTEGER NOT NULL,"
	" last_used_ms INTEGER NOT NULL, PRIMARY KEY (account, key)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE ended ("
	" account INTEGER NOT NULL, key BLOB NOT NULL, ended_ms INTEGER NOT NULL,"
	" PRIMARY KEY (account, key)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE events ("
	" seq INTEGER PRIMARY KEY, id TEXT NOT NULL, type TEXT NOT NULL, account TEXT NOT NULL,"
	" created_ms INTEGER NOT NULL, attempts INTEGER NOT NULL, next_ms INTEGER NOT NULL, dead INTEGER NOT NULL,"
	" data TEXT NOT NULL) STRICT;"
	"CREATE TABLE trials ("
	" device BLOB NOT NULL, account BLOB NOT NULL, started_ms INTEGER NOT NULL,"
	" PRIMARY KEY (device, account)) STRICT, WITHOUT ROWID;"
	"CREATE TABLE scopes ("
	" name TEXT NOT NULL, path TEXT NOT NULL, domain TEXT NOT NULL,"
	" PRIMARY KEY (name, path, domain)) STRICT, WITHOUT ROWID;"
	"PRAGMA application_id = 1818326115; PRAGMA user_version = 1; PRAGMA journal_mode = WAL;"
	"INSERT INTO meta VALUES ('born_ms', 1763900000000), ('secret.state', zeroblob(32));";

/* Alice on one device; keys 1 (bound), 2 (revoked), 3 (anonymous), 4 (ended, without room). */
static const char rows[] =
	"INSERT INTO accounts VALUES (1, 'alice', 0, -1, -1, NULL, NULL, NULL, NULL, 1763900000000, 0, 0);"
	"INSERT INTO attachments VALUES (1, $device, 1, 1, 0, 0, 1, NULL, 1, 2, 3, 'de', zeroblob(16),"
	" 'Firefox on Linux', 1763900000000, 1763900000001, 1763900000002, 0, 0);"
	"INSERT INTO sessions VALUES (1, $key1, $device, 0, 1, 0, 0, 0, 1, NULL, NULL, 1763900000003, 1763900000004);"
	"INSERT INTO sessions VALUES (1, $key2, $device, 1, 1, 1, 2, 1, 0, NULL, zeroblob(16), 1763900000003,"
	" 1763900000004);"
	"INSERT INTO sessions VALUES (1, $key3, NULL, 3, 0, 0, 0, 0, 0, NULL, NULL, 1763900000003, 1763900000004);"
	"INSERT INTO ended VALUES (1, $key4, 1763900000005);"
	"INSERT INTO events VALUES (7, '0123456789abcdef0123456789abcdef', 'device.attached', 'alice',"
	" 1763900000000, 0, 1763900000000, 0, '{}');";

static struct ground g;
static sqlite3 *db;

static void open_file(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/state.db", g.path);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
}

static void run(const char *sql)
{
	ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, "%s",
		      sqlite3_errmsg(db));
}

static void bind_id(sqlite3_stmt *stmt, const char *name, const uint8_t id[ID_BYTES])
{
	int at = sqlite3_bind_parameter_index(stmt, name);

	if (at)
		ck_assert_int_eq(sqlite3_bind_blob(stmt, at, id, ID_BYTES, SQLITE_STATIC),
				 SQLITE_OK);
}

static void put_rows(void)
{
	struct device_id device = ground_device(1);
	struct session_key keys[4];
	sqlite3_stmt *stmt;
	char name[8];

	for (const char *at = rows; *at;) {
		ck_assert_int_eq(sqlite3_prepare_v2(db, at, -1, &stmt, &at), SQLITE_OK);
		bind_id(stmt, "$device", device.bytes);
		for (unsigned i = 0; i < 4; i++) {
			keys[i] = ground_key(i + 1);
			snprintf(name, sizeof(name), "$key%u", i + 1);
			bind_id(stmt, name, keys[i].bytes);
		}
		ck_assert_int_eq(sqlite3_step(stmt), SQLITE_DONE);
		sqlite3_finalize(stmt);
	}
}

static void setup(void)
{
	ground_init(&g, NULL);
	registry_close(&g.r);
	ground_remove(g.path);
	ck_assert_int_eq(mkdir(g.path, 0700), 0);
	open_file();
	run(version_1);
	put_rows();
	sqlite3_close(db);
}

static void teardown(void)
{
	ground_fini(&g);
}

static int64_t number(const char *sql)
{
	sqlite3_stmt *stmt;
	int64_t n;

	ck_assert_int_eq(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
	n = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return n;
}

static void expect_all(void)
{
	struct registry_found bound = ground_find(&g, 1);

	ck_assert_uint_eq(bound.state, SESSION_BOUND);
	ck_assert_str_eq(bound.account, "alice");
	ck_assert_int_eq(bound.bound_ms, INT64_C(1763900000003));
	ck_assert_uint_eq(bound.given, SESSION_GIVEN);
	ck_assert_uint_eq(ground_find(&g, 2).state, SESSION_REVOKED);
	ck_assert_uint_eq(ground_find(&g, 3).state, SESSION_ANONYMOUS);
	ck_assert_uint_eq(ground_find(&g, 4).state, SESSION_ENDED);
	ck_assert(outbox_waiting(g.r));
	ck_assert_int_eq(registry_born_ms(g.r), ground_start_ms);
	ck_assert(!registry_was_empty(g.r));
}

static void a_state_of_version_1_is_read_and_brought_up(void)
{
	ground_open(&g);
	expect_all();
	ground_reopen(&g);
	expect_all();
	registry_close(&g.r);
	open_file();
	ck_assert_int_eq(number("PRAGMA user_version"), SCHEMA_VERSION);
	ck_assert_int_eq(number("SELECT count(*) FROM sessions WHERE given = 15"), 3);
	sqlite3_close(db);
}

static void join(struct account *a, struct change *c, void *arg)
{
	struct session_key key = ground_key(5);

	(void)arg;
	change_bind_given(c, &key, a->attachments[0], 1, SESSION_JOINED);
}

static void what_is_written_to_it_afterwards_is_there(void)
{
	ground_open(&g);
	registry_change(g.r, VIEW("alice"), false, join, NULL);
	ground_login(&g, "alice", 2, 6);
	ground_reopen(&g);
	ck_assert_uint_eq(ground_find(&g, 5).given, SESSION_JOINED);
	ck_assert_uint_eq(ground_find(&g, 6).given, SESSION_GIVEN);
	expect_all();
}

/* Somebody else is writing, or there is no room: all of it or nothing. */
static void what_cannot_be_brought_up_is_left_as_it_was(void)
{
	char *why = NULL;

	open_file();
	run("BEGIN IMMEDIATE");
	ck_assert_int_eq(ground_try(&g, &why), ERR_IO);
	ck_assert_msg(strstr(why, "locked") != NULL, "%s", why);
	mem_free(why);
	run("ROLLBACK");
	ck_assert_int_eq(number("PRAGMA user_version"), 1);
	ck_assert_int_eq(number("SELECT count(*) FROM pragma_table_info('sessions')"), 13);
	sqlite3_close(db);
	ground_open(&g);
	expect_all();
}

static void both_ways_lead_to_the_same_tables(void)
{
	static const char columns[] =
		"SELECT group_concat(name || type || \"notnull\" || pk) FROM pragma_table_info('sessions')";
	sqlite3_stmt *stmt;
	char upgraded[512];

	ground_open(&g);
	registry_close(&g.r);
	open_file();
	ck_assert_int_eq(sqlite3_prepare_v2(db, columns, -1, &stmt, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
	snprintf(upgraded, sizeof(upgraded), "%s", (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	ground_remove(g.path);
	ground_open(&g);
	registry_close(&g.r);
	open_file();
	ck_assert_int_eq(sqlite3_prepare_v2(db, columns, -1, &stmt, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(stmt), SQLITE_ROW);
	ck_assert_str_eq((const char *)sqlite3_column_text(stmt, 0), upgraded);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
}

SUITE_MAIN_WITH("upgrade", setup, teardown, a_state_of_version_1_is_read_and_brought_up,
		what_is_written_to_it_afterwards_is_there,
		what_cannot_be_brought_up_is_left_as_it_was, both_ways_lead_to_the_same_tables)
