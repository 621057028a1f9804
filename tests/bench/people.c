/*
 * Fills a state with people who are logged in, each with an account, a session and an attached device of its own, the way
 * requests do: the login's response is learnt, the first request after it is judged. What is measured is how many
 * attachments become durable in a second when WINDOW people arrive at a time: nobody is served before his own is
 * committed, so no more than that wait for the disk.
 *
 * Usage: people CONFIG COUNT [ACTIVE]. Prints `attachments_s N`; then, for ACTIVE of them, evenly spread, a line
 * `person SESSION DEVICE` with the two cookies' values.
 */
#include "inside.h"

#include <assert.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

enum { WINDOW = 1000 };

static uint64_t arrive(struct inside *in, unsigned n, struct identity *ret_who)
{
	struct verdict verdict;
	uint64_t number;

	inside_person(in, n, ret_who);
	number = inside_log_in(in, n, ret_who);
	inside_judge(in, in->settings, ret_who, &verdict);
	assert(verdict.reason == REASON_ATTACHED && verdict.has_device);
	return verdict.number > number ? verdict.number : number;
}

static void wait_for(struct inside *in, uint64_t number)
{
	while (!registry_is_committed(in->registry, number))
		sched_yield();
}

static double fill(struct inside *in, unsigned count, struct device_id *ret_devices)
{
	uint64_t numbers[WINDOW] = { 0 };
	double began_s = inside_now_s();
	struct identity who;

	for (unsigned i = 0; i < count; i++) {
		wait_for(in, numbers[i % WINDOW]);
		numbers[i % WINDOW] = arrive(in, i, &who);
		ret_devices[i] = who.device;
	}
	for (unsigned i = 0; i < WINDOW; i++)
		wait_for(in, numbers[i]);
	return count / (inside_now_s() - began_s);
}

static void introduce(struct inside *in, unsigned n, const struct device_id *device)
{
	char session[INSIDE_SESSION_CHARS + 1];
	struct view cookie;

	inside_session(n, session);
	arena_init(&in->arena, in->room, sizeof(in->room), 1 << 20);
	cookie = device_cookie_make(in->rules, device, false, 1700000000000, &in->arena);
	cookie = view_from(cookie, view_find(cookie, '=') + 1);
	printf("person %s %.*s\n", session, VIEW_ARG(view_head(cookie, view_find(cookie, ';'))));
	arena_fini(&in->arena);
}

int main(int argc, char **argv)
{
	struct inside in;
	struct device_id *devices;
	unsigned count = argc > 2 ? (unsigned)atoi(argv[2]) : 0;
	unsigned active = argc > 3 ? (unsigned)atoi(argv[3]) : 0;

	if (!count || active > count) {
		fputs("usage: people CONFIG COUNT [ACTIVE]\n", stderr);
		return 2;
	}
	inside_open(&in, argv[1]);
	devices = calloc(count, sizeof(*devices));
	assert(devices);
	printf("attachments_s %.0f\n", fill(&in, count, devices));
	for (unsigned i = 0; i < active; i++)
		introduce(&in, (unsigned)((uint64_t)i * count / active),
			  &devices[(uint64_t)i * count / active]);
	free(devices);
	inside_close(&in);
	return 0;
}
