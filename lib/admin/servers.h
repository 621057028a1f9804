/* servers: the servers of the origin as the operator sees them: which are up, and how much they are asked. A server that is not
 * up is left out, but for an only one without health checks: that is asked all the same, and what is told of it is what
 * became of its last connection. Reads only. */
#pragma once

#include "admin/desk.h"

/* GET /v1/servers: each with its URL, whether it is up, else why not and since when, and its connections in use. */
void servers_list(const struct inquiry *q);
/* {"up":2,"of":3}, for /readyz. */
json_t *servers_count(const struct settings *settings);
/* Metrics by server, in Prometheus' text format. */
void servers_write(const struct settings *settings, struct text *t);
