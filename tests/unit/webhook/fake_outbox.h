/* fake_outbox: an outbox in memory that keeps the real one's promises (in order per account, an event that
 * failed three times steps aside) and notes what it is told. It takes the place of registry/outbox.c when the
 * test is linked. A retry is due at once, so that no test waits, unless `keeps_time`. */
#pragma once

#include "base/clock.h"
#include "base/mem.h"
#include "registry/outbox.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { FAKE_EVENTS = 4096 };
enum fake_fate { FAKE_WAITS, FAKE_TAKEN, FAKE_DONE, FAKE_BURIED };

struct fake_event {
	unsigned account, attempts;
	int64_t next_ms, retried_at_ms;
	enum fake_fate fate;
};

struct registry {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct fake_event events[FAKE_EVENTS]; /* seq is the index + 1 */
	unsigned too_many;                     /* to be trimmed */
	uint64_t most_dead;                    /* that are kept, as was said last */
	unsigned n_looks;                      /* how often that was said */
	unsigned n, n_takes, n_retries, n_done, n_buried, n_taken, most_taken;
	bool keeps_time;
	void (*listener)(void *arg);
	void *arg;
};

static inline void fake_init(struct registry *r)
{
	memset(r, 0, sizeof(*r));
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->changed, NULL);
}

/* `per_account` events for each of `accounts`, in turn; then tells the listener. */
static inline void fake_tell(struct registry *r, unsigned accounts, unsigned per_account)
{
	pthread_mutex_lock(&r->lock);
	for (unsigned i = 0; i < per_account; i++)
		for (unsigned account = 0; account < accounts; account++)
			r->events[r->n++] = (struct fake_event){ .account = account };
	ck_assert_uint_le(r->n, FAKE_EVENTS);
	if (r->listener)
		r->listener(r->arg);
	pthread_mutex_unlock(&r->lock);
}

static inline void fake_set(struct registry *r, unsigned *number, unsigned n)
{
	pthread_mutex_lock(&r->lock);
	*number = n;
	pthread_mutex_unlock(&r->lock);
}

/* Waits until `*counter`, one of r's, is at least `n`. */
static inline void fake_wait(struct registry *r, const unsigned *counter, unsigned n)
{
	struct timespec until;
	int err = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 30;
	pthread_mutex_lock(&r->lock);
	while (*counter < n && !err)
		err = pthread_cond_timedwait(&r->changed, &r->lock, &until);
	pthread_mutex_unlock(&r->lock);
	ck_assert_msg(!err, "%u instead of %u", *counter, n);
}

static inline struct fake_event fake_get(struct registry *r, unsigned i)
{
	struct fake_event e;

	pthread_mutex_lock(&r->lock);
	e = r->events[i];
	pthread_mutex_unlock(&r->lock);
	return e;
}

static inline unsigned fake_read(struct registry *r, const unsigned *counter)
{
	unsigned n;

	pthread_mutex_lock(&r->lock);
	n = *counter;
	pthread_mutex_unlock(&r->lock);
	return n;
}

static inline bool fake_is_ready(const struct registry *r, unsigned i)
{
	const struct fake_event *e = &r->events[i];

	if (e->fate != FAKE_WAITS)
		return false;
	for (unsigned k = 0; k < i && e->attempts < 3; k++)
		if (r->events[k].account == e->account && r->events[k].attempts < 3 &&
		    r->events[k].fate <= FAKE_TAKEN)
			return false;
	return true;
}

const char *outbox_type_text(unsigned type)
{
	static const char *const texts[] = {
#define FAKE_TEXT(id, type) type,
		OUTBOX_TABLE(FAKE_TEXT)
#undef FAKE_TEXT
	};

	return texts[type];
}

static inline void fake_fill(const struct registry *r, unsigned i, struct outbox_event *e)
{
	char data[64];

	*e = (struct outbox_event){ .seq = i + 1,
				    .type = OUTBOX_DEVICE_ATTACHED,
				    .attempts = r->events[i].attempts };
	snprintf(e->id, sizeof(e->id), "%032u", i);
	snprintf(e->account, sizeof(e->account), "account %u", r->events[i].account);
	snprintf(data, sizeof(data), "{\"account\":\"account %u\",\"n\":%u}", r->events[i].account,
		 i);
	e->data = mem_text(data);
}

unsigned outbox_take(struct registry *r, int64_t now_ms, struct outbox_event *ret_events,
		     unsigned n)
{
	unsigned taken = 0;

	pthread_mutex_lock(&r->lock);
	r->n_takes++;
	for (unsigned i = 0; i < r->n && taken < n; i++) {
		if (!fake_is_ready(r, i) || (r->keeps_time && r->events[i].next_ms > now_ms))
			continue;
		r->events[i].fate = FAKE_TAKEN;
		fake_fill(r, i, &ret_events[taken++]);
	}
	r->n_taken += taken;
	if (r->n_taken > r->most_taken)
		r->most_taken = r->n_taken;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
	return taken;
}

static inline void fake_settle(struct registry *r, uint64_t seq, enum fake_fate fate,
			       unsigned *counter)
{
	ck_assert_int_eq(r->events[seq - 1].fate, FAKE_TAKEN);
	r->events[seq - 1].fate = fate;
	r->n_taken--;
	(*counter)++;
	pthread_cond_broadcast(&r->changed);
}

void outbox_done(struct registry *r, uint64_t seq)
{
	pthread_mutex_lock(&r->lock);
	fake_settle(r, seq, FAKE_DONE, &r->n_done);
	pthread_mutex_unlock(&r->lock);
}

void outbox_bury(struct registry *r, uint64_t seq)
{
	pthread_mutex_lock(&r->lock);
	fake_settle(r, seq, FAKE_BURIED, &r->n_buried);
	pthread_mutex_unlock(&r->lock);
}

void outbox_retry(struct registry *r, uint64_t seq, int64_t next_ms)
{
	pthread_mutex_lock(&r->lock);
	fake_settle(r, seq, FAKE_WAITS, &r->n_retries);
	r->events[seq - 1].attempts++;
	r->events[seq - 1].next_ms = next_ms;
	r->events[seq - 1].retried_at_ms = clock_wall_ms();
	pthread_mutex_unlock(&r->lock);
}

unsigned outbox_trim(struct registry *r, uint64_t max_bytes)
{
	unsigned trimmed = 0;

	(void)max_bytes;
	pthread_mutex_lock(&r->lock);
	for (unsigned i = 0; i < r->n && r->too_many && trimmed < OUTBOX_TRIM_MAX; i++) {
		if (r->events[i].fate != FAKE_WAITS)
			continue;
		r->events[i].fate = FAKE_BURIED;
		r->n_buried++;
		r->too_many--;
		trimmed++;
	}
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
	return trimmed;
}

uint64_t outbox_drop_dead(struct registry *r, uint64_t max)
{
	uint64_t dropped;

	pthread_mutex_lock(&r->lock);
	dropped = r->n_buried > max ? r->n_buried - max : 0;
	r->most_dead = max;
	r->n_looks++;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
	return dropped;
}

void outbox_listen(struct registry *r, void (*fn)(void *arg), void *arg)
{
	pthread_mutex_lock(&r->lock);
	r->listener = fn;
	r->arg = arg;
	pthread_mutex_unlock(&r->lock);
}

int64_t outbox_next_due_ms(struct registry *r)
{
	int64_t due_ms = INT64_MAX;

	pthread_mutex_lock(&r->lock);
	for (unsigned i = 0; i < r->n; i++)
		if (fake_is_ready(r, i) && (!r->keeps_time || r->events[i].next_ms < due_ms))
			due_ms = r->keeps_time ? r->events[i].next_ms : 0;
	pthread_mutex_unlock(&r->lock);
	return due_ms;
}

uint64_t outbox_waiting(struct registry *r)
{
	return r->n - r->n_done - r->n_buried;
}
