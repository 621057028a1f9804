/* metric: counters and gauges, one row of the table each; label sets are closed, so
 * the number of series is known when the program is built. Each worker thread counts
 * into its own shard without locks; a scrape sums the shards.
 * Counting: any thread, into the shard that is its own; reading: any thread.
 *
 * METRIC(enumerator, "name", "label=\"value\"" or "", kind, help) */
#pragma once

#include "base/text.h"

#include <stdint.h>

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE };

enum metric {
#define METRIC(id, name, labels, kind, help) METRIC_##id,
#include "base/metric_table.h"
#undef METRIC
	METRIC_COUNT
};

enum { METRIC_SHARDS = 65 };
struct metrics;

struct metrics *metric_create(void);
void metric_destroy(struct metrics **m);

/* A counter by n; a gauge by a signed step. `shard` is the caller's worker number + 1, and only
 * that worker may name it; 0 is for all threads that are not workers. Never a lock, never contended. */
void metric_add(struct metrics *m, unsigned shard, enum metric id, int64_t n);
/* Replaces a gauge (shard 0 only). */
void metric_set(struct metrics *m, enum metric id, int64_t value);
int64_t metric_read(const struct metrics *m, enum metric id);
/* Prometheus text format 0.0.4, HELP and TYPE once per name. */
void metric_write(const struct metrics *m, struct text *t);
