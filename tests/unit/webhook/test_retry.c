#include "suite.h"
#include "webhook/retry.h"

static const int64_t S = 1000, MIN = 60 * 1000, H = 3600 * 1000;

static void the_plan_is_the_spec_s(void)
{
	const int64_t expected[] = { 5 * S,  5 * MIN, 30 * MIN, 2 * H, 5 * H,
				     10 * H, 14 * H,  20 * H,   24 * H };
	struct retry_plan plan = retry_standard();

	ck_assert_uint_eq(plan.n, 9);
	for (unsigned i = 0; i < plan.n; i++) {
		ck_assert_int_eq(retry_wait_ms(plan, i, 0, 0), expected[i]);
		ck_assert_int_gt(retry_wait_ms(plan, i, 0, UINT32_MAX), expected[i]);
		ck_assert_int_le(retry_wait_ms(plan, i, 0, UINT32_MAX),
				 expected[i] + expected[i] / 10);
	}
}

static void behind_the_last_wait_it_is_given_up(void)
{
	ck_assert_int_eq(retry_wait_ms(retry_standard(), 9, 0, 0), -1);
	ck_assert_int_eq(retry_wait_ms(retry_standard(), 9, 5 * S, 0), -1);
	ck_assert_int_eq(retry_wait_ms(retry_standard(), UINT32_MAX, 0, 0), -1);
}

static void a_longer_wait_is_granted_up_to_a_day(void)
{
	ck_assert_int_eq(retry_wait_ms(retry_standard(), 0, 60 * S, 0), 60 * S);
	ck_assert_int_eq(retry_wait_ms(retry_standard(), 3, 3 * H, UINT32_MAX), 3 * H);
	ck_assert_int_eq(retry_wait_ms(retry_standard(), 0, 1000 * H, 0), 24 * H);
	ck_assert_int_eq(retry_wait_ms(retry_standard(), 0, INT64_MAX, UINT32_MAX), 24 * H);
}

static void a_shorter_wait_is_granted_twice(void)
{
	ck_assert_int_eq(retry_wait_ms(retry_standard(), 0, 1 * S, 0), 1 * S);
	ck_assert_int_eq(retry_wait_ms(retry_standard(), 1, 1 * S, 0), 1 * S);
	ck_assert_int_eq(retry_wait_ms(retry_standard(), 2, 1 * S, 0), 30 * MIN);
	ck_assert_int_eq(retry_wait_ms(retry_standard(), 8, 1 * S, 0), 24 * H);
}

SUITE_MAIN("retry", the_plan_is_the_spec_s, behind_the_last_wait_it_is_given_up,
	   a_longer_wait_is_granted_up_to_a_day, a_shorter_wait_is_granted_twice)
