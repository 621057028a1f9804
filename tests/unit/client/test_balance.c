#include "client/balance.h"
#include "suite.h"

#include "base/mem.h"

enum { SERVERS = 4, ALL = (1 << SERVERS) - 1 };

static struct fleet fleet;
static struct balance balance;

static void set_up(void)
{
	fleet = (struct fleet){ .at = mem_array(SERVERS, sizeof(*fleet.at)), .n = SERVERS };
	for (unsigned i = 0; i < SERVERS; i++)
		fleet.at[i].server = server_create("http://server");
	balance = (struct balance){ 0 };
}

static void tear_down(void)
{
	for (unsigned i = 0; i < SERVERS; i++)
		server_unref(&fleet.at[i].server);
	mem_free(fleet.at);
}

static size_t in_turn(uint64_t may)
{
	return balance_choose(&balance, &fleet, BALANCE_ROUND_ROBIN, may);
}

static size_t least(uint64_t may)
{
	return balance_choose(&balance, &fleet, BALANCE_LEAST_CONNECTIONS, may);
}

static void use(size_t i, unsigned n)
{
	while (n--)
		server_take_up(fleet.at[i].server);
}

static void each_has_its_turn(void)
{
	for (unsigned n = 0; n < 3 * SERVERS; n++)
		ck_assert_uint_eq(in_turn(ALL), n % SERVERS);
}

static void who_may_not_loses_its_turn(void)
{
	static const size_t turns[] = { 1, 3, 1, 3, 1 };

	for (unsigned n = 0; n < 5; n++)
		ck_assert_uint_eq(in_turn(1 << 1 | 1 << 3), turns[n]);
	ck_assert_uint_eq(in_turn(1 << 0), 0);
	ck_assert_uint_eq(in_turn(1 << 0), 0);
}

static void the_least_used_is_next(void)
{
	use(0, 2);
	use(1, 1);
	use(2, 3);
	use(3, 1);
	use(1, 1);
	ck_assert_uint_eq(least(ALL), 3);
	use(3, 1);
	ck_assert_uint_eq(least(1 << 2), 2);
	server_let_go(fleet.at[2].server);
	server_let_go(fleet.at[2].server);
	ck_assert_uint_eq(least(ALL), 2);
}

static void of_equals_each_has_its_turn(void)
{
	bool met[SERVERS] = { false };

	use(2, 1);
	for (unsigned n = 0; n < SERVERS - 1; n++)
		met[least(ALL)] = true;
	ck_assert(met[0] && met[1] && met[3] && !met[2]);
}

static void any_turn_is_one_to_begin_with(void)
{
	balance.turn = UINT64_MAX;
	ck_assert_uint_lt(in_turn(ALL), SERVERS);
	ck_assert_uint_lt(in_turn(ALL), SERVERS);
}

SUITE_MAIN_WITH("balance", set_up, tear_down, each_has_its_turn, who_may_not_loses_its_turn,
		the_least_used_is_next, of_equals_each_has_its_turn, any_turn_is_one_to_begin_with)
