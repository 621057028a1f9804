#include "registry/waiters.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct waiters {
	const struct waiters_state *state;
	pthread_mutex_t lock;
	pthread_cond_t moved; /* for the clock */
	pthread_cond_t woken; /* for those who block */
	pthread_t clock;
	struct registry_wait *first, **end; /* oldest first */
	bool idle;                          /* the clock sleeps until somebody comes */
	bool stop;
};

static void deliver_committed(struct loop_letter *letter)
{
	struct registry_wait *w = (struct registry_wait *)letter;

	w->on_committed(w, true);
}

static void deliver_failed(struct loop_letter *letter)
{
	struct registry_wait *w = (struct registry_wait *)letter;

	w->on_committed(w, false);
}

static bool is_committed(const struct waiters *ws, uint64_t number)
{
	return number <= atomic_load_explicit(&ws->state->committed, memory_order_acquire);
}

static void answer(const struct waiters *ws, struct registry_wait *w)
{
	w->letter.on_delivery = is_committed(ws, w->number) ? deliver_committed : deliver_failed;
	loop_post(w->loop, &w->letter);
}

/* Takes those out that need not wait on, and answers them. */
static void sweep(struct waiters *ws, int64_t now_ms)
{
	bool writing = atomic_load_explicit(&ws->state->writing, memory_order_acquire);
	struct registry_wait **at = &ws->first, *w;

	while ((w = *at)) {
		if (writing && !is_committed(ws, w->number) && w->deadline_ms > now_ms) {
			at = &w->next;
			continue;
		}
		*at = w->next;
		answer(ws, w);
	}
	ws->end = at;
}

static void sleep_until(struct waiters *ws, pthread_cond_t *cond, int64_t at_ms)
{
	struct timespec at = { .tv_sec = at_ms / 1000, .tv_nsec = at_ms % 1000 * 1000000 };

	pthread_cond_timedwait(cond, &ws->lock, &at);
}

static void *run_clock(void *arg)
{
	struct waiters *ws = arg;

	pthread_mutex_lock(&ws->lock);
	while (!ws->stop) {
		ws->idle = !ws->first;
		if (ws->idle)
			pthread_cond_wait(&ws->moved, &ws->lock);
		else
			sleep_until(ws, &ws->moved, ws->first->deadline_ms);
		sweep(ws, clock_steady_ms());
	}
	pthread_mutex_unlock(&ws->lock);
	return NULL;
}

struct waiters *waiters_create(const struct waiters_state *state)
{
	struct waiters *ws = MEM_NEW(struct waiters);
	pthread_condattr_t steady;

	ws->state = state;
	ws->end = &ws->first;
	pthread_mutex_init(&ws->lock, NULL);
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&ws->moved, &steady);
	pthread_cond_init(&ws->woken, &steady);
	pthread_condattr_destroy(&steady);
	if (!thread_start("state clock", run_clock, ws, &ws->clock))
		abort();
	return ws;
}

void waiters_destroy(struct waiters **ws)
{
	if (!*ws)
		return;
	pthread_mutex_lock(&(*ws)->lock);
	(*ws)->stop = true;
	pthread_cond_signal(&(*ws)->moved);
	pthread_mutex_unlock(&(*ws)->lock);
	pthread_join((*ws)->clock, NULL);
	sweep(*ws, INT64_MAX);
	pthread_cond_destroy(&(*ws)->moved);
	pthread_cond_destroy(&(*ws)->woken);
	pthread_mutex_destroy(&(*ws)->lock);
	MEM_FREE(*ws);
}

void waiters_add(struct waiters *ws, struct registry_wait *w)
{
	pthread_mutex_lock(&ws->lock);
	if (is_committed(ws, w->number) ||
	    !atomic_load_explicit(&ws->state->writing, memory_order_acquire)) {
		answer(ws, w);
	} else {
		w->next = NULL;
		w->deadline_ms = clock_steady_ms() + WAITERS_LIMIT_MS;
		*ws->end = w;
		ws->end = &w->next;
		if (ws->idle)
			pthread_cond_signal(&ws->moved);
	}
	pthread_mutex_unlock(&ws->lock);
}

void waiters_wake(struct waiters *ws)
{
	pthread_mutex_lock(&ws->lock);
	sweep(ws, clock_steady_ms());
	pthread_cond_broadcast(&ws->woken);
	pthread_mutex_unlock(&ws->lock);
}

bool waiters_block(struct waiters *ws, uint64_t number)
{
	int64_t deadline_ms = clock_steady_ms() + WAITERS_LIMIT_MS;

	pthread_mutex_lock(&ws->lock);
	while (!is_committed(ws, number) && clock_steady_ms() < deadline_ms)
		sleep_until(ws, &ws->woken, deadline_ms);
	pthread_mutex_unlock(&ws->lock);
	return is_committed(ws, number);
}
