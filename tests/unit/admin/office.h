/* office: the whole admin listener over a real registry, on a loop that the test turns, and an operator who asks. */
#pragma once

#include "../registry/ground.h"
#include "line.h"

#include "admin/admin.h"
#include "client/fleet.h"
#include "decision/policy.h"

#include <signal.h>
#include <sys/resource.h>

#define OFFICE_TOKEN "a-token-of-the-tests"

static struct {
	struct ground ground;
	struct settings *settings;
	struct admin *admin;
	const char *not_ready;
	struct client c;
} office;

static inline const char *office_not_ready(void *arg)
{
	ck_assert_ptr_eq(arg, &office);
	return office.not_ready;
}

static inline struct settings *office_settings(const char *admin)
{
	char yaml[1024];
	struct text messages;
	struct settings *s;

	snprintf(
		yaml, sizeof(yaml),
		"client_id: test\nlisten: [\"127.0.0.1:0\"]\norigin: { url: \"http://127.0.0.1:1\" }\n"
		"limits: { devices: 3, mobile: 1 }\n"
		"identity: { account: [ { response_header: Latch-Account } ], session_cookies: [PHPSESSID] }\n"
		"redirect_urls: { new_account_url: /new, logout_url: /out }\nadmin: { %s }\n",
		admin);
	text_init_growing(&messages, 1 << 16);
	s = settings_parse(view_of(yaml), "office", &messages);
	ck_assert_msg(s, "%.*s", VIEW_ARG(text_view(&messages)));
	fleet_prepare(s, NULL);
	text_fini(&messages);
	return s;
}

static inline int office_start(void)
{
	struct admin_options options = { .loop = line.loop,
					 .settings = office.settings,
					 .metrics = office.ground.metrics,
					 .registry = office.ground.r,
					 .not_ready = office_not_ready,
					 .arg = &office };

	return admin_start(&options, &office.admin, &line.port);
}

static inline void office_setup_with(const char *admin)
{
	memset(&office, 0, sizeof(office));
	office.c.fd = -1;
	line_open();
	ground_init(&office.ground, NULL);
	office.settings = office_settings(admin);
	ck_assert_int_eq(office_start(), 0);
}

static inline void office_setup(void)
{
	office_setup_with("listen: \"127.0.0.1:0\", token: " OFFICE_TOKEN);
}

static inline void office_teardown(void)
{
	line_hang_up(&office.c);
	admin_stop(&office.admin);
	settings_unref(&office.settings);
	ground_fini(&office.ground);
	line_close();
}

/* One request on a connection of its own, with these fields; the status. The answer stays in office.c. */
static inline int office_ask_with(const char *method, const char *target, const char *fields,
				  const char *body)
{
	char request[8192];

	line_hang_up(&office.c);
	office.c = line_call();
	snprintf(
		request, sizeof(request),
		"%s %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%sContent-Length: %zu\r\n\r\n%s",
		method, target, fields, strlen(body), body);
	line_say(&office.c, request);
	line_await_end(&office.c);
	ck_assert_ptr_nonnull(strstr(office.c.got, "Cache-Control: no-store\r\n"));
	return line_status(&office.c);
}

static inline int office_ask(const char *method, const char *target)
{
	return office_ask_with(method, target, "Authorization: Bearer " OFFICE_TOKEN "\r\n", "");
}

static inline int office_post(const char *target, const char *json)
{
	return office_ask_with("POST", target, "Authorization: Bearer " OFFICE_TOKEN "\r\n", json);
}

/* The body of the last answer, as JSON. Free with json_decref. */
static inline json_t *office_json(void)
{
	json_t *value = json_read(view_of(line_body(&office.c)));

	ck_assert_msg(value, "not JSON: %s", office.c.got);
	return value;
}

/* The last answer is an error of this code, in its form. */
static inline void office_expect_error(const char *code)
{
	json_t *value = office_json(), *error = json_object_get(value, "error");

	ck_assert_str_eq(json_string_value(json_object_get(error, "code")), code);
	ck_assert_uint_gt(json_string_length(json_object_get(error, "message")), 3);
	ck_assert_uint_eq(json_object_size(error), 2);
	ck_assert_uint_eq(json_object_size(value), 1);
	json_decref(value);
}

/* How many events of this type wait to be delivered; they all are, then. One account's come one at a time. */
static inline unsigned office_told(unsigned type)
{
	struct outbox_event e;
	unsigned found = 0;

	while (outbox_take(office.ground.r, ground_clock(), &e, 1)) {
		found += e.type == type;
		mem_free(e.data);
		outbox_done(office.ground.r, e.seq);
	}
	return found;
}

/* From now on nothing can be written to the state, or again. */
static inline void office_break_disk(bool is_broken)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = is_broken ? 0 : limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}
