/* caller: a client's connection that behaves as badly as the wire allows: asks ahead, in crumbs, late, says goodbye too early or not
 * at all, and compares every byte that it gets with what the plan says. One thread. */
#pragma once

#include "ledger.h"

/* A new connection, which makes exchanges of its own until it has had enough. */
void caller_start(struct ledger *l, uint64_t number);
