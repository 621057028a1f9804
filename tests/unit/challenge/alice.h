/* alice: Alice has room for two devices; 1 and 2 hold places, 3 is challenged. Each device has a session of its number. And short
 * words for steps of the journey, for what is in the account, and for what was told. */
#pragma once

#include "suite.h"

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "challenge/journey.h"
#include "decision/places.h"
#include "decision/policy.h"
#include "registry/outbox.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	SECOND_MS = 1000,
	MINUTE_MS = 60 * SECOND_MS,
	HOUR_MS = 60 * MINUTE_MS,
	NOBODY = -1,
	MAX_EVENTS = 64
};

static struct {
	char path[64];
	struct metrics *metrics;
	struct registry *r;
	struct settings s;
	struct hmac_key *csrf_key;
	struct arena arena;
	struct challenge_id challenge; /* device 3's */
	struct journey_answer answer;
	struct outbox_event events[MAX_EVENTS];
	unsigned n_events;
} scene;

static int64_t now_ms;

static inline int64_t wall_ms(void)
{
	return now_ms;
}

static inline struct device_id device_id(int n)
{
	struct device_id id = { { 0 } };

	memcpy(id.bytes, &n, sizeof(n));
	id.bytes[15] = 'd';
	return id;
}

static inline struct session_key session_key(int n)
{
	struct session_key key = { { 0 } };

	memcpy(key.bytes, &n, sizeof(n));
	key.bytes[15] = 's';
	return key;
}

struct logging_in {
	int session, device;
	enum device_type type;
	bool trial;
	struct verdict verdict;
};

static inline struct visit visit_of(const struct logging_in *l, const struct session_key *key)
{
	return (struct visit){ .settings = &scene.s,
			       .session = key,
			       .has_cookie = true,
			       .cookie = device_id(l->device),
			       .facts = { .type = (uint8_t)l->type, .os = 1, .browser = 1 },
			       .label = VIEW("Firefox on <Linux>") };
}

static inline void log_in_fn(struct account *a, struct change *c, void *arg)
{
	struct logging_in *l = arg;
	struct session_key key = session_key(l->session);
	struct visit v = visit_of(l, &key);

	policy_judge(a, c, &v, &l->verdict);
	if (!l->trial)
		return;
	account_attachment(a, &v.cookie)->repeat_trial = true;
	change_attachment(c, account_attachment(a, &v.cookie));
	policy_judge(a, c, &v, &l->verdict);
}

static inline struct verdict visit_as(struct logging_in l)
{
	registry_change(scene.r, VIEW("alice"), true, log_in_fn, &l);
	return l.verdict;
}

static inline enum reason reason_for(int device)
{
	return visit_as((struct logging_in){
				.session = device, .device = device, .type = DEVICE_DESKTOP })
		.reason;
}

static inline void log_in(int device, enum device_type type)
{
	now_ms += SECOND_MS;
	visit_as((struct logging_in){ .session = device, .device = device, .type = type });
}

static inline void setup(void)
{
	static char new_account[] = "https://example.com/signup",
		    logout[] = "https://example.com/logout?x=1#top";
	char *why = NULL;
	struct registry_options options = { .path = scene.path, .wall_ms = wall_ms };
	struct verdict v;

	memset(&scene, 0, sizeof(scene));
	now_ms = INT64_C(1795413560123);
	scene.metrics = metric_create();
	options.metrics = scene.metrics;
	snprintf(scene.path, sizeof(scene.path), "%s/latchd-journey-XXXXXX", suite_room());
	ck_assert_ptr_nonnull(mkdtemp(scene.path));
	ck_assert_msg(registry_open(&options, &scene.r, &why) == 0, "%s", why ? why : "?");
	scene.s = (struct settings){ .detach_after_ms = 168 * (int64_t)HOUR_MS,
				     .limits = { .devices = 2 },
				     .trials = TRIAL_CHALLENGE,
				     .redirects = { .new_account_url = new_account,
						    .logout_url = logout } };
	scene.csrf_key = hmac_key_create(VIEW("a secret of 32 bytes............"));
	arena_init(&scene.arena, NULL, 0, 1 << 20);
	log_in(1, DEVICE_DESKTOP);
	log_in(2, DEVICE_DESKTOP);
	now_ms += SECOND_MS;
	v = visit_as((struct logging_in){ .session = 3, .device = 3, .type = DEVICE_DESKTOP });
	ck_assert(v.has_challenge);
	scene.challenge = v.challenge;
}

static inline void forget_events(void)
{
	for (unsigned i = 0; i < scene.n_events; i++)
		mem_free(scene.events[i].data);
	scene.n_events = 0;
}

static inline void remove_state(void)
{
	DIR *d = opendir(scene.path);
	struct dirent *e;
	char name[400];

	while (d && (e = readdir(d))) {
		snprintf(name, sizeof(name), "%s/%s", scene.path, e->d_name);
		unlink(name);
	}
	if (d)
		closedir(d);
	rmdir(scene.path);
}

static inline void teardown(void)
{
	forget_events();
	registry_close(&scene.r);
	metric_destroy(&scene.metrics);
	hmac_key_destroy(&scene.csrf_key);
	arena_fini(&scene.arena);
	remove_state();
}

/* Words for a step. */

struct asking {
	int session, cookie; /* NOBODY: none */
	struct challenge_id challenge;
	const char *action; /* NULL: a GET */
	const char *csrf;   /* NULL: the right one */
	const char *devices[4];
	unsigned n_devices;
	struct arena *arena; /* NULL: the scene's */
};

static inline struct asking by(int device)
{
	return (struct asking){ .session = device, .cookie = device, .challenge = scene.challenge };
}

static inline struct identity identity_of(const struct asking *x)
{
	struct identity who = { .facts = { .type = DEVICE_DESKTOP, .os = 1, .browser = 1 } };

	if (x->session != NOBODY)
		who.keys[who.n_keys++] = session_key(x->session);
	if (x->cookie != NOBODY) {
		who.device_seen = DEVICE_VALID;
		who.device = device_id(x->cookie);
	}
	return who;
}

static inline int try_step(const struct asking *x)
{
	struct identity who = identity_of(x);
	struct decide_account account;
	struct device_id three = device_id(3);
	char csrf[JOURNEY_CSRF_BYTES], id[ID_TEXT_BYTES];
	struct view devices[4];
	struct journey_request q = { .registry = scene.r,
				     .settings = &scene.s,
				     .csrf_key = scene.csrf_key,
				     .who = &who,
				     .account = &account,
				     .post = x->action,
				     .now_ms = now_ms,
				     .arena = x->arena ? x->arena : &scene.arena };

	decide_find_account(scene.r, &who, &account);
	journey_csrf(scene.csrf_key, &x->challenge, &three, csrf);
	account_id_format(x->challenge.bytes, id);
	for (unsigned i = 0; i < x->n_devices; i++)
		devices[i] = view_of(x->devices[i]);
	q.challenge = view_of(id);
	q.csrf = view_of(x->csrf ? x->csrf : csrf);
	q.action = view_of(x->action);
	q.devices = devices;
	q.n_devices = x->n_devices;
	return journey_step(&q, &scene.answer);
}

static inline enum journey_kind step(struct asking x)
{
	ck_assert_int_eq(try_step(&x), 0);
	return scene.answer.kind;
}

static inline enum journey_kind get(void)
{
	return step(by(3));
}

static inline enum journey_kind post(const char *action)
{
	struct asking x = by(3);

	x.action = action;
	return step(x);
}

static inline enum journey_kind kick_two(const char *one, const char *other)
{
	struct asking x = by(3);

	x.action = "kick";
	x.devices[0] = one;
	x.devices[1] = other;
	x.n_devices = (one != NULL) + (other != NULL);
	return step(x);
}

/* The id of a device, as a form says it. */
static inline const char *id_of(int device)
{
	struct device_id id = device_id(device);
	char *text = arena_alloc(&scene.arena, ID_TEXT_BYTES);

	account_id_format(id.bytes, text);
	return text;
}

static inline enum journey_kind kick(int device)
{
	return kick_two(id_of(device), NULL);
}

static inline void goes_to(const char *to, const char *url)
{
	ck_assert_int_eq(scene.answer.kind, JOURNEY_GO);
	if (to)
		ck_assert_pstr_eq(scene.answer.to, to);
	else
		ck_assert_ptr_null(scene.answer.to);
	ck_assert_msg(view_is(scene.answer.url, view_of(url)), "goes to %.*s",
		      VIEW_ARG(scene.answer.url));
}

static inline const char *page_address(void)
{
	char id[ID_TEXT_BYTES];

	account_id_format(scene.challenge.bytes, id);
	return arena_format(&scene.arena, "/.latch/challenge?challenge=%s", id).at;
}

static inline const struct journey_page *shows(enum journey_step which, int status)
{
	ck_assert_int_eq(scene.answer.kind, JOURNEY_SHOW);
	ck_assert_int_eq(scene.answer.status, status);
	ck_assert_int_eq(scene.answer.page->step, which);
	return scene.answer.page;
}

static inline bool offers(enum journey_action action)
{
	return scene.answer.page->actions & (1u << action);
}

/* What is in the account. */

struct looking {
	int device;
	struct attachment t;
	struct challenge ch;
	char wanted[256];
	unsigned live;
	unsigned taken;
	struct session session;
};

static inline void look_fn(const struct account *a, void *arg)
{
	struct looking *l = arg;
	struct device_id id = device_id(l->device);
	struct session_key key = session_key(l->device);
	const struct attachment *t = account_attachment(a, &id);

	l->t = *t;
	if (t->challenge)
		l->ch = *t->challenge;
	l->live = account_live_sessions(a, t);
	l->taken = places_taken(a, DEVICE_TYPES);
	if (account_session(a, &key))
		l->session = *account_session(a, &key);
}

static inline struct looking look(int device)
{
	struct looking l = { .device = device };

	ck_assert(registry_look(scene.r, VIEW("alice"), look_fn, &l));
	return l;
}

static inline enum challenge_state state(void)
{
	return look(3).ch.state;
}

struct doing {
	void (*fn)(struct account *a, struct change *c, struct attachment *t);
	int device;
};

static inline void do_fn(struct account *a, struct change *c, void *arg)
{
	struct doing *d = arg;
	struct device_id id = device_id(d->device);

	d->fn(a, c, account_attachment(a, &id));
}

static inline void change(int device,
			  void (*fn)(struct account *a, struct change *c, struct attachment *t))
{
	struct doing d = { fn, device };

	registry_change(scene.r, VIEW("alice"), false, do_fn, &d);
}

static inline void want_fn(struct account *a, struct change *c, void *arg)
{
	struct device_id three = device_id(3);

	change_challenge_wanted(c, account_attachment(a, &three), view_of(arg));
}

static inline void want(const char *path)
{
	registry_change(scene.r, VIEW("alice"), false, want_fn, (void *)(uintptr_t)path);
}

static inline void nothing_fn(struct account *a, struct change *c, void *arg)
{
	(void)a, (void)c, (void)arg;
}

/* The answer waits until what it rests on is committed; which it may be already. */
static inline bool waits(void)
{
	return scene.answer.number > 0 ||
	       registry_change(scene.r, VIEW("alice"), false, nothing_fn, NULL) == 0;
}

/* Takes whatever was told so far, in order. */
static inline void read_events(void)
{
	uint64_t number = registry_change(scene.r, VIEW("alice"), false, nothing_fn, NULL);

	while (!registry_is_committed(scene.r, number))
		usleep(200);
	forget_events();
	while (outbox_take(scene.r, now_ms, &scene.events[scene.n_events], 1)) {
		outbox_done(scene.r, scene.events[scene.n_events++].seq);
		ck_assert_uint_lt(scene.n_events, MAX_EVENTS);
	}
}

static inline unsigned told(enum outbox_type type, const char *fragment)
{
	unsigned n = 0;

	for (unsigned i = 0; i < scene.n_events; i++)
		n += scene.events[i].type == type && strstr(scene.events[i].data, fragment) != NULL;
	return n;
}

static inline void detach_own(struct account *a, struct change *c, struct attachment *t)
{
	policy_detach(a, c, t, REVOKE_NONE, NULL);
}
