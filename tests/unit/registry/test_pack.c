#include "suite.h"

#include "registry/pack.h"

static uint8_t room[16];

static void numbers_come_back(void)
{
	const uint64_t numbers[] = { 0, 1, 127, 128, 300, UINT32_MAX, INT64_MAX, UINT64_MAX };
	struct pack p;
	struct pack_reader r;

	pack_init(&p, room, sizeof(room));
	for (unsigned i = 0; i < 8; i++)
		pack_number(&p, numbers[i]);
	r = (struct pack_reader){ p.at, p.at + p.len };
	for (unsigned i = 0; i < 8; i++)
		ck_assert(pack_read_number(&r) == numbers[i]);
	ck_assert_ptr_eq(r.at, r.end);
	pack_fini(&p);
}

static void signed_numbers_come_back(void)
{
	const int64_t numbers[] = { 0, -1, 1, -64, 64, 1763900000000, INT64_MAX, INT64_MIN };
	struct pack p;
	struct pack_reader r;

	pack_init(&p, room, sizeof(room));
	for (unsigned i = 0; i < 8; i++)
		pack_signed(&p, numbers[i]);
	r = (struct pack_reader){ p.at, p.at + p.len };
	for (unsigned i = 0; i < 8; i++)
		ck_assert(pack_read_signed(&r) == numbers[i]);
	pack_fini(&p);
}

static void small_numbers_of_either_sign_are_short(void)
{
	struct pack p;

	pack_init(&p, room, sizeof(room));
	pack_signed(&p, -60);
	ck_assert_uint_eq(p.len, 1);
	pack_fini(&p);
}

static void nothing_and_an_empty_text_are_two_things(void)
{
	struct pack p;
	struct pack_reader r;

	pack_init(&p, room, sizeof(room));
	pack_text(&p, NULL);
	pack_text(&p, "");
	pack_text(&p, "Firefox on Windows");
	r = (struct pack_reader){ p.at, p.at + p.len };
	ck_assert_ptr_null(pack_read_text(&r));
	ck_assert_str_eq(pack_read_text(&r), "");
	ck_assert_str_eq(pack_read_text(&r), "Firefox on Windows");
	pack_fini(&p);
}

static void it_outgrows_the_memory_it_started_in(void)
{
	struct pack p;

	pack_init(&p, room, sizeof(room));
	for (unsigned i = 0; i < 1000; i++)
		pack_byte(&p, (uint8_t)i);
	ck_assert(p.owned);
	ck_assert_uint_eq(p.len, 1000);
	for (unsigned i = 0; i < 1000; i++)
		ck_assert_uint_eq(p.at[i], (uint8_t)i);
	pack_fini(&p);
}

SUITE_MAIN("pack", numbers_come_back, signed_numbers_come_back,
	   small_numbers_of_either_sign_are_short, nothing_and_an_empty_text_are_two_things,
	   it_outgrows_the_memory_it_started_in)
