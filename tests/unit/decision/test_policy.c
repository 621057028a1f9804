#include "scene.h"

#include "decision/places.h"

static enum reason again(int device)
{
	return scene_reason(device, device);
}

static enum challenge_state challenge_of(int device)
{
	return scene_find(device)->challenge->state;
}

/* Devices 1 to n of an account with room for so many. */
static void a_full_account(unsigned limit)
{
	scene.s.limits.devices = limit;
	for (unsigned i = 1; i <= limit; i++)
		ck_assert_int_eq(scene_log_in((int)i), REASON_ATTACHED);
}

static void detach(int device, enum revoke_cause cause, const struct challenge_id *challenge)
{
	policy_detach(&scene.a, &scene.c, scene_find(device), cause, challenge);
}

/* Coming and counting. */

static void a_new_device_is_pending_until_it_comes_back(void)
{
	ck_assert_int_eq(scene_reason(1, NOBODY), REASON_PENDING);
	ck_assert_uint_eq(scene_told_all(), 0);
	ck_assert_uint_eq(places_taken(&scene.a, DEVICE_TYPES), 0);
	ck_assert_int_eq(scene_reason(1, NOBODY), REASON_ATTACHED);
	ck_assert(scene_tells(OUTBOX_DEVICE_ATTACHED, "\"account\":\"alice\""));
	ck_assert_uint_eq(places_taken(&scene.a, DEVICE_TYPES), 1);
}

static void the_page_after_a_login_is_decided_with_its_device(void)
{
	a_full_account(1);
	ck_assert_int_eq(scene_log_in(2), REASON_OVER_LIMIT);
}

static void it_is_told_of_once(void)
{
	ck_assert_int_eq(scene_log_in(1), REASON_ATTACHED);
	ck_assert_uint_eq(scene_told(OUTBOX_DEVICE_ATTACHED), 1);
	ck_assert_int_eq(again(1), REASON_ATTACHED);
	ck_assert_uint_eq(scene_told_all(), 1);
}

static void the_verdict_names_the_device(void)
{
	struct visit v = scene_visit(1, NOBODY);
	struct verdict verdict;

	scene_log_in(1);
	verdict = scene_judge(&v);
	ck_assert(verdict.has_device);
	ck_assert(device_id_is(&verdict.device, &scene_find(1)->device));
	ck_assert(verdict.give_cookie);
	ck_assert(!verdict.has_challenge);
	ck_assert_int_eq(verdict.until_ms, scene.now_ms + POLICY_VERDICT_MS);
}

static void a_touch_is_noted_at_once_and_written_now_and_then(void)
{
	scene_log_in(1);
	scene_pass(POLICY_SEEN_WRITE_MS);
	scene_find(1)->dirty = false;
	again(1);
	ck_assert_int_eq(scene_find(1)->last_seen_ms, scene.now_ms);
	ck_assert(scene_find(1)->dirty);
	ck_assert(!scene.c.plain);
	scene_pass(POLICY_SEEN_WRITE_MS - 1);
	scene_find(1)->dirty = false;
	again(1);
	ck_assert_int_eq(scene_find(1)->last_seen_ms, scene.now_ms);
	ck_assert(!scene_find(1)->dirty);
}

/* Limits. */

static void exactly_n_are_allowed(void)
{
	scene.s.limits.devices = 5;
	for (int i = 1; i <= 20; i++)
		ck_assert_int_eq(scene_log_in(i), i <= 5 ? REASON_ATTACHED : REASON_OVER_LIMIT);
	for (int i = 1; i <= 20; i++)
		ck_assert_int_eq(again(i), i <= 5 ? REASON_ATTACHED : REASON_OVER_LIMIT);
	ck_assert_uint_eq(places_taken(&scene.a, DEVICE_TYPES), 5);
}

static void zero_is_unlimited(void)
{
	for (int i = 1; i <= 40; i++)
		ck_assert_int_eq(scene_log_in(i), REASON_ATTACHED);
}

static void the_others_go_on_undisturbed(void)
{
	a_full_account(2);
	scene_log_in(3);
	scene_pass(SECOND_MS);
	ck_assert_int_eq(again(1), REASON_ATTACHED);
	ck_assert_int_eq(again(2), REASON_ATTACHED);
	ck_assert_uint_eq(scene_told_all(), 0);
}

static void a_challenge_is_opened_and_told_of_once(void)
{
	struct challenge_id id;

	a_full_account(1);
	scene_log_in(2);
	ck_assert_uint_eq(scene_told(OUTBOX_LIMIT_EXCEEDED), 1);
	ck_assert_uint_eq(scene_told(OUTBOX_CHALLENGE_INITIATED), 1);
	ck_assert(scene_tells(OUTBOX_CHALLENGE_INITIATED, "\"status\":\"initiated\""));
	id = scene_find(2)->challenge->id;
	scene_pass(MINUTE_MS);
	ck_assert_int_eq(again(2), REASON_OVER_LIMIT);
	ck_assert_uint_eq(scene_told_all(), 0);
	ck_assert_mem_eq(scene_find(2)->challenge->id.bytes, id.bytes, ID_BYTES);
}

static void what_exceeded_which_limit_is_told(void)
{
	a_full_account(2);
	scene_log_in(3);
	ck_assert(scene_tells(OUTBOX_LIMIT_EXCEEDED, "\"attached_devices\":3"));
	ck_assert(scene_tells(OUTBOX_LIMIT_EXCEEDED, "\"limit\":2"));
	ck_assert(scene_tells(OUTBOX_LIMIT_EXCEEDED, "\"reasons\":[\"too_many_devices\"]"));
}

static void a_challenged_device_is_nobodys_excess(void)
{
	a_full_account(2);
	scene_log_in(3);
	scene_log_in(4);
	ck_assert(!scene_find(3)->counted);
	detach(1, REVOKE_NONE, NULL);
	ck_assert_int_eq(again(4), REASON_ATTACHED);
	ck_assert_int_eq(again(3), REASON_OVER_LIMIT);
}

static void room_ends_the_challenge(void)
{
	a_full_account(1);
	scene_log_in(2);
	detach(1, REVOKE_NONE, NULL);
	ck_assert_int_eq(again(2), REASON_ATTACHED);
	ck_assert_int_eq(challenge_of(2), CHALLENGE_OVERRIDDEN);
	ck_assert(scene_find(2)->counted);
}

static void who_comes_back_after_a_detach_is_the_newest(void)
{
	a_full_account(2);
	detach(1, REVOKE_NONE, NULL);
	scene_pass(SECOND_MS);
	ck_assert_int_eq(scene_log_in(3), REASON_ATTACHED);
	ck_assert_int_eq(again(1), REASON_OVER_LIMIT);
	ck_assert_int_eq(again(2), REASON_ATTACHED);
}

static void a_lower_limit_challenges_the_newest(void)
{
	a_full_account(3);
	scene.a.origin_limit = 1;
	ck_assert_int_eq(again(1), REASON_ATTACHED);
	ck_assert_int_eq(again(2), REASON_OVER_LIMIT);
	ck_assert_int_eq(again(3), REASON_OVER_LIMIT);
	ck_assert_int_eq(again(1), REASON_ATTACHED);
	ck_assert_uint_eq(places_taken(&scene.a, DEVICE_TYPES), 1);
}

static void one_too_many_of_a_type_is_challenged_for_it(void)
{
	scene.s.limits.desktop = 1;
	ck_assert_int_eq(scene_log_in(1), REASON_ATTACHED);
	scene_add(9, DEVICE_MOBILE);
	scene_bind(9, scene_find(9));
	ck_assert_int_eq(again(9), REASON_ATTACHED);
	ck_assert_int_eq(scene_log_in(2), REASON_OVER_LIMIT);
	ck_assert_uint_eq(scene_find(2)->challenge->reasons, REASON_BIT_LIMIT_DESKTOP);
	ck_assert(scene_tells(OUTBOX_LIMIT_EXCEEDED, "\"reasons\":[\"too_many_desktop_devices\"]"));
	ck_assert(scene_tells(OUTBOX_LIMIT_EXCEEDED, "\"limit\":1"));
}

static void an_excess_is_told_again_after_a_day_without_one(void)
{
	a_full_account(1);
	scene_log_in(2);
	detach(1, REVOKE_NONE, NULL);
	again(2);
	scene_pass(DAY_MS + 1);
	again(2);
	ck_assert_uint_eq(scene_find(2)->excess_told, 0);
}

/* Strategies. */

static void monitor_lets_everybody_pass_and_tells(void)
{
	scene.s.strategy = STRATEGY_MONITOR;
	a_full_account(1);
	ck_assert_int_eq(scene_log_in(2), REASON_MONITORED);
	ck_assert_uint_eq(scene_told(OUTBOX_LIMIT_EXCEEDED), 1);
	ck_assert_uint_eq(scene_told(OUTBOX_CHALLENGE_INITIATED), 0);
	ck_assert_int_eq(again(2), REASON_MONITORED);
	ck_assert_uint_eq(scene_told(OUTBOX_LIMIT_EXCEEDED), 1);
	ck_assert(scene_find(2)->counted);
}

static void a_change_to_monitor_ends_challenges(void)
{
	a_full_account(1);
	scene_log_in(2);
	scene.s.strategy = STRATEGY_MONITOR;
	ck_assert_int_eq(again(2), REASON_MONITORED);
	ck_assert_int_eq(challenge_of(2), CHALLENGE_OVERRIDDEN);
}

static void deny_new_refuses_the_newest_without_a_challenge(void)
{
	scene.s.strategy = STRATEGY_DENY_NEW;
	a_full_account(1);
	ck_assert_int_eq(scene_log_in(2), REASON_DENIED_LIMIT);
	ck_assert_ptr_null(scene_find(2)->challenge);
	ck_assert_uint_eq(places_taken(&scene.a, DEVICE_TYPES), 1);
	detach(1, REVOKE_NONE, NULL);
	ck_assert_int_eq(again(2), REASON_ATTACHED);
}

static void log_out_idle_logs_out_the_least_recently_active(void)
{
	scene.s.strategy = STRATEGY_LOG_OUT_IDLE;
	a_full_account(2);
	scene_pass(SECOND_MS);
	again(1);
	ck_assert_int_eq(scene_log_in(3), REASON_ATTACHED);
	ck_assert_int_eq(scene_find(2)->status, ATTACHMENT_DETACHED);
	ck_assert_int_eq(scene_session(2)->cause, REVOKE_IDLE);
	ck_assert(!scene_session(2)->has_challenge);
	ck_assert_uint_eq(scene_told(OUTBOX_DEVICE_DETACHED), 1);
	ck_assert_int_eq(again(2), REASON_REVOKED);
	ck_assert_int_eq(again(1), REASON_ATTACHED);
}

static void log_out_idle_for_a_type_takes_one_of_that_type(void)
{
	scene.s.strategy = STRATEGY_LOG_OUT_IDLE;
	scene.s.limits.desktop = 1;
	scene_add(9, DEVICE_MOBILE);
	scene_bind(9, scene_find(9));
	again(9);
	ck_assert_int_eq(scene_log_in(1), REASON_ATTACHED);
	ck_assert_int_eq(scene_log_in(2), REASON_ATTACHED);
	ck_assert_int_eq(scene_find(1)->status, ATTACHMENT_DETACHED);
	ck_assert_int_eq(scene_find(9)->status, ATTACHMENT_ATTACHED);
}

static void log_out_others_logs_out_all_others(void)
{
	scene.s.strategy = STRATEGY_LOG_OUT_OTHERS;
	a_full_account(3);
	ck_assert_int_eq(scene_log_in(4), REASON_ATTACHED);
	for (int i = 1; i <= 3; i++)
		ck_assert_int_eq(again(i), REASON_REVOKED);
	ck_assert_uint_eq(places_taken(&scene.a, DEVICE_TYPES), 1);
}

/* Idle devices. */

static void an_idle_device_leaves_its_place_and_keeps_its_session(void)
{
	a_full_account(1);
	scene_pass(scene.s.detach_after_ms);
	ck_assert_int_eq(scene_log_in(2), REASON_ATTACHED);
	ck_assert_int_eq(scene_find(1)->status, ATTACHMENT_DETACHED);
	ck_assert_int_eq(scene_session(1)->state, SESSION_BOUND);
	ck_assert(scene_tells(OUTBOX_DEVICE_DETACHED, "\"type\":\"desktop\""));
}

static void one_that_is_not_idle_long_enough_stays(void)
{
	a_full_account(1);
	scene_pass(scene.s.detach_after_ms - 2 * SECOND_MS);
	ck_assert_int_eq(scene_log_in(2), REASON_OVER_LIMIT);
}

static void an_idle_device_that_comes_back_attaches_anew_at_once(void)
{
	a_full_account(1);
	scene_pass(scene.s.detach_after_ms + SECOND_MS);
	ck_assert_int_eq(again(1), REASON_ATTACHED);
	ck_assert_uint_eq(scene_told(OUTBOX_DEVICE_DETACHED), 1);
	ck_assert_uint_eq(scene_told(OUTBOX_DEVICE_ATTACHED), 1);
	ck_assert_int_eq(scene_find(1)->place_ms, scene.now_ms);
}

static void a_challenge_is_judged_again_when_a_place_may_fall_free(void)
{
	struct visit v;

	scene.s.detach_after_ms = MINUTE_MS / 2;
	a_full_account(1);
	scene_log_in(2);
	v = scene_visit(2, 2);
	ck_assert_int_eq(scene_judge(&v).until_ms, scene_find(1)->last_seen_ms + MINUTE_MS / 2);
}

/* Suspension and exemption. */

static void a_suspended_account_is_refused_and_left_as_it_is(void)
{
	a_full_account(1);
	scene.a.suspended = true;
	ck_assert_int_eq(scene_reason(7, 7), REASON_SUSPENDED);
	ck_assert_uint_eq(scene.a.n_attachments, 1);
	ck_assert_int_eq(again(1), REASON_SUSPENDED);
	scene.a.suspended = false;
	ck_assert_int_eq(again(1), REASON_ATTACHED);
}

static void a_suspended_device_is_refused_alone(void)
{
	a_full_account(2);
	scene_find(2)->suspended = true;
	ck_assert_int_eq(again(2), REASON_SUSPENDED);
	ck_assert_int_eq(again(1), REASON_ATTACHED);
}

static void is_exempted(void)
{
	scene_pass(SECOND_MS);
	ck_assert_int_eq(again(1), REASON_EXEMPT);
	ck_assert_uint_eq(places_taken(&scene.a, DEVICE_TYPES), 0);
}

static void an_exempt_account_counts_nothing(void)
{
	char alice[] = "alice", *accounts[] = { alice };

	a_full_account(1);
	scene.s.exempt.accounts = (struct settings_texts){ accounts, 1 };
	is_exempted();
	scene.a.suspended = true;
	is_exempted();
}

static void an_exempt_group_is_found_in_the_list(void)
{
	char staff[] = "staff", *groups[] = { staff };
	char list[] = "users, staff ,x", other[] = "staffing,users";

	a_full_account(1);
	scene.s.exempt.groups = (struct settings_texts){ groups, 1 };
	scene.a.groups = other;
	ck_assert_int_eq(again(1), REASON_ATTACHED);
	scene.a.groups = list;
	is_exempted();
}

static void an_exempt_network_counts_nothing(void)
{
	struct visit v;

	a_full_account(1);
	scene_log_in(2);
	v = scene_visit(2, 2);
	v.exempt_peer = true;
	ck_assert_int_eq(scene_judge(&v).reason, REASON_EXEMPT);
	ck_assert_int_eq(challenge_of(2), CHALLENGE_OVERRIDDEN);
	ck_assert_int_eq(again(2), REASON_OVER_LIMIT);
}

static void an_exempt_device_counts_nothing(void)
{
	a_full_account(1);
	scene_log_in(2);
	scene_find(2)->status = ATTACHMENT_EXEMPT;
	ck_assert_int_eq(again(2), REASON_EXEMPT);
	ck_assert_int_eq(scene_find(2)->status, ATTACHMENT_EXEMPT);
}

/* Revocation. */

static void a_kick_refuses_every_session_of_the_device(void)
{
	struct challenge_id id = { { 42 } };
	struct visit v;
	struct verdict verdict;

	a_full_account(1);
	scene_bind(11, scene_find(1));
	detach(1, REVOKE_KICKED, &id);
	ck_assert_uint_eq(scene_told(OUTBOX_DEVICE_DETACHED), 1);
	for (int session = 1; session <= 11; session += 10) {
		v = scene_visit(session, 1);
		verdict = scene_judge(&v);
		ck_assert_int_eq(verdict.reason, REASON_REVOKED);
		ck_assert_int_eq(verdict.cause, REVOKE_KICKED);
		ck_assert(verdict.has_challenge);
		ck_assert_mem_eq(verdict.challenge.bytes, id.bytes, ID_BYTES);
		ck_assert_mem_eq(verdict.revocation.bytes, scene_session(1)->revocation.bytes,
				 ID_BYTES);
		ck_assert_int_eq(verdict.asks, VISIT_ASKS_NOTHING);
	}
}

static void a_new_login_after_a_kick_attaches_anew_as_the_newest(void)
{
	a_full_account(2);
	detach(1, REVOKE_KICKED, NULL);
	scene_pass(SECOND_MS);
	scene_bind(12, scene_find(1));
	ck_assert_int_eq(scene_reason(12, 1), REASON_ATTACHED);
	ck_assert_uint_eq(scene_told(OUTBOX_DEVICE_ATTACHED), 1);
	ck_assert_int_eq(again(1), REASON_REVOKED);
	scene.a.origin_limit = 1;
	ck_assert_int_eq(scene_reason(12, 1), REASON_OVER_LIMIT);
	ck_assert_int_eq(again(2), REASON_ATTACHED);
}

static void the_backend_is_asked_about_a_logout_until_it_has_answered(void)
{
	struct visit v;
	struct verdict verdict;

	scene_has_backend();
	a_full_account(1);
	detach(1, REVOKE_DETACH, NULL);
	v = scene_visit(1, 1);
	verdict = scene_judge(&v);
	ck_assert_int_eq(verdict.asks, VISIT_ASKS_LOGOUT);
	ck_assert(!verdict.has_challenge);
	scene_session(1)->veto = VETO_NONE;
	verdict = scene_judge(&v);
	ck_assert_int_eq(verdict.asks, VISIT_ASKS_NOTHING);
	ck_assert_int_eq(verdict.reason, REASON_REVOKED);
	scene_session(1)->veto = VETO_GIVEN;
	ck_assert_int_eq(scene_judge(&v).reason, REASON_VETOED_LOGOUT);
}

static void an_exemption_does_not_give_a_revoked_session_back(void)
{
	a_full_account(1);
	detach(1, REVOKE_KICKED, NULL);
	scene_pass(SECOND_MS);
	{
		struct visit v = scene_visit(1, 1);

		v.exempt_peer = true;
		ck_assert_int_eq(scene_judge(&v).reason, REASON_REVOKED);
	}
}

static void who_leaves_by_its_own_will_is_not_refused(void)
{
	a_full_account(1);
	detach(1, REVOKE_OWN, NULL);
	ck_assert_int_eq(scene_session(1)->state, SESSION_ENDED);
	ck_assert_int_eq(scene_find(1)->status, ATTACHMENT_DETACHED);
	ck_assert_int_eq(scene_reason(13, 1), REASON_ATTACHED);
}

static void a_detach_without_a_cause_revokes_nothing(void)
{
	a_full_account(1);
	detach(1, REVOKE_NONE, NULL);
	ck_assert_int_eq(scene_session(1)->state, SESSION_BOUND);
	ck_assert_int_eq(again(1), REASON_ATTACHED);
}

static void a_detach_ends_the_challenge(void)
{
	a_full_account(1);
	scene_log_in(2);
	detach(2, REVOKE_DETACH, NULL);
	ck_assert_int_eq(challenge_of(2), CHALLENGE_OVERRIDDEN);
	ck_assert_int_eq(scene_find(2)->status, ATTACHMENT_DETACHED);
}

static void what_never_counted_is_not_told_of_when_it_goes(void)
{
	scene_reason(1, NOBODY);
	policy_detach(&scene.a, &scene.c, scene.a.attachments[0], REVOKE_DETACH, NULL);
	ck_assert_uint_eq(scene_told_all(), 0);
	ck_assert_int_eq(scene_session(1)->state, SESSION_REVOKED);
}

/* Copies. */

static void a_copy_counts_as_a_device_of_its_own(void)
{
	a_full_account(1);
	ck_assert_int_eq(scene_reason(1, 2), REASON_OVER_LIMIT);
	ck_assert_int_eq(again(1), REASON_ATTACHED);
}

static void kicking_a_copy_revokes_the_session_that_was_copied(void)
{
	struct challenge_id id = { { 42 } };

	a_full_account(2);
	scene.a.origin_limit = 0;
	ck_assert_int_eq(scene_reason(1, 3), REASON_ATTACHED);
	detach(3, REVOKE_KICKED, &id);
	ck_assert_int_eq(scene_session(1)->state, SESSION_REVOKED);
	ck_assert_int_eq(scene_session(1)->cause, REVOKE_KICKED);
	ck_assert_mem_eq(scene_session(1)->challenge.bytes, id.bytes, ID_BYTES);
	ck_assert_int_eq(scene_reason(1, 3), REASON_REVOKED);
	ck_assert_int_eq(again(1), REASON_REVOKED);
	ck_assert_int_eq(again(2), REASON_ATTACHED);
}

static void a_copy_that_leaves_leaves_the_session_alone(void)
{
	a_full_account(1);
	ck_assert_int_eq(scene_reason(1, 3), REASON_OVER_LIMIT);
	detach(3, REVOKE_OWN, NULL);
	ck_assert(!scene_find(3)->rides);
	ck_assert_int_eq(scene_session(1)->state, SESSION_BOUND);
	ck_assert_int_eq(again(1), REASON_ATTACHED);
}

/* Sources without sessions. */

static void without_sessions_the_pair_is_the_session(void)
{
	struct session_key pair;

	ck_assert_int_eq(scene_reason(NOBODY, NOBODY), REASON_PENDING);
	ck_assert_int_eq(scene_reason(NOBODY, NOBODY), REASON_ATTACHED);
	ck_assert_uint_eq(scene.a.n_attachments, 1);
	policy_pair_key(&scene.a, scene.a.attachments[0], &pair);
	ck_assert_ptr_eq(account_session(&scene.a, &pair)->attachment, scene.a.attachments[0]);
}

static void its_revocation_ends_with_the_redirect(void)
{
	struct session_key pair;
	struct session *s;

	ck_assert_int_eq(scene_reason(NOBODY, 1), REASON_ATTACHED);
	policy_pair_key(&scene.a, scene_find(1), &pair);
	detach(1, REVOKE_KICKED, NULL);
	ck_assert_int_eq(scene_reason(NOBODY, 1), REASON_REVOKED);
	ck_assert_int_eq(scene_find(1)->status, ATTACHMENT_DETACHED);
	s = account_session(&scene.a, &pair);
	s->state = SESSION_ANONYMOUS;
	ck_assert_int_eq(scene_reason(NOBODY, 1), REASON_ATTACHED);
}

static void a_pair_is_one_account_and_one_device(void)
{
	struct session_key x, y, z;
	struct attachment *t = scene_add(1, DEVICE_DESKTOP), *other = scene_add(2, DEVICE_DESKTOP);
	char bob[] = "bob";

	policy_pair_key(&scene.a, t, &x);
	policy_pair_key(&scene.a, other, &y);
	scene.a.id = bob;
	policy_pair_key(&scene.a, t, &z);
	ck_assert_mem_ne(x.bytes, y.bytes, ID_BYTES);
	ck_assert_mem_ne(x.bytes, z.bytes, ID_BYTES);
}

/* Challenges: veto, time, trials. */

static void the_backend_is_asked_about_a_challenge_until_it_has_answered(void)
{
	struct visit v;
	struct verdict verdict;

	scene_has_backend();
	a_full_account(1);
	scene_log_in(2);
	v = scene_visit(2, 2);
	ck_assert_int_eq(scene_judge(&v).asks, VISIT_ASKS_CHALLENGE);
	scene_find(2)->challenge->veto = VETO_GIVEN;
	verdict = scene_judge(&v);
	ck_assert_int_eq(verdict.reason, REASON_VETOED_CHALLENGE);
	ck_assert_int_eq(verdict.asks, VISIT_ASKS_NOTHING);
	ck_assert(verdict.has_challenge);
	change_challenge_state(&scene.c, scene_find(2), CHALLENGE_VERIFIED);
	ck_assert_int_eq(scene_judge(&v).asks, VISIT_ASKS_CHALLENGE);
}

static void a_vetoed_device_holds_no_place(void)
{
	a_full_account(1);
	scene_log_in(2);
	scene_find(2)->challenge->veto = VETO_GIVEN;
	ck_assert_int_eq(again(2), REASON_VETOED_CHALLENGE);
	ck_assert_uint_eq(places_taken(&scene.a, DEVICE_TYPES), 1);
}

static void a_postponed_challenge_stands_again_afterwards(void)
{
	struct challenge *ch;

	a_full_account(1);
	scene_log_in(2);
	change_challenge_state(&scene.c, scene_find(2), CHALLENGE_POSTPONED);
	ch = scene_find(2)->challenge;
	ch->postponed_until_ms = scene.now_ms + 30 * SECOND_MS;
	{
		struct visit v = scene_visit(2, 2);
		struct verdict verdict = scene_judge(&v);

		ck_assert_int_eq(verdict.reason, REASON_POSTPONED);
		ck_assert_int_eq(verdict.until_ms, ch->postponed_until_ms);
	}
	scene_pass(30 * SECOND_MS);
	ck_assert_int_eq(again(2), REASON_OVER_LIMIT);
	ck_assert_ptr_eq(scene_find(2)->challenge, ch);
}

static void a_challenge_stands_for_a_day(void)
{
	struct challenge_id id;

	a_full_account(1);
	scene_log_in(2);
	id = scene_find(2)->challenge->id;
	scene_pass(DAY_MS - 1);
	again(1);
	again(2);
	ck_assert_mem_eq(scene_find(2)->challenge->id.bytes, id.bytes, ID_BYTES);
	scene_pass(1);
	ck_assert_int_eq(again(2), REASON_OVER_LIMIT);
	ck_assert_mem_ne(scene_find(2)->challenge->id.bytes, id.bytes, ID_BYTES);
	ck_assert_int_eq(challenge_of(2), CHALLENGE_INITIATED);
	ck_assert_uint_eq(scene_told(OUTBOX_CHALLENGE_INITIATED), 1);
}

static void a_repeat_trial_is_challenged_and_holds_no_place(void)
{
	scene_log_in(1);
	scene_find(1)->repeat_trial = true;
	ck_assert_int_eq(again(1), REASON_REPEAT_TRIAL);
	ck_assert_uint_eq(scene_find(1)->challenge->reasons, REASON_BIT_REPEAT_TRIAL);
	ck_assert_uint_eq(places_taken(&scene.a, DEVICE_TYPES), 0);
	scene_find(1)->repeat_trial = false;
	ck_assert_int_eq(again(1), REASON_ATTACHED);
}

static void a_repeat_trial_is_denied_or_only_noted(void)
{
	scene_log_in(1);
	scene_find(1)->repeat_trial = true;
	scene.s.trials = TRIAL_DENY;
	ck_assert_int_eq(again(1), REASON_DENIED_TRIAL);
	scene.s.trials = TRIAL_MONITOR;
	ck_assert_int_eq(again(1), REASON_ATTACHED);
}

/* Or the person would be shown the devices, choose some, and be challenged again. */
static void a_trial_has_a_challenge_of_its_own(void)
{
	struct challenge_id id;

	a_full_account(1);
	scene_log_in(2);
	id = scene_find(2)->challenge->id;
	scene_find(2)->repeat_trial = true;
	ck_assert_int_eq(again(2), REASON_REPEAT_TRIAL);
	ck_assert_mem_ne(scene_find(2)->challenge->id.bytes, id.bytes, ID_BYTES);
	ck_assert_uint_eq(scene_find(2)->challenge->reasons, REASON_BIT_REPEAT_TRIAL);
	scene_find(2)->repeat_trial = false;
	ck_assert_int_eq(again(2), REASON_OVER_LIMIT);
	ck_assert_uint_eq(scene_find(2)->challenge->reasons, REASON_BIT_LIMIT);
}

/* Warming up. */

static void while_warming_up_nobody_is_challenged(void)
{
	struct visit v;

	a_full_account(1);
	scene_pass(SECOND_MS);
	scene_bind(2, scene_add(2, DEVICE_DESKTOP));
	v = scene_visit(2, 2);
	v.warmup = true;
	ck_assert_int_eq(scene_judge(&v).reason, REASON_WARMUP);
	ck_assert_uint_eq(scene_told(OUTBOX_LIMIT_EXCEEDED), 0);
	ck_assert(scene_find(2)->counted);
	scene_find(2)->repeat_trial = true;
	ck_assert_int_eq(scene_judge(&v).reason, REASON_WARMUP);
	scene_find(2)->repeat_trial = false;
	ck_assert_int_eq(again(2), REASON_OVER_LIMIT);
	ck_assert_int_eq(again(1), REASON_ATTACHED);
}

/* Sets of values. */

static void what_one_request_carries_belongs_together(void)
{
	struct session_key kept = scene_key(77);
	struct visit v;

	a_full_account(1);
	v = scene_visit(1, 1);
	v.unbound = &kept;
	v.n_unbound = 1;
	ck_assert_int_eq(scene_judge(&v).reason, REASON_ATTACHED);
	ck_assert_ptr_eq(scene_session(77)->attachment, scene_find(1));
	ck_assert_uint_eq(scene_session(77)->given, SESSION_JOINED);
	ck_assert_uint_eq(scene_session(1)->given, SESSION_GIVEN);
	detach(1, REVOKE_KICKED, NULL);
	ck_assert_int_eq(scene_reason(77, NOBODY), REASON_REVOKED);
}

static void ever_new_values_find_no_room(void)
{
	struct session_key kept;
	struct visit v;

	a_full_account(1);
	for (int i = 1; i < POLICY_MAX_LIVE; i++)
		scene_bind(100 + i, scene_find(1));
	kept = scene_key(77);
	v = scene_visit(1, 1);
	v.unbound = &kept;
	v.n_unbound = 1;
	ck_assert_uint_eq(scene_judge(&v).unjoined, 1);
	ck_assert_ptr_null(scene_session(77));
}

SUITE_MAIN_WITH("policy", scene_setup, scene_teardown, a_new_device_is_pending_until_it_comes_back,
		the_page_after_a_login_is_decided_with_its_device, it_is_told_of_once,
		the_verdict_names_the_device, a_touch_is_noted_at_once_and_written_now_and_then,
		exactly_n_are_allowed, zero_is_unlimited, the_others_go_on_undisturbed,
		a_challenge_is_opened_and_told_of_once, what_exceeded_which_limit_is_told,
		a_challenged_device_is_nobodys_excess, room_ends_the_challenge,
		who_comes_back_after_a_detach_is_the_newest, a_lower_limit_challenges_the_newest,
		one_too_many_of_a_type_is_challenged_for_it,
		an_excess_is_told_again_after_a_day_without_one,
		monitor_lets_everybody_pass_and_tells, a_change_to_monitor_ends_challenges,
		deny_new_refuses_the_newest_without_a_challenge,
		log_out_idle_logs_out_the_least_recently_active,
		log_out_idle_for_a_type_takes_one_of_that_type, log_out_others_logs_out_all_others,
		an_idle_device_leaves_its_place_and_keeps_its_session,
		one_that_is_not_idle_long_enough_stays,
		an_idle_device_that_comes_back_attaches_anew_at_once,
		a_challenge_is_judged_again_when_a_place_may_fall_free,
		a_suspended_account_is_refused_and_left_as_it_is,
		a_suspended_device_is_refused_alone, an_exempt_account_counts_nothing,
		an_exempt_group_is_found_in_the_list, an_exempt_network_counts_nothing,
		an_exempt_device_counts_nothing, a_kick_refuses_every_session_of_the_device,
		a_new_login_after_a_kick_attaches_anew_as_the_newest,
		the_backend_is_asked_about_a_logout_until_it_has_answered,
		an_exemption_does_not_give_a_revoked_session_back,
		who_leaves_by_its_own_will_is_not_refused, a_detach_without_a_cause_revokes_nothing,
		a_detach_ends_the_challenge, what_never_counted_is_not_told_of_when_it_goes,
		a_copy_counts_as_a_device_of_its_own,
		kicking_a_copy_revokes_the_session_that_was_copied,
		a_copy_that_leaves_leaves_the_session_alone,
		without_sessions_the_pair_is_the_session, its_revocation_ends_with_the_redirect,
		a_pair_is_one_account_and_one_device,
		the_backend_is_asked_about_a_challenge_until_it_has_answered,
		a_vetoed_device_holds_no_place, a_postponed_challenge_stands_again_afterwards,
		a_challenge_stands_for_a_day, a_repeat_trial_is_challenged_and_holds_no_place,
		a_repeat_trial_is_denied_or_only_noted, a_trial_has_a_challenge_of_its_own,
		while_warming_up_nobody_is_challenged, what_one_request_carries_belongs_together,
		ever_new_values_find_no_room)
