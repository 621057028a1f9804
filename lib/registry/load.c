#include "registry/load.h"

#include "base/err.h"
#include "registry/frozen.h"

#include <assert.h>
#include <sqlite3.h>

enum { KEPT_DAYS = 400 }; /* sessions after their last use, and whatever belongs to them */

static const int64_t max_ms = INT64_C(1) << 53;

/* A table that is walked beside the others, in the order of accounts. */
struct cursor {
	const char *table;
	sqlite3_stmt *stmt;
	bool ended;
	bool bad; /* a value that cannot be */
	bool failed;
	int column; /* the next to be read */
};

struct load {
	sqlite3 *db;
	int64_t oldest_ms; /* what was not used since then is forgotten */
	bool has_old;
	const struct load_listener *listener;
	struct cursor accounts, attachments, challenges, sessions, ended;
	struct arena arena;
};

static void advance(struct cursor *c)
{
	int rc = sqlite3_step(c->stmt);

	c->column = 0;
	c->ended = rc != SQLITE_ROW;
	c->failed = rc != SQLITE_ROW && rc != SQLITE_DONE;
}

static void open_cursor(sqlite3 *db, struct cursor *c, const char *table, const char *sql)
{
	*c = (struct cursor){ .table = table };
	c->failed = sqlite3_prepare_v2(db, sql, -1, &c->stmt, NULL) != SQLITE_OK;
	if (c->failed)
		c->ended = true;
	else
		advance(c);
}

static int close_cursor(struct cursor *c, const char **ret_table)
{
	sqlite3_finalize(c->stmt);
	if (c->bad)
		*ret_table = c->table;
	return c->failed ? ERR_IO : c->bad ? ERR_SYNTAX : 0;
}

static bool has_more(const struct cursor *c)
{
	return !c->ended && !c->bad;
}

static bool is_old(struct load *l, int64_t used_ms)
{
	bool old = used_ms < l->oldest_ms;

	l->has_old = l->has_old || old;
	return old;
}

static int64_t next_number(struct cursor *c, int64_t min, int64_t max)
{
	int64_t n = sqlite3_column_int64(c->stmt, c->column++);

	if (n >= min && n <= max)
		return n;
	c->bad = true;
	return min;
}

static int64_t next_ms(struct cursor *c)
{
	return next_number(c, 0, max_ms);
}

static bool next_flag(struct cursor *c)
{
	return next_number(c, 0, 1) != 0;
}

/* Empty when NULL. */
static struct view next_view(struct cursor *c)
{
	const void *at = sqlite3_column_blob(c->stmt, c->column);
	struct view v = view_make(at, (size_t)sqlite3_column_bytes(c->stmt, c->column));

	c->column++;
	return v;
}

/* False when NULL. */
static bool next_id(struct cursor *c, uint8_t ret_id[ID_BYTES])
{
	struct view v = next_view(c);

	if (!v.at)
		return false;
	if (v.len == ID_BYTES)
		memcpy(ret_id, v.at, ID_BYTES);
	else
		c->bad = true;
	return true;
}

static char *next_text(struct load *l, struct cursor *c)
{
	struct view v = next_view(c), copy;

	if (!v.len)
		return NULL;
	if (memchr(v.at, '\0', v.len))
		c->bad = true;
	copy = arena_copy(&l->arena, v);
	assert(copy.at);
	return (char *)(uintptr_t)copy.at;
}

/* The account of the current row. */
static int64_t account_of(const struct cursor *c)
{
	return sqlite3_column_int64(c->stmt, 0);
}

/* Goes to the rows of this account; false when there is no further one. */
static bool is_at(struct cursor *c, int64_t row)
{
	while (has_more(c) && account_of(c) < row)
		advance(c);
	return has_more(c) && account_of(c) == row;
}

static void read_facts(struct cursor *c, struct device_facts *facts)
{
	struct view language, network;

	facts->type = (uint8_t)next_number(c, 0, DEVICE_TYPES - 1);
	facts->os = (uint8_t)next_number(c, 0, UINT8_MAX);
	facts->browser = (uint8_t)next_number(c, 0, UINT8_MAX);
	language = next_view(c);
	network = next_view(c);
	if (language.len < sizeof(facts->language) && network.len == NETWORK_BYTES) {
		memcpy(facts->language, language.at ? language.at : "", language.len);
		memcpy(facts->network, network.at, NETWORK_BYTES);
	} else {
		c->bad = true;
	}
}

static void read_attachment(struct load *l, struct attachment *t)
{
	struct cursor *c = &l->attachments;

	c->column = 1;
	if (!next_id(c, t->device.bytes))
		c->bad = true;
	t->status = (uint8_t)next_number(c, ATTACHMENT_PENDING, ATTACHMENT_EXEMPT);
	t->counted = next_flag(c);
	t->suspended = next_flag(c);
	t->repeat_trial = next_flag(c);
	t->cookie_came_back = next_flag(c);
	t->rides = next_id(c, t->ridden.bytes);
	read_facts(c, &t->facts);
	t->label = next_text(l, c);
	t->first_seen_ms = next_ms(c);
	t->last_seen_ms = next_ms(c);
	t->place_ms = next_ms(c);
	t->excess_told = (uint32_t)next_number(c, 0, UINT32_MAX);
	t->excess_told_ms = next_ms(c);
}

/* Oldest first. */
static void insert_attachment(struct account *a, struct attachment *t)
{
	unsigned i = a->n_attachments++;

	for (; i > 0 && a->attachments[i - 1]->first_seen_ms > t->first_seen_ms; i--)
		a->attachments[i] = a->attachments[i - 1];
	a->attachments[i] = t;
}

static void read_attachments(struct load *l, struct account *a, int64_t row)
{
	struct cursor *c = &l->attachments;

	for (; is_at(c, row); advance(c)) {
		struct attachment *t = frozen_room(&l->arena, sizeof(*t));

		read_attachment(l, t);
		if (a->n_attachments == ACCOUNT_MAX_DEVICES) {
			c->bad = true;
			return;
		}
		insert_attachment(a, t);
	}
}

static void read_challenge(struct load *l, struct challenge *n)
{
	struct cursor *c = &l->challenges;

	c->column = 2;
	if (!next_id(c, n->id.bytes))
		c->bad = true;
	n->reasons = (uint32_t)next_number(c, 0, UINT32_MAX);
	n->state = (uint8_t)next_number(c, 0, CHALLENGE_STATES - 1);
	n->veto = (uint8_t)next_number(c, VETO_UNASKED, VETO_GIVEN);
	n->created_ms = next_ms(c);
	n->changed_ms = next_ms(c);
	n->postponed_until_ms = next_ms(c);
	n->postponed_count = (uint8_t)next_number(c, 0, UINT8_MAX);
	n->postponed_day_ms = next_ms(c);
	n->wanted = next_text(l, c);
}

static void read_challenges(struct load *l, struct account *a, int64_t row)
{
	struct cursor *c = &l->challenges;

	for (; is_at(c, row); advance(c)) {
		struct device_id device;
		struct attachment *t;

		c->column = 1;
		t = next_id(c, device.bytes) && !c->bad ? account_attachment(a, &device) : NULL;
		if (!t)
			continue;
		t->challenge = frozen_room(&l->arena, sizeof(*t->challenge));
		read_challenge(l, t->challenge);
	}
}

/* A session may be bound to a device that had not come back yet and so was not written. */
static struct attachment *attachment_for(struct load *l, struct account *a,
					 const struct device_id *device, int64_t now_ms)
{
	struct attachment *t = account_attachment(a, device);

	if (t || a->n_attachments == ACCOUNT_MAX_DEVICES)
		return t;
	t = frozen_room(&l->arena, sizeof(*t));
	t->device = *device;
	t->status = ATTACHMENT_PENDING;
	t->first_seen_ms = t->last_seen_ms = now_ms;
	insert_attachment(a, t);
	return t;
}

static void read_session(struct load *l, struct session *s, struct device_id *ret_device,
			 bool *ret_has_device)
{
	struct cursor *c = &l->sessions;

	c->column = 1;
	if (!next_id(c, s->key.bytes))
		c->bad = true;
	*ret_has_device = next_id(c, ret_device->bytes);
	s->state = (uint8_t)next_number(c, SESSION_BOUND, SESSION_SHARED);
	s->source = (uint8_t)next_number(c, 0, UINT8_MAX);
	s->cause = (uint8_t)next_number(c, REVOKE_NONE, REVOKE_OWN);
	s->veto = (uint8_t)next_number(c, VETO_UNASKED, VETO_GIVEN);
	s->redirect_told = next_flag(c);
	s->cookie_came_back = next_flag(c);
	s->has_challenge = next_id(c, s->challenge.bytes);
	next_id(c, s->revocation.bytes);
	s->bound_ms = next_ms(c);
	s->last_used_ms = next_ms(c);
	s->given = (uint8_t)next_number(c, SESSION_JOINED, SESSION_GIVEN);
}

static void place_session(struct load *l, struct account *a, struct session *s,
			  const struct device_id *device)
{
	if (device)
		s->attachment = attachment_for(l, a, device, s->bound_ms);
	if (!s->attachment && s->state == SESSION_BOUND)
		s->state = SESSION_ENDED;
	a->sessions[a->n_sessions++] = s;
}

static void read_sessions(struct load *l, struct account *a, int64_t row)
{
	struct cursor *c = &l->sessions;

	for (; is_at(c, row); advance(c)) {
		struct session *s = frozen_room(&l->arena, sizeof(*s));
		struct device_id device;
		bool has_device;

		read_session(l, s, &device, &has_device);
		if (c->bad || a->n_sessions == ACCOUNT_MAX_SESSIONS) {
			c->bad = true;
			return;
		}
		if (!is_old(l, s->last_used_ms))
			place_session(l, a, s, has_device ? &device : NULL);
	}
}

static void tell_ended(struct load *l, int64_t row)
{
	struct cursor *c = &l->ended;
	uint8_t key[ID_BYTES];

	for (; is_at(c, row); advance(c)) {
		c->column = 1;
		c->bad = !next_id(c, key) || c->bad;
		if (!is_old(l, next_ms(c)) && !c->bad)
			l->listener->on_ended(l->listener->arg, key, (uint32_t)row);
	}
}

static void read_account(struct load *l, struct account *a)
{
	struct cursor *c = &l->accounts;

	c->column = 1;
	a->id = next_text(l, c);
	if (!a->id || strlen(a->id) > 256)
		c->bad = true;
	a->suspended = next_flag(c);
	a->admin_limit = (int32_t)next_number(c, ACCOUNT_NO_LIMIT, INT32_MAX);
	a->origin_limit = (int32_t)next_number(c, ACCOUNT_NO_LIMIT, INT32_MAX);
	a->email = next_text(l, c);
	a->phone = next_text(l, c);
	a->groups = next_text(l, c);
	a->metadata = next_text(l, c);
	a->created_ms = next_ms(c);
	a->new_devices_hour_ms = next_ms(c);
	a->new_devices = (uint32_t)next_number(c, 0, UINT32_MAX);
}

static bool is_sound(const struct load *l)
{
	return !l->accounts.bad && !l->attachments.bad && !l->challenges.bad && !l->sessions.bad;
}

static void walk_accounts(struct load *l)
{
	struct attachment *attachments[ACCOUNT_MAX_DEVICES];
	struct session *sessions[ACCOUNT_MAX_SESSIONS];

	for (; has_more(&l->accounts) && is_sound(l); advance(&l->accounts)) {
		struct account a = { .attachments = attachments, .sessions = sessions };
		int64_t row = account_of(&l->accounts);

		if (row < 1 || row > UINT32_MAX) {
			l->accounts.bad = true;
			return;
		}
		read_account(l, &a);
		read_attachments(l, &a, row);
		read_challenges(l, &a, row);
		read_sessions(l, &a, row);
		if (!is_sound(l))
			return;
		l->listener->on_account(l->listener->arg, (uint32_t)row, &a);
		tell_ended(l, row);
		arena_reset(&l->arena);
	}
}

static int read_accounts(struct load *l, const char **ret_table)
{
	char first[16384];
	struct cursor *cursors[] = { &l->accounts, &l->attachments, &l->challenges, &l->sessions,
				     &l->ended };
	int err = 0;

	arena_init(&l->arena, first, sizeof(first), SIZE_MAX);
	open_cursor(l->db, &l->accounts, "accounts", "SELECT * FROM accounts ORDER BY account");
	open_cursor(l->db, &l->attachments, "attachments",
		    "SELECT * FROM attachments ORDER BY account, device");
	open_cursor(l->db, &l->challenges, "challenges",
		    "SELECT * FROM challenges ORDER BY account, device");
	open_cursor(l->db, &l->sessions, "sessions",
		    "SELECT * FROM sessions ORDER BY account, key");
	open_cursor(l->db, &l->ended, "ended", "SELECT * FROM ended ORDER BY account, key");
	walk_accounts(l);
	arena_fini(&l->arena);
	for (unsigned i = 0; i < sizeof(cursors) / sizeof(cursors[0]); i++) {
		int each = close_cursor(cursors[i], ret_table);

		err = err ? err : each;
	}
	return err;
}

static int read_table(struct load *l, const char *table, const char *sql,
		      void (*read_row)(struct load *, struct cursor *), const char **ret_table)
{
	struct cursor c;

	for (open_cursor(l->db, &c, table, sql); has_more(&c); advance(&c))
		read_row(l, &c);
	return close_cursor(&c, ret_table);
}

static void read_meta(struct load *l, struct cursor *c)
{
	struct view name = next_view(c);
	int64_t number = sqlite3_column_int64(c->stmt, 1);

	l->listener->on_meta(l->listener->arg, name, number, next_view(c));
}

static void read_event(struct load *l, struct cursor *c)
{
	uint64_t seq = (uint64_t)next_number(c, 1, max_ms);
	struct view account = next_view(c);
	unsigned attempts = (unsigned)next_number(c, 0, UINT32_MAX);
	int64_t due_ms = next_ms(c);
	uint32_t data_bytes = (uint32_t)next_number(c, 0, UINT32_MAX);

	if (!c->bad)
		l->listener->on_event(l->listener->arg, seq, account, attempts, due_ms, data_bytes);
}

static void read_trial(struct load *l, struct cursor *c)
{
	uint8_t device[ID_BYTES], account[ID_BYTES];
	int64_t started_ms;

	c->bad = !next_id(c, device) || !next_id(c, account) || c->bad;
	started_ms = next_ms(c);
	if (!c->bad && !is_old(l, started_ms))
		l->listener->on_trial(l->listener->arg, device, account, started_ms);
}

static void read_scope(struct load *l, struct cursor *c)
{
	struct view name = next_view(c), path = next_view(c), domain = next_view(c);

	l->listener->on_scope(l->listener->arg, name, path, domain);
}

int load_meta(sqlite3 *db, const struct load_listener *listener, const char **ret_table)
{
	struct load l = { .db = db, .listener = listener };
	int err = read_table(&l, "meta", "SELECT name, value FROM meta", read_meta, ret_table);

	if (err)
		return err;
	/* Of the dead ones, too: their numbers are taken. */
	return read_table(&l, "events",
			  "SELECT 'last_seq', coalesce(max(seq), 0) FROM events UNION ALL"
			  " SELECT 'dead_events', count(*) FROM events WHERE dead = 1",
			  read_meta, ret_table);
}

static int drop_old(struct load *l)
{
	static const char *const sql[] = {
		"DELETE FROM sessions WHERE last_used_ms < ?",
		"DELETE FROM ended WHERE ended_ms < ?",
		"DELETE FROM trials WHERE started_ms < ?",
	};
	bool done = true;

	for (unsigned i = 0; i < sizeof(sql) / sizeof(sql[0]) && done; i++) {
		sqlite3_stmt *stmt = NULL;

		done = sqlite3_prepare_v2(l->db, sql[i], -1, &stmt, NULL) == SQLITE_OK &&
		       sqlite3_bind_int64(stmt, 1, l->oldest_ms) == SQLITE_OK &&
		       sqlite3_step(stmt) == SQLITE_DONE;
		sqlite3_finalize(stmt);
	}
	return done ? 0 : ERR_IO;
}

int load_all(sqlite3 *db, int64_t now_ms, const struct load_listener *listener,
	     const char **ret_table)
{
	struct load l = { .db = db,
			  .oldest_ms = now_ms - KEPT_DAYS * INT64_C(86400000),
			  .listener = listener };
	int err = read_accounts(&l, ret_table);

	if (!err)
		err = read_table(
			&l, "events",
			"SELECT seq, account, attempts, next_ms, length(CAST(data AS BLOB)) FROM events"
			" WHERE dead = 0 ORDER BY seq",
			read_event, ret_table);
	if (!err)
		err = read_table(&l, "trials", "SELECT device, account, started_ms FROM trials",
				 read_trial, ret_table);
	if (!err)
		err = read_table(&l, "scopes", "SELECT name, path, domain FROM scopes", read_scope,
				 ret_table);
	if (!err && l.has_old)
		err = drop_old(&l);
	return err;
}
