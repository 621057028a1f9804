/* server: one server of the origin as all threads see it: whether it is worth asking, and how much it is asked. Nothing
 * but a few flags and a counter: knows no connections and decides nothing. Whoever changes a flag says so in the log.
 * Any thread; counted references. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>

struct server {
	atomic_uint in_use;  /* connections over which an exchange goes, of all workers */
	atomic_bool refuses; /* took no connection when it was asked last */
	atomic_bool ails;    /* did not pass its health checks */
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
	return !atomic_load_explicit(&s->refuses, memory_order_relaxed) &&
	       !atomic_load_explicit(&s->ails, memory_order_relaxed);
}

/* True when that is news: of several threads one is told so. */
static inline bool server_set(atomic_bool *flag, bool value)
{
	return atomic_load_explicit(flag, memory_order_relaxed) != value &&
	       atomic_exchange_explicit(flag, value, memory_order_relaxed) != value;
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
