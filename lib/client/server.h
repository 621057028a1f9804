/* server: one server of the origin as all threads see it: whether it is worth asking, and how much it is asked. Nothing
 * but since when it has failed us and a counter: knows no connections and decides nothing. Whoever changes that says so
 * in the log.
 * Any thread; counted references. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct server {
	atomic_uint in_use; /* connections over which an exchange goes, of all workers */
	/* Wall time in ms; 0: it does not. */
	_Atomic int64_t refuses_since_ms; /* took no connection when it was asked last */
	_Atomic int64_t ails_since_ms;    /* did not pass its health checks */
	atomic_uint refs;
	char *url;
	char room[96]; /* no two servers share a cache line */
};

struct server *server_create(const char *url);
struct server *server_ref(struct server *s);
/* Accepts a pointer to NULL. */
void server_unref(struct server **s);

static inline bool server_is_up(const struct server *s)
{
	return !atomic_load_explicit(&s->refuses_since_ms, memory_order_relaxed) &&
	       !atomic_load_explicit(&s->ails_since_ms, memory_order_relaxed);
}

/* Of refuses_since_ms and ails_since_ms: sets it at `now_ms`, unless it is set. True when that is news: of several threads
 * one is told so. */
static inline bool server_blame(_Atomic int64_t *since_ms, int64_t now_ms)
{
	int64_t well = 0;

	return !atomic_load_explicit(since_ms, memory_order_relaxed) &&
	       atomic_compare_exchange_strong_explicit(since_ms, &well, now_ms,
						       memory_order_relaxed, memory_order_relaxed);
}

/* Clears it. True when that is news, as above. */
static inline bool server_clear(_Atomic int64_t *since_ms)
{
	return atomic_load_explicit(since_ms, memory_order_relaxed) &&
	       atomic_exchange_explicit(since_ms, 0, memory_order_relaxed);
}

static inline void server_take_up(struct server *s)
{
	atomic_fetch_add_explicit(&s->in_use, 1, memory_order_relaxed);
}

static inline void server_let_go(struct server *s)
{
	atomic_fetch_sub_explicit(&s->in_use, 1, memory_order_relaxed);
}

static inline unsigned server_in_use(const struct server *s)
{
	return atomic_load_explicit(&s->in_use, memory_order_relaxed);
}
