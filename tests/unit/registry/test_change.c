#include "suite.h"

#include "base/mem.h"
#include "registry/changing.h"
#include "registry/outbox.h"

/* An account in hand, without a registry around it. */
static char first[65536];
static struct arena arena;
static struct account account;
static struct change change;
static struct attachment *attachments[ACCOUNT_MAX_DEVICES];
static struct session *sessions[ACCOUNT_MAX_SESSIONS];
static char name[] = "alice";

enum { NOW_MS = 1000000 };

static void begin(int64_t now_ms)
{
	change_fini(&change);
	change_init(&change, &account, &arena, now_ms);
}

static void setup(void)
{
	arena_init(&arena, first, sizeof(first), SIZE_MAX);
	account = (struct account){ .id = name, .attachments = attachments, .sessions = sessions };
	change = (struct change){ 0 };
	begin(NOW_MS);
}

static void teardown(void)
{
	change_fini(&change);
	arena_fini(&arena);
}

static struct device_id device(unsigned n)
{
	struct device_id id = { { (uint8_t)n, (uint8_t)(n >> 8), 'd' } };

	return id;
}

static struct session_key key(unsigned n)
{
	struct session_key k = { { (uint8_t)n, (uint8_t)(n >> 8), 'k' } };

	return k;
}

static struct attachment *attach(unsigned n)
{
	struct device_id id = device(n);

	return change_attach(&change, &id);
}

static struct attachment *attached(unsigned n, int64_t last_seen_ms, bool counted)
{
	struct attachment *t = attach(n);

	t->status = ATTACHMENT_ATTACHED;
	t->counted = counted;
	t->last_seen_ms = last_seen_ms;
	return t;
}

static struct session *bind(unsigned n, struct attachment *t)
{
	struct session_key k = key(n);

	return change_bind(&change, &k, t, 0);
}

static struct session *bind_given(unsigned n, struct attachment *t, enum session_given given)
{
	struct session_key k = key(n);

	return change_bind_given(&change, &k, t, 0, given);
}

static struct attachment *find(unsigned n)
{
	struct device_id id = device(n);

	return account_attachment(&account, &id);
}

static const struct effect *effect_on(enum effect_kind kind, const uint8_t id[ID_BYTES])
{
	for (const struct effect *e = change.effects; e; e = e->next)
		if (e->kind == kind && memcmp(e->id, id, ID_BYTES) == 0)
			return e;
	return NULL;
}

static void a_new_attachment_is_pending_and_last(void)
{
	struct attachment *t;

	attach(1);
	t = attach(2);
	ck_assert_uint_eq(account.n_attachments, 2);
	ck_assert_ptr_eq(account.attachments[1], t);
	ck_assert_uint_eq(t->status, ATTACHMENT_PENDING);
	ck_assert(!t->counted);
	ck_assert_int_eq(t->last_seen_ms, NOW_MS);
}

static void the_order_of_attachments_shows_in_their_times(void)
{
	struct attachment *a = attach(1), *b = attach(2);

	begin(NOW_MS - 5000); /* the clock was set back */
	ck_assert_int_lt(a->first_seen_ms, b->first_seen_ms);
	ck_assert_int_lt(b->first_seen_ms, attach(3)->first_seen_ms);
}

/* 61 devices that hold places, and these three. */
static void fill(bool with_uncounted, bool with_detached, bool with_challenged)
{
	struct attachment *t;

	for (unsigned i = 0; i < ACCOUNT_MAX_DEVICES - 3; i++)
		attached(100 + i, 1, true);
	attached(1, NOW_MS - 5, !with_uncounted);
	t = attached(2, NOW_MS - 90, !with_detached);
	t->status = with_detached ? ATTACHMENT_DETACHED : ATTACHMENT_ATTACHED;
	t = attached(3, NOW_MS - 900, !with_challenged);
	if (with_challenged)
		change_challenge_open(&change, t, REASON_BIT_LIMIT);
}

static void the_longest_unseen_uncounted_makes_room(void)
{
	fill(true, true, true);
	find(100)->counted = false;
	find(100)->last_seen_ms = NOW_MS - 6;
	ck_assert_ptr_nonnull(attach(4));
	ck_assert_uint_eq(account.n_attachments, ACCOUNT_MAX_DEVICES);
	ck_assert_ptr_null(find(100));
	ck_assert_ptr_nonnull(find(1));
}

static void then_a_detached_one_makes_room(void)
{
	fill(false, true, true);
	ck_assert_ptr_nonnull(attach(4));
	ck_assert_ptr_null(find(2));
	ck_assert_ptr_nonnull(find(3));
}

static void then_a_challenged_one_makes_room(void)
{
	struct challenge_id id;

	fill(false, false, true);
	id = find(3)->challenge->id;
	ck_assert_ptr_nonnull(attach(4));
	ck_assert_ptr_null(find(3));
	ck_assert_ptr_nonnull(effect_on(EFFECT_CHALLENGE_GONE, id.bytes));
}

static void when_all_hold_places_there_is_no_room(void)
{
	fill(false, false, false);
	ck_assert_ptr_null(attach(4));
	ck_assert_uint_eq(account.n_attachments, ACCOUNT_MAX_DEVICES);
}

static void what_an_administrator_said_is_not_washed_away(void)
{
	fill(true, true, false);
	find(1)->suspended = true;
	find(2)->status = ATTACHMENT_EXEMPT;
	ck_assert_ptr_null(attach(4));
}

static void sessions_of_an_evicted_device_stay_refused(void)
{
	struct session *bound, *revoked;

	fill(true, false, false);
	bound = bind(1, find(1));
	revoked = bind(2, find(1));
	revoked->state = SESSION_REVOKED;
	attach(4);
	ck_assert_uint_eq(bound->state, SESSION_ENDED);
	ck_assert_ptr_null(bound->attachment);
	ck_assert_uint_eq(revoked->state, SESSION_ENDED);
	ck_assert_ptr_null(revoked->attachment);
	ck_assert(bound->dirty && revoked->dirty);
}

static void a_key_is_bound_with_its_times(void)
{
	struct attachment *t = attach(1);
	struct session *s = bind(1, t);

	ck_assert_uint_eq(s->state, SESSION_BOUND);
	ck_assert_ptr_eq(s->attachment, t);
	ck_assert_int_eq(s->bound_ms, NOW_MS);
	ck_assert_int_eq(s->last_used_ms, NOW_MS);
	ck_assert_ptr_nonnull(effect_on(EFFECT_KEY_BOUND, s->key.bytes));
}

static void what_two_changes_bind_in_one_millisecond_was_not_bound_together(void)
{
	struct attachment *t = attach(1);
	struct session *first_login = bind(1, t), *beside = bind(2, t), *second_login;

	begin(NOW_MS);
	second_login = bind(3, t);
	ck_assert_int_eq(beside->bound_ms, first_login->bound_ms);
	ck_assert_int_gt(second_login->bound_ms, first_login->bound_ms);
	begin(NOW_MS + 1);
	ck_assert_int_gt(bind(4, t)->bound_ms, second_login->bound_ms);
}

static void a_key_without_a_device_is_anonymous(void)
{
	ck_assert_uint_eq(bind(1, NULL)->state, SESSION_ANONYMOUS);
}

static void binding_what_is_bound_costs_nothing(void)
{
	struct attachment *t = attach(1);
	struct session *s = bind(1, t);

	s->dirty = false;
	begin(NOW_MS + 5);
	ck_assert_ptr_eq(bind(1, t), s);
	ck_assert(!s->dirty && !change.plain && !change.nice);
	ck_assert_int_eq(s->bound_ms, NOW_MS);
}

static void a_rebound_key_starts_anew(void)
{
	struct attachment *t = attach(1), *other = attach(2);
	struct session *s = bind(1, t);

	change_revoke(&change, t, REVOKE_KICKED, NULL);
	begin(NOW_MS + 5);
	ck_assert_ptr_eq(bind(1, other), s);
	ck_assert_uint_eq(s->state, SESSION_BOUND);
	ck_assert_ptr_eq(s->attachment, other);
	ck_assert_uint_eq(s->cause, REVOKE_NONE);
	ck_assert_int_eq(s->bound_ms, NOW_MS + 5);
	ck_assert_uint_eq(account.n_sessions, 1);
}

static void that_a_joined_value_was_given_is_news(void)
{
	struct attachment *t = attach(1);
	struct session *s = bind_given(1, t, SESSION_JOINED);

	ck_assert_uint_eq(s->given, SESSION_JOINED);
	s->dirty = false;
	begin(NOW_MS + 5);
	bind_given(1, t, SESSION_JOINED);
	ck_assert(!s->dirty && !change.plain);
	ck_assert_ptr_eq(bind_given(1, t, 3), s);
	ck_assert_uint_eq(s->given, 3);
	ck_assert(s->dirty && change.plain);
	ck_assert_int_eq(s->bound_ms, NOW_MS);
}

static void what_was_given_stays_given_and_in_two_places_in_both(void)
{
	struct attachment *t = attach(1);
	struct session *s = bind(1, t);

	ck_assert_uint_eq(s->given, SESSION_GIVEN);
	ck_assert_uint_eq(bind_given(1, t, 3)->given, 3);
	ck_assert_uint_eq(bind_given(1, t, SESSION_JOINED)->given, 3);
	ck_assert_uint_eq(bind_given(1, t, 3)->given, 3);
	ck_assert_uint_eq(bind_given(1, t, 4)->given, SESSION_GIVEN);
	ck_assert_uint_eq(bind_given(1, attach(2), SESSION_JOINED)->given, SESSION_JOINED);
}

static void a_joined_value_is_forgotten_without_a_trace(void)
{
	struct attachment *t = attach(1);
	struct session_key joined = key(2);

	bind(1, t);
	bind_given(2, t, SESSION_JOINED);
	bind(3, t);
	begin(NOW_MS + 5);
	change_forget(&change, &joined);
	ck_assert(change.plain);
	ck_assert_ptr_null(account_session(&account, &joined));
	ck_assert_uint_eq(account.n_sessions, 2);
	ck_assert_ptr_nonnull(effect_on(EFFECT_KEY_FORGOTTEN, joined.bytes));
	ck_assert_ptr_null(effect_on(EFFECT_KEY_RETIRED, joined.bytes));
}

/* One of each kind and as many as there is room for, in the order in which they have to go. */
static void fill_sessions(struct session *ret_sessions[8])
{
	struct attachment *counted = attached(1, 1, true), *uncounted = attached(2, 1, false);

	for (unsigned i = 0; i < ACCOUNT_MAX_SESSIONS - 8; i++)
		bind(100 + i, counted);
	ret_sessions[0] = bind(0, NULL);
	ret_sessions[1] = bind(1, counted);
	ret_sessions[1]->state = SESSION_ENDED;
	ret_sessions[2] = bind(2, counted);
	ret_sessions[2]->state = SESSION_REVOKED;
	ret_sessions[3] = bind(3, NULL);
	ret_sessions[3]->state = SESSION_SHARED;
	ret_sessions[4] = bind_given(4, uncounted, SESSION_JOINED);
	ret_sessions[5] = bind_given(5, counted, SESSION_JOINED);
	ret_sessions[6] = bind_given(6, uncounted, 1);
	ret_sessions[7] = bind(7, counted);
	ret_sessions[6]->last_used_ms = ret_sessions[7]->last_used_ms = NOW_MS - 1;
}

static void sessions_go_in_the_order_of_their_claims(void)
{
	const enum effect_kind how[8] = { EFFECT_KEY_FORGOTTEN, EFFECT_KEY_RETIRED,
					  EFFECT_KEY_RETIRED,   EFFECT_KEY_FORGOTTEN,
					  EFFECT_KEY_RETIRED,   EFFECT_KEY_RETIRED,
					  EFFECT_KEY_RETIRED,   EFFECT_KEY_RETIRED };
	struct attachment *t;
	struct session *s[8];

	fill_sessions(s);
	t = account.attachments[0];
	for (unsigned i = 0; i < 8; i++) {
		ck_assert_msg(account_session(&account, &s[i]->key) != NULL, "%u went too early",
			      i);
		bind(1000 + i, t);
		ck_assert_msg(account_session(&account, &s[i]->key) == NULL, "%u has not gone", i);
		ck_assert_msg(effect_on(how[i], s[i]->key.bytes) != NULL, "%u went otherwise", i);
	}
	ck_assert_uint_eq(account.n_sessions, ACCOUNT_MAX_SESSIONS);
}

static void revoking_refuses_all_live_sessions_of_the_device(void)
{
	struct attachment *t = attach(1), *other = attach(2);
	struct session *a = bind(1, t), *b = bind(2, t), *c = bind(3, other);
	const struct challenge_id challenge = { { 5 } };

	a->veto = VETO_NONE;
	a->redirect_told = true;
	ck_assert_uint_eq(change_revoke(&change, t, REVOKE_KICKED, &challenge), 2);
	ck_assert_uint_eq(a->state, SESSION_REVOKED);
	ck_assert_uint_eq(a->cause, REVOKE_KICKED);
	ck_assert_uint_eq(a->veto, VETO_UNASKED);
	ck_assert(!a->redirect_told);
	ck_assert(a->has_challenge && a->challenge.bytes[0] == 5);
	ck_assert_ptr_eq(a->attachment, t);
	ck_assert_mem_eq(a->revocation.bytes, b->revocation.bytes, ID_BYTES);
	ck_assert_uint_eq(c->state, SESSION_BOUND);
	ck_assert_uint_eq(change_revoke(&change, t, REVOKE_KICKED, NULL), 0);
}

static void every_revocation_has_an_id_of_its_own(void)
{
	struct attachment *t = attach(1), *other = attach(2);
	struct session *a = bind(1, t), *b = bind(2, other);

	change_revoke(&change, t, REVOKE_IDLE, NULL);
	change_revoke(&change, other, REVOKE_IDLE, NULL);
	ck_assert_mem_ne(a->revocation.bytes, b->revocation.bytes, ID_BYTES);
	ck_assert(!a->has_challenge);
}

static void who_leaves_by_himself_is_not_refused_aloud(void)
{
	struct attachment *t = attach(1);
	struct session *s = bind(1, t);

	ck_assert_uint_eq(change_revoke(&change, t, REVOKE_OWN, NULL), 1);
	ck_assert_uint_eq(s->state, SESSION_ENDED);
	ck_assert_ptr_null(s->attachment);
}

static void a_new_challenge_replaces_the_last(void)
{
	struct attachment *t = attach(1);
	struct challenge_id old = change_challenge_open(&change, t, REASON_BIT_LIMIT)->id;
	struct challenge *c;

	t->challenge->postponed_count = 2;
	t->challenge->postponed_day_ms = 77;
	t->challenge->veto = VETO_GIVEN;
	c = change_challenge_open(&change, t, REASON_BIT_REPEAT_TRIAL);
	ck_assert_ptr_eq(t->challenge, c);
	ck_assert_uint_eq(c->state, CHALLENGE_INITIATED);
	ck_assert_uint_eq(c->reasons, REASON_BIT_REPEAT_TRIAL);
	ck_assert_uint_eq(c->veto, VETO_UNASKED);
	ck_assert_uint_eq(c->postponed_count, 2);
	ck_assert_int_eq(c->postponed_day_ms, 77);
	ck_assert_mem_ne(c->id.bytes, old.bytes, ID_BYTES);
	ck_assert_ptr_nonnull(effect_on(EFFECT_CHALLENGE_GONE, old.bytes));
	ck_assert_ptr_nonnull(effect_on(EFFECT_CHALLENGE_OPENED, c->id.bytes));
}

static void a_challenge_that_moves_forgets_its_veto(void)
{
	struct attachment *t = attach(1);

	change_challenge_open(&change, t, REASON_BIT_LIMIT)->veto = VETO_GIVEN;
	begin(NOW_MS + 9);
	change_challenge_state(&change, t, CHALLENGE_VERIFIED);
	ck_assert_uint_eq(t->challenge->state, CHALLENGE_VERIFIED);
	ck_assert_uint_eq(t->challenge->veto, VETO_UNASKED);
	ck_assert_int_eq(t->challenge->changed_ms, NOW_MS + 9);
}

static void texts_are_copied_and_a_known_value_costs_nothing(void)
{
	char email[] = "a@example.com";

	change_text(&change, &account.email, view_of(email));
	email[0] = 'b';
	ck_assert_str_eq(account.email, "a@example.com");
	begin(NOW_MS);
	account.dirty = false;
	change_text(&change, &account.email, VIEW("a@example.com"));
	ck_assert(!change.plain && !account.dirty);
	change_text(&change, &account.email, VIEW_NONE);
	ck_assert_ptr_null(account.email);
	ck_assert(account.dirty);
}

static void what_was_seen_is_nice_to_write(void)
{
	struct attachment *t = attach(1);
	struct session *s = bind(1, t);

	begin(NOW_MS);
	t->dirty = s->dirty = false;
	change_attachment_nice(&change, t);
	change_session_nice(&change, s);
	ck_assert(t->dirty && s->dirty && change.nice && !change.plain);
}

static void what_is_told_is_kept_in_order(void)
{
	json_t *data = json_object();

	json_object_set_new(data, "a", json_integer(1));
	change_tell(&change, OUTBOX_DEVICE_ATTACHED, data);
	change_tell(&change, OUTBOX_REDIRECT, json_object());
	ck_assert_uint_eq(change.effects->type, OUTBOX_DEVICE_ATTACHED);
	ck_assert_str_eq(change.effects->data, "{\"a\":1}");
	ck_assert_uint_eq(change.effects->next->type, OUTBOX_REDIRECT);
	ck_assert_mem_ne(change.effects->id, change.effects->next->id, ID_BYTES);
}

SUITE_MAIN_WITH("change", setup, teardown, a_new_attachment_is_pending_and_last,
		the_order_of_attachments_shows_in_their_times,
		the_longest_unseen_uncounted_makes_room, then_a_detached_one_makes_room,
		then_a_challenged_one_makes_room, when_all_hold_places_there_is_no_room,
		what_an_administrator_said_is_not_washed_away,
		sessions_of_an_evicted_device_stay_refused, a_key_is_bound_with_its_times,
		what_two_changes_bind_in_one_millisecond_was_not_bound_together,
		a_key_without_a_device_is_anonymous, binding_what_is_bound_costs_nothing,
		a_rebound_key_starts_anew, that_a_joined_value_was_given_is_news,
		what_was_given_stays_given_and_in_two_places_in_both,
		a_joined_value_is_forgotten_without_a_trace,
		sessions_go_in_the_order_of_their_claims,
		revoking_refuses_all_live_sessions_of_the_device,
		every_revocation_has_an_id_of_its_own, who_leaves_by_himself_is_not_refused_aloud,
		a_new_challenge_replaces_the_last, a_challenge_that_moves_forgets_its_veto,
		texts_are_copied_and_a_known_value_costs_nothing, what_was_seen_is_nice_to_write,
		what_is_told_is_kept_in_order)
