/* The happy path is: the session is bound, its device holds a place, the places suffice. Each step below either decides
 * (returns true) or leaves the visit to the next. */
#include "decision/policy.h"

#include "base/hmac.h"
#include "decision/places.h"
#include "decision/resolve.h"
#include "decision/tell.h"
#include "registry/outbox.h"

#include <stdio.h>

enum { HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS };

struct judging {
	struct account *a;
	struct change *c;
	const struct visit *v;
	struct session *session;
	struct attachment *t;
	bool came_back;
	bool exempt;
	struct verdict verdict;
};

static bool decided(struct judging *j, enum reason reason)
{
	j->verdict.reason = reason;
	return true;
}

static bool is_among(const struct settings_texts *list, struct view word)
{
	for (size_t i = 0; i < list->n; i++)
		if (view_is(view_of(list->at[i]), word))
			return true;
	return false;
}

static bool is_exempt(const struct account *a, const struct visit *v)
{
	struct view groups = view_of(a->groups), group;

	if (v->exempt_peer || is_among(&v->settings->exempt.accounts, view_of(a->id)))
		return true;
	while (view_split(&groups, ',', &group))
		if (is_among(&v->settings->exempt.groups, view_trim(group)))
			return true;
	return false;
}

static bool is_exempt_device(const struct attachment *t)
{
	return t && t->status == ATTACHMENT_EXEMPT;
}

static void show_challenge(struct judging *j, const struct challenge_id *id)
{
	j->verdict.has_challenge = true;
	j->verdict.challenge = *id;
}

static void show_device(struct judging *j, const struct attachment *t)
{
	j->verdict.has_device = true;
	j->verdict.device = t->device;
}

/* A revocation outlives everything, exemptions too: the session was taken away from whoever holds it. */
static bool session_is_revoked(struct judging *j)
{
	const struct session *s = j->session;
	bool vetoed = s && s->veto == VETO_GIVEN;

	if (!s || s->state != SESSION_REVOKED)
		return false;
	j->verdict.revocation = s->revocation;
	j->verdict.cause = s->cause;
	if (s->attachment)
		show_device(j, s->attachment);
	if (s->has_challenge)
		show_challenge(j, &s->challenge);
	if (s->veto == VETO_UNASKED && j->v->settings->events.url)
		j->verdict.asks = VISIT_ASKS_LOGOUT;
	return decided(j, vetoed ? REASON_VETOED_LOGOUT : REASON_REVOKED);
}

/* Whose session was revoked before is told of the suspension first. */
static bool account_is_suspended(struct judging *j)
{
	const struct attachment *t =
		j->session && j->session->state == SESSION_REVOKED ? j->session->attachment : NULL;

	return (j->a->suspended || (t && t->suspended)) && !j->exempt &&
	       decided(j, REASON_SUSPENDED);
}

/* A source without sessions of its own: (account, device) is the session. */
static struct session *pair_of(struct judging *j)
{
	struct session_key key;
	struct session *s;

	policy_pair_key(j->a, j->t, &key);
	s = account_session(j->a, &key);
	if (s && (s->state == SESSION_BOUND || s->state == SESSION_REVOKED))
		return s;
	return change_bind(j->c, &key, j->t, j->v->source);
}

static bool has_no_room(struct judging *j)
{
	struct resolved r;

	resolve_device(j->a, j->c, j->v, &r);
	j->t = r.attachment;
	j->came_back = r.came_back;
	if (!j->t)
		return decided(j, REASON_MONITORED);
	j->verdict.give_cookie = r.give_cookie;
	show_device(j, j->t);
	if (!j->v->session)
		j->session = pair_of(j);
	return false;
}

static bool device_is_suspended(struct judging *j)
{
	return j->t->suspended && !j->exempt && decided(j, REASON_SUSPENDED);
}

/* A new device counts only after it has come back once. */
static bool is_pending(struct judging *j)
{
	return j->t->status == ATTACHMENT_PENDING && !j->came_back && decided(j, REASON_PENDING);
}

static void attach(struct judging *j)
{
	struct attachment *t = j->t;

	if (t->status == ATTACHMENT_ATTACHED || t->status == ATTACHMENT_EXEMPT)
		return;
	t->status = ATTACHMENT_ATTACHED;
	t->counted = false;
	t->last_seen_ms = change_now_ms(j->c);
	change_attachment(j->c, t);
	change_tell(j->c, OUTBOX_DEVICE_ATTACHED, tell_about(j->a, t));
}

static void end_challenge(struct judging *j, enum challenge_state state)
{
	if (j->t->challenge && account_challenge_is_open(j->t->challenge))
		change_challenge_state(j->c, j->t, state);
}

static bool is_exempted(struct judging *j)
{
	if (!j->exempt && j->t->status != ATTACHMENT_EXEMPT)
		return false;
	attach(j);
	if (j->t->counted) {
		j->t->counted = false;
		change_attachment(j->c, j->t);
	}
	end_challenge(j, CHALLENGE_OVERRIDDEN);
	return decided(j, REASON_EXEMPT);
}

/* A challenge is about a trial or about places; the way out of one is not the way out of the other. */
static bool is_about(const struct challenge *ch, uint32_t reasons)
{
	return (ch->reasons & REASON_BIT_REPEAT_TRIAL) == (reasons & REASON_BIT_REPEAT_TRIAL);
}

static struct challenge *open_challenge(struct judging *j, uint32_t reasons)
{
	struct challenge *ch = j->t->challenge;
	bool young = ch && change_now_ms(j->c) - ch->created_ms < POLICY_CHALLENGE_MS;
	json_t *data;

	if (young && account_challenge_is_open(ch) && is_about(ch, reasons))
		return ch;
	end_challenge(j, young ? CHALLENGE_OVERRIDDEN : CHALLENGE_EXPIRED);
	ch = change_challenge_open(j->c, j->t, reasons);
	data = tell_about(j->a, j->t);
	json_object_set_new(data, "challenge", tell_challenge(ch));
	change_tell(j->c, OUTBOX_CHALLENGE_INITIATED, data);
	return ch;
}

static void keep_until(struct judging *j, int64_t wall_ms)
{
	if (wall_ms < j->verdict.until_ms)
		j->verdict.until_ms = wall_ms;
}

/* A challenged device holds no place and is nobody's excess. */
static bool challenged(struct judging *j, uint32_t reasons, enum reason reason)
{
	struct challenge *ch;

	if (j->t->counted) {
		j->t->counted = false;
		change_attachment(j->c, j->t);
	}
	ch = open_challenge(j, reasons);
	show_challenge(j, &ch->id);
	keep_until(j, ch->created_ms + POLICY_CHALLENGE_MS);
	keep_until(j, places_next_expiry_ms(j->a, j->v->settings, j->t));
	if (ch->state == CHALLENGE_POSTPONED && ch->postponed_until_ms > change_now_ms(j->c)) {
		keep_until(j, ch->postponed_until_ms);
		return decided(j, REASON_POSTPONED);
	}
	if (ch->veto == VETO_UNASKED && j->v->settings->events.url)
		j->verdict.asks = VISIT_ASKS_CHALLENGE;
	return decided(j, ch->veto == VETO_GIVEN ? REASON_VETOED_CHALLENGE : reason);
}

static bool is_repeat_trial(struct judging *j)
{
	if (!j->t->repeat_trial || j->v->warmup)
		return false;
	switch (j->v->settings->trials) {
	case TRIAL_CHALLENGE:
		return challenged(j, REASON_BIT_REPEAT_TRIAL, REASON_REPEAT_TRIAL);
	case TRIAL_DENY:
		return decided(j, REASON_DENIED_TRIAL);
	default:
		return false;
	}
}

static bool idle_devices_go(struct judging *j)
{
	int64_t before_ms = change_now_ms(j->c) - j->v->settings->detach_after_ms;

	for (unsigned i = 0; i < j->a->n_attachments; i++) {
		struct attachment *o = j->a->attachments[i];

		if (o->counted && o->last_seen_ms < before_ms)
			policy_detach(j->a, j->c, o, REVOKE_NONE, NULL);
	}
	attach(j);
	return false;
}

static uint32_t limit_reasons(const struct judging *j)
{
	static const uint32_t by_type[DEVICE_TYPES] = {
		[DEVICE_MOBILE] = REASON_BIT_LIMIT_MOBILE,
		[DEVICE_TABLET] = REASON_BIT_LIMIT_TABLET,
		[DEVICE_DESKTOP] = REASON_BIT_LIMIT_DESKTOP,
	};
	uint32_t reasons = 0;

	if (places_excess(j->a, j->v->settings, j->t))
		reasons |= REASON_BIT_LIMIT;
	if (places_type_excess(j->a, j->v->settings, j->t))
		reasons |= by_type[j->t->facts.type];
	return reasons;
}

/* Told once per device and excess, and not again on the same day. */
static void tell_excess(struct judging *j, uint32_t reasons)
{
	struct attachment *t = j->t;

	if (!(reasons & ~t->excess_told))
		return;
	t->excess_told |= reasons;
	t->excess_told_ms = change_now_ms(j->c);
	change_attachment(j->c, t);
	change_tell(j->c, OUTBOX_LIMIT_EXCEEDED,
		    tell_limit_exceeded(j->a, j->v->settings, t, reasons));
}

static void make_room(struct judging *j, enum settings_strategy strategy)
{
	const struct settings *s = j->v->settings;
	struct attachment *idlest;

	if (strategy == STRATEGY_LOG_OUT_OTHERS) {
		while ((idlest = places_idlest(j->a, j->t, false)))
			policy_detach(j->a, j->c, idlest, REVOKE_IDLE, NULL);
		return;
	}
	while (limit_reasons(j)) {
		bool same_type = !places_excess(j->a, s, j->t);

		idlest = places_idlest(j->a, j->t, same_type);
		if (!idlest)
			return;
		policy_detach(j->a, j->c, idlest, REVOKE_IDLE, NULL);
	}
}

/* The cause of a challenge has gone, or there never was one. */
static bool placed(struct judging *j, enum reason reason)
{
	end_challenge(j, CHALLENGE_OVERRIDDEN);
	if (!j->t->counted)
		policy_place(j->c, j->t);
	return decided(j, reason);
}

static bool is_over_limit(struct judging *j)
{
	uint32_t reasons = limit_reasons(j);

	if (!reasons)
		return false;
	if (j->v->warmup)
		return placed(j, REASON_WARMUP);
	tell_excess(j, reasons);
	switch (j->v->settings->strategy) {
	case STRATEGY_MONITOR:
		return placed(j, REASON_MONITORED);
	case STRATEGY_DENY_NEW:
		if (j->t->counted) {
			j->t->counted = false;
			change_attachment(j->c, j->t);
		}
		keep_until(j, places_next_expiry_ms(j->a, j->v->settings, j->t));
		return decided(j, REASON_DENIED_LIMIT);
	case STRATEGY_LOG_OUT_IDLE:
	case STRATEGY_LOG_OUT_OTHERS:
		make_room(j, j->v->settings->strategy);
		return placed(j, REASON_ATTACHED);
	default:
		return challenged(j, reasons, REASON_OVER_LIMIT);
	}
}

static bool is_allowed(struct judging *j)
{
	struct attachment *t = j->t;

	if (t->excess_told && change_now_ms(j->c) - t->excess_told_ms > DAY_MS) {
		t->excess_told = 0;
		change_attachment(j->c, t);
	}
	return placed(j, REASON_ATTACHED);
}

/* What one request carries belongs together: a value that the origin kept over the login is taken away with the others.
 * A client that brings ever new ones finds no room for them, and they are not forwarded. */
static void join(struct judging *j)
{
	struct attachment *t = j->session ? j->session->attachment : NULL;
	unsigned live;

	if (!t || j->session->state != SESSION_BOUND || !j->v->session)
		return;
	live = j->v->n_unbound ? account_live_sessions(j->a, t) : 0;
	for (unsigned i = 0; i < j->v->n_unbound; i++) {
		if (live++ < POLICY_MAX_LIVE)
			policy_add_key(j->c, &j->v->unbound[i], t, j->session, SESSION_JOINED);
		else
			j->verdict.unjoined |= (uint8_t)(1u << i);
	}
}

/* The next suspension is another cause to tell of. */
static void forget_redirect(struct judging *j)
{
	struct session *s = j->session;

	if (!s || s->state != SESSION_BOUND || !s->redirect_told ||
	    reason_act(j->verdict.reason) != ACT_ALLOW)
		return;
	s->redirect_told = false;
	change_session(j->c, s);
}

/* Values are kept for long after their last use, which is written once an hour. */
static void note_use(struct judging *j)
{
	struct session *s = j->session;
	int64_t now_ms = change_now_ms(j->c), before_ms = s ? s->last_used_ms : 0;

	if (!s || (s->state != SESSION_BOUND && s->state != SESSION_REVOKED))
		return;
	s->last_used_ms = now_ms;
	if (now_ms / HOUR_MS != before_ms / HOUR_MS)
		change_session_nice(j->c, s);
	else
		change_remember(j->c);
}

void policy_judge(struct account *a, struct change *c, const struct visit *v,
		  struct verdict *ret_verdict)
{
	static bool (*const steps[])(struct judging *) = {
		account_is_suspended, session_is_revoked, has_no_room, device_is_suspended,
		session_is_revoked,   is_pending,         is_exempted, idle_devices_go,
		is_repeat_trial,      is_over_limit,      is_allowed,
	};
	struct judging j = { .a = a, .c = c, .v = v };

	j.session = v->session ? account_session(a, v->session) : NULL;
	j.exempt = is_exempt(a, v) || is_exempt_device(resolve_find(a, v));
	j.verdict.until_ms = change_now_ms(c) + POLICY_VERDICT_MS;
	for (size_t i = 0; !steps[i](&j); i++)
		;
	join(&j);
	note_use(&j);
	forget_redirect(&j);
	if (j.t)
		policy_touch(c, j.t, &v->facts);
	*ret_verdict = j.verdict;
}

void policy_place(struct change *c, struct attachment *t)
{
	t->status = ATTACHMENT_ATTACHED;
	t->counted = true;
	t->place_ms = change_now_ms(c);
	change_attachment(c, t);
}

struct session *policy_add_key(struct change *c, const struct session_key *key,
			       struct attachment *t, const struct session *like,
			       enum session_given given)
{
	struct session *s = change_bind_given(c, key, t, like->source, given);

	s->bound_ms = like->bound_ms;
	s->cookie_came_back = like->cookie_came_back;
	return s;
}

/* What a copier came with goes with it, in one revocation; unless it leaves by its own will: then it leaves the session to
 * the device that it was copied from. */
static void take_ridden(struct account *a, struct change *c, struct attachment *t,
			enum revoke_cause cause)
{
	struct session *s = t->rides ? account_session(a, &t->ridden) : NULL;

	if (!t->rides)
		return;
	t->rides = false;
	change_attachment(c, t);
	if (s && s->state == SESSION_BOUND && cause != REVOKE_OWN)
		s->attachment = t;
}

void policy_detach(struct account *a, struct change *c, struct attachment *t,
		   enum revoke_cause cause, const struct challenge_id *challenge)
{
	json_t *data;

	if (cause != REVOKE_NONE) {
		take_ridden(a, c, t, cause);
		change_revoke(c, t, cause, challenge);
	}
	if (t->challenge && account_challenge_is_open(t->challenge))
		change_challenge_state(c, t, CHALLENGE_OVERRIDDEN);
	if (t->status != ATTACHMENT_ATTACHED && t->status != ATTACHMENT_EXEMPT)
		return;
	t->status = ATTACHMENT_DETACHED;
	t->counted = false;
	change_attachment(c, t);
	data = tell_about(a, t);
	change_tell(c, OUTBOX_DEVICE_DETACHED, data);
}

/* What rotation has left behind is no session of its own: it was bound when this one was. */
static bool has_other_session(const struct account *a, const struct attachment *t,
			      const struct session *left)
{
	for (unsigned i = 0; i < a->n_sessions; i++) {
		const struct session *s = a->sessions[i];

		if (s->attachment == t && s->state == SESSION_BOUND &&
		    s->bound_ms != left->bound_ms)
			return true;
	}
	return false;
}

void policy_leave(struct account *a, struct change *c, struct session *s, bool deleted)
{
	struct attachment *t = s->attachment;

	s->state = deleted ? SESSION_ENDED : SESSION_ANONYMOUS;
	s->attachment = NULL;
	change_session(c, s);
	if (t && !has_other_session(a, t, s))
		policy_detach(a, c, t, REVOKE_NONE, NULL);
}

void policy_touch(struct change *c, struct attachment *t, const struct device_facts *facts)
{
	int64_t now_ms = change_now_ms(c);

	t->last_seen_ms = now_ms;
	memcpy(t->facts.network, facts->network, NETWORK_BYTES);
	if (now_ms - t->seen_written_ms < POLICY_SEEN_WRITE_MS) {
		change_remember(c);
		return;
	}
	t->seen_written_ms = now_ms;
	change_attachment_nice(c, t);
}

void policy_pair_key(const struct account *a, const struct attachment *t,
		     struct session_key *ret_key)
{
	uint8_t digest[DIGEST_BYTES];
	char bytes[300];
	struct text text;

	text_init(&text, bytes, sizeof(bytes));
	text_puts(&text, "pair\n");
	text_put(&text, view_make(t->device.bytes, ID_BYTES));
	text_puts(&text, a->id);
	hmac_sha256(text_view(&text), digest);
	memcpy(ret_key->bytes, digest, ID_BYTES);
}
