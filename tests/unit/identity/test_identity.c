#include "stage.h"

#include <stdio.h>

#define A "aaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbb"
#define C "cccccccccccccccc"

static struct device_id device;

static void set_up(void)
{
	stage_setup();
	device_mint(&device);
}

static struct http_head with_cookies(const char *cookies)
{
	return stage_head(arena_format(&stage.arena,
				       "GET / HTTP/1.1\r\nHost: a\r\nCookie: %s\r\n\r\n", cookies)
				  .at,
			  false);
}

static struct identity who_has(const char *cookies)
{
	struct http_head h = with_cookies(cookies);

	return stage_read(&h);
}

/* What of these cookies the origin sees. */
static struct view left_of(const char *cookies)
{
	struct http_head h = with_cookies(cookies);
	struct identity who = stage_read(&h);

	ck_assert(identity_clean(stage.rules, &h, &stage.peer, &who, &stage.arena));
	return stage_sent(&h, HTTP_COOKIE);
}

/* -- keys -- */

static void every_value_of_a_named_cookie_is_a_key(void)
{
	struct http_head h = stage_get("Cookie: x=1; SESS=" A "; DWabc=" B "\r\nCookie: y=" C
				       "; my_session=" C "\r\n");
	struct identity who = stage_read(&h);

	ck_assert_uint_eq(who.n_keys, 3);
	ck_assert_uint_eq(who.cookie[0], 0);
	ck_assert_uint_eq(who.cookie[1], 1);
	ck_assert_uint_eq(who.cookie[2], 2);
	ck_assert(!stage_is_same_key(who.keys[0], who.keys[1]));
	ck_assert_uint_eq(who.look_alikes, 0);
}

static void a_key_is_the_mac_of_the_canonical_value(void)
{
	struct view value = VIEW("abc/def+ghi jklmnop");
	struct identity who = who_has("SESS=abc%2fdef%2Bghi%20jklmnop");
	uint8_t mac[DIGEST_BYTES];

	hmac_sign(stage.state_key, &value, 1, mac);
	ck_assert_uint_eq(who.n_keys, 1);
	ck_assert_mem_eq(who.keys[0].bytes, mac, ID_BYTES);
}

static void one_value_in_two_spellings_is_one_key(void)
{
	struct identity plain = who_has("SESS=abcdefghijklmnop"),
			other = who_has("SESS=%61bcdefghijklmno%70");

	ck_assert(stage_is_same_key(plain.keys[0], other.keys[0]));
	other = who_has("SESS=\"abcdefghijklmnop\"");
	ck_assert(stage_is_same_key(plain.keys[0], other.keys[0]));
	other = who_has("SESS=abcdefghijklmnop; DW=abcdefghijklmno%70");
	ck_assert_uint_eq(other.n_keys, 1);
	other = who_has("SESS=abcdefghijklmno%2570");
	ck_assert(!stage_is_same_key(plain.keys[0], other.keys[0]));
}

/* What trimming functions leave out, and escapes of Perl's: the application finds the same session. */
static void one_value_with_blanks_of_any_kind_around_it_is_one_key(void)
{
	static const char *const LINES[] = {
		"SESS=\xc2\xa0" A,  "SESS=" A "\xc2\xa0",         "SESS=\xa0" A,
		"SESS=" A "\x85",   "SESS=\"\xe3\x80\x80" A "\"", "SESS=%C2%A0" A,
		"SESS=" A "%0d%0a", "SESS=%u0061aaaaaaaaaaaaaaa",
	};
	struct identity plain = who_has("SESS=" A);

	for (size_t i = 0; i < sizeof(LINES) / sizeof(LINES[0]); i++) {
		struct identity other = who_has(LINES[i]);

		ck_assert_uint_eq(other.n_keys, 1);
		ck_assert_msg(stage_is_same_key(plain.keys[0], other.keys[0]), "%s", LINES[i]);
	}
}

/* A session that was revoked went on as `A x=1`, which nobody knew here and the application read as A. */
static void a_value_that_ends_earlier_to_some_is_looked_up_as_they_read_it(void)
{
	static const char *const LINES[] = { "SESS=" A " x=1", "SESS=" A ",x", "SESS=\"" A "X",
					     "SESS=" A "&x", "SESS=\"" A "\" x=1" };
	struct identity plain = who_has("SESS=" A);

	for (size_t i = 0; i < sizeof(LINES) / sizeof(LINES[0]); i++) {
		struct http_head h = with_cookies(LINES[i]);
		struct identity who = stage_read(&h);

		ck_assert_uint_eq(who.n_keys, 2);
		ck_assert_uint_eq(who.look_alikes, 0);
		ck_assert_uint_eq(who.cookie[0], 0);
		ck_assert_uint_eq(who.cookie[1], IDENTITY_ECHO);
		ck_assert(stage_is_same_key(plain.keys[0], who.keys[1]));
		ck_assert(identity_clean(stage.rules, &h, &stage.peer, &who, &stage.arena));
		ck_assert_ptr_nonnull(head_find(&h, HTTP_COOKIE, NULL));
		ck_assert(identity_remove_keys(stage.rules, &h, &who.keys[1], 1, &stage.arena));
		ck_assert_ptr_null(head_find(&h, HTTP_COOKIE, NULL));
	}
	ck_assert_uint_eq(who_has("SESS=short x=" A).n_keys, 1);
}

static void a_short_or_deleted_value_is_no_session(void)
{
	ck_assert_uint_eq(who_has("SESS=deleted").n_keys, 0);
	ck_assert_uint_eq(who_has("SESS=aaaaaaaaaaaaaaa").n_keys, 0);
	ck_assert_uint_eq(who_has("SESS=aaaaaaaaaaaaa%61%61").n_keys, 0);
	ck_assert_uint_eq(who_has("SESS=\"aaaaaaaaaaaaaa\"").n_keys, 0);
	ck_assert_uint_eq(who_has("SESS=").n_keys, 0);
	ck_assert_uint_eq(who_has("SESS").n_keys, 0);
	ck_assert_uint_eq(who_has("SESS=" A).n_keys, 1);
}

static void cookies_that_are_not_named_are_no_sessions(void)
{
	struct identity who = who_has("SESSION=" A "; XSESS=" B "; D=" C);

	ck_assert_uint_eq(who.n_keys, 0);
	ck_assert_uint_eq(who.look_alikes, 0);
}

static void eight_values_count_and_the_rest_goes(void)
{
	struct view left =
		left_of("DW0=" A "0; DW1=" A "1; DW2=" A "2; DW3=" A "3; DW4=" A "4; DW5=" A
			"5; DW6=" A "6; DW7=" A "7; DW8=" A "8; other=1; DW9=" A "1");
	struct identity who = who_has("DW0=" A "0; DW1=" A "1; DW2=" A "2; DW3=" A "3; DW4=" A
				      "4; DW5=" A "5; DW6=" A "6; DW7=" A "7; DW8=" A "8");

	ck_assert_uint_eq(who.n_keys, IDENTITY_MAX_KEYS);
	ck_assert_uint_eq(who.look_alikes, 1);
	ck_assert_uint_lt(view_find_view(left, VIEW("DW7=")), left.len);
	ck_assert_uint_eq(view_find_view(left, VIEW("DW8=")), left.len);
	ck_assert_uint_lt(view_find_view(left, VIEW("other=1")), left.len);
	ck_assert_uint_lt(view_find_view(left, VIEW("DW9=")), left.len);
}

static void thousands_of_named_cookies_cost_little_and_go(void)
{
	struct text t;
	struct http_head h;
	struct identity who;

	text_init_growing(&t, 1 << 16);
	text_puts(&t, "GET / HTTP/1.1\r\nHost: a\r\nCookie: ");
	for (int i = 0; i < 8000; i++)
		text_printf(&t, "DW%d;", i);
	text_puts(&t, "a=1\r\n\r\n");
	text_putc(&t, '\0');
	ck_assert(!t.overflow);
	h = stage_head(t.at, false);
	who = stage_read(&h);
	ck_assert_uint_eq(who.look_alikes, 0); /* without `=` they have no name */
	text_clear(&t);
	text_puts(&t, "GET / HTTP/1.1\r\nHost: a\r\nCookie: ");
	for (int i = 0; i < 6000; i++)
		text_printf(&t, "DW%d=;", i);
	text_puts(&t, "a=1\r\n\r\n");
	text_putc(&t, '\0');
	h = stage_head(t.at, false);
	who = stage_read(&h);
	ck_assert_uint_gt(who.look_alikes, 5000);
	ck_assert(identity_clean(stage.rules, &h, &stage.peer, &who, &stage.arena));
	ck_assert_uint_lt(stage_sent(&h, HTTP_COOKIE).len, 300);
	text_fini(&t);
}

/* -- look-alikes -- */

static void what_an_origin_could_read_as_named_is_removed(void)
{
	static const char *const CASES[] = {
		"my.session=" A,   "my session=" A,
		"my[session=" A,   "MY_SESSION=" A,
		"sess=" A,         "Sess=" A,
		"%53ESS=" A,       "S%45SS=" A,
		"my%5fsession=" A, "my%2Esession=" A,
		"dw1=" A,          "Dw1=" A,
		"a,SESS=" A,       "a, SESS=" A,
		"a=b,SESS=" A,     "a=b, SESS=" A,
		"a=\"b, SESS=" A,  "a=b,sess=" A,
		"=SESS=" A,        "a=b,c=d,DW1=" A,
		"SESS%00=" A,      "SESS=" A ",my_session=" B,
	};

	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		const char *line = arena_format(&stage.arena, "first=1; %s; last=2", CASES[i]).at;
		struct identity who = who_has(line);

		ck_assert_msg(who.look_alikes == 1 && who.n_keys == 0, "%s: %u, %u", CASES[i],
			      who.look_alikes, who.n_keys);
		stage_assert_text(left_of(line), "first=1; last=2");
	}
}

static void what_no_origin_reads_as_named_stays(void)
{
	static const char *const CASES[] = { "MYSESSION=" A, "my-session=" A,
					     "SESSX=" A,     "XSESS=" A,
					     "a=SESS",       "a=b,c",
					     "d=" A,         "a={\"b\":1,\"c\":2}",
					     "a=my_session", "SES%53ION=" A };

	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		ck_assert_msg(who_has(CASES[i]).look_alikes == 0, "%s", CASES[i]);
		stage_assert_text(left_of(CASES[i]), CASES[i]);
	}
}

static void a_second_occurrence_with_another_value_is_looked_up_and_removed(void)
{
	struct http_head h =
		stage_get("Cookie: SESS=" A "; x=1\r\nCookie: SESS=" B "; SESS=" A "\r\n");
	struct identity who = stage_read(&h);

	ck_assert_uint_eq(who.n_keys, 2);
	ck_assert_uint_eq(who.look_alikes, 1);
	ck_assert_uint_eq(who.cookie[0], 0);
	ck_assert_uint_eq(who.cookie[1], IDENTITY_ECHO);
	ck_assert(identity_clean(stage.rules, &h, &stage.peer, &who, &stage.arena));
	stage_assert_text(stage_sent(&h, HTTP_COOKIE), "SESS=" A "; x=1|SESS=" A);
}

/* Whichever comes first: what goes, or what only some read, says nothing of what stays. */
static void a_value_is_where_the_origin_reads_it(void)
{
	static const char *const LINES[] = {
		"SESS=short; SESS=" A "; DW1=" A, "SESS=" B "; SESS=" A "; DW1=" A,
		"DW1=" A "; SESS=" B "; SESS=" A, "SESS=" A ",x; DW1=" A,
		"DW1=" A "; SESS=" A ",x",
	};
	struct identity plain = who_has("DW1=" A);

	for (size_t i = 0; i < sizeof(LINES) / sizeof(LINES[0]); i++) {
		struct identity who = who_has(LINES[i]);
		unsigned k = 0;

		while (!stage_is_same_key(plain.keys[0], who.keys[k]))
			ck_assert_uint_lt(++k, who.n_keys);
		ck_assert_msg(who.cookie[k] == 1, "%s: %u", LINES[i], who.cookie[k]);
	}
}

static void second_occurrences_are_seen_through_spellings(void)
{
	stage_assert_text(left_of("DW_1=" A "; DW.1=" B), "DW_1=" A);
	stage_assert_text(left_of("DW_1=" A "; DW_1=%61aaaaaaaaaaaaaaa"),
			  "DW_1=" A "; DW_1=%61aaaaaaaaaaaaaaa");
	stage_assert_text(left_of("DW1=" A "; DW2=" B), "DW1=" A "; DW2=" B);
	stage_assert_text(left_of("SESS=short; SESS=" A), "SESS=short");
}

/* -- the device -- */

static struct http_head with_device(bool https, int64_t issued_ms)
{
	return with_cookies(
		arena_format(&stage.arena, "a=1; %s; SESS=" A,
			     stage_device_cookie(stage.rules, &device, https, issued_ms))
			.at);
}

static void a_valid_cookie_names_the_device_and_is_kept_from_the_origin(void)
{
	struct http_head h = with_device(true, STAGE_MS);
	struct identity who = stage_read(&h);

	ck_assert_int_eq(who.device_seen, DEVICE_VALID);
	ck_assert(device_id_is(&who.device, &device));
	ck_assert(!who.device_reissue);
	ck_assert_uint_eq(who.look_alikes, 0);
	ck_assert(identity_clean(stage.rules, &h, &stage.peer, &who, &stage.arena));
	stage_assert_text(stage_sent(&h, HTTP_COOKIE), "a=1; SESS=" A);
}

static void without_one_the_device_is_absent(void)
{
	ck_assert_int_eq(who_has("a=1; latchx=2").device_seen, DEVICE_ABSENT);
	stage_assert_text(left_of("a=1; latchx=2"), "a=1; latchx=2");
}

static void a_forged_one_is_told_and_kept_from_the_origin(void)
{
	ck_assert_int_eq(who_has("latch=v1.x").device_seen, DEVICE_FORGED);
	stage_assert_text(left_of("latch=v1.x; a=1; __Host-latch="), "a=1");
}

static void the_first_valid_one_counts_behind_forged_ones(void)
{
	struct device_id other;
	const char *cookies;
	struct identity who;

	device_mint(&other);
	cookies = arena_format(&stage.arena, "__Host-latch=junk; %s; %s; latch=junk",
			       stage_device_cookie(stage.rules, &device, true, STAGE_MS),
			       stage_device_cookie(stage.rules, &other, true, STAGE_MS))
			  .at;
	who = who_has(cookies);
	ck_assert_int_eq(who.device_seen, DEVICE_VALID);
	ck_assert(device_id_is(&who.device, &device));
}

static void the_name_of_the_scheme_goes_first(void)
{
	struct device_id other;
	const char *cookies;
	struct identity who;

	device_mint(&other);
	cookies = arena_format(&stage.arena, "%s; %s",
			       stage_device_cookie(stage.rules, &other, false, STAGE_MS),
			       stage_device_cookie(stage.rules, &device, true, STAGE_MS))
			  .at;
	who = who_has(cookies);
	ck_assert(device_id_is(&who.device, &device));
	ck_assert(!who.device_reissue);
	stage.peer.https = false;
	who = who_has(cookies);
	ck_assert(device_id_is(&who.device, &other));
	ck_assert(!who.device_reissue);
}

static void an_old_one_and_one_from_http_are_issued_again(void)
{
	struct http_head h = with_device(true, STAGE_MS - (int64_t)DEVICE_RENEW_S * 1000);

	ck_assert(!stage_read(&h).device_reissue);
	h = with_device(true, STAGE_MS - (int64_t)DEVICE_RENEW_S * 1000 - 1);
	ck_assert(stage_read(&h).device_reissue);
	h = with_device(false, STAGE_MS);
	ck_assert(stage_read(&h).device_reissue);
	ck_assert_int_eq(stage_read(&h).device_seen, DEVICE_VALID);
	stage.peer.https = false;
	ck_assert(!stage_read(&h).device_reissue);
}

static void hundreds_of_device_cookies_are_not_all_verified(void)
{
	const char *valid = stage_device_cookie(stage.rules, &device, true, STAGE_MS);
	const char *line = "__Host-latch=1; __Host-latch=2; __Host-latch=3; __Host-latch=4";

	ck_assert_int_eq(who_has(arena_format(&stage.arena, "%s; %s", line, valid).at).device_seen,
			 DEVICE_FORGED);
}

static void facts_have_the_network(void)
{
	uint8_t network[16];
	struct http_head h = stage_get(
		"User-Agent: Mozilla/5.0 (X11; Linux) Firefox/1\r\nAccept-Language: fr\r\n");
	struct identity who = stage_read(&h);

	peer_network(stage.peer.address, network);
	ck_assert_mem_eq(who.facts.network, network, 16);
	ck_assert_str_eq(who.facts.language, "fr");
	ck_assert_int_eq(who.facts.type, DEVICE_DESKTOP);
}

/* -- assertions of a proxy, and headers of ours -- */

static void only_a_trusted_peer_asserts_an_account(void)
{
	struct http_head h = stage_get("X-Forwarded-User: bob\r\n");

	stage_source(SOURCE_RESPONSE_HEADER, "Latch-Account");
	stage_source(SOURCE_REQUEST_HEADER, "X-Forwarded-User");
	ck_assert_ptr_null(stage_read(&h).asserted.at);
	stage.peer.trusted = true;
	stage_assert_text(stage_read(&h).asserted, "bob");
	ck_assert_uint_eq(stage_read(&h).asserted_source, 1);
}

static void two_assertions_that_differ_are_told_and_none(void)
{
	struct http_head h = stage_get("X-Forwarded-User: bob\r\nX-Forwarded-User: eve\r\n");
	struct http_head same = stage_get("X-Forwarded-User: bob\r\nX-Forwarded-User: bob\r\n");
	struct http_head bad = stage_get("X-Forwarded-User: bo\xff\r\n");
	struct http_head empty = stage_get("X-Forwarded-User:\r\n");

	stage_source(SOURCE_REQUEST_HEADER, "X-Forwarded-User");
	stage.peer.trusted = true;
	ck_assert_ptr_null(stage_read(&h).asserted.at);
	ck_assert(stage_read(&h).asserted_twice);
	stage_assert_text(stage_read(&same).asserted, "bob");
	ck_assert(!stage_read(&same).asserted_twice);
	ck_assert_ptr_null(stage_read(&bad).asserted.at);
	ck_assert_ptr_null(stage_read(&empty).asserted.at);
	stage.peer.trusted = false;
	ck_assert(!stage_read(&h).asserted_twice);
}

/* The first source answers; the second is contradicted all the same. */
static void assertions_of_a_later_source_that_differ_are_told_too(void)
{
	struct http_head h = stage_get("X-User: bob\r\nX-Also: a\r\nX-Also: b\r\n");

	stage_source(SOURCE_REQUEST_HEADER, "X-User");
	stage_source(SOURCE_REQUEST_HEADER, "X-Also");
	stage.peer.trusted = true;
	stage_assert_text(stage_read(&h).asserted, "bob");
	ck_assert_uint_eq(stage_read(&h).asserted_source, 0);
	ck_assert(stage_read(&h).asserted_twice);
}

#define SPELLINGS \
	"X-Forwarded-User: 1\r\nx-forwarded-user: 2\r\nX_Forwarded_User: 3\r\nX-Forwarded_USER: 4\r\nX.Forwarded.User: 5\r\n"

static unsigned count_fields(const struct http_head *h)
{
	unsigned n = 0;

	for (size_t i = 0; i < h->n_fields; i++)
		n += !h->fields[i].dropped;
	return n;
}

static void an_assertion_of_anybody_else_is_removed_in_every_spelling(void)
{
	struct http_head h = stage_get(SPELLINGS "X-Forwarded-Users: 6\r\n");
	struct identity who = stage_read(&h);

	stage_source(SOURCE_REQUEST_HEADER, "X-Forwarded-User");
	ck_assert(identity_clean(stage.rules, &h, &stage.peer, &who, &stage.arena));
	ck_assert_uint_eq(count_fields(&h), 2);
	ck_assert_ptr_nonnull(head_find_text(&h, VIEW("X-Forwarded-Users"), NULL));
}

static void other_spellings_are_removed_from_a_trusted_peer_too(void)
{
	struct http_head h = stage_get(SPELLINGS);
	struct identity who = stage_read(&h);

	stage_source(SOURCE_REQUEST_HEADER, "X-Forwarded-User");
	stage.peer.trusted = true;
	ck_assert(identity_clean(stage.rules, &h, &stage.peer, &who, &stage.arena));
	ck_assert_uint_eq(count_fields(&h), 3);
}

static void headers_of_ours_are_removed_from_everybody(void)
{
	struct http_head h = stage_get(
		"Latch-Account: a\r\nLATCH-EMAIL: b\r\nlatch_phone: c\r\nLatch-Verdict: d\r\n"
		"LATCH_X: e\r\nLatch.Y: f\r\nLatchet: stays\r\n");
	struct identity who = stage_read(&h);

	stage.peer.trusted = true;
	ck_assert(identity_clean(stage.rules, &h, &stage.peer, &who, &stage.arena));
	ck_assert_uint_eq(count_fields(&h), 2);
	ck_assert_ptr_nonnull(head_find_text(&h, VIEW("Latchet"), NULL));
}

static void a_stranger_has_no_session_and_no_credentials(void)
{
	struct http_head h = stage_get("X-Forwarded-User: bob\r\nCookie: a=1; SESS=x; DW9=" B
				       "\r\nCookie: my_session=" A "\r\n");

	stage_source(SOURCE_REQUEST_HEADER, "X-Forwarded-User");
	ck_assert(identity_estrange(stage.rules, &h, &stage.arena));
	stage_assert_text(stage_sent(&h, HTTP_COOKIE), "a=1");
	ck_assert_uint_eq(count_fields(&h), 2);
}

static void ended_sessions_are_removed_by_key_in_every_spelling(void)
{
	struct http_head h = with_cookies("SESS=" A "; a=" A "; DW1=%61aaaaaaaaaaaaaaa; DW2=" B);
	struct identity who = stage_read(&h);

	ck_assert(identity_remove_keys(stage.rules, &h, &who.keys[0], 1, &stage.arena));
	stage_assert_text(stage_sent(&h, HTTP_COOKIE), "a=" A "; DW2=" B);
}

static void names_are_told_once_each(void)
{
	struct http_head h = with_cookies("SESS=1; DW1=2; a=3; SESS=4; DW2=5");
	struct view names[3];

	ck_assert_uint_eq(identity_cookie_names(stage.rules, &h, names, 3), 3);
	stage_assert_text(names[0], "SESS");
	stage_assert_text(names[1], "DW1");
	stage_assert_text(names[2], "DW2");
	ck_assert_uint_eq(identity_cookie_names(stage.rules, &h, names, 2), 2);
}

/* -- a full arena -- */

static void a_full_arena_is_said(void)
{
	struct http_head h =
		with_cookies("SESS=%61aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; sess=1; latch=2");
	struct identity who = stage_read(&h);
	struct arena full;

	arena_init(&full, NULL, 0, 8);
	ck_assert(!identity_clean(stage.rules, &h, &stage.peer, &who, &full));
	ck_assert(!identity_read(stage.rules, &h, &stage.peer, 0, NULL, &full, &who));
	ck_assert(!identity_remove_keys(stage.rules, &h, who.keys, 1, &full));
	ck_assert(!identity_estrange(stage.rules, &h, &full));
	arena_fini(&full);
}

/* -- any bytes -- */

static uint32_t draw(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

/* Cookie lines from the alphabet that matters: what is kept must be clean when it is read again. */
static void any_cookie_line_is_clean_after_cleaning(void)
{
	static const char *const PARTS[] = {
		"SESS", "sess", "DW",   "dw.",   "my_session",   "my",  "session", "_",       ".",
		"[",    "]",    "%",    "%53",   "%00",          "%zz", "=",       ";",       ";",
		"; ",   ",",    ", ",   "\"",    "\\",           " ",   "\t",      "+",       A,
		B,      "x",    "\xff", "latch", "__Host-latch", "v1.", "deleted", "$Version"
	};
	uint32_t state = 7;

	for (int round = 0; round < 20000; round++) {
		char line[600] = "GET / HTTP/1.1\r\nHost: a\r\nCookie: ";
		struct http_head h;
		struct identity who, again;

		arena_reset(&stage.arena);
		for (unsigned n = draw(&state) % 16; n; n--)
			strcat(line, PARTS[draw(&state) % (sizeof(PARTS) / sizeof(PARTS[0]))]);
		strcat(line, "\r\n\r\n");
		h = stage_head(line, false);
		who = stage_read(&h);
		ck_assert_uint_le(who.n_keys, IDENTITY_MAX_KEYS);
		ck_assert(identity_clean(stage.rules, &h, &stage.peer, &who, &stage.arena));
		again = stage_read(&h);
		ck_assert_msg(again.look_alikes == 0, "%s", line);
		ck_assert_int_eq(again.device_seen, DEVICE_ABSENT);
		for (unsigned i = 0; i < again.n_keys; i++) {
			unsigned k = 0;

			while (k < who.n_keys && !stage_is_same_key(again.keys[i], who.keys[k]))
				k++;
			ck_assert_uint_lt(k, who.n_keys);
		}
		ck_assert(identity_estrange(stage.rules, &h, &stage.arena));
		ck_assert_uint_eq(stage_read(&h).n_keys, 0);
	}
}

static void any_header_bytes_are_read_without_harm(void)
{
	static const char *const NAMES[] = { "Cookie",           "User-Agent",
					     "Sec-CH-UA",        "Sec-CH-UA-Platform",
					     "Sec-CH-UA-Mobile", "Accept-Language",
					     "X-Forwarded-User", "Latch_Account" };

	stage_source(SOURCE_REQUEST_HEADER, "X-Forwarded-User");
	for (int round = 0; round < 5000; round++) {
		char head[4096] = "GET / HTTP/1.1\r\nHost: a\r\n";
		size_t len = strlen(head);
		struct http_head h;
		struct identity who;

		arena_reset(&stage.arena);
		stage.peer.trusted = round % 2;
		for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
			uint8_t bytes[200];

			hmac_random(bytes, sizeof(bytes));
			len += (size_t)sprintf(head + len, "%s: ", NAMES[i]);
			for (size_t k = 0; k < bytes[0] && k < sizeof(bytes); k++)
				head[len++] =
					(char)(bytes[k] < 0x20 || bytes[k] == 0x7f ? '"'
										   : bytes[k]);
			head[len++] = '\r';
			head[len++] = '\n';
		}
		memcpy(head + len, "\r\n", 3);
		h = stage_head(head, false);
		who = stage_read_memo(&h);
		ck_assert(identity_clean(stage.rules, &h, &stage.peer, &who, &stage.arena));
	}
}

SUITE_MAIN_WITH("identity", set_up, stage_teardown, every_value_of_a_named_cookie_is_a_key,
		a_key_is_the_mac_of_the_canonical_value, one_value_in_two_spellings_is_one_key,
		one_value_with_blanks_of_any_kind_around_it_is_one_key,
		a_value_that_ends_earlier_to_some_is_looked_up_as_they_read_it,
		a_short_or_deleted_value_is_no_session, cookies_that_are_not_named_are_no_sessions,
		eight_values_count_and_the_rest_goes, thousands_of_named_cookies_cost_little_and_go,
		what_an_origin_could_read_as_named_is_removed, what_no_origin_reads_as_named_stays,
		a_second_occurrence_with_another_value_is_looked_up_and_removed,
		a_value_is_where_the_origin_reads_it, second_occurrences_are_seen_through_spellings,
		a_valid_cookie_names_the_device_and_is_kept_from_the_origin,
		without_one_the_device_is_absent, a_forged_one_is_told_and_kept_from_the_origin,
		the_first_valid_one_counts_behind_forged_ones, the_name_of_the_scheme_goes_first,
		an_old_one_and_one_from_http_are_issued_again,
		hundreds_of_device_cookies_are_not_all_verified, facts_have_the_network,
		only_a_trusted_peer_asserts_an_account,
		two_assertions_that_differ_are_told_and_none,
		assertions_of_a_later_source_that_differ_are_told_too,
		an_assertion_of_anybody_else_is_removed_in_every_spelling,
		other_spellings_are_removed_from_a_trusted_peer_too,
		headers_of_ours_are_removed_from_everybody,
		a_stranger_has_no_session_and_no_credentials,
		ended_sessions_are_removed_by_key_in_every_spelling, names_are_told_once_each,
		a_full_arena_is_said, any_cookie_line_is_clean_after_cleaning,
		any_header_bytes_are_read_without_harm)
