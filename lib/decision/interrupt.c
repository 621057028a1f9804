#include "decision/interrupt.h"

#include "decision/policy.h"
#include "decision/tell.h"
#include "registry/outbox.h"

struct noting {
	const struct interrupt *i;
	bool loop;
};

static struct session *session_of(struct account *a, const struct interrupt *i)
{
	struct attachment *t =
		i->verdict->has_device ? account_attachment(a, &i->verdict->device) : NULL;
	struct session_key pair;

	if (i->session)
		return account_session(a, i->session);
	if (!t)
		return NULL;
	policy_pair_key(a, t, &pair);
	return account_session(a, &pair);
}

static bool is_loop(struct session *s, int64_t now_ms)
{
	if (now_ms - s->redirects_ms > INTERRUPT_WITHIN_MS) {
		s->redirects_ms = now_ms;
		s->redirects = 0;
	}
	if (s->redirects < UINT8_MAX)
		s->redirects++;
	return s->redirects > INTERRUPT_REDIRECTS;
}

static void tell_once(struct account *a, struct change *c, const struct interrupt *i,
		      struct session *s)
{
	struct attachment *t =
		i->verdict->has_device ? account_attachment(a, &i->verdict->device) : NULL;

	if (!i->to || s->redirect_told)
		return;
	s->redirect_told = true;
	change_session(c, s);
	change_tell(c, OUTBOX_REDIRECT,
		    tell_redirect(a, t, i->to, i->url,
				  i->verdict->has_challenge ? &i->verdict->challenge : NULL));
}

/* Where the source has no sessions of its own, the revocation ends with the redirect. */
static void end_pair(struct change *c, const struct interrupt *i, struct session *s)
{
	if (i->session || s->state != SESSION_REVOKED)
		return;
	s->state = SESSION_ANONYMOUS;
	s->redirect_told = false;
	change_session(c, s);
}

static void note(struct account *a, struct change *c, void *arg)
{
	struct noting *n = arg;
	const struct interrupt *i = n->i;
	struct attachment *t =
		i->verdict->has_challenge ? account_challenged(a, &i->verdict->challenge) : NULL;
	struct session *s = session_of(a, i);

	if (t && i->wanted.at && !view_is(view_of(t->challenge->wanted), i->wanted))
		change_challenge_wanted(c, t, i->wanted);
	if (!s)
		return;
	n->loop = is_loop(s, change_now_ms(c));
	change_remember(c);
	tell_once(a, c, i, s);
	if (reason_act(i->verdict->reason) == ACT_LOGOUT)
		end_pair(c, i, s);
}

uint64_t interrupt_note(struct registry *r, const struct interrupt *i, bool *ret_loop)
{
	struct noting n = { .i = i };
	uint64_t number = registry_change(r, view_of(i->account), false, note, &n);

	*ret_loop = n.loop;
	return number;
}

struct answering {
	const struct verdict *verdict;
	enum veto veto;
};

static void answer_challenge(struct account *a, struct change *c, const struct answering *x)
{
	struct attachment *t = account_challenged(a, &x->verdict->challenge);

	if (!t || t->challenge->veto != VETO_UNASKED)
		return;
	t->challenge->veto = (uint8_t)x->veto;
	change_challenge(c, t);
}

static void answer_logout(struct account *a, struct change *c, const struct answering *x)
{
	for (unsigned i = 0; i < a->n_sessions; i++) {
		struct session *s = a->sessions[i];

		if (s->state != SESSION_REVOKED || s->veto != VETO_UNASKED ||
		    memcmp(s->revocation.bytes, x->verdict->revocation.bytes, ID_BYTES) != 0)
			continue;
		s->veto = (uint8_t)x->veto;
		change_session(c, s);
	}
}

static void answer(struct account *a, struct change *c, void *arg)
{
	const struct answering *x = arg;

	if (x->verdict->asks == VISIT_ASKS_CHALLENGE)
		answer_challenge(a, c, x);
	else
		answer_logout(a, c, x);
}

uint64_t interrupt_answer(struct registry *r, const char *account, const struct verdict *verdict,
			  bool veto)
{
	struct answering x = { verdict, veto ? VETO_GIVEN : VETO_NONE };

	return registry_change(r, view_of(account), false, answer, &x);
}

struct questioning {
	const struct verdict *verdict;
	struct view url;
	json_t *data;
};

static const char *cause_text(enum revoke_cause cause)
{
	switch (cause) {
	case REVOKE_KICKED:
		return "kicked";
	case REVOKE_ADMIN:
		return "admin";
	case REVOKE_IDLE:
		return "idle";
	default:
		return "detach";
	}
}

static void question(const struct account *a, void *arg)
{
	struct questioning *q = arg;
	const struct verdict *v = q->verdict;
	struct attachment *t = v->has_device ? account_attachment(a, &v->device) : NULL;
	char id[ID_TEXT_BYTES];

	if (v->asks == VISIT_ASKS_CHALLENGE) {
		if (!(t = account_challenged(a, &v->challenge)))
			return;
		q->data = tell_about(a, t);
		json_object_set_new(q->data, "challenge", tell_challenge(t->challenge));
		json_object_set_new(q->data, "url", json_text(q->url));
		return;
	}
	q->data = tell_about(a, t);
	account_id_format(v->challenge.bytes, id);
	json_object_set_new(q->data, "challenge", v->has_challenge ? json_string(id) : json_null());
	json_object_set_new(q->data, "cause", json_string(cause_text(v->cause)));
}

json_t *interrupt_question(struct registry *r, const char *account, const struct verdict *verdict,
			   struct view url)
{
	struct questioning q = { verdict, url, NULL };

	registry_look(r, view_of(account), question, &q);
	return q.data;
}
