#include "suite.h"

#include "registry/keys.h"

static struct keys *k;

static void setup(void)
{
	k = keys_create();
}

static void teardown(void)
{
	keys_destroy(&k);
}

/* `home` is where it wants to stand in its shard. */
static void make_id(uint8_t id[ID_BYTES], uint32_t home)
{
	memset(id, 0, ID_BYTES);
	memcpy(id, &home, sizeof(home));
}

static unsigned found(uint32_t home, uint32_t *ret_ref)
{
	struct keys_candidates candidates;
	uint8_t id[ID_BYTES];

	make_id(id, home);
	keys_find(k, id, &candidates);
	if (candidates.n)
		*ret_ref = candidates.refs[0];
	return candidates.n;
}

static void add(uint32_t home, uint32_t ref)
{
	uint8_t id[ID_BYTES];

	make_id(id, home);
	keys_add(k, id, ref);
}

static void drop(uint32_t home, uint32_t ref)
{
	uint8_t id[ID_BYTES];

	make_id(id, home);
	keys_drop(k, id, ref);
}

static void what_was_added_is_found(void)
{
	uint32_t ref = 0;

	for (uint32_t i = 0; i < 10000; i++)
		add(i * 2654435761u, i + 1);
	for (uint32_t i = 0; i < 10000; i++) {
		ck_assert_uint_eq(found(i * 2654435761u, &ref), 1);
		ck_assert_uint_eq(ref, i + 1);
	}
	ck_assert_uint_eq(found(7, &ref), 0);
}

/* Entries that wrap around the end of the table, dropped in every order of three. */
static void dropping_leaves_the_others_findable(void)
{
	const uint32_t homes[] = { 62, 126, 63, 127, 0, 64, 1, 65 };
	uint32_t ref;

	for (unsigned first = 0; first < 8; first++) {
		for (unsigned i = 0; i < 8; i++)
			add(homes[i], i + 1);
		drop(homes[first], first + 1);
		ck_assert_uint_eq(found(homes[first], &ref), 0);
		for (unsigned i = 0; i < 8; i++) {
			if (i == first)
				continue;
			ck_assert_uint_eq(found(homes[i], &ref), 1);
			ck_assert_uint_eq(ref, i + 1);
			drop(homes[i], i + 1);
		}
	}
	ck_assert_uint_eq(found(62, &ref), 0);
}

static void one_tag_may_name_several(void)
{
	struct keys_candidates candidates;
	uint8_t id[ID_BYTES];

	add(5, 1);
	add(5, 2);
	make_id(id, 5);
	keys_find(k, id, &candidates);
	ck_assert_uint_eq(candidates.n, 2);
	drop(5, 1);
	keys_find(k, id, &candidates);
	ck_assert_uint_eq(candidates.n, 1);
	ck_assert_uint_eq(candidates.refs[0], 2);
}

static void what_was_noted_is_found_once_it_is_settled(void)
{
	uint8_t id[ID_BYTES];
	uint32_t ref = 0;

	for (uint32_t n = 0; n < 3000; n = n * 3 / 2 + 1) {
		for (uint32_t i = 0; i < n; i++) {
			make_id(id, i * 2654435761u);
			keys_note(k, id, i + 1);
		}
		keys_settle(k);
		add(7, n + 1);
		for (uint32_t i = 0; i < n; i++) {
			ck_assert_uint_eq(found(i * 2654435761u, &ref), 1);
			ck_assert_uint_eq(ref, i + 1);
			drop(i * 2654435761u, ref);
		}
		ck_assert_uint_eq(found(7, &ref), 1);
		teardown();
		setup();
	}
}

static void what_moved_is_noticed(void)
{
	struct keys_candidates candidates;
	uint8_t id[ID_BYTES];

	make_id(id, 5);
	keys_find(k, id, &candidates);
	ck_assert(keys_is_unmoved(k, id, candidates.version));
	ck_assert(keys_add_unmoved(k, id, 1, candidates.version));
	ck_assert(!keys_is_unmoved(k, id, candidates.version));
	ck_assert(!keys_add_unmoved(k, id, 2, candidates.version));
}

SUITE_MAIN_WITH("keys", setup, teardown, what_was_added_is_found,
		dropping_leaves_the_others_findable, one_tag_may_name_several,
		what_was_noted_is_found_once_it_is_settled, what_moved_is_noticed)
