#include "registry/registry.h"

#include "base/err.h"
#include "base/mem.h"
#include "registry/embedded.h"
#include "registry/load.h"
#include "registry/step.h"
#include "registry/why.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>

/* While the state is read. */
struct opening {
	struct registry *r;
	uint32_t ref; /* of the account that came last */
	uint64_t last_seq;
	struct backlog_entry *events, **events_end;
};

static void on_meta(void *arg, struct view name, int64_t number, struct view bytes)
{
	struct opening *o = arg;

	if (view_is(name, VIEW("last_seq")))
		o->last_seq = (uint64_t)number;
	else if (view_is(name, VIEW("born_ms")))
		o->r->born_ms = number;
	else if (view_starts(name, VIEW("secret.")) && bytes.len == DIGEST_BYTES)
		map_put(o->r->secrets, view_from(name, sizeof("secret.") - 1),
			mem_copy(bytes.at, bytes.len));
}

static void note_keys(struct registry *r, const struct account *a, uint32_t ref)
{
	for (unsigned i = 0; i < a->n_sessions; i++)
		keys_add(r->sessions, a->sessions[i]->key.bytes, ref);
	for (unsigned i = 0; i < a->n_attachments; i++)
		if (a->attachments[i]->challenge)
			keys_add(r->challenges, a->attachments[i]->challenge->id.bytes, ref);
}

static void on_account(void *arg, uint32_t row, struct account *a)
{
	struct opening *o = arg;
	struct registry *r = o->r;
	uint64_t hash = registry_account_hash(r, view_of(a->id));
	struct roster_slot *slot;

	o->ref = roster_next(r->roster, hash);
	slot = roster_add(r->roster, hash);
	slot->row = row;
	slot->stored = true;
	slot->frozen = frozen_make(a);
	atomic_store(&r->last_row, row);
	note_keys(r, a, o->ref);
	embedded_count(r, METRIC_REGISTRY_ACCOUNTS, 1);
	embedded_count(r, METRIC_REGISTRY_SESSIONS, a->n_sessions);
}

static void on_ended(void *arg, const uint8_t key[ID_BYTES], uint32_t row)
{
	struct opening *o = arg;

	ended_put(o->r->ended, key, (struct ended_owner){ .ref = o->ref, .row = row });
}

static void on_event(void *arg, uint64_t seq, struct view account, unsigned attempts,
		     int64_t next_ms)
{
	struct opening *o = arg;
	struct backlog_entry *e = MEM_NEW(struct backlog_entry);

	e->seq = seq;
	e->account_hash = registry_account_hash(o->r, account);
	e->attempts = attempts;
	e->next_ms = next_ms;
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

static struct registry *create(const struct registry_options *options)
{
	struct registry *r = MEM_NEW(struct registry);

	r->metrics = options->metrics;
	r->wall_ms = options->wall_ms;
	r->roster = roster_create();
	r->sessions = keys_create();
	r->challenges = keys_create();
	r->ended = ended_create();
	r->generation = generation_create();
	r->scopes = scopes_create();
	r->backlog = backlog_create();
	r->secrets = map_create();
	pthread_mutex_init(&r->secrets_lock, NULL);
	atomic_store(&r->state.writing, true);
	return r;
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

static int read_state(struct opening *o, char **ret_why)
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
	sqlite3_db_release_memory(db); /* pages that nobody will ask for again */
	if (err == ERR_SYNTAX)
		return why_say(ret_why, ERR_IO,
			       "the state is damaged: a value in table %s cannot be", table);
	if (err)
		return why_say(ret_why, ERR_IO, "the state cannot be read: %s", sqlite3_errmsg(db));
	return 0;
}

static void start(struct registry *r, struct opening *o)
{
	r->was_empty = atomic_load(&r->last_row) == 0;
	backlog_add(r->backlog, o->events);
	o->events = NULL;
	r->waiters = waiters_create(&r->state);
	r->writer = writer_create(&(struct writer_options){
		.store = r->store,
		.backlog = r->backlog,
		.state = &r->state,
		.waiters = r->waiters,
		.metrics = r->metrics,
		.last_seq = o->last_seq,
	});
}

int registry_open(const struct registry_options *options, struct registry **ret_registry,
		  char **ret_why)
{
	struct registry *r = create(options);
	struct opening o = { .r = r };
	int err;

	o.events_end = &o.events;
	err = store_open(options->path, options->vfs, r->wall_ms(), &r->store, ret_why);
	if (!err)
		err = read_state(&o, ret_why);
	if (err) {
		backlog_add(r->backlog, o.events);
		registry_close(&r);
		return err;
	}
	start(r, &o);
	*ret_registry = r;
	return 0;
}

static void destroy_secrets(struct registry *r)
{
	struct map_cursor cursor = { 0 };
	void *secret;

	while (map_next(r->secrets, &cursor, NULL, &secret))
		mem_free_secret(secret, DIGEST_BYTES);
	map_destroy(&r->secrets);
	pthread_mutex_destroy(&r->secrets_lock);
}

void registry_close(struct registry **r)
{
	struct registry *it = *r;

	if (!it)
		return;
	writer_destroy(&it->writer);
	waiters_destroy(&it->waiters);
	store_close(&it->store);
	backlog_destroy(&it->backlog);
	scopes_destroy(&it->scopes);
	trials_destroy(&it->trials);
	hmac_key_destroy(&it->key);
	generation_destroy(&it->generation);
	ended_destroy(&it->ended);
	keys_destroy(&it->challenges);
	keys_destroy(&it->sessions);
	roster_destroy(&it->roster);
	destroy_secrets(it);
	MEM_FREE(*r);
}

bool registry_was_empty(const struct registry *r)
{
	return r->was_empty;
}

int64_t registry_born_ms(const struct registry *r)
{
	return r->born_ms;
}

const struct hmac_key *registry_state_key(const struct registry *r)
{
	return r->key;
}

static uint64_t write_secret(struct registry *r, const char *name,
			     const uint8_t secret[DIGEST_BYTES])
{
	uint8_t first[256];
	char key[128];
	struct pack p;
	uint64_t number;

	snprintf(key, sizeof(key), "secret.%s", name);
	pack_init(&p, first, sizeof(first));
	row_begin(&p, ROW_META);
	row_text(&p, view_of(key));
	row_blob(&p, secret, DIGEST_BYTES);
	row_end(&p);
	number = writer_submit(r->writer, row_batch_create(&p, NULL), true);
	pack_fini(&p);
	return number;
}

void registry_secret(struct registry *r, const char *name, uint8_t ret_secret[DIGEST_BYTES])
{
	uint64_t number = 0;
	uint8_t *secret;

	assert(strlen(name) < 64);
	pthread_mutex_lock(&r->secrets_lock);
	secret = map_get(r->secrets, view_of(name));
	if (!secret) {
		secret = mem_new(DIGEST_BYTES);
		hmac_random(secret, DIGEST_BYTES);
		map_put(r->secrets, view_of(name), secret);
		number = write_secret(r, name, secret);
	}
	memcpy(ret_secret, secret, DIGEST_BYTES);
	pthread_mutex_unlock(&r->secrets_lock);
	if (number)
		waiters_block(r->waiters, number);
}

static bool find_in(struct registry *r, uint32_t ref, const struct session_key *key,
		    struct registry_found *ret_found)
{
	struct frozen_session session;
	struct roster_slot *slot;
	bool found;

	roster_lock(r->roster, roster_shard_of_ref(ref));
	slot = roster_slot(r->roster, ref);
	found = slot && frozen_find(slot->frozen, key, &session);
	if (found) {
		struct view id = frozen_id(slot->frozen);

		ret_found->known = true;
		ret_found->state = session.state;
		ret_found->source = session.source;
		ret_found->device = session.device;
		ret_found->bound_ms = session.bound_ms;
		ret_found->account_hash = slot->hash;
		memcpy(ret_found->account, id.at, id.len + 1);
	}
	roster_unlock(r->roster, roster_shard_of_ref(ref));
	return found;
}

static bool find_bound(struct registry *r, const struct session_key *key,
		       struct registry_found *ret_found)
{
	struct keys_candidates candidates;

	do {
		keys_find(r->sessions, key->bytes, &candidates);
		for (unsigned i = 0; i < candidates.n; i++)
			if (find_in(r, candidates.refs[i], key, ret_found))
				return true;
	} while (candidates.n && !keys_is_unmoved(r->sessions, key->bytes, candidates.version));
	return false;
}

static void find_ended(struct registry *r, const struct session_key *key,
		       struct registry_found *ret_found)
{
	struct ended_owner owner;
	struct roster_slot *slot;
	struct view id;

	if (!ended_find(r->ended, key->bytes, &owner))
		return;
	roster_lock(r->roster, roster_shard_of_ref(owner.ref));
	slot = roster_slot(r->roster, owner.ref);
	id = frozen_id(slot->frozen);
	ret_found->known = true;
	ret_found->state = SESSION_ENDED;
	ret_found->account_hash = slot->hash;
	memcpy(ret_found->account, id.at, id.len + 1);
	roster_unlock(r->roster, roster_shard_of_ref(owner.ref));
}

void registry_find(struct registry *r, const struct session_key *key,
		   struct registry_found *ret_found)
{
	memset(ret_found, 0, sizeof(*ret_found));
	if (!find_bound(r, key, ret_found))
		find_ended(r, key, ret_found);
}

struct thawed {
	char first[12288];
	struct arena arena;
	struct account account;
};

static void thaw(struct thawed *t, const struct roster_slot *slot)
{
	arena_init(&t->arena, t->first, sizeof(t->first), SIZE_MAX);
	t->account = (struct account){ .hash = slot->hash, .change = slot->change };
	frozen_thaw(slot->frozen, &t->arena, &t->account);
}

static bool challenge_is_in(struct registry *r, uint32_t ref, const struct challenge_id *id,
			    char ret_account[257])
{
	struct roster_slot *slot;
	struct thawed t;
	bool found = false;

	roster_lock(r->roster, roster_shard_of_ref(ref));
	slot = roster_slot(r->roster, ref);
	if (slot) {
		thaw(&t, slot);
		found = account_challenged(&t.account, id) != NULL;
		if (found)
			memcpy(ret_account, t.account.id, strlen(t.account.id) + 1);
		arena_fini(&t.arena);
	}
	roster_unlock(r->roster, roster_shard_of_ref(ref));
	return found;
}

/* A challenge stays with its account, so there is nothing to look for twice. */
bool registry_find_challenge(struct registry *r, const struct challenge_id *id,
			     char ret_account[257])
{
	struct keys_candidates candidates;

	keys_find(r->challenges, id->bytes, &candidates);
	for (unsigned i = 0; i < candidates.n; i++)
		if (challenge_is_in(r, candidates.refs[i], id, ret_account))
			return true;
	return false;
}

uint64_t registry_change(struct registry *r, struct view account, bool create_it,
			 void (*fn)(struct account *a, struct change *c, void *arg), void *arg)
{
	return step_run(r, account, create_it, fn, arg);
}

bool registry_look(struct registry *r, struct view account,
		   void (*fn)(const struct account *a, void *arg), void *arg)
{
	uint64_t hash = registry_account_hash(r, account);
	struct thawed t;
	uint32_t ref;

	roster_lock(r->roster, roster_shard(hash));
	ref = roster_find(r->roster, hash, account);
	if (ref) {
		thaw(&t, roster_slot(r->roster, ref));
		fn(&t.account, arg);
		arena_fini(&t.arena);
	}
	roster_unlock(r->roster, roster_shard(hash));
	return ref != 0;
}

static bool look_at(struct registry *r, uint32_t ref,
		    bool (*fn)(const struct account *a, void *arg), void *arg, bool *ret_there)
{
	struct roster_slot *slot;
	struct thawed t;
	bool go_on = true;

	roster_lock(r->roster, roster_shard_of_ref(ref));
	slot = roster_slot(r->roster, ref);
	*ret_there = slot != NULL;
	if (slot) {
		thaw(&t, slot);
		go_on = fn(&t.account, arg);
		arena_fini(&t.arena);
	}
	roster_unlock(r->roster, roster_shard_of_ref(ref));
	return go_on;
}

void registry_each(struct registry *r, bool (*fn)(const struct account *a, void *arg), void *arg)
{
	for (unsigned shard = 0; shard < ROSTER_SHARDS; shard++) {
		bool there = true;

		for (uint32_t i = 0; there; i++)
			if (!look_at(r, roster_ref(shard, i), fn, arg, &there))
				return;
	}
}

bool registry_is_committed(const struct registry *r, uint64_t number)
{
	return embedded_is_committed(r, number);
}

bool registry_is_writing(const struct registry *r)
{
	return atomic_load_explicit(&r->state.writing, memory_order_acquire);
}

void registry_wait(struct registry *r, struct registry_wait *w)
{
	waiters_add(r->waiters, w);
}

uint64_t registry_generation(const struct registry *r, uint64_t hash)
{
	return generation_read(r->generation, hash);
}

uint64_t registry_account_hash(const struct registry *r, struct view account)
{
	return map_hash(r->hash_seed, account);
}

uint64_t registry_key_hash(const struct session_key *key)
{
	uint64_t hash;

	memcpy(&hash, key->bytes, sizeof(hash));
	return hash;
}

bool registry_trial(struct registry *r, const struct device_id *device, struct view account,
		    uint64_t *ret_number)
{
	uint64_t number;
	bool repeat = trials_note(r->trials, r->writer, r->wall_ms(), device, account, &number);

	*ret_number = embedded_is_committed(r, number) ? 0 : number;
	return repeat;
}

void registry_learn_scope(struct registry *r, struct view name, struct view path,
			  struct view domain)
{
	scopes_learn(r->scopes, r->writer, name, path, domain);
}

void registry_each_scope(struct registry *r, struct view name,
			 void (*fn)(const struct registry_scope *scope, void *arg), void *arg)
{
	scopes_each(r->scopes, name, fn, arg);
}
