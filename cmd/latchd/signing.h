/* signing: the secrets that sign device cookies and forms: from the operator's file, or made and kept with the state. */
#pragma once

#include "config/settings.h"
#include "registry/registry.h"

struct signing;

/* Never NULL. */
struct signing *signing_create(const struct settings *settings, struct registry *registry);
/* Accepts NULL. */
void signing_destroy(struct signing **k);
const struct hmac_key *signing_csrf(const struct signing *k);
/* The first signs, all verify. */
const struct hmac_key *const *signing_device(const struct signing *k);
size_t signing_device_count(const struct signing *k);
