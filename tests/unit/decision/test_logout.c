#include "scene.h"

#include "decision/given.h"
#include "decision/logout.h"

/* Three configured names, the last a family; and what a request and its response are about. */
enum { A, B, FAMILY };

static struct settings_cookie cookies[3];
static struct settings_identity identity;
static struct identity who;
static struct lesson lesson;
static struct logout logout;

static void setup(void)
{
	static char a[] = "PHPSESSID", b[] = "remember", family[] = "wp_";

	scene_setup();
	cookies[A] = (struct settings_cookie){ .name = a };
	cookies[B] = (struct settings_cookie){ .name = b };
	cookies[FAMILY] = (struct settings_cookie){ .name = family, .prefix = true };
	identity = (struct settings_identity){ .cookies = cookies, .n_cookies = 3 };
	who = (struct identity){ 0 };
	lesson = (struct lesson){ 0 };
	logout = (struct logout){ .identity = &identity, .who = &who, .lesson = &lesson };
	scene_add(1, DEVICE_DESKTOP);
	scene_find(1)->counted = true;
}

static void bound(int session, enum session_given given)
{
	struct session_key key = scene_key(session);

	change_bind_given(&scene.c, &key, scene_find(1), 0, given);
}

static void carries(int session, unsigned cookie)
{
	who.cookie[who.n_keys] = (uint8_t)cookie;
	who.keys[who.n_keys++] = scene_key(session);
}

/* Given in the cookie in which it comes. */
static void given(int session, unsigned cookie)
{
	bound(session, given_in(&identity, (uint8_t)cookie));
	carries(session, cookie);
}

static void joined(int session, unsigned cookie)
{
	bound(session, SESSION_JOINED);
	carries(session, cookie);
}

static void deletes(int session, unsigned cookie)
{
	lesson.deleted[lesson.n_deleted++] = scene_key(session);
	lesson.deletes |= 1u << cookie;
}

static bool is_out(void)
{
	return logout_by_deletion(&scene.a, &scene.c, &logout);
}

static enum session_state state(int session)
{
	return scene_session(session) ? (enum session_state)scene_session(session)->state
				      : (enum session_state) - 1;
}

#define FORGOTTEN ((enum session_state) - 1)

static void a_given_value_takes_all_along(void)
{
	given(1, A);
	given(2, B);
	joined(3, FAMILY);
	deletes(2, B);
	ck_assert(is_out());
	ck_assert_int_eq(state(1), SESSION_ANONYMOUS);
	ck_assert_int_eq(state(2), SESSION_ENDED);
	ck_assert_int_eq(state(3), SESSION_ENDED); /* of a family */
	ck_assert_int_eq(scene_find(1)->status, ATTACHMENT_DETACHED);
}

static void a_joined_value_goes_alone_and_is_forgotten(void)
{
	given(1, A);
	joined(2, B);
	deletes(2, B);
	ck_assert(!is_out());
	ck_assert_int_eq(state(1), SESSION_BOUND);
	ck_assert_int_eq(state(2), FORGOTTEN);
	ck_assert(scene_find(1)->counted);
}

static void of_two_that_joined_the_other_stays(void)
{
	joined(2, B);
	given(1, A);
	joined(3, FAMILY);
	deletes(2, B);
	ck_assert(!is_out());
	ck_assert_int_eq(state(2), FORGOTTEN);
	ck_assert_int_eq(state(3), SESSION_BOUND);
}

static void where_nothing_is_given_a_joined_value_takes_all_along(void)
{
	joined(1, A);
	joined(2, B);
	deletes(2, B);
	ck_assert(is_out());
	ck_assert_int_eq(state(1), SESSION_ANONYMOUS);
	ck_assert_int_eq(state(2), SESSION_ENDED);
}

/* One so short that it keys nothing. */
static void a_deleted_value_that_nobody_knows_says_nothing_beside_a_given_one(void)
{
	given(1, A);
	lesson.deletes = 1u << B;
	ck_assert(!is_out());
	ck_assert_int_eq(state(1), SESSION_BOUND);
}

static void a_given_value_that_is_replaced_goes_on(void)
{
	given(1, A);
	joined(2, B);
	logout.replaced = 1 << 0;
	deletes(2, B);
	ck_assert(!is_out());
	ck_assert_int_eq(state(1), SESSION_BOUND);
}

static void at_a_logout_what_is_replaced_is_ended(void)
{
	given(1, A);
	given(2, B);
	logout.replaced = 1 << 0;
	deletes(2, B);
	ck_assert(is_out());
	ck_assert_int_eq(state(1), SESSION_ENDED);
}

static void in_another_cookie_a_given_value_is_not_concerned(void)
{
	bound(1, given_in(&identity, A));
	carries(1, B);
	given(2, A);
	joined(3, FAMILY);
	deletes(2, A);
	ck_assert(is_out());
	ck_assert_int_eq(state(1), SESSION_BOUND);
	ck_assert_int_eq(state(2), SESSION_ENDED);
	ck_assert_int_eq(state(3), SESSION_ENDED);
}

static void nor_is_its_deletion_there_a_logout(void)
{
	given(1, A);
	bound(2, given_in(&identity, A));
	carries(2, B);
	deletes(2, B);
	ck_assert(!is_out());
	ck_assert_int_eq(state(1), SESSION_BOUND);
	ck_assert_int_eq(state(2), SESSION_BOUND);
}

static void beside_a_given_value_in_another_cookie_a_joined_one_says_nothing(void)
{
	bound(1, given_in(&identity, A));
	carries(1, B);
	joined(2, A);
	deletes(2, A);
	ck_assert(!is_out());
	ck_assert_int_eq(state(1), SESSION_BOUND);
	ck_assert_int_eq(state(2), FORGOTTEN);
}

static void what_was_not_read_stays_at_every_logout(void)
{
	bound(1, given_in(&identity, A));
	carries(1, B);
	bound(2, given_in(&identity, A));
	carries(2, IDENTITY_ECHO);
	bound(3, SESSION_JOINED);
	carries(3, IDENTITY_ECHO);
	bound(4, given_in(&identity, A));
	carries(4, IDENTITY_NO_COOKIE);
	given(5, A);
	logout.not_forwarded = 1 << 4;
	given(6, A);
	logout_whole(&scene.a, &scene.c, &logout);
	for (int i = 1; i <= 5; i++)
		ck_assert_int_eq(state(i), SESSION_BOUND);
	ck_assert_int_eq(state(6), SESSION_ANONYMOUS);
}

/* From a state that did not say where. */
static void what_was_given_nobody_knows_where_is_concerned_everywhere(void)
{
	bound(1, SESSION_GIVEN);
	carries(1, B);
	bound(2, SESSION_GIVEN);
	carries(2, A);
	deletes(2, A);
	ck_assert(is_out());
	ck_assert_int_eq(state(1), SESSION_ANONYMOUS);
	ck_assert_int_eq(state(2), SESSION_ENDED);
}

static void a_value_in_the_address_is_deleted_with_its_cookie(void)
{
	given(1, IDENTITY_NO_COOKIE);
	deletes(1, A);
	ck_assert(is_out());
	ck_assert_int_eq(state(1), SESSION_ENDED);
}

static void a_family_is_deleted_with_any_of_its_names(void)
{
	given(1, FAMILY);
	joined(2, A);
	lesson.deletes = 1u << FAMILY;
	ck_assert(is_out());
	ck_assert_int_eq(state(1), SESSION_ENDED);
	ck_assert_int_eq(state(2), SESSION_ANONYMOUS);
}

static void another_name_deletes_no_family(void)
{
	given(1, FAMILY);
	joined(2, B);
	deletes(2, B);
	ck_assert(!is_out());
	ck_assert_int_eq(state(1), SESSION_BOUND);
}

static void that_nobody_is_logged_in_concerns_all_and_keeps_what_was_not_deleted(void)
{
	given(1, A);
	given(2, FAMILY);
	joined(3, B);
	logout_whole(&scene.a, &scene.c, &logout);
	for (int i = 1; i <= 3; i++)
		ck_assert_int_eq(state(i), SESSION_ANONYMOUS);
	ck_assert_int_eq(scene_find(1)->status, ATTACHMENT_DETACHED);
}

static void what_is_revoked_or_ended_stays_so(void)
{
	given(1, A);
	given(2, B);
	scene_session(1)->state = SESSION_REVOKED;
	scene_session(2)->state = SESSION_ENDED;
	deletes(1, A);
	deletes(2, B);
	is_out();
	logout_whole(&scene.a, &scene.c, &logout);
	ck_assert_int_eq(state(1), SESSION_REVOKED);
	ck_assert_int_eq(state(2), SESSION_ENDED);
}

/* -- places of cookies -- */

static void every_name_has_a_place_of_its_own(void)
{
	struct settings_cookie many[SESSION_PLACES + 1];
	struct settings_identity all = { .cookies = many };
	char names[SESSION_PLACES + 1][8];
	unsigned seen = 0;

	for (unsigned i = 0; i < SESSION_PLACES + 1; i++) {
		snprintf(names[i], sizeof(names[i]), "SID%u", i);
		many[i] = (struct settings_cookie){ .name = names[i] };
	}
	all.n_cookies = SESSION_PLACES + 1;
	for (uint8_t i = 0; i < SESSION_PLACES; i++) {
		enum session_given place = given_in(&all, i);

		ck_assert_int_ge((int)place, 1);
		ck_assert_int_le((int)place, (int)SESSION_PLACES);
		seen |= 1u << place;
	}
	ck_assert_uint_eq(seen, (1u << (SESSION_PLACES + 1)) - 2);
	ck_assert_int_ge((int)given_in(&all, SESSION_PLACES), 1);
	ck_assert_int_le((int)given_in(&all, SESSION_PLACES), (int)SESSION_PLACES);
	ck_assert_int_eq(given_in(&all, IDENTITY_NO_COOKIE), SESSION_GIVEN_IN_TARGET);
}

/* They are stored: what was given before the settings were changed was given in the same cookie. */
static void a_place_follows_from_the_name(void)
{
	struct settings_cookie other[3] = { cookies[B], cookies[FAMILY], cookies[A] };
	struct settings_identity turned = { .cookies = other, .n_cookies = 3 };

	ck_assert_int_eq(given_in(&identity, A), 2);
	ck_assert_int_eq(given_in(&identity, B), 1);
	ck_assert_int_eq(given_in(&turned, 2), given_in(&identity, A));
	ck_assert_int_eq(given_in(&turned, 0), given_in(&identity, B));
	ck_assert_int_eq(given_in(&turned, 1), given_in(&identity, FAMILY));
}

SUITE_MAIN_WITH("logout", setup, scene_teardown, a_given_value_takes_all_along,
		a_joined_value_goes_alone_and_is_forgotten, of_two_that_joined_the_other_stays,
		where_nothing_is_given_a_joined_value_takes_all_along,
		a_deleted_value_that_nobody_knows_says_nothing_beside_a_given_one,
		a_given_value_that_is_replaced_goes_on, at_a_logout_what_is_replaced_is_ended,
		in_another_cookie_a_given_value_is_not_concerned,
		nor_is_its_deletion_there_a_logout,
		beside_a_given_value_in_another_cookie_a_joined_one_says_nothing,
		what_was_not_read_stays_at_every_logout,
		what_was_given_nobody_knows_where_is_concerned_everywhere,
		a_value_in_the_address_is_deleted_with_its_cookie,
		a_family_is_deleted_with_any_of_its_names, another_name_deletes_no_family,
		that_nobody_is_logged_in_concerns_all_and_keeps_what_was_not_deleted,
		what_is_revoked_or_ended_stays_so, every_name_has_a_place_of_its_own,
		a_place_follows_from_the_name)
