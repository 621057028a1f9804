#include "suite.h"

#include "http/name.h"

#include <ctype.h>

static enum http_name recognised(struct view name, bool wanted_alike)
{
	bool alike;
	enum http_name id = name_recognise(name, &alike);

	ck_assert_msg(alike == wanted_alike, "%.*s", VIEW_ARG(name));
	return id;
}

static void every_name_of_the_table_is_recognised_in_any_case(void)
{
	for (int id = HTTP_UNKNOWN + 1; id < HTTP_NAME_COUNT; id++) {
		struct view spelling = name_spelling((enum http_name)id);
		char upper[32], lower[32];

		for (size_t i = 0; i < spelling.len; i++) {
			upper[i] = (char)toupper(spelling.at[i]);
			lower[i] = (char)tolower(spelling.at[i]);
		}
		ck_assert_int_eq(recognised(spelling, false), id);
		ck_assert_int_eq(recognised(view_make(upper, spelling.len), false), id);
		ck_assert_int_eq(recognised(view_make(lower, spelling.len), false), id);
	}
}

/* With one byte changed to any other that a token may hold, a name is no longer itself. */
static void a_name_with_one_wrong_byte_is_another(void)
{
	for (int id = HTTP_UNKNOWN + 1; id < HTTP_NAME_COUNT; id++) {
		struct view spelling = name_spelling((enum http_name)id);
		char name[32];
		bool alike;

		for (size_t i = 0; i < spelling.len * 256; i++) {
			char c = (char)(i % 256);
			struct view changed = view_make(name, spelling.len);

			memcpy(name, spelling.at, spelling.len);
			name[i / 256] = c;
			if (!name_is_token_byte(c) || view_is_nocase(changed, spelling))
				continue;
			ck_assert_msg(name_recognise(changed, &alike) != (enum http_name)id ||
					      alike || id == HTTP_LATCH_OTHER,
				      "%.*s", VIEW_ARG(changed));
		}
	}
}

static void near_misses_are_unknown(void)
{
	static const char *const names[] = { "",
					     "A",
					     "Hos",
					     "Host2",
					     "Hots",
					     "X",
					     "Lat",
					     "Latch",
					     "latchx",
					     "X-Forwarded",
					     "X-Forwarded-User",
					     "Set_Cookie",
					     "User_Agent",
					     "X_Requested_With",
					     "Content_Lengths",
					     "Transfer.Encodin",
					     "Proxy-Authorizations",
					     "A-very-long-name-that-nobody-knows-of" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_msg(recognised(view_of(names[i]), false) == HTTP_UNKNOWN, "%s", names[i]);
}

static void whatever_begins_with_latch_is_ours(void)
{
	ck_assert_int_eq(recognised(VIEW("Latch-"), false), HTTP_LATCH_OTHER);
	ck_assert_int_eq(recognised(VIEW("LATCH-Accounts"), false), HTTP_LATCH_OTHER);
	ck_assert_int_eq(recognised(VIEW("latch_"), true), HTTP_LATCH_OTHER);
	ck_assert_int_eq(recognised(VIEW("lAtCh.x"), true), HTTP_LATCH_OTHER);
	ck_assert_int_eq(recognised(VIEW("latch-account_"), false), HTTP_LATCH_OTHER);
}

static void look_alikes_of_what_only_we_may_set_are_recognised(void)
{
	ck_assert_int_eq(recognised(VIEW("LATCH_ACCOUNT"), true), HTTP_LATCH_ACCOUNT);
	ck_assert_int_eq(recognised(VIEW("Latch-Device_Limit"), true), HTTP_LATCH_DEVICE_LIMIT);
	ck_assert_int_eq(recognised(VIEW("X_FORWARDED_FOR"), true), HTTP_X_FORWARDED_FOR);
	ck_assert_int_eq(recognised(VIEW("X-Forwarded.Proto"), true), HTTP_X_FORWARDED_PROTO);
	ck_assert_int_eq(recognised(VIEW("x_forwarded~host"), true), HTTP_X_FORWARDED_HOST);
	ck_assert_int_eq(recognised(VIEW("X_Real_IP"), true), HTTP_X_REAL_IP);
	ck_assert_int_eq(recognised(VIEW("X_Request_Id"), true), HTTP_X_REQUEST_ID);
	ck_assert_int_eq(recognised(VIEW("Content_Length"), true), HTTP_CONTENT_LENGTH);
	ck_assert_int_eq(recognised(VIEW("content.type"), true), HTTP_CONTENT_TYPE);
	ck_assert_int_eq(recognised(VIEW("Transfer_Encoding"), true), HTTP_TRANSFER_ENCODING);
}

static void look_alikes_of_what_frames_a_body_are_recognised(void)
{
	ck_assert_int_eq(recognised(VIEW("Content_Length"), true), HTTP_CONTENT_LENGTH);
	ck_assert_int_eq(recognised(VIEW("transfer.ENCODING"), true), HTTP_TRANSFER_ENCODING);
}

SUITE_MAIN("name", every_name_of_the_table_is_recognised_in_any_case,
	   a_name_with_one_wrong_byte_is_another, near_misses_are_unknown,
	   whatever_begins_with_latch_is_ours, look_alikes_of_what_only_we_may_set_are_recognised,
	   look_alikes_of_what_frames_a_body_are_recognised)
