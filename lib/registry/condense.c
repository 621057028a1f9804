#include "registry/condense.h"

#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "registry/backlog.h"

/* Rows that say all of what they are about: its table, and how many of their first values name it there. Such a row makes
 * every earlier one of the same name needless. All others are kept. */
static const struct {
	char table;
	unsigned key_values;
} wholes[ROW_KINDS] = {
	[ROW_ACCOUNT] = { 'a', 1 },         [ROW_ATTACHMENT] = { 't', 2 },
	[ROW_ATTACHMENT_GONE] = { 't', 2 }, [ROW_CHALLENGE] = { 'c', 2 },
	[ROW_CHALLENGE_GONE] = { 'c', 2 },  [ROW_SESSION] = { 's', 2 },
	[ROW_SESSION_GONE] = { 's', 2 },    [ROW_ENDED] = { 'e', 2 },
	[ROW_ENDED_GONE] = { 'e', 2 },      [ROW_TRIAL] = { 'r', 2 },
	[ROW_SCOPE] = { 'o', 3 },           [ROW_META] = { 'm', 1 },
};

enum { NAME_MAX_BYTES = 1 << 20 }; /* a row of a longer one is kept */

struct found {
	const uint8_t *at;
	size_t len;
	enum row_kind kind;
	struct backlog_entry *event; /* that it tells of; NULL: none */
	bool needless;
};

struct condensing {
	struct map *last; /* the index of the last row of a name, from 1 */
	struct found *rows;
	size_t n, size;
	uint64_t event_bytes;
};

/* What the row names, behind a letter for its table; empty when it does not say all. */
static struct view read_row(struct pack_reader *r, struct found *row, struct text *name)
{
	const uint8_t *values = r->at, *key_end = values;
	struct row_value v;

	for (unsigned n = 1; (v = row_next_value(r)).type != ROW_END; n++)
		if (n == wholes[row->kind].key_values)
			key_end = r->at;
	row->len = (size_t)(r->at - row->at);
	text_clear(name);
	if (key_end == values)
		return VIEW_NONE;
	text_putc(name, wholes[row->kind].table);
	text_put(name, view_make(values, (size_t)(key_end - values)));
	return name->overflow ? VIEW_NONE : text_view(name);
}

static struct found *add_row(struct condensing *c)
{
	if (c->n == c->size) {
		c->size = c->size ? c->size * 2 : 1024;
		c->rows = mem_resize(c->rows, c->size * sizeof(*c->rows));
	}
	c->rows[c->n] = (struct found){ 0 };
	return &c->rows[c->n++];
}

static void note_name(struct condensing *c, struct view name)
{
	void *before = map_put(c->last, name, (void *)(uintptr_t)c->n);

	if (before)
		c->rows[(uintptr_t)before - 1].needless = true;
}

static void read_batch(struct condensing *c, struct row_batch *b, struct text *name)
{
	struct pack_reader r = row_reader(b);
	struct backlog_entry *event = b->events;
	uint8_t *start = r.at;
	enum row_kind kind;

	for (; row_next(&r, &kind); start = r.at) {
		struct found *row = add_row(c);
		struct view key;

		row->at = start;
		row->kind = kind;
		key = read_row(&r, row, name);
		if (key.len)
			note_name(c, key);
		if (kind != ROW_EVENT && kind != ROW_EVENT_REVIVED)
			continue;
		row->event = event;
		event = event->next;
		c->event_bytes += row->len;
	}
}

static uint64_t lose_oldest(struct condensing *c, uint64_t max_event_bytes)
{
	uint64_t lost = 0;

	for (size_t i = 0; i < c->n && c->event_bytes > max_event_bytes; i++) {
		struct found *row = &c->rows[i];

		if (!row->event)
			continue;
		row->needless = true;
		c->event_bytes -= row->len;
		MEM_FREE(row->event);
		lost++;
	}
	return lost;
}

static struct row_batch *write_batch(const struct condensing *c)
{
	struct row_batch *b;
	struct backlog_entry **events_end;
	size_t len = 0;

	for (size_t i = 0; i < c->n; i++)
		len += c->rows[i].needless ? 0 : c->rows[i].len;
	b = mem_resize(NULL, sizeof(*b) + len);
	*b = (struct row_batch){ 0 };
	events_end = &b->events;
	for (size_t i = 0; i < c->n; i++) {
		const struct found *row = &c->rows[i];

		if (row->needless)
			continue;
		memcpy(b->rows + b->len, row->at, row->len);
		b->len += row->len;
		if (!row->event)
			continue;
		*events_end = row->event;
		events_end = &row->event->next;
	}
	*events_end = NULL;
	return b;
}

struct row_batch *condense_batches(struct row_batch *first, uint64_t max_event_bytes,
				   uint64_t *ret_lost)
{
	struct condensing c = { .last = map_create() };
	uint64_t number = 0, changes = 0;
	struct row_batch *whole, *next;
	struct text name;

	text_init_growing(&name, NAME_MAX_BYTES);
	for (struct row_batch *b = first; b; b = b->next) {
		read_batch(&c, b, &name);
		number = b->number ? b->number : number;
		changes += b->changes;
	}
	*ret_lost = lose_oldest(&c, max_event_bytes);
	whole = write_batch(&c);
	whole->number = number;
	whole->changes = changes;
	for (; first; first = next) {
		next = first->next;
		mem_free(first);
	}
	text_fini(&name);
	map_destroy(&c.last);
	mem_free(c.rows);
	return whole;
}
