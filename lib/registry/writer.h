/* writer: the one thread that writes. Takes what has queued up and commits it in one transaction, in the order of the
 * queue; then says how far it got, hands told events to the backlog and wakes those who wait. When a commit fails it
 * keeps what it has, says so, and tries again until it works: nothing is lost, only late. What piles up meanwhile is
 * condensed, so that it grows no larger than the state; of events, which cannot be, the oldest are lost beyond 64 MiB.
 * Any thread may submit. */
#pragma once

#include "base/metric.h"
#include "registry/backlog.h"
#include "registry/row.h"
#include "registry/store.h"
#include "registry/waiters.h"

struct writer;

struct writer_options {
	struct store *store;
	struct backlog *backlog;
	struct waiters_state *state;
	struct waiters *waiters;
	struct metrics *metrics; /* NULL: nobody counts */
	uint64_t last_seq;       /* of the events that are there */
};

struct writer *writer_create(const struct writer_options *options);
/* Commits what is left; gives up after three tries, and says so in the log. */
void writer_destroy(struct writer **w);

/* Takes over the batch. `durable`: it gets the next number, which is returned, and is written at once; otherwise 0, and it is
 * written with the next one that is, or within a second. */
uint64_t writer_submit(struct writer *w, struct row_batch *batch, bool durable);

/* Whoever wants to know when events were committed. Calls come from the writer's thread. */
void writer_listen(struct writer *w, void (*fn)(void *arg), void *arg);
