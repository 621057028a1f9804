#include "words.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

static void the_least_that_is_needed_gives_all_defaults(void)
{
	struct settings *s = accepted(MINIMAL);

	ck_assert_str_eq(s->client_id, "latchd");
	ck_assert_ptr_null(s->public_url);
	ck_assert_ptr_null(s->public_authority);
	ck_assert_int_eq(s->origin.connect_timeout_ms, 5000);
	ck_assert_int_eq(s->origin.response_timeout_ms, 60000);
	ck_assert_uint_eq(s->origin.keepalive, 64);
	ck_assert_uint_eq(s->trusted_proxies.n, 0);
	ck_assert_int_eq(s->http.head_timeout_ms, 10000);
	ck_assert_int_eq(s->http.body_timeout_ms, 30000);
	ck_assert_uint_eq(s->http.body_min_rate, 500);
	ck_assert_int_eq(s->http.idle_timeout_ms, 75000);
	ck_assert_int_eq(s->http.tunnel_idle_ms, 3600000);
	ck_assert_uint_eq(s->http.max_head_bytes, 65536);
	ck_assert_uint_eq(s->http.max_headers, 100);
	ck_assert_uint_eq(s->http.max_target_bytes, 16384);
	ck_assert_uint_eq(s->http.max_body_bytes, 0);
	ck_assert_uint_eq(s->http.max_connections, 0);
	ck_assert_int_eq(s->http.drain_ms, 30000);
	settings_unref(&s);
}

static void the_engine_has_defaults_too(void)
{
	struct settings *s = accepted(MINIMAL);

	ck_assert_int_eq(s->detach_after_ms, INT64_C(7) * 86400000);
	ck_assert_ptr_null(s->device_key_file);
	ck_assert_uint_eq(s->limits.devices, 3);
	ck_assert_uint_eq(s->limits.mobile | s->limits.tablet | s->limits.desktop, 0);
	ck_assert_int_eq(s->strategy, STRATEGY_CHALLENGE);
	ck_assert_int_eq(s->trials, TRIAL_CHALLENGE);
	ck_assert(!s->verify_always);
	ck_assert_ptr_null(s->branding.name);
	ck_assert_ptr_null(s->events.url);
	ck_assert_uint_eq(s->events.n_secrets, 0);
	ck_assert_int_eq(s->events.timeout_ms, 500);
	ck_assert_uint_eq(s->events.max_backlog_bytes, UINT64_C(1) << 30);
	ck_assert_uint_eq(s->events.max_dead_letters, 100000);
	ck_assert_str_eq(s->state_path, "/var/lib/latchd");
	ck_assert_int_eq(s->warmup_ms, 900000);
	ck_assert_ptr_null(s->admin_listen.host);
	ck_assert_ptr_null(s->admin_listen.unix_path);
	ck_assert_ptr_null(s->admin_token.at);
	ck_assert_int_eq(s->log.level, LOG_INFO);
	ck_assert_int_eq(s->log.format, LOG_TEXT);
	ck_assert_str_eq(s->log.path, "-");
	ck_assert(s->log_access);
	settings_unref(&s);
}

static void workers_are_as_many_as_cores_that_may_be_used(void)
{
	cpu_set_t before, one;
	struct settings *s;
	int first = 0;

	ck_assert_int_eq(sched_getaffinity(0, sizeof(before), &before), 0);
	while (!CPU_ISSET(first, &before))
		first++;
	CPU_ZERO(&one);
	CPU_SET(first, &one);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(one), &one), 0);
	s = accepted(MINIMAL);
	ck_assert_uint_eq(s->workers, 1);
	settings_unref(&s);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(before), &before), 0);
}

static void every_load_is_an_epoch_of_its_own(void)
{
	struct settings *a = accepted(MINIMAL), *b = accepted(MINIMAL);

	ck_assert_uint_ne(a->epoch, b->epoch);
	settings_unref(&a);
	settings_unref(&b);
}

static void the_last_reference_frees(void)
{
	struct settings *s = accepted(MINIMAL), *other = settings_ref(s);

	settings_unref(&s);
	ck_assert_ptr_null(s);
	ck_assert_str_eq(other->client_id, "latchd");
	settings_unref(&other);
	settings_unref(&other);
}

static void *ref_and_unref(void *arg)
{
	for (int i = 0; i < 10000; i++) {
		struct settings *s = settings_ref(arg);

		settings_unref(&s);
	}
	return NULL;
}

static void threads_may_share_them(void)
{
	struct settings *s = accepted(MINIMAL);
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, ref_and_unref, s), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	ck_assert_uint_eq(atomic_load(&s->refs), 1);
	settings_unref(&s);
}

static struct settings *loaded(const char *path, char *ret_messages, size_t size)
{
	struct text messages;
	struct settings *s;

	text_init(&messages, ret_messages, size - 1);
	s = settings_load(path, &messages);
	ret_messages[messages.len] = '\0';
	return s;
}

static void a_file_is_named_in_messages(void)
{
	char path[] = "/tmp/test_settings.XXXXXX", messages[1024], expected[256];
	int fd = mkstemp(path);
	struct settings *s;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_gt(write(fd, MINIMAL, strlen(MINIMAL)), 0);
	s = loaded(path, messages, sizeof(messages));
	ck_assert_str_eq(messages, "");
	settings_unref(&s);
	ck_assert_int_gt(write(fd, "warmup: 1\n", 10), 0);
	ck_assert_ptr_null(loaded(path, messages, sizeof(messages)));
	snprintf(expected, sizeof(expected), "%s:6:9: warmup: \"1\" is not a duration", path);
	ck_assert_has(messages, expected);
	close(fd);
	unlink(path);
}

static void a_file_that_cannot_be_read_says_why(void)
{
	char messages[1024];

	ck_assert_ptr_null(loaded("/nonexistent/latchd.yaml", messages, sizeof(messages)));
	ck_assert_str_eq(messages,
			 "/nonexistent/latchd.yaml: cannot be read: No such file or directory\n");
	ck_assert_ptr_null(loaded("/tmp", messages, sizeof(messages)));
	ck_assert_str_eq(messages, "/tmp: cannot be read: Is a directory\n");
}

static void a_file_without_end_is_refused(void)
{
	char messages[1024];

	ck_assert_ptr_null(loaded("/dev/zero", messages, sizeof(messages)));
	ck_assert_str_eq(messages, "/dev/zero: larger than 1 MiB\n");
}

SUITE_MAIN("settings", the_least_that_is_needed_gives_all_defaults, the_engine_has_defaults_too,
	   workers_are_as_many_as_cores_that_may_be_used, every_load_is_an_epoch_of_its_own,
	   the_last_reference_frees, threads_may_share_them, a_file_is_named_in_messages,
	   a_file_that_cannot_be_read_says_why, a_file_without_end_is_refused)
