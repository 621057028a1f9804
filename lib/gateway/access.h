/* access: the access line of a request, from its flow. */
#pragma once

#include "gateway/flow_inside.h"

void access_log(const struct flow *f);
void access_log_refused(const struct rules *rules, const struct sockaddr_storage *remote,
			struct view method, struct view path, int status);
