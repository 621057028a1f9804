#include "ground.h"

static struct ground g;

static void setup(void)
{
	ground_init(&g, NULL);
}

static void teardown(void)
{
	ground_fini(&g);
}

static void an_unknown_key_is_not_known(void)
{
	struct registry_found found = ground_find(&g, 1);

	ck_assert(!found.known);
	ck_assert_str_eq(found.account, "");
}

static void a_bound_key_names_account_and_device(void)
{
	struct device_id device = ground_device(7);
	struct registry_found found;

	ground_login(&g, "alice", 7, 1);
	found = ground_find(&g, 1);
	ck_assert(found.known);
	ck_assert_uint_eq(found.state, SESSION_BOUND);
	ck_assert_uint_eq(found.source, 1);
	ck_assert_str_eq(found.account, "alice");
	ck_assert(device_id_is(&found.device, &device));
	ck_assert_int_eq(found.bound_ms, ground_start_ms);
	ck_assert_uint_eq(found.account_hash, registry_account_hash(g.r, VIEW("alice")));
}

static void never(struct account *a, struct change *c, void *arg)
{
	(void)a;
	(void)c;
	*(bool *)arg = true;
}

static void nobody_is_changed_who_is_not_there(void)
{
	bool called = false;

	ck_assert_uint_eq(registry_change(g.r, VIEW("alice"), false, never, &called), 0);
	ck_assert(!called);
}

static void an_account_is_not_made_for_nothing(void)
{
	bool called = false, found;

	registry_change(g.r, VIEW("alice"), true, never, &called);
	ck_assert(called);
	called = false;
	found = registry_change(g.r, VIEW("alice"), false, never, &called) || called;
	ck_assert(!found);
}

static void a_change_gets_the_next_number(void)
{
	uint64_t first = ground_login(&g, "alice", 1, 1), second = ground_login(&g, "bob", 2, 2);

	ground_settle(&g, second ? second : first);
	ck_assert_uint_gt(second, first);
}

static void what_is_committed_need_not_be_waited_for(void)
{
	bool called;

	ground_settle(&g, ground_login(&g, "alice", 1, 1));
	ck_assert_uint_eq(registry_change(g.r, VIEW("alice"), false, never, &called), 0);
}

static void a_restart_forgets_nothing(void)
{
	struct registry_found found;

	ground_login(&g, "alice", 1, 1);
	ground_login(&g, "alice", 2, 2);
	ground_kick(&g, "alice", 1);
	ground_reopen(&g);
	found = ground_find(&g, 1);
	ck_assert(found.known);
	ck_assert_uint_eq(found.state, SESSION_REVOKED);
	found = ground_find(&g, 2);
	ck_assert(found.known);
	ck_assert_uint_eq(found.state, SESSION_BOUND);
}

SUITE_MAIN_WITH("registry", setup, teardown, an_unknown_key_is_not_known, a_bound_key_names_account_and_device,
		nobody_is_changed_who_is_not_there, an_account_is_not_made_for_nothing, a_change_gets_the_next_number,
		what_is_committed_need_not_be_waited_for, a_restart_forgets_nothing)
