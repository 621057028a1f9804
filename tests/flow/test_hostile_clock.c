/* The wall clock is set back under a running gateway. */
#include "stage.h"

static void a_clock_that_is_set_back_lets_no_sharer_pass(void)
{
	struct stage *g = stage_open("limits: { devices: 1 }\n");
	struct browser a = browser_new(g), b = browser_new(g);

	browser_arrive(&a, "alice", "session-of-alice-1");
	browser_log_in(&b, "alice", "session-of-alice-2");
	ck_assert_int_eq(browser_click(&b, "/members"), 303);
	stage_now_ms -= 3600 * 1000;
	ck_assert_int_eq(browser_click(&a, "/members"), 200);
	ck_assert_int_eq(browser_click(&b, "/members/other"), 303);
	stage_close(g);
}

SUITE_MAIN("hostile clock", a_clock_that_is_set_back_lets_no_sharer_pass)
