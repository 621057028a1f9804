/* sift: sorts the cookies of one request, pair by pair and in order: what is the device's, what is
 * a session's, what the origin must not see. Read and clean both ask here, so that what is looked
 * up and what is forwarded agree. Its work is bounded whatever comes. Pure. */
#pragma once

#include "identity/identity.h"
#include "identity/named.h"

enum { SIFT_MAX_PAIRS = 32 };

enum sift_kind {
	SIFT_OTHER, /* the application's own */
	SIFT_DEVICE,
	SIFT_SESSION, /* a named one that stays; its key, if it has one, is in `keys` */
	/* A look-alike, a second occurrence with another value, or one too many. A second
	 * occurrence's key is in `keys` all the same: one revoked value refuses the request. */
	SIFT_REMOVED,
	SIFT_UNSEALED, /* one to be sealed, without its seal: goes, and is looked up by nobody */
};

struct sift_seen {
	struct view name, value; /* value canonical */
};

struct sift {
	const struct rules *rules;
	struct arena *arena;
	struct sift_seen seen[SIFT_MAX_PAIRS]; /* names, each with its first value */
	unsigned n_seen;
	unsigned n_pairs; /* named ones so far */
	struct session_key keys[IDENTITY_MAX_KEYS];
	uint8_t cookie[IDENTITY_MAX_KEYS];
	unsigned n_keys;
	/* Of the pair asked about last, when it is SIFT_SESSION: the value under its seal, or at == NULL
	 * where there is none. */
	struct view bare;
	bool full; /* the arena is; what sift_pair says no longer counts */
};

void sift_init(struct sift *s, const struct rules *r, struct arena *arena);
enum sift_kind sift_pair(struct sift *s, const struct cookie_pair *pair);
