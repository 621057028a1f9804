/* health: how the daemon is: alive, ready, and in numbers. Reads only. */
#pragma once

#include "admin/desk.h"

/* GET /healthz: 200 as long as the main loop turns. */
void health_answer(const struct inquiry *q);
/* GET /readyz: 200, or 503 with the reason; what requests showed of their sender, and how many servers of the
 * origin are up: that they are down does not make it unready, its own pages are served. */
void health_answer_ready(const struct inquiry *q);
/* GET /metrics: Prometheus text format 0.0.4. */
void health_answer_metrics(const struct inquiry *q);
