#include "stage.h"

#include "identity/rules_inside.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#define A "aaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbb"
#define FIREFOX \
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0\r\n"

static void assert_same(const struct identity *a, const struct identity *b)
{
	ck_assert_uint_eq(a->n_keys, b->n_keys);
	ck_assert_mem_eq(a->keys, b->keys, a->n_keys * sizeof(a->keys[0]));
	ck_assert_mem_eq(a->cookie, b->cookie, a->n_keys);
	ck_assert_int_eq(a->device_seen, b->device_seen);
	ck_assert(device_id_is(&a->device, &b->device));
	ck_assert(a->device_reissue == b->device_reissue);
	ck_assert_uint_eq(a->look_alikes, b->look_alikes);
	ck_assert_mem_eq(&a->facts, &b->facts, sizeof(a->facts));
}

/* With the memo as it is, the head means what it means without one. */
static void assert_true_to(const struct http_head *h)
{
	struct identity with = stage_read_memo(h), without = stage_read(h);

	assert_same(&with, &without);
}

static const char *cookie_line(bool https, int64_t issued_ms)
{
	struct device_id device = { { 1, 2, 3 } };

	return arena_format(&stage.arena, "Cookie: SESS=" A "; %s; sess=1\r\n",
			    stage_device_cookie(stage.rules, &device, https, issued_ms))
		.at;
}

static struct http_head head_with(const char *lines)
{
	return stage_head(
		arena_format(&stage.arena, "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", lines).at, false);
}

static void the_same_lines_mean_the_same(void)
{
	struct http_head h =
		head_with(arena_format(&stage.arena, FIREFOX "%s", cookie_line(true, STAGE_MS)).at);
	struct identity first = stage_read_memo(&h), second = stage_read_memo(&h);

	ck_assert_ptr_nonnull(stage.memo);
	ck_assert_uint_eq(first.n_keys, 1);
	ck_assert_uint_eq(first.look_alikes, 1);
	assert_same(&first, &second);
}

static void any_line_that_changes_is_read_anew(void)
{
	static const char *const LINES[] = {
		FIREFOX "Cookie: SESS=" A "\r\n",
		FIREFOX "Cookie: SESS=" B "\r\n",
		FIREFOX "Cookie: SESS=" A "\r\nCookie: DW=" B "\r\n",
		FIREFOX "Cookie: SESS=" A "; DW=" B "\r\n",
		FIREFOX "Cookie: SESS=" A "\r\nAccept-Language: de\r\n",
		"User-Agent: curl/8\r\nCookie: SESS=" A "\r\n",
		FIREFOX "Cookie: SESS=" A "\r\nSec-CH-UA: \"Microsoft Edge\";v=\"1\"\r\n",
		FIREFOX "Cookie: SESS=" A "\r\nSec-CH-UA-Mobile: ?1\r\n",
		FIREFOX "Cookie: SESS=" A "\r\nSec-CH-UA-Platform: \"Windows\"\r\n",
		"Cookie: SESS=" A "\r\n",
		FIREFOX,
		"User-Agent: de\r\n",
		"Accept-Language: de\r\n",
		"",
	};
	size_t n = sizeof(LINES) / sizeof(LINES[0]);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++) {
			struct http_head first = head_with(LINES[i]), second = head_with(LINES[k]);

			stage_read_memo(&first);
			assert_true_to(&second);
		}
}

static void lines_that_say_nothing_about_who_do_not_matter(void)
{
	struct http_head first = head_with("X: 1\r\n" FIREFOX "Cookie: SESS=" A "\r\n");
	struct http_head second =
		head_with(FIREFOX "Accept: */*\r\nCookie: SESS=" A "\r\nX: 2\r\n");
	struct identity a = stage_read_memo(&first), b = stage_read_memo(&second);

	assert_same(&a, &b);
}

static void the_clock_is_not_remembered(void)
{
	struct http_head h = head_with(cookie_line(true, STAGE_MS));
	struct identity who;

	ck_assert(!stage_read_memo(&h).device_reissue);
	ck_assert(identity_read(stage.rules, &h, &stage.peer,
				STAGE_MS + (int64_t)DEVICE_RENEW_S * 1000 + 1, &stage.memo,
				&stage.arena, &who));
	ck_assert(who.device_reissue);
}

static void the_scheme_and_the_address_are_not_remembered(void)
{
	struct http_head h = head_with(cookie_line(true, STAGE_MS));

	stage_read_memo(&h);
	stage.peer.https = false;
	assert_true_to(&h);
	ck_assert(stage_read_memo(&h).device_reissue);
	stage.peer.address[14] = 200;
	stage.peer.address[13] = 200;
	assert_true_to(&h);
}

static void assertions_are_not_remembered(void)
{
	struct http_head first = head_with("X-Forwarded-User: bob\r\nCookie: SESS=" A "\r\n");
	struct http_head second = head_with("X-Forwarded-User: eve\r\nCookie: SESS=" A "\r\n");

	stage_source(SOURCE_REQUEST_HEADER, "X-Forwarded-User");
	stage.peer.trusted = true;
	stage_assert_text(stage_read_memo(&first).asserted, "bob");
	stage_assert_text(stage_read_memo(&second).asserted, "eve");
	stage.peer.trusted = false;
	ck_assert_ptr_null(stage_read_memo(&second).asserted.at);
}

/* With this lost, whoever works a MAC out again finds that the cookie is not ours. */
static void lose_keys(void)
{
	for (size_t i = 0; i < stage.rules->n_device_keys; i++)
		stage.rules->device_keys[i].key = stage.device_keys[2];
}

static struct identity read_with(const char *cookies)
{
	struct http_head h =
		head_with(arena_format(&stage.arena, FIREFOX "Cookie: %s\r\n", cookies).at);

	return stage_read_memo(&h);
}

static enum device_seen seen_with(const char *cookies)
{
	return read_with(cookies).device_seen;
}

static void a_device_cookie_is_checked_once_whatever_comes_with_it(void)
{
	struct device_id device = { { 1, 2, 3 } }, other = { { 4 } };
	const char *cookie = stage_device_cookie(stage.rules, &device, true, STAGE_MS);
	const char *others = stage_device_cookie(stage.rules, &other, true, STAGE_MS);
	struct identity who;

	ck_assert_int_eq(seen_with(cookie), DEVICE_VALID);
	lose_keys();
	ck_assert_int_eq(seen_with(arena_format(&stage.arena, "%s; basket=1", cookie).at),
			 DEVICE_VALID);
	ck_assert_int_eq(seen_with("basket=2"), DEVICE_ABSENT);
	ck_assert_int_eq(seen_with(arena_format(&stage.arena, "a=%04000d; %s", 1, cookie).at),
			 DEVICE_VALID);
	who = read_with(arena_format(&stage.arena, "basket=3; %s", cookie).at);
	ck_assert_int_eq(who.device_seen, DEVICE_VALID);
	ck_assert(device_id_is(&who.device, &device));
	ck_assert_int_eq(seen_with(others), DEVICE_FORGED);
	ck_assert_int_eq(seen_with(arena_format(&stage.arena, "%sA", cookie).at), DEVICE_FORGED);
}

static void a_forged_device_cookie_is_checked_once(void)
{
	struct device_id device = { { 1, 2, 3 } };
	const char *cookie = stage_device_cookie(stage.rules, &device, true, STAGE_MS);
	const struct hmac_key *keys[] = { stage.rules->device_keys[0].key,
					  stage.rules->device_keys[1].key };

	lose_keys();
	ck_assert_int_eq(seen_with(cookie), DEVICE_FORGED);
	for (size_t i = 0; i < 2; i++)
		stage.rules->device_keys[i].key = keys[i];
	ck_assert_int_eq(seen_with(arena_format(&stage.arena, "%s; a=1", cookie).at),
			 DEVICE_FORGED);
	identity_forget(&stage.memo);
	ck_assert_int_eq(seen_with(cookie), DEVICE_VALID);
}

/* A browser that came over http before has both names for a while. */
static void two_device_cookies_are_remembered(void)
{
	struct device_id device = { { 1, 2, 3 } }, old = { { 4 } };
	const char *cookies =
		arena_format(&stage.arena, "%s; %s",
			     stage_device_cookie(stage.rules, &old, false, STAGE_MS),
			     stage_device_cookie(stage.rules, &device, true, STAGE_MS))
			.at;
	struct identity who;

	ck_assert_int_eq(seen_with(cookies), DEVICE_VALID);
	lose_keys();
	who = read_with(arena_format(&stage.arena, "%s; a=1", cookies).at);
	ck_assert_int_eq(who.device_seen, DEVICE_VALID);
	ck_assert(device_id_is(&who.device, &device));
}

static void a_device_is_not_remembered_under_other_rules(void)
{
	struct device_id device = { { 1, 2, 3 } };
	const char *cookie = stage_device_cookie(stage.rules, &device, true, STAGE_MS);
	struct rules *before = stage.rules;

	ck_assert_int_eq(seen_with(cookie), DEVICE_VALID);
	stage.rules = stage_rules_of(&stage.settings, 2, 1);
	ck_assert_int_eq(seen_with(cookie), DEVICE_FORGED);
	rules_destroy(&stage.rules);
	stage.rules = before;
	ck_assert_int_eq(seen_with(cookie), DEVICE_VALID);
}

static void other_rules_read_anew(void)
{
	struct http_head h = head_with("Cookie: SESS=" A "; other=" B "\r\n");
	struct settings other = stage.settings;
	struct settings_cookie cookie = { .name = (char[]){ "other" } };
	struct rules *before = stage.rules;
	struct identity first, second;

	atomic_init(&other.refs, 1);
	other.identity.cookies = &cookie;
	other.identity.n_cookies = 1;
	first = stage_read_memo(&h);
	stage.rules = stage_rules_of(&other, 0, 1);
	second = stage_read_memo(&h);
	ck_assert_uint_eq(second.n_keys, 1);
	ck_assert(!stage_is_same_key(first.keys[0], second.keys[0]));
	rules_destroy(&stage.rules);
	stage.rules = before;
	assert_true_to(&h);
}

static void lines_too_long_to_remember_are_read_all_the_same(void)
{
	for (size_t len = 2000; len < 6000; len++) {
		char *line = mem_new(len + 100);
		struct http_head h;

		strcpy(line, "Cookie: SESS=" A "; x=");
		memset(line + strlen(line), 'x', len);
		strcat(line, "\r\n");
		h = head_with(line);
		assert_true_to(&h);
		assert_true_to(&h);
		mem_free(line);
		arena_reset(&stage.arena);
	}
}

static void a_memo_grows_and_is_forgotten(void)
{
	struct http_head small = head_with("Cookie: a=1\r\n");
	struct http_head large =
		head_with(arena_format(&stage.arena, "Cookie: SESS=%01000d\r\n", 7).at);

	stage_read_memo(&small);
	assert_true_to(&large);
	assert_true_to(&large);
	assert_true_to(&small);
	identity_forget(&stage.memo);
	ck_assert_ptr_null(stage.memo);
	identity_forget(&stage.memo);
}

/* Of this thread's own time, so that others on the machine have no part in it but for what they leave in its caches. */
static double ns_of(const struct http_head *h, bool memo, unsigned rounds)
{
	struct timespec start, end;
	struct arena arena;
	char room[8192];
	struct identity who;

	arena_init(&arena, room, sizeof(room), 1 << 16);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start);
	for (unsigned i = 0; i < rounds; i++) {
		arena_reset(&arena);
		identity_read(stage.rules, h, &stage.peer, STAGE_MS, memo ? &stage.memo : NULL,
			      &arena, &who);
	}
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
	arena_fini(&arena);
	return ((double)(end.tv_sec - start.tv_sec) * 1e9 + (double)(end.tv_nsec - start.tv_nsec)) /
	       rounds;
}

enum { LOOKS = 10 };

/* The least of several looks is what it costs. */
static void a_hit_costs_less_than_reading(void)
{
	struct http_head h = head_with(
		arena_format(
			&stage.arena,
			"User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36\r\n"
			"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n"
			"Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en-US,en;q=0.9\r\nConnection: keep-alive\r\n"
			"Sec-CH-UA: \"Google Chrome\";v=\"119\", \"Chromium\";v=\"119\", \"Not?A_Brand\";v=\"24\"\r\n"
			"Sec-CH-UA-Mobile: ?0\r\nSec-CH-UA-Platform: \"Windows\"\r\nSec-Fetch-Dest: document\r\n"
			"Sec-Fetch-Mode: navigate\r\nSec-Fetch-Site: same-origin\r\nReferer: https://a/b\r\n%s",
			cookie_line(true, STAGE_MS))
			.at);
	unsigned rounds = suite_is_sanitized() ? 200 : 20000;
	double miss = ns_of(&h, false, rounds), hit = miss;

	stage_read_memo(&h);
	for (unsigned i = 0; i < LOOKS; i++) {
		miss = fmin(miss, ns_of(&h, false, rounds));
		hit = fmin(hit, ns_of(&h, true, rounds));
	}
	printf("identity_read: %.0f ns, with a memo that fits %.0f ns\n", miss, hit);
	ck_assert(hit < miss);
}

SUITE_MAIN_WITH("memo", stage_setup, stage_teardown, the_same_lines_mean_the_same,
		any_line_that_changes_is_read_anew, lines_that_say_nothing_about_who_do_not_matter,
		the_clock_is_not_remembered, the_scheme_and_the_address_are_not_remembered,
		assertions_are_not_remembered, other_rules_read_anew,
		a_device_cookie_is_checked_once_whatever_comes_with_it,
		a_forged_device_cookie_is_checked_once, two_device_cookies_are_remembered,
		a_device_is_not_remembered_under_other_rules,
		lines_too_long_to_remember_are_read_all_the_same, a_memo_grows_and_is_forgotten,
		a_hit_costs_less_than_reading)
