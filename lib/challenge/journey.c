/* The happy path is: the challenge is found, the device that asks is the one that it was made for, it still stands; a GET shows its
 * step, a POST does what the form says. It can fail by each of these not being so, in this order. */
#include "challenge/journey.h"

#include "base/base64.h"
#include "base/err.h"
#include "challenge/deed.h"
#include "decision/places.h"
#include "decision/policy.h"
#include "decision/resolve.h"

#include <assert.h>

const char *journey_action_word(enum journey_action action)
{
	static const char *const words[] = {
#define WORD(id, word) [JOURNEY_ACTION_##id] = word,
		JOURNEY_ACTION_TABLE(WORD)
#undef WORD
	};

	assert((unsigned)action < JOURNEY_ACTIONS);
	return words[action];
}

void journey_csrf(const struct hmac_key *key, const struct challenge_id *challenge,
		  const struct device_id *device, char ret_csrf[JOURNEY_CSRF_BYTES])
{
	const struct view parts[] = { VIEW("csrf\n"), view_make(challenge->bytes, ID_BYTES),
				      view_make(device->bytes, ID_BYTES) };
	uint8_t mac[DIGEST_BYTES];
	size_t len;

	hmac_sign(key, parts, sizeof(parts) / sizeof(*parts), mac);
	len = base64_encode_url(mac, DIGEST_BYTES, ret_csrf);
	assert(len == JOURNEY_CSRF_BYTES - 1);
}

struct taking {
	const struct journey_request *q;
	struct challenge_id id;
	struct journey_answer answer;
	bool full;
};

static const struct session_key *key_of(const struct journey_request *q)
{
	return q->account->session >= 0 ? &q->who->keys[q->account->session] : NULL;
}

static bool is_revoked(const struct session *s)
{
	return s && s->state == SESSION_REVOKED;
}

/* The attachment that the request belongs to, as the policy would see it; one whose session was revoked still has its own. */
static const struct attachment *bearer(const struct account *a, const struct journey_request *q)
{
	const struct visit visit = { .settings = q->settings,
				     .session = key_of(q),
				     .has_cookie = q->who->device_seen == DEVICE_VALID,
				     .cookie = q->who->device,
				     .facts = q->who->facts };
	const struct session *s = visit.session ? account_session(a, visit.session) : NULL;

	if (is_revoked(s) && !visit.has_cookie)
		return s->attachment;
	return resolve_find(a, &visit);
}

static bool is_logged_out(const struct account *a, const struct journey_request *q,
			  const struct attachment *t)
{
	const struct session_key *key = key_of(q);
	struct session_key pair;

	if (!key) {
		policy_pair_key(a, t, &pair);
		key = &pair;
	}
	return is_revoked(account_session(a, key));
}

static bool is_standing(const struct challenge *ch, int64_t now_ms)
{
	return account_challenge_is_open(ch) && now_ms - ch->created_ms < POLICY_CHALLENGE_MS;
}

static bool is_ours(const struct deed_scene *s)
{
	char csrf[JOURNEY_CSRF_BYTES];

	journey_csrf(s->q->csrf_key, &s->t->challenge->id, &s->t->device, csrf);
	return hmac_equal(csrf, JOURNEY_CSRF_BYTES - 1, s->q->csrf.at, s->q->csrf.len);
}

static bool is_in_form(const struct journey_request *q, const char *id)
{
	for (unsigned i = 0; i < q->n_devices; i++)
		if (view_is(q->devices[i], view_of(id)))
			return true;
	return false;
}

static void list_device(struct deed_scene *s, struct journey_page *page, const struct attachment *o)
{
	struct journey_device *d = &page->devices[page->n_devices++];

	account_id_format(o->device.bytes, d->id);
	d->label = arena_copy(s->q->arena, view_of(o->label));
	d->type = o->facts.type;
	d->last_seen_ms = o->last_seen_ms;
	d->is_this = o == s->t;
	d->chosen = s->q->post && is_in_form(s->q, d->id);
	s->full = s->full || !d->label.at;
}

/* Insertion: there are at most 64, and next to none out of order. */
static void sort_by_last_seen(struct journey_page *page)
{
	for (unsigned i = 1; i < page->n_devices; i++)
		for (unsigned k = i;
		     k > 0 && page->devices[k - 1].last_seen_ms < page->devices[k].last_seen_ms;
		     k--) {
			struct journey_device moved = page->devices[k];

			page->devices[k] = page->devices[k - 1];
			page->devices[k - 1] = moved;
		}
}

static void list_devices(struct deed_scene *s, struct journey_page *page)
{
	for (unsigned i = 0; i < s->a->n_attachments; i++)
		if (s->a->attachments[i]->counted && s->a->attachments[i] != s->t)
			list_device(s, page, s->a->attachments[i]);
	sort_by_last_seen(page);
	list_device(s, page, s->t);
}

static void count_room(struct deed_scene *s, struct journey_page *page)
{
	const struct settings *settings = s->q->settings;
	unsigned overall = places_excess(s->a, settings, s->t);
	unsigned alike = places_type_excess(s->a, settings, s->t);

	page->to_remove = overall > alike ? overall : alike;
	page->to_remove_alike = alike;
	page->type = s->t->facts.type;
	page->limit = alike && !overall ? places_type_limit(settings, page->type)
					: places_limit(s->a, settings);
}

static void show(struct deed_scene *s, int status)
{
	const struct challenge *ch = s->t->challenge;
	struct journey_page *page = arena_zalloc(s->q->arena, sizeof(*page));

	if (!page) {
		s->full = true;
		return;
	}
	page->step = deed_step(ch);
	account_id_format(ch->id.bytes, page->challenge);
	journey_csrf(s->q->csrf_key, &ch->id, &s->t->device, page->csrf);
	page->reasons = ch->reasons;
	page->actions = deed_offered(s->q->settings, ch);
	page->offers_upgrade = page->actions & (1u << JOURNEY_ACTION_UPGRADE);
	page->notified = ch->state == CHALLENGE_ADMIN_NOTIFIED;
	page->error = s->error;
	count_room(s, page);
	list_devices(s, page);
	page->device_label = page->devices[page->n_devices - 1].label;
	s->answer->kind = JOURNEY_SHOW;
	s->answer->status = status;
	s->answer->page = page;
}

static void take_post(struct deed_scene *s)
{
	if (!is_standing(s->t->challenge, change_now_ms(s->c)))
		return;
	if (!is_ours(s)) {
		s->answer->kind = JOURNEY_FORBIDDEN;
		return;
	}
	deed_do(s);
	if (s->error)
		show(s, 422);
}

static void take_get(struct deed_scene *s)
{
	if (is_standing(s->t->challenge, change_now_ms(s->c)) &&
	    !deed_is_solved(s->a, s->q->settings, s->t))
		show(s, 200);
	else
		deed_go_on(s);
}

static void take(struct account *a, struct change *c, void *arg)
{
	struct taking *taking = arg;
	const struct journey_request *q = taking->q;
	struct deed_scene s = { .q = q, .a = a, .c = c, .answer = &taking->answer };

	taking->answer = (struct journey_answer){ .kind = JOURNEY_NOT_FOUND };
	s.t = account_challenged(a, &taking->id);
	if (!s.t || bearer(a, q) != s.t)
		return;
	if (is_logged_out(a, q, s.t))
		taking->answer.kind = JOURNEY_LOGGED_OUT;
	else if (a->suspended || s.t->suspended)
		taking->answer.kind = JOURNEY_SUSPENDED;
	else if (q->post)
		take_post(&s);
	else
		take_get(&s);
	taking->full = s.full;
}

int journey_step(const struct journey_request *q, struct journey_answer *ret_answer)
{
	struct taking taking = { .q = q, .answer = { .kind = JOURNEY_NOT_FOUND } };
	uint64_t number = 0;

	if (q->account->known && account_id_parse(q->challenge, taking.id.bytes))
		number = registry_change(q->registry, view_of(q->account->account), false, take,
					 &taking);
	if (taking.full)
		return ERR_NOMEM;
	*ret_answer = taking.answer;
	ret_answer->number = number;
	return 0;
}
