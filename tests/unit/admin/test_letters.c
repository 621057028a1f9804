#include "office.h"

static void bury(unsigned device)
{
	struct outbox_event e;

	ground_settle(&office.ground, ground_login_told(&office.ground, "alice", device, device));
	ck_assert_uint_eq(outbox_take(office.ground.r, ground_clock(), &e, 1), 1);
	mem_free(e.data);
	outbox_bury(office.ground.r, e.seq);
	/* All that was before is written with what is told of. */
	ground_settle(&office.ground, ground_login(&office.ground, "bob", 1, 1000 + device));
}

static void where_nothing_was_given_up_nothing_is_listed(void)
{
	ck_assert_int_eq(office_ask("GET", "/v1/events"), 200);
	ck_assert_str_eq(line_body(&office.c),
			 "{\"waiting\":0,\"dead\":0,\"events\":[],\"truncated\":false}");
	ck_assert_int_eq(office_ask("POST", "/v1/events/replay"), 200);
	ck_assert_str_eq(line_body(&office.c), "{\"replayed\":0,\"dead\":0}");
}

static void what_was_given_up_is_shown_whole(void)
{
	json_t *answer, *letter;

	bury(7);
	ck_assert_int_eq(office_ask("GET", "/v1/events"), 200);
	answer = office_json();
	ck_assert_int_eq(json_integer_value(json_object_get(answer, "dead")), 1);
	letter = json_array_get(json_object_get(answer, "events"), 0);
	ck_assert_uint_eq(json_string_length(json_object_get(letter, "id")), ID_TEXT_BYTES - 1);
	ck_assert_str_eq(json_string_value(json_object_get(letter, "status")), "dead");
	ck_assert_str_eq(json_string_value(json_object_get(letter, "type")), "device.attached");
	ck_assert_str_eq(json_string_value(json_object_get(letter, "account")), "alice");
	ck_assert_str_eq(json_string_value(json_object_get(letter, "created")),
			 "2025-11-23T12:13:20.000Z");
	ck_assert_int_eq(json_integer_value(json_object_get(letter, "attempts")), 0);
	ck_assert_int_eq(
		json_integer_value(json_object_get(json_object_get(letter, "data"), "device")), 7);
	json_decref(answer);
}

static void what_was_given_up_is_sent_again_when_an_operator_says_so(void)
{
	bury(1);
	bury(2);
	ck_assert_int_eq(office_ask("POST", "/v1/events/replay"), 200);
	ck_assert_str_eq(line_body(&office.c), "{\"replayed\":2,\"dead\":0}");
	ck_assert_int_eq(office_ask("GET", "/v1/events"), 200);
	ck_assert_str_eq(line_body(&office.c),
			 "{\"waiting\":2,\"dead\":0,\"events\":[],\"truncated\":false}");
	ck_assert_uint_eq(office_told(OUTBOX_DEVICE_ATTACHED), 2);
}

static void what_cannot_be_written_is_not_promised(void)
{
	bury(1);
	office_break_disk(true);
	ck_assert_int_eq(office_ask("POST", "/v1/events/replay"), 503);
	ck_assert_int_eq(office_ask("POST", "/v1/events/replay"), 409);
	office_expect_error("conflict");
	office_break_disk(false);
}

SUITE_MAIN_WITH("letters", office_setup, office_teardown,
		where_nothing_was_given_up_nothing_is_listed, what_was_given_up_is_shown_whole,
		what_was_given_up_is_sent_again_when_an_operator_says_so,
		what_cannot_be_written_is_not_promised)
