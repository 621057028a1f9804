/* Dead letters are rows of the state and a number in memory. Taking some of them away needs a look at what is committed, so
 * the next look waits until that was. */
#include "registry/outbox.h"

#include "base/err.h"
#include "base/mem.h"
#include "registry/embedded.h"

enum { READ_MAX = 100 };

void outbox_note_dead(struct registry *r, int64_t step)
{
	pthread_mutex_lock(&r->dead_lock);
	r->n_dead += (uint64_t)step;
	if (r->metrics)
		metric_set(r->metrics, METRIC_REGISTRY_DEAD_LETTERS, (int64_t)r->n_dead);
	pthread_mutex_unlock(&r->dead_lock);
}

uint64_t outbox_dead(struct registry *r)
{
	uint64_t n;

	pthread_mutex_lock(&r->dead_lock);
	n = r->n_dead;
	pthread_mutex_unlock(&r->dead_lock);
	return n;
}

int outbox_list_dead(struct registry *r, struct outbox_event *ret_events, unsigned n)
{
	return store_read_dead(r->store, 0, ret_events, n < READ_MAX ? n : READ_MAX);
}

/* What brings some of them back: their rows, and their places among those that wait. */
struct revival {
	struct registry *r;
	struct pack rows;
	struct backlog_entry *first, **end;
	uint64_t last_seq;
	unsigned n;
};

static void revive(struct revival *v, const struct outbox_event *e)
{
	int64_t now_ms = v->r->wall_ms();
	struct backlog_entry *entry = MEM_NEW(struct backlog_entry);

	entry->account_hash = registry_account_hash(v->r, view_of(e->account));
	entry->next_ms = now_ms;
	entry->data_bytes = (uint32_t)strlen(e->data);
	*v->end = entry;
	v->end = &entry->next;
	row_begin(&v->rows, ROW_EVENT_REVIVED);
	row_seq(&v->rows);
	row_int(&v->rows, now_ms);
	row_int(&v->rows, (int64_t)e->seq);
	row_end(&v->rows);
	v->last_seq = e->seq;
	v->n++;
}

/* How many were read, or ERR_IO. */
static int revive_some(struct revival *v, unsigned n)
{
	struct outbox_event events[READ_MAX];
	int read = store_read_dead(v->r->store, v->last_seq, events, n < READ_MAX ? n : READ_MAX);

	for (int i = 0; i < read; i++) {
		revive(v, &events[i]);
		mem_free(events[i].data);
	}
	return read;
}

/* The number of the change, which nobody may take letters away before. */
static uint64_t take_away(struct registry *r, struct pack *rows, struct backlog_entry *entries,
			  uint64_t n)
{
	r->dead_number = writer_submit(r->writer, row_batch_create(rows, entries), true);
	r->n_dead -= n < r->n_dead ? n : r->n_dead;
	if (r->metrics)
		metric_set(r->metrics, METRIC_REGISTRY_DEAD_LETTERS, (int64_t)r->n_dead);
	return r->dead_number;
}

static int replay(struct registry *r, unsigned n, uint64_t *ret_number)
{
	struct revival v = { .r = r };
	uint8_t first[4096];
	int read = READ_MAX;

	if (!embedded_is_committed(r, r->dead_number))
		return ERR_BUSY;
	v.end = &v.first;
	pack_init(&v.rows, first, sizeof(first));
	while (v.n < n && read == READ_MAX)
		read = revive_some(&v, n - v.n);
	if (v.n)
		*ret_number = take_away(r, &v.rows, v.first, v.n);
	pack_fini(&v.rows);
	return v.n || read >= 0 ? (int)v.n : read;
}

int outbox_replay(struct registry *r, unsigned n, uint64_t *ret_number)
{
	int done;

	*ret_number = 0;
	pthread_mutex_lock(&r->dead_lock);
	done = replay(r, n, ret_number);
	pthread_mutex_unlock(&r->dead_lock);
	return done;
}

static uint64_t drop(struct registry *r, uint64_t n)
{
	uint8_t first[32];
	struct pack p;

	pack_init(&p, first, sizeof(first));
	row_begin(&p, ROW_DEAD_GONE);
	row_int(&p, (int64_t)n);
	row_end(&p);
	take_away(r, &p, NULL, n);
	pack_fini(&p);
	embedded_count(r, METRIC_REGISTRY_DEAD_DROPPED, (int64_t)n);
	return n;
}

uint64_t outbox_drop_dead(struct registry *r, uint64_t max)
{
	uint64_t n = 0;

	pthread_mutex_lock(&r->dead_lock);
	if (r->n_dead > max && embedded_is_committed(r, r->dead_number))
		n = drop(r, r->n_dead - max);
	pthread_mutex_unlock(&r->dead_lock);
	return n;
}
