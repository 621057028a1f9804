#include "stage.h"

#define A "aaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbb"
#define C "cccccccccccccccc"
#define PAST "; Expires=Thu, 01 Jan 1970 00:00:01 GMT"

static struct lesson learn(struct http_head request, struct http_head response)
{
	struct identity who = stage_read(&request);
	struct lesson lesson;

	ck_assert(lesson_read(stage.rules, &request, &who, NULL, &response, STAGE_MS, &stage.arena,
			      &lesson));
	return lesson;
}

static struct session_key key_of(const char *value)
{
	struct http_head h = stage_head(
		arena_format(&stage.arena, "GET / HTTP/1.1\r\nHost: a\r\nCookie: SESS=%s\r\n\r\n",
			     value)
			.at,
		false);
	struct identity who = stage_read(&h);

	ck_assert_uint_eq(who.n_keys, 1);
	return who.keys[0];
}

#define assert_key(key, value) ck_assert(stage_is_same_key(key, key_of(value)))
#define assert_nobody(lesson) ck_assert_ptr_null((lesson).account.at)

static void an_ordinary_response_teaches_nothing(void)
{
	struct lesson l = learn(stage_get("Cookie: SESS=" A "\r\n"),
				stage_response("200", "Content-Type: a/b\r\n"));

	assert_nobody(l);
	ck_assert_int_eq(l.logout, LESSON_STAYS);
	ck_assert_uint_eq(l.n_set + l.n_deleted, 0);
	ck_assert_int_eq(l.device_limit, ACCOUNT_NO_LIMIT);
	ck_assert(!l.email.at && !l.phone.at && !l.groups.at && !l.metadata.at && !l.bad_limit);
	ck_assert_int_eq(l.event, LESSON_NO_EVENT);
	ck_assert_int_eq(l.miss, LESSON_NO_MISS);
}

/* -- sources -- */

static void the_origins_header_names_the_account(void)
{
	struct lesson l;

	stage_source(SOURCE_SET_COOKIE, "user");
	stage_source(SOURCE_RESPONSE_HEADER, "Latch-Account");
	l = learn(stage_get(""), stage_response("200", "latch-account: Bob Smith \r\n"));
	stage_assert_text(l.account, "Bob Smith");
	ck_assert_uint_eq(l.source, 1);
	ck_assert_int_eq(l.logout, LESSON_STAYS);
	assert_nobody(learn(stage_get("Latch-Account: bob\r\n"), stage_response("200", "")));
	assert_nobody(learn(stage_get(""), stage_response("200", "Latch-Account: b\xff\r\n")));
	assert_nobody(learn(stage_get(""), stage_response("200", "Latch_Account: bob\r\n")));
}

static void a_header_that_is_no_source_names_nobody(void)
{
	assert_nobody(learn(stage_get(""), stage_response("200", "Latch-Account: bob\r\n")));
}

static void an_empty_header_is_a_logout(void)
{
	struct lesson l;

	stage_source(SOURCE_RESPONSE_HEADER, "X-User");
	l = learn(stage_get("Cookie: SESS=" A "\r\n"), stage_response("200", "X-User:\r\n"));
	assert_nobody(l);
	ck_assert_int_eq(l.logout, LESSON_LOGGED_OUT);
}

static void a_cookie_of_the_origins_names_the_account(void)
{
	struct settings_source *source = stage_source(SOURCE_SET_COOKIE, "wordpress_logged_in_");
	enum settings_decode decode = DECODE_PERCENT;
	struct lesson l;

	source->name_is_prefix = true;
	source->decode = &decode;
	source->n_decode = 1;
	source->take = TAKE_BEFORE;
	source->take_at = (char[]){ "|" };
	l = learn(stage_get(""),
		  stage_response(
			  "302",
			  "Set-Cookie: wordpress_logged_in_1f=Bob%7C17%7Cx; path=/; HttpOnly\r\n"));
	stage_assert_text(l.account, "Bob");
	assert_nobody(learn(stage_get("Cookie: wordpress_logged_in_1f=Bob%7C17%7Cx\r\n"),
			    stage_response("302", "")));
	assert_nobody(
		learn(stage_get(""),
		      stage_response("302", "Set-Cookie: wordpress_logged_in_1f=nothing\r\n")));
	assert_nobody(
		learn(stage_get(""),
		      stage_response("302", "Set-Cookie: xwordpress_logged_in_1f=Bob%7C17\r\n")));
	l = learn(stage_get(""),
		  stage_response("302", "Set-Cookie: wordpress_logged_in_1f=%20" PAST "\r\n"));
	assert_nobody(l);
	ck_assert_int_eq(l.logout, LESSON_LOGGED_OUT);
}

static void the_first_source_that_answers_wins(void)
{
	struct http_head both = stage_response("200", "Set-Cookie: user=eve\r\nX-User: bob\r\n");
	struct http_head empty = stage_response("200", "Set-Cookie: user=eve\r\nX-User:\r\n");
	struct lesson l;

	stage_source(SOURCE_RESPONSE_HEADER, "X-User");
	stage_source(SOURCE_SET_COOKIE, "user");
	stage_assert_text(learn(stage_get(""), both).account, "bob");
	l = learn(stage_get(""), empty);
	assert_nobody(l);
	ck_assert_int_eq(l.logout, LESSON_LOGGED_OUT);
}

static void an_asserted_account_answers_at_its_place(void)
{
	struct http_head response =
		stage_response("200", "X-User: bob\r\nSet-Cookie: user=eve\r\n");

	stage.peer.trusted = true;
	stage_source(SOURCE_SET_COOKIE, "user");
	stage_source(SOURCE_REQUEST_HEADER, "X-Forwarded-User");
	stage_source(SOURCE_RESPONSE_HEADER, "X-User");
	stage_assert_text(learn(stage_get("X-Forwarded-User: ann\r\n"), response).account, "eve");
	assert_nobody(learn(stage_get("X-Forwarded-User: ann\r\n"),
			    stage_response("200", "X-User: bob\r\n")));
	stage_assert_text(learn(stage_get(""), stage_response("200", "X-User: bob\r\n")).account,
			  "bob");
}

static void a_long_account_is_its_hash(void)
{
	struct http_head response = stage_head(
		arena_format(&stage.arena, "HTTP/1.1 200 X\r\nX-User: %0300d\r\n\r\n", 1).at, true);

	stage_source(SOURCE_RESPONSE_HEADER, "X-User");
	ck_assert_uint_eq(learn(stage_get(""), response).account.len, 64);
}

/* -- values -- */

static void what_a_response_sets_is_told_and_whether_it_is_new(void)
{
	struct lesson l =
		learn(stage_get("Cookie: SESS=" A "; DW1=" C "\r\n"),
		      stage_response("200", "Set-Cookie: SESS=" B "; Path=/\r\nSet-Cookie: x=" C
					    "\r\nSet-Cookie: DW1=\"" C
					    "\"; HttpOnly\r\nSet-Cookie: my_session=1\r\n"));

	ck_assert_uint_eq(l.n_set, 2);
	assert_key(l.set[0], B);
	ck_assert(l.set_is_new[0]);
	assert_key(l.set[1], C);
	ck_assert(!l.set_is_new[1]);
	ck_assert_uint_eq(l.set_in[0], 0);
	ck_assert_uint_eq(l.set_in[1], 1);
	ck_assert_uint_eq(l.n_deleted, 0);
	ck_assert_uint_eq(l.deletes, 0);
	ck_assert_int_eq(l.logout, LESSON_STAYS);
}

/* DokuWiki renews its cookie before it deletes it at a logout; the renewed one is as good as any
 * to it. */
static void what_is_set_and_deleted_in_one_breath_is_told(void)
{
	struct lesson l =
		learn(stage_get("Cookie: DW1=" A "\r\n"),
		      stage_response("302", "Set-Cookie: DW1=" B "; path=/\r\n"
					    "Set-Cookie: DW1=deleted; Max-Age=0; path=/\r\n"));

	ck_assert_int_eq(l.logout, LESSON_DELETED);
	ck_assert_uint_eq(l.n_deleted, 1);
	assert_key(l.deleted[0], A);
	ck_assert_uint_eq(l.n_set, 1);
	assert_key(l.set[0], B);
	ck_assert(l.set_is_gone[0] && l.set_is_new[0]);
}

static void what_is_replaced_is_told_behind_what_stays(void)
{
	struct lesson l = learn(
		stage_get(""), stage_response("200", "Set-Cookie: SESS=" A "\r\nSet-Cookie: SESS=" B
						     "\r\nSet-Cookie: DW1=" C "\r\n"
						     "Set-Cookie: DW1=" B "; Max-Age=0\r\n"));

	ck_assert_uint_eq(l.n_set, 3);
	assert_key(l.set[0], B);
	assert_key(l.set[1], A);
	assert_key(l.set[2], C);
	ck_assert(!l.set_is_gone[0] && !l.set_is_gone[1] && l.set_is_gone[2]);
}

static void of_several_lines_for_one_cookie_the_last_counts(void)
{
	struct lesson l =
		learn(stage_get(""),
		      stage_response("200", "Set-Cookie: SESS=" A "; Path=/\r\nSet-Cookie: SESS=" B
					    "; Path=/\r\nSet-Cookie: SESS=" C "; Path=/x\r\n"));

	ck_assert_uint_eq(l.n_set, 3);
	assert_key(l.set[0], B);
	assert_key(l.set[1], C);
	assert_key(l.set[2], A);
	l = learn(stage_get("Cookie: SESS=" A "\r\n"),
		  stage_response("200", "Set-Cookie: SESS=deleted; Max-Age=0\r\nSet-Cookie: SESS=" B
					"\r\n"));
	ck_assert_uint_eq(l.n_set, 1);
	ck_assert_uint_eq(l.n_deleted, 0);
	ck_assert_int_eq(l.logout, LESSON_STAYS);
	l = learn(stage_get("Cookie: SESS=" A "\r\n"),
		  stage_response("200", "Set-Cookie: SESS=" B
					"\r\nSet-Cookie: SESS=deleted; Max-Age=0\r\n"));
	ck_assert_uint_eq(l.n_set, 1);
	ck_assert(l.set_is_gone[0]);
	ck_assert_uint_eq(l.n_deleted, 1);
}

static void only_so_many_values_are_told(void)
{
	struct text t;
	char lines[2000] = "";
	struct lesson l;

	text_init(&t, lines, sizeof(lines));
	text_puts(&t, "HTTP/1.1 200 X\r\n");
	for (int i = 0; i < 20; i++)
		text_printf(&t, "Set-Cookie: DW%d=" A "%02d\r\n", i, i);
	text_puts(&t, "\r\n");
	text_putc(&t, '\0');
	l = learn(stage_get(""), stage_head(lines, true));
	ck_assert_uint_eq(l.n_set, IDENTITY_MAX_KEYS);
	assert_key(l.set[IDENTITY_MAX_KEYS - 1], A "07");
}

/* -- logout -- */

static void deleting_a_cookie_that_was_carried_is_told(void)
{
	static const char *const DELETIONS[] = {
		"DW1=deleted" PAST, "DW1=; Max-Age=0", "DW1=" B "; max-age=-1",
		"DW1=x; expires=Thu, 01-Jan-1970 00:00:01 GMT; Max-Age=0; path=/"
	};

	for (size_t i = 0; i < sizeof(DELETIONS) / sizeof(DELETIONS[0]); i++) {
		struct http_head response = stage_head(
			arena_format(&stage.arena, "HTTP/1.1 200 X\r\nSet-Cookie: %s\r\n\r\n",
				     DELETIONS[i])
				.at,
			true);
		struct lesson l =
			learn(stage_get("Cookie: SESS=" A "; DW1=" B "; DW2=" C "\r\n"), response);

		ck_assert_int_eq(l.logout, LESSON_DELETED);
		ck_assert(!l.maybe_out);
		ck_assert_uint_eq(l.deletes, 1u << 1);
		ck_assert_uint_eq(l.n_deleted, 1);
		assert_key(l.deleted[0], B);
		ck_assert_uint_eq(l.n_set, 0);
	}
}

static void deleting_what_was_not_carried_is_none(void)
{
	struct lesson l = learn(stage_get("Cookie: SESS=" A "\r\n"),
				stage_response("200", "Set-Cookie: DW1=deleted" PAST "\r\n"));

	ck_assert_int_eq(l.logout, LESSON_STAYS);
	ck_assert_uint_eq(l.deletes, 1u << 1);
	l = learn(stage_get("Cookie: x=" A "\r\n"),
		  stage_response("200", "Set-Cookie: x=deleted" PAST "\r\n"));
	ck_assert_int_eq(l.logout, LESSON_STAYS);
}

static void setting_it_anew_elsewhere_is_a_rotation(void)
{
	struct lesson l = learn(
		stage_get("Cookie: SESS=" A "\r\n"),
		stage_response(
			"302",
			"Set-Cookie: SESS=; Max-Age=0; Domain=example.com\r\nSet-Cookie: SESS=" B
			"\r\n"));

	ck_assert_int_eq(l.logout, LESSON_STAYS);
	ck_assert_uint_eq(l.n_deleted, 0);
	ck_assert_uint_eq(l.deletes, 0);
	ck_assert_uint_eq(l.n_set, 1);
}

static void an_account_outweighs_a_deleted_cookie(void)
{
	struct lesson l;

	stage_source(SOURCE_RESPONSE_HEADER, "X-User");
	l = learn(stage_get("Cookie: SESS=" A "; DW1=" B "\r\n"),
		  stage_response("302", "X-User: bob\r\nSet-Cookie: SESS=" C
					"\r\nSet-Cookie: DW1=; Max-Age=0\r\n"));
	stage_assert_text(l.account, "bob");
	ck_assert_int_eq(l.logout, LESSON_STAYS);
	ck_assert_uint_eq(l.n_deleted, 1);
}

static void a_logout_path_without_evidence_is_a_maybe(void)
{
	struct http_head logout =
		stage_request("GET /Doku.PHP/?x=1&do=logout", "Cookie: SESS=" A "\r\n");
	struct http_head other = stage_request("GET /doku.php?do=login", "Cookie: SESS=" A "\r\n");
	struct lesson l;

	stage_logout_path("/doku.php?do=logout");
	ck_assert_int_eq(learn(logout, stage_response("302", "")).logout, LESSON_MAYBE_OUT);
	ck_assert_int_eq(learn(logout, stage_response("200", "")).logout, LESSON_STAYS);
	l = learn(logout, stage_response("302", "Set-Cookie: SESS=" PAST "\r\n"));
	ck_assert_int_eq(l.logout, LESSON_DELETED);
	ck_assert(l.maybe_out);
	ck_assert_int_eq(learn(other, stage_response("302", "")).logout, LESSON_STAYS);
}

/* -- what else the origin says -- */

#define CLAIM(line) learn(stage_get(""), stage_response("200", line "\r\n"))

static void email_and_phone_are_checked_for_form(void)
{
	static const char *const BAD[] = { "a",       "@b",    "a@",      "a@b@c", "a b@c",
					   "a@b,c@d", "<a@b>", "a@b\xff", "a;b@c", "" };
	static const char *const BAD_PHONES[] = {
		"4930123456",    "+0301234567", "+123456", "+1234567890123456",
		"+49 30 123456", "+49x0123456", "+"
	};

	stage_assert_text(CLAIM("Latch-Email: bob@example.com").email, "bob@example.com");
	stage_assert_text(CLAIM("Latch-Email: b\xc3\xb6"
				"b+x@m\xc3\xbcller.example")
				  .email,
			  "b\xc3\xb6"
			  "b+x@m\xc3\xbcller.example");
	stage_assert_text(CLAIM("Latch-Phone: +4930123456").phone, "+4930123456");
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		const char *text = arena_format(&stage.arena,
						"HTTP/1.1 200 X\r\nLatch-Email: %s\r\n\r\n", BAD[i])
					   .at;

		ck_assert_msg(!learn(stage_get(""), stage_head(text, true)).email.at, "%s", BAD[i]);
	}
	for (size_t i = 0; i < sizeof(BAD_PHONES) / sizeof(BAD_PHONES[0]); i++) {
		const char *text =
			arena_format(&stage.arena, "HTTP/1.1 200 X\r\nLatch-Phone: %s\r\n\r\n",
				     BAD_PHONES[i])
				.at;

		ck_assert_msg(!learn(stage_get(""), stage_head(text, true)).phone.at, "%s",
			      BAD_PHONES[i]);
	}
}

static void a_device_limit_is_a_number(void)
{
	ck_assert_int_eq(CLAIM("Latch-Device-Limit: 5").device_limit, 5);
	ck_assert_int_eq(CLAIM("Latch-Device-Limit: 0").device_limit, 0);
	ck_assert_int_eq(CLAIM("Latch-Device-Limit: 1000000").device_limit, 1000000);
	ck_assert(!CLAIM("Latch-Device-Limit: 5").bad_limit);
}

static void a_limit_that_is_no_number_is_told_and_ignored(void)
{
	struct lesson cases[] = { CLAIM("Latch-Device-Limit: five"),
				  CLAIM("Latch-Device-Limit: -1"),
				  CLAIM("Latch-Device-Limit: 1000001"),
				  CLAIM("Latch-Device-Limit:"),
				  CLAIM("Latch-Device-Limit: 5.0"),
				  CLAIM("Latch-Device-Limit: 99999999999999999999") };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_int_eq(cases[i].device_limit, ACCOUNT_NO_LIMIT);
		ck_assert(cases[i].bad_limit);
	}
}

static void groups_are_a_list_without_blanks(void)
{
	struct lesson none = CLAIM("Latch-Groups:");

	stage_assert_text(CLAIM("Latch-Groups: staff , ,paying,").groups, "staff,paying");
	stage_assert_text(CLAIM("Latch-Groups: a\r\nLatch-Groups: b c").groups, "a,b c");
	ck_assert_ptr_nonnull(none.groups.at);
	ck_assert_uint_eq(none.groups.len, 0);
	ck_assert_ptr_null(CLAIM("X: 1").groups.at);
}

static void metadata_is_a_json_object(void)
{
	const char *long_one =
		arena_format(&stage.arena,
			     "HTTP/1.1 200 X\r\nLatch-Metadata: {\"a\":\"%05000d\"}\r\n\r\n", 1)
			.at;

	stage_assert_text(CLAIM("Latch-Metadata: {\"plan\": \"pro\"}").metadata,
			  "{\"plan\": \"pro\"}");
	ck_assert_ptr_null(CLAIM("Latch-Metadata: [1]").metadata.at);
	ck_assert_ptr_null(CLAIM("Latch-Metadata: {\"a\":1").metadata.at);
	ck_assert_ptr_null(CLAIM("Latch-Metadata: {\"a\":1,\"a\":2}").metadata.at);
	ck_assert_ptr_null(CLAIM("Latch-Metadata: 1").metadata.at);
	ck_assert_ptr_null(learn(stage_get(""), stage_head(long_one, true)).metadata.at);
}

static void events_are_three(void)
{
	ck_assert_int_eq(CLAIM("Latch-Event: sign_up").event, LESSON_SIGN_UP);
	ck_assert_int_eq(CLAIM("Latch-Event: trial_started").event, LESSON_TRIAL_STARTED);
	ck_assert_int_eq(CLAIM("Latch-Event: upgrade").event, LESSON_UPGRADE);
	ck_assert_int_eq(CLAIM("Latch-Event: Upgrade").event, LESSON_NO_EVENT);
}

/* -- the head -- */

static unsigned count_fields(const struct http_head *h)
{
	unsigned n = 0;

	for (size_t i = 0; i < h->n_fields; i++)
		n += !h->fields[i].dropped;
	return n;
}

static void what_is_for_us_does_not_reach_the_client(void)
{
	struct http_head response = stage_response(
		"200", "Latch-Account: a\r\nlatch_email: b\r\nLATCH-X: c\r\nX-User: d\r\n"
		       "X_USER: e\r\nContent-Type: f\r\nX-Users: g\r\n");

	stage_source(SOURCE_RESPONSE_HEADER, "X-User");
	lesson_consume(stage.rules, &response);
	ck_assert_uint_eq(count_fields(&response), 2);
}

static struct view scopes[8][3];
static unsigned n_scopes;

static void on_scope(void *ctx, struct view name, struct view path, struct view domain)
{
	(void)ctx;
	scopes[n_scopes][0] = name;
	scopes[n_scopes][1] = path;
	scopes[n_scopes++][2] = domain;
}

static void scopes_are_those_of_named_cookies_that_are_set(void)
{
	struct http_head response = stage_response(
		"200",
		"Set-Cookie: SESS=1; Path=/app; Domain=.example.com\r\nSet-Cookie: x=2; Path=/\r\n"
		"Set-Cookie: DWx=" A "\r\nSet-Cookie: DWy=; Max-Age=0; Path=/y\r\n");

	n_scopes = 0;
	lesson_each_scope(stage.rules, &response, STAGE_MS, on_scope, NULL);
	ck_assert_uint_eq(n_scopes, 2);
	stage_assert_text(scopes[0][0], "SESS");
	stage_assert_text(scopes[0][1], "/app");
	stage_assert_text(scopes[0][2], "example.com");
	stage_assert_text(scopes[1][0], "DWx");
	ck_assert_ptr_null(scopes[1][1].at);
	ck_assert_ptr_null(scopes[1][2].at);
}

static void withheld_are_only_session_cookies(void)
{
	struct http_head response = stage_response(
		"200", "Set-Cookie: SESS=1\r\nSet-Cookie: x=2\r\nSet-Cookie: DWx=" A "\r\n");

	lesson_withhold_cookies(stage.rules, &response);
	ck_assert_uint_eq(count_fields(&response), 1);
	stage_assert_text(head_value(&response, HTTP_SET_COOKIE), "x=2");
}

static void a_full_arena_is_said(void)
{
	struct http_head request = stage_get("Cookie: SESS=" A "\r\n");
	struct http_head response = stage_response("200", "Set-Cookie: SESS=" B "\r\n");
	struct identity who = stage_read(&request);
	struct lesson lesson;
	struct arena full;

	arena_init(&full, NULL, 0, 8);
	ck_assert(!lesson_read(stage.rules, &request, &who, NULL, &response, STAGE_MS, &full,
			       &lesson));
	arena_fini(&full);
}

static uint32_t draw(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static void any_response_is_read_without_harm(void)
{
	static const char *const PARTS[] = { "Set-Cookie: ",
					     "Latch-Account: ",
					     "Latch-Groups: ",
					     "Latch-Metadata: ",
					     "SESS=",
					     "DW1=",
					     "user=",
					     A,
					     B,
					     "%7C",
					     "|",
					     "%",
					     "; Max-Age=0",
					     "; Path=/",
					     "; Domain=.",
					     ",",
					     "{",
					     "\"",
					     "}",
					     "\xff",
					     "\xc3\xa9",
					     "; Expires=",
					     "deleted",
					     "1",
					     " " };
	enum settings_decode decode[] = { DECODE_PERCENT, DECODE_BASE64 };
	struct settings_source *source = stage_source(SOURCE_SET_COOKIE, "user");
	uint32_t state = 11;

	source->decode = decode;
	source->n_decode = 2;
	stage_source(SOURCE_RESPONSE_HEADER, "Latch-Account");
	for (int round = 0; round < 20000; round++) {
		char head[2000] = "HTTP/1.1 200 X\r\n";
		struct lesson l;

		arena_reset(&stage.arena);
		for (unsigned lines = draw(&state) % 5; lines; lines--) {
			strcat(head, PARTS[draw(&state) % 4]);
			for (unsigned n = draw(&state) % 10; n; n--)
				strcat(head,
				       PARTS[4 + draw(&state) %
							 (sizeof(PARTS) / sizeof(PARTS[0]) - 4)]);
			strcat(head, "\r\n");
		}
		strcat(head, "\r\n");
		l = learn(stage_get("Cookie: SESS=" A "; DW1=" B "\r\n"), stage_head(head, true));
		ck_assert(!l.account.at || (l.account.len > 0 && l.account.len <= 256));
		ck_assert_uint_le(l.n_set, IDENTITY_MAX_KEYS);
	}
}

SUITE_MAIN_WITH("lesson", stage_setup, stage_teardown, an_ordinary_response_teaches_nothing,
		the_origins_header_names_the_account, a_header_that_is_no_source_names_nobody,
		an_empty_header_is_a_logout, a_cookie_of_the_origins_names_the_account,
		the_first_source_that_answers_wins, an_asserted_account_answers_at_its_place,
		a_long_account_is_its_hash, what_a_response_sets_is_told_and_whether_it_is_new,
		what_is_set_and_deleted_in_one_breath_is_told,
		what_is_replaced_is_told_behind_what_stays,
		of_several_lines_for_one_cookie_the_last_counts, only_so_many_values_are_told,
		deleting_a_cookie_that_was_carried_is_told, deleting_what_was_not_carried_is_none,
		setting_it_anew_elsewhere_is_a_rotation, an_account_outweighs_a_deleted_cookie,
		a_logout_path_without_evidence_is_a_maybe, email_and_phone_are_checked_for_form,
		a_device_limit_is_a_number, a_limit_that_is_no_number_is_told_and_ignored,
		groups_are_a_list_without_blanks, metadata_is_a_json_object, events_are_three,
		what_is_for_us_does_not_reach_the_client,
		scopes_are_those_of_named_cookies_that_are_set, withheld_are_only_session_cookies,
		a_full_arena_is_said, any_response_is_read_without_harm)
