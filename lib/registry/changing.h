/* changing: the inside of a change, shared by change.c, which collects what happens to the account, and
 * by an engine, which carries it out or throws it away. Nothing here is visible before the engine has carried it out.
 * One thread: the one that holds the account. */
#pragma once

#include "base/arena.h"
#include "registry/change.h"

enum effect_kind {
	EFFECT_KEY_BOUND,     /* a session key is this account's now; it was claimed */
	EFFECT_KEY_FORGOTTEN, /* not known any more */
	EFFECT_KEY_RETIRED,   /* not among the sessions any more, but refused as ended */
	EFFECT_ATTACHMENT_GONE,
	EFFECT_CHALLENGE_OPENED,
	EFFECT_CHALLENGE_GONE,
	EFFECT_TOLD,
};

struct effect {
	struct effect *next;
	enum effect_kind kind;
	uint8_t id[ID_BYTES]; /* key, device, challenge, or the event's own */
	unsigned type;        /* EFFECT_TOLD; enum outbox_type */
	char *data;           /* EFFECT_TOLD: compact JSON, malloc'd; change_fini frees it */
};

struct change {
	struct account *account;
	struct arena *arena; /* without a limit of its own */
	int64_t now_ms;
	int64_t bound_ms; /* of what it binds; 0: nothing yet */
	/* Asks the engine for a session key; false when it has to be asked for in another way: then `again` is set, the
	 * function's work is thrown away, and it runs once more. NULL: there is nobody else who could have the key. */
	bool (*claim)(struct change *c, const struct session_key *key);
	bool again;
	bool nice;   /* something changed that need not be durable at once */
	bool plain;  /* something else changed */
	bool untold; /* there is nobody to tell: events are left out */
	struct effect *effects, **effects_end; /* in order */
};

void change_init(struct change *c, struct account *a, struct arena *arena, int64_t now_ms);
void change_fini(struct change *c);
