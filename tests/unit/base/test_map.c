#include "suite.h"

#include "base/hmac.h"
#include "base/map.h"

#include <stdio.h>

static int values[100000];

static struct view key_of(int i, char room[24])
{
	return view_make(room, (size_t)snprintf(room, 24, "key %d", i));
}

static struct map *filled(int count)
{
	struct map *m = map_create();
	char room[24];

	for (int i = 0; i < count; i++)
		ck_assert_ptr_null(map_put(m, key_of(i, room), &values[i]));
	return m;
}

static void what_was_put_is_found(void)
{
	struct map *m = filled(100000);
	char room[24];

	ck_assert_uint_eq(map_count(m), 100000);
	for (int i = 0; i < 100000; i++)
		ck_assert_ptr_eq(map_get(m, key_of(i, room)), &values[i]);
	ck_assert_ptr_null(map_get(m, VIEW("key 100000")));
	map_destroy(&m);
	ck_assert_ptr_null(m);
}

static void putting_again_returns_the_old_value(void)
{
	struct map *m = map_create();

	ck_assert_ptr_null(map_put(m, VIEW("a"), &values[1]));
	ck_assert_ptr_eq(map_put(m, VIEW("a"), &values[2]), &values[1]);
	ck_assert_uint_eq(map_count(m), 1);
	ck_assert_ptr_eq(map_get(m, VIEW("a")), &values[2]);
	map_destroy(&m);
}

static void the_key_is_copied(void)
{
	struct map *m = map_create();
	char key[] = "mutable";

	map_put(m, view_of(key), &values[0]);
	key[0] = 'x';
	ck_assert_ptr_null(map_get(m, view_of(key)));
	ck_assert_ptr_nonnull(map_get(m, VIEW("mutable")));
	map_destroy(&m);
}

static void keys_may_be_empty_or_contain_nul(void)
{
	struct map *m = map_create();

	map_put(m, VIEW_NONE, &values[0]);
	map_put(m, VIEW("a\0b"), &values[1]);
	map_put(m, VIEW("a\0c"), &values[2]);
	ck_assert_ptr_eq(map_get(m, VIEW("")), &values[0]);
	ck_assert_ptr_eq(map_get(m, VIEW("a\0b")), &values[1]);
	ck_assert_ptr_eq(map_get(m, VIEW("a\0c")), &values[2]);
	ck_assert_ptr_null(map_get(m, VIEW("a")));
	map_destroy(&m);
}

static void what_was_dropped_is_gone_and_the_rest_is_not(void)
{
	struct map *m = filled(1000);
	char room[24];

	for (int i = 0; i < 1000; i += 2)
		ck_assert_ptr_eq(map_drop(m, key_of(i, room)), &values[i]);
	ck_assert_ptr_null(map_drop(m, VIEW("key 0")));
	ck_assert_uint_eq(map_count(m), 500);
	for (int i = 0; i < 1000; i++)
		ck_assert_ptr_eq(map_get(m, key_of(i, room)), i % 2 ? &values[i] : NULL);
	map_destroy(&m);
}

/* A map that never shrinks what was dropped would search forever, or grow. */
static void endless_coming_and_going_works_in_a_small_map(void)
{
	struct map *m = filled(5);
	char room[24];

	for (int i = 5; i < 100000; i++) {
		map_put(m, key_of(i, room), &values[i]);
		ck_assert_ptr_nonnull(map_drop(m, key_of(i - 5, room)));
	}
	ck_assert_uint_eq(map_count(m), 5);
	map_destroy(&m);
}

static void a_walk_sees_each_entry_once_and_may_drop_it(void)
{
	struct map *m = filled(1000);
	struct map_cursor cursor = { 0 };
	bool seen[1000] = { false };
	struct view key;
	void *value;
	int met = 0;

	while (map_next(m, &cursor, &key, &value)) {
		int i = (int)((int *)value - values);

		ck_assert(!seen[i]);
		seen[i] = true;
		met++;
		if (i % 3)
			ck_assert_ptr_eq(map_drop(m, key), value);
	}
	ck_assert_int_eq(met, 1000);
	ck_assert_uint_eq(map_count(m), 334);
	map_destroy(&m);
}

/* The vectors were computed with an independent implementation of SipHash-1-3. */
static void the_hash_is_siphash_1_3(void)
{
	struct map_seed seed = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
	uint8_t bytes[15];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	ck_assert_uint_eq(map_hash(seed, VIEW_NONE), 0xabac0158050fc4dc);
	ck_assert_uint_eq(map_hash(seed, view_make(bytes, 1)), 0xc9f49bf37d57ca93);
	ck_assert_uint_eq(map_hash(seed, view_make(bytes, 7)), 0xd3927d989bb11140);
	ck_assert_uint_eq(map_hash(seed, view_make(bytes, 8)), 0x369095118d299a8e);
	ck_assert_uint_eq(map_hash(seed, view_make(bytes, 15)), 0xd320d86d2a519956);
}

static void another_seed_gives_another_hash(void)
{
	struct map_seed a, b;

	hmac_random(&a, sizeof(a));
	hmac_random(&b, sizeof(b));
	ck_assert_uint_ne(map_hash(a, VIEW("key")), map_hash(b, VIEW("key")));
}

static void destroying_nothing_is_fine(void)
{
	struct map *m = NULL;

	map_destroy(&m);
}

SUITE_MAIN("map", what_was_put_is_found, putting_again_returns_the_old_value, the_key_is_copied,
	   keys_may_be_empty_or_contain_nul, what_was_dropped_is_gone_and_the_rest_is_not,
	   endless_coming_and_going_works_in_a_small_map,
	   a_walk_sees_each_entry_once_and_may_drop_it, the_hash_is_siphash_1_3,
	   another_seed_gives_another_hash, destroying_nothing_is_fine)
