#include "registry/outbox.h"

#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "registry/embedded.h"

#include <assert.h>

enum { TAKE_MAX = 64, READ_AGAIN_MS = 1000 };

const char *outbox_type_text(unsigned type)
{
	static const char *const texts[OUTBOX_TYPES] = {
#define OUTBOX_TEXT(id, type) [OUTBOX_##id] = type,
		OUTBOX_TABLE(OUTBOX_TEXT)
#undef OUTBOX_TEXT
	};

	assert(type < OUTBOX_TYPES);
	return texts[type];
}

static void pack_fate(struct pack *p, enum row_kind kind, uint64_t seq)
{
	row_begin(p, kind);
	row_int(p, (int64_t)seq);
	row_end(p);
}

static void submit(struct registry *r, struct pack *p)
{
	writer_submit(r->writer, row_batch_create(p, NULL), false);
	pack_fini(p);
}

/* False when it cannot be had; it is then out no more. */
static bool read_event(struct registry *r, const struct backlog_taken *taken, int64_t now_ms,
		       struct outbox_event *e)
{
	unsigned attempts;
	int err;

	*e = (struct outbox_event){ .seq = taken->seq,
				    .attempts = taken->attempts,
				    .next_ms = taken->next_ms };
	err = store_read_event(r->store, taken->seq, e);
	if (err == ERR_NOT_FOUND) {
		log_warn("registry", "an event to be sent was removed from the state");
		backlog_drop(r->backlog, taken->seq);
	} else if (err) {
		log_warn("registry", "an event to be sent cannot be read");
		backlog_return(r->backlog, taken->seq, now_ms + READ_AGAIN_MS, false, &attempts);
	} else if (e->type == OUTBOX_TYPES) {
		log_warn("registry",
			 "an event of a type that is not known here is kept as a dead letter");
		mem_free(e->data);
		outbox_bury(r, taken->seq);
		err = ERR_UNSUPPORTED;
	}
	return !err;
}

unsigned outbox_take(struct registry *r, int64_t now_ms, struct outbox_event *ret_events,
		     unsigned n)
{
	struct backlog_taken taken[TAKE_MAX];
	unsigned n_taken = backlog_take(r->backlog, now_ms, taken, n < TAKE_MAX ? n : TAKE_MAX),
		 read = 0;

	for (unsigned i = 0; i < n_taken; i++)
		read += read_event(r, &taken[i], now_ms, &ret_events[read]);
	return read;
}

static void note_count(struct registry *r)
{
	if (r->metrics)
		metric_set(r->metrics, METRIC_REGISTRY_EVENTS, (int64_t)backlog_count(r->backlog));
}

/* False: it was not out. */
static bool settle(struct registry *r, uint64_t seq, enum row_kind kind)
{
	uint8_t first[32];
	struct pack p;

	if (!backlog_drop(r->backlog, seq))
		return false;
	pack_init(&p, first, sizeof(first));
	pack_fate(&p, kind, seq);
	submit(r, &p);
	note_count(r);
	return true;
}

void outbox_done(struct registry *r, uint64_t seq)
{
	settle(r, seq, ROW_EVENT_DONE);
}

void outbox_retry(struct registry *r, uint64_t seq, int64_t next_ms)
{
	uint8_t first[32];
	unsigned attempts;
	struct pack p;

	if (!backlog_return(r->backlog, seq, next_ms, true, &attempts))
		return;
	pack_init(&p, first, sizeof(first));
	row_begin(&p, ROW_EVENT_RETRY);
	row_int(&p, attempts);
	row_int(&p, next_ms);
	row_int(&p, (int64_t)seq);
	row_end(&p);
	submit(r, &p);
}

void outbox_bury(struct registry *r, uint64_t seq)
{
	if (!settle(r, seq, ROW_EVENT_DEAD))
		return;
	embedded_count(r, METRIC_REGISTRY_EVENTS_DEAD, 1);
	outbox_note_dead(r, 1);
}

unsigned outbox_trim(struct registry *r, uint64_t max_bytes)
{
	uint8_t first[4096];
	unsigned n = 0;
	uint64_t seq;
	struct pack p;

	pack_init(&p, first, sizeof(first));
	for (; n < OUTBOX_TRIM_MAX && (seq = backlog_shed(r->backlog, max_bytes)); n++)
		pack_fate(&p, ROW_EVENT_DEAD, seq);
	if (!n)
		return 0;
	submit(r, &p);
	embedded_count(r, METRIC_REGISTRY_EVENTS_DEAD, n);
	outbox_note_dead(r, n);
	note_count(r);
	return n;
}

void outbox_listen(struct registry *r, void (*fn)(void *arg), void *arg)
{
	writer_listen(r->writer, fn, arg);
}

int64_t outbox_next_due_ms(struct registry *r)
{
	return backlog_next_due_ms(r->backlog);
}

uint64_t outbox_waiting(struct registry *r)
{
	return backlog_count(r->backlog);
}

void outbox_enable(struct registry *r, bool on)
{
	atomic_store_explicit(&r->untold, !on, memory_order_relaxed);
}
