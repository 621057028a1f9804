/* Running it: the command line, checking settings, reloading, draining, health, staying within bounds. */
#include "story.h"
#include "suite.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define ONE_DEVICE "limits: { devices: 1 }\n"

enum { USUAL_DRAIN_MS = 30 * 1000 };

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The command line */

static const char minimal[] =
	"listen: [\"127.0.0.1:0\"]\norigin: { url: \"http://127.0.0.1:9\" }\n"
	"identity: { session_cookies: [SID], account: [ { response_header: X-Account } ] }\n"
	"redirect_urls: { new_account_url: /signup, logout_url: /bye }\n";

/* latchd with these arguments and settings; what it wrote. */
static char *run(const char *arguments, const char *settings, int status)
{
	struct daemon_options options = { .yaml = settings, .bare = true };
	struct daemon *d = daemon_prepare(&options);
	char *output;
	int ended = daemon_run(d, arguments, &output);

	ck_assert_msg(ended == status, "%s ended with %d:\n%s", arguments, ended, output);
	daemon_stop(&d);
	return output;
}

static void expect_said(const char *arguments, const char *settings, int status, const char *words)
{
	char *output = run(arguments, settings, status);

	ck_assert_msg(strstr(output, words), "%s is not in:\n%s", words, output);
	free(output);
}

static void t_accepts_the_least_there_can_be_and_opens_no_port(void)
{
	expect_said("-t", minimal, 0, "is fine");
	expect_said("--test", minimal, 0, "is fine");
}

static void each_of_the_five_required_keys_is_missed(void)
{
	static const char *const words[] = { "listen: required", "origin.url: required",
					     "identity.account: required",
					     "redirect_urls.new_account_url: required",
					     "redirect_urls.logout_url: required" };

	for (size_t i = 0; i < 5; i++)
		expect_said("-t", "client_id: x\n", 1, words[i]);
}

static void every_error_is_said_with_its_place_and_the_nearest_key(void)
{
	char settings[1024], *output;
	static const char *const lines[] = {
		"latchd.yaml:5:1: lisen: unknown key; did you mean listen?",
		"latchd.yaml:6:10: workers: \"many\" is not a number",
		"latchd.yaml:7:20: limits.devices: \"-1\" is not a number",
		"latchd.yaml:8:1: limits: duplicate key, first set in line 7",
		"latchd.yaml:9:9: warmup: ",
	};

	snprintf(settings, sizeof(settings),
		 "%slisen: x\nworkers: many\nlimits: { devices: -1 }\nlimits: {}\nwarmup: soon\n",
		 minimal);
	output = run("-t", settings, 1);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		ck_assert_msg(strstr(output, lines[i]), "%s is not in:\n%s", lines[i], output);
	free(output);
	output = run("", settings, 1);
	ck_assert_msg(strstr(output, lines[0]), "it starts with: %s", output);
	free(output);
}

static void contradictions_are_errors_and_doubts_are_warnings(void)
{
	char settings[1024];

	snprintf(settings, sizeof(settings), "%sevents: { url: \"http://127.0.0.1:9/\" }\n",
		 minimal);
	expect_said("-t", settings, 1,
		    "events are signed: secret, secret_file or secrets is missing");
	snprintf(settings, sizeof(settings), "%sexempt: { paths: [\"/a%%2fb\"] }\n", minimal);
	expect_said("-t", settings, 0,
		    "warning: exempt.paths[0]: this address could mean two things");
}

static void a_key_file_that_the_world_can_read_is_a_warning(void)
{
	struct daemon_options options = { .bare = true };
	struct daemon *d;
	char settings[1024], command[128], *output;

	snprintf(settings, sizeof(settings),
		 "%sadmin: { listen: \"127.0.0.1:0\", token_file: \"{dir}/admin.token\" }\n",
		 minimal);
	options.yaml = settings;
	d = daemon_prepare(&options);
	ck_assert_int_eq(daemon_run(d, "-t", &output), 0);
	ck_assert_ptr_null(strstr(output, "warning"));
	free(output);
	snprintf(command, sizeof(command), "chmod 644 %s/admin.token", daemon_dir(d));
	ck_assert_int_eq(system(command), 0);
	ck_assert_int_eq(daemon_run(d, "-t", &output), 0);
	ck_assert_msg(strstr(output, "warning: admin.token_file: "), "%s", output);
	free(output);
	daemon_stop(&d);
}

static void big_t_prints_the_settings_in_force_with_secrets_masked(void)
{
	char settings[1024], *output;

	snprintf(
		settings, sizeof(settings),
		"%sevents: { url: \"http://127.0.0.1:9/\", secret: whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz }\n"
		"admin: { listen: \"127.0.0.1:0\", token: a-token-for-the-admin-listener }\n",
		minimal);
	output = run("-T", settings, 0);
	ck_assert_msg(strstr(output, "strategy: challenge"), "%s", output);
	ck_assert_msg(strstr(output, "********"), "%s", output);
	ck_assert_msg(!strstr(output, "MDEyMzQ1") && !strstr(output, "a-token-for"), "%s", output);
	free(output);
}

static void variables_are_taken_from_the_environment(void)
{
	char settings[1024];

	snprintf(settings, sizeof(settings), "%sclient_id: \"shop-${LATCHD_TEST_NAME}\"\n",
		 minimal);
	setenv("LATCHD_TEST_NAME", "north", 1);
	expect_said("-T", settings, 0, "client_id: shop-north\n");
	unsetenv("LATCHD_TEST_NAME");
	expect_said(
		"-t", settings, 1,
		"latchd.yaml:5:12: client_id: the environment has no variable LATCHD_TEST_NAME");
}

static void version_help_and_the_description_go_to_standard_output(void)
{
	struct daemon_options options = { .yaml = "", .bare = true };
	struct daemon *d = daemon_prepare(&options);
	static const struct {
		const char *arguments, *words;
	} runs[] = { { "-V 2>/dev/null", "latchd " },
		     { "--version 2>/dev/null", "latchd " },
		     { "-h 2>/dev/null", "Usage: latchd" },
		     { "--help 2>/dev/null", "Usage: latchd" },
		     { "--describe-config 2>/dev/null", "detach_after" } };
	char *output;

	for (size_t i = 0; i < sizeof(runs) / sizeof(*runs); i++) {
		ck_assert_int_eq(daemon_run(d, runs[i].arguments, &output), 0);
		ck_assert_msg(strstr(output, runs[i].words), "%s", output);
		free(output);
	}
	ck_assert_int_eq(daemon_run(d, "--nonsense", &output), 2);
	ck_assert_msg(strstr(output, "--help"), "%s", output);
	free(output);
	daemon_stop(&d);
}

static void what_describe_config_prints_is_itself_a_file_of_settings(void)
{
	char *output = run("--describe-config", "", 0);

	expect_said("-t", output, 0, "is fine");
	free(output);
}

static void an_address_in_use_is_an_error_that_says_so(void)
{
	uint16_t port = 0;
	int fd = wirework_listen(&port);
	char settings[1024];

	snprintf(
		settings, sizeof(settings),
		"listen: [\"127.0.0.1:%u\"]\norigin: { url: \"http://127.0.0.1:9\" }\n"
		"identity: { session_cookies: [SID], account: [ { response_header: X-Account } ] }\n"
		"redirect_urls: { new_account_url: /signup, logout_url: /bye }\nstate: { path: \"{dir}/state\" }\n",
		port);
	expect_said("", settings, 1, "cannot listen on 127.0.0.1");
	close(fd);
}

static void healthcheck_says_whether_one_is_running(void)
{
	struct daemon_options options = { .bare = true };
	struct daemon *d;
	uint16_t port = wirework_port();
	char settings[1024];

	snprintf(
		settings, sizeof(settings),
		"%sstate: { path: \"{dir}/state\" }\nadmin: { listen: \"127.0.0.1:%u\", token_file: \"{dir}/admin.token\" }\n",
		minimal, port);
	options.yaml = settings;
	d = daemon_start(&options);
	ck_assert_int_eq(daemon_run(d, "--healthcheck", NULL), 0);
	daemon_kill(d);
	ck_assert_int_eq(daemon_run(d, "--healthcheck", NULL), 1);
	daemon_stop(&d);
}

/* A socket on which somebody listens and nobody answers. */
static int listen_and_be_silent(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	return fd;
}

static void a_healthcheck_of_one_that_hangs_behind_a_socket_file_never_ended(void)
{
	struct daemon_options options = { .bare = true };
	char settings[1024], path[64];
	struct daemon *d;
	int fd;

	snprintf(path, sizeof(path), "/tmp/latchd-silent-%d", (int)getpid());
	snprintf(settings, sizeof(settings), "%sadmin: { listen: \"unix:%s\" }\n", minimal, path);
	options.yaml = settings;
	fd = listen_and_be_silent(path);
	d = daemon_prepare(&options);
	ck_assert_int_eq(daemon_run(d, "--healthcheck", NULL), 1);
	daemon_stop(&d);
	close(fd);
	unlink(path);
}

/* Reloading */

static void reload(struct story *s, const char *yaml)
{
	char *all;

	ck_assert_int_ge(asprintf(&all, "%s%s", legacy_settings, yaml), 0);
	daemon_reload(s->daemon, all);
	free(all);
}

static void a_reload_puts_new_settings_in_force_and_cuts_no_connection(void)
{
	struct story s = story_begin(ONE_DEVICE);
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);

	story_arrive(a, "alice");
	ck_assert_int_eq(story_log_in(b, "alice"), 302);
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 303);
	reload(&s, "limits: { devices: 2 }\n");
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 200);
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 200);
	reload(&s, ONE_DEVICE);
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 303);
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 200);
	STORY_MOVED(&s, "requests=8", "logins=2", "responses 2xx=4", "responses 3xx=4",
		    "verdicts allow=6", "verdicts challenge=2", "requests_identified nothing=2",
		    "requests_identified account=6", "webhook_questions none=2");
	story_end(&s);
}

static void a_request_under_way_keeps_the_settings_that_it_began_with(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);

	legacy_hold(s.legacy);
	visitor_send(a, "POST", "/login.php",
		     "Content-Type: application/x-www-form-urlencoded\r\nPlease-Wait: 1\r\n",
		     "user=alice&pass=secret");
	origin_wait(s.origin, "/login.php", 1);
	daemon_reload(
		s.daemon,
		"identity:\n  session_cookies: [OTHER]\n  account:\n    - response_header: X-Account\n" LEGACY_REDIRECTS);
	legacy_release(s.legacy);
	ck_assert_int_eq(visitor_receive(a), 302);
	ck_assert_int_eq(daemon_admin(s.daemon, "GET", "/v1/accounts/alice", NULL, NULL), 200);
	ck_assert_int_eq(visitor_navigate(a, "/members/tea"), 200);
	STORY_MOVED(&s, "requests=2", "logins=1", "responses 2xx=1", "responses 3xx=1",
		    "verdicts allow=2", "requests_identified nothing=2");
	story_end(&s);
}

static void a_broken_file_keeps_the_old_settings_says_why_and_shows_in_a_metric(void)
{
	struct story s = story_begin(ONE_DEVICE);
	struct visitor *a = story_visitor(&s), *b = story_visitor(&s);

	story_arrive(a, "alice");
	reload(&s, "limits: { devices: 2 }\nlimit: 3\n");
	ck_assert_int_eq(story_log_in(b, "alice"), 302);
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 303);
	ck_assert_int_eq(daemon_admin(s.daemon, "GET", "/readyz", NULL, NULL), 200);
	daemon_await_log(s.daemon, "limit: unknown key; did you mean limits?");
	daemon_await_log(s.daemon, "the settings in force stay");
	STORY_MOVED(&s, "settings_reload_failed=1", "requests=4", "logins=2", "responses 2xx=1",
		    "responses 3xx=3", "verdicts allow=3", "verdicts challenge=1",
		    "requests_identified nothing=2", "requests_identified account=2",
		    "webhook_questions none=1");
	reload(&s, "limits: { devices: 2 }\n");
	ck_assert_int_eq(visitor_navigate(b, "/members/tea"), 200);
	STORY_MOVED(&s, "settings_reload_failed=-1", "requests=1", "responses 2xx=1",
		    "verdicts allow=1", "requests_identified account=1");
	story_end(&s);
}

static void what_only_a_restart_changes_is_said(void)
{
	struct story s = story_begin("");

	daemon_edit(s.daemon, "s/^workers: 2/workers: 3/");
	daemon_signal(s.daemon, SIGHUP);
	daemon_await(s.daemon, "READY=1");
	daemon_await_log(s.daemon, "only a restart puts it in force: workers");
	STORY_MOVED(&s, "requests=0");
	story_end(&s);
}

static void a_reload_left_the_log_as_quiet_as_it_was(void)
{
	struct daemon_options options = { .bare = true };
	char settings[1024];
	struct daemon *d;

	snprintf(settings, sizeof(settings),
		 "%sstate: { path: \"{dir}/state\" }\nlog: { level: error }\n", minimal);
	options.yaml = settings;
	d = daemon_start(&options);
	daemon_edit(d, "s/level: error/level: info, format: json/");
	daemon_signal(d, SIGHUP);
	daemon_await(d, "READY=1");
	daemon_await_log(d, "\"level\":\"info\",\"room\":\"config\"");
	daemon_stop(&d);
}

static void sigusr1_reopens_the_log_file(void)
{
	struct daemon_options options = { .bare = true };
	struct daemon *d;
	char settings[1024], path[128], moved[136];

	snprintf(settings, sizeof(settings),
		 "%sstate: { path: \"{dir}/state\" }\nlog: { file: \"{dir}/latchd.log\" }\n",
		 minimal);
	options.yaml = settings;
	d = daemon_start(&options);
	snprintf(path, sizeof(path), "%s/latchd.log", daemon_dir(d));
	snprintf(moved, sizeof(moved), "%s.1", path);
	ck_assert_int_eq(rename(path, moved), 0);
	daemon_signal(d, SIGUSR1);
	for (int waited_ms = 0; access(path, R_OK) != 0; waited_ms += 10) {
		ck_assert_int_lt(waited_ms, WIREWORK_PATIENCE_MS);
		poll(NULL, 0, 10);
	}
	daemon_stop(&d);
}

/* Draining */

static void expect_no_listener(struct story *s)
{
	int fd;

	for (int waited_ms = 0; (fd = wirework_try_connect(daemon_port(s->daemon))) >= 0;
	     waited_ms += 10) {
		close(fd);
		ck_assert_int_lt(waited_ms, WIREWORK_PATIENCE_MS);
		poll(NULL, 0, 10);
	}
}

static void sigterm_finishes_what_is_under_way_and_takes_nothing_new(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s), *idle = story_visitor(&s);
	char *body;

	story_arrive(a, "alice");
	ck_assert_int_eq(visitor_navigate(idle, "/"), 200);
	legacy_hold(s.legacy);
	visitor_send(a, "GET", "/members/slow", "Please-Wait: 1\r\n", NULL);
	origin_wait(s.origin, "/members/slow", 1);
	STORY_MOVED(&s, "requests=4", "logins=1", "responses 2xx=2", "responses 3xx=1",
		    "verdicts allow=4", "requests_identified nothing=2",
		    "requests_identified account=2");
	daemon_signal(s.daemon, SIGTERM);
	daemon_await(s.daemon, "STOPPING=1");
	expect_no_listener(&s);
	ck_assert_int_eq(daemon_admin(s.daemon, "GET", "/readyz", NULL, &body), 503);
	ck_assert_msg(strstr(body, "draining"), "%s", body);
	free(body);
	ck_assert_int_eq(daemon_admin(s.daemon, "GET", "/healthz", NULL, NULL), 200);
	legacy_release(s.legacy);
	ck_assert_int_eq(visitor_receive(a), 200);
	ck_assert_str_eq(visitor_field(a, "Connection"), "close");
	ck_assert(visitor_shows(a, "hello alice"));
	ck_assert_int_eq(daemon_wait(s.daemon), 0);
	story_end(&s);
}

static void draining_never_takes_longer_than_http_drain(void)
{
	struct story s = story_begin("http: { drain: 300ms }\n");
	struct visitor *a = story_visitor(&s);
	int64_t began_ms;

	visitor_bear_with_it(a);
	legacy_hold(s.legacy);
	visitor_send(a, "GET", "/slow", "Please-Wait: 1\r\n", NULL);
	origin_wait(s.origin, "/slow", 1);
	STORY_MOVED(&s, "requests=1", "verdicts allow=1", "requests_identified nothing=1");
	began_ms = now_ms();
	daemon_signal(s.daemon, SIGTERM);
	ck_assert_int_eq(daemon_wait(s.daemon), 0);
	ck_assert_int_ge(now_ms() - began_ms, 250);
	ck_assert_int_lt(now_ms() - began_ms, USUAL_DRAIN_MS);
	ck_assert_int_eq(visitor_receive(a), 0);
	legacy_release(s.legacy);
	story_end(&s);
}

static void a_second_sigterm_ends_it_at_once(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);
	int64_t began_ms;

	visitor_bear_with_it(a);
	legacy_hold(s.legacy);
	visitor_send(a, "GET", "/slow", "Please-Wait: 1\r\n", NULL);
	origin_wait(s.origin, "/slow", 1);
	STORY_MOVED(&s, "requests=1", "verdicts allow=1", "requests_identified nothing=1");
	began_ms = now_ms();
	daemon_signal(s.daemon, SIGTERM);
	daemon_await(s.daemon, "STOPPING=1");
	daemon_signal(s.daemon, SIGTERM);
	ck_assert_int_eq(daemon_wait(s.daemon), 0);
	ck_assert_int_lt(now_ms() - began_ms, USUAL_DRAIN_MS);
	legacy_release(s.legacy);
	story_end(&s);
}

/* Bounds */

static long resident_kib(struct story *s)
{
	char path[64];
	long size, resident = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/statm", daemon_pid(s->daemon));
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%ld %ld", &size, &resident), 2);
	fclose(file);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

static void make_up_cookies(struct visitor *v, unsigned i)
{
	char value[128];

	snprintf(value, sizeof(value), "a-session-that-is-made-up-%u", i);
	visitor_set_cookie(v, "PHPSESSID", value);
	snprintf(value, sizeof(value), "v1.AAAA.AAAAAAAAAAAAAAAAAAAA%02u.AAAAAAAA.%043u", i % 100,
		 i);
	visitor_set_cookie(v, "latch", value);
}

/* In batches, pipelined. */
static void pester(struct visitor *v, unsigned from, unsigned n)
{
	enum { BATCH = 50 };

	for (unsigned i = from; i < from + n; i += BATCH) {
		for (unsigned k = 0; k < BATCH; k++) {
			make_up_cookies(v, i + k);
			visitor_send(v, "GET", "/", "", NULL);
		}
		for (unsigned k = 0; k < BATCH; k++)
			ck_assert_int_eq(visitor_receive(v), 200);
	}
}

/* Until the worker's cache of verdicts, which has its fixed room, is full. */
static void made_up_sessions_and_devices_cost_no_memory(void)
{
	enum { WARM = 60000, MANY = 20000 };
	struct story s;
	struct visitor *v;
	long before;

	if (suite_is_light())
		return;
	s = story_begin("");
	v = story_visitor(&s);
	pester(v, 0, WARM);
	before = resident_kib(&s);
	pester(v, WARM, MANY);
	ck_assert_int_lt(resident_kib(&s) - before, 1024);
	STORY_MOVED(&s, "requests=80000", "responses 2xx=80000", "verdicts allow=80000",
		    "device_cookies_forged=80000", "requests_identified session=80000",
		    "registry_accounts=0", "registry_sessions=0");
	story_end(&s);
}

static void an_account_never_has_more_than_256_sessions(void)
{
	struct story s = story_begin("");
	struct visitor *a = story_visitor(&s);
	char please[128];

	story_arrive(a, "alice");
	for (unsigned i = 0; i < 400; i++) {
		snprintf(please, sizeof(please),
			 "Please-Field: Set-Cookie: PHPSESSID=a-rotated-session-%u; Path=/\r\n", i);
		ck_assert_int_eq(story_please(a, "/", please), 200);
	}
	ck_assert(daemon_metric(s.daemon, "registry_sessions") <= 256);
	ck_assert_int_eq(visitor_navigate(a, "/"), 200);
	story_expect_devices(&s, "alice", 1, 1);
	STORY_MOVED(&s, "requests=403", "logins=1", "responses 2xx=402", "responses 3xx=1",
		    "verdicts allow=403", "requests_identified nothing=1",
		    "requests_identified account=402");
	story_end(&s);
}

SUITE_MAIN("operations", t_accepts_the_least_there_can_be_and_opens_no_port,
	   each_of_the_five_required_keys_is_missed,
	   every_error_is_said_with_its_place_and_the_nearest_key,
	   contradictions_are_errors_and_doubts_are_warnings,
	   a_key_file_that_the_world_can_read_is_a_warning,
	   big_t_prints_the_settings_in_force_with_secrets_masked,
	   variables_are_taken_from_the_environment,
	   version_help_and_the_description_go_to_standard_output,
	   what_describe_config_prints_is_itself_a_file_of_settings,
	   an_address_in_use_is_an_error_that_says_so, healthcheck_says_whether_one_is_running,
	   a_healthcheck_of_one_that_hangs_behind_a_socket_file_never_ended,
	   a_reload_puts_new_settings_in_force_and_cuts_no_connection,
	   a_request_under_way_keeps_the_settings_that_it_began_with,
	   a_broken_file_keeps_the_old_settings_says_why_and_shows_in_a_metric,
	   what_only_a_restart_changes_is_said, a_reload_left_the_log_as_quiet_as_it_was,
	   sigusr1_reopens_the_log_file, sigterm_finishes_what_is_under_way_and_takes_nothing_new,
	   draining_never_takes_longer_than_http_drain, a_second_sigterm_ends_it_at_once,
	   made_up_sessions_and_devices_cost_no_memory, an_account_never_has_more_than_256_sessions)
