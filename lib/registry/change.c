#include "registry/changing.h"

#include "base/hmac.h"
#include "base/mem.h"
#include "registry/frozen.h"

#include <assert.h>

void change_init(struct change *c, struct account *a, struct arena *arena, int64_t now_ms)
{
	*c = (struct change){ .account = a, .arena = arena, .now_ms = now_ms };
	c->effects_end = &c->effects;
}

void change_fini(struct change *c)
{
	for (struct effect *e = c->effects; e; e = e->next)
		mem_free(e->data);
	c->effects = NULL;
}

static struct effect *add_effect(struct change *c, enum effect_kind kind,
				 const uint8_t id[ID_BYTES])
{
	struct effect *e = frozen_room(c->arena, sizeof(*e));

	e->kind = kind;
	memcpy(e->id, id, ID_BYTES);
	*c->effects_end = e;
	c->effects_end = &e->next;
	c->plain = true;
	return e;
}

int64_t change_now_ms(const struct change *c)
{
	return c->now_ms;
}

/* How readily an attachment makes room for a new one; NEVER for those that hold a place, and for those that
 * stand by an administrator's word, which a flood of new devices must not wash away. */
enum readiness { NEVER, CHALLENGED, DETACHED, UNCOUNTED };

static enum readiness readiness_of(const struct attachment *t)
{
	if (t->counted || t->suspended || t->status == ATTACHMENT_EXEMPT)
		return NEVER;
	if (t->challenge && account_challenge_is_open(t->challenge))
		return CHALLENGED;
	return t->status == ATTACHMENT_DETACHED ? DETACHED : UNCOUNTED;
}

static struct attachment *most_ready(const struct account *a)
{
	struct attachment *best = NULL;

	for (unsigned i = 0; i < a->n_attachments; i++) {
		struct attachment *t = a->attachments[i];

		if (readiness_of(t) == NEVER)
			continue;
		if (!best || readiness_of(t) > readiness_of(best) ||
		    (readiness_of(t) == readiness_of(best) && t->last_seen_ms < best->last_seen_ms))
			best = t;
	}
	return best;
}

static void end_session(struct change *c, struct session *s)
{
	s->state = SESSION_ENDED;
	s->attachment = NULL;
	s->cause = REVOKE_NONE;
	s->veto = VETO_UNASKED;
	change_session(c, s);
}

static void drop_attachment(struct change *c, struct attachment *t)
{
	struct account *a = c->account;
	unsigned i = 0;

	for (unsigned k = 0; k < a->n_sessions; k++)
		if (a->sessions[k]->attachment == t)
			end_session(c, a->sessions[k]);
	if (t->challenge)
		add_effect(c, EFFECT_CHALLENGE_GONE, t->challenge->id.bytes);
	add_effect(c, EFFECT_ATTACHMENT_GONE, t->device.bytes);
	while (a->attachments[i] != t)
		i++;
	a->n_attachments--;
	memmove(a->attachments + i, a->attachments + i + 1,
		(a->n_attachments - i) * sizeof(struct attachment *));
}

/* Strictly later than the last one's, so that the order survives a restart, and a clock that was set back. */
static int64_t first_seen_now(const struct change *c)
{
	const struct account *a = c->account;
	int64_t last_ms =
		a->n_attachments ? a->attachments[a->n_attachments - 1]->first_seen_ms : INT64_MIN;

	return c->now_ms > last_ms ? c->now_ms : last_ms + 1;
}

struct attachment *change_attach(struct change *c, const struct device_id *device)
{
	struct account *a = c->account;
	struct attachment *t;

	assert(!account_attachment(a, device));
	if (a->n_attachments == ACCOUNT_MAX_DEVICES) {
		t = most_ready(a);
		if (!t)
			return NULL;
		drop_attachment(c, t);
	}
	t = frozen_room(c->arena, sizeof(*t));
	t->device = *device;
	t->status = ATTACHMENT_PENDING;
	t->first_seen_ms = first_seen_now(c);
	t->last_seen_ms = c->now_ms;
	a->attachments[a->n_attachments++] = t;
	change_attachment(c, t);
	return t;
}

void change_attachment(struct change *c, struct attachment *t)
{
	t->dirty = true;
	c->plain = true;
}

void change_remember(struct change *c)
{
	c->nice = true;
}

void change_attachment_nice(struct change *c, struct attachment *t)
{
	t->dirty = true;
	c->nice = true;
}

void change_account(struct change *c)
{
	c->account->dirty = true;
	c->plain = true;
}

static char *copy_text(struct change *c, struct view value)
{
	struct view copy = arena_copy(c->arena, value);

	assert(copy.at);
	assert(!memchr(copy.at, '\0', copy.len));
	return (char *)(uintptr_t)copy.at;
}

/* False when the field has this value already. Nothing and an empty value are the same. */
static bool replace_text(struct change *c, char **field, struct view value)
{
	if (view_is(view_of(*field), value))
		return false;
	*field = value.len ? copy_text(c, value) : NULL;
	return true;
}

void change_label(struct change *c, struct attachment *t, struct view label)
{
	if (replace_text(c, &t->label, label))
		change_attachment(c, t);
}

void change_text(struct change *c, char **field, struct view value)
{
	if (replace_text(c, field, value))
		change_account(c);
}

/* Which session has to go when there are too many. What passes anyway goes first; what is refused is retired, so
 * that it stays refused; a session in use ends only when there is nothing else. */
static unsigned claim_to_stay(const struct session *s)
{
	switch ((enum session_state)s->state) {
	case SESSION_ANONYMOUS:
		return 0;
	case SESSION_ENDED:
		return 1;
	case SESSION_REVOKED:
		return 2;
	case SESSION_SHARED:
		return 3;
	case SESSION_BOUND:
		break;
	}
	return 4 + 2 * (s->given != SESSION_JOINED) + (s->attachment && s->attachment->counted);
}

static unsigned first_to_go(const struct account *a)
{
	unsigned first = 0;

	for (unsigned i = 1; i < a->n_sessions; i++) {
		const struct session *s = a->sessions[i], *f = a->sessions[first];

		if (claim_to_stay(s) < claim_to_stay(f) ||
		    (claim_to_stay(s) == claim_to_stay(f) && s->last_used_ms < f->last_used_ms))
			first = i;
	}
	return first;
}

static void drop_session(struct change *c, unsigned i, enum effect_kind kind)
{
	struct account *a = c->account;

	add_effect(c, kind, a->sessions[i]->key.bytes);
	a->sessions[i] = a->sessions[--a->n_sessions];
}

static void make_room_for_session(struct change *c)
{
	unsigned i = first_to_go(c->account);
	const struct session *s = c->account->sessions[i];
	bool passes = s->state == SESSION_ANONYMOUS || s->state == SESSION_SHARED;

	drop_session(c, i, passes ? EFFECT_KEY_FORGOTTEN : EFFECT_KEY_RETIRED);
}

static struct session *new_session(struct change *c, const struct session_key *key)
{
	struct account *a = c->account;
	struct session *s = frozen_room(c->arena, sizeof(*s));

	if (a->n_sessions == ACCOUNT_MAX_SESSIONS)
		make_room_for_session(c);
	s->key = *key;
	a->sessions[a->n_sessions++] = s;
	if (!c->claim || c->claim(c, key))
		add_effect(c, EFFECT_KEY_BOUND, key->bytes);
	return s;
}

/* What one change binds belongs together, and what another one has bound does not, were it in the same millisecond. */
static int64_t bound_now(struct change *c)
{
	const struct account *a = c->account;

	if (c->bound_ms)
		return c->bound_ms;
	c->bound_ms = c->now_ms;
	for (unsigned i = 0; i < a->n_sessions; i++)
		if (a->sessions[i]->bound_ms >= c->bound_ms)
			c->bound_ms = a->sessions[i]->bound_ms + 1;
	return c->bound_ms;
}

static void bind_anew(struct change *c, struct session *s, struct attachment *t, unsigned source,
		      enum session_given given)
{
	int64_t bound_ms = bound_now(c);

	*s = (struct session){
		.key = s->key,
		.attachment = t,
		.state = t ? SESSION_BOUND : SESSION_ANONYMOUS,
		.source = (uint8_t)source,
		.given = (uint8_t)given,
		.bound_ms = bound_ms,
		.last_used_ms = c->now_ms,
	};
	change_session(c, s);
}

/* What was given in two places is at home in both. */
static void note_given(struct change *c, struct session *s, enum session_given given)
{
	bool placed = s->given != SESSION_JOINED && s->given != SESSION_GIVEN;

	if (given == SESSION_JOINED || given == s->given)
		return;
	s->given = (uint8_t)(placed ? SESSION_GIVEN : given);
	change_session(c, s);
}

struct session *change_bind(struct change *c, const struct session_key *key, struct attachment *t,
			    unsigned source)
{
	return change_bind_given(c, key, t, source, SESSION_GIVEN);
}

struct session *change_bind_given(struct change *c, const struct session_key *key,
				  struct attachment *t, unsigned source, enum session_given given)
{
	struct session *s = account_session(c->account, key);
	enum session_state state = t ? SESSION_BOUND : SESSION_ANONYMOUS;

	assert(source <= UINT8_MAX);
	if (s && s->state == state && s->attachment == t && s->source == source) {
		note_given(c, s, given);
		return s;
	}
	if (!s)
		s = new_session(c, key);
	bind_anew(c, s, t, source, given);
	return s;
}

void change_forget(struct change *c, const struct session_key *key)
{
	struct account *a = c->account;
	unsigned i = 0;

	while (memcmp(a->sessions[i]->key.bytes, key->bytes, ID_BYTES) != 0)
		i++;
	assert(a->sessions[i]->state == SESSION_BOUND && a->sessions[i]->given == SESSION_JOINED);
	drop_session(c, i, EFFECT_KEY_FORGOTTEN);
}

void change_session(struct change *c, struct session *s)
{
	s->dirty = true;
	c->plain = true;
}

void change_session_nice(struct change *c, struct session *s)
{
	s->dirty = true;
	c->nice = true;
}

static void revoke_session(struct change *c, struct session *s, enum revoke_cause cause,
			   const struct challenge_id *challenge,
			   const struct challenge_id *revocation)
{
	s->state = SESSION_REVOKED;
	s->cause = (uint8_t)cause;
	s->veto = VETO_UNASKED;
	s->redirect_told = false;
	s->has_challenge = challenge != NULL;
	s->challenge = challenge ? *challenge : (struct challenge_id){ { 0 } };
	s->revocation = *revocation;
	change_session(c, s);
}

unsigned change_revoke(struct change *c, struct attachment *t, enum revoke_cause cause,
		       const struct challenge_id *challenge)
{
	struct account *a = c->account;
	struct challenge_id revocation;
	unsigned revoked = 0;

	assert(cause != REVOKE_NONE);
	hmac_random(revocation.bytes, ID_BYTES);
	for (unsigned i = 0; i < a->n_sessions; i++) {
		struct session *s = a->sessions[i];

		if (s->attachment != t || s->state != SESSION_BOUND)
			continue;
		if (cause == REVOKE_OWN)
			end_session(c, s);
		else
			revoke_session(c, s, cause, challenge, &revocation);
		revoked++;
	}
	return revoked;
}

struct challenge *change_challenge_open(struct change *c, struct attachment *t, uint32_t reasons)
{
	struct challenge *n = frozen_room(c->arena, sizeof(*n));

	hmac_random(n->id.bytes, ID_BYTES);
	n->reasons = reasons;
	n->state = CHALLENGE_INITIATED;
	n->created_ms = n->changed_ms = c->now_ms;
	if (t->challenge) {
		n->postponed_count = t->challenge->postponed_count;
		n->postponed_day_ms = t->challenge->postponed_day_ms;
		add_effect(c, EFFECT_CHALLENGE_GONE, t->challenge->id.bytes);
	}
	t->challenge = n;
	add_effect(c, EFFECT_CHALLENGE_OPENED, n->id.bytes);
	change_challenge(c, t);
	return n;
}

void change_challenge_state(struct change *c, struct attachment *t, enum challenge_state state)
{
	assert((unsigned)state < CHALLENGE_STATES);
	t->challenge->state = (uint8_t)state;
	t->challenge->veto = VETO_UNASKED;
	t->challenge->changed_ms = c->now_ms;
	change_challenge(c, t);
}

void change_challenge(struct change *c, struct attachment *t)
{
	t->challenge->dirty = true;
	c->plain = true;
}

void change_challenge_wanted(struct change *c, struct attachment *t, struct view wanted)
{
	if (replace_text(c, &t->challenge->wanted, wanted))
		change_challenge(c, t);
}

void change_tell(struct change *c, unsigned type, json_t *data)
{
	uint8_t id[ID_BYTES];
	struct effect *e;

	if (c->untold) {
		json_decref(data);
		return;
	}
	hmac_random(id, ID_BYTES);
	e = add_effect(c, EFFECT_TOLD, id);
	e->type = type;
	e->data = json_dump(data);
	json_decref(data);
}
