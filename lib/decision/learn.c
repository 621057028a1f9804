/* The happy path is: a login response names the account and sets a session cookie; the value is bound to the account and a device.
 * Otherwise: a bound session is given one more value (rotation), ends (logout), or was revoked while the request was
 * under way (then its new values are revoked too). */
#include "decision/learn.h"

#include "base/hmac.h"
#include "decision/decide.h"
#include "decision/given.h"
#include "decision/logout.h"
#include "decision/milestone.h"
#include "decision/policy.h"
#include "decision/resolve.h"
#include "identity/agent.h"

enum { SHARED_WITHIN_MS = 3600 * 1000 };

struct learning {
	struct registry *registry;
	const struct learn_input *in;
	struct decide_account before; /* whose session it was */
	struct visit visit;
	struct learn_result result;
	/* the keys to bind */
	struct session_key keys[2 * IDENTITY_MAX_KEYS + 1];
	uint8_t given[2 * IDENTITY_MAX_KEYS + 1]; /* enum session_given, of each */
	unsigned n_keys;
	bool has_given; /* one of the account's was given, by this answer or before it, and came along */
	bool is_out;     /* what was deleted was a logout */
	bool has_device; /* result.device is that of the request */
};

bool learn_is_due(const struct lesson *l)
{
	return l->account.at || l->logout != LESSON_STAYS || l->n_set || l->email.at ||
	       l->phone.at || l->groups.at || l->metadata.at ||
	       l->device_limit != ACCOUNT_NO_LIMIT || l->event != LESSON_NO_EVENT;
}

static bool is_among(const struct session_key *keys, unsigned n, const struct session_key *key)
{
	for (unsigned i = 0; i < n; i++)
		if (memcmp(keys[i].bytes, key->bytes, ID_BYTES) == 0)
			return true;
	return false;
}

static void add_key(struct learning *l, const struct session_key *key, enum session_given given)
{
	if (is_among(l->keys, l->n_keys, key) || l->n_keys == sizeof(l->keys) / sizeof(*l->keys))
		return;
	l->given[l->n_keys] = (uint8_t)given;
	l->keys[l->n_keys++] = *key;
}

static enum session_given place_of(const struct learning *l, uint8_t cookie)
{
	return given_in(&l->in->settings->identity, cookie);
}

static void raise_number(struct learning *l, uint64_t number)
{
	if (number > l->result.number)
		l->result.number = number;
}

static void change(struct learning *l, const char *account, bool create,
		   void (*fn)(struct account *, struct change *, void *))
{
	raise_number(l, registry_change(l->registry, view_of(account), create, fn, l));
}

static const struct settings_source *source_of(const struct learning *l)
{
	return &l->in->settings->identity.sources[l->in->lesson->source];
}

/* Whether a carried value proves a session: for login forms only what the response sets does. */
static bool carried_counts(const struct learning *l)
{
	const struct settings_source *source = source_of(l);

	return !l->in->stranger &&
	       (source->kind != SOURCE_LOGIN_FORM || source->success.sets_cookie_none);
}

/* A value under which two accounts log in from two devices within an hour names no session. */
static bool is_shared(const struct learning *l, const struct registry_found *found)
{
	const struct identity *who = l->in->who;
	bool same_device =
		who->device_seen == DEVICE_VALID && device_id_is(&who->device, &found->device);

	return found->known && found->state == SESSION_BOUND && !same_device &&
	       !view_is(view_of(found->account), l->in->lesson->account) &&
	       l->in->now_ms - found->bound_ms < SHARED_WITHIN_MS;
}

struct sharing {
	const struct session_key *key;
};

/* Whoever was known by it alone is not seen any more, and holds no place. */
static void mark_shared(struct account *a, struct change *c, void *arg)
{
	struct sharing *sharing = arg;
	struct session *s = account_session(a, sharing->key);

	if (!s)
		return;
	policy_leave(a, c, s, false);
	s->state = SESSION_SHARED;
	change_session(c, s);
}

/* Whether the origin has read it, if it is one that came; notes one of this account's that was given. */
static bool was_read(struct learning *l, const struct registry_found *found, uint8_t cookie)
{
	bool bound = found->known && found->state == SESSION_BOUND;

	if (!given_is_read(&l->in->settings->identity,
			   bound ? (enum session_given)found->given : SESSION_JOINED, cookie))
		return false;
	if (bound && found->given != SESSION_JOINED &&
	    view_is(view_of(found->account), l->in->lesson->account))
		l->has_given = true;
	return true;
}

/* Adds a value to what is bound, unless it belongs to a source with more say, is revoked, or is nobody's alone. One that the
 * origin has ended lives again only when the origin sets it. */
static void consider(struct learning *l, const struct session_key *key, uint8_t cookie,
		     bool carried)
{
	struct registry_found found;
	struct sharing sharing = { key };

	registry_find(l->registry, key, &found);
	if (carried && !was_read(l, &found, cookie))
		return;
	if (found.known && (found.state == SESSION_REVOKED || found.state == SESSION_SHARED))
		return;
	if (found.known && found.state == SESSION_ENDED && carried)
		return;
	if (found.known && found.state == SESSION_BOUND && found.source < l->in->lesson->source)
		return;
	if (!carried && is_shared(l, &found)) {
		raise_number(l, registry_change(l->registry, view_of(found.account), false,
						mark_shared, &sharing));
		l->result.shared = true;
		return;
	}
	add_key(l, key, place_of(l, cookie));
}

/* What came along with a value that was given, now or before, is not given by that. */
static void consider_carried(struct learning *l)
{
	const struct lesson *lesson = l->in->lesson;
	const struct identity *who = l->in->who;
	unsigned n_before = l->n_keys;

	for (unsigned i = 0; i < who->n_keys; i++)
		if (!((l->in->not_forwarded | l->in->replaced) & (1u << i)) &&
		    !is_among(lesson->deleted, lesson->n_deleted, &who->keys[i]))
			consider(l, &who->keys[i], who->cookie[i], true);
	for (unsigned i = n_before; l->has_given && i < l->n_keys; i++)
		l->given[i] = SESSION_JOINED;
}

static bool is_nobodys(const struct learning *l, const struct session_key *key)
{
	struct registry_found found;

	registry_find(l->registry, key, &found);
	return !found.known || found.state == SESSION_ANONYMOUS;
}

static void choose_keys(struct learning *l)
{
	const struct lesson *lesson = l->in->lesson;
	bool carried = carried_counts(l);

	for (unsigned i = 0; i < lesson->n_set; i++)
		if (!lesson->set_is_gone[i] && (lesson->set_is_new[i] || carried))
			consider(l, &lesson->set[i], lesson->set_in[i], false);
	l->has_given = l->n_keys > 0;
	if (lesson->has_located && is_nobodys(l, &lesson->located))
		add_key(l, &lesson->located, SESSION_JOINED);
	if (carried)
		consider_carried(l);
}

static void keep_text(struct change *c, char **field, struct view value)
{
	if (value.at && !view_is(view_of(*field), value))
		change_text(c, field, value);
}

static void keep_attributes(struct account *a, struct change *c, const struct lesson *lesson)
{
	keep_text(c, &a->email, lesson->email);
	keep_text(c, &a->phone, lesson->phone);
	keep_text(c, &a->groups, lesson->groups);
	keep_text(c, &a->metadata, lesson->metadata);
	if (lesson->device_limit != ACCOUNT_NO_LIMIT && lesson->device_limit != a->origin_limit) {
		a->origin_limit = lesson->device_limit;
		change_account(c);
	}
}

static void note_device(struct learning *l, const struct attachment *t)
{
	const struct identity *who = l->in->who;

	l->has_device = true;
	l->result.device = t->device;
	l->result.set_cookie =
		who->device_seen != DEVICE_VALID || !device_id_is(&who->device, &t->device);
}

/* Parallel first responses: whoever comes second finds the value bound, and is the same device. */
static void find_twin(const struct account *a, struct learning *l)
{
	for (unsigned i = 0; i < l->n_keys && !l->visit.session; i++)
		if (account_session(a, &l->keys[i]))
			l->visit.session = &l->keys[i];
}

static void bind_keys(struct account *a, struct change *c, void *arg)
{
	struct learning *l = arg;
	struct attachment *t;

	find_twin(a, l);
	t = l->n_keys ? resolve_for_binding(a, c, &l->visit) : NULL;
	l->result.account_hash = a->hash;
	for (unsigned i = 0; t && i < l->n_keys; i++) {
		struct session *s = change_bind_given(c, &l->keys[i], t, l->in->lesson->source,
						      (enum session_given)l->given[i]);

		if (!s->cookie_came_back && l->visit.has_cookie) {
			s->cookie_came_back = true;
			change_session(c, s);
		}
	}
	if (t)
		note_device(l, t);
	keep_attributes(a, c, l->in->lesson);
}

/* More values for a session that is bound already: same device, no new attachment. What a copier was given is the copier's. */
static void rotate(struct account *a, struct change *c, struct learning *l, struct attachment *t)
{
	struct session *old = l->visit.session ? account_session(a, l->visit.session) : NULL;

	if (!old || old->state != SESSION_BOUND || !old->attachment)
		return;
	for (unsigned i = 0; i < l->n_keys; i++) {
		struct session *s = policy_add_key(c, &l->keys[i], t ? t : old->attachment, old,
						   (enum session_given)l->given[i]);

		s->cookie_came_back = s->attachment == old->attachment ? old->cookie_came_back
								       : l->visit.has_cookie;
	}
}

/* What the origin says of a session that goes on. */
static void go_on_with(struct account *a, struct change *c, void *arg)
{
	struct learning *l = arg;
	struct attachment *t = resolve_find(a, &l->visit);

	rotate(a, c, l, t);
	keep_attributes(a, c, l->in->lesson);
	l->has_device = t != NULL;
	if (t)
		l->result.device = t->device;
}

/* The session was revoked while this request was under way: so is what the origin gave it. */
static void revoke_too(struct account *a, struct change *c, void *arg)
{
	struct learning *l = arg;
	struct session *old = account_session(a, &l->in->who->keys[l->before.session]);

	for (unsigned i = 0; old && i < l->n_keys; i++) {
		struct session *s = change_bind(c, &l->keys[i], old->attachment, old->source);

		s->state = SESSION_REVOKED;
		s->cause = old->cause;
		s->veto = old->veto;
		s->has_challenge = old->has_challenge;
		s->challenge = old->challenge;
		s->revocation = old->revocation;
		change_session(c, s);
	}
}

/* A value that was set and deleted in one breath: the browser never keeps it, but the origin may still take it. */
static void end_gone(struct change *c, const struct learning *l)
{
	const struct lesson *lesson = l->in->lesson;

	for (unsigned i = 0; i < lesson->n_set; i++)
		if (lesson->set_is_gone[i]) {
			struct session *s = change_bind(c, &lesson->set[i], NULL, l->before.source);

			s->state = SESSION_ENDED;
			change_session(c, s);
		}
}

static struct logout logout_of(const struct learning *l)
{
	return (struct logout){ .identity = &l->in->settings->identity,
				.who = l->in->who,
				.lesson = l->in->lesson,
				.not_forwarded = l->in->not_forwarded,
				.replaced = l->in->replaced };
}

/* The carried values of this account's leave it: logout, or another account. */
static void log_out(struct account *a, struct change *c, void *arg)
{
	struct learning *l = arg;
	struct logout logout = logout_of(l);

	l->result.account_hash = a->hash;
	end_gone(c, l);
	logout_whole(a, c, &logout);
}

static void judge_deletion(struct account *a, struct change *c, void *arg)
{
	struct learning *l = arg;
	struct logout logout = logout_of(l);

	l->result.account_hash = a->hash;
	end_gone(c, l);
	l->is_out = logout_by_deletion(a, c, &logout);
}

/* A logout without evidence: the place is free, the session stays bound and attaches anew if it goes on. */
static void free_place(struct account *a, struct change *c, void *arg)
{
	struct learning *l = arg;
	struct attachment *t = resolve_find(a, &l->visit);

	if (t)
		policy_detach(a, c, t, REVOKE_NONE, NULL);
}

static void note_event(struct learning *l, const char *account)
{
	raise_number(l, milestone_note(l->registry, view_of(account), l->in->lesson->event,
				       l->has_device ? &l->result.device : NULL));
}

static void set_keys(struct learning *l)
{
	const struct lesson *lesson = l->in->lesson;

	for (unsigned i = 0; i < lesson->n_set; i++)
		if (!lesson->set_is_gone[i] && is_nobodys(l, &lesson->set[i]))
			add_key(l, &lesson->set[i], place_of(l, lesson->set_in[i]));
}

/* Nothing changes hands: more values, and what the origin says. */
static void stay(struct learning *l)
{
	set_keys(l);
	change(l, l->before.account, false, go_on_with);
	note_event(l, l->before.account);
}

/* A session bound by one source is rebound only by that source or one above it. A login form's answer begins a new one. */
static bool has_no_say(const struct learning *l)
{
	return l->before.known && !l->in->stranger && l->before.source < l->in->lesson->source &&
	       source_of(l)->kind != SOURCE_LOGIN_FORM;
}

static void log_in(struct learning *l)
{
	const struct lesson *lesson = l->in->lesson;
	bool same = l->before.known && !l->in->stranger &&
		    view_is(view_of(l->before.account), lesson->account);
	char account[257];

	memcpy(account, lesson->account.at, lesson->account.len);
	account[lesson->account.len] = '\0';
	choose_keys(l);
	if (!l->n_keys && same)
		stay(l);
	if (!l->n_keys)
		return;
	if (l->before.known && !l->in->stranger && !same)
		change(l, l->before.account, false, log_out);
	change(l, account, true, bind_keys);
	note_event(l, account);
}

static void go_on(struct learning *l)
{
	const struct lesson *lesson = l->in->lesson;

	if (lesson->logout == LESSON_LOGGED_OUT) {
		change(l, l->before.account, false, log_out);
		return;
	}
	if (lesson->logout == LESSON_DELETED)
		change(l, l->before.account, false, judge_deletion);
	if (l->is_out)
		return;
	if (lesson->logout == LESSON_MAYBE_OUT || lesson->maybe_out)
		change(l, l->before.account, false, free_place);
	else
		stay(l);
}

/* The value that named the session when the request was let through, and ended while it was under way. */
static const struct session_key *ended_meanwhile(const struct learning *l)
{
	uint8_t ended = l->before.ended & (uint8_t)~l->in->not_forwarded;

	return ended && !l->before.known ? &l->in->who->keys[__builtin_ctz(ended)] : NULL;
}

static void end_too(struct account *a, struct change *c, void *arg)
{
	struct learning *l = arg;

	(void)a;
	for (unsigned i = 0; i < l->n_keys; i++) {
		struct session *s = change_bind(c, &l->keys[i], NULL, l->before.source);

		s->state = SESSION_ENDED;
		change_session(c, s);
	}
}

/* Whoever left keeps nothing that the origin has yet to hand out. */
static void leave_nothing(struct learning *l, const struct session_key *ended)
{
	struct registry_found found;

	registry_find(l->registry, ended, &found);
	set_keys(l);
	if (found.known && l->n_keys)
		change(l, found.account, false, end_too);
	l->result.withhold_cookies = true;
}

void learn_response(struct registry *r, const struct learn_input *in,
		    struct learn_result *ret_result)
{
	struct learning l = { .registry = r, .in = in };
	const struct session_key *ended;
	bool revoked;

	decide_find_account(r, in->who, &l.before);
	revoked = l.before.known && l.before.state == SESSION_REVOKED;
	l.visit =
		(struct visit){ .settings = in->settings,
				.session = l.before.known && l.before.session >= 0 && !in->stranger
						   ? &in->who->keys[l.before.session]
						   : NULL,
				.has_cookie = in->who->device_seen == DEVICE_VALID,
				.cookie = in->who->device,
				.facts = in->who->facts,
				.label = agent_label(&in->who->facts, in->arena) };
	device_mint(&l.visit.fresh);
	ended = in->stranger || in->lesson->account.at ? NULL : ended_meanwhile(&l);
	if (revoked && !in->stranger && !(in->may_go_on && in->lesson->account.at)) {
		set_keys(&l);
		change(&l, l.before.account, false, revoke_too);
		l.result.withhold_cookies = !in->may_go_on;
	} else if (in->lesson->account.at && has_no_say(&l)) {
		stay(&l);
	} else if (in->lesson->account.at) {
		log_in(&l);
	} else if (ended) {
		leave_nothing(&l, ended);
	} else if (l.before.known && !in->stranger) {
		go_on(&l);
	}
	*ret_result = l.result;
}
