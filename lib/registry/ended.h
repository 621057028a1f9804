/* ended: session keys that an account had no more room for, and that have to stay refused. Rare; a filter in front
 * answers for all others without a lock. Any thread. */
#pragma once

#include "registry/account.h"

struct ended;

struct ended *ended_create(void);
void ended_destroy(struct ended **e);

/* Whose it was: the account's reference in the roster and its number in the state, both not 0. */
struct ended_owner {
	uint32_t ref;
	uint32_t row;
};
void ended_put(struct ended *e, const uint8_t key[ID_BYTES], struct ended_owner owner);
/* False: not among them. */
bool ended_find(struct ended *e, const uint8_t key[ID_BYTES], struct ended_owner *ret_owner);
void ended_drop(struct ended *e, const uint8_t key[ID_BYTES]);
