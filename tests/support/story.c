#include "story.h"

#include "base/json.h"

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool sink_script(struct origin_call *call)
{
	return origin_answer(call, 200, "", "");
}

struct story story_begin_with(const char *yaml, const char *identity, origin_script *script,
			      origin_script *sink)
{
	struct story s = { .legacy = legacy_create() };
	struct daemon_options options = { 0 };
	char *all;

	s.origin = origin_start(script, s.legacy);
	s.sink = origin_start(sink, NULL);
	ck_assert_int_ge(asprintf(&all, "%s%s", identity, yaml), 0);
	options.yaml = all;
	options.origin = origin_port(s.origin);
	options.sink = origin_port(s.sink);
	s.daemon = daemon_start(&options);
	free(all);
	return s;
}

struct story story_begin(const char *yaml)
{
	return story_begin_with(yaml, legacy_settings, legacy_script, sink_script);
}

void story_end(struct story *s)
{
	for (unsigned i = 0; i < s->n_visitors; i++)
		visitor_destroy(&s->visitors[i]);
	daemon_stop(&s->daemon);
	origin_stop(&s->sink);
	origin_stop(&s->origin);
	legacy_destroy(&s->legacy);
}

struct visitor *story_visitor(struct story *s)
{
	ck_assert_uint_lt(s->n_visitors, STORY_MAX_VISITORS);
	return s->visitors[s->n_visitors++] = visitor_create(daemon_port(s->daemon));
}

int story_log_in(struct visitor *v, const char *user)
{
	char form[320];

	snprintf(form, sizeof(form), "user=%s&pass=secret", user);
	return visitor_post(v, "/login.php", form);
}

void story_arrive(struct visitor *v, const char *user)
{
	ck_assert_int_eq(story_log_in(v, user), 302);
	ck_assert_int_eq(visitor_navigate(v, "/members/home"), 200);
}

/* The value of a hidden input of the page. */
static void hidden(const char *page, const char *name, char *value, size_t size)
{
	char needle[64];
	const char *at;

	snprintf(needle, sizeof(needle), "name=\"%s\" value=\"", name);
	at = strstr(page, needle);
	ck_assert_msg(at, "no hidden field %s in:\n%s", name, page);
	at += strlen(needle);
	snprintf(value, size, "%.*s", (int)strcspn(at, "\""), at);
}

int story_act(struct visitor *v, const char *action, const char *device)
{
	char challenge[64], csrf[128], form[512];
	const char *page = visitor_answer(v)->body;

	hidden(page, "challenge", challenge, sizeof(challenge));
	hidden(page, "csrf", csrf, sizeof(csrf));
	snprintf(form, sizeof(form), "challenge=%s&csrf=%s&action=%s%s%s", challenge, csrf, action,
		 device ? "&device=" : "", device ? device : "");
	return visitor_post(v, "/.latch/challenge", form);
}

static json_t *devices(struct story *s, const char *account)
{
	char target[400], *body;
	json_t *answer, *list;

	snprintf(target, sizeof(target), "/v1/accounts/%s/devices", account);
	ck_assert_int_eq(daemon_admin(s->daemon, "GET", target, NULL, &body), 200);
	answer = json_read(view_of(body));
	ck_assert_msg(answer, "not JSON: %s", body);
	list = json_incref(json_object_get(answer, "devices"));
	json_decref(answer);
	free(body);
	return list;
}

void story_expect_devices(struct story *s, const char *account, unsigned listed, unsigned counted)
{
	json_t *list = devices(s, account), *device;
	unsigned n = 0;
	size_t i;

	json_array_foreach(list, i, device) n += json_is_true(json_object_get(device, "counted"));
	ck_assert_uint_eq(json_array_size(list), listed);
	ck_assert_uint_eq(n, counted);
	json_decref(list);
}

char *story_device(struct story *s, const char *account, unsigned n)
{
	json_t *list = devices(s, account);
	char *id;

	ck_assert_uint_gt(json_array_size(list), n);
	id = strdup(json_string_value(json_object_get(json_array_get(list, n), "id")));
	json_decref(list);
	return id;
}

static bool is_of_type(const char *body, const char *type)
{
	char needle[80];

	snprintf(needle, sizeof(needle), "\"type\":\"%s\"", type);
	return strstr(body, needle) != NULL && strstr(body, needle) < strstr(body, "\"data\"");
}

static char *find_event(struct story *s, const char *type, unsigned n)
{
	char *body;

	for (unsigned i = 0; (body = origin_body(s->sink, "/hooks", i)); i++) {
		if (is_of_type(body, type) && n-- == 0)
			return body;
		free(body);
	}
	return NULL;
}

char *story_event(struct story *s, const char *type, unsigned n)
{
	char *body = NULL;

	for (int waited_ms = 0; waited_ms < WIREWORK_PATIENCE_MS; waited_ms += 20) {
		if ((body = find_event(s, type, n)))
			return body;
		poll(NULL, 0, 20);
	}
	ck_abort_msg("no event %s came", type);
}

unsigned story_events(struct story *s, const char *type)
{
	unsigned n = 0;
	char *body;

	while ((body = find_event(s, type, n))) {
		free(body);
		n++;
	}
	return n;
}
