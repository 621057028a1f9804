#include "office.h"

static void health_needs_no_token(void)
{
	ck_assert_int_eq(office_ask_with("GET", "/healthz", "", ""), 200);
	ck_assert_str_eq(line_body(&office.c), "{\"healthy\":true}");
	ck_assert_int_eq(office_ask_with("GET", "/readyz", "", ""), 200);
	ck_assert_int_eq(office_ask_with("HEAD", "/healthz", "", ""), 200);
	ck_assert_str_eq(line_body(&office.c), "");
	ck_assert_ptr_nonnull(strstr(office.c.got, "Content-Length: 16\r\n"));
}

static void everything_else_needs_the_token(void)
{
	static const char *const wrong[] = {
		"",
		"Authorization: Bearer\r\n",
		"Authorization: Bearer a-token-of-the-test\r\n",
		"Authorization: Bearer a-token-of-the-testss\r\n",
		"Authorization: Bearer A-token-of-the-tests\r\n",
		"Authorization: Basic " OFFICE_TOKEN "\r\n",
		"Authorization: " OFFICE_TOKEN "\r\n",
		"Authorization:\r\n",
		"X-Authorization: Bearer " OFFICE_TOKEN "\r\n",
		"Authorization: Bearer " OFFICE_TOKEN "\r\nAuthorization: Bearer " OFFICE_TOKEN
		"\r\n",
	};
	static const char *const paths[] = { "/metrics", "/v1/accounts",     "/nothing",
					     "/",        "/v1/accounts/%zz", "/healthz/" };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		for (size_t k = 0; k < sizeof(paths) / sizeof(*paths); k++) {
			ck_assert_int_eq(office_ask_with("GET", paths[k], wrong[i], ""), 401);
			office_expect_error("unauthorized");
			ck_assert_ptr_nonnull(strstr(office.c.got, "WWW-Authenticate: Bearer\r\n"));
		}
}

static int64_t refused(enum metric reason)
{
	return metric_read(office.ground.metrics, reason);
}

static void who_is_refused_was_counted_nowhere(void)
{
	office_ask_with("GET", "/healthz", "", "");
	office_ask("GET", "/metrics");
	office_ask("GET", "/nothing");
	ck_assert_int_eq(refused(METRIC_ADMIN_REFUSED_TOKEN), 0);
	office_ask_with("GET", "/metrics", "", "");
	office_ask_with("POST", "/v1/accounts/a/suspend", "Authorization: Bearer x\r\n", "");
	ck_assert_int_eq(refused(METRIC_ADMIN_REFUSED_TOKEN), 2);
	ck_assert_int_eq(refused(METRIC_ADMIN_REFUSED_FORM), 0);
	ck_assert_int_eq(office_ask_with("GET", "/metrics", "Content-Length: 0\r\n", ""), 400);
	ck_assert_int_eq(refused(METRIC_ADMIN_REFUSED_FORM), 1);
	ck_assert_int_eq(refused(METRIC_ADMIN_REFUSED_TOKEN), 2);
}

static void the_scheme_is_read_in_any_case(void)
{
	ck_assert_int_eq(office_ask_with("GET", "/metrics",
					 "authorization:  bearer  " OFFICE_TOKEN " \r\n", ""),
			 200);
}

static void without_a_configured_token_only_health_is_answered(void)
{
	struct settings *s = office_settings("listen: \"127.0.0.1:0\"");

	admin_use_settings(office.admin, s);
	settings_unref(&s);
	ck_assert_int_eq(office_ask("GET", "/metrics"), 401);
	ck_assert_ptr_nonnull(strstr(office.c.got, "admin.token_file"));
	ck_assert_int_eq(office_ask_with("GET", "/metrics", "Authorization: Bearer \r\n", ""), 401);
	ck_assert_int_eq(office_ask_with("GET", "/healthz", "", ""), 200);
	ck_assert_int_eq(office_ask_with("GET", "/readyz", "", ""), 200);
}

static void new_settings_bring_a_new_token(void)
{
	struct settings *s =
		office_settings("listen: \"127.0.0.1:0\", token: another-token-of-them");

	admin_use_settings(office.admin, s);
	settings_unref(&s);
	ck_assert_int_eq(office_ask("GET", "/metrics"), 401);
	ck_assert_int_eq(office_ask_with("GET", "/metrics",
					 "Authorization: Bearer another-token-of-them\r\n", ""),
			 200);
}

static void what_is_not_there_is_not_found(void)
{
	static const char *const paths[] = { "/",
					     "/health",
					     "/healthz/",
					     "//healthz",
					     "/HEALTHZ",
					     "/v1",
					     "/v1/accounts/",
					     "/v1/accounts/a/",
					     "/v1/accounts/a/devices/",
					     "/v1//accounts",
					     "/v1/accounts/a/devices/b",
					     "/v1/accounts/a/suspend/x",
					     "/v2/accounts",
					     "/a/b/c/d/e/f/g/h/i/j/k/l",
					     "/v1/accounts/a/devices/b/detach/c/d/e/f" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		int status = office_ask("GET", paths[i]);

		/* an empty id is no account's */
		ck_assert_msg(status == (strcmp(paths[i], "/v1/accounts/") ? 404 : 400), "%s: %d",
			      paths[i], status);
	}
}

static void the_path_is_matched_on_what_it_means(void)
{
	ck_assert_int_eq(office_ask("GET", "/%68ealthz"), 200);
	ck_assert_int_eq(office_ask("GET", "http://a/healthz"), 200);
	ck_assert_int_eq(office_ask("GET", "/healthz?x=%zz"), 200);
	ck_assert_int_eq(office_ask("GET", "/v1%2Faccounts"), 404);
	ck_assert_int_eq(office_ask("GET", "/v1/%61ccounts"), 200);
	ck_assert_int_eq(office_ask("GET", "/v1/x/../accounts"), 404);
}

static void an_escape_that_is_none_is_a_bad_request(void)
{
	static const char *const paths[] = { "/v1/accounts/%", "/v1/accounts/%4",
					     "/v1/accounts/%zz", "/%", "/v1/accounts/a%g0" };

	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
		ck_assert_int_eq(office_ask("GET", paths[i]), 400);
		office_expect_error("bad_request");
	}
}

static void another_method_is_told_which_are_right(void)
{
	static const struct {
		const char *method, *path, *allow;
	} wrong[] = {
		{ "POST", "/healthz", "Allow: GET, HEAD\r\n" },
		{ "DELETE", "/readyz", "Allow: GET, HEAD\r\n" },
		{ "PUT", "/metrics", "Allow: GET, HEAD\r\n" },
		{ "get", "/metrics", "Allow: GET, HEAD\r\n" },
		{ "OPTIONS", "/v1/accounts", "Allow: GET, HEAD\r\n" },
		{ "DELETE", "/v1/accounts/a", "Allow: GET, HEAD\r\n" },
		{ "POST", "/v1/accounts/a/devices", "Allow: GET, HEAD\r\n" },
		{ "GET", "/v1/accounts/a/suspend", "Allow: POST\r\n" },
		{ "HEAD", "/v1/accounts/a/restore", "Allow: POST\r\n" },
		{ "GET", "/v1/accounts/a/limit", "Allow: POST\r\n" },
		{ "PUT", "/v1/accounts/a/logout_all", "Allow: POST\r\n" },
		{ "GET", "/v1/accounts/a/devices/b/detach", "Allow: POST\r\n" },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		ck_assert_msg(office_ask(wrong[i].method, wrong[i].path) == 405, "%s %s",
			      wrong[i].method, wrong[i].path);
		ck_assert_ptr_nonnull(strstr(office.c.got, wrong[i].allow));
		if (strcmp(wrong[i].method, "HEAD") != 0)
			office_expect_error("method_not_allowed");
	}
	ck_assert_int_eq(office_ask_with("POST", "/metrics", "", ""), 401);
}

static void readiness_says_why_not_and_what_was_recognised(void)
{
	json_t *ready;

	metric_add(office.ground.metrics, 1, METRIC_IDENTIFIED_ACCOUNT, 5);
	metric_add(office.ground.metrics, 2, METRIC_IDENTIFIED_SESSION, 4);
	metric_add(office.ground.metrics, 3, METRIC_IDENTIFIED_NOTHING, 3);
	ck_assert_int_eq(office_ask_with("GET", "/readyz", "", ""), 200);
	ck_assert_str_eq(line_body(&office.c),
			 "{\"ready\":true,\"requests\":{\"account\":5,\"session\":4,\"nothing\":3},"
			 "\"servers\":{\"up\":1,\"of\":1}}");
	office.not_ready = "draining \"now\"";
	ck_assert_int_eq(office_ask_with("GET", "/readyz", "", ""), 503);
	ready = office_json();
	ck_assert(json_is_false(json_object_get(ready, "ready")));
	ck_assert_str_eq(json_string_value(json_object_get(ready, "reason")), "draining \"now\"");
	json_decref(ready);
	ck_assert_int_eq(office_ask_with("GET", "/healthz", "", ""), 200);
}

static double value_of(const char *series)
{
	char needle[128];
	const char *at;

	snprintf(needle, sizeof(needle), "\n%s ", series);
	at = strstr(office.c.got, needle);
	ck_assert_msg(at, "no %s in %s", series, office.c.got);
	return atof(at + strlen(needle));
}

static void metrics_are_in_prometheus_form(void)
{
	double now_s = (double)clock_wall_ms() / 1000;

	metric_add(office.ground.metrics, 1, METRIC_LOGINS, 7);
	ck_assert_int_eq(office_ask("GET", "/metrics"), 200);
	ck_assert_ptr_nonnull(
		strstr(office.c.got, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
	ck_assert_double_eq(value_of("latchd_logins_total"), 7);
	ck_assert_double_eq(value_of("latchd_build_info{version=\"" LATCHD_VERSION "\"}"), 1);
	ck_assert_double_ge(value_of("latchd_log_lines_dropped_total"), 0);
	ck_assert_double_gt(value_of("process_resident_memory_bytes"), 1 << 20);
	ck_assert_double_gt(value_of("process_virtual_memory_bytes"),
			    value_of("process_resident_memory_bytes"));
	ck_assert_double_ge(value_of("process_open_fds"), 5);
	ck_assert_double_gt(value_of("process_max_fds"), value_of("process_open_fds"));
	ck_assert_double_ge(value_of("process_cpu_seconds_total"), 0);
	ck_assert_double_gt(value_of("process_start_time_seconds"), now_s - 3600);
	ck_assert_double_lt(value_of("process_start_time_seconds"), now_s + 5);
}

static void every_series_has_its_help_and_type_once(void)
{
	unsigned names = 0;

	ck_assert_int_eq(office_ask("GET", "/metrics"), 200);
	for (const char *at = office.c.got; (at = strstr(at, "\n# HELP ")); at++) {
		char type[128];
		int len = (int)strcspn(at + 8, " ");

		snprintf(type, sizeof(type), "\n# TYPE %.*s ", len, at + 8);
		ck_assert_msg(line_count(&office.c, type) == 1, "%s", type);
		names++;
	}
	ck_assert_uint_gt(names, 20);
	ck_assert_uint_eq(line_count(&office.c, "# TYPE "), names);
}

SUITE_MAIN_WITH("desk", office_setup, office_teardown, health_needs_no_token,
		everything_else_needs_the_token, who_is_refused_was_counted_nowhere,
		the_scheme_is_read_in_any_case, without_a_configured_token_only_health_is_answered,
		new_settings_bring_a_new_token, what_is_not_there_is_not_found,
		the_path_is_matched_on_what_it_means, an_escape_that_is_none_is_a_bad_request,
		another_method_is_told_which_are_right,
		readiness_says_why_not_and_what_was_recognised, metrics_are_in_prometheus_form,
		every_series_has_its_help_and_type_once)
