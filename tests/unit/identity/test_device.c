#include "stage.h"

static struct device_id device;
static const char *cookie;

static struct view value_of(const char *pair)
{
	return view_from(view_of(pair), view_find(view_of(pair), '=') + 1);
}

static void set_up(void)
{
	stage_setup();
	device_mint(&device);
	cookie = stage_device_cookie(stage.rules, &device, true, STAGE_MS);
}

static enum device_seen verify_with(const struct rules *rules, struct view value)
{
	struct device_id seen;
	int64_t issued_ms;

	return device_cookie_verify(rules, value, &seen, &issued_ms);
}

#define assert_forged(value) ck_assert_int_eq(verify_with(stage.rules, value), DEVICE_FORGED)

static void a_cookie_names_its_device_and_when_it_was_issued(void)
{
	struct device_id seen;
	int64_t issued_ms = 0;

	ck_assert_int_eq(device_cookie_verify(stage.rules, value_of(cookie), &seen, &issued_ms),
			 DEVICE_VALID);
	ck_assert(device_id_is(&seen, &device));
	ck_assert_int_eq(issued_ms, STAGE_MS);
	ck_assert_uint_le(strlen(cookie), DEVICE_COOKIE_MAX_BYTES);
}

static void attributes_follow_the_scheme(void)
{
	struct view secure = device_cookie_make(stage.rules, &device, true, STAGE_MS, &stage.arena);
	struct view plain = device_cookie_make(stage.rules, &device, false, STAGE_MS, &stage.arena);

	ck_assert(view_starts(secure, VIEW("__Host-latch=v1.")));
	ck_assert(view_ends(secure,
			    VIEW("; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax; Secure")));
	ck_assert(view_starts(plain, VIEW("latch=v1.")));
	ck_assert(view_ends(plain, VIEW("; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax")));
}

static void two_minted_devices_differ(void)
{
	struct device_id other;

	device_mint(&other);
	ck_assert(!device_id_is(&device, &other));
}

static void a_flipped_bit_anywhere_is_forged(void)
{
	struct view value = value_of(cookie);

	for (size_t i = 0; i < value.len * 8; i++) {
		struct view copy = arena_copy(&stage.arena, value);
		char *at = (char *)(uintptr_t)copy.at;

		at[i / 8] = (char)(at[i / 8] ^ 1 << i % 8);
		assert_forged(copy);
	}
}

static void any_other_byte_anywhere_is_forged(void)
{
	struct view value = value_of(cookie);
	char copy[DEVICE_COOKIE_MAX_BYTES];

	for (size_t i = 0; i < value.len; i++)
		for (int c = 0; c < 256; c++) {
			memcpy(copy, value.at, value.len);
			if (copy[i] == (char)c)
				continue;
			copy[i] = (char)c;
			assert_forged(view_make(copy, value.len));
		}
}

static void a_shorter_or_longer_one_is_forged(void)
{
	struct view value = value_of(cookie);
	char copy[2 * DEVICE_COOKIE_MAX_BYTES];

	for (size_t len = 0; len < value.len; len++)
		assert_forged(view_head(value, len));
	for (int c = 0; c < 256; c++) {
		memcpy(copy, value.at, value.len);
		copy[value.len] = (char)c;
		assert_forged(view_make(copy, value.len + 1));
		memmove(copy + 1, copy, value.len);
		copy[0] = (char)c;
		assert_forged(view_make(copy, value.len + 1));
	}
}

static void another_version_is_forged_even_when_well_formed(void)
{
	struct view value = value_of(cookie);
	struct view other = arena_format(&stage.arena, "v2%.*s", VIEW_ARG(view_from(value, 2)));

	assert_forged(other);
}

static void another_key_is_forged(void)
{
	struct rules *others = stage_rules_of(&stage.settings, 2, 1);

	ck_assert_int_eq(verify_with(others, value_of(cookie)), DEVICE_FORGED);
	ck_assert_int_eq(
		verify_with(others, value_of(stage_device_cookie(others, &device, true, 0))),
		DEVICE_VALID);
	rules_destroy(&others);
}

/* The id of a key we trust, the MAC of one we do not. */
static void a_borrowed_key_id_is_forged(void)
{
	struct rules *others = stage_rules_of(&stage.settings, 2, 1);
	struct view ours = value_of(cookie),
		    theirs = value_of(stage_device_cookie(others, &device, true, STAGE_MS));
	struct view mixed = arena_format(&stage.arena, "%.*s%.*s", VIEW_ARG(view_head(ours, 11)),
					 VIEW_ARG(view_from(theirs, 11)));

	ck_assert_uint_eq(mixed.len, ours.len);
	assert_forged(mixed);
	rules_destroy(&others);
}

/* Parts of two valid cookies do not make a third. */
static void a_device_in_anothers_frame_is_forged(void)
{
	struct device_id second;
	struct view a = value_of(cookie), b;

	device_mint(&second);
	b = value_of(stage_device_cookie(stage.rules, &second, true, STAGE_MS));
	for (size_t i = 0; i < a.len; i++) {
		struct view mixed =
			arena_format(&stage.arena, "%.*s%.*s", VIEW_ARG(view_head(a, i)),
				     VIEW_ARG(view_from(b, i)));

		if (!view_is(mixed, a) && !view_is(mixed, b))
			assert_forged(mixed);
	}
}

static void an_old_key_still_verifies_while_a_new_one_signs(void)
{
	struct rules *rotated = stage_rules_of(&stage.settings, 1, 2),
		     *before = stage_rules_of(&stage.settings, 2, 1);

	ck_assert_int_eq(
		verify_with(rotated, value_of(stage_device_cookie(before, &device, true, 1))),
		DEVICE_VALID);
	ck_assert_int_eq(
		verify_with(before, value_of(stage_device_cookie(rotated, &device, true, 1))),
		DEVICE_FORGED);
	rules_destroy(&rotated);
	rules_destroy(&before);
}

static void a_cookie_does_not_fit_a_full_arena(void)
{
	struct arena full;

	arena_init(&full, NULL, 0, 16);
	ck_assert_ptr_null(device_cookie_make(stage.rules, &device, true, STAGE_MS, &full).at);
	arena_fini(&full);
}

SUITE_MAIN_WITH("device cookie", set_up, stage_teardown,
		a_cookie_names_its_device_and_when_it_was_issued, attributes_follow_the_scheme,
		two_minted_devices_differ, a_flipped_bit_anywhere_is_forged,
		any_other_byte_anywhere_is_forged, a_shorter_or_longer_one_is_forged,
		another_version_is_forged_even_when_well_formed, another_key_is_forged,
		a_borrowed_key_id_is_forged, a_device_in_anothers_frame_is_forged,
		an_old_key_still_verifies_while_a_new_one_signs, a_cookie_does_not_fit_a_full_arena)
