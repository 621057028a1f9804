/* What the registry's tests stand on: a state in a directory of its own, a clock that stands still, and short
 * words for what is done to accounts. */
#pragma once

#include "suite.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "registry/outbox.h"

#include <dirent.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const int64_t ground_start_ms = INT64_C(1763900000000);

static _Atomic int64_t ground_now_ms;

static inline int64_t ground_clock(void)
{
	return atomic_load(&ground_now_ms);
}

static inline void ground_pass(int64_t ms)
{
	atomic_fetch_add(&ground_now_ms, ms);
}

struct ground {
	char path[64];
	const char *vfs;
	struct registry *r;
	struct metrics *metrics;
};

static inline void ground_remove(const char *path)
{
	DIR *d = opendir(path);
	struct dirent *e;
	char name[512];

	while (d && (e = readdir(d))) {
		snprintf(name, sizeof(name), "%s/%s", path, e->d_name);
		unlink(name);
	}
	if (d)
		closedir(d);
	rmdir(path);
}

static inline int ground_try(struct ground *g, char **ret_why)
{
	struct registry_options options = {
		.path = g->path, .vfs = g->vfs, .metrics = g->metrics, .wall_ms = ground_clock
	};

	return registry_open(&options, &g->r, ret_why);
}

static inline void ground_open(struct ground *g)
{
	char *why = NULL;

	ck_assert_msg(ground_try(g, &why) == 0, "%s", why ? why : "?");
}

static inline void ground_init(struct ground *g, const char *vfs)
{
	*g = (struct ground){ .vfs = vfs, .metrics = metric_create() };
	atomic_store(&ground_now_ms, ground_start_ms);
	snprintf(g->path, sizeof(g->path), "%s/latchd-registry-XXXXXX", suite_room());
	ck_assert_ptr_nonnull(mkdtemp(g->path));
	ground_open(g);
}

static inline void ground_fini(struct ground *g)
{
	registry_close(&g->r);
	metric_destroy(&g->metrics);
	ground_remove(g->path);
}

static inline void ground_reopen(struct ground *g)
{
	registry_close(&g->r);
	ground_open(g);
}

/* Ids from small numbers. */
static inline struct device_id ground_device(unsigned n)
{
	struct device_id id = { { 0 } };

	memcpy(id.bytes, &n, sizeof(n));
	id.bytes[15] = 'd';
	return id;
}

static inline struct session_key ground_key(unsigned n)
{
	struct session_key key = { { 0 } };
	uint64_t mixed = (n + 1) * UINT64_C(0x9e3779b97f4a7c15);

	memcpy(key.bytes, &mixed, sizeof(mixed));
	memcpy(key.bytes + 8, &n, sizeof(n));
	return key;
}

/* What a change is asked to do, and what came of it. */
struct ground_work {
	unsigned device;
	unsigned key;
	enum attachment_status status;
	bool tell;
	unsigned revoked;
	bool done;
};

static inline struct attachment *ground_attachment(struct account *a, struct change *c,
						   unsigned device)
{
	struct device_id id = ground_device(device);
	struct attachment *t = account_attachment(a, &id);

	return t ? t : change_attach(c, &id);
}

static inline void ground_tell(struct change *c, unsigned type, unsigned device)
{
	json_t *data = json_object();

	json_object_set_new(data, "device", json_integer(device));
	change_tell(c, type, data);
}

/* A counted device with a session. */
static inline void ground_fn_login(struct account *a, struct change *c, void *arg)
{
	struct ground_work *w = arg;
	struct attachment *t = ground_attachment(a, c, w->device);
	struct session_key key = ground_key(w->key);

	t->status = (uint8_t)w->status;
	t->counted = w->status == ATTACHMENT_ATTACHED;
	t->place_ms = t->counted ? change_now_ms(c) : 0;
	change_label(c, t, VIEW("Firefox on Linux"));
	change_attachment(c, t);
	change_bind(c, &key, t, 1);
	if (w->tell)
		ground_tell(c, OUTBOX_DEVICE_ATTACHED, w->device);
}

static inline uint64_t ground_login(struct ground *g, const char *account, unsigned device,
				    unsigned key)
{
	struct ground_work w = { .device = device, .key = key, .status = ATTACHMENT_ATTACHED };

	return registry_change(g->r, view_of(account), true, ground_fn_login, &w);
}

static inline uint64_t ground_login_told(struct ground *g, const char *account, unsigned device,
					 unsigned key)
{
	struct ground_work w = {
		.device = device, .key = key, .status = ATTACHMENT_ATTACHED, .tell = true
	};

	return registry_change(g->r, view_of(account), true, ground_fn_login, &w);
}

/* A device that has not come back yet. */
static inline uint64_t ground_mint(struct ground *g, const char *account, unsigned device,
				   unsigned key)
{
	struct ground_work w = { .device = device, .key = key, .status = ATTACHMENT_PENDING };

	return registry_change(g->r, view_of(account), true, ground_fn_login, &w);
}

static inline void ground_fn_kick(struct account *a, struct change *c, void *arg)
{
	struct ground_work *w = arg;
	struct device_id id = ground_device(w->device);
	struct attachment *t = account_attachment(a, &id);

	w->revoked = change_revoke(c, t, REVOKE_KICKED, NULL);
	t->status = ATTACHMENT_DETACHED;
	t->counted = false;
	change_attachment(c, t);
	if (w->tell)
		ground_tell(c, OUTBOX_DEVICE_DETACHED, w->device);
}

static inline uint64_t ground_kick(struct ground *g, const char *account, unsigned device)
{
	struct ground_work w = { .device = device, .tell = true };

	return registry_change(g->r, view_of(account), false, ground_fn_kick, &w);
}

/* Stands still until everything up to the number is durable. */
static inline void ground_settle(struct ground *g, uint64_t number)
{
	int64_t limit_ms = clock_steady_ms() + 60000;

	while (!registry_is_committed(g->r, number) && clock_steady_ms() < limit_ms)
		usleep(200);
	ck_assert(registry_is_committed(g->r, number));
}

static inline struct registry_found ground_find(struct ground *g, unsigned key)
{
	struct session_key k = ground_key(key);
	struct registry_found found;

	registry_find(g->r, &k, &found);
	return found;
}
