/* frozen: an account at rest, in one small piece of memory. A million bound sessions fit in little
 * room because an account is plain structs only while somebody holds it. What a look-up of a session needs
 * stands in front, so that it is found without thawing. Whoever calls holds the account's lock. */
#pragma once

#include "base/arena.h"
#include "registry/account.h"

struct frozen;

/* Everything but change, dirty and engine. Free with mem_free. */
struct frozen *frozen_make(const struct account *a);
/* Plain structs in the arena; texts point into `f`. Leaves hash, change and engine alone. There is room
 * for ACCOUNT_MAX_DEVICES attachments and ACCOUNT_MAX_SESSIONS sessions in the arrays. */
void frozen_thaw(struct frozen *f, struct arena *arena, struct account *ret_account);

struct view frozen_id(const struct frozen *f);
unsigned frozen_sessions(const struct frozen *f);

struct frozen_session {
	uint8_t state;
	uint8_t source;
	uint8_t given;           /* enum session_given */
	struct device_id device; /* zero when none */
	int64_t bound_ms;
};
/* False when the account has no such session. */
bool frozen_find(const struct frozen *f, const struct session_key *key,
		 struct frozen_session *ret_session);

/* From an arena that has no limit of its own: never NULL, zeroed. */
void *frozen_room(struct arena *arena, size_t size);
