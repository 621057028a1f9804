/*
 * What a verdict costs by itself: from the worker's cache (hit), from the registry by way of the policy (miss), and what the
 * check of a device cookie costs, which a connection pays once (cookie).
 *
 * Usage: judge CONFIG hit|miss|cookie COUNT. Prints `ns X`, the mean of the processor's time over COUNT; 1,000 people take turns. A miss is had by
 * settings that change with every question, as after a reload.
 */
#include "inside.h"

#include "base/clock.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

enum { PEOPLE = 1000 };

struct crowd {
	struct identity who[PEOPLE];
	char cookie[DEVICE_COOKIE_MAX_BYTES + 1];
};

static void gather(struct inside *in, struct crowd *crowd)
{
	struct verdict verdict;
	struct view cookie;

	for (unsigned i = 0; i < PEOPLE; i++) {
		inside_person(in, i, &crowd->who[i]);
		inside_log_in(in, i, &crowd->who[i]);
		inside_judge(in, in->settings, &crowd->who[i], &verdict);
		inside_judge(in, in->settings, &crowd->who[i], &verdict);
		assert(verdict.reason == REASON_ATTACHED);
	}
	arena_init(&in->arena, in->room, sizeof(in->room), 1 << 20);
	cookie = device_cookie_make(in->rules, &crowd->who[0].device, false, clock_wall_ms(),
				    &in->arena);
	cookie = view_from(cookie, view_find(cookie, '=') + 1);
	snprintf(crowd->cookie, sizeof(crowd->cookie), "%.*s",
		 VIEW_ARG(view_head(cookie, view_find(cookie, ';'))));
	arena_fini(&in->arena);
}

/* The time of day is read once, as a worker does in each turn, and stands still: no hit tells the account of people, who do
 * that every ten seconds. */
static double time_verdicts(struct inside *in, struct crowd *crowd, unsigned count, bool anew)
{
	struct settings *settings[2] = { in->settings, malloc(sizeof(*in->settings)) };
	struct decide_question q = { .navigation = true,
				     .now_ms = clock_wall_ms(),
				     .arena = &in->arena };
	struct verdict verdict;
	bool set_cookie;
	double spent_s;

	assert(settings[1]);
	memcpy(settings[1], settings[0], sizeof(*settings[0]));
	settings[1]->epoch++;
	arena_init(&in->arena, in->room, sizeof(in->room), 1 << 20);
	spent_s = inside_spent_s();
	for (unsigned i = 0; i < count; i++) {
		q.who = &crowd->who[i % PEOPLE];
		q.settings = settings[anew ? (i / PEOPLE + 1) % 2 : 0];
		decide_request(in->decide, &q, &verdict, &set_cookie);
		if (anew)
			arena_reset(&in->arena);
	}
	spent_s = inside_spent_s() - spent_s;
	arena_fini(&in->arena);
	free(settings[1]);
	return spent_s;
}

static double time_cookies(struct inside *in, struct crowd *crowd, unsigned count)
{
	double began_s = inside_spent_s();
	struct device_id device;
	int64_t issued_ms;

	for (unsigned i = 0; i < count; i++)
		if (device_cookie_verify(in->rules, view_of(crowd->cookie), &device, &issued_ms) !=
		    DEVICE_VALID)
			abort();
	return inside_spent_s() - began_s;
}

int main(int argc, char **argv)
{
	static struct inside in;
	static struct crowd crowd;
	unsigned count = argc == 4 ? (unsigned)atoi(argv[3]) : 0;
	double taken_s;

	if (!count) {
		fputs("usage: judge CONFIG hit|miss|cookie COUNT\n", stderr);
		return 2;
	}
	inside_open(&in, argv[1]);
	gather(&in, &crowd);
	if (strcmp(argv[2], "cookie") == 0)
		taken_s = time_cookies(&in, &crowd, count);
	else
		taken_s = time_verdicts(&in, &crowd, count, strcmp(argv[2], "miss") == 0);
	printf("ns %.1f\n", taken_s * 1e9 / count);
	printf("hits %.3f\n", (double)metric_read(in.metrics, METRIC_VERDICT_HITS) / count);
	inside_close(&in);
	return 0;
}
