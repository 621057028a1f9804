/* step: one atomic change of an account in the embedded engine. The happy path is: lock the account's shard, thaw the
 * account, let the function work on the copy, queue its rows under the next number, freeze it, move the keys, bump the
 * generations, unlock. It can start over: when the function binds a session key that may be another
 * account's, both are needed at once, and locks are taken in the order of their numbers only. Any thread. */
#pragma once

#include "registry/embedded.h"

/* registry_change */
uint64_t step_run(struct registry *r, struct view account, bool create,
		  void (*fn)(struct account *a, struct change *c, void *arg), void *arg);
