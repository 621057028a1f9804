/* trials: the ledger of who started a trial on which device, for 400 days, as HMACs under the state's key, so that the state
 * names nobody. Any thread; a lock of its own, held while a row is queued. */
#pragma once

#include "registry/writer.h"

struct trials;

enum { TRIALS_DAYS = 400 };

/* Keeps the key's address. */
struct trials *trials_create(const struct hmac_key *key);
void trials_destroy(struct trials **t);

/* One row of the state, while it is read. */
void trials_load(struct trials *t, const uint8_t device[ID_BYTES], const uint8_t account[ID_BYTES],
		 int64_t started_ms);
/* Notes it. True when another account's trial was there; *ret_number is that of this account's row. */
bool trials_note(struct trials *t, struct writer *w, int64_t now_ms, const struct device_id *device,
		 struct view account, uint64_t *ret_number);
