#include "suite.h"

#include "serve/crowd.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <string.h>

static struct crowd *crowd;

static void set_up(void)
{
	crowd = crowd_create();
}

static void tear_down(void)
{
	crowd_destroy(&crowd);
}

static const uint8_t *address(const char *text)
{
	static uint8_t at[16];

	ck_assert_int_eq(inet_pton(AF_INET6, text, at), 1);
	return at;
}

static bool enter(const char *text)
{
	return crowd_enter(crowd, address(text), 2);
}

static void an_address_has_its_most_and_no_more(void)
{
	ck_assert(enter("::ffff:192.0.2.1"));
	ck_assert(enter("::ffff:192.0.2.1"));
	ck_assert(!enter("::ffff:192.0.2.1"));
	ck_assert(enter("::ffff:192.0.2.2"));
	crowd_leave(crowd, address("::ffff:192.0.2.1"));
	ck_assert(enter("::ffff:192.0.2.1"));
	ck_assert(!enter("::ffff:192.0.2.1"));
}

static void a_network_of_ipv6_is_one_address(void)
{
	ck_assert(enter("2001:db8:0:1::1"));
	ck_assert(enter("2001:db8:0:1:ffff::2"));
	ck_assert(!enter("2001:db8:0:1::3"));
	ck_assert(enter("2001:db8:0:2::1"));
	crowd_leave(crowd, address("2001:db8:0:1::4"));
	ck_assert(enter("2001:db8:0:1::1"));
}

static void nothing_is_remembered_of_who_has_left(void)
{
	for (int i = 0; i < 100000; i++) {
		uint8_t at[16] = { 0x20, 1, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };

		ck_assert(crowd_enter(crowd, at, 1));
		ck_assert(!crowd_enter(crowd, at, 1));
		crowd_leave(crowd, at);
	}
}

static void *come_and_go(void *arg)
{
	int *refused = arg;

	for (int i = 0; i < 20000; i++) {
		uint8_t at[16] = { 0x20, 1, (uint8_t)(i & 3) };

		if (crowd_enter(crowd, at, 2))
			crowd_leave(crowd, at);
		else
			++*refused;
	}
	return NULL;
}

static void threads_count_together(void)
{
	pthread_t threads[4];
	int refused[4] = { 0 };

	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, come_and_go, &refused[i]);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < 4; i++) {
		uint8_t at[16] = { 0x20, 1, (uint8_t)i };

		ck_assert(crowd_enter(crowd, at, 2));
		ck_assert(crowd_enter(crowd, at, 2));
		ck_assert(!crowd_enter(crowd, at, 2));
	}
}

SUITE_MAIN_WITH("crowd", set_up, tear_down, an_address_has_its_most_and_no_more,
		a_network_of_ipv6_is_one_address, nothing_is_remembered_of_who_has_left,
		threads_count_together)
