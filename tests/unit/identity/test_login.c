#include "stage.h"

#define A "aaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbb"
#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"

/* One POST, fed in pieces of `step` bytes; step 0: at once. */
struct post {
	struct http_head head;
	struct login *login;
	bool accepted;
};

static struct post post_to(const char *target, const char *type, const char *body, size_t step)
{
	const char *text = arena_format(&stage.arena,
					"POST %s HTTP/1.1\r\nHost: a\r\nCookie: SESS=" A "\r\n"
					"Content-Type: %s\r\n\r\n",
					target, type)
				   .at;
	struct post p = { .head = stage_head(text, false) };
	struct http_head *head = arena_alloc(&stage.arena, sizeof(*head));
	bool full;

	*head = p.head;
	p.login = login_open(stage.rules, head, &stage.arena, &full);
	ck_assert(!full);
	if (!p.login)
		return p;
	for (struct view rest = view_of(body); rest.len;) {
		struct view piece = view_head(rest, step ? step : rest.len);

		login_feed(p.login, piece);
		rest = view_from(rest, piece.len);
	}
	p.accepted = login_finish(p.login);
	return p;
}

static struct post post(const char *target, const char *body)
{
	return post_to(target, "application/x-www-form-urlencoded", body, 0);
}

/* The user of an attempt at the first source; "" when there is none. Closes. */
static const char *user_of(struct post p)
{
	struct login_attempt attempt;
	const char *user = "";

	ck_assert(p.accepted);
	if (login_attempt_at(p.login, 0, &attempt) && attempt.has_user && attempt.has_password)
		user = arena_format(&stage.arena, "%.*s", VIEW_ARG(attempt.user)).at;
	login_close(&p.login);
	return user;
}

static bool is_refused(struct post p)
{
	bool refused = p.login && !p.accepted;

	login_close(&p.login);
	return refused;
}

static void dokuwiki(void)
{
	static char name[] = "do", value[] = "login";
	static struct url_param when[] = { { name, value } };
	struct settings_source *source = stage_login_form("/doku.php", "u");

	source->when = when;
	source->n_when = 1;
}

/* -- which requests are read -- */

static void only_posts_to_a_login_address_are_read(void)
{
	struct http_head get, other;
	bool full;

	dokuwiki();
	get = stage_request("GET /doku.php?do=login&u=bob&p=x", "");
	other = stage_request("POST /other.php?do=login&u=bob&p=x", FORM);
	ck_assert_ptr_null(login_open(stage.rules, &get, &stage.arena, &full));
	ck_assert_ptr_null(login_open(stage.rules, &other, &stage.arena, &full));
	ck_assert(!full);
}

/* Django and Flask fold the method's letters, others let a field overrule it; and whoever logged in so was learnt by nobody. */
static void another_method_is_a_post_to_some(void)
{
	static const char *const LINES[] = {
		"post /in HTTP/1.1",
		"POSt /in HTTP/1.1",
		"POST /in HTTP/1.1",
		"GET /in HTTP/1.1\r\nX-HTTP-Method-Override: POST\r\nContent-Length: 9",
		"PUT /in HTTP/1.1\r\nTransfer-Encoding: chunked",
	};
	bool full;

	stage_login_form("/in", "u");
	for (size_t i = 0; i < sizeof(LINES) / sizeof(LINES[0]); i++) {
		struct http_head head = stage_head(
			arena_format(&stage.arena, "%s\r\nHost: a\r\n" FORM "\r\n", LINES[i]).at,
			false);
		struct post p = { .login = login_open(stage.rules, &head, &stage.arena, &full) };

		ck_assert_ptr_nonnull(p.login);
		login_feed(p.login, VIEW("u=bob&p=x"));
		p.accepted = login_finish(p.login);
		ck_assert_str_eq(user_of(p), "bob");
	}
}

static void the_address_is_recognised_generously(void)
{
	static const char *const TARGETS[] = { "/doku.php",         "/Doku.PHP",     "/doku.php/",
					       "/doku.php/start",   "//doku.php",    "/./doku.php",
					       "/x/../doku.php",    "/doku.php;x=1", "/%64oku.php",
					       "/doku.php?id=start" };

	dokuwiki();
	for (size_t i = 0; i < sizeof(TARGETS) / sizeof(TARGETS[0]); i++)
		ck_assert_str_eq(user_of(post(TARGETS[i], "do=login&u=bob&p=x")), "bob");
}

static void when_is_asked_of_query_and_body(void)
{
	dokuwiki();
	ck_assert_str_eq(user_of(post("/doku.php?do=login", "u=bob&p=x")), "bob");
	ck_assert_str_eq(user_of(post("/doku.php?do=login", "do=login&u=bob&p=x")), "bob");
	ck_assert_str_eq(user_of(post("/doku.php", "do=LOGIN&u=bob&p=x")), "bob");
	ck_assert_str_eq(user_of(post("/doku.php", "do=edit&u=bob&p=x")), "");
	ck_assert_str_eq(user_of(post("/doku.php", "u=bob&p=x")), "");
}

static void parameters_of_the_address_are_conditions_too(void)
{
	stage_login_form("/index.php?module=users", "login");
	ck_assert_str_eq(user_of(post("/index.php?module=users", "login=bob&password=x")), "bob");
	ck_assert_str_eq(user_of(post("/index.php", "module=users&login=bob&password=x")), "bob");
	ck_assert_str_eq(user_of(post("/index.php?module=news", "login=bob&password=x")), "");
}

/* -- what is read -- */

static void the_first_password_field_there_counts(void)
{
	struct login_attempt attempt;
	struct post p;

	stage_login_form("/in", "user");
	ck_assert_str_eq(user_of(post("/in", "user=bob&pwd=x")), "bob");
	p = post("/in", "user=bob&password=&pwd=x");
	ck_assert(login_attempt_at(p.login, 0, &attempt));
	ck_assert(attempt.has_user && !attempt.has_password);
	login_close(&p.login);
	p = post("/in", "user=bob");
	ck_assert(login_attempt_at(p.login, 0, &attempt));
	ck_assert(!attempt.has_password);
	login_close(&p.login);
}

static void a_user_field_that_is_also_a_password_name_is_the_users(void)
{
	struct login_attempt attempt;
	struct post p;

	stage_login_form("/in", "p");
	ck_assert_str_eq(user_of(post("/in", "p=bob&pass=x")), "bob");
	p = post("/in", "p=bob");
	ck_assert(login_attempt_at(p.login, 0, &attempt));
	ck_assert(attempt.has_user && !attempt.has_password);
	login_close(&p.login);
}

static void every_kind_of_body_is_read_in_any_split(void)
{
	static const char *const BODIES[][2] = {
		{ "application/x-www-form-urlencoded", "x=1&do=login&u=b%6Fb&p=secret&y=2" },
		{ "application/json", "{\"do\":\"login\",\"u\":\"bob\",\"p\":\"secret\"}" },
		{ "multipart/form-data; boundary=xyz",
		  "--xyz\r\nContent-Disposition: form-data; name=\"do\"\r\n\r\nlogin\r\n"
		  "--xyz\r\nContent-Disposition: form-data; name=\"u\"\r\n\r\nbob\r\n"
		  "--xyz\r\nContent-Disposition: form-data; name=\"p\"\r\n\r\nsecret\r\n--xyz--\r\n" },
	};

	dokuwiki();
	for (size_t i = 0; i < 3; i++)
		for (size_t step = 0; step < 20; step++)
			ck_assert_str_eq(
				user_of(post_to("/doku.php", BODIES[i][0], BODIES[i][1], step)),
				"bob");
}

/* Nobody knows whether the application looks at the type. */
static void a_body_of_another_type_is_read_all_the_same(void)
{
	dokuwiki();
	ck_assert_str_eq(user_of(post_to("/doku.php?do=login&u=bob&p=x", "text/plain", "u=bob", 0)),
			 "bob");
	ck_assert_str_eq(user_of(post_to("/doku.php", "text/plain", "do=login&u=bob&p=x", 0)),
			 "bob");
	ck_assert_str_eq(user_of(post_to("/doku.php?do=login", "text/plain",
					 "{\"u\":\"bob\",\"p\":\"x\"}", 1)),
			 "bob");
	ck_assert(is_refused(post_to("/doku.php?do=login&u=bob&p=x", "text/plain", "u=eve", 0)));
}

static void an_element_with_its_key_is_a_condition_too(void)
{
	dokuwiki();
	ck_assert_str_eq(user_of(post("/doku.php", "do[login]=Go&u=bob&p=x")), "bob");
	ck_assert_str_eq(user_of(post("/doku.php?do[LOGIN]", "u=bob&p=x")), "bob");
	ck_assert_str_eq(user_of(post("/doku.php", "do[]=login&u[]=bob&p[0]=x")), "bob");
	ck_assert_str_eq(user_of(post("/doku.php", "do[edit]=Go&u=bob&p=x")), "");
	ck_assert(is_refused(post("/doku.php", "do[login]=Go&u[$eq]=bob&p=x")));
	ck_assert(is_refused(post("/doku.php", "do=login&u=bob&p[$ne]=x")));
	ck_assert(is_refused(post("/doku.php?do=edit", "do[login]=Go&u=bob&p=x")));
}

static void a_field_that_differs_from_itself_is_refused(void)
{
	dokuwiki();
	ck_assert(is_refused(post("/doku.php", "do=login&u=bob&u=eve&p=x")));
	ck_assert(is_refused(post("/doku.php?u=eve", "do=login&u=bob&p=x")));
	ck_assert(is_refused(post("/doku.php?do=edit", "do=login&u=bob&p=x")));
	ck_assert(is_refused(post("/doku.php", "do=login&u=bob&U=eve&p=x")));
	ck_assert(!is_refused(post("/doku.php?u=bob", "do=login&u=bob&u=%62ob&p=x")));
}

/* Express and others inflate what they are sent: a login in there must not pass unread. */
static void a_compressed_form_at_the_login_is_refused(void)
{
	static const struct {
		const char *type;
		bool refused;
	} ROWS[] = {
		{ "application/x-www-form-urlencoded\r\nContent-Encoding: gzip", true },
		{ "application/x-www-form-urlencoded\r\ncontent-encoding: identity, br", true },
		{ "multipart/form-data; boundary=b\r\nContent-Encoding: deflate", true },
		{ "application/json\r\nContent-Encoding: identity\r\nContent-Encoding: x", true },
		{ "application/x-www-form-urlencoded\r\nContent_Encoding: gzip", true },
		{ "application/x-www-form-urlencoded\r\nContent-Encoding: Identity", false },
		{ "application/x-www-form-urlencoded\r\nContent-Encoding:", false },
		{ "application/octet-stream\r\nContent-Encoding: gzip", false },
	};

	stage_login_form("/login.php", "u");
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
		ck_assert_msg(is_refused(post_to("/login.php", ROWS[i].type, "\x1f\x8b\x08", 0)) ==
				      ROWS[i].refused,
			      "%s", ROWS[i].type);
		ck_assert(!is_refused(post_to("/upload.php", ROWS[i].type, "\x1f\x8b\x08", 0)));
	}
}

static void what_nobody_takes_for_a_login_may_repeat_its_fields(void)
{
	dokuwiki();
	ck_assert(!is_refused(post("/doku.php", "do=edit&u=bob&u=eve&p=x")));
	ck_assert(!is_refused(post("/doku.php", "do=login&u=bob&u=eve")));
	ck_assert(!is_refused(post("/doku.php?do=edit", "do=save&text=x")));
	ck_assert(!is_refused(post("/doku.php", "do=login&p=x&p=x")));
}

static void two_sources_at_one_address_are_told_apart(void)
{
	static char name[] = "mode", value[] = "a";
	static struct url_param in[] = { { name, value } };
	struct login_attempt attempt;
	struct settings_source *source = stage_login_form("/in", "name");
	struct post p;

	source->when = in;
	source->n_when = 1;
	stage_login_form("/in", "mail");
	p = post("/in", "mode=b&mail=bob@x&pass=1");
	ck_assert(!login_attempt_at(p.login, 0, &attempt));
	ck_assert(login_attempt_at(p.login, 1, &attempt));
	stage_assert_text(attempt.user, "bob@x");
	login_close(&p.login);
}

static void nothing_is_told_before_the_end(void)
{
	struct http_head head = stage_request("POST /doku.php?do=login", FORM);
	struct login_attempt attempt;
	struct login *login;
	bool full;

	dokuwiki();
	stage_logout_path("/doku.php?do=login");
	login = login_open(stage.rules, &head, &stage.arena, &full);
	login_feed(login, VIEW("u=bob&p=x"));
	ck_assert(!login_attempt_at(login, 0, &attempt));
	ck_assert(!login_is_logout(login));
	ck_assert(login_finish(login));
	ck_assert(login_attempt_at(login, 0, &attempt));
	login_close(&login);
	ck_assert_ptr_null(login);
	login_close(&login);
}

static void a_logout_is_found_in_the_body(void)
{
	struct post p;

	stage_logout_path("/doku.php?do=logout");
	p = post("/doku.php", "id=start&do=logout");
	ck_assert(login_is_logout(p.login));
	login_close(&p.login);
	p = post("/doku.php", "do=login");
	ck_assert(!login_is_logout(p.login));
	login_close(&p.login);
}

static void a_source_with_too_many_fields_is_left_out(void)
{
	static struct url_param many[FORM_MAX_FIELDS];
	char one[] = "1";
	struct settings_source *source = stage_login_form("/in", "user");
	struct login_attempt attempt;
	struct post p;

	for (size_t i = 0; i < FORM_MAX_FIELDS; i++)
		many[i] = (struct url_param){ mem_text(arena_format(&stage.arena, "f%zu", i).at),
					      one };
	source->when = many;
	source->n_when = FORM_MAX_FIELDS;
	stage_login_form("/in", "mail");
	p = post("/in", "mail=bob&pass=1");
	ck_assert(!login_attempt_at(p.login, 0, &attempt));
	ck_assert(login_attempt_at(p.login, 1, &attempt));
	login_close(&p.login);
	for (size_t i = 0; i < FORM_MAX_FIELDS; i++)
		mem_free(many[i].name);
}

static void a_full_arena_is_said(void)
{
	struct http_head head = stage_request("POST /doku.php", FORM);
	struct arena full_arena;
	bool full = false;

	dokuwiki();
	arena_init(&full_arena, NULL, 0, 64);
	ck_assert_ptr_null(login_open(stage.rules, &head, &full_arena, &full));
	ck_assert(full);
	arena_fini(&full_arena);
}

/* -- with the response -- */

static struct lesson answered(struct post p, struct http_head response)
{
	struct identity who = stage_read(&p.head);
	struct lesson lesson;

	ck_assert(lesson_read(stage.rules, &p.head, &who, p.login, &response, STAGE_MS,
			      &stage.arena, &lesson));
	login_close(&p.login);
	return lesson;
}

#define LOGGED_IN stage_response("302", "Location: /\r\nSet-Cookie: DWx=" B "; Path=/\r\n")

static void a_login_that_succeeds_names_its_account(void)
{
	struct lesson l;

	dokuwiki();
	l = answered(post("/doku.php", "do=login&u=%20BOB+&p=x"), LOGGED_IN);
	stage_assert_text(l.account, "bob");
	ck_assert_uint_eq(l.source, 0);
	ck_assert_uint_eq(l.n_set, 1);
	ck_assert(l.set_is_new[0]);
	ck_assert_int_eq(l.miss, LESSON_NO_MISS);
	stage.sources[0].fold = false;
	stage_assert_text(answered(post("/doku.php", "do=login&u=BOB&p=x"), LOGGED_IN).account,
			  "BOB");
}

static void a_login_that_misses_a_condition_says_which(void)
{
	struct {
		const char *body;
		struct http_head response;
		enum lesson_miss miss;
	} cases[] = {
		{ "do=login&p=x", LOGGED_IN, LESSON_MISS_NO_USER },
		{ "do=login&u=&p=x", LOGGED_IN, LESSON_MISS_NO_USER },
		{ "do=login&u=bob", LOGGED_IN, LESSON_MISS_NO_PASSWORD },
		{ "do=login&u=bob&p=", LOGGED_IN, LESSON_MISS_NO_PASSWORD },
		{ "do=login&u=bob&p=x", stage_response("200", ""), LESSON_MISS_STATUS },
		{ "do=login&u=bob&p=x", stage_response("302", "Location: /login?error\r\n"),
		  LESSON_MISS_LOCATION },
		{ "do=login&u=bob&p=x",
		  stage_response("302", "Location: /\r\nSet-Cookie: SESS=" A "\r\n"),
		  LESSON_MISS_NO_COOKIE },
		{ "do=login&u=b%FF&p=x", LOGGED_IN, LESSON_MISS_BAD_NAME },
		{ "do=login&u=b%00b&p=x", LOGGED_IN, LESSON_MISS_BAD_NAME },
		{ "do=login&u=+&p=x", LOGGED_IN, LESSON_MISS_BAD_NAME },
		{ "do=login", LOGGED_IN, LESSON_NO_MISS },
		{ "do=edit&u=bob&p=x", LOGGED_IN, LESSON_NO_MISS },
	};

	dokuwiki();
	stage.sources[0].success =
		(struct settings_success){ .status = 302, .not_location = (char[]){ "/login" } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lesson l = answered(post("/doku.php", cases[i].body), cases[i].response);

		ck_assert_msg(!l.account.at && l.miss == cases[i].miss, "%s: %d", cases[i].body,
			      l.miss);
	}
}

static void a_name_beyond_what_is_kept_is_a_bad_name(void)
{
	const char *body = arena_format(&stage.arena, "do=login&p=x&u=%01100d", 1).at;

	dokuwiki();
	ck_assert_int_eq(answered(post("/doku.php", body), LOGGED_IN).miss, LESSON_MISS_BAD_NAME);
}

static void another_source_that_answers_takes_the_miss_away(void)
{
	struct lesson l;

	dokuwiki();
	stage_source(SOURCE_RESPONSE_HEADER, "X-User");
	l = answered(post("/doku.php", "do=login&u=bob&p=x"),
		     stage_response("302", "X-User: Bob\r\n"));
	stage_assert_text(l.account, "Bob");
	ck_assert_uint_eq(l.source, 1);
	ck_assert_int_eq(l.miss, LESSON_NO_MISS);
}

static void a_logout_in_the_body_is_a_maybe(void)
{
	stage_logout_path("/doku.php?do=logout");
	ck_assert_int_eq(answered(post("/doku.php", "do=logout"), stage_response("302", "")).logout,
			 LESSON_MAYBE_OUT);
}

static void an_unfinished_body_teaches_nothing(void)
{
	struct http_head head =
		stage_request("POST /doku.php?do=login", FORM "Cookie: SESS=" A "\r\n");
	struct identity who = stage_read(&head);
	struct http_head response = LOGGED_IN;
	struct lesson lesson;
	struct login *login;
	bool full;

	dokuwiki();
	login = login_open(stage.rules, &head, &stage.arena, &full);
	login_feed(login, VIEW("u=bob&p=x"));
	ck_assert(lesson_read(stage.rules, &head, &who, login, &response, STAGE_MS, &stage.arena,
			      &lesson));
	ck_assert_ptr_null(lesson.account.at);
	ck_assert_int_eq(lesson.miss, LESSON_NO_MISS);
	login_close(&login);
}

static void dokuwikis_own_login_and_logout_are_understood(void)
{
	struct lesson l;
	struct post p;

	dokuwiki();
	stage_logout_path("/doku.php?do=logout");
	stage.sources[0].success.sets_cookie = (char[]){ "DW*" };
	p = post("/doku.php?id=start&do=login&sectok=",
		 "sectok=&id=start&do=login&u=alice&p=secret&r=1");
	l = answered(
		p,
		stage_response(
			"302",
			"Set-Cookie: DokuWiki=kept0123456789abcdef; path=/; HttpOnly\r\n"
			"Set-Cookie: DWabc=YWxpY2U%3D%7C0%7Cc2VjcmV0c2VjcmV0; path=/; HttpOnly\r\n"
			"Location: http://a/doku.php?id=start\r\n"));
	stage_assert_text(l.account, "alice");
	p.head = stage_request("GET /doku.php?id=start&do=logout&sectok=1",
			       "Cookie: DWabc=YWxpY2U%3D%7C0%7Cc2VjcmV0c2VjcmV0\r\n");
	p.login = NULL;
	l = answered(
		p,
		stage_response(
			"302",
			"Set-Cookie: DWabc=deleted; expires=Thu, 01-Jan-1970 00:00:01 GMT; Max-Age=0; path=/; HttpOnly\r\n"));
	ck_assert_int_eq(l.logout, LESSON_DELETED);
	ck_assert_uint_eq(l.n_deleted, 1);
}

/* -- any bytes -- */

static void any_body_is_read_without_harm(void)
{
	static const char *const TYPES[] = { "application/x-www-form-urlencoded",
					     "multipart/form-data; boundary=x", "application/json",
					     "multipart/form-data", "text/html; charset=utf-16" };
	static const char *const PARTS[] = { "do=login",
					     "&",
					     "u=",
					     "bob",
					     "p=x",
					     "%",
					     "%00",
					     "--x",
					     "\r\n",
					     "--",
					     "Content-Disposition: form-data; name=",
					     "\"u\"",
					     "{",
					     "}",
					     "\"do\"",
					     ":",
					     "\"login\"",
					     ",",
					     ";",
					     "[]",
					     "\xff" };
	uint32_t state = 3;

	dokuwiki();
	for (int round = 0; round < 10000; round++) {
		char body[1000] = "";
		struct post p;

		arena_reset(&stage.arena);
		for (int n = 0; n < 20; n++) {
			state = state * 1664525u + 1013904223u;
			strcat(body, PARTS[(state >> 8) % (sizeof(PARTS) / sizeof(PARTS[0]))]);
		}
		p = post_to("/doku.php", TYPES[(state >> 20) % 5], body, (state >> 25) % 7);
		answered(p, LOGGED_IN);
	}
}

SUITE_MAIN_WITH("login", stage_setup, stage_teardown, only_posts_to_a_login_address_are_read,
		another_method_is_a_post_to_some, the_address_is_recognised_generously,
		when_is_asked_of_query_and_body, parameters_of_the_address_are_conditions_too,
		the_first_password_field_there_counts,
		a_user_field_that_is_also_a_password_name_is_the_users,
		every_kind_of_body_is_read_in_any_split,
		a_body_of_another_type_is_read_all_the_same,
		an_element_with_its_key_is_a_condition_too,
		a_field_that_differs_from_itself_is_refused,
		a_compressed_form_at_the_login_is_refused,
		what_nobody_takes_for_a_login_may_repeat_its_fields,
		two_sources_at_one_address_are_told_apart, nothing_is_told_before_the_end,
		a_logout_is_found_in_the_body, a_source_with_too_many_fields_is_left_out,
		a_full_arena_is_said, a_login_that_succeeds_names_its_account,
		a_login_that_misses_a_condition_says_which,
		a_name_beyond_what_is_kept_is_a_bad_name,
		another_source_that_answers_takes_the_miss_away, a_logout_in_the_body_is_a_maybe,
		an_unfinished_body_teaches_nothing, dokuwikis_own_login_and_logout_are_understood,
		any_body_is_read_without_harm)
