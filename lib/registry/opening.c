#include "registry/opening.h"

#include "base/err.h"
#include "base/mem.h"
#include "registry/load.h"
#include "registry/why.h"

#include <sqlite3.h>

/* While the state is read. */
struct opening {
	struct registry *r;
	uint32_t ref; /* of the account that came last */
	uint64_t last_seq;
	int64_t n_accounts, n_sessions;
	struct backlog_entry *events, **events_end; /* told, not delivered */
};

static void on_meta(void *arg, struct view name, int64_t number, struct view bytes)
{
	struct opening *o = arg;

	if (view_is(name, VIEW("last_seq")))
		o->last_seq = (uint64_t)number;
	else if (view_is(name, VIEW("dead_events")))
		outbox_note_dead(o->r, number);
	else if (view_is(name, VIEW("born_ms")))
		o->r->born_ms = number;
	else if (view_starts(name, VIEW("secret.")) && bytes.len == DIGEST_BYTES)
		map_put(o->r->secrets, view_from(name, sizeof("secret.") - 1),
			mem_copy(bytes.at, bytes.len));
}

static void note_keys(struct registry *r, const struct account *a, uint32_t ref)
{
	for (unsigned i = 0; i < a->n_sessions; i++)
		keys_note(r->sessions, a->sessions[i]->key.bytes, ref);
	for (unsigned i = 0; i < a->n_attachments; i++)
		if (a->attachments[i]->challenge)
			keys_note(r->challenges, a->attachments[i]->challenge->id.bytes, ref);
}

static void on_account(void *arg, uint32_t row, struct account *a)
{
	struct opening *o = arg;
	struct registry *r = o->r;
	uint64_t hash = registry_account_hash(r, view_of(a->id));
	struct roster_slot *slot;

	o->ref = roster_next(r->roster, hash);
	slot = roster_note(r->roster, hash);
	slot->row = row;
	slot->stored = true;
	slot->frozen = frozen_make(a);
	atomic_store(&r->last_row, row);
	note_keys(r, a, o->ref);
	o->n_accounts++;
	o->n_sessions += a->n_sessions;
}

static void on_ended(void *arg, const uint8_t key[ID_BYTES], uint32_t row)
{
	struct opening *o = arg;

	ended_put(o->r->ended, key, (struct ended_owner){ .ref = o->ref, .row = row });
}

static void on_event(void *arg, uint64_t seq, struct view account, unsigned attempts,
		     int64_t next_ms, uint32_t data_bytes)
{
	struct opening *o = arg;
	struct backlog_entry *e = MEM_NEW(struct backlog_entry);

	e->seq = seq;
	e->account_hash = registry_account_hash(o->r, account);
	e->attempts = attempts;
	e->next_ms = next_ms;
	e->data_bytes = data_bytes;
	*o->events_end = e;
	o->events_end = &e->next;
}

static void on_trial(void *arg, const uint8_t device[ID_BYTES], const uint8_t account[ID_BYTES],
		     int64_t started_ms)
{
	struct opening *o = arg;

	trials_load(o->r->trials, device, account, started_ms);
}

static void on_scope(void *arg, struct view name, struct view path, struct view domain)
{
	struct opening *o = arg;

	scopes_put(o->r->scopes, name, path, domain);
}

/* The hash names accounts in logs, so it stays the same over restarts. */
static bool use_key(struct registry *r)
{
	const uint8_t *secret = map_get(r->secrets, VIEW("state"));
	uint8_t mac[DIGEST_BYTES];
	struct view what = VIEW("account hash");

	if (!secret)
		return false;
	r->key = hmac_key_create(view_make(secret, DIGEST_BYTES));
	hmac_sign(r->key, &what, 1, mac);
	memcpy(&r->hash_seed, mac, sizeof(r->hash_seed));
	r->trials = trials_create(r->key);
	return true;
}

static void settle(struct opening *o)
{
	keys_settle(o->r->sessions);
	keys_settle(o->r->challenges);
	roster_settle(o->r->roster);
	embedded_count(o->r, METRIC_REGISTRY_ACCOUNTS, o->n_accounts);
	embedded_count(o->r, METRIC_REGISTRY_SESSIONS, o->n_sessions);
}

static int read_all(struct opening *o, char **ret_why)
{
	struct registry *r = o->r;
	sqlite3 *db = store_handle(r->store);
	const struct load_listener listener = { .arg = o,
						.on_meta = on_meta,
						.on_account = on_account,
						.on_ended = on_ended,
						.on_event = on_event,
						.on_trial = on_trial,
						.on_scope = on_scope };
	const char *table = NULL;
	int err = load_meta(db, &listener, &table);

	if (!err && !use_key(r))
		return why_say(ret_why, ERR_IO, "the state is damaged: its key is missing");
	if (!err)
		err = load_all(db, r->wall_ms(), &listener, &table);
	settle(o);
	if (err == ERR_SYNTAX)
		return why_say(ret_why, ERR_IO,
			       "the state is damaged: a value in table %s cannot be", table);
	if (err)
		return why_say(ret_why, ERR_IO, "the state cannot be read: %s", sqlite3_errmsg(db));
	return 0;
}

int opening_read(struct registry *r, uint64_t *ret_last_seq, char **ret_why)
{
	struct opening o = { .r = r };
	int err;

	o.events_end = &o.events;
	err = read_all(&o, ret_why);
	backlog_add(r->backlog, o.events);
	store_expect_writes(r->store);
	if (!err)
		*ret_last_seq = o.last_seq;
	return err;
}
