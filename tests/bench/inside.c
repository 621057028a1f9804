#include "inside.h"

#include "base/clock.h"
#include "base/mem.h"
#include "identity/named.h"
#include "registry/outbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void give_up(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

static double read_clock(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double inside_now_s(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

double inside_spent_s(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

static void load_settings(struct inside *in, const char *config)
{
	struct text messages;

	text_init_growing(&messages, 1 << 16);
	in->settings = settings_load(config, &messages);
	if (!in->settings) {
		fprintf(stderr, "%.*s", VIEW_ARG(text_view(&messages)));
		exit(1);
	}
	text_fini(&messages);
}

void inside_open(struct inside *in, const char *config)
{
	struct registry_options registry = { .wall_ms = clock_wall_ms };
	struct decide_options decide = { .metric_shard = 1,
					 .cache_bytes = INSIDE_ACTIVE_CACHE_BYTES };
	uint8_t secret[DIGEST_BYTES];
	char *why = NULL;

	load_settings(in, config);
	in->metrics = metric_create();
	registry.path = in->settings->state_path;
	registry.metrics = decide.metrics = in->metrics;
	if (registry_open(&registry, &in->registry, &why))
		give_up(in->settings->state_path, why ? why : "cannot be opened");
	outbox_enable(in->registry, in->settings->events.url != NULL);
	registry_secret(in->registry, "device", secret); /* the daemon's own name for it */
	in->device_key = hmac_key_create(view_make(secret, sizeof(secret)));
	in->rules = rules_create(in->settings, registry_state_key(in->registry),
				 (const struct hmac_key *const[]){ in->device_key }, 1);
	decide.registry = in->registry;
	in->decide = decide_create(&decide);
}

void inside_close(struct inside *in)
{
	decide_destroy(&in->decide);
	rules_destroy(&in->rules);
	hmac_key_destroy(&in->device_key);
	registry_close(&in->registry);
	metric_destroy(&in->metrics);
	settings_unref(&in->settings);
}

void inside_session(unsigned n, char ret_value[INSIDE_SESSION_CHARS + 1])
{
	snprintf(ret_value, INSIDE_SESSION_CHARS + 1, "session-of-person-%08u", n);
}

void inside_person(struct inside *in, unsigned n, struct identity *ret_who)
{
	char session[INSIDE_SESSION_CHARS + 1];

	*ret_who = (struct identity){
		.n_keys = 1,
		.facts = { .type = DEVICE_DESKTOP, .os = 3, .browser = 2, .language = "en" },
	};
	inside_session(n, session);
	if (!named_key(in->rules, view_of(session), &ret_who->keys[0]))
		give_up(session, "is no session value");
}

uint64_t inside_log_in(struct inside *in, unsigned n, struct identity *who)
{
	char account[16];
	struct lesson lesson = { .device_limit = ACCOUNT_NO_LIMIT,
				 .set = { who->keys[0] },
				 .set_is_new = { true },
				 .n_set = 1 };
	struct identity stranger = { .facts = who->facts };
	struct learn_input learn = { .settings = in->settings,
				     .who = &stranger,
				     .lesson = &lesson,
				     .now_ms = clock_wall_ms(),
				     .arena = &in->arena };
	struct learn_result learned = { 0 };

	snprintf(account, sizeof(account), "%08u", n);
	lesson.account = view_of(account);
	arena_init(&in->arena, in->room, sizeof(in->room), 1 << 20);
	learn_response(in->registry, &learn, &learned);
	arena_fini(&in->arena);
	if (!learned.set_cookie)
		give_up(account, "got no device");
	who->device_seen = DEVICE_VALID;
	who->device = learned.device;
	return learned.number;
}

void inside_judge(struct inside *in, const struct settings *settings, const struct identity *who,
		  struct verdict *ret_verdict)
{
	struct decide_question q = { .settings = settings,
				     .who = who,
				     .navigation = true,
				     .now_ms = clock_wall_ms(),
				     .arena = &in->arena };
	bool set_cookie;

	arena_init(&in->arena, in->room, sizeof(in->room), 1 << 20);
	decide_request(in->decide, &q, ret_verdict, &set_cookie);
	arena_fini(&in->arena);
}
