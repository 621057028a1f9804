/* sign: what a Standard Webhooks receiver checks: `v1,<base64 HMAC-SHA256 of id.timestamp.body>`, one
 * signature per secret while a secret is being rotated, with a space between. Verifies nothing, sends
 * nothing, keeps no key. Pure; any thread. */
#pragma once

#include "base/text.h"
#include "config/settings.h"

/* Appends the value of webhook-signature; nothing when there is no secret. `id` holds no full stop. */
void sign_webhook(const struct settings_events *events, struct view id, int64_t timestamp_s,
		  struct view body, struct text *t);
