#include "story.h"

#include "base/json.h"

#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_RULES = 8, MAX_TOLD = 24, STEP_MS = 10 };

struct rule {
	char type[40], body[64];
	int status;
	bool held;
};

struct story_sink {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct rule rules[MAX_RULES];
	unsigned n;
};

static bool is_of_type(const char *body, const char *type)
{
	char needle[80];

	snprintf(needle, sizeof(needle), "\"type\":\"%s\"", type);
	return strstr(body, needle) != NULL && strstr(body, needle) < strstr(body, "\"data\"");
}

static struct rule find_rule(const struct story_sink *sink, const char *body)
{
	struct rule rule = { .status = 200 };

	for (unsigned i = 0; i < sink->n; i++)
		if (is_of_type(body, sink->rules[i].type))
			rule = sink->rules[i];
	return rule;
}

/* As it stands when nobody holds it any more. */
static struct rule rule_for(struct story_sink *sink, const char *body)
{
	struct rule rule;

	pthread_mutex_lock(&sink->lock);
	while ((rule = find_rule(sink, body)).held)
		pthread_cond_wait(&sink->changed, &sink->lock);
	pthread_mutex_unlock(&sink->lock);
	return rule;
}

bool story_sink_script(struct origin_call *call)
{
	struct rule rule = rule_for(call->ctx, call->request->body);

	return origin_answer(call, rule.status, "", rule.body);
}

static struct rule *rule_of(struct story_sink *sink, const char *type)
{
	for (unsigned i = 0; i < sink->n; i++)
		if (strcmp(sink->rules[i].type, type) == 0)
			return &sink->rules[i];
	ck_assert_uint_lt(sink->n, MAX_RULES);
	sink->rules[sink->n] = (struct rule){ .status = 200 };
	snprintf(sink->rules[sink->n].type, sizeof(sink->rules[0].type), "%s", type);
	return &sink->rules[sink->n++];
}

void story_sink_says(struct story *s, const char *type, int status, const char *body)
{
	struct rule *rule;

	pthread_mutex_lock(&s->answers->lock);
	rule = rule_of(s->answers, type);
	rule->status = status;
	snprintf(rule->body, sizeof(rule->body), "%s", body);
	pthread_mutex_unlock(&s->answers->lock);
}

void story_sink_holds(struct story *s, const char *type, bool holds)
{
	pthread_mutex_lock(&s->answers->lock);
	rule_of(s->answers, type)->held = holds;
	pthread_cond_broadcast(&s->answers->changed);
	pthread_mutex_unlock(&s->answers->lock);
}

struct story story_begin_with(const char *yaml, const char *identity, origin_script *script,
			      origin_script *sink)
{
	struct story s = { .legacy = legacy_create(), .answers = calloc(1, sizeof(*s.answers)) };
	struct daemon_options options = { 0 };
	char *all;

	pthread_mutex_init(&s.answers->lock, NULL);
	pthread_cond_init(&s.answers->changed, NULL);
	s.origin = origin_start(script, s.legacy);
	s.sink = origin_start(sink, s.answers);
	ck_assert_int_ge(asprintf(&all, "%s%s", identity, yaml), 0);
	options.yaml = all;
	options.origin = origin_port(s.origin);
	options.sink = origin_port(s.sink);
	s.daemon = daemon_start(&options);
	s.look = daemon_look(s.daemon);
	free(all);
	return s;
}

struct story story_begin_as(const char *identity, const char *yaml)
{
	return story_begin_with(yaml, identity, legacy_script, story_sink_script);
}

struct story story_begin(const char *yaml)
{
	return story_begin_as(legacy_settings, yaml);
}

static void expect_unsaid(const char *log, const char *secret)
{
	const char *at = strstr(log, secret);

	if (at)
		ck_abort_msg("the log holds the secret %s:\n%.400s", secret,
			     at - log > 200 ? at - 200 : log);
}

/* A device cookie, a session's value, a password, a token, a key, what stands behind a question mark. */
static void expect_discretion(struct story *s)
{
	static const char *const secrets[] = {
		"session-of-legacy",     "=v1.", "pass=", "MDEyMzQ1Njc4",
		"a-token-for-the-admin", "csrf="
	};
	char *log = daemon_log(s->daemon);

	for (size_t i = 0; i < sizeof(secrets) / sizeof(*secrets); i++)
		expect_unsaid(log, secrets[i]);
	for (unsigned i = 0; i < s->n_visitors; i++)
		for (unsigned k = 0; visitor_jar(s->visitors[i], k); k++)
			if (strlen(visitor_jar(s->visitors[i], k)) >= 16)
				expect_unsaid(log, visitor_jar(s->visitors[i], k));
	free(log);
}

void story_end(struct story *s)
{
	expect_discretion(s);
	for (unsigned i = 0; i < s->n_visitors; i++)
		visitor_destroy(&s->visitors[i]);
	look_free(&s->look);
	daemon_stop(&s->daemon);
	origin_stop(&s->sink);
	origin_stop(&s->origin);
	legacy_destroy(&s->legacy);
	free(s->answers);
}

void story_kill_and_restart(struct story *s)
{
	daemon_kill(s->daemon);
	daemon_restart(s->daemon);
	for (unsigned i = 0; i < s->n_visitors; i++)
		visitor_move(s->visitors[i], daemon_port(s->daemon));
	look_free(&s->look);
	s->look = daemon_look(s->daemon);
}

void story_moved(struct story *s, const char *const *expected)
{
	daemon_moved_all(s->daemon, &s->look, expected);
	s->look = daemon_look(s->daemon);
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

int story_please(struct visitor *v, const char *target, const char *please)
{
	char fields[2048];

	snprintf(fields, sizeof(fields), "Accept: application/json\r\n%s", please);
	return visitor_request(v, "GET", target, fields, NULL);
}

char *story_meet_challenge(struct visitor *v, const char *wanted)
{
	char *page;

	ck_assert_int_eq(visitor_navigate(v, wanted), 303);
	page = strdup(visitor_location(v));
	ck_assert_msg(strncmp(page, "/.latch/challenge?challenge=", 28) == 0, "sent to %s", page);
	ck_assert_int_eq(visitor_navigate(v, page), 200);
	return page;
}

char *story_claim(struct visitor *v, const char *wanted)
{
	char *page = story_meet_challenge(v, wanted);

	ck_assert_int_eq(story_act(v, "claim", NULL), 303);
	ck_assert_str_eq(visitor_location(v), page);
	ck_assert_int_eq(visitor_navigate(v, page), 200);
	return page;
}

char *story_hidden(const struct visitor *v, const char *name)
{
	const char *page = visitor_answer(v)->body, *at;
	char needle[64];

	snprintf(needle, sizeof(needle), "name=\"%s\" value=\"", name);
	at = strstr(page, needle);
	ck_assert_msg(at, "no hidden field %s in:\n%s", name, page);
	at += strlen(needle);
	return strndup(at, strcspn(at, "\""));
}

int story_act(struct visitor *v, const char *action, const char *device)
{
	char *challenge = story_hidden(v, "challenge"), *csrf = story_hidden(v, "csrf"), form[512];

	snprintf(form, sizeof(form), "challenge=%s&csrf=%s&action=%s%s%s", challenge, csrf, action,
		 device ? "&device=" : "", device ? device : "");
	free(challenge);
	free(csrf);
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

char *story_device_member(struct story *s, const char *account, unsigned n, const char *member)
{
	json_t *list = devices(s, account);
	const char *text;
	char *copy;

	ck_assert_uint_gt(json_array_size(list), n);
	text = json_string_value(json_object_get(json_array_get(list, n), member));
	ck_assert_msg(text, "the device has no text %s", member);
	copy = strdup(text);
	json_decref(list);
	return copy;
}

char *story_device(struct story *s, const char *account, unsigned n)
{
	return story_device_member(s, account, n, "id");
}

void story_order(struct story *s, const char *account, const char *action, const char *json)
{
	char target[400];

	snprintf(target, sizeof(target), "/v1/accounts/%s/%s", account, action);
	ck_assert_int_eq(daemon_admin(s->daemon, "POST", target, json, NULL), 200);
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

	for (int waited_ms = 0; waited_ms < WIREWORK_PATIENCE_MS; waited_ms += STEP_MS) {
		if ((body = find_event(s, type, n)))
			return body;
		poll(NULL, 0, STEP_MS);
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

struct told {
	char type[40];
	unsigned want, came;
};

static unsigned read_told(const char *const *expected, struct told *told)
{
	unsigned n = 0;

	for (; *expected; expected++, n++) {
		ck_assert_uint_lt(n, MAX_TOLD);
		ck_assert_int_eq(sscanf(*expected, "%39[^=]=%u", told[n].type, &told[n].want), 2);
	}
	return n;
}

/* False while some are missing; what is too much never becomes right. */
static bool count_told(struct story *s, struct told *told, unsigned n)
{
	unsigned known = 0;
	bool all = true;

	for (unsigned i = 0; i < n; i++) {
		told[i].came = story_events(s, told[i].type);
		ck_assert_msg(told[i].came <= told[i].want, "%s came %u times, expected %u",
			      told[i].type, told[i].came, told[i].want);
		known += told[i].came;
		all &= told[i].came == told[i].want;
	}
	return all && known == origin_count(s->sink, "/hooks");
}

static void abort_with_events(struct story *s)
{
	char *text = NULL, *body;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	for (unsigned i = 0; (body = origin_body(s->sink, "/hooks", i)); i++) {
		fprintf(out, "\n  %.300s", body);
		free(body);
	}
	fclose(out);
	ck_abort_msg("other events came:%s", text);
}

void story_told(struct story *s, const char *const *expected)
{
	struct told told[MAX_TOLD];
	unsigned n = read_told(expected, told);

	for (int waited_ms = 0; !count_told(s, told, n); waited_ms += STEP_MS) {
		if (waited_ms >= WIREWORK_PATIENCE_MS)
			abort_with_events(s);
		poll(NULL, 0, STEP_MS);
	}
}

char *story_said(struct story *s, const char *type, unsigned n, const char *path)
{
	char *body = story_event(s, type, n), *copy = strdup(path), *rest = NULL, *text;
	json_t *event = json_read(view_of(body)), *at = event;

	ck_assert_msg(event, "not JSON: %s", body);
	for (char *name = strtok_r(copy, ".", &rest); name; name = strtok_r(NULL, ".", &rest))
		at = json_object_get(at, name);
	ck_assert_msg(at, "there is no %s in %s", path, body);
	text = json_is_string(at) ? strdup(json_string_value(at))
				  : json_dumps(at, JSON_COMPACT | JSON_ENCODE_ANY);
	json_decref(event);
	free(copy);
	free(body);
	return text;
}

void story_expect_said(struct story *s, const char *type, unsigned n, const char *path,
		       const char *want)
{
	char *text = story_said(s, type, n, path);

	ck_assert_msg(strcmp(text, want) == 0, "%s: %s is %s, expected %s", type, path, text, want);
	free(text);
}
