#include "registry/store.h"

#include "base/err.h"
#include "base/mem.h"
#include "registry/backlog.h"
#include "registry/schema.h"
#include "registry/why.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATIENCE_MS = 1000 }; /* with an operator who holds a lock */

struct store {
	sqlite3 *db;
	sqlite3_stmt *rows[ROW_KINDS];
	sqlite3_stmt *begin, *commit;
	pthread_mutex_t read_lock;
	sqlite3 *reader;
	sqlite3_stmt *read_event, *read_dead;
	int lock_fd;
	char why[256];
};

static const char *const row_sql[ROW_KINDS] = {
#define ROW_SQL(kind, sql) [ROW_##kind] = sql,
	ROW_TABLE(ROW_SQL)
#undef ROW_SQL
};

static const char writer_settings[] =
	"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;"
	"PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -500; PRAGMA temp_store = MEMORY;"
	"PRAGMA trusted_schema = OFF";

static int make_directory(const char *path, char **ret_why)
{
	struct stat st;

	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return why_say(ret_why, ERR_IO, "cannot create the state directory %s: %s", path,
			       strerror(errno));
	if (stat(path, &st) != 0)
		return why_say(ret_why, ERR_IO, "cannot use the state directory %s: %s", path,
			       strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return why_say(ret_why, ERR_IO,
			       "cannot use %s as the state directory: it is not a directory", path);
	if ((st.st_mode & 077) && st.st_uid == geteuid() && chmod(path, 0700) != 0)
		return why_say(ret_why, ERR_IO,
			       "cannot keep others out of the state directory %s: %s", path,
			       strerror(errno));
	return 0;
}

static void read_owner(int fd, char *ret_pid, size_t size)
{
	ssize_t n = pread(fd, ret_pid, size - 1, 0);

	ret_pid[n > 0 ? n : 0] = '\0';
	ret_pid[strspn(ret_pid, "0123456789")] = '\0';
}

/* The lock goes with the process, however it ends; the file stays and names the last owner. */
static int take_lock(struct store *s, const char *path, char **ret_why)
{
	char name[PATH_MAX], pid[24];

	snprintf(name, sizeof(name), "%s/lock", path);
	s->lock_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->lock_fd < 0)
		return why_say(ret_why, ERR_IO, "cannot open %s: %s", name, strerror(errno));
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK)
			return why_say(ret_why, ERR_IO, "cannot lock %s: %s", name,
				       strerror(errno));
		read_owner(s->lock_fd, pid, sizeof(pid));
		return why_say(ret_why, ERR_IO,
			       "the state in %s is in use by another process (pid %s)", path,
			       pid[0] ? pid : "unknown");
	}
	snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	if (ftruncate(s->lock_fd, 0) != 0 || pwrite(s->lock_fd, pid, strlen(pid), 0) < 0)
		return why_say(ret_why, ERR_IO, "cannot write %s: %s", name, strerror(errno));
	return 0;
}

/* SQLite would create it for everybody; its companions get the mode of the file. */
static int make_file(const char *name, char **ret_why)
{
	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	struct stat st;
	bool tight;

	if (fd < 0)
		return why_say(ret_why, ERR_IO, "cannot open %s: %s", name, strerror(errno));
	tight = fstat(fd, &st) == 0 && (!(st.st_mode & 077) || fchmod(fd, 0600) == 0);
	close(fd);
	return tight ? 0
		     : why_say(ret_why, ERR_IO, "cannot keep others out of %s: %s", name,
			       strerror(errno));
}

static int why_sqlite(const char *name, sqlite3 *db, char **ret_why)
{
	switch (sqlite3_errcode(db)) {
	case SQLITE_NOTADB:
		return why_say(ret_why, ERR_IO, "%s is not a database", name);
	case SQLITE_CORRUPT:
		return why_say(ret_why, ERR_IO, "%s is damaged: %s", name, sqlite3_errmsg(db));
	default:
		return why_say(ret_why, ERR_IO, "cannot use %s: %s", name, sqlite3_errmsg(db));
	}
}

static int open_connection(const char *name, const char *vfs, int flags, sqlite3 **ret_db,
			   char **ret_why)
{
	if (sqlite3_open_v2(name, ret_db, flags | SQLITE_OPEN_NOMUTEX, vfs) != SQLITE_OK)
		return *ret_db ? why_sqlite(name, *ret_db, ret_why)
			       : why_say(ret_why, ERR_IO, "cannot use %s: out of memory", name);
	sqlite3_busy_timeout(*ret_db, PATIENCE_MS);
	sqlite3_db_config(*ret_db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	return 0;
}

/* Touches nothing before it is known to be ours. *ret_new: there is nothing in it yet. */
static int check_schema(struct store *s, const char *name, bool *ret_new, char **ret_why)
{
	int err = schema_check(s->db);

	*ret_new = err == ERR_NOT_FOUND;
	switch (err) {
	case 0:
	case ERR_NOT_FOUND:
		return 0;
	case ERR_UNSUPPORTED:
		return why_say(ret_why, err, "%s was written by a newer version of latchd", name);
	case ERR_CONFLICT:
		return why_say(ret_why, ERR_IO, "%s is a database, but not a state of latchd",
			       name);
	default:
		return why_sqlite(name, s->db, ret_why);
	}
}

static bool prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret_stmt)
{
	return sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret_stmt, NULL) ==
	       SQLITE_OK;
}

static bool prepare_all(struct store *s)
{
	for (unsigned i = 0; i < ROW_KINDS; i++)
		if (!prepare(s->db, row_sql[i], &s->rows[i]))
			return false;
	return prepare(s->db, "BEGIN IMMEDIATE", &s->begin) && prepare(s->db, "COMMIT", &s->commit);
}

static int open_writer(struct store *s, const char *name, const char *vfs, int64_t now_ms,
		       char **ret_why)
{
	bool is_new;
	int err = open_connection(name, vfs, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, &s->db,
				  ret_why);

	if (err)
		return err;
	err = check_schema(s, name, &is_new, ret_why);
	if (err)
		return err;
	if (sqlite3_exec(s->db, writer_settings, NULL, NULL, NULL) != SQLITE_OK ||
	    (is_new ? schema_create(s->db, now_ms) : schema_upgrade(s->db)) != 0 ||
	    schema_index(s->db) != 0)
		return why_sqlite(name, s->db, ret_why);
	return prepare_all(s) ? 0 : why_sqlite(name, s->db, ret_why);
}

static int open_reader(struct store *s, const char *name, const char *vfs, char **ret_why)
{
#define COLUMNS "SELECT id, type, account, created_ms, data, seq, attempts FROM events"
	static const char one[] = COLUMNS " WHERE seq = ?";
	static const char dead[] = COLUMNS " WHERE dead = 1 AND seq > ? ORDER BY seq LIMIT ?";
#undef COLUMNS
	int err = open_connection(name, vfs, SQLITE_OPEN_READWRITE, &s->reader, ret_why);

	if (err)
		return err;
	if (sqlite3_exec(s->reader, "PRAGMA query_only = ON; PRAGMA cache_size = -1000", NULL, NULL,
			 NULL) != SQLITE_OK ||
	    !prepare(s->reader, one, &s->read_event) || !prepare(s->reader, dead, &s->read_dead))
		return why_sqlite(name, s->reader, ret_why);
	return 0;
}

static int open_all(struct store *s, const char *path, const char *vfs, int64_t now_ms,
		    char **ret_why)
{
	char name[PATH_MAX];
	int err = make_directory(path, ret_why);

	if (!err)
		err = take_lock(s, path, ret_why);
	if (err)
		return err;
	snprintf(name, sizeof(name), "%s/state.db", path);
	err = make_file(name, ret_why);
	if (!err)
		err = open_writer(s, name, vfs, now_ms, ret_why);
	if (!err)
		err = open_reader(s, name, vfs, ret_why);
	return err;
}

int store_open(const char *path, const char *vfs, int64_t now_ms, struct store **ret_store,
	       char **ret_why)
{
	struct store *s;
	int err;

	if (strlen(path) > PATH_MAX - 32)
		return why_say(ret_why, ERR_IO, "the name of the state directory is too long");
	s = MEM_NEW(struct store);
	s->lock_fd = -1;
	pthread_mutex_init(&s->read_lock, NULL);
	err = open_all(s, path, vfs, now_ms, ret_why);
	if (err)
		store_close(&s);
	else
		*ret_store = s;
	return err;
}

void store_close(struct store **s)
{
	if (!*s)
		return;
	for (unsigned i = 0; i < ROW_KINDS; i++)
		sqlite3_finalize((*s)->rows[i]);
	sqlite3_finalize((*s)->begin);
	sqlite3_finalize((*s)->commit);
	sqlite3_finalize((*s)->read_event);
	sqlite3_finalize((*s)->read_dead);
	sqlite3_close((*s)->reader);
	sqlite3_close((*s)->db);
	pthread_mutex_destroy(&(*s)->read_lock);
	if ((*s)->lock_fd >= 0)
		close((*s)->lock_fd);
	MEM_FREE(*s);
}

const char *store_why(const struct store *s)
{
	return s->why;
}

sqlite3 *store_handle(struct store *s)
{
	return s->db;
}

void store_expect_writes(struct store *s)
{
	sqlite3_db_release_memory(s->db);
	sqlite3_exec(s->db, "PRAGMA cache_size = -8000", NULL, NULL, NULL);
}

static bool step_done(sqlite3_stmt *stmt)
{
	bool done = sqlite3_step(stmt) == SQLITE_DONE;

	sqlite3_reset(stmt);
	return done;
}

static int bind_value(sqlite3_stmt *stmt, int i, struct row_value v,
		      const struct backlog_entry **events)
{
	switch (v.type) {
	case ROW_NULL:
		return sqlite3_bind_null(stmt, i);
	case ROW_INT:
		return sqlite3_bind_int64(stmt, i, v.number);
	case ROW_BLOB:
		return sqlite3_bind_blob(stmt, i, v.bytes.at, (int)v.bytes.len, SQLITE_STATIC);
	case ROW_TEXT:
		return sqlite3_bind_text(stmt, i, v.bytes.at, (int)v.bytes.len, SQLITE_STATIC);
	case ROW_SEQ:
		i = sqlite3_bind_int64(stmt, i, (int64_t)(*events)->seq);
		*events = (*events)->next;
		return i;
	case ROW_END:
		break;
	}
	return SQLITE_MISUSE;
}

static bool apply_row(sqlite3_stmt *stmt, struct pack_reader *r,
		      const struct backlog_entry **events)
{
	struct row_value v = row_next_value(r);
	bool bound = true;

	for (int i = 1; v.type != ROW_END; i++, v = row_next_value(r))
		bound = bind_value(stmt, i, v, events) == SQLITE_OK && bound;
	return bound && step_done(stmt);
}

static bool apply_batch(struct store *s, struct row_batch *b)
{
	struct pack_reader r = row_reader(b);
	const struct backlog_entry *events = b->events;
	enum row_kind kind;

	while (row_next(&r, &kind))
		if (!apply_row(s->rows[kind], &r, &events))
			return false;
	return true;
}

static bool commit_all(struct store *s, struct row_batch *batches)
{
	if (!step_done(s->begin))
		return false;
	for (struct row_batch *b = batches; b; b = b->next)
		if (!apply_batch(s, b))
			return false;
	return step_done(s->commit);
}

int store_commit(struct store *s, struct row_batch *batches)
{
	if (commit_all(s, batches))
		return 0;
	snprintf(s->why, sizeof(s->why), "%s", sqlite3_errmsg(s->db));
	if (!sqlite3_get_autocommit(s->db))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return ERR_IO;
}

static unsigned type_of(const char *text)
{
	unsigned type = 0;

	while (type < OUTBOX_TYPES && strcmp(text, outbox_type_text(type)) != 0)
		type++;
	return type;
}

static const char *column_text(sqlite3_stmt *stmt, int i)
{
	const char *text = (const char *)sqlite3_column_text(stmt, i);

	return text ? text : "";
}

static void read_columns(sqlite3_stmt *stmt, struct outbox_event *e)
{
	snprintf(e->id, sizeof(e->id), "%s", column_text(stmt, 0));
	e->type = type_of(column_text(stmt, 1));
	snprintf(e->account, sizeof(e->account), "%s", column_text(stmt, 2));
	e->created_ms = sqlite3_column_int64(stmt, 3);
	e->data = mem_text(column_text(stmt, 4));
}

int store_read_event(struct store *s, uint64_t seq, struct outbox_event *ret_event)
{
	int rc;

	pthread_mutex_lock(&s->read_lock);
	sqlite3_bind_int64(s->read_event, 1, (int64_t)seq);
	rc = sqlite3_step(s->read_event);
	if (rc == SQLITE_ROW)
		read_columns(s->read_event, ret_event);
	sqlite3_reset(s->read_event);
	pthread_mutex_unlock(&s->read_lock);
	if (rc == SQLITE_ROW)
		return 0;
	return rc == SQLITE_DONE ? ERR_NOT_FOUND : ERR_IO;
}

static void read_dead_row(sqlite3_stmt *stmt, struct outbox_event *e)
{
	*e = (struct outbox_event){ .seq = (uint64_t)sqlite3_column_int64(stmt, 5),
				    .attempts = (unsigned)sqlite3_column_int64(stmt, 6) };
	read_columns(stmt, e);
}

int store_read_dead(struct store *s, uint64_t after, struct outbox_event *ret_events, unsigned n)
{
	unsigned read = 0;
	int rc;

	pthread_mutex_lock(&s->read_lock);
	sqlite3_bind_int64(s->read_dead, 1, (int64_t)after);
	sqlite3_bind_int64(s->read_dead, 2, n);
	while ((rc = sqlite3_step(s->read_dead)) == SQLITE_ROW)
		read_dead_row(s->read_dead, &ret_events[read++]);
	sqlite3_reset(s->read_dead);
	pthread_mutex_unlock(&s->read_lock);
	if (rc == SQLITE_DONE)
		return (int)read;
	while (read)
		mem_free(ret_events[--read].data);
	return ERR_IO;
}
