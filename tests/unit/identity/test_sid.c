#include "stage.h"

#include "identity/sid.h"

#define A "aaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbb"
#define text(...) arena_format(&stage.arena, __VA_ARGS__).at

static char *names[] = { NULL, (char[]){ "PHPSESSID" } };

static char like_the_cookie[] = "MY_Session", javas[] = "jsessionid";

static void set_up(void)
{
	stage_setup();
	names[0] = javas;
	stage.settings.identity.parameters = (struct settings_texts){ names, 2 };
}

static struct http_head asks_for(const char *target, const char *fields)
{
	return stage_head(text("GET %s HTTP/1.1\r\nHost: a\r\n%s\r\n", target, fields), false);
}

static struct identity who_asks_for(const char *target)
{
	struct http_head h = asks_for(target, "");

	return stage_read(&h);
}

static struct session_key key_of_cookie(const char *value)
{
	struct http_head h = asks_for("/", text("Cookie: SESS=%s\r\n", value));
	struct identity who = stage_read(&h);

	ck_assert_uint_eq(who.n_keys, 1);
	return who.keys[0];
}

/* What of the target is forwarded. */
static struct view left_of(const char *target, const char *fields)
{
	struct http_head h = asks_for(target, fields);
	struct identity who = stage_read(&h);

	ck_assert(identity_clean(stage.rules, &h, &stage.peer, &who, &stage.arena));
	return h.target;
}

static void a_session_has_one_key_in_cookie_path_and_query(void)
{
	static const char *const CASES[] = {
		"/a;jsessionid=" A,       "/a/b;x=1;jsessionid=" A "/c",
		"/a?PHPSESSID=" A,        "/a?x=1&PHPSESSID=" A "&y",
		"/a;JSessionID=" A,       "/a?phpsessid=" A,
		"/a%3Bjsessionid=" A,     "/a;%6asessionid%3d" A,
		"/a?PHP%53ESSID=" A,      "/a;jsessionid=%61aaaaaaaaaaaaaaa",
		"/a?PHPSESSID=" A "%00x", "/a?PHPSESSID=+" A,
		"/a?PHPSESSID[]=" A,      "/a?x;PHPSESSID=" A,
		"/a?jsessionid=" A,       "/a;PHPSESSID=" A,
		"/..;jsessionid=" A "/b", "/a;;jsessionid=" A ";",
		"/a?+PHPSESSID=" A,
	};
	struct session_key key = key_of_cookie(A);

	for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
		struct identity who = who_asks_for(CASES[i]);

		ck_assert_msg(who.n_keys == 1, "%s: %u keys", CASES[i], who.n_keys);
		ck_assert_msg(stage_is_same_key(who.keys[0], key), "%s", CASES[i]);
		ck_assert(who.has_parameters);
		ck_assert_uint_eq(who.cookie[0], IDENTITY_NO_COOKIE);
	}
}

static void what_is_no_session_parameter_keys_nothing(void)
{
	static const char *const CASES[] = { "/a;sid=" A,
					     "/jsessionid=" A,
					     "/a?x=jsessionid=" A,
					     "/a;jsessionid",
					     "/a;jsessionid=short",
					     "/a?jsessionids=" A,
					     "/a?xjsessionid=" A,
					     "/a?x=%26PHPSESSID=" A,
					     "/a%253bjsessionid=" A,
					     "*" };

	for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
		struct http_head h = strcmp(CASES[i], "*") == 0 ? stage_request("OPTIONS *", "")
								: asks_for(CASES[i], "");

		ck_assert_msg(stage_read(&h).n_keys == 0, "%s", CASES[i]);
	}
}

static void without_configured_names_a_target_says_nothing(void)
{
	stage.settings.identity.parameters.n = 0;
	ck_assert_uint_eq(who_asks_for("/a;jsessionid=" A "?PHPSESSID=" A).n_keys, 0);
	stage_assert_text(sid_free_head(stage.rules, VIEW("/a;jsessionid=" A)), "/a;jsessionid=" A);
}

static void a_plain_target_is_forwarded_byte_for_byte(void)
{
	static const char *const CASES[] = { "/a;jsessionid=" A "/%2e%2E//?x=%zz&&PHPSESSID=" A,
					     "/a;jsessionid=" A ";jsessionid=" A, "/?;;&", "/a" };

	for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++)
		stage_assert_text(left_of(CASES[i], ""), CASES[i]);
}

static void the_same_value_in_two_places_is_one_key(void)
{
	struct http_head h = asks_for("/a;jsessionid=" A "?PHPSESSID=" A, "Cookie: SESS=" A "\r\n");
	struct identity who = stage_read(&h);

	ck_assert_uint_eq(who.n_keys, 1);
	ck_assert_uint_eq(who.cookie[0], 0);
	ck_assert_uint_eq(who.surplus_parameters, 0);
}

static void a_second_value_is_looked_up_and_removed(void)
{
	struct identity who = who_asks_for("/a;jsessionid=" A ";jsessionid=" B "/c?x=1");

	ck_assert_uint_eq(who.n_keys, 2);
	ck_assert_uint_eq(who.surplus_parameters, 1);
	ck_assert_uint_eq(who.cookie[0], IDENTITY_NO_COOKIE);
	ck_assert_uint_eq(who.cookie[1], IDENTITY_ECHO);
	who = who_asks_for("/a;jsessionid=" A ";jsessionid=" B "?PHPSESSID=" B);
	ck_assert_uint_eq(who.n_keys, 2);
	ck_assert_uint_eq(who.cookie[1], IDENTITY_NO_COOKIE);
	stage_assert_text(left_of("/a;jsessionid=" A ";jsessionid=" B "/c?x=1", ""),
			  "/a;jsessionid=" A "/c?x=1");
	stage_assert_text(left_of("/a;jsessionid=" A "?jsessionid=" B "&x=1", ""),
			  "/a;jsessionid=" A "?x=1");
	stage_assert_text(left_of("/a?PHPSESSID=" A "&phpsessid=" B, ""), "/a?PHPSESSID=" A);
	stage_assert_text(left_of("/a?PHPSESSID=" A "&PHPSESSID=", ""), "/a?PHPSESSID=" A);
	/* Two names, two sessions: both are looked up. */
	stage_assert_text(left_of("/a;jsessionid=" A "?PHPSESSID=" B, ""),
			  "/a;jsessionid=" A "?PHPSESSID=" B);
}

static void a_value_that_finds_no_room_is_removed(void)
{
	struct view left = left_of("/a;jsessionid=" A "?x=1",
				   "Cookie: DW1=1" A "; DW2=2" A "; DW3=3" A "; DW4=4" A "; DW5=5" A
				   "; DW6=6" A "; DW7=7" A "; DW8=8" A "\r\n");

	stage_assert_text(left, "/a?x=1");
}

static void hundreds_of_parameters_cost_little_and_go(void)
{
	char target[12000];
	struct text t;
	struct identity who;

	text_init(&t, target, sizeof(target) - 1);
	text_puts(&t, "/a");
	for (int i = 0; i < 300; i++)
		text_printf(&t, ";jsessionid=aaaaaaaaaaaaa%03d", i);
	target[t.len] = '\0';
	who = who_asks_for(target);
	ck_assert_uint_eq(who.n_keys, IDENTITY_MAX_KEYS);
	ck_assert_uint_eq(who.surplus_parameters, 299);
	stage_assert_text(left_of(target, ""), "/a;jsessionid=aaaaaaaaaaaaa000");
}

static void a_stranger_has_no_session_in_the_target(void)
{
	struct http_head h = asks_for("/a;jsessionid=" A "/b;c?PHPSESSID=x&d=1", "");

	ck_assert(identity_estrange(stage.rules, &h, &stage.arena));
	stage_assert_text(h.target, "/a/b;c?d=1");
	stage_assert_text(h.path, "/a/b;c");
	stage_assert_text(h.query, "d=1");
}

static void ended_sessions_are_removed_by_key(void)
{
	struct http_head h = asks_for("/a;jsessionid=" A "?PHPSESSID=" B, "");
	struct session_key key = key_of_cookie(A);

	ck_assert(identity_remove_keys(stage.rules, &h, &key, 1, &stage.arena));
	stage_assert_text(h.target, "/a?PHPSESSID=" B);
}

/* The connection is known, the address is another. */
static void the_memo_does_not_remember_targets(void)
{
	struct http_head one = asks_for("/a;jsessionid=" A, "Cookie: SESS=" B "\r\n"),
			 two = asks_for("/a", "Cookie: SESS=" B "\r\n");

	ck_assert_uint_eq(stage_read_memo(&one).n_keys, 2);
	ck_assert_uint_eq(stage_read_memo(&two).n_keys, 1);
	ck_assert_uint_eq(stage_read_memo(&one).n_keys, 2);
}

static void the_log_sees_no_session(void)
{
	stage_assert_text(sid_free_head(stage.rules, VIEW("/a/b")), "/a/b");
	stage_assert_text(sid_free_head(stage.rules, VIEW("/a/b;jsessionid=" A "/c")), "/a/b");
	stage_assert_text(sid_free_head(stage.rules, VIEW("/a/b%3bjsessionid=" A)), "/a/b");
	stage_assert_text(sid_free_head(stage.rules, VIEW("")), "");
}

/* -- responses -- */

static struct lesson lesson_of(const char *target, const char *lines)
{
	struct http_head request = asks_for(target, ""),
			 response = stage_head(text("HTTP/1.1 302 X\r\n%s\r\n", lines), true);
	struct identity who = stage_read(&request);
	struct lesson lesson;

	ck_assert(lesson_read(stage.rules, &request, &who, NULL, &response, STAGE_MS, &stage.arena,
			      &lesson));
	return lesson;
}

static void a_location_tells_the_session_of_who_keeps_no_cookies(void)
{
	static const char *const CASES[] = { "/home;jsessionid=" A, "home;jsessionid=" A "?x#y",
					     "https://a/b?PHPSESSID=" A, "?PHPSESSID=" A "#top",
					     "//a/;jsessionid=" A };
	struct session_key key = key_of_cookie(A);

	for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
		struct lesson lesson = lesson_of("/", text("Location: %s\r\n", CASES[i]));

		ck_assert_msg(lesson.has_located, "%s", CASES[i]);
		ck_assert(stage_is_same_key(lesson.located, key));
	}
	ck_assert(!lesson_of("/", "Location: /home\r\n").has_located);
	ck_assert(!lesson_of("/", "Location: /#;jsessionid=" A "\r\n").has_located);
	ck_assert(!lesson_of("/;jsessionid=" A, "Location: /;jsessionid=" A "\r\n").has_located);
}

static void a_parameter_stands_for_the_cookie_that_is_called_like_it(void)
{
	static char in_the_family[] = "dwsid";

	names[0] = like_the_cookie;
	ck_assert_uint_eq(who_asks_for("/;my_session=" A).cookie[0], 2);
	ck_assert_uint_eq(who_asks_for("/?PHPSESSID=" A).cookie[0], IDENTITY_NO_COOKIE);
	names[0] = in_the_family;
	ck_assert_uint_eq(who_asks_for("/;dwsid=" A).cookie[0], 1);
}

static void what_deletes_the_cookie_ends_the_parameter_of_its_name(void)
{
	static const char deletion[] = "Set-Cookie: my_session=; Max-Age=0\r\n";
	struct lesson lesson;

	names[0] = like_the_cookie;
	lesson = lesson_of("/;my_session=" A, deletion);
	ck_assert_uint_eq(lesson.n_deleted, 1);
	ck_assert_int_eq(lesson.logout, LESSON_DELETED);
	lesson = lesson_of("/?PHPSESSID=" A, deletion);
	ck_assert_uint_eq(lesson.n_deleted, 0);
	ck_assert_int_eq(lesson.logout, LESSON_STAYS);
}

static void a_full_arena_is_said(void)
{
	struct http_head h = asks_for("/a;jsessionid=%61aaaaaaaaaaaaaaa;jsessionid=" B, "");
	struct identity who = stage_read(&h);
	struct arena none;

	arena_init(&none, NULL, 0, 0);
	ck_assert(!identity_read(stage.rules, &h, &stage.peer, STAGE_MS, NULL, &none, &who));
	ck_assert(!identity_clean(stage.rules, &h, &stage.peer, &who, &none));
	ck_assert(!identity_estrange(stage.rules, &h, &none));
	arena_fini(&none);
}

SUITE_MAIN_WITH("sid", set_up, stage_teardown, a_session_has_one_key_in_cookie_path_and_query,
		what_is_no_session_parameter_keys_nothing,
		without_configured_names_a_target_says_nothing,
		a_plain_target_is_forwarded_byte_for_byte, the_same_value_in_two_places_is_one_key,
		a_second_value_is_looked_up_and_removed, a_value_that_finds_no_room_is_removed,
		hundreds_of_parameters_cost_little_and_go, a_stranger_has_no_session_in_the_target,
		ended_sessions_are_removed_by_key, the_memo_does_not_remember_targets,
		the_log_sees_no_session, a_location_tells_the_session_of_who_keeps_no_cookies,
		a_parameter_stands_for_the_cookie_that_is_called_like_it,
		what_deletes_the_cookie_ends_the_parameter_of_its_name, a_full_arena_is_said)
