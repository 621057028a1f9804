#include "client/checkup.h"
#include "suite.h"

static struct checkup health;
static struct settings_health rules;

static void set_up(void)
{
	health = (struct checkup){ 0 };
	rules = (struct settings_health){
		.check = CHECK_CONNECT, .interval_ms = 5000, .rise = 2, .fall = 3
	};
}

static void nothing(void)
{
}

static bool good(void)
{
	return checkup_take(&health, &rules, true);
}

static bool bad(void)
{
	return checkup_take(&health, &rules, false);
}

static void the_first_answer_is_believed(void)
{
	ck_assert(bad());
	ck_assert(health.ails);
	health = (struct checkup){ 0 };
	ck_assert(!good());
	ck_assert(!health.ails);
}

static void who_falls_often_enough_is_put_aside(void)
{
	good();
	ck_assert(!bad() && !bad());
	ck_assert(!health.ails);
	ck_assert(bad());
	ck_assert(health.ails);
	ck_assert(!bad());
}

static void one_good_answer_begins_the_count_anew(void)
{
	good();
	for (unsigned i = 0; i < 10; i++)
		ck_assert(!bad() && !bad() && !good());
	ck_assert(!health.ails);
}

static void who_rises_often_enough_comes_back(void)
{
	bad();
	ck_assert(!good());
	ck_assert(!bad());
	ck_assert(!good());
	ck_assert(health.ails);
	ck_assert(good());
	ck_assert(!health.ails);
}

static bool is_due(bool up, int64_t now_ms)
{
	return checkup_is_due(&health, &rules, up, now_ms);
}

static void the_well_are_asked_at_intervals(void)
{
	ck_assert(is_due(true, 100));
	health.asked_ms = 100;
	ck_assert(!is_due(true, 5099));
	ck_assert(is_due(true, 5100));
}

static void the_ill_are_asked_more_often(void)
{
	health.asked_ms = 100;
	ck_assert(!is_due(false, 100 + CHECKUP_RETRY_MS - 1));
	ck_assert(is_due(false, 100 + CHECKUP_RETRY_MS));
	rules.interval_ms = 200;
	ck_assert(is_due(false, 300));
}

static void without_checks_only_who_refuses_is_asked(void)
{
	rules.check = CHECK_OFF;
	health.asked_ms = 100;
	ck_assert(!is_due(true, 1000000));
	ck_assert(!is_due(false, 100 + CHECKUP_RETRY_MS - 1));
	ck_assert(is_due(false, 100 + CHECKUP_RETRY_MS));
}

SUITE_MAIN_WITH("checkup", set_up, nothing, the_first_answer_is_believed,
		who_falls_often_enough_is_put_aside, one_good_answer_begins_the_count_anew,
		who_rises_often_enough_comes_back, the_well_are_asked_at_intervals,
		the_ill_are_asked_more_often, without_checks_only_who_refuses_is_asked)
