/* embedded: the parts of the registry that keeps its working set in memory and its truth in SQLite.
 * Locks, in the order in which they are taken: shards of the roster (by number), then any one of keys, ended, trials, the
 * writer's queue, the backlog. None is held across input or output but that of the dead letters, which is nobody's on the
 * way of a request. */
#pragma once

#include "registry/backlog.h"
#include "registry/ended.h"
#include "registry/frozen.h"
#include "registry/generation.h"
#include "registry/keys.h"
#include "registry/registry.h"
#include "registry/roster.h"
#include "registry/scopes.h"
#include "registry/store.h"
#include "registry/trials.h"
#include "registry/waiters.h"
#include "registry/writer.h"

#include "base/map.h"

#include <pthread.h>

struct registry {
	struct metrics *metrics;
	int64_t (*wall_ms)(void);
	struct roster *roster;
	struct keys *sessions;   /* key -> account */
	struct keys *challenges; /* id -> account */
	struct ended *ended;
	struct generation *generation;
	struct trials *trials;
	struct scopes *scopes;
	struct store *store;
	struct waiters_state state;
	struct waiters *waiters;
	struct backlog *backlog;
	struct writer *writer;
	pthread_mutex_t dead_lock;
	uint64_t n_dead;           /* dead letters, those among them that are not committed yet */
	uint64_t dead_number;      /* of the last change that took some away */
	_Atomic uint32_t last_row; /* of an account */
	int64_t born_ms;
	bool was_empty;
	atomic_bool untold; /* there is nobody to tell */
	struct hmac_key *key;
	struct map_seed hash_seed;
	pthread_mutex_t secrets_lock;
	struct map *secrets; /* name -> DIGEST_BYTES */
};

static inline bool embedded_is_committed(const struct registry *r, uint64_t number)
{
	return number <= atomic_load_explicit(&r->state.committed, memory_order_acquire);
}

static inline void embedded_count(struct registry *r, enum metric metric, int64_t step)
{
	if (r->metrics && step)
		metric_add(r->metrics, 0, metric, step);
}
