#include "suite.h"

#include "base/ring.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 1024 };
static _Alignas(64) char room[SIZE];
static struct ring ring;

static void set_up(void)
{
	memset(room, 0, sizeof(room));
	ring_init(&ring, room, sizeof(room));
}

static void records_come_out_whole_and_in_order(void)
{
	struct view record;
	char text[32];

	for (int i = 0; i < 1000; i++) {
		int len = snprintf(text, sizeof(text), "record %d", i);

		ck_assert(ring_put(&ring, view_make(text, (size_t)len)));
		ck_assert(ring_peek(&ring, &record));
		ck_assert(view_is(record, view_make(text, (size_t)len)));
		ring_advance(&ring);
		ck_assert(!ring_peek(&ring, &record));
	}
}

static void a_full_ring_says_so_and_loses_nothing(void)
{
	struct view record;
	int put = 0, got = 0;

	while (ring_put(&ring, VIEW("0123456789abcdef")))
		put++;
	ck_assert_int_eq(put, SIZE / 24);
	for (; ring_peek(&ring, &record); got++) {
		ck_assert(view_is(record, VIEW("0123456789abcdef")));
		ring_advance(&ring);
	}
	ck_assert_int_eq(got, put);
	ck_assert(ring_put(&ring, VIEW("again")));
}

static void what_cannot_fit_is_refused(void)
{
	char large[SIZE] = { 0 };

	ck_assert(!ring_put(&ring, view_make(large, SIZE / 4)));
	ck_assert(ring_put(&ring, view_make(large, SIZE / 4 - 8)));
	ck_assert(!ring_put(&ring, VIEW_NONE));
}

static void every_length_wraps_well(void)
{
	char bytes[200];
	struct view record;

	for (int i = 0; i < 5000; i++) {
		size_t len = (size_t)(i * 7 % 199) + 1;

		memset(bytes, i, len);
		ck_assert(ring_put(&ring, view_make(bytes, len)));
		ck_assert(ring_peek(&ring, &record));
		ck_assert(view_is(record, view_make(bytes, len)));
		ring_advance(&ring);
	}
}

enum { PRODUCERS = 4, RECORDS = 2000 };

struct producer {
	unsigned char name;
	pthread_t thread;
};

struct message {
	uint32_t number;
	unsigned char name;
	unsigned char fill[59];
};

static void *produce(void *arg)
{
	struct producer *p = arg;

	for (uint32_t i = 0; i < RECORDS; i++) {
		struct message m = { .number = i, .name = p->name };

		memset(m.fill, p->name, sizeof(m.fill));
		while (!ring_put(&ring, view_make(&m, 5 + i % sizeof(m.fill))))
			sched_yield();
	}
	return NULL;
}

static void each_producers_records_arrive_once_and_in_order(void)
{
	struct producer producers[PRODUCERS];
	uint32_t next[PRODUCERS] = { 0 };
	struct view record;

	for (unsigned char i = 0; i < PRODUCERS; i++) {
		producers[i].name = i;
		pthread_create(&producers[i].thread, NULL, produce, &producers[i]);
	}
	for (int got = 0; got < PRODUCERS * RECORDS;) {
		struct message m;

		if (!ring_peek(&ring, &record)) {
			sched_yield();
			continue;
		}
		memcpy(&m, record.at, record.len);
		ck_assert_uint_lt(m.name, PRODUCERS);
		ck_assert_uint_eq(m.number, next[m.name]);
		ck_assert_uint_eq(record.len, 5 + m.number % sizeof(m.fill));
		for (size_t i = 5; i < record.len; i++)
			ck_assert(m.fill[i - 5] == m.name);
		next[m.name]++;
		got++;
		ring_advance(&ring);
	}
	for (int i = 0; i < PRODUCERS; i++)
		pthread_join(producers[i].thread, NULL);
	ck_assert_uint_eq(ring_used(&ring), 0);
}

SUITE_MAIN_WITH("ring", set_up, NULL, records_come_out_whole_and_in_order,
		a_full_ring_says_so_and_loses_nothing, what_cannot_fit_is_refused,
		every_length_wraps_well, each_producers_records_arrive_once_and_in_order)
