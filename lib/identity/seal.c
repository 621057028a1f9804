#include "identity/seal.h"

#include "base/base64.h"
#include "identity/rules_inside.h"

#include <assert.h>

enum { MAC_CHARS = SEAL_BYTES - 1 };

_Static_assert(BASE64_ROOM(DIGEST_BYTES) > SEAL_BYTES, "a MAC fits before the end of its text");

/* A value with the quotes around it, if there are any. */
struct quoted {
	struct view quote; /* empty, or `"` */
	struct view inside;
};

static struct quoted take_quotes(struct view value)
{
	if (value.len < 2 || value.at[0] != '"' || value.at[value.len - 1] != '"')
		return (struct quoted){ VIEW(""), value };
	return (struct quoted){ VIEW("\""), view_make(value.at + 1, value.len - 2) };
}

static void make_mac(const struct hmac_key *key, struct view name, const struct quoted *value,
		     uint8_t ret_mac[DIGEST_BYTES])
{
	struct view parts[] = { name, VIEW("="), value->quote, value->inside, value->quote };

	hmac_sign(key, parts, sizeof(parts) / sizeof(*parts), ret_mac);
}

struct view seal_close(const struct rules *r, struct view name, struct view value,
		       struct arena *arena)
{
	struct quoted q = take_quotes(value);
	uint8_t mac[DIGEST_BYTES];
	char text[BASE64_ROOM(DIGEST_BYTES)];

	make_mac(r->device_keys[0].seal, name, &q, mac);
	base64_encode_url(mac, sizeof(mac), text);
	return arena_format(arena, "%.*s%.*s~%s%.*s", VIEW_ARG(q.quote), VIEW_ARG(q.inside), text,
			    VIEW_ARG(q.quote));
}

bool seal_is_good(const struct rules *r, struct view name, struct view sealed)
{
	struct quoted q = take_quotes(sealed);
	uint8_t mac[DIGEST_BYTES], told[DIGEST_BYTES];
	struct view text;
	bool good = false;

	if (q.inside.len < SEAL_BYTES || q.inside.at[q.inside.len - SEAL_BYTES] != '~')
		return false;
	text = view_from(q.inside, q.inside.len - MAC_CHARS);
	if (base64_decode_url(text, told, sizeof(told)) != DIGEST_BYTES)
		return false;
	q.inside.len -= SEAL_BYTES;
	for (size_t i = 0; i < r->n_device_keys; i++) {
		make_mac(r->device_keys[i].seal, name, &q, mac);
		good |= hmac_equal(mac, sizeof(mac), told, sizeof(told));
	}
	return good;
}

struct view seal_strip(struct view sealed, struct arena *arena)
{
	struct quoted q = take_quotes(sealed);

	assert(q.inside.len >= SEAL_BYTES);
	q.inside.len -= SEAL_BYTES;
	if (!q.quote.len)
		return q.inside;
	return arena_format(arena, "\"%.*s\"", VIEW_ARG(q.inside));
}
