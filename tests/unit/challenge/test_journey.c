#include "alice.h"

/* Who may open it. */

static void the_challenged_device_is_shown_the_landing_page(void)
{
	const struct journey_page *p;
	char csrf[JOURNEY_CSRF_BYTES];
	struct device_id three = device_id(3);

	get();
	p = shows(JOURNEY_LANDING, 200);
	journey_csrf(scene.csrf_key, &scene.challenge, &three, csrf);
	ck_assert_str_eq(p->csrf, csrf);
	ck_assert_uint_eq(strlen(csrf), JOURNEY_CSRF_BYTES - 1);
	ck_assert_uint_eq(p->reasons, REASON_BIT_LIMIT);
	ck_assert_uint_eq(p->limit, 2);
	ck_assert_uint_eq(p->to_remove, 1);
	ck_assert(view_is(p->device_label, VIEW("Firefox on <Linux>")));
	ck_assert(offers(JOURNEY_ACTION_CLAIM) && offers(JOURNEY_ACTION_NEW_ACCOUNT) &&
		  offers(JOURNEY_ACTION_LOGOUT));
	ck_assert(!offers(JOURNEY_ACTION_KICK) && !offers(JOURNEY_ACTION_UPGRADE) &&
		  !offers(JOURNEY_ACTION_ADMIN));
	ck_assert_int_eq(p->error, JOURNEY_NO_ERROR);
}

static void every_live_session_of_the_attachment_opens_it(void)
{
	struct asking x = by(3);

	visit_as((struct logging_in){ .session = 33, .device = 3, .type = DEVICE_DESKTOP });
	x.session = 33;
	ck_assert_int_eq(step(x), JOURNEY_SHOW);
	x.cookie = NOBODY;
	ck_assert_int_eq(step(x), JOURNEY_SHOW);
}

static void nobody_else_opens_it(void)
{
	ck_assert_int_eq(step(by(1)), JOURNEY_NOT_FOUND);
	ck_assert_int_eq(step((struct asking){ NOBODY, NOBODY, .challenge = scene.challenge }),
			 JOURNEY_NOT_FOUND);
	ck_assert_int_eq(step((struct asking){ NOBODY, 3, .challenge = scene.challenge }),
			 JOURNEY_NOT_FOUND);
	ck_assert_int_eq(step((struct asking){ 99, 3, .challenge = scene.challenge }),
			 JOURNEY_NOT_FOUND);
	ck_assert_int_eq(step((struct asking){ 3, 1, .challenge = scene.challenge }),
			 JOURNEY_NOT_FOUND);
}

static void nobody_else_acts_on_it(void)
{
	struct asking x = by(1);

	x.action = "claim";
	ck_assert_int_eq(step(x), JOURNEY_NOT_FOUND);
	x.session = 99;
	ck_assert_int_eq(step(x), JOURNEY_NOT_FOUND);
	ck_assert_int_eq(state(), CHALLENGE_INITIATED);
}

static void an_unknown_or_crooked_link_is_not_found(void)
{
	static const char *const crooked[] = { "",
					       "0",
					       "00112233445566778899AABBCCDDEEFF",
					       "00112233445566778899aabbccddeef",
					       "00112233445566778899aabbccddeeff0",
					       "../../../../etc/passwd..........",
					       "00112233445566778899aabbccddeeff" };
	struct asking x = by(3);
	struct identity who = identity_of(&x);
	struct decide_account account;
	struct journey_request q = { .registry = scene.r,
				     .settings = &scene.s,
				     .csrf_key = scene.csrf_key,
				     .who = &who,
				     .account = &account,
				     .now_ms = now_ms,
				     .arena = &scene.arena };

	decide_find_account(scene.r, &who, &account);
	for (size_t i = 0; i < sizeof(crooked) / sizeof(*crooked); i++) {
		q.challenge = view_of(crooked[i]);
		ck_assert_int_eq(journey_step(&q, &scene.answer), 0);
		ck_assert_int_eq(scene.answer.kind, JOURNEY_NOT_FOUND);
	}
	q.challenge = VIEW_NONE;
	ck_assert_int_eq(journey_step(&q, &scene.answer), 0);
	ck_assert_int_eq(scene.answer.kind, JOURNEY_NOT_FOUND);
}

static void a_copier_opens_its_own_and_the_owner_does_not(void)
{
	struct verdict v =
		visit_as((struct logging_in){ .session = 1, .device = 8, .type = DEVICE_DESKTOP });
	struct asking x = { .session = 1, .cookie = 8, .challenge = v.challenge };

	ck_assert_int_eq(v.reason, REASON_OVER_LIMIT);
	ck_assert_int_eq(step(x), JOURNEY_SHOW);
	x.cookie = 1;
	ck_assert_int_eq(step(x), JOURNEY_NOT_FOUND);
	x.cookie = NOBODY;
	ck_assert_int_eq(step(x), JOURNEY_NOT_FOUND);
}

/* csrf */

static void a_missing_or_wrong_csrf_changes_nothing(void)
{
	struct asking x = by(3);
	char csrf[JOURNEY_CSRF_BYTES], longer[JOURNEY_CSRF_BYTES + 1];
	struct device_id one = device_id(1), three = device_id(3);

	x.action = "logout";
	x.csrf = "";
	ck_assert_int_eq(step(x), JOURNEY_FORBIDDEN);
	journey_csrf(scene.csrf_key, &scene.challenge, &one, csrf);
	x.csrf = csrf;
	ck_assert_int_eq(step(x), JOURNEY_FORBIDDEN);
	journey_csrf(scene.csrf_key, &scene.challenge, &three, csrf);
	snprintf(longer, sizeof(longer), "%s=", csrf);
	x.csrf = longer;
	ck_assert_int_eq(step(x), JOURNEY_FORBIDDEN);
	csrf[5] ^= 1;
	x.csrf = csrf;
	ck_assert_int_eq(step(x), JOURNEY_FORBIDDEN);
	ck_assert_int_eq(state(), CHALLENGE_INITIATED);
	ck_assert_int_eq(look(3).session.state, SESSION_BOUND);
}

static void csrf_is_the_same_after_a_restart(void)
{
	struct hmac_key *again = hmac_key_create(VIEW("a secret of 32 bytes............"));
	struct hmac_key *other = hmac_key_create(VIEW("another secret of 32 bytes......"));
	char x[JOURNEY_CSRF_BYTES], y[JOURNEY_CSRF_BYTES], z[JOURNEY_CSRF_BYTES];
	struct device_id three = device_id(3);

	journey_csrf(scene.csrf_key, &scene.challenge, &three, x);
	journey_csrf(again, &scene.challenge, &three, y);
	journey_csrf(other, &scene.challenge, &three, z);
	ck_assert_str_eq(x, y);
	ck_assert_str_ne(x, z);
	hmac_key_destroy(&again);
	hmac_key_destroy(&other);
}

/* After the end. */

static void a_completed_challenge_cannot_be_used_again(void)
{
	want("/wiki");
	post("claim");
	kick(1);
	ck_assert_int_eq(kick(2), JOURNEY_NOT_FOUND);
	ck_assert_int_eq(post("logout"), JOURNEY_NOT_FOUND);
	ck_assert_int_eq(look(2).session.state, SESSION_BOUND);
	ck_assert_int_eq(look(3).session.state, SESSION_BOUND);
	get();
	goes_to(NULL, "/wiki");
}

static void a_challenge_is_over_after_a_day(void)
{
	now_ms += POLICY_CHALLENGE_MS;
	ck_assert_int_eq(post("claim"), JOURNEY_NOT_FOUND);
	get();
	goes_to(NULL, "/");
}

static void detach_by_force(struct account *a, struct change *c, struct attachment *t)
{
	policy_detach(a, c, t, REVOKE_DETACH, NULL);
}

static void a_detached_device_is_logged_out(void)
{
	change(3, detach_by_force);
	ck_assert_int_eq(get(), JOURNEY_LOGGED_OUT);
	ck_assert_int_eq(post("claim"), JOURNEY_LOGGED_OUT);
	ck_assert_int_eq(state(), CHALLENGE_OVERRIDDEN);
	ck_assert_int_eq(step((struct asking){
				 .session = 3, .cookie = NOBODY, .challenge = scene.challenge }),
			 JOURNEY_LOGGED_OUT);
}

/* Nothing was revoked, so there is nothing to log out; where it wanted to be it attaches anew. */
static void one_that_left_by_itself_goes_on(void)
{
	want("/wiki");
	change(3, detach_own);
	get();
	goes_to(NULL, "/wiki");
	ck_assert_int_eq(post("claim"), JOURNEY_NOT_FOUND);
	ck_assert_int_eq(reason_for(3), REASON_OVER_LIMIT);
}

static void suspend_account(struct account *a, struct change *c, struct attachment *t)
{
	(void)t;
	a->suspended = true;
	change_account(c);
}

static void suspend_device(struct account *a, struct change *c, struct attachment *t)
{
	(void)a;
	t->suspended = true;
	change_attachment(c, t);
}

static void while_suspended_nothing_is_done(void)
{
	change(3, suspend_account);
	ck_assert_int_eq(get(), JOURNEY_SUSPENDED);
	ck_assert_int_eq(post("logout"), JOURNEY_SUSPENDED);
	ck_assert_int_eq(state(), CHALLENGE_INITIATED);
	ck_assert_int_eq(look(3).session.state, SESSION_BOUND);
}

static void a_suspended_device_can_do_nothing(void)
{
	change(3, suspend_device);
	ck_assert_int_eq(get(), JOURNEY_SUSPENDED);
	ck_assert_int_eq(post("claim"), JOURNEY_SUSPENDED);
	ck_assert_int_eq(state(), CHALLENGE_INITIATED);
}

/* Hostile and unlucky. */

static void the_wanted_page_is_a_path_of_this_site(void)
{
	static const char *const wanted[][2] = {
		{ "/a?b=c#d", "/a?b=c#d" },
		{ "//evil.example/x", "/evil.example/x" },
		{ "/\\evil.example", "/evil.example" },
		{ "///\\//evil", "/evil" },
		{ "https://evil.example/", "/" },
		{ "evil", "/" },
		{ "\\\\evil", "/" },
		{ "/\t/evil", "/" },
		{ "/a\r\nSet-Cookie: x", "/" },
		{ "/", "/" },
		{ "*", "/" },
		{ "//", "/" },
	};

	post("claim");
	kick(1);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++) {
		want(wanted[i][0]);
		get();
		goes_to(NULL, wanted[i][1]);
	}
}

/* Whatever there is room for, the account is as it was, or the step was done. */
static void a_full_arena_leaves_the_account_alone(void)
{
	static const char *const actions[] = { NULL, "new_account", "logout", "claim" };

	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		struct asking x = by(3);
		size_t room = 0;

		x.action = actions[i];
		for (int err = ERR_NOMEM; err; room += 64) {
			char first[16384];
			struct arena small;

			arena_init(&small, first, room, 0);
			x.arena = &small;
			err = try_step(&x);
			ck_assert(err == 0 || err == ERR_NOMEM);
			if (err)
				ck_assert_int_eq(state(), CHALLENGE_INITIATED);
			arena_fini(&small);
			ck_assert_uint_lt(room, sizeof(first) - 64);
		}
		teardown();
		setup();
	}
}

static void what_was_shown_is_durable_first(void)
{
	post("claim");
	ck_assert(waits());
	get();
	ck_assert(waits());
}

static void without_sessions_the_cookie_opens_it(void)
{
	struct identity who = { .device_seen = DEVICE_VALID, .device = device_id(3) };
	struct decide_account account = {
		.known = true, .session = -1, .account = "alice", .state = SESSION_BOUND
	};
	char id[ID_TEXT_BYTES];
	struct journey_request q = { .registry = scene.r,
				     .settings = &scene.s,
				     .csrf_key = scene.csrf_key,
				     .who = &who,
				     .account = &account,
				     .now_ms = now_ms,
				     .arena = &scene.arena };

	account_id_format(scene.challenge.bytes, id);
	q.challenge = view_of(id);
	ck_assert_int_eq(journey_step(&q, &scene.answer), 0);
	ck_assert_int_eq(scene.answer.kind, JOURNEY_SHOW);
	who.device = device_id(1);
	ck_assert_int_eq(journey_step(&q, &scene.answer), 0);
	ck_assert_int_eq(scene.answer.kind, JOURNEY_NOT_FOUND);
}

SUITE_MAIN_WITH("journey", setup, teardown, the_challenged_device_is_shown_the_landing_page,
		every_live_session_of_the_attachment_opens_it, nobody_else_opens_it,
		nobody_else_acts_on_it, an_unknown_or_crooked_link_is_not_found,
		a_copier_opens_its_own_and_the_owner_does_not,
		a_missing_or_wrong_csrf_changes_nothing, csrf_is_the_same_after_a_restart,
		a_completed_challenge_cannot_be_used_again, a_challenge_is_over_after_a_day,
		a_detached_device_is_logged_out, one_that_left_by_itself_goes_on,
		while_suspended_nothing_is_done, a_suspended_device_can_do_nothing,
		the_wanted_page_is_a_path_of_this_site, a_full_arena_leaves_the_account_alone,
		what_was_shown_is_durable_first, without_sessions_the_cookie_opens_it)
