#include "suite.h"

#include "base/base64.h"
#include "base/err.h"
#include "base/hmac.h"

#include <string.h>

static const struct {
	struct view bytes, padded, url;
} vectors[] = {
	{ VIEW_NONE, { "", 0 }, { "", 0 } },
	{ { "f", 1 }, { "Zg==", 4 }, { "Zg", 2 } },
	{ { "fo", 2 }, { "Zm8=", 4 }, { "Zm8", 3 } },
	{ { "foo", 3 }, { "Zm9v", 4 }, { "Zm9v", 4 } },
	{ { "foobar", 6 }, { "Zm9vYmFy", 8 }, { "Zm9vYmFy", 8 } },
	{ { "\xfb\xff\xbe", 3 }, { "+/++", 4 }, { "-_--", 4 } },
};

static void the_vectors_of_rfc_4648_come_out(void)
{
	char text[16];

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct view bytes = vectors[i].bytes;

		ck_assert_uint_eq(base64_encode(bytes.at, bytes.len, text), vectors[i].padded.len);
		ck_assert_str_eq(text, vectors[i].padded.at);
		ck_assert_uint_eq(base64_encode_url(bytes.at, bytes.len, text), vectors[i].url.len);
		ck_assert_str_eq(text, vectors[i].url.at);
	}
}

static void the_vectors_are_read_back(void)
{
	char bytes[16];

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		int len = (int)vectors[i].bytes.len;

		ck_assert_int_eq(base64_decode(vectors[i].padded, bytes, sizeof(bytes)), len);
		ck_assert(view_is(view_make(bytes, (size_t)len), vectors[i].bytes));
		ck_assert_int_eq(base64_decode_url(vectors[i].url, bytes, sizeof(bytes)), len);
		ck_assert(view_is(view_make(bytes, (size_t)len), vectors[i].bytes));
	}
}

static void every_length_survives_the_round_trip(void)
{
	uint8_t bytes[100], back[100];
	char text[BASE64_ROOM(100)];

	hmac_random(bytes, sizeof(bytes));
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		size_t n = base64_encode(bytes, len, text);

		ck_assert_uint_eq(n + 1, BASE64_ROOM(len));
		ck_assert_int_eq(base64_decode(view_of(text), back, len), (int)len);
		ck_assert_int_eq(memcmp(bytes, back, len), 0);
		base64_encode_url(bytes, len, text);
		ck_assert_int_eq(base64_decode_url(view_of(text), back, len), (int)len);
		ck_assert_int_eq(memcmp(bytes, back, len), 0);
	}
}

/* A signature with two spellings could be replayed as another one. */
static void nothing_has_two_spellings(void)
{
	static const char *const wrong[] = {
		"Z",     "Zg",       "Zg=",  "Zg===", "Zh==", "Zm9=",  "Zm8 ",     " Zm8=",
		"Zm\n8", "Zg==Zg==", "====", "=",     "Zm-_", "Zm9v=", "Zm9v====", "Zm\0v"
	};
	static const char *const wrong_url[] = {
		"Z", "Zh", "Zm9", "Zg==", "Zm+/", "Zm 8", "Zm9vA"
	};
	char bytes[16] = "untouched";

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_int_eq(base64_decode(view_of(wrong[i]), bytes, sizeof(bytes)),
				 ERR_SYNTAX);
	for (size_t i = 0; i < sizeof(wrong_url) / sizeof(wrong_url[0]); i++)
		ck_assert_int_eq(base64_decode_url(view_of(wrong_url[i]), bytes, sizeof(bytes)),
				 ERR_SYNTAX);
	ck_assert_int_eq(base64_decode(VIEW("Zm\0v"), bytes, sizeof(bytes)), ERR_SYNTAX);
	ck_assert_str_eq(bytes, "untouched");
}

static void more_bytes_than_room_are_refused(void)
{
	char bytes[4] = "...";

	ck_assert_int_eq(base64_decode(VIEW("Zm9vYg=="), bytes, 3), ERR_TOO_LARGE);
	ck_assert_str_eq(bytes, "...");
	ck_assert_int_eq(base64_decode(VIEW("Zm9vYg=="), bytes, 4), 4);
}

SUITE_MAIN("base64", the_vectors_of_rfc_4648_come_out, the_vectors_are_read_back,
	   every_length_survives_the_round_trip, nothing_has_two_spellings,
	   more_bytes_than_room_are_refused)
