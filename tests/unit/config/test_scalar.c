#include "words.h"

static void durations_are_kept_in_milliseconds(void)
{
	struct settings *s = accepted(
		MINIMAL
		"warmup: 2h\n"
		"http: { head_timeout: 500ms, body_timeout: 5s, idle_timeout: 15m, drain: 0s }\n"
		"devices: { detach_after: 7d }\n");

	ck_assert_int_eq(s->warmup_ms, 7200000);
	ck_assert_int_eq(s->http.head_timeout_ms, 500);
	ck_assert_int_eq(s->http.body_timeout_ms, 5000);
	ck_assert_int_eq(s->http.idle_timeout_ms, 900000);
	ck_assert_int_eq(s->http.drain_ms, 0);
	ck_assert_int_eq(s->detach_after_ms, INT64_C(604800000));
	settings_unref(&s);
}

static void each_is_refused(const char *key, const char *const *values, size_t n, const char *why)
{
	for (size_t i = 0; i < n; i++) {
		char yaml[1024];

		snprintf(yaml, sizeof(yaml), "%s%s: \"%s\"\n", MINIMAL, key, values[i]);
		ck_assert_has(complaint(yaml), why);
	}
}

static void a_duration_needs_a_unit_and_no_sign(void)
{
	static const char *const bad[] = { "5",
					   "0",
					   "-5s",
					   "+5s",
					   "5 s",
					   "1.5h",
					   "1h30m",
					   "s",
					   "",
					   "5S",
					   "5sec",
					   "99999999999999999999d",
					   "106751991168d" };

	each_is_refused("warmup", bad, sizeof(bad) / sizeof(*bad), "is not a duration such as");
}

static void a_range_is_told_with_its_units(void)
{
	ck_assert_said(complaint(MINIMAL "devices: { detach_after: 59s }\n"),
		       "f:6:26: devices.detach_after: out of its range, which is 1m to 400d\n");
	ck_assert_said(complaint(MINIMAL "http: { max_head: 1023 }\n"),
		       "f:6:19: http.max_head: out of its range, which is 1KiB to 1MiB\n");
	ck_assert_said(complaint(MINIMAL "workers: 65\n"),
		       "f:6:10: workers: out of its range, which is 1 to 64\n");
}

static void the_ends_of_a_range_belong_to_it(void)
{
	struct settings *s =
		accepted(MINIMAL "workers: 64\nhttp: { max_head: 1MiB, max_headers: 10 }\n"
				 "devices: { detach_after: 60s }\n");

	ck_assert_uint_eq(s->workers, 64);
	ck_assert_uint_eq(s->http.max_head_bytes, 1048576);
	ck_assert_uint_eq(s->http.max_headers, 10);
	ck_assert_int_eq(s->detach_after_ms, 60000);
	settings_unref(&s);
}

static void sizes_are_kept_in_bytes(void)
{
	struct settings *s =
		accepted(MINIMAL "http: { max_body: 3GiB, body_min_rate: 2KiB, max_target: 4096 }\n"
				 "events: { max_backlog: 1TiB }\n");

	ck_assert_uint_eq(s->http.max_body_bytes, UINT64_C(3) << 30);
	ck_assert_uint_eq(s->http.body_min_rate, 2048);
	ck_assert_uint_eq(s->http.max_target_bytes, 4096);
	ck_assert_uint_eq(s->events.max_backlog_bytes, UINT64_C(1) << 40);
	settings_unref(&s);
}

static void a_size_has_a_binary_unit_or_none(void)
{
	static const char *const bad[] = { "64KB",
					   "64k",
					   "1.5MiB",
					   "-1",
					   "",
					   "KiB",
					   "64 KiB",
					   "0x10",
					   "99999999999999999999",
					   "9007199254740993KiB",
					   "8388608TiB" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char yaml[1024];

		snprintf(yaml, sizeof(yaml), "%shttp: { max_body: \"%s\" }\n", MINIMAL, bad[i]);
		ck_assert_has(complaint(yaml), "f:6:19: http.max_body: ");
	}
}

static void a_number_is_digits_only(void)
{
	static const char *const bad[] = { "-1",   "1.0", "1e3", "0x4",
					   "four", "",    " 4",  "18446744073709551617" };

	each_is_refused("workers", bad, sizeof(bad) / sizeof(*bad), "is not a number");
}

static void a_number_may_have_a_word_for_it(void)
{
	struct settings *s = accepted(MINIMAL "workers: auto\nhttp: { max_connections: auto }\n");

	ck_assert_uint_ge(s->workers, 1);
	ck_assert_uint_le(s->workers, 64);
	ck_assert_uint_eq(s->http.max_connections, 0);
	settings_unref(&s);
	ck_assert_has(complaint(MINIMAL "limits: { devices: auto }\n"), "\"auto\" is not a number");
}

static void booleans_are_words(void)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = { { "true", true },   { "yes", true }, { "on", true },
		      { "false", false }, { "no", false }, { "off", false } };
	static const char *const bad[] = { "1", "0", "True", "y", "" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		char yaml[1024];
		struct settings *s;

		snprintf(yaml, sizeof(yaml), "%slog: { access: %s }\n", MINIMAL, words[i].word);
		s = accepted(yaml);
		ck_assert_int_eq(s->log_access, words[i].value);
		settings_unref(&s);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char yaml[1024];

		snprintf(yaml, sizeof(yaml), "%slog: { access: \"%s\" }\n", MINIMAL, bad[i]);
		ck_assert_has(complaint(yaml), "is not true or false");
	}
}

static void every_strategy_has_its_word(void)
{
	static const char *const words[] = { [STRATEGY_CHALLENGE] = "challenge",
					     [STRATEGY_MONITOR] = "monitor",
					     [STRATEGY_DENY_NEW] = "deny_new",
					     [STRATEGY_LOG_OUT_IDLE] = "log_out_idle",
					     [STRATEGY_LOG_OUT_OTHERS] = "log_out_others" };

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		char yaml[1024];
		struct settings *s;

		snprintf(yaml, sizeof(yaml), "%sstrategy: %s\n", MINIMAL, words[i]);
		s = accepted(yaml);
		ck_assert_uint_eq(s->strategy, i);
		settings_unref(&s);
	}
}

static void words_fill_enums_and_booleans(void)
{
	struct settings *s =
		accepted(MINIMAL "trials: { repeat: deny }\nlog: { level: debug, format: json }\n"
				 "challenge: { verification: always }\n");

	ck_assert_int_eq(s->trials, TRIAL_DENY);
	ck_assert_int_eq(s->log.level, LOG_DEBUG);
	ck_assert_int_eq(s->log.format, LOG_JSON);
	ck_assert(s->verify_always);
	settings_unref(&s);
}

static void a_text_is_neither_empty_nor_endless(void)
{
	char yaml[1024];

	ck_assert_said(complaint(MINIMAL "client_id: ''\n"), "f:6:12: client_id: is empty\n");
	snprintf(yaml, sizeof(yaml), "%sclient_id: %0129d\n", MINIMAL, 0);
	ck_assert_said(complaint(yaml), "f:6:12: client_id: longer than 128 bytes\n");
}

static void a_word_that_yaml_could_take_for_a_number_is_a_text(void)
{
	struct settings *s =
		accepted(MINIMAL "client_id: 007\nexempt: { accounts: [true, 1.5, 'null'] }\n");

	ck_assert_str_eq(s->client_id, "007");
	ck_assert_uint_eq(s->exempt.accounts.n, 3);
	ck_assert_str_eq(s->exempt.accounts.at[0], "true");
	ck_assert_str_eq(s->exempt.accounts.at[2], "null");
	settings_unref(&s);
}

static void a_colour_has_six_hex_digits(void)
{
	struct settings *s = accepted(MINIMAL "challenge: { branding: { color: \"#0a58CA\" } }\n");

	ck_assert_str_eq(s->branding.color, "#0a58CA");
	settings_unref(&s);
	ck_assert_has(complaint(MINIMAL "challenge: { branding: { color: \"#0a58c\" } }\n"),
		      "is not a colour");
	ck_assert_has(complaint(MINIMAL "challenge: { branding: { color: \"#0a58cg\" } }\n"),
		      "is not a colour");
	ck_assert_has(complaint(MINIMAL "challenge: { branding: { color: red } }\n"),
		      "is not a colour");
}

SUITE_MAIN("scalar", durations_are_kept_in_milliseconds, a_duration_needs_a_unit_and_no_sign,
	   a_range_is_told_with_its_units, the_ends_of_a_range_belong_to_it,
	   sizes_are_kept_in_bytes, a_size_has_a_binary_unit_or_none, a_number_is_digits_only,
	   a_number_may_have_a_word_for_it, booleans_are_words, every_strategy_has_its_word,
	   words_fill_enums_and_booleans, a_text_is_neither_empty_nor_endless,
	   a_word_that_yaml_could_take_for_a_number_is_a_text, a_colour_has_six_hex_digits)
