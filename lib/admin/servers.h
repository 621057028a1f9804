/* servers: the servers of the origin as the operator sees them: which are asked, and how much. Reads only. */
#pragma once

#include "admin/desk.h"

/* GET /v1/servers: each with its URL, whether it is up, why not, and its connections in use. */
void servers_list(const struct inquiry *q);
/* {"up":2,"of":3}, for /readyz. */
json_t *servers_count(const struct settings *settings);
/* Metrics by server, in Prometheus' text format. */
void servers_write(const struct settings *settings, struct text *t);
