#include "challenge/deed.h"

#include "decision/places.h"
#include "decision/policy.h"
#include "decision/tell.h"
#include "registry/outbox.h"

#include <assert.h>

enum { URL_EXTRA_BYTES = 64 };

#define BIT(action) (1u << JOURNEY_ACTION_##action)

enum journey_step deed_step(const struct challenge *ch)
{
	if (ch->reasons & REASON_BIT_REPEAT_TRIAL)
		return JOURNEY_TRIAL;
	switch ((enum challenge_state)ch->state) {
	case CHALLENGE_VERIFIED:
		return JOURNEY_DEVICES;
	case CHALLENGE_PENDING:
	case CHALLENGE_ADMIN_NOTIFIED:
		return JOURNEY_CANNOT_VERIFY;
	default:
		return JOURNEY_LANDING;
	}
}

uint32_t deed_offered(const struct settings *s, const struct challenge *ch)
{
	bool notified = ch->state == CHALLENGE_ADMIN_NOTIFIED;

	switch (deed_step(ch)) {
	case JOURNEY_TRIAL:
		return BIT(LOGOUT) | (notified ? 0 : BIT(APPROVAL)) |
		       (s->redirects.upgrade_url ? BIT(UPGRADE) : 0);
	case JOURNEY_DEVICES:
		return BIT(KICK) | BIT(NEW_ACCOUNT) | BIT(LOGOUT);
	case JOURNEY_CANNOT_VERIFY:
		return BIT(NEW_ACCOUNT) | BIT(LOGOUT) | (notified ? 0 : BIT(ADMIN));
	default:
		return BIT(CLAIM) | BIT(NEW_ACCOUNT) | BIT(LOGOUT);
	}
}

bool deed_is_solved(const struct account *a, const struct settings *s, const struct attachment *t)
{
	if (t->challenge->reasons & REASON_BIT_REPEAT_TRIAL)
		return !t->repeat_trial;
	return !places_excess(a, s, t) && !places_type_excess(a, s, t);
}

static void go(struct deed_scene *s, const char *to, struct view url)
{
	s->answer->kind = JOURNEY_GO;
	s->answer->to = to;
	s->answer->url = url;
}

static bool is_there(struct deed_scene *s, struct view url)
{
	s->full = url.at == NULL;
	return !s->full;
}

static void tell_gone(struct deed_scene *s)
{
	change_tell(s->c, OUTBOX_REDIRECT,
		    tell_redirect(s->a, s->t, s->answer->to, s->answer->url, &s->t->challenge->id));
}

static void tell_challenged(struct deed_scene *s, enum outbox_type type)
{
	json_t *data = tell_about(s->a, s->t);

	json_object_set_new(data, "challenge", tell_challenge(s->t->challenge));
	change_tell(s->c, type, data);
}

static bool has_control_byte(struct view v)
{
	for (size_t i = 0; i < v.len; i++)
		if ((uint8_t)v.at[i] < 0x20 || v.at[i] == 0x7f)
			return true;
	return false;
}

/* A path of this site: browsers take `//host`, `/\host` and the like for another site's address, and drop control bytes before
 * they look. */
static struct view site_path(struct view wanted, struct arena *arena)
{
	size_t i = 0;

	if (!wanted.len || wanted.at[0] != '/' || has_control_byte(wanted))
		return VIEW("/");
	while (i < wanted.len && (wanted.at[i] == '/' || wanted.at[i] == '\\'))
		i++;
	wanted = view_from(wanted, i);
	return arena_format(arena, "/%.*s", VIEW_ARG(wanted));
}

void deed_go_on(struct deed_scene *s)
{
	struct view path = site_path(view_of(s->t->challenge->wanted), s->q->arena);

	if (is_there(s, path))
		go(s, NULL, path);
}

/* Of the challenge page, which shows the step that is reached by then. */
static struct view page_address(struct deed_scene *s)
{
	char id[ID_TEXT_BYTES];

	account_id_format(s->t->challenge->id.bytes, id);
	return arena_format(s->q->arena, "/.latch/challenge?challenge=%s", id);
}

static struct view logout_address(struct deed_scene *s)
{
	struct view url = view_of(s->q->settings->redirects.logout_url);
	size_t size = url.len + URL_EXTRA_BYTES;
	char *room = arena_alloc(s->q->arena, size);
	char id[ID_TEXT_BYTES];
	struct text t;

	if (!room)
		return VIEW_NONE;
	text_init(&t, room, size);
	account_id_format(s->t->challenge->id.bytes, id);
	url_append(&t, url, VIEW("challenge"), view_of(id));
	assert(!t.overflow);
	return text_view(&t);
}

/* By the person's own will: nobody is asked, and the browser forgets its session. */
static void leave(struct deed_scene *s, const char *to, struct view url)
{
	if (!is_there(s, url))
		return;
	policy_detach(s->a, s->c, s->t, REVOKE_OWN, NULL);
	go(s, to, url);
	s->answer->expire_sessions = true;
	tell_gone(s);
}

static void do_new_account(struct deed_scene *s)
{
	leave(s, "new_account", view_of(s->q->settings->redirects.new_account_url));
}

static void do_logout(struct deed_scene *s)
{
	leave(s, "logout", logout_address(s));
}

/* On to success_url, or to what was wanted. */
static bool find_way_on(struct deed_scene *s)
{
	struct view success = view_of(s->q->settings->redirects.success_url);

	if (success.at)
		go(s, "success", success);
	else
		deed_go_on(s);
	return !s->full;
}

/* The device takes its place. */
static void complete(struct deed_scene *s)
{
	policy_place(s->c, s->t);
	change_challenge_state(s->c, s->t, CHALLENGE_COMPLETED);
	tell_challenged(s, OUTBOX_CHALLENGE_COMPLETED);
	if (s->answer->to)
		tell_gone(s);
}

/* Codes cannot be sent: whoever claims the account is believed, or nobody is. */
static void do_claim(struct deed_scene *s)
{
	bool believed = !s->q->settings->verify_always;
	struct view page;

	if (believed && deed_is_solved(s->a, s->q->settings, s->t)) {
		if (find_way_on(s))
			complete(s);
		return;
	}
	page = page_address(s);
	if (!is_there(s, page))
		return;
	change_challenge_state(s->c, s->t, believed ? CHALLENGE_VERIFIED : CHALLENGE_PENDING);
	go(s, NULL, page);
}

struct choice {
	struct attachment *chosen[ACCOUNT_MAX_DEVICES];
	unsigned n, alike; /* alike: of this device's type */
	bool own;          /* this device is among them */
};

static void choose(struct deed_scene *s, struct attachment *o, struct choice *choice)
{
	for (unsigned i = 0; i < choice->n; i++)
		if (choice->chosen[i] == o)
			return;
	assert(choice->n < ACCOUNT_MAX_DEVICES);
	choice->chosen[choice->n++] = o;
	choice->alike += o->facts.type == s->t->facts.type;
}

/* False when one of them is neither this device nor holds a place. */
static bool read_choice(struct deed_scene *s, struct choice *choice)
{
	struct device_id id;

	for (unsigned i = 0; i < s->q->n_devices; i++) {
		struct attachment *o = NULL;

		if (account_id_parse(s->q->devices[i], id.bytes))
			o = account_attachment(s->a, &id);
		if (o == s->t)
			choice->own = true;
		else if (o && o->counted)
			choose(s, o, choice);
		else
			return false;
	}
	return true;
}

static enum journey_error judge_choice(struct deed_scene *s, const struct choice *choice)
{
	if (choice->n < places_excess(s->a, s->q->settings, s->t))
		return JOURNEY_TOO_FEW;
	if (choice->alike < places_type_excess(s->a, s->q->settings, s->t))
		return JOURNEY_TOO_FEW_ALIKE;
	return JOURNEY_NO_ERROR;
}

/* Removing this device is a logout, whatever else was chosen: who leaves needs no room, and removes nobody. */
static void do_kick(struct deed_scene *s)
{
	const struct challenge_id id = s->t->challenge->id;
	struct choice choice = { .n = 0 };

	if (!read_choice(s, &choice)) {
		s->error = JOURNEY_UNKNOWN;
		return;
	}
	if (choice.own) {
		do_logout(s);
		return;
	}
	s->error = judge_choice(s, &choice);
	if (s->error || !find_way_on(s))
		return;
	for (unsigned i = 0; i < choice.n; i++)
		policy_detach(s->a, s->c, choice.chosen[i], REVOKE_KICKED, &id);
	complete(s);
}

/* False when it was postponed often enough for today. */
static bool postpone(struct deed_scene *s)
{
	struct challenge *ch = s->t->challenge;
	int64_t now_ms = change_now_ms(s->c);

	if (!ch->postponed_count || now_ms - ch->postponed_day_ms >= JOURNEY_POSTPONE_WITHIN_MS) {
		ch->postponed_day_ms = now_ms;
		ch->postponed_count = 0;
	}
	if (ch->postponed_count >= JOURNEY_POSTPONE_TIMES)
		return false;
	ch->postponed_count++;
	ch->postponed_until_ms = now_ms + JOURNEY_POSTPONE_MS;
	change_challenge_state(s->c, s->t, CHALLENGE_POSTPONED);
	return true;
}

/* Nobody is kept from paying: the address stays open when no more time is given. */
static void do_upgrade(struct deed_scene *s)
{
	go(s, "upgrade", view_of(s->q->settings->redirects.upgrade_url));
	if (postpone(s))
		tell_gone(s);
}

static void notify(struct deed_scene *s, enum outbox_type type)
{
	struct view page = page_address(s);

	if (!is_there(s, page))
		return;
	change_challenge_state(s->c, s->t, CHALLENGE_ADMIN_NOTIFIED);
	tell_challenged(s, type);
	go(s, NULL, page);
}

static void do_approval(struct deed_scene *s)
{
	notify(s, OUTBOX_TRIAL_APPROVAL);
}

static void do_admin(struct deed_scene *s)
{
	notify(s, OUTBOX_ADMIN_NOTIFY);
}

void deed_do(struct deed_scene *s)
{
	static void (*const deeds[JOURNEY_ACTIONS])(struct deed_scene *) = {
		[JOURNEY_ACTION_NEW_ACCOUNT] = do_new_account,
		[JOURNEY_ACTION_LOGOUT] = do_logout,
		[JOURNEY_ACTION_CLAIM] = do_claim,
		[JOURNEY_ACTION_KICK] = do_kick,
		[JOURNEY_ACTION_UPGRADE] = do_upgrade,
		[JOURNEY_ACTION_APPROVAL] = do_approval,
		[JOURNEY_ACTION_ADMIN] = do_admin,
	};
	uint32_t offered = deed_offered(s->q->settings, s->t->challenge);

	s->error = JOURNEY_NOT_OFFERED;
	for (unsigned i = 0; i < JOURNEY_ACTIONS; i++) {
		if (!(offered & (1u << i)) ||
		    !view_is(view_of(journey_action_word(i)), s->q->action))
			continue;
		s->error = JOURNEY_NO_ERROR;
		deeds[i](s);
	}
}
