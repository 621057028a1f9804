/* rules: the identity section of the settings with the keys it needs: what turns bytes of a
 * request into who it is. Made once per loaded settings, immutable from then on; shared by the
 * workers. */
#pragma once

#include "base/hmac.h"
#include "config/settings.h"
#include "registry/account.h"

struct rules;

/* `state_key` makes session keys. `device_keys` (at least one) sign device cookies and, by keys derived from them,
 * seal session cookies: the first signs, all verify. Keys outlive the rules; takes a reference to the settings. Never
 * NULL. */
struct rules *rules_create(struct settings *settings, const struct hmac_key *state_key,
			   const struct hmac_key *const *device_keys, size_t n_device_keys);
/* Accepts NULL. */
void rules_destroy(struct rules **r);
