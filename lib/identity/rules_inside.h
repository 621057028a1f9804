/* rules_inside: what the rules are made of, for this room only. */
#pragma once

#include "identity/rules.h"

enum { RULES_KEY_ID_CHARS = 8 };

struct rules_device_key {
	const struct hmac_key *key;
	char id[RULES_KEY_ID_CHARS]; /* base64url, no NUL */
	struct hmac_key *seal;       /* derived from it, for the seals of session cookies */
};

struct rules {
	struct settings *settings;
	uint64_t
		id; /* random: rules of another load, or of an old one at this address, have another */
	const struct hmac_key *state_key;
	struct rules_device_key *device_keys;
	size_t n_device_keys;
	bool has_seals; /* some session cookie is to be sealed */
};
