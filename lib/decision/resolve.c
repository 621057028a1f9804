/* The happy path is: a valid cookie names the device; without one, the session does. What can differ: the session was
 * copied (another device's cookie came with it, or none and another browser), or nothing is known (a new device). */
#include "decision/resolve.h"

enum { HOUR_MS = 3600 * 1000 };

static bool same_agent(const struct device_facts *x, const struct device_facts *y)
{
	return x->type == y->type && x->os == y->os && x->browser == y->browser;
}

/* Beyond the account's bounds newcomers share the newest device that holds no place, and with it its challenge; never an
 * administrator's word about one device. */
static struct attachment *shared_newcomer(const struct account *a)
{
	for (unsigned i = a->n_attachments; i-- > 0;) {
		struct attachment *t = a->attachments[i];

		if (!t->counted && !t->suspended && t->status != ATTACHMENT_DORMANT &&
		    t->status != ATTACHMENT_EXEMPT)
			return t;
	}
	return NULL;
}

static bool may_grow(struct account *a, int64_t now_ms)
{
	if (now_ms - a->new_devices_hour_ms >= HOUR_MS) {
		a->new_devices_hour_ms = now_ms;
		a->new_devices = 0;
	}
	return a->new_devices++ < ACCOUNT_NEW_DEVICES_PER_HOUR;
}

/* Beyond the rate they share, if there is anybody to share with: where all hold places, whoever comes is a device of its own, or
 * nobody would count it. */
static struct attachment *attach(struct account *a, struct change *c, const struct visit *v,
				 const struct device_id *id)
{
	struct attachment *shared = may_grow(a, change_now_ms(c)) ? NULL : shared_newcomer(a);
	struct attachment *t = shared ? NULL : change_attach(c, id);

	if (!t)
		return shared ? shared : shared_newcomer(a);
	t->facts = v->facts;
	t->last_seen_ms = change_now_ms(c);
	change_label(c, t, v->label);
	return t;
}

/* One that is shared has come back already: it is judged at once, or new session values would pass for ever. */
static bool newcomer(struct account *a, struct change *c, const struct visit *v, struct resolved *r)
{
	r->attachment = attach(a, c, v, &v->fresh);
	r->came_back = r->attachment && !device_id_is(&r->attachment->device, &v->fresh);
	return r->attachment != NULL;
}

static struct attachment *attachment_of(struct account *a, struct change *c, const struct visit *v,
					const struct device_id *id)
{
	struct attachment *t = account_attachment(a, id);

	return t ? t : attach(a, c, v, id);
}

static void rides_on(struct change *c, struct attachment *t, const struct session *s)
{
	if (t->rides && memcmp(t->ridden.bytes, s->key.bytes, ID_BYTES) == 0)
		return;
	t->rides = true;
	t->ridden = s->key;
	change_attachment(c, t);
}

/* Its cookie had come back, and now another browser comes without one. */
static bool is_copied(const struct session *s, const struct visit *v)
{
	return s->cookie_came_back && !same_agent(&s->attachment->facts, &v->facts);
}

/* A copier without a cookie is recognised again by the session that it copied and by its agent. */
static struct attachment *copier(const struct account *a, const struct session *s,
				 const struct visit *v)
{
	for (unsigned i = 0; i < a->n_attachments; i++) {
		struct attachment *t = a->attachments[i];

		if (t->rides && memcmp(t->ridden.bytes, s->key.bytes, ID_BYTES) == 0 &&
		    same_agent(&t->facts, &v->facts))
			return t;
	}
	return NULL;
}

/* The cookie is not the one of the session's device. */
static struct attachment *other_cookie(struct account *a, struct change *c, const struct visit *v,
				       struct session *s)
{
	struct attachment *t = attachment_of(a, c, v, &v->cookie);

	if (!t)
		return NULL;
	if (s->attachment->status == ATTACHMENT_PENDING && !s->cookie_came_back) {
		/* The first device never showed itself: this is the browser that it was made for. */
		s->attachment = t;
		s->cookie_came_back = true;
		change_session(c, s);
	} else {
		rides_on(c, t, s);
	}
	return t;
}

static void with_session(struct account *a, struct change *c, const struct visit *v,
			 struct session *s, struct resolved *r)
{
	struct attachment *own = s->attachment;

	r->came_back = true;
	if (v->has_cookie && device_id_is(&own->device, &v->cookie)) {
		r->attachment = own;
		if (!s->cookie_came_back) {
			s->cookie_came_back = true;
			change_session(c, s);
		}
	} else if (v->has_cookie) {
		r->attachment = other_cookie(a, c, v, s);
	} else if (is_copied(s, v)) {
		r->attachment = copier(a, s, v);
		r->came_back = r->attachment != NULL;
		if (!r->attachment && newcomer(a, c, v, r))
			rides_on(c, r->attachment, s);
		r->give_cookie = true;
	} else {
		r->attachment = own;
		r->give_cookie = true;
	}
}

static unsigned claim_of(const struct attachment *t)
{
	switch ((enum attachment_status)t->status) {
	case ATTACHMENT_ATTACHED:
	case ATTACHMENT_EXEMPT:
		return 3;
	case ATTACHMENT_PENDING:
		return 2;
	default:
		return 1;
	}
}

/* The device of a source without sessions that has not shown its cookie yet; one that left too: it comes back, or has yet to see
 * that it was logged out. */
static struct attachment *cookieless(const struct account *a, const struct visit *v)
{
	struct attachment *best = NULL;

	for (unsigned i = 0; i < a->n_attachments; i++) {
		struct attachment *t = a->attachments[i];

		if (!t->cookie_came_back && !t->rides && same_agent(&t->facts, &v->facts) &&
		    (!best || claim_of(t) > claim_of(best)))
			best = t;
	}
	return best;
}

static void without_session(struct account *a, struct change *c, const struct visit *v,
			    struct resolved *r)
{
	if (v->has_cookie) {
		r->attachment = attachment_of(a, c, v, &v->cookie);
		r->came_back = true;
		return;
	}
	r->give_cookie = true;
	r->attachment = v->session ? NULL : cookieless(a, v);
	r->came_back = r->attachment != NULL;
	if (!r->attachment)
		newcomer(a, c, v, r);
}

void resolve_device(struct account *a, struct change *c, const struct visit *v,
		    struct resolved *ret_resolved)
{
	struct session *s = v->session ? account_session(a, v->session) : NULL;
	struct resolved r = { 0 };

	if (s && s->state == SESSION_BOUND && s->attachment) {
		with_session(a, c, v, s, &r);
	} else {
		without_session(a, c, v, &r);
		if (r.attachment && v->session)
			change_bind(c, v->session, r.attachment, v->source);
	}
	if (r.attachment && v->has_cookie && !r.attachment->cookie_came_back) {
		r.attachment->cookie_came_back = true;
		change_attachment(c, r.attachment);
	}
	*ret_resolved = r;
}

struct attachment *resolve_find(const struct account *a, const struct visit *v)
{
	const struct session *s = v->session ? account_session(a, v->session) : NULL;

	if (v->has_cookie)
		return account_attachment(a, &v->cookie);
	if (!s || s->state != SESSION_BOUND || !s->attachment)
		return v->session ? NULL : cookieless(a, v);
	return is_copied(s, v) ? copier(a, s, v) : s->attachment;
}

struct attachment *resolve_for_binding(struct account *a, struct change *c, const struct visit *v)
{
	struct session *s = v->session ? account_session(a, v->session) : NULL;
	struct attachment *t;

	if (v->has_cookie)
		return attachment_of(a, c, v, &v->cookie);
	if (!s || s->state != SESSION_BOUND || !s->attachment)
		return attachment_of(a, c, v, &v->fresh);
	if (!is_copied(s, v))
		return s->attachment;
	t = copier(a, s, v);
	if (t)
		return t;
	t = attach(a, c, v, &v->fresh);
	if (t)
		rides_on(c, t, s);
	return t;
}
