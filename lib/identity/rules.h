/* rules: the identity section of the settings made ready for the hot path, with the keys it needs. Immutable, one
 * per loaded settings; shared by the workers. */
#pragma once

#include "base/hmac.h"
#include "config/settings.h"
#include "registry/account.h"

struct rules;

/* `state_key` makes session keys. `device_keys` sign device cookies: the first signs, all verify. Both outlive the rules;
 * takes a reference to the settings. */
struct rules *rules_create(struct settings *settings, const struct hmac_key *state_key,
			   const struct hmac_key *const *device_keys, size_t n_device_keys);
void rules_destroy(struct rules **r);
const struct settings *rules_settings(const struct rules *r);
