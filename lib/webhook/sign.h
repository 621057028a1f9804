/* sign: Standard Webhooks signatures: `v1,<base64 HMAC-SHA256 of id.timestamp.body>`, one per secret. Pure. */
#pragma once

#include "base/text.h"
#include "config/settings.h"

/* Writes the value of webhook-signature. */
void sign_webhook(const struct settings_events *events, struct view id, int64_t timestamp_s, struct view body,
		  struct text *t);
