/* Devices: the signed cookie and who gets it, one session is one device, copies, what a device is called. */
#include "mac.h"
#include "story.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char by_header[] = "identity:\n  session_cookies: [PHPSESSID]\n  account:\n"
				"    - response_header: X-Account\n" LEGACY_REDIRECTS;
static const char by_proxy[] =
	"identity:\n  account:\n    - request_header: X-User\n" LEGACY_REDIRECTS;
#define PROXY "trusted_proxies: [127.0.0.0/8]\n"
#define CHROME                                                                              \
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) " \
	"Chrome/126.0.0.0 Safari/537.36"

static void write_key_file(struct story *s, const char *lines)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/device.key", daemon_dir(s->daemon));
	file = fopen(path, "we");
	ck_assert_ptr_nonnull(file);
	fputs(lines, file);
	fclose(file);
}

static void expect_no_cookie(struct visitor *v)
{
	ck_assert_ptr_null(visitor_set_cookie_line(v, "latch"));
	ck_assert_ptr_null(visitor_set_cookie_line(v, "__Host-latch"));
}

/* The cookie */

static void the_device_cookie_is_signed_http_only_lax_and_lives_400_days(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);
	const char *line;

	ck_assert_int_eq(story_log_in(a, "alice"), 302);
	line = visitor_set_cookie_line(a, "latch");
	ck_assert_ptr_nonnull(line);
	ck_assert_msg(strncmp(line, "latch=v1.", 9) == 0, "%s", line);
	ck_assert_msg(strstr(line, "; Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax"), "%s",
		      line);
	ck_assert_msg(!strstr(line, "Secure") && !strstr(line, "Domain"), "%s", line);
	STORY_MOVED(&s, "requests=1", "logins=1", "responses 3xx=1", "verdicts allow=1",
		    "requests_identified nothing=1");
	story_end(&s);
}

static void expect_secure(struct visitor *v)
{
	const char *line = visitor_set_cookie_line(v, "__Host-latch");

	ck_assert_msg(line && strstr(line, "; Secure"), "%s", line ? line : "none");
	ck_assert_ptr_null(visitor_set_cookie_line(v, "latch"));
}

static void on_https_it_is_called_host_latch_and_secure(void)
{
	struct story s = story_begin(PROXY),
		     t = story_begin("public_url: https://www.example.com\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&t), *c = story_visitor(&s);

	visitor_set_fields(a, "X-Forwarded-Proto: https\r\n");
	ck_assert_int_eq(story_log_in(a, "alice"), 302);
	expect_secure(a);
	ck_assert_int_eq(story_log_in(b, "alice"), 302);
	expect_secure(b);
	ck_assert_int_eq(story_log_in(c, "alice"), 302);
	ck_assert_ptr_nonnull(visitor_set_cookie_line(c, "latch"));
	STORY_MOVED(&s, "requests=2", "logins=2", "responses 3xx=2", "verdicts allow=2",
		    "requests_identified nothing=2");
	STORY_MOVED(&t, "requests=1", "logins=1", "responses 3xx=1", "verdicts allow=1",
		    "requests_identified nothing=1");
	story_end(&s);
	story_end(&t);
}

static void an_untrusted_peer_cannot_say_that_it_is_https(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);

	visitor_set_fields(a, "X-Forwarded-Proto: https\r\n");
	ck_assert_int_eq(story_log_in(a, "alice"), 302);
	ck_assert_ptr_nonnull(visitor_set_cookie_line(a, "latch"));
	STORY_MOVED(&s, "requests=1", "logins=1", "responses 3xx=1", "verdicts allow=1",
		    "requests_identified nothing=1");
	story_end(&s);
}

static void on_https_a_valid_latch_is_accepted_and_replaced(void)
{
	struct story s = story_begin(PROXY);
	struct visitor *a = story_visitor(&s);
	char *first, *now;

	story_arrive(a, "alice");
	first = story_device(&s, "alice", 0);
	visitor_set_fields(a, "X-Forwarded-Proto: https\r\n");
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	expect_secure(a);
	visitor_forget_cookie(a, "latch");
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	expect_no_cookie(a);
	story_expect_devices(&s, "alice", 1, 1);
	now = story_device(&s, "alice", 0);
	ck_assert_str_eq(first, now);
	free(first);
	free(now);
	STORY_MOVED(&s, "requests=4", "logins=1", "responses 2xx=3", "responses 3xx=1",
		    "verdicts allow=4", "requests_identified nothing=1",
		    "requests_identified account=3");
	story_end(&s);
}

static void a_forged_or_foreign_cookie_counts_as_absent_and_is_counted(void)
{
	struct story s = story_begin(""), other = story_begin("");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&other);
	char forged[256];
	size_t middle;

	story_arrive(b, "bob");
	visitor_set_cookie(a, "latch", visitor_cookie(b, "latch"));
	story_arrive(a, "alice");
	ck_assert_str_ne(visitor_cookie(a, "latch"), visitor_cookie(b, "latch"));

	snprintf(forged, sizeof(forged), "%s", visitor_cookie(a, "latch"));
	middle = strlen(forged) / 3;
	forged[middle] = forged[middle] == 'A' ? 'B' : 'A';
	visitor_set_cookie(a, "latch", forged);
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	visitor_set_cookie(a, "latch", "v1.x");
	ck_assert_int_eq(visitor_fetch(a, "/"), 200);
	story_expect_devices(&s, "alice", 1, 1);
	ck_assert(!origin_saw(s.origin, "latch=", 0));
	STORY_MOVED(&s, "requests=4", "logins=1", "device_cookies_forged=3", "responses 2xx=3",
		    "responses 3xx=1", "verdicts allow=4", "requests_identified nothing=1",
		    "requests_identified account=3");
	STORY_MOVED(&other, "requests=2", "logins=1", "responses 2xx=1", "responses 3xx=1",
		    "verdicts allow=2", "requests_identified nothing=1",
		    "requests_identified account=1");
	story_end(&s);
	story_end(&other);
}

static void it_is_stripped_from_what_the_origin_sees_and_the_other_cookies_stay(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);

	visitor_set_cookie(a, "first", "1");
	story_arrive(a, "alice");
	visitor_set_cookie(a, "last", "2");
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	ck_assert(!origin_saw(s.origin, "latch", 0));
	ck_assert(origin_saw(s.origin, "first=1; PHPSESSID=session-of-legacy-0; last=2\r\n", 0));
	STORY_MOVED(&s, "requests=3", "logins=1", "responses 2xx=2", "responses 3xx=1",
		    "verdicts allow=3", "requests_identified nothing=1",
		    "requests_identified account=2");
	story_end(&s);
}

static void a_response_that_gets_it_is_private_and_says_nothing_to_shared_caches(void)
{
	struct story s = story_begin_as(by_header, "");
	struct visitor *a = story_visitor(&s);

	visitor_set_cookie(a, "PHPSESSID", "a-session-of-long-ago");
	ck_assert_int_eq(
		story_please(a, "/",
			     "Please-Field: X-Account: alice\r\n"
			     "Please-Field: Cache-Control: public, max-age=5, s-maxage=60\r\n"
			     "Please-Field: Surrogate-Control: max-age=9\r\n"
			     "Please-Field: CDN-Cache-Control: max-age=9\r\n"),
		200);
	ck_assert_ptr_nonnull(visitor_cookie(a, "latch"));
	ck_assert_str_eq(visitor_field(a, "Cache-Control"), "private, max-age=5");
	ck_assert_str_eq(visitor_field(a, "Surrogate-Control"), "");
	ck_assert_str_eq(visitor_field(a, "CDN-Cache-Control"), "");
	STORY_MOVED(&s, "requests=1", "logins=1", "responses 2xx=1", "verdicts allow=1",
		    "requests_identified session=1");
	story_end(&s);
}

static void a_304_or_partial_answer_never_gets_it(void)
{
	struct story s = story_begin_as(by_header, "");
	struct visitor *a = story_visitor(&s);

	visitor_set_cookie(a, "PHPSESSID", "a-session-of-long-ago");
	ck_assert_int_eq(
		story_please(a, "/", "Please-Status: 304\r\nPlease-Field: X-Account: alice\r\n"),
		304);
	expect_no_cookie(a);
	ck_assert_int_eq(
		story_please(a, "/", "Please-Status: 206\r\nPlease-Field: X-Account: alice\r\n"),
		206);
	expect_no_cookie(a);
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	ck_assert_ptr_nonnull(visitor_cookie(a, "latch"));
	story_expect_devices(&s, "alice", 1, 1);
	STORY_MOVED(&s, "requests=3", "logins=2", "responses 2xx=2", "responses 3xx=1",
		    "verdicts allow=3", "requests_identified session=1",
		    "requests_identified account=2");
	story_end(&s);
}

/* Made with the key by other means than the gateway's own. */
static void make_older(const char *cookie, const char *key, int64_t days, char *older, size_t size)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	uint64_t issued_ms = (uint64_t)((time(NULL) - days * 86400) * 1000);
	char mac[MAC_TEXT_BYTES];
	char *dot;

	snprintf(older, size, "%s", cookie);
	*strrchr(older, '.') = '\0';
	dot = strrchr(older, '.') + 1;
	ck_assert_uint_eq(strlen(dot), 8);
	for (int i = 0; i < 8; i++)
		dot[i] = letters[issued_ms >> (42 - 6 * i) & 63];
	mac_base64_url(key, strlen(key), older, strlen(older), mac);
	snprintf(older + strlen(older), size - strlen(older), ".%s", mac);
}

static void one_older_than_30_days_is_renewed_and_a_younger_one_is_not(void)
{
	static const char key[] = "a-key-for-devices-of-this-test";
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);
	char cookie[256];

	write_key_file(&s, key);
	daemon_rewrite(
		s.daemon,
		"devices: { key_file: \"{dir}/device.key\" }\n"
		"identity:\n  session_cookies: [PHPSESSID]\n  account:\n    - login_form: { path: /login.php, field: user, password: pass, success: { status: 302 } }\n" LEGACY_REDIRECTS);
	story_kill_and_restart(&s);
	story_arrive(a, "alice");
	make_older(visitor_cookie(a, "latch"), key, 29, cookie, sizeof(cookie));
	visitor_set_cookie(a, "latch", cookie);
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	expect_no_cookie(a);
	make_older(visitor_cookie(a, "latch"), key, 31, cookie, sizeof(cookie));
	visitor_set_cookie(a, "latch", cookie);
	visitor_hang_up(a);
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	ck_assert_ptr_nonnull(visitor_set_cookie_line(a, "latch"));
	ck_assert_str_ne(visitor_cookie(a, "latch"), cookie);
	story_expect_devices(&s, "alice", 1, 1);
	STORY_MOVED(&s, "requests=4", "logins=1", "responses 2xx=3", "responses 3xx=1",
		    "verdicts allow=4", "requests_identified nothing=1",
		    "requests_identified account=3");
	story_end(&s);
}

static void keys_can_be_rotated_and_the_older_one_is_believed_as_long_as_it_is_there(void)
{
	static const char settings[] =
		"devices: { key_file: \"{dir}/device.key\" }\nidentity:\n  session_cookies: [PHPSESSID]\n  account:\n"
		"    - login_form: { path: /login.php, field: user, password: pass, success: { status: 302 } }\n" LEGACY_REDIRECTS;
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);

	write_key_file(&s, "the-older-key-of-this-test\n");
	daemon_rewrite(s.daemon, settings);
	story_kill_and_restart(&s);
	story_arrive(a, "alice");
	write_key_file(&s, "the-newer-key-of-this-test\nthe-older-key-of-this-test\n");
	story_kill_and_restart(&s);
	visitor_forget_cookie(a, "PHPSESSID");
	story_arrive(a, "alice");
	story_expect_devices(&s, "alice", 1, 1);
	story_arrive(b, "bob");
	write_key_file(&s, "the-newer-key-of-this-test\n");
	story_kill_and_restart(&s);
	ck_assert_int_eq(visitor_navigate(b, "/"), 200);
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	STORY_MOVED(&s, "requests=2", "device_cookies_forged=1", "responses 2xx=2",
		    "verdicts allow=2", "requests_identified account=2");
	story_end(&s);
}

static void without_its_cookie_a_device_gets_it_again_on_navigations_once_a_minute(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);

	ck_assert_int_eq(story_log_in(a, "alice"), 302);
	visitor_forget_cookie(a, "latch");
	ck_assert_int_eq(visitor_fetch(a, "/members/api"), 200);
	expect_no_cookie(a);
	ck_assert_int_eq(visitor_navigate(a, "/members/1"), 200);
	ck_assert_ptr_nonnull(visitor_set_cookie_line(a, "latch"));
	visitor_forget_cookie(a, "latch");
	ck_assert_int_eq(visitor_navigate(a, "/members/2"), 200);
	expect_no_cookie(a);
	story_expect_devices(&s, "alice", 1, 1);
	STORY_MOVED(&s, "requests=4", "logins=1", "responses 2xx=3", "responses 3xx=1",
		    "verdicts allow=4", "requests_identified nothing=1",
		    "requests_identified account=3");
	story_end(&s);
}

/* New devices, and copies */

static void a_new_device_counts_only_after_it_has_come_back_once(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);

	ck_assert_int_eq(story_log_in(a, "alice"), 302);
	story_expect_devices(&s, "alice", 0, 0);
	STORY_TOLD(&s, "device.attached=0");
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 200);
	story_expect_devices(&s, "alice", 1, 1);
	STORY_TOLD(&s, "device.attached=1");
	STORY_MOVED(&s, "requests=2", "logins=1", "responses 2xx=1", "responses 3xx=1",
		    "verdicts allow=2", "requests_identified nothing=1",
		    "requests_identified account=1");
	story_end(&s);
}

static void one_that_strips_cookies_is_one_device_by_its_session(void)
{
	struct story s = story_begin("limits: { devices: 1 }\n");
	struct visitor *a = story_visitor(&s);

	ck_assert_int_eq(story_log_in(a, "alice"), 302);
	for (int i = 0; i < 5; i++) {
		visitor_forget_cookie(a, "latch");
		visitor_hang_up(a);
		ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 200);
	}
	story_expect_devices(&s, "alice", 1, 1);
	STORY_MOVED(&s, "requests=6", "logins=1", "responses 2xx=5", "responses 3xx=1",
		    "verdicts allow=6", "requests_identified nothing=1",
		    "requests_identified account=5");
	story_end(&s);
}

static void a_session_copied_to_another_browser_without_the_cookie_is_a_second_device(void)
{
	struct story s = story_begin("limits: { devices: 1 }\n");
	struct visitor *a = story_visitor(&s), *thief = story_visitor(&s);

	story_arrive(a, "alice");
	visitor_set_agent(thief, CHROME);
	visitor_set_cookie(thief, "PHPSESSID", visitor_cookie(a, "PHPSESSID"));
	ck_assert_int_eq(visitor_navigate(thief, "/members/1"), 200);
	ck_assert_ptr_nonnull(visitor_cookie(thief, "latch"));
	ck_assert_int_eq(visitor_navigate(thief, "/members/2"), 303);
	ck_assert_int_eq(visitor_navigate(a, "/members/3"), 200);
	story_expect_devices(&s, "alice", 2, 1);
	STORY_TOLD(&s, "device.attached=2", "on_limit_exceeded=1", "challenge.initiated=1",
		   "on_challenge=1");
	STORY_MOVED(&s, "requests=5", "logins=1", "responses 2xx=3", "responses 3xx=2",
		    "verdicts allow=4", "verdicts challenge=1", "requests_identified nothing=1",
		    "requests_identified account=4", "webhook_questions none=1");
	story_end(&s);
}

static void a_bound_session_that_arrives_with_another_devices_cookie_was_copied(void)
{
	struct story s = story_begin("limits: { devices: 1 }\n");
	struct visitor *a = story_visitor(&s), *thief = story_visitor(&s);

	story_arrive(a, "alice");
	story_arrive(thief, "bob");
	visitor_set_cookie(thief, "PHPSESSID", visitor_cookie(a, "PHPSESSID"));
	ck_assert_int_eq(visitor_navigate(thief, "/members/1"), 303);
	ck_assert_int_eq(visitor_navigate(a, "/members/2"), 200);
	story_expect_devices(&s, "alice", 2, 1);
	STORY_MOVED(&s, "requests=6", "logins=2", "responses 2xx=3", "responses 3xx=3",
		    "verdicts allow=5", "verdicts challenge=1", "requests_identified nothing=2",
		    "requests_identified account=4", "webhook_questions none=1");
	story_end(&s);
}

static void one_device_may_be_attached_to_several_accounts(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);
	char *alices, *bobs;

	story_arrive(a, "alice");
	visitor_forget_cookie(a, "PHPSESSID");
	story_arrive(a, "bob");
	alices = story_device(&s, "alice", 0);
	bobs = story_device(&s, "bob", 0);
	ck_assert_str_eq(alices, bobs);
	free(alices);
	free(bobs);
	STORY_MOVED(&s, "requests=4", "logins=2", "responses 2xx=2", "responses 3xx=2",
		    "verdicts allow=4", "requests_identified nothing=2",
		    "requests_identified account=2");
	story_end(&s);
}

static void of_a_source_without_sessions_requests_without_a_cookie_are_one_device(void)
{
	struct story s = story_begin_as(by_proxy, PROXY "limits: { devices: 1 }\n");
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);

	visitor_set_fields(a, "X-User: alice\r\n");
	visitor_set_fields(b, "X-User: alice\r\n");
	visitor_set_agent(b, CHROME);
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	story_expect_devices(&s, "alice", 0, 0);
	for (int i = 0; i < 3; i++) {
		visitor_forget_cookie(a, "latch");
		visitor_hang_up(a);
		ck_assert_int_eq(visitor_navigate(a, "/"), 200);
		story_expect_devices(&s, "alice", 1, 1);
	}
	ck_assert_int_eq(visitor_navigate(b, "/"), 200);
	visitor_forget_cookie(b, "latch");
	ck_assert_int_eq(visitor_navigate(b, "/"), 303);
	story_expect_devices(&s, "alice", 2, 1);
	STORY_MOVED(&s, "requests=6", "responses 2xx=5", "responses 3xx=1", "verdicts allow=5",
		    "verdicts challenge=1", "requests_identified account=6",
		    "webhook_questions none=1");
	story_end(&s);
}

/* What it is called */

static void type_and_label_come_from_client_hints_and_then_from_the_user_agent(void)
{
	static const struct {
		const char *agent, *hints, *type, *label;
	} kinds[] = {
		{ CHROME, "", "desktop", "Chrome on Windows" },
		{ "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
		  "Version/17.5 Mobile/15E148 Safari/604.1",
		  "", "mobile", "Safari on iOS" },
		{ "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
		  "Version/16.6 Mobile/15E148 Safari/604.1",
		  "", "tablet", "Safari on iOS" },
		{ CHROME,
		  "Sec-CH-UA: \"Microsoft Edge\";v=\"126\"\r\nSec-CH-UA-Mobile: ?1\r\nSec-CH-UA-Platform: \"Android\"\r\n",
		  "mobile", "Edge on Android" },
		{ "a-program/1.0", "", "other", "Unknown device" },
	};
	struct story s = story_begin("limits: { devices: 0 }\n");

	for (unsigned i = 0; i < 5; i++) {
		struct visitor *v = story_visitor(&s);
		char *type, *label;

		visitor_set_agent(v, kinds[i].agent);
		visitor_set_fields(v, kinds[i].hints);
		story_arrive(v, "alice");
		type = story_device_member(&s, "alice", i, "type");
		label = story_device_member(&s, "alice", i, "label");
		ck_assert_str_eq(type, kinds[i].type);
		ck_assert_str_eq(label, kinds[i].label);
		free(type);
		free(label);
	}
	STORY_MOVED(&s, "requests=10", "logins=5", "responses 2xx=5", "responses 3xx=5",
		    "verdicts allow=10", "requests_identified nothing=5",
		    "requests_identified account=5");
	story_end(&s);
}

static void addresses_are_kept_as_prefixes_of_the_clients_own(void)
{
	static const struct {
		const char *fields, *network;
	} clients[] = { { "X-Forwarded-For: 192.0.2.99, 203.0.113.77\r\n", "203.0.113.0/24" },
			{ "X-Forwarded-For: 2001:db8:1:2:3::4, 127.0.0.9\r\n",
			  "2001:db8:1::/48" } };
	struct story s = story_begin(PROXY);

	for (unsigned i = 0; i < 2; i++) {
		struct visitor *v = story_visitor(&s);
		char *network;

		visitor_set_fields(v, clients[i].fields);
		story_arrive(v, "alice");
		network = story_device_member(&s, "alice", i, "network");
		ck_assert_str_eq(network, clients[i].network);
		free(network);
	}
	STORY_MOVED(&s, "requests=4", "logins=2", "responses 2xx=2", "responses 3xx=2",
		    "verdicts allow=4", "requests_identified nothing=2",
		    "requests_identified account=2");
	story_end(&s);
}

SUITE_MAIN("devices", the_device_cookie_is_signed_http_only_lax_and_lives_400_days,
	   on_https_it_is_called_host_latch_and_secure,
	   an_untrusted_peer_cannot_say_that_it_is_https,
	   on_https_a_valid_latch_is_accepted_and_replaced,
	   a_forged_or_foreign_cookie_counts_as_absent_and_is_counted,
	   it_is_stripped_from_what_the_origin_sees_and_the_other_cookies_stay,
	   a_response_that_gets_it_is_private_and_says_nothing_to_shared_caches,
	   a_304_or_partial_answer_never_gets_it,
	   one_older_than_30_days_is_renewed_and_a_younger_one_is_not,
	   keys_can_be_rotated_and_the_older_one_is_believed_as_long_as_it_is_there,
	   without_its_cookie_a_device_gets_it_again_on_navigations_once_a_minute,
	   a_new_device_counts_only_after_it_has_come_back_once,
	   one_that_strips_cookies_is_one_device_by_its_session,
	   a_session_copied_to_another_browser_without_the_cookie_is_a_second_device,
	   a_bound_session_that_arrives_with_another_devices_cookie_was_copied,
	   one_device_may_be_attached_to_several_accounts,
	   of_a_source_without_sessions_requests_without_a_cookie_are_one_device,
	   type_and_label_come_from_client_hints_and_then_from_the_user_agent,
	   addresses_are_kept_as_prefixes_of_the_clients_own)
