#include "registry/schema.h"

#include "base/err.h"
#include "base/hmac.h"

#include <assert.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>

static const char tables[] =
	"CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE accounts ("
	" account INTEGER PRIMARY KEY, id TEXT NOT NULL, suspended INTEGER NOT NULL,"
	" admin_limit INTEGER NOT NULL, origin_limit INTEGER NOT NULL," /* -1: none */
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
	" last_used_ms INTEGER NOT NULL, given INTEGER NOT NULL, PRIMARY KEY (account, key)) STRICT, WITHOUT ROWID;"
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
	" name TEXT NOT NULL, path TEXT NOT NULL, domain TEXT NOT NULL," /* "": none */
	" PRIMARY KEY (name, path, domain)) STRICT, WITHOUT ROWID;";

/* What leads from each version to the next; a new column comes last, where schema_create has it too. */
static const char *const steps[SCHEMA_VERSION] = {
	[1] = "ALTER TABLE sessions ADD COLUMN given INTEGER NOT NULL DEFAULT 15", /* SESSION_GIVEN */
};

/* Of what waits to be delivered nothing is in it: a letter costs it something only when it dies. */
static const char indices[] =
	"CREATE INDEX IF NOT EXISTS dead_events ON events (dead) WHERE dead = 1";

static int run(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : ERR_IO;
}

static int read_number(sqlite3 *db, const char *sql, int64_t *ret_number)
{
	sqlite3_stmt *stmt = NULL;
	int err = ERR_IO;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW) {
		*ret_number = sqlite3_column_int64(stmt, 0);
		err = 0;
	}
	sqlite3_finalize(stmt);
	return err;
}

int schema_check(sqlite3 *db)
{
	int64_t application, version, objects;

	if (read_number(db, "PRAGMA application_id", &application) ||
	    read_number(db, "PRAGMA user_version", &version) ||
	    read_number(db, "SELECT count(*) FROM sqlite_schema", &objects))
		return ERR_IO;
	if (application == 0 && version == 0 && objects == 0)
		return ERR_NOT_FOUND;
	if (application != SCHEMA_APPLICATION || version < 1)
		return ERR_CONFLICT;
	return version > SCHEMA_VERSION ? ERR_UNSUPPORTED : 0;
}

static int put_birth(sqlite3 *db, int64_t now_ms)
{
	sqlite3_stmt *stmt = NULL;
	uint8_t key[DIGEST_BYTES];
	bool done;

	hmac_random(key, sizeof(key));
	done = sqlite3_prepare_v2(db, "INSERT INTO meta VALUES ('born_ms', ?), ('secret.state', ?)",
				  -1, &stmt, NULL) == SQLITE_OK &&
	       sqlite3_bind_int64(stmt, 1, now_ms) == SQLITE_OK &&
	       sqlite3_bind_blob(stmt, 2, key, sizeof(key), SQLITE_TRANSIENT) == SQLITE_OK &&
	       sqlite3_step(stmt) == SQLITE_DONE;
	sqlite3_finalize(stmt);
	return done ? 0 : ERR_IO;
}

int schema_create(sqlite3 *db, int64_t now_ms)
{
	char sql[96];
	int err;

	snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %d",
		 SCHEMA_APPLICATION, SCHEMA_VERSION);
	err = run(db, "BEGIN IMMEDIATE");
	if (!err)
		err = run(db, tables);
	if (!err)
		err = put_birth(db, now_ms);
	if (!err)
		err = run(db, sql);
	return err ? err : run(db, "COMMIT");
}

static int take_steps(sqlite3 *db, int64_t version)
{
	char sql[48];
	int err = 0;

	for (; !err && version < SCHEMA_VERSION; version++)
		err = run(db, steps[version]);
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", SCHEMA_VERSION);
	return err ? err : run(db, sql);
}

int schema_upgrade(sqlite3 *db)
{
	int64_t version;
	int err;

	if (read_number(db, "PRAGMA user_version", &version))
		return ERR_IO;
	if (version == SCHEMA_VERSION)
		return 0;
	assert(version >= 1);
	err = run(db, "BEGIN IMMEDIATE");
	if (!err)
		err = take_steps(db, version);
	return err ? err : run(db, "COMMIT");
}

int schema_index(sqlite3 *db)
{
	return run(db, indices);
}
