#include "registry/writer.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "registry/condense.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum {
	NICE_DELAY_MS = 1000,
	NICE_MAX = 4096,   /* so many wait for company, at most */
	GROUP_MAX = 16384, /* batches in one transaction */
	RETRY_MS = 20,     /* at first; twice as long each time */
	RETRY_MAX_MS = 1000,
	FAREWELL_TRIES = 3, /* of the last commit */
	FAREWELL_PAUSE_MS = 30,
	/* While commits fail, what waits is condensed from here on, each time that it has doubled. */
	CONDENSE_BYTES = 16 << 20,
	EVENTS_MAX_BYTES = 64 << 20, /* of what is condensed */
};

struct writer {
	struct writer_options o;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t queued;
	struct row_batch *first, **end;
	uint64_t length, bytes; /* changes in the queue and in the writer's hand */
	uint64_t last_number;
	uint64_t last_seq;
	uint64_t n_nice; /* in the queue */
	bool urgent;     /* there is something in the queue that must not wait */
	bool sleeping;   /* wants to be woken by work */
	bool stop;
	pthread_mutex_t listen_lock;
	void (*listener)(void *arg);
	void *listener_arg;
	/* The thread's own: */
	struct row_batch *hand;   /* taken from the queue, not committed yet */
	uint64_t condensed_bytes; /* what was left of them the last time, while commits fail */
	unsigned farewell_tries;
	int64_t retry_ms;
};

static void count(struct writer *w, enum metric metric, int64_t n)
{
	if (w->o.metrics)
		metric_add(w->o.metrics, 0, metric, n);
}

static void gauge(struct writer *w, enum metric metric, int64_t value)
{
	if (w->o.metrics)
		metric_set(w->o.metrics, metric, value);
}

static uint64_t bytes_of(const struct row_batch *b)
{
	return sizeof(*b) + b->len;
}

/* Under lock. */
static void gauge_queue(struct writer *w)
{
	gauge(w, METRIC_REGISTRY_QUEUE, (int64_t)w->length);
	gauge(w, METRIC_REGISTRY_QUEUE_BYTES, (int64_t)w->bytes);
}

static void sleep_on(struct writer *w, int64_t ms)
{
	int64_t at_ms = clock_steady_ms() + ms;
	struct timespec at = { .tv_sec = at_ms / 1000, .tv_nsec = at_ms % 1000 * 1000000 };

	pthread_cond_timedwait(&w->queued, &w->lock, &at);
}

static void wait_for_work(struct writer *w)
{
	w->sleeping = true;
	while (!w->first && !w->stop)
		pthread_cond_wait(&w->queued, &w->lock);
	if (!w->urgent && !w->stop)
		sleep_on(w, NICE_DELAY_MS);
	w->sleeping = false;
}

/* Moves the front of the queue to the hand. */
static void take_group(struct writer *w)
{
	struct row_batch **cut = &w->first;

	for (unsigned n = 0; *cut && n < GROUP_MAX; n++) {
		w->n_nice -= (*cut)->number == 0;
		cut = &(*cut)->next;
	}
	w->hand = w->first;
	w->first = *cut;
	*cut = NULL;
	if (!w->first) {
		w->end = &w->first;
		w->urgent = false;
	}
}

static void tell_listener(struct writer *w)
{
	pthread_mutex_lock(&w->listen_lock);
	if (w->listener)
		w->listener(w->listener_arg);
	pthread_mutex_unlock(&w->listen_lock);
}

/* What was committed is let go; returns how many changes that were. */
static uint64_t release_hand(struct writer *w, uint64_t *ret_bytes)
{
	uint64_t n = 0, number = 0;
	bool told = false;

	*ret_bytes = 0;
	while (w->hand) {
		struct row_batch *b = w->hand;

		w->hand = b->next;
		number = b->number ? b->number : number;
		told = told || b->events;
		if (b->events)
			backlog_add(w->o.backlog, b->events);
		n += b->changes;
		*ret_bytes += bytes_of(b);
		mem_free(b);
	}
	if (number)
		atomic_store_explicit(&w->o.state->committed, number, memory_order_release);
	atomic_store_explicit(&w->o.state->writing, true, memory_order_release);
	waiters_wake(w->o.waiters);
	if (told)
		tell_listener(w);
	return n;
}

/* What can be counted is counted before anybody is told. */
static void note_success(struct writer *w)
{
	bool was_writing = atomic_load(&w->o.state->writing);
	uint64_t n, bytes;

	count(w, METRIC_REGISTRY_COMMITS, 1);
	gauge(w, METRIC_REGISTRY_WRITING, 1);
	n = release_hand(w, &bytes);
	if (!was_writing)
		log_info("registry", "the state can be written again");
	gauge(w, METRIC_REGISTRY_EVENTS, (int64_t)backlog_count(w->o.backlog));
	pthread_mutex_lock(&w->lock);
	w->length -= n;
	w->bytes -= bytes;
	gauge_queue(w);
	pthread_mutex_unlock(&w->lock);
}

static void note_failure(struct writer *w)
{
	count(w, METRIC_REGISTRY_COMMIT_FAILURES, 1);
	gauge(w, METRIC_REGISTRY_WRITING, 0);
	if (atomic_exchange(&w->o.state->writing, false))
		log_error("registry", "the state cannot be written: %s", store_why(w->o.store));
	waiters_wake(w->o.waiters);
}

/* False: it is time to give up. */
static bool pause_before_retry(struct writer *w)
{
	bool go_on;

	pthread_mutex_lock(&w->lock);
	w->farewell_tries += w->stop;
	go_on = w->farewell_tries < FAREWELL_TRIES;
	if (go_on)
		sleep_on(w, w->stop ? FAREWELL_PAUSE_MS : w->retry_ms);
	w->retry_ms = w->retry_ms * 2 < RETRY_MAX_MS ? w->retry_ms * 2 : RETRY_MAX_MS;
	gauge_queue(w);
	pthread_mutex_unlock(&w->lock);
	return go_on;
}

/* Under lock: all that waits comes into the hand, if it is a lot, and twice what it was before. False: it is not. */
static bool take_all(struct writer *w)
{
	struct row_batch **end = &w->hand;

	if (w->bytes < CONDENSE_BYTES || w->bytes < 2 * w->condensed_bytes)
		return false;
	while (*end)
		end = &(*end)->next;
	*end = w->first;
	w->first = NULL;
	w->end = &w->first;
	w->n_nice = 0;
	w->urgent = false;
	return true;
}

/* Those who submit go on meanwhile. */
static void condense(struct writer *w)
{
	uint64_t before = 0, lost = 0;
	bool is_long;

	pthread_mutex_lock(&w->lock);
	is_long = take_all(w);
	pthread_mutex_unlock(&w->lock);
	if (!is_long)
		return;
	for (const struct row_batch *b = w->hand; b; b = b->next)
		before += bytes_of(b);
	w->hand = condense_batches(w->hand, EVENTS_MAX_BYTES, &lost);
	w->condensed_bytes = bytes_of(w->hand);
	pthread_mutex_lock(&w->lock);
	w->bytes -= before - w->condensed_bytes;
	gauge_queue(w);
	pthread_mutex_unlock(&w->lock);
	count(w, METRIC_REGISTRY_EVENTS_LOST, (int64_t)lost);
	if (lost)
		log_error(
			"registry",
			"too many events wait while the state cannot be written: the oldest %llu are lost",
			(unsigned long long)lost);
}

static bool commit_hand(struct writer *w)
{
	w->retry_ms = RETRY_MS;
	w->condensed_bytes = 0;
	while (store_commit(w->o.store, w->hand) != 0) {
		note_failure(w);
		if (!pause_before_retry(w))
			return false;
		condense(w);
	}
	note_success(w);
	return true;
}

static void *run(void *arg)
{
	struct writer *w = arg;
	bool going = true;

	while (going) {
		pthread_mutex_lock(&w->lock);
		wait_for_work(w);
		take_group(w);
		going = w->hand != NULL;
		pthread_mutex_unlock(&w->lock);
		going = going && commit_hand(w);
	}
	return NULL;
}

struct writer *writer_create(const struct writer_options *options)
{
	struct writer *w = MEM_NEW(struct writer);
	pthread_condattr_t steady;

	w->o = *options;
	w->end = &w->first;
	w->last_seq = options->last_seq;
	pthread_mutex_init(&w->lock, NULL);
	pthread_mutex_init(&w->listen_lock, NULL);
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&w->queued, &steady);
	pthread_condattr_destroy(&steady);
	gauge(w, METRIC_REGISTRY_WRITING, 1);
	gauge(w, METRIC_REGISTRY_EVENTS, (int64_t)backlog_count(w->o.backlog));
	if (!thread_start("state", run, w, &w->thread))
		abort();
	return w;
}

static uint64_t free_batches(struct row_batch *b)
{
	uint64_t lost = 0;

	while (b) {
		struct row_batch *next = b->next;
		struct backlog_entry *e = b->events;

		lost += b->number ? b->changes : 0;
		while (e) {
			struct backlog_entry *next_entry = e->next;

			mem_free(e);
			e = next_entry;
		}
		mem_free(b);
		b = next;
	}
	return lost;
}

void writer_destroy(struct writer **w)
{
	uint64_t lost;

	if (!*w)
		return;
	pthread_mutex_lock(&(*w)->lock);
	(*w)->stop = true;
	pthread_cond_signal(&(*w)->queued);
	pthread_mutex_unlock(&(*w)->lock);
	pthread_join((*w)->thread, NULL);
	lost = free_batches((*w)->hand) + free_batches((*w)->first);
	if (lost)
		log_error("registry", "%llu changes were lost: the state cannot be written",
			  (unsigned long long)lost);
	pthread_cond_destroy(&(*w)->queued);
	pthread_mutex_destroy(&(*w)->lock);
	pthread_mutex_destroy(&(*w)->listen_lock);
	MEM_FREE(*w);
}

static void number_events(struct writer *w, struct row_batch *b)
{
	for (struct backlog_entry *e = b->events; e; e = e->next)
		e->seq = ++w->last_seq;
}

uint64_t writer_submit(struct writer *w, struct row_batch *batch, bool durable)
{
	uint64_t number;

	pthread_mutex_lock(&w->lock);
	number = batch->number = durable ? ++w->last_number : 0;
	number_events(w, batch);
	batch->next = NULL;
	*w->end = batch;
	w->end = &batch->next;
	w->length++;
	w->bytes += bytes_of(batch);
	w->n_nice += !durable;
	w->urgent = w->urgent || durable || w->n_nice >= NICE_MAX;
	if (w->sleeping && (w->urgent || w->length == 1))
		pthread_cond_signal(&w->queued);
	pthread_mutex_unlock(&w->lock);
	return number;
}

void writer_listen(struct writer *w, void (*fn)(void *arg), void *arg)
{
	pthread_mutex_lock(&w->listen_lock);
	w->listener = fn;
	w->listener_arg = arg;
	pthread_mutex_unlock(&w->listen_lock);
}
