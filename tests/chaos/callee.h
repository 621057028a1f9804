/* callee: the origin, which answers late, early, in crumbs, not to the end, with more than it should, or closes a connection that
 * somebody wants to use, and compares every byte that it gets with what the plan says. One thread. */
#pragma once

#include "ledger.h"

/* Listens; *ret_port. Connections are peers of the ledger's loop. */
void callee_listen(struct ledger *l, uint16_t *ret_port);
/* Of a peer of the loop: whether it is a connection to the origin on which nothing has been asked, or all that was is answered. */
bool callee_is_at_rest(const struct peer *p);
