#include "base/metric.h"

#include "base/mem.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
	LINE_BYTES = 64, /* a cache line: no two shards share one */
	CELLS_PER_LINE = LINE_BYTES / sizeof(int64_t),
	SHARD_CELLS = (METRIC_COUNT + CELLS_PER_LINE - 1) / CELLS_PER_LINE * CELLS_PER_LINE,
};

struct metrics {
	_Alignas(LINE_BYTES) _Atomic int64_t cells[METRIC_SHARDS][SHARD_CELLS];
};

struct row {
	const char *name, *labels, *help;
	enum metric_kind kind;
};

static const struct row rows[METRIC_COUNT] = {
#define METRIC(id, name, labels, kind, help) [METRIC_##id] = { name, labels, help, kind },
#include "base/metric_table.h"
#undef METRIC
};

struct metrics *metric_create(void)
{
	struct metrics *m = aligned_alloc(LINE_BYTES, sizeof(*m));

	if (!m)
		abort();
	memset(m, 0, sizeof(*m));
	return m;
}

void metric_destroy(struct metrics **m)
{
	free(*m);
	*m = NULL;
}

void metric_add(struct metrics *m, unsigned shard, enum metric id, int64_t n)
{
	_Atomic int64_t *cell;

	assert(shard < METRIC_SHARDS && id < METRIC_COUNT);
	cell = &m->cells[shard][id];
	if (!shard) {
		atomic_fetch_add_explicit(cell, n, memory_order_relaxed);
		return;
	}
	/* Only one thread writes a worker's shard, so the bus need not be locked. */
	atomic_store_explicit(cell, atomic_load_explicit(cell, memory_order_relaxed) + n,
			      memory_order_relaxed);
}

void metric_set(struct metrics *m, enum metric id, int64_t value)
{
	assert(rows[id].kind == METRIC_GAUGE);
	atomic_store_explicit(&m->cells[0][id], value, memory_order_relaxed);
}

int64_t metric_read(const struct metrics *m, enum metric id)
{
	int64_t sum = 0;

	for (unsigned shard = 0; shard < METRIC_SHARDS; shard++)
		sum += atomic_load_explicit(&m->cells[shard][id], memory_order_relaxed);
	return sum;
}

static void write_head(const struct row *row, struct text *t)
{
	text_printf(t, "# HELP %s %s\n# TYPE %s %s\n", row->name, row->help, row->name,
		    row->kind == METRIC_COUNTER ? "counter" : "gauge");
}

void metric_write(const struct metrics *m, struct text *t)
{
	for (unsigned id = 0; id < METRIC_COUNT; id++) {
		const struct row *row = &rows[id];

		if (!id || strcmp(rows[id - 1].name, row->name) != 0)
			write_head(row, t);
		text_puts(t, row->name);
		if (row->labels[0])
			text_printf(t, "{%s}", row->labels);
		text_printf(t, " %lld\n", (long long)metric_read(m, id));
	}
}
