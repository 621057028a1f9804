#include "webhook/sign.h"

#include "base/base64.h"
#include "base/hmac.h"

#include <inttypes.h>
#include <stdio.h>

static void put_signature(struct view secret, const struct view *parts, size_t n, struct text *t)
{
	struct hmac_key *key = hmac_key_create(secret);
	char encoded[BASE64_ROOM(DIGEST_BYTES)];
	uint8_t mac[DIGEST_BYTES];

	hmac_sign(key, parts, n, mac);
	hmac_key_destroy(&key);
	text_puts(t, "v1,");
	text_put(t, view_make(encoded, base64_encode(mac, sizeof(mac), encoded)));
}

void sign_webhook(const struct settings_events *events, struct view id, int64_t timestamp_s,
		  struct view body, struct text *t)
{
	char timestamp[24];
	int len = snprintf(timestamp, sizeof(timestamp), ".%" PRId64 ".", timestamp_s);
	struct view parts[] = { id, view_make(timestamp, (size_t)len), body };

	for (size_t i = 0; i < events->n_secrets; i++) {
		if (i)
			text_putc(t, ' ');
		put_signature(events->secrets[i], parts, sizeof(parts) / sizeof(parts[0]), t);
	}
}
