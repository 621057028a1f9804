#include "registry/registry.h"

#include "base/mem.h"
#include "registry/embedded.h"
#include "registry/opening.h"
#include "registry/step.h"

#include <assert.h>
#include <stdio.h>

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
	pthread_mutex_init(&r->dead_lock, NULL);
	atomic_store(&r->state.writing, true);
	return r;
}

static void start(struct registry *r, uint64_t last_seq)
{
	r->was_empty = atomic_load(&r->last_row) == 0;
	r->waiters = waiters_create(&r->state);
	r->writer = writer_create(&(struct writer_options){
		.store = r->store,
		.backlog = r->backlog,
		.state = &r->state,
		.waiters = r->waiters,
		.metrics = r->metrics,
		.last_seq = last_seq,
	});
}

int registry_open(const struct registry_options *options, struct registry **ret_registry,
		  char **ret_why)
{
	struct registry *r = create(options);
	uint64_t last_seq;
	int err;

	err = store_open(options->path, options->vfs, r->wall_ms(), &r->store, ret_why);
	if (!err)
		err = opening_read(r, &last_seq, ret_why);
	if (err) {
		registry_close(&r);
		return err;
	}
	start(r, last_seq);
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
	pthread_mutex_destroy(&it->dead_lock);
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
		ret_found->given = session.given;
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
