/* keys: which account a random 128-bit id belongs to (a session key, a challenge's id). Keeps 8 bytes an id, a tag
 * and the account's number in the roster, so it names candidates: whoever asks looks into the account. The
 * version tells whether anything moved meanwhile. Any thread; a lock of its own, below the accounts' locks. */
#pragma once

#include "registry/account.h"

struct keys;

struct keys *keys_create(void);
void keys_destroy(struct keys **k);

enum { KEYS_CANDIDATES = 16 };
struct keys_candidates {
	unsigned n;
	uint32_t refs[KEYS_CANDIDATES];
	uint64_t version;
};
void keys_find(struct keys *k, const uint8_t id[ID_BYTES], struct keys_candidates *ret_candidates);
/* Whether nothing was added or dropped near this id since. */
bool keys_is_unmoved(struct keys *k, const uint8_t id[ID_BYTES], uint64_t version);

/* `ref` is not 0. One entry for each call. */
void keys_add(struct keys *k, const uint8_t id[ID_BYTES], uint32_t ref);
/* The same, unless something moved since `version`; then false. */
bool keys_add_unmoved(struct keys *k, const uint8_t id[ID_BYTES], uint32_t ref, uint64_t version);
/* While the state is read: notes many, of which nothing is found before keys_settle, which finds the right size for
 * them at once. Nobody else may use it until then. */
void keys_note(struct keys *k, const uint8_t id[ID_BYTES], uint32_t ref);
void keys_settle(struct keys *k);
/* Drops one entry; there is one. */
void keys_drop(struct keys *k, const uint8_t id[ID_BYTES], uint32_t ref);
