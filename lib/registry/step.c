#include "registry/step.h"

#include "base/mem.h"
#include "registry/changing.h"

#include <assert.h>

enum { FIRST_BYTES = 12288, SHARD_WORDS = ROSTER_SHARDS / 64 };

/* A session of another account that this one takes over. */
struct taken {
	struct taken *next;
	uint32_t ref;
	struct session_key key;
};

struct step {
	struct change change; /* first */
	struct registry *r;
	struct view id;
	uint64_t hash;
	struct account account;
	struct arena arena;
	uint32_t ref;
	struct roster_slot *slot; /* NULL: not there yet */
	struct taken *taken;
	uint64_t held[SHARD_WORDS], wanted[SHARD_WORDS]; /* a bit for each shard */
};

static bool has_bit(const uint64_t *bits, unsigned i)
{
	return bits[i / 64] >> i % 64 & 1;
}

static void set_bit(uint64_t *bits, unsigned i)
{
	bits[i / 64] |= UINT64_C(1) << i % 64;
}

/* The first shard from `i` on; ROSTER_SHARDS when there is none. */
static unsigned next_bit(const uint64_t *bits, unsigned i)
{
	for (; i < ROSTER_SHARDS; i = (i | 63) + 1) {
		uint64_t rest = bits[i / 64] >> i % 64;

		if (rest)
			return i + (unsigned)__builtin_ctzll(rest);
	}
	return ROSTER_SHARDS;
}

static void lock_wanted(struct step *s)
{
	memcpy(s->held, s->wanted, sizeof(s->held));
	for (unsigned i = next_bit(s->held, 0); i < ROSTER_SHARDS; i = next_bit(s->held, i + 1))
		roster_lock(s->r->roster, i);
}

static void unlock_held(struct step *s)
{
	for (unsigned i = next_bit(s->held, 0); i < ROSTER_SHARDS; i = next_bit(s->held, i + 1))
		roster_unlock(s->r->roster, i);
	memset(s->held, 0, sizeof(s->held));
}

static void take_from(struct step *s, uint32_t ref, const struct session_key *key)
{
	const struct roster_slot *slot = roster_slot(s->r->roster, ref);
	struct frozen_session session;
	struct taken *t;

	if (!slot || !frozen_find(slot->frozen, key, &session))
		return;
	t = frozen_room(&s->arena, sizeof(*t));
	*t = (struct taken){ .next = s->taken, .ref = ref, .key = *key };
	s->taken = t;
}

/* Looks at everybody who may have the key; false when somebody would have to be locked first. */
static bool ask_candidates(struct step *s, const struct keys_candidates *candidates,
			   const struct session_key *key)
{
	for (unsigned i = 0; i < candidates->n; i++) {
		uint32_t ref = candidates->refs[i];

		if (ref == s->ref)
			continue;
		set_bit(s->wanted, roster_shard_of_ref(ref));
		if (!has_bit(s->held, roster_shard_of_ref(ref)))
			s->change.again = true;
		else
			take_from(s, ref, key);
	}
	return !s->change.again;
}

/* The key is ours from here on: whoever else wants it finds us and waits for our lock. */
static bool claim(struct change *c, const struct session_key *key)
{
	struct step *s = (struct step *)c;
	struct taken *before = s->taken;
	struct keys_candidates candidates;

	do {
		s->taken = before;
		keys_find(s->r->sessions, key->bytes, &candidates);
		if (!ask_candidates(s, &candidates, key))
			return false;
	} while (!keys_add_unmoved(s->r->sessions, key->bytes, s->ref, candidates.version));
	return true;
}

static void give_back_claims(struct step *s)
{
	for (const struct effect *e = s->change.effects; e; e = e->next)
		if (e->kind == EFFECT_KEY_BOUND)
			keys_drop(s->r->sessions, e->id, s->ref);
}

static void make_new(struct step *s)
{
	struct account *a = &s->account;
	struct view id = arena_copy(&s->arena, s->id);

	assert(id.at);
	a->id = (char *)(uintptr_t)id.at;
	a->admin_limit = a->origin_limit = ACCOUNT_NO_LIMIT;
	a->created_ms = s->change.now_ms;
	a->attachments = frozen_room(&s->arena, ACCOUNT_MAX_DEVICES * sizeof(struct attachment *));
	a->sessions = frozen_room(&s->arena, ACCOUNT_MAX_SESSIONS * sizeof(struct session *));
	s->ref = roster_next(s->r->roster, s->hash);
}

/* False when there is no account and none shall be made. */
static bool find_account(struct step *s, bool create)
{
	s->ref = roster_find(s->r->roster, s->hash, s->id);
	s->slot = s->ref ? roster_slot(s->r->roster, s->ref) : NULL;
	s->account = (struct account){ .hash = s->hash };
	if (s->slot) {
		frozen_thaw(s->slot->frozen, &s->arena, &s->account);
		s->account.change = s->slot->change;
	} else if (create) {
		make_new(s);
	}
	return s->slot || create;
}

static void pack_effect(struct step *s, struct pack *p, uint32_t row, const struct effect *e)
{
	struct ended_owner owner;

	switch (e->kind) {
	case EFFECT_KEY_BOUND:
		if (ended_find(s->r->ended, e->id, &owner))
			row_gone(p, ROW_ENDED_GONE, owner.row, e->id);
		break;
	case EFFECT_KEY_FORGOTTEN:
		row_gone(p, ROW_SESSION_GONE, row, e->id);
		break;
	case EFFECT_KEY_RETIRED:
		row_gone(p, ROW_SESSION_GONE, row, e->id);
		row_ended(p, row, e->id, s->change.now_ms);
		break;
	case EFFECT_ATTACHMENT_GONE:
		row_gone(p, ROW_ATTACHMENT_GONE, row, e->id);
		row_gone(p, ROW_CHALLENGE_GONE, row, e->id);
		break;
	case EFFECT_TOLD:
		row_event(p, e->id, outbox_type_text(e->type), s->account.id, s->change.now_ms,
			  e->data);
		break;
	case EFFECT_CHALLENGE_OPENED:
	case EFFECT_CHALLENGE_GONE:
		break;
	}
}

/* What has not come back yet is not written, unless it is asked something. */
static void pack_attachment(struct pack *p, uint32_t row, const struct attachment *t)
{
	bool challenged = t->challenge && t->challenge->dirty;

	if ((t->dirty && (t->status != ATTACHMENT_PENDING || t->challenge)) ||
	    (challenged && t->status == ATTACHMENT_PENDING))
		row_attachment(p, row, t);
	if (challenged)
		row_challenge(p, row, t);
}

static void pack_rows(struct step *s, struct pack *p, uint32_t row)
{
	const struct account *a = &s->account;

	for (const struct effect *e = s->change.effects; e; e = e->next)
		pack_effect(s, p, row, e);
	for (const struct taken *t = s->taken; t; t = t->next)
		row_gone(p, ROW_SESSION_GONE, roster_slot(s->r->roster, t->ref)->row, t->key.bytes);
	for (unsigned i = 0; i < a->n_attachments; i++)
		pack_attachment(p, row, a->attachments[i]);
	for (unsigned i = 0; i < a->n_sessions; i++)
		if (a->sessions[i]->dirty)
			row_session(p, row, a->sessions[i]);
	if (a->dirty || (p->len && !(s->slot && s->slot->stored)))
		row_account(p, row, a);
}

static struct backlog_entry *collect_events(const struct step *s)
{
	struct backlog_entry *first = NULL, **end = &first;

	for (const struct effect *e = s->change.effects; e; e = e->next) {
		if (e->kind != EFFECT_TOLD)
			continue;
		*end = MEM_NEW(struct backlog_entry);
		(*end)->account_hash = s->hash;
		(*end)->next_ms = s->change.now_ms;
		(*end)->data_bytes = (uint32_t)strlen(e->data);
		end = &(*end)->next;
	}
	return first;
}

/* Queues what has to be written. The number, when it has to be durable; *ret_written: whether there was anything. */
static uint64_t write_rows(struct step *s, uint32_t row, bool *ret_written)
{
	uint8_t first[4096];
	struct pack p;
	uint64_t number = 0;

	pack_init(&p, first, sizeof(first));
	pack_rows(s, &p, row);
	*ret_written = p.len != 0;
	if (p.len)
		number = writer_submit(s->r->writer, row_batch_create(&p, collect_events(s)),
				       s->change.plain);
	pack_fini(&p);
	return number;
}

static void freeze(struct step *s, uint32_t row, uint64_t number, bool written)
{
	struct frozen *frozen = frozen_make(&s->account), *old;

	if (!s->slot) {
		s->slot = roster_add(s->r->roster, s->hash);
		s->slot->row = row;
		embedded_count(s->r, METRIC_REGISTRY_ACCOUNTS, 1);
	}
	old = s->slot->frozen;
	embedded_count(s->r, METRIC_REGISTRY_SESSIONS,
		       (int64_t)frozen_sessions(frozen) - (old ? frozen_sessions(old) : 0));
	s->slot->frozen = frozen;
	s->slot->stored = s->slot->stored || written;
	if (number)
		s->slot->change = number;
	mem_free(old);
}

static void lose_session(struct step *s, const struct taken *t, uint64_t number)
{
	struct roster_slot *slot = roster_slot(s->r->roster, t->ref);
	struct account other = { 0 };
	struct frozen *old = slot->frozen;

	frozen_thaw(old, &s->arena, &other);
	for (unsigned i = 0; i < other.n_sessions; i++)
		if (memcmp(other.sessions[i]->key.bytes, t->key.bytes, ID_BYTES) == 0)
			other.sessions[i--] = other.sessions[--other.n_sessions];
	slot->frozen = frozen_make(&other);
	slot->change = number ? number : slot->change;
	mem_free(old);
	keys_drop(s->r->sessions, t->key.bytes, t->ref);
	embedded_count(s->r, METRIC_REGISTRY_SESSIONS, -1);
	generation_bump(s->r->generation, slot->hash);
}

static uint64_t hash_of_id(const uint8_t id[ID_BYTES])
{
	struct session_key key;

	memcpy(key.bytes, id, ID_BYTES);
	return registry_key_hash(&key);
}

/* Who looks up a key asks `sessions` first and `ended` second, so it goes into the one before it leaves the other. */
static void move_keys(struct step *s, const struct effect *e)
{
	struct registry *r = s->r;

	switch (e->kind) {
	case EFFECT_KEY_BOUND:
		ended_drop(r->ended, e->id);
		break;
	case EFFECT_KEY_RETIRED:
		ended_put(r->ended, e->id,
			  (struct ended_owner){ .ref = s->ref, .row = s->slot->row });
		keys_drop(r->sessions, e->id, s->ref);
		break;
	case EFFECT_KEY_FORGOTTEN:
		keys_drop(r->sessions, e->id, s->ref);
		break;
	case EFFECT_CHALLENGE_OPENED:
		keys_add(r->challenges, e->id, s->ref);
		return;
	case EFFECT_CHALLENGE_GONE:
		keys_drop(r->challenges, e->id, s->ref);
		return;
	case EFFECT_ATTACHMENT_GONE:
	case EFFECT_TOLD:
		return;
	}
	generation_bump(r->generation, hash_of_id(e->id));
}

static void bump_generations(struct step *s)
{
	const struct account *a = &s->account;

	if (!s->change.plain)
		return;
	for (unsigned i = 0; i < a->n_sessions; i++)
		if (a->sessions[i]->dirty)
			generation_bump(s->r->generation, registry_key_hash(&a->sessions[i]->key));
	generation_bump(s->r->generation, s->hash);
}

static void carry_out(struct step *s)
{
	uint32_t row = s->slot ? s->slot->row : atomic_fetch_add(&s->r->last_row, 1) + 1;
	bool written;
	uint64_t number = write_rows(s, row, &written);

	for (const struct taken *t = s->taken; t; t = t->next)
		lose_session(s, t, number);
	freeze(s, row, number, written);
	for (const struct effect *e = s->change.effects; e; e = e->next)
		move_keys(s, e);
	bump_generations(s);
}

/* False: it has to be tried again, with more locks. */
static bool try_once(struct step *s, bool create,
		     void (*fn)(struct account *a, struct change *c, void *arg), void *arg)
{
	bool again;

	s->taken = NULL;
	change_init(&s->change, &s->account, &s->arena, s->r->wall_ms());
	s->change.claim = claim;
	s->change.untold = atomic_load_explicit(&s->r->untold, memory_order_relaxed);
	if (!find_account(s, create))
		return true;
	fn(&s->account, &s->change, arg);
	again = s->change.again;
	if (again)
		give_back_claims(s);
	else if (s->change.plain || s->change.nice)
		carry_out(s);
	change_fini(&s->change);
	return !again;
}

uint64_t step_run(struct registry *r, struct view account, bool create,
		  void (*fn)(struct account *a, struct change *c, void *arg), void *arg)
{
	char first[FIRST_BYTES];
	struct step s = { .r = r, .id = account, .hash = registry_account_hash(r, account) };
	uint64_t number;
	bool done;

	assert(account.len > 0 && account.len <= 256);
	set_bit(s.wanted, roster_shard(s.hash));
	arena_init(&s.arena, first, sizeof(first), SIZE_MAX);
	do {
		arena_reset(&s.arena);
		lock_wanted(&s);
		done = try_once(&s, create, fn, arg);
		number = done && s.slot ? s.slot->change : 0;
		unlock_held(&s);
	} while (!done);
	arena_fini(&s.arena);
	return number && !embedded_is_committed(r, number) ? number : 0;
}
