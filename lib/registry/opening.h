/* opening: puts what load reads where it belongs: accounts into the roster, keys into their tables, undelivered events into
 * the backlog. Before the registry has threads. */
#pragma once

#include "registry/embedded.h"

/* ERR_IO with a sentence for operators. *ret_last_seq: the highest number that an event has. */
int opening_read(struct registry *r, uint64_t *ret_last_seq, char **ret_why);
