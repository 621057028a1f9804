/* keys: the secrets that sign device cookies and forms: from the operator's file, or made and kept with the state. */
#pragma once

#include "config/settings.h"
#include "registry/registry.h"

struct keys;

/* False after an error, which is in the log. */
bool keys_load(const struct settings *settings, struct registry *registry, struct keys **ret_keys);
void keys_destroy(struct keys **k);
const struct hmac_key *keys_csrf(const struct keys *k);
/* The first signs, all verify. */
const struct hmac_key *const *keys_device(const struct keys *k);
size_t keys_device_count(const struct keys *k);
