#include "scene.h"

#include "decision/places.h"

static void the_accounts_own_limit_goes_before_the_sites(void)
{
	scene.s.limits.devices = 3;
	ck_assert_uint_eq(places_limit(&scene.a, &scene.s), 3);
	scene.a.origin_limit = 5;
	ck_assert_uint_eq(places_limit(&scene.a, &scene.s), 5);
	scene.a.admin_limit = 1;
	ck_assert_uint_eq(places_limit(&scene.a, &scene.s), 1);
}

static void zero_of_the_accounts_own_is_unlimited_too(void)
{
	struct attachment *t;

	scene.s.limits.devices = 1;
	scene_holder(1, DEVICE_DESKTOP, 0);
	t = scene_add(2, DEVICE_DESKTOP);
	ck_assert_uint_eq(places_excess(&scene.a, &scene.s, t), 1);
	scene.a.origin_limit = 0;
	ck_assert_uint_eq(places_excess(&scene.a, &scene.s, t), 0);
}

static void each_type_has_a_limit_of_its_own(void)
{
	scene.s.limits = (struct settings_limits){ .mobile = 1, .tablet = 2, .desktop = 3 };
	ck_assert_uint_eq(places_type_limit(&scene.s, DEVICE_MOBILE), 1);
	ck_assert_uint_eq(places_type_limit(&scene.s, DEVICE_TABLET), 2);
	ck_assert_uint_eq(places_type_limit(&scene.s, DEVICE_DESKTOP), 3);
	ck_assert_uint_eq(places_type_limit(&scene.s, DEVICE_OTHER), 0);
}

static void only_who_holds_a_place_takes_one(void)
{
	scene_holder(1, DEVICE_DESKTOP, 0);
	scene_holder(2, DEVICE_MOBILE, 1);
	scene_add(3, DEVICE_MOBILE);
	scene_add(4, DEVICE_MOBILE)->status = ATTACHMENT_DETACHED;
	scene_add(5, DEVICE_DESKTOP)->status = ATTACHMENT_EXEMPT;
	ck_assert_uint_eq(places_taken(&scene.a, DEVICE_TYPES), 2);
	ck_assert_uint_eq(places_taken(&scene.a, DEVICE_MOBILE), 1);
	ck_assert_uint_eq(places_taken(&scene.a, DEVICE_TABLET), 0);
}

/* N is exactly N: the N-th newcomer fits, the next does not. */
static void a_limit_of_n_has_room_for_exactly_n(void)
{
	for (unsigned limit = 1; limit <= 6; limit++) {
		scene_teardown();
		scene_setup();
		scene.s.limits.devices = limit;
		for (unsigned n = 1; n <= 2 * limit; n++) {
			struct attachment *t = scene_add((int)n, DEVICE_DESKTOP);

			ck_assert_uint_eq(places_excess(&scene.a, &scene.s, t),
					  n <= limit ? 0 : n - limit);
			t->counted = true;
			t->place_ms = n;
		}
	}
}

static void a_newcomer_is_behind_everybody(void)
{
	struct attachment *t = scene_add(1, DEVICE_DESKTOP);

	scene.s.limits.devices = 2;
	scene_holder(2, DEVICE_DESKTOP, 5);
	scene_holder(3, DEVICE_DESKTOP, 9);
	ck_assert_uint_eq(places_excess(&scene.a, &scene.s, t), 1);
}

static void a_holder_is_behind_those_who_took_theirs_before(void)
{
	struct attachment *late = scene_holder(1, DEVICE_DESKTOP, 30),
			  *early = scene_holder(2, DEVICE_DESKTOP, 10),
			  *middle = scene_holder(3, DEVICE_DESKTOP, 20);

	scene.s.limits.devices = 1;
	ck_assert_uint_eq(places_excess(&scene.a, &scene.s, early), 0);
	ck_assert_uint_eq(places_excess(&scene.a, &scene.s, middle), 1);
	ck_assert_uint_eq(places_excess(&scene.a, &scene.s, late), 2);
}

static void places_of_one_moment_go_by_the_order_of_attachment(void)
{
	struct attachment *first = scene_holder(1, DEVICE_DESKTOP, 10),
			  *second = scene_holder(2, DEVICE_DESKTOP, 10);

	scene.s.limits.devices = 1;
	ck_assert_uint_eq(places_excess(&scene.a, &scene.s, first), 0);
	ck_assert_uint_eq(places_excess(&scene.a, &scene.s, second), 1);
}

static void other_types_are_nobodys_excess(void)
{
	struct attachment *phone, *desktop;

	scene.s.limits.mobile = 1;
	scene_holder(1, DEVICE_DESKTOP, 1);
	scene_holder(2, DEVICE_DESKTOP, 2);
	phone = scene_add(3, DEVICE_MOBILE);
	ck_assert_uint_eq(places_type_excess(&scene.a, &scene.s, phone), 0);
	scene_holder(4, DEVICE_MOBILE, 3);
	ck_assert_uint_eq(places_type_excess(&scene.a, &scene.s, phone), 1);
	ck_assert_uint_eq(places_excess(&scene.a, &scene.s, phone), 0);
	desktop = scene_add(5, DEVICE_DESKTOP);
	ck_assert_uint_eq(places_type_excess(&scene.a, &scene.s, desktop), 0);
}

static void the_idlest_is_the_least_recently_active_other_holder(void)
{
	struct attachment *t = scene_holder(1, DEVICE_DESKTOP, 0),
			  *phone = scene_holder(2, DEVICE_MOBILE, 1),
			  *desktop = scene_holder(3, DEVICE_DESKTOP, 2),
			  *out = scene_add(4, DEVICE_DESKTOP);

	t->last_seen_ms = 1;
	out->last_seen_ms = 2;
	phone->last_seen_ms = 3;
	desktop->last_seen_ms = 4;
	ck_assert_ptr_eq(places_idlest(&scene.a, t, false), phone);
	ck_assert_ptr_eq(places_idlest(&scene.a, t, true), desktop);
	desktop->counted = false;
	ck_assert_ptr_null(places_idlest(&scene.a, t, true));
}

static void the_next_to_expire_is_another_holder(void)
{
	struct attachment *t = scene_holder(1, DEVICE_DESKTOP, 0);

	t->last_seen_ms = 1;
	ck_assert_int_eq(places_next_expiry_ms(&scene.a, &scene.s, t), INT64_MAX);
	scene_add(2, DEVICE_DESKTOP)->last_seen_ms = 2;
	ck_assert_int_eq(places_next_expiry_ms(&scene.a, &scene.s, t), INT64_MAX);
	scene_holder(3, DEVICE_DESKTOP, 0)->last_seen_ms = 50;
	scene_holder(4, DEVICE_DESKTOP, 0)->last_seen_ms = 40;
	ck_assert_int_eq(places_next_expiry_ms(&scene.a, &scene.s, t),
			 40 + scene.s.detach_after_ms);
}

SUITE_MAIN_WITH("places", scene_setup, scene_teardown, the_accounts_own_limit_goes_before_the_sites,
		zero_of_the_accounts_own_is_unlimited_too, each_type_has_a_limit_of_its_own,
		only_who_holds_a_place_takes_one, a_limit_of_n_has_room_for_exactly_n,
		a_newcomer_is_behind_everybody, a_holder_is_behind_those_who_took_theirs_before,
		places_of_one_moment_go_by_the_order_of_attachment, other_types_are_nobodys_excess,
		the_idlest_is_the_least_recently_active_other_holder,
		the_next_to_expire_is_another_holder)
