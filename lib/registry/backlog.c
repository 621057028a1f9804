#include "registry/backlog.h"

#include "base/map.h"
#include "base/mem.h"

#include <pthread.h>

/* Undelivered events of one account, oldest first. */
struct backlog_queue {
	struct backlog_entry *first, *last;
	struct backlog_entry *front; /* the first that has not stepped aside: ready or out */
};

struct backlog {
	pthread_mutex_t lock;
	struct backlog_entry **heap; /* ready ones, the first due on top */
	size_t heap_len, heap_size;
	struct map *queues; /* by account hash */
	struct map *out;    /* by seq */
	struct backlog_entry *oldest, *youngest;
	uint64_t count, bytes;
};

static struct view key_of(const uint64_t *number)
{
	return view_make(number, sizeof(*number));
}

struct backlog *backlog_create(void)
{
	struct backlog *b = MEM_NEW(struct backlog);

	pthread_mutex_init(&b->lock, NULL);
	b->queues = map_create();
	b->out = map_create();
	return b;
}

static void destroy_queue(struct backlog_queue *q)
{
	while (q->first) {
		struct backlog_entry *next = q->first->next;

		mem_free(q->first);
		q->first = next;
	}
	mem_free(q);
}

void backlog_destroy(struct backlog **b)
{
	struct map_cursor cursor = { 0 };
	void *queue;

	if (!*b)
		return;
	while (map_next((*b)->queues, &cursor, NULL, &queue))
		destroy_queue(queue);
	map_destroy(&(*b)->queues);
	map_destroy(&(*b)->out);
	pthread_mutex_destroy(&(*b)->lock);
	mem_free((*b)->heap);
	MEM_FREE(*b);
}

static bool comes_before(const struct backlog_entry *a, const struct backlog_entry *b)
{
	return a->next_ms != b->next_ms ? a->next_ms < b->next_ms : a->seq < b->seq;
}

static void place(struct backlog *b, size_t i, struct backlog_entry *e)
{
	b->heap[i] = e;
	e->heap_at = i + 1;
}

static void sift_up(struct backlog *b, size_t i, struct backlog_entry *e)
{
	for (; i > 0 && comes_before(e, b->heap[(i - 1) / 2]); i = (i - 1) / 2)
		place(b, i, b->heap[(i - 1) / 2]);
	place(b, i, e);
}

static void sift_down(struct backlog *b, size_t i, struct backlog_entry *e)
{
	size_t child;

	while ((child = 2 * i + 1) < b->heap_len) {
		if (child + 1 < b->heap_len && comes_before(b->heap[child + 1], b->heap[child]))
			child++;
		if (!comes_before(b->heap[child], e))
			break;
		place(b, i, b->heap[child]);
		i = child;
	}
	place(b, i, e);
}

static void make_ready(struct backlog *b, struct backlog_entry *e)
{
	if (b->heap_len == b->heap_size) {
		b->heap_size = b->heap_size ? b->heap_size * 2 : 64;
		b->heap = mem_resize(b->heap, b->heap_size * sizeof(struct backlog_entry *));
	}
	sift_up(b, b->heap_len++, e);
}

/* A ready one is ready no more. */
static void take_ready(struct backlog *b, struct backlog_entry *e)
{
	struct backlog_entry *last = b->heap[--b->heap_len];
	size_t i = e->heap_at - 1;

	e->heap_at = 0;
	if (last == e)
		return;
	if (comes_before(last, e))
		sift_up(b, i, last);
	else
		sift_down(b, i, last);
}

static struct backlog_queue *queue_of(struct backlog *b, const struct backlog_entry *e)
{
	struct backlog_queue *q = map_get(b->queues, key_of(&e->account_hash));

	if (!q) {
		q = MEM_NEW(struct backlog_queue);
		map_put(b->queues, key_of(&e->account_hash), q);
	}
	return q;
}

static void append(struct backlog_queue *q, struct backlog_entry *e)
{
	e->queue = q;
	e->next = NULL;
	e->prev = q->last;
	if (q->last)
		q->last->next = e;
	else
		q->first = e;
	q->last = e;
}

static uint64_t bytes_of(const struct backlog_entry *e)
{
	return sizeof(*e) + e->data_bytes;
}

static void age(struct backlog *b, struct backlog_entry *e)
{
	e->older = b->youngest;
	*(b->youngest ? &b->youngest->younger : &b->oldest) = e;
	b->youngest = e;
	b->count++;
	b->bytes += bytes_of(e);
}

static void add(struct backlog *b, struct backlog_entry *e)
{
	struct backlog_queue *q = queue_of(b, e);

	append(q, e);
	age(b, e);
	if (e->attempts >= BACKLOG_PATIENCE) {
		make_ready(b, e);
	} else if (!q->front) {
		q->front = e;
		make_ready(b, e);
	}
}

void backlog_add(struct backlog *b, struct backlog_entry *entries)
{
	pthread_mutex_lock(&b->lock);
	while (entries) {
		struct backlog_entry *next = entries->next;

		add(b, entries);
		entries = next;
	}
	pthread_mutex_unlock(&b->lock);
}

unsigned backlog_take(struct backlog *b, int64_t now_ms, struct backlog_taken *ret_taken,
		      unsigned n)
{
	unsigned taken = 0;

	pthread_mutex_lock(&b->lock);
	while (taken < n && b->heap_len && b->heap[0]->next_ms <= now_ms) {
		struct backlog_entry *e = b->heap[0];

		take_ready(b, e);
		e->out = true;
		map_put(b->out, key_of(&e->seq), e);
		ret_taken[taken++] = (struct backlog_taken){ e->seq, e->next_ms, e->attempts };
	}
	pthread_mutex_unlock(&b->lock);
	return taken;
}

/* The turn goes to the next one that nobody has tried too often. */
static void pass_turn(struct backlog *b, struct backlog_entry *e)
{
	struct backlog_queue *q = e->queue;

	if (q->front != e)
		return;
	do
		q->front = q->front->next;
	while (q->front && q->front->attempts >= BACKLOG_PATIENCE);
	if (q->front)
		make_ready(b, q->front);
}

static void unlink_entry(struct backlog *b, struct backlog_entry *e)
{
	struct backlog_queue *q = e->queue;

	if (e->prev)
		e->prev->next = e->next;
	else
		q->first = e->next;
	if (e->next)
		e->next->prev = e->prev;
	else
		q->last = e->prev;
	if (!q->first) {
		map_drop(b->queues, key_of(&e->account_hash));
		mem_free(q);
	}
	*(e->older ? &e->older->younger : &b->oldest) = e->younger;
	*(e->younger ? &e->younger->older : &b->youngest) = e->older;
	b->count--;
	b->bytes -= bytes_of(e);
}

bool backlog_drop(struct backlog *b, uint64_t seq)
{
	struct backlog_entry *e;

	pthread_mutex_lock(&b->lock);
	e = map_drop(b->out, key_of(&seq));
	if (e) {
		pass_turn(b, e);
		unlink_entry(b, e);
	}
	pthread_mutex_unlock(&b->lock);
	mem_free(e);
	return e != NULL;
}

bool backlog_return(struct backlog *b, uint64_t seq, int64_t next_ms, bool failed,
		    unsigned *ret_attempts)
{
	struct backlog_entry *e;

	pthread_mutex_lock(&b->lock);
	e = map_drop(b->out, key_of(&seq));
	if (e) {
		e->out = false;
		e->next_ms = next_ms;
		e->attempts += failed;
		if (e->attempts >= BACKLOG_PATIENCE)
			pass_turn(b, e);
		make_ready(b, e);
		*ret_attempts = e->attempts;
	}
	pthread_mutex_unlock(&b->lock);
	return e != NULL;
}

static struct backlog_entry *oldest_at_rest(struct backlog *b)
{
	struct backlog_entry *e = b->oldest;

	while (e && e->out)
		e = e->younger;
	return e;
}

uint64_t backlog_shed(struct backlog *b, uint64_t max_bytes)
{
	struct backlog_entry *e = NULL;
	uint64_t seq;

	pthread_mutex_lock(&b->lock);
	if (b->bytes > max_bytes)
		e = oldest_at_rest(b);
	if (e) {
		if (e->heap_at)
			take_ready(b, e);
		pass_turn(b, e);
		unlink_entry(b, e);
	}
	pthread_mutex_unlock(&b->lock);
	seq = e ? e->seq : 0;
	mem_free(e);
	return seq;
}

int64_t backlog_next_due_ms(struct backlog *b)
{
	int64_t due_ms;

	pthread_mutex_lock(&b->lock);
	due_ms = b->heap_len ? b->heap[0]->next_ms : INT64_MAX;
	pthread_mutex_unlock(&b->lock);
	return due_ms;
}

uint64_t backlog_count(struct backlog *b)
{
	uint64_t count;

	pthread_mutex_lock(&b->lock);
	count = b->count;
	pthread_mutex_unlock(&b->lock);
	return count;
}
