#include "stage.h"

#include "identity/seal.h"

#include <stdio.h>

#define VALUE "YWxpY2U=|1|c2VjcmV0c2VjcmV0"

/* DW* is to be sealed; SESS and my_session are not. */
static void set_up(void)
{
	stage_setup();
	stage.cookies[1].seal = true;
	rules_destroy(&stage.rules);
	stage.rules = stage_rules_of(&stage.settings, 0, 2);
}

static const char *sealed_by(const struct rules *rules, const char *name, const char *value)
{
	struct view v = seal_close(rules, view_of(name), view_of(value), &stage.arena);

	return arena_format(&stage.arena, "%.*s", VIEW_ARG(v)).at;
}

static const char *sealed(const char *name, const char *value)
{
	return sealed_by(stage.rules, name, value);
}

static bool is_good(const char *name, const char *value)
{
	return seal_is_good(stage.rules, view_of(name), view_of(value));
}

static struct http_head with_cookies(const char *cookies)
{
	return stage_head(arena_format(&stage.arena,
				       "GET / HTTP/1.1\r\nHost: a\r\nCookie: %s\r\n\r\n", cookies)
				  .at,
			  false);
}

/* What the origin sees of these cookies. */
static struct view left_of(const char *cookies)
{
	struct http_head h = with_cookies(cookies);
	struct identity who = stage_read(&h);

	ck_assert(identity_clean(stage.rules, &h, &stage.peer, &who, &stage.arena));
	return stage_sent(&h, HTTP_COOKIE);
}

#define text(...) arena_format(&stage.arena, __VA_ARGS__).at

/* -- the seal -- */

static void what_was_sealed_opens_to_the_same_bytes(void)
{
	static const char *const VALUES[] = {
		VALUE,  "",       "a",          "a~b~c",  "~", "\"", "\"quoted \\\" value\"",
		"\"\"", "%7e%22", "\xc3\xa4=;", "deleted"
	};

	for (size_t i = 0; i < sizeof(VALUES) / sizeof(*VALUES); i++) {
		const char *s = sealed("DWx", VALUES[i]);

		ck_assert_uint_eq(strlen(s), strlen(VALUES[i]) + SEAL_BYTES);
		ck_assert_msg(is_good("DWx", s), "%s", s);
		stage_assert_text(seal_strip(view_of(s), &stage.arena), VALUES[i]);
	}
}

static void the_seal_stands_within_quotes(void)
{
	const char *s = sealed("DWx", "\"abc\"");

	ck_assert_int_eq(strncmp(s, "\"abc~", 5), 0);
	ck_assert_int_eq(s[strlen(s) - 1], '"');
}

static void a_seal_is_for_one_name_and_one_value(void)
{
	const char *s = sealed("DWx", VALUE);

	ck_assert(!is_good("DWy", s));
	ck_assert(!is_good("dwx", s));
	ck_assert(!is_good("DWx", text("%s%s", "y", s)));
	ck_assert(!is_good("DWx", text("\"%s\"", s)));
	/* Where the name ends and the value begins is part of it. */
	ck_assert(!is_good("DWx=y", sealed("DWx", "y=z")));
	ck_assert(!is_good("DWx", sealed("DWx=", "z")));
}

static void any_other_byte_breaks_it(void)
{
	char copy[256];
	const char *s = sealed("DWx", VALUE);

	for (size_t i = 0; i < strlen(s); i++)
		for (int bit = 0; bit < 8; bit++) {
			snprintf(copy, sizeof(copy), "%s", s);
			copy[i] = (char)(copy[i] ^ 1 << bit);
			ck_assert_msg(!is_good("DWx", copy), "byte %zu, bit %d", i, bit);
		}
	for (size_t len = 0; len < strlen(s); len++)
		ck_assert(!seal_is_good(stage.rules, VIEW("DWx"), view_make(s, len)));
	ck_assert(!is_good("DWx", text("%s%s", s, "=")));
	ck_assert(!is_good("DWx", text("%s%s", s, " ")));
	ck_assert(!is_good("DWx", ""));
	ck_assert(!is_good("DWx", "\"\""));
}

/* The last of 43 characters has two bits that mean nothing: only one spelling counts. */
static void a_seal_has_one_spelling(void)
{
	static const char DIGITS[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	char copy[256];
	unsigned good = 0;

	snprintf(copy, sizeof(copy), "%s", sealed("DWx", VALUE));
	for (const char *c = DIGITS; *c; c++) {
		copy[strlen(copy) - 1] = *c;
		good += is_good("DWx", copy);
	}
	ck_assert_uint_eq(good, 1);
}

static void every_device_key_opens_and_the_first_seals(void)
{
	struct rules *second = stage_rules_of(&stage.settings, 1, 1),
		     *third = stage_rules_of(&stage.settings, 2, 1);

	ck_assert(is_good("DWx", sealed_by(second, "DWx", VALUE)));
	ck_assert(!is_good("DWx", sealed_by(third, "DWx", VALUE)));
	ck_assert(!seal_is_good(second, VIEW("DWx"), view_of(sealed("DWx", VALUE))));
	rules_destroy(&second);
	rules_destroy(&third);
}

/* Nobody makes a seal of what the gateway signs elsewhere under the device key. */
static void a_device_cookie_is_no_seal(void)
{
	struct device_id device;
	char copy[512];

	device_mint(&device);
	snprintf(copy, sizeof(copy), "%s",
		 stage_device_cookie(stage.rules, &device, false, STAGE_MS));
	*strrchr(copy, '.') = '~';
	ck_assert(!is_good("latch", strchr(copy, '=') + 1));
}

/* -- requests -- */

static void a_sealed_cookie_keys_by_its_bare_value(void)
{
	struct http_head bare = with_cookies("SESS=" VALUE),
			 h = with_cookies(text("%s%s", "DWx=", sealed("DWx", VALUE)));
	struct identity plain = stage_read(&bare), who = stage_read(&h);

	ck_assert_uint_eq(who.n_keys, 1);
	ck_assert(stage_is_same_key(who.keys[0], plain.keys[0]));
	ck_assert(who.has_sealed);
	ck_assert_uint_eq(who.unsealed, 0);
	ck_assert_uint_eq(who.look_alikes, 0);
}

static void the_origin_gets_the_bare_value_and_every_other_byte(void)
{
	stage_assert_text(left_of(text("a=1;  DWx=%s ;b=\"2; c\";;d;", sealed("DWx", VALUE))),
			  "a=1;  DWx=" VALUE " ;b=\"2; c\";;d;");
	stage_assert_text(left_of(text("DWx=%s; SESS=short; DWy=%s", sealed("DWx", VALUE),
				       sealed("DWy", "\"in quotes\""))),
			  "DWx=" VALUE "; SESS=short; DWy=\"in quotes\"");
}

static void what_lacks_its_seal_is_removed_and_keys_nothing(void)
{
	struct http_head h = with_cookies("a=1; DWx=" VALUE "; b=2");
	struct identity who = stage_read(&h);

	ck_assert_uint_eq(who.n_keys, 0);
	ck_assert_uint_eq(who.unsealed, 1);
	ck_assert(!who.has_sealed);
	stage_assert_text(left_of("a=1; DWx=" VALUE "; b=2"), "a=1; b=2");
	stage_assert_text(left_of("DWx=" VALUE), "");
	stage_assert_text(left_of(text("DWx=%s!", sealed("DWx", VALUE))), "");
	stage_assert_text(left_of(text("DWx=%s", sealed("DWy", VALUE))), "");
	/* The value of a sealed cookie under a name without a seal is that name's business. */
	stage_assert_text(left_of("SESS=" VALUE), "SESS=" VALUE);
}

/* PHP's base64 takes what stands between its letters for nothing. */
static void a_lenient_spelling_of_a_value_does_not_pass_under_its_seal(void)
{
	static const char *const CASES[] = {
		"DWx=YWxp!Y2U=|1|c2VjcmV0c2VjcmV0",    "DWx=YWxpY2U%3D|1|c2VjcmV0c2VjcmV0",
		"DWx=\"YWxpY2U=|1|c2VjcmV0c2VjcmV0\"", "DWx=YWxpY2U=|01|c2VjcmV0c2VjcmV0",
		"DWx=YWXPY2U=|1|C2VJCMV0C2VJCMV0",     "DWx=+YWxpY2U=|1|c2VjcmV0c2VjcmV0",
		"DWx =YWxpY2U=|1|c2VjcmV0c2VjcmV0",    "dwx=YWxpY2U=|1|c2VjcmV0c2VjcmV0",
		"DW%78=YWxpY2U=|1|c2VjcmV0c2VjcmV0",   "a=b,DWx=YWxpY2U=|1|c2VjcmV0c2VjcmV0"
	};
	const char *mac = strrchr(sealed("DWx", VALUE), '~');

	for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
		struct view left = left_of(text("%s%s", CASES[i], mac)), bare = left_of(CASES[i]);
		bool is_same = i == 6; /* blanks before `=` are no part of a name */

		ck_assert_msg((left.len > 0) == is_same, "%s: %.*s", CASES[i], VIEW_ARG(left));
		ck_assert_msg(!bare.len, "%s: %.*s", CASES[i], VIEW_ARG(bare));
	}
}

static void of_two_values_under_one_name_the_first_sealed_one_stays(void)
{
	const char *one = sealed("DWx", VALUE), *two = sealed("DWx", "another-value-altogether");

	stage_assert_text(left_of(text("DWx=%s; DWx=%s", one, two)), "DWx=" VALUE);
	stage_assert_text(left_of(text("DWx=%s; DWx=%s", VALUE, one)), "DWx=" VALUE);
	stage_assert_text(left_of(text("DWx=%s; DWx=%s", one, one)), "DWx=" VALUE "; DWx=" VALUE);
}

static void the_memo_knows_what_is_sealed(void)
{
	const char *cookies = text("DWx=%s; a=%s", sealed("DWx", VALUE), "1");

	for (int i = 0; i < 3; i++) {
		struct http_head h = with_cookies(cookies);
		struct identity who = stage_read_memo(&h);

		ck_assert_uint_eq(who.n_keys, 1);
		ck_assert(identity_clean(stage.rules, &h, &stage.peer, &who, &stage.arena));
		stage_assert_text(stage_sent(&h, HTTP_COOKIE), "DWx=" VALUE "; a=1");
	}
	for (int i = 0; i < 2; i++) {
		struct http_head h = with_cookies("DWx=" VALUE "; a=1");
		struct identity who = stage_read_memo(&h);

		ck_assert_uint_eq(who.unsealed, 1);
		ck_assert(identity_clean(stage.rules, &h, &stage.peer, &who, &stage.arena));
		stage_assert_text(stage_sent(&h, HTTP_COOKIE), "a=1");
	}
}

static void after_cleaning_a_sealed_session_can_be_removed_by_its_key(void)
{
	struct http_head h = with_cookies(text("DWx=%s; a=%s", sealed("DWx", VALUE), "1"));
	struct identity who = stage_read(&h);

	ck_assert(identity_clean(stage.rules, &h, &stage.peer, &who, &stage.arena));
	ck_assert(identity_remove_keys(stage.rules, &h, who.keys, who.n_keys, &stage.arena));
	stage_assert_text(stage_sent(&h, HTTP_COOKIE), "a=1");
}

static void room_that_runs_out_while_stripping_is_said(void)
{
	char room[64];
	struct http_head h = with_cookies(text("DWx=%s; a=%s", sealed("DWx", VALUE), "1"));
	struct identity who = stage_read(&h);
	struct arena small;

	arena_init(&small, room, sizeof(room), 0);
	ck_assert(!identity_clean(stage.rules, &h, &stage.peer, &who, &small));
	arena_fini(&small);
}

/* -- responses -- */

static struct view granted(const char *line)
{
	struct http_head h = stage_head(
		arena_format(&stage.arena, "HTTP/1.1 200 X\r\nSet-Cookie: %s\r\n\r\n", line).at,
		true);

	ck_assert(lesson_seal_cookies(stage.rules, &h, STAGE_MS, &stage.arena, NULL));
	return stage_sent(&h, HTTP_SET_COOKIE);
}

static void what_the_origin_sets_is_sealed_and_nothing_else_of_the_line_is_touched(void)
{
	const char *mac = strrchr(sealed("DWx", VALUE), '~'), *nothing = sealed("DWx", "");

	stage_assert_text(granted("DWx=" VALUE), text("DWx=" VALUE "%s", mac));
	stage_assert_text(
		granted("DWx =  " VALUE " ;path=/ ; SECURE;;Foo=\"a;b\"; expires=never; "),
		text("DWx =  " VALUE "%s ;path=/ ; SECURE;;Foo=\"a;b\"; expires=never;", mac));
	stage_assert_text(granted("DWx=; Path=/"), text("DWx=%s; Path=/", nothing));
	stage_assert_text(granted("DWx=  ; Path=/"), text("DWx=  %s; Path=/", nothing));
	stage_assert_text(granted("DWx=\"a\"; Path=/"),
			  text("DWx=%s; Path=/", sealed("DWx", "\"a\"")));
}

static void what_deletes_and_what_is_not_to_be_sealed_stays_as_it_is(void)
{
	static const char *const CASES[] = {
		"DWx=" VALUE "; Max-Age=0",
		"DWx=deleted; expires=Thu, 01-Jan-1970 00:00:01 GMT; Max-Age=0; path=/",
		"DWx=" VALUE "; Expires=Thu, 01 Jan 1970 00:00:01 GMT",
		"SESS=" VALUE "; Path=/",
		"dwx=" VALUE "; Path=/",
		"other=" VALUE,
		"DWx",
		"=DWx=" VALUE,
	};

	for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++)
		stage_assert_text(granted(CASES[i]), CASES[i]);
}

static void what_is_given_is_taken_back(void)
{
	struct view line = granted("DWx=" VALUE "; Path=/; HttpOnly");
	const char *cookie =
		arena_format(&stage.arena, "%.*s", (int)view_find(line, ';'), line.at).at;

	stage_assert_text(left_of(cookie), "DWx=" VALUE);
}

static void every_line_of_a_response_is_sealed(void)
{
	struct http_head h = stage_response("200", "Set-Cookie: DWa=1\r\nSet-Cookie: x=1\r\n"
						   "Set-Cookie: DWb=2; Max-Age=0\r\n"
						   "Set-Cookie: DWa=2; Path=/x\r\n");

	ck_assert(lesson_seal_cookies(stage.rules, &h, STAGE_MS, &stage.arena, NULL));
	stage_assert_text(stage_sent(&h, HTTP_SET_COOKIE),
			  arena_format(&stage.arena, "DWa=%s|x=1|DWb=2; Max-Age=0|DWa=%s; Path=/x",
				       sealed("DWa", "1"), sealed("DWa", "2"))
				  .at);
}

static void a_cookie_that_grows_too_long_for_browsers_is_told(void)
{
	char *value = arena_alloc(&stage.arena, SEAL_MAX_COOKIE_BYTES + 1);
	const size_t fits = SEAL_MAX_COOKIE_BYTES - 4 - SEAL_BYTES;
	static const struct {
		int more;
		bool told;
	} CASES[] = { { 0, false }, { 1, true }, { SEAL_BYTES, true }, { SEAL_BYTES + 1, false } };

	memset(value, 'a', SEAL_MAX_COOKIE_BYTES);
	for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
		struct view name = VIEW_NONE;
		struct http_head h = stage_head(
			arena_format(&stage.arena, "HTTP/1.1 200 X\r\nSet-Cookie: DWx=%.*s\r\n\r\n",
				     (int)fits + CASES[i].more, value)
				.at,
			true);

		ck_assert(lesson_seal_cookies(stage.rules, &h, STAGE_MS, &stage.arena, &name));
		ck_assert_msg((name.at != NULL) == CASES[i].told, "%d more", CASES[i].more);
	}
}

static void without_room_nothing_leaves_without_its_seal(void)
{
	struct http_head h = stage_response("200", "Set-Cookie: DWx=" VALUE "\r\n");
	char room[64];
	struct arena small;

	arena_init(&small, room, sizeof(room), 0);
	ck_assert(!lesson_seal_cookies(stage.rules, &h, STAGE_MS, &small, NULL));
	arena_fini(&small);
}

SUITE_MAIN_WITH("seal", set_up, stage_teardown, what_was_sealed_opens_to_the_same_bytes,
		the_seal_stands_within_quotes, a_seal_is_for_one_name_and_one_value,
		any_other_byte_breaks_it, a_seal_has_one_spelling,
		every_device_key_opens_and_the_first_seals, a_device_cookie_is_no_seal,
		a_sealed_cookie_keys_by_its_bare_value,
		the_origin_gets_the_bare_value_and_every_other_byte,
		what_lacks_its_seal_is_removed_and_keys_nothing,
		a_lenient_spelling_of_a_value_does_not_pass_under_its_seal,
		of_two_values_under_one_name_the_first_sealed_one_stays,
		the_memo_knows_what_is_sealed,
		after_cleaning_a_sealed_session_can_be_removed_by_its_key,
		room_that_runs_out_while_stripping_is_said,
		what_the_origin_sets_is_sealed_and_nothing_else_of_the_line_is_touched,
		what_deletes_and_what_is_not_to_be_sealed_stays_as_it_is,
		what_is_given_is_taken_back, every_line_of_a_response_is_sealed,
		a_cookie_that_grows_too_long_for_browsers_is_told,
		without_room_nothing_leaves_without_its_seal)
