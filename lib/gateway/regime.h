/* regime: one worker's settings together with the rules made from them. A request keeps the regime it began under. Counted
 * without atomics: the worker's thread only. */
#pragma once

#include "identity/rules.h"

struct regime {
	unsigned refs;
	struct settings *settings;
	struct rules *rules;
};

/* Takes a reference to the settings. */
struct regime *regime_create(struct settings *settings, const struct hmac_key *state_key,
			     const struct hmac_key *const *device_keys, size_t n_device_keys);
struct regime *regime_ref(struct regime *g);
void regime_unref(struct regime **g);
