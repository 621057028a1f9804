/* scene: an account in memory and a change of it that is thrown away afterwards, for tests of what is pure over an account; and
 * short words for devices, sessions and visits. Devices and sessions have small numbers. */
#pragma once

#include "suite.h"

#include "base/mem.h"
#include "decision/policy.h"
#include "registry/changing.h"
#include "registry/outbox.h"

enum {
	SECOND_MS = 1000,
	MINUTE_MS = 60 * SECOND_MS,
	HOUR_MS = 60 * MINUTE_MS,
	DAY_MS = 24 * HOUR_MS,
	NOBODY = -1
};

static struct {
	struct account a;
	struct change c;
	struct settings s;
	struct arena arena;
	int64_t now_ms;
	struct attachment *attachments[ACCOUNT_MAX_DEVICES];
	struct session *sessions[ACCOUNT_MAX_SESSIONS];
	struct session_key key; /* of the last visit */
	int minted;
	char events_url[24];
} scene;

/* A turn of the story: what was told before is forgotten. */
static inline void scene_pass(int64_t ms)
{
	change_fini(&scene.c);
	scene.now_ms += ms;
	change_init(&scene.c, &scene.a, &scene.arena, scene.now_ms);
}

static inline void scene_setup(void)
{
	static char id[] = "alice";

	memset(&scene, 0, sizeof(scene));
	arena_init(&scene.arena, NULL, 0, 64 << 20);
	scene.now_ms = INT64_C(1795413560123);
	scene.a = (struct account){ .id = id,
				    .hash = 7,
				    .admin_limit = ACCOUNT_NO_LIMIT,
				    .origin_limit = ACCOUNT_NO_LIMIT,
				    .attachments = scene.attachments,
				    .sessions = scene.sessions };
	scene.s = (struct settings){ .detach_after_ms = 7 * (int64_t)DAY_MS,
				     .strategy = STRATEGY_CHALLENGE,
				     .trials = TRIAL_CHALLENGE };
	change_init(&scene.c, &scene.a, &scene.arena, scene.now_ms);
}

static inline void scene_teardown(void)
{
	change_fini(&scene.c);
	arena_fini(&scene.arena);
}

/* From now on there is a backend to ask. */
static inline void scene_has_backend(void)
{
	memcpy(scene.events_url, "http://127.0.0.1/hook", 22);
	scene.s.events.url = scene.events_url;
}

static inline struct device_id scene_device_id(int n)
{
	struct device_id id = { { 0 } };

	memcpy(id.bytes, &n, sizeof(n));
	id.bytes[15] = 'd';
	return id;
}

static inline struct session_key scene_key(int n)
{
	struct session_key key = { { 0 } };

	memcpy(key.bytes, &n, sizeof(n));
	key.bytes[15] = 's';
	return key;
}

static inline struct attachment *scene_find(int device)
{
	struct device_id id = scene_device_id(device);

	return account_attachment(&scene.a, &id);
}

static inline struct session *scene_session(int session)
{
	struct session_key key = scene_key(session);

	return account_session(&scene.a, &key);
}

static inline struct attachment *scene_add(int device, enum device_type type)
{
	struct device_id id = scene_device_id(device);
	struct attachment *t = change_attach(&scene.c, &id);

	t->facts = (struct device_facts){ .type = (uint8_t)type, .os = 1, .browser = 1 };
	t->status = ATTACHMENT_ATTACHED;
	return t;
}

/* Holds a place since so many ms after the beginning, and was seen then. */
static inline struct attachment *scene_holder(int device, enum device_type type, int64_t place_ms)
{
	struct attachment *t = scene_add(device, type);

	t->counted = true;
	t->place_ms = scene.now_ms + place_ms;
	return t;
}

static inline struct session *scene_bind(int session, struct attachment *t)
{
	struct session_key key = scene_key(session);

	return change_bind(&scene.c, &key, t, 0);
}

/* A request with this session's value and this device's cookie (NOBODY: without). New devices get a number of 1000 and up. */
static inline struct visit scene_visit(int session, int cookie)
{
	struct visit v = { .settings = &scene.s,
			   .has_cookie = cookie != NOBODY,
			   .cookie = scene_device_id(cookie),
			   .fresh = scene_device_id(1000 + scene.minted++),
			   .facts = { .type = DEVICE_DESKTOP, .os = 1, .browser = 1 },
			   .label = VIEW("Firefox on Linux") };

	scene.key = scene_key(session);
	if (session != NOBODY)
		v.session = &scene.key;
	return v;
}

static inline struct verdict scene_judge(const struct visit *v)
{
	struct verdict verdict;

	policy_judge(&scene.a, &scene.c, v, &verdict);
	return verdict;
}

static inline enum reason scene_reason(int session, int cookie)
{
	struct visit v = scene_visit(session, cookie);

	return scene_judge(&v).reason;
}

/* Logs a device in with a session of the same number, one second after the last; the verdict on its first page. */
static inline enum reason scene_log_in(int device)
{
	scene_pass(SECOND_MS);
	if (!scene_find(device))
		scene_add(device, DEVICE_DESKTOP)->status = ATTACHMENT_PENDING;
	scene_bind(device, scene_find(device));
	return scene_reason(device, device);
}

static inline const struct effect *scene_event(unsigned type)
{
	for (const struct effect *e = scene.c.effects; e; e = e->next)
		if (e->kind == EFFECT_TOLD && e->type == type)
			return e;
	return NULL;
}

static inline unsigned scene_told(unsigned type)
{
	unsigned n = 0;

	for (const struct effect *e = scene.c.effects; e; e = e->next)
		n += e->kind == EFFECT_TOLD && e->type == type;
	return n;
}

/* How many events of any type. */
static inline unsigned scene_told_all(void)
{
	unsigned n = 0;

	for (const struct effect *e = scene.c.effects; e; e = e->next)
		n += e->kind == EFFECT_TOLD;
	return n;
}

static inline bool scene_tells(unsigned type, const char *fragment)
{
	const struct effect *e = scene_event(type);

	return e && strstr(e->data, fragment) != NULL;
}
