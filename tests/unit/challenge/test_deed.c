#include "alice.h"

/* Landing. */

static void new_account_logs_this_device_out(void)
{
	post("new_account");
	goes_to("new_account", "https://example.com/signup");
	ck_assert(scene.answer.expire_sessions);
	ck_assert(waits());
	ck_assert_int_eq(look(3).t.status, ATTACHMENT_DETACHED);
	ck_assert_int_eq(look(3).session.state, SESSION_ENDED);
	ck_assert_int_eq(state(), CHALLENGE_OVERRIDDEN);
	ck_assert_uint_eq(look(3).taken, 2);
	read_events();
	ck_assert_uint_eq(told(OUTBOX_REDIRECT, "\"to\":\"new_account\""), 1);
	ck_assert_uint_eq(told(OUTBOX_REDIRECT, id_of(3)), 1);
	ck_assert_uint_eq(told(OUTBOX_DEVICE_DETACHED, id_of(3)), 1);
}

static void logout_names_the_challenge_in_the_right_place(void)
{
	char id[ID_TEXT_BYTES], url[200];

	account_id_format(scene.challenge.bytes, id);
	snprintf(url, sizeof(url), "https://example.com/logout?x=1&challenge=%s#top", id);
	post("logout");
	goes_to("logout", url);
	ck_assert(scene.answer.expire_sessions);
	ck_assert_int_eq(look(3).session.state, SESSION_ENDED);
	read_events();
	ck_assert_uint_eq(told(OUTBOX_REDIRECT, "\"to\":\"logout\""), 1);
	ck_assert_uint_eq(told(OUTBOX_REDIRECT, id), 1);
}

static void after_a_logout_the_link_is_dead(void)
{
	post("logout");
	ck_assert_int_eq(get(), JOURNEY_NOT_FOUND);
	ck_assert_int_eq(post("claim"), JOURNEY_NOT_FOUND);
}

static void whoever_claims_is_shown_the_devices(void)
{
	const struct journey_page *p;

	post("claim");
	goes_to(NULL, page_address());
	ck_assert(waits());
	ck_assert(!scene.answer.expire_sessions);
	ck_assert_int_eq(state(), CHALLENGE_VERIFIED);
	get();
	p = shows(JOURNEY_DEVICES, 200);
	ck_assert_uint_eq(p->n_devices, 3);
	ck_assert_str_eq(p->devices[0].id, id_of(2));
	ck_assert_str_eq(p->devices[1].id, id_of(1));
	ck_assert_str_eq(p->devices[2].id, id_of(3));
	ck_assert(p->devices[2].is_this && !p->devices[0].is_this && !p->devices[1].is_this);
	ck_assert(!p->devices[0].chosen);
	ck_assert(offers(JOURNEY_ACTION_KICK) && !offers(JOURNEY_ACTION_CLAIM));
	get();
	shows(JOURNEY_DEVICES, 200);
}

/* No code was checked, so nothing was verified: the state only says how far the person has come. */
static void a_skipped_verification_is_not_told_of(void)
{
	post("claim");
	read_events();
	ck_assert_uint_eq(told(OUTBOX_CHALLENGE_VERIFIED, ""), 0);
}

static void what_the_page_does_not_offer_is_not_done(void)
{
	static const char *const actions[] = { "kick",  "upgrade", "approval", "admin",
					       "skip",  "send",    "verify",   "",
					       "Claim", "claim ",  "logout\n" };

	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		post(actions[i]);
		ck_assert_int_eq(shows(JOURNEY_LANDING, 422)->error, JOURNEY_NOT_OFFERED);
	}
	ck_assert_int_eq(state(), CHALLENGE_INITIATED);
	ck_assert_uint_eq(look(3).taken, 2);
	post("claim");
	post("claim");
	ck_assert_int_eq(shows(JOURNEY_DEVICES, 422)->error, JOURNEY_NOT_OFFERED);
}

static void a_claim_leads_on_when_there_is_room_meanwhile(void)
{
	want("/wiki?id=start");
	change(1, detach_own);
	post("claim");
	goes_to(NULL, "/wiki?id=start");
	ck_assert_int_eq(state(), CHALLENGE_COMPLETED);
	ck_assert(look(3).t.counted);
	ck_assert_int_eq(reason_for(3), REASON_ATTACHED);
}

static void a_page_that_is_not_needed_any_more_leads_on(void)
{
	want("/wiki?id=start");
	change(1, detach_own);
	get();
	goes_to(NULL, "/wiki?id=start");
	ck_assert_int_eq(reason_for(3), REASON_ATTACHED);
	get();
	goes_to(NULL, "/wiki?id=start");
}

/* Devices. */

static void kicking_one_makes_room_for_this_one(void)
{
	char id[ID_TEXT_BYTES];

	account_id_format(scene.challenge.bytes, id);
	want("/wiki?id=start");
	post("claim");
	kick(1);
	goes_to(NULL, "/wiki?id=start");
	ck_assert(waits());
	ck_assert(!scene.answer.expire_sessions);
	ck_assert_int_eq(look(1).t.status, ATTACHMENT_DETACHED);
	ck_assert_int_eq(look(1).session.state, SESSION_REVOKED);
	ck_assert_int_eq(look(1).session.cause, REVOKE_KICKED);
	ck_assert_mem_eq(look(1).session.challenge.bytes, scene.challenge.bytes, ID_BYTES);
	ck_assert(look(3).t.counted);
	ck_assert_uint_eq(look(3).taken, 2);
	ck_assert_int_eq(state(), CHALLENGE_COMPLETED);
	ck_assert_int_eq(reason_for(3), REASON_ATTACHED);
	ck_assert_int_eq(reason_for(2), REASON_ATTACHED);
	ck_assert_int_eq(reason_for(1), REASON_REVOKED);
	read_events();
	ck_assert_uint_eq(told(OUTBOX_DEVICE_DETACHED, id_of(1)), 1);
	ck_assert_uint_eq(told(OUTBOX_CHALLENGE_COMPLETED, id), 1);
	ck_assert_uint_eq(told(OUTBOX_CHALLENGE_COMPLETED, "\"status\":\"completed\""), 1);
	ck_assert_uint_eq(told(OUTBOX_REDIRECT, ""), 0);
}

static void success_url_goes_before_the_page_that_was_wanted(void)
{
	char success[] = "https://example.com/welcome";

	scene.s.redirects.success_url = success;
	want("/wiki?id=start");
	post("claim");
	kick(2);
	goes_to("success", "https://example.com/welcome");
	read_events();
	ck_assert_uint_eq(told(OUTBOX_REDIRECT, "\"to\":\"success\""), 1);
	ck_assert_uint_eq(told(OUTBOX_REDIRECT, "\"url\":\"https://example.com/welcome\""), 1);
}

static void with_nothing_wanted_it_goes_home(void)
{
	post("claim");
	kick(1);
	goes_to(NULL, "/");
}

static void choosing_none_is_too_few(void)
{
	post("claim");
	kick_two(NULL, NULL);
	ck_assert_int_eq(shows(JOURNEY_DEVICES, 422)->error, JOURNEY_TOO_FEW);
	ck_assert_int_eq(state(), CHALLENGE_VERIFIED);
}

static void limit_of_one(struct account *a, struct change *c, struct attachment *t)
{
	(void)t;
	a->admin_limit = 1;
	change_account(c);
}

static void as_many_have_to_go_as_it_takes(void)
{
	change(1, limit_of_one);
	post("claim");
	get();
	ck_assert_uint_eq(shows(JOURNEY_DEVICES, 200)->to_remove, 2);
	kick(1);
	ck_assert_int_eq(shows(JOURNEY_DEVICES, 422)->error, JOURNEY_TOO_FEW);
	ck_assert(scene.answer.page->devices[1].chosen && !scene.answer.page->devices[0].chosen);
	kick_two(id_of(1), id_of(1));
	ck_assert_int_eq(shows(JOURNEY_DEVICES, 422)->error, JOURNEY_TOO_FEW);
	ck_assert_uint_eq(look(3).taken, 2);
	kick_two(id_of(1), id_of(2));
	goes_to(NULL, "/");
	ck_assert_uint_eq(look(3).taken, 1);
}

static void more_may_go_than_have_to(void)
{
	post("claim");
	kick_two(id_of(1), id_of(2));
	goes_to(NULL, "/");
	ck_assert_uint_eq(look(3).taken, 1);
}

static void a_type_that_is_full_needs_one_of_that_type_to_go(void)
{
	struct verdict v;
	struct asking x;

	scene.s.limits = (struct settings_limits){ .desktop = 3 };
	log_in(4, DEVICE_MOBILE);
	ck_assert_int_eq(reason_for(3), REASON_ATTACHED);
	now_ms += SECOND_MS;
	v = visit_as((struct logging_in){ .session = 5, .device = 5, .type = DEVICE_DESKTOP });
	ck_assert_int_eq(v.reason, REASON_OVER_LIMIT);
	x = (struct asking){ .session = 5, .cookie = 5, .challenge = v.challenge };
	ck_assert_int_eq(step(x), JOURNEY_SHOW);
	ck_assert_uint_eq(scene.answer.page->limit, 3);
	ck_assert_uint_eq(scene.answer.page->to_remove, 1);
	ck_assert_uint_eq(scene.answer.page->to_remove_alike, 1);
	ck_assert_uint_eq(scene.answer.page->reasons, REASON_BIT_LIMIT_DESKTOP);
}

static void the_wrong_type_makes_no_room(void)
{
	log_in(4, DEVICE_MOBILE);
	scene.s.limits = (struct settings_limits){ .devices = 4, .desktop = 2 };
	ck_assert_int_eq(visit_as((struct logging_in){ 4, 4, DEVICE_MOBILE, false, { 0 } }).reason,
			 REASON_ATTACHED);
	post("claim");
	kick(4);
	ck_assert_int_eq(shows(JOURNEY_DEVICES, 422)->error, JOURNEY_TOO_FEW_ALIKE);
	ck_assert_uint_eq(look(3).taken, 3);
	kick(1);
	goes_to(NULL, "/");
}

static void only_holders_of_a_place_can_be_chosen(void)
{
	static const char *const crooked[] = { "", "x", "00000000000000000000000000000000", "*" };

	log_in(4, DEVICE_DESKTOP);
	post("claim");
	for (size_t i = 0; i < sizeof(crooked) / sizeof(*crooked); i++) {
		kick_two(id_of(1), crooked[i]);
		ck_assert_int_eq(shows(JOURNEY_DEVICES, 422)->error, JOURNEY_UNKNOWN);
	}
	kick_two(id_of(1), id_of(4));
	ck_assert_int_eq(shows(JOURNEY_DEVICES, 422)->error, JOURNEY_UNKNOWN);
	ck_assert_uint_eq(look(3).taken, 2);
	ck_assert_int_eq(look(4).session.state, SESSION_BOUND);
}

static void removing_this_device_is_a_logout(void)
{
	post("claim");
	kick(3);
	ck_assert_pstr_eq(scene.answer.to, "logout");
	ck_assert(scene.answer.expire_sessions);
	ck_assert_int_eq(look(3).session.state, SESSION_ENDED);
	ck_assert_uint_eq(look(3).taken, 2);
}

static void who_leaves_removes_nobody(void)
{
	post("claim");
	kick_two(id_of(1), id_of(3));
	ck_assert_pstr_eq(scene.answer.to, "logout");
	ck_assert_uint_eq(look(3).taken, 2);
	ck_assert_int_eq(look(1).session.state, SESSION_BOUND);
}

static void logging_out_is_still_possible_among_the_devices(void)
{
	post("claim");
	post("logout");
	ck_assert_pstr_eq(scene.answer.to, "logout");
}

/* verification: always */

static void who_cannot_be_verified_may_ask_the_administrator_once(void)
{
	scene.s.verify_always = true;
	post("claim");
	goes_to(NULL, page_address());
	get();
	shows(JOURNEY_CANNOT_VERIFY, 200);
	ck_assert(offers(JOURNEY_ACTION_ADMIN) && offers(JOURNEY_ACTION_LOGOUT) &&
		  !offers(JOURNEY_ACTION_KICK));
	kick(1);
	shows(JOURNEY_CANNOT_VERIFY, 422);
	post("admin");
	goes_to(NULL, page_address());
	ck_assert_int_eq(state(), CHALLENGE_ADMIN_NOTIFIED);
	get();
	ck_assert(shows(JOURNEY_CANNOT_VERIFY, 200)->notified);
	ck_assert(!offers(JOURNEY_ACTION_ADMIN));
	post("admin");
	shows(JOURNEY_CANNOT_VERIFY, 422);
	read_events();
	ck_assert_uint_eq(told(OUTBOX_ADMIN_NOTIFY, id_of(3)), 1);
	ck_assert_uint_eq(look(3).taken, 2);
}

/* Trials. */

static void a_repeat_trial(void)
{
	struct verdict v = visit_as((struct logging_in){ 3, 3, DEVICE_DESKTOP, true, { 0 } });

	ck_assert_int_eq(v.reason, REASON_REPEAT_TRIAL);
	scene.challenge = v.challenge;
}

static void a_trial_offers_approval_and_logout(void)
{
	a_repeat_trial();
	get();
	shows(JOURNEY_TRIAL, 200);
	ck_assert(offers(JOURNEY_ACTION_APPROVAL) && offers(JOURNEY_ACTION_LOGOUT));
	ck_assert(!offers(JOURNEY_ACTION_UPGRADE) && !scene.answer.page->offers_upgrade);
	ck_assert(!offers(JOURNEY_ACTION_CLAIM) && !offers(JOURNEY_ACTION_NEW_ACCOUNT));
	post("upgrade");
	shows(JOURNEY_TRIAL, 422);
	post("claim");
	shows(JOURNEY_TRIAL, 422);
}

static void approval_is_asked_for_once(void)
{
	a_repeat_trial();
	post("approval");
	goes_to(NULL, page_address());
	get();
	ck_assert(shows(JOURNEY_TRIAL, 200)->notified);
	post("approval");
	shows(JOURNEY_TRIAL, 422);
	read_events();
	ck_assert_uint_eq(told(OUTBOX_TRIAL_APPROVAL, id_of(3)), 1);
}

static void an_upgrade_postpones_half_an_hour_three_times_a_day(void)
{
	char upgrade[] = "https://example.com/plans";

	scene.s.redirects.upgrade_url = upgrade;
	a_repeat_trial();
	get();
	ck_assert(shows(JOURNEY_TRIAL, 200)->offers_upgrade);
	for (int i = 0; i < JOURNEY_POSTPONE_TIMES; i++) {
		post("upgrade");
		goes_to("upgrade", "https://example.com/plans");
		ck_assert_int_eq(reason_for(3), REASON_POSTPONED);
		now_ms += JOURNEY_POSTPONE_MS;
		ck_assert_int_eq(reason_for(3), REASON_REPEAT_TRIAL);
	}
	post("upgrade");
	goes_to("upgrade", "https://example.com/plans");
	ck_assert_int_eq(reason_for(3), REASON_REPEAT_TRIAL);
	read_events();
	ck_assert_uint_eq(told(OUTBOX_REDIRECT, "\"to\":\"upgrade\""), JOURNEY_POSTPONE_TIMES);
	now_ms += JOURNEY_POSTPONE_WITHIN_MS;
	scene.challenge =
		visit_as((struct logging_in){ 3, 3, DEVICE_DESKTOP, true, { 0 } }).challenge;
	post("upgrade");
	ck_assert_int_eq(reason_for(3), REASON_POSTPONED);
}

static void end_trial(struct account *a, struct change *c, struct attachment *t)
{
	(void)a;
	t->repeat_trial = false;
	change_attachment(c, t);
	change_challenge_state(c, t, CHALLENGE_COMPLETED);
}

static void an_ended_trial_leads_on(void)
{
	a_repeat_trial();
	change(3, end_trial);
	get();
	goes_to(NULL, "/");
}

SUITE_MAIN_WITH("deeds", setup, teardown, new_account_logs_this_device_out,
		logout_names_the_challenge_in_the_right_place, after_a_logout_the_link_is_dead,
		whoever_claims_is_shown_the_devices, a_skipped_verification_is_not_told_of,
		what_the_page_does_not_offer_is_not_done,
		a_claim_leads_on_when_there_is_room_meanwhile,
		a_page_that_is_not_needed_any_more_leads_on, kicking_one_makes_room_for_this_one,
		success_url_goes_before_the_page_that_was_wanted, with_nothing_wanted_it_goes_home,
		choosing_none_is_too_few, as_many_have_to_go_as_it_takes, more_may_go_than_have_to,
		a_type_that_is_full_needs_one_of_that_type_to_go, the_wrong_type_makes_no_room,
		only_holders_of_a_place_can_be_chosen, removing_this_device_is_a_logout,
		who_leaves_removes_nobody, logging_out_is_still_possible_among_the_devices,
		who_cannot_be_verified_may_ask_the_administrator_once,
		a_trial_offers_approval_and_logout, approval_is_asked_for_once,
		an_upgrade_postpones_half_an_hour_three_times_a_day, an_ended_trial_leads_on)
