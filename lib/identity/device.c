#include "identity/device.h"

#include "base/base64.h"
#include "identity/rules_inside.h"

#include <stdio.h>

/* Every part has its fixed place, so nothing has to be searched for and no two texts mean the
 * same. */
enum {
	ISSUED_BYTES = 6, /* milliseconds, big-endian: until the year 10889 */
	ID_CHARS = 22,
	ISSUED_CHARS = 8,
	MAC_CHARS = 43,
	KEY_ID_AT = 3,
	ID_AT = KEY_ID_AT + RULES_KEY_ID_CHARS + 1,
	ISSUED_AT = ID_AT + ID_CHARS + 1,
	MAC_AT = ISSUED_AT + ISSUED_CHARS + 1,
	VALUE_CHARS = MAC_AT + MAC_CHARS,
};

_Static_assert((int)VALUE_CHARS <= (int)DEVICE_COOKIE_MAX_BYTES,
	       "a cookie is as short as promised");

struct view device_cookie_name(bool https)
{
	return https ? VIEW("__Host-latch") : VIEW("latch");
}

bool device_is_cookie_name(struct view name)
{
	return view_is(name, device_cookie_name(false)) || view_is(name, device_cookie_name(true));
}

static const struct hmac_key *find_key(const struct rules *r, const char *id)
{
	for (size_t i = 0; i < r->n_device_keys; i++)
		if (memcmp(r->device_keys[i].id, id, RULES_KEY_ID_CHARS) == 0)
			return r->device_keys[i].key;
	return NULL;
}

static bool has_shape(struct view value)
{
	return value.len == VALUE_CHARS && view_starts(value, VIEW("v1.")) &&
	       value.at[ID_AT - 1] == '.' && value.at[ISSUED_AT - 1] == '.' &&
	       value.at[MAC_AT - 1] == '.';
}

static bool take_bytes(struct view value, size_t at, size_t chars, uint8_t *ret_bytes, size_t n)
{
	return base64_decode_url(view_make(value.at + at, chars), ret_bytes, n) == (int)n;
}

static bool is_signed(const struct rules *r, struct view value)
{
	const struct hmac_key *key = find_key(r, value.at + KEY_ID_AT);
	struct view text = view_head(value, MAC_AT - 1);
	uint8_t mac[DIGEST_BYTES], told[DIGEST_BYTES];

	if (!key || !take_bytes(value, MAC_AT, MAC_CHARS, told, sizeof(told)))
		return false;
	hmac_sign(key, &text, 1, mac);
	return hmac_equal(mac, sizeof(mac), told, sizeof(told));
}

enum device_seen device_cookie_verify(const struct rules *r, struct view value,
				      struct device_id *ret_device, int64_t *ret_issued_ms)
{
	uint8_t issued[ISSUED_BYTES];
	struct device_id device;
	int64_t issued_ms = 0;

	if (!has_shape(value) || !is_signed(r, value) ||
	    !take_bytes(value, ID_AT, ID_CHARS, device.bytes, ID_BYTES) ||
	    !take_bytes(value, ISSUED_AT, ISSUED_CHARS, issued, ISSUED_BYTES))
		return DEVICE_FORGED;
	for (size_t i = 0; i < ISSUED_BYTES; i++)
		issued_ms = issued_ms << 8 | issued[i];
	*ret_device = device;
	*ret_issued_ms = issued_ms;
	return DEVICE_VALID;
}

void device_mint(struct device_id *ret_device)
{
	hmac_random(ret_device->bytes, ID_BYTES);
}

static void write_value(const struct rules *r, const struct device_id *device, int64_t now_ms,
			char ret_value[VALUE_CHARS + 1])
{
	const struct rules_device_key *key = &r->device_keys[0];
	uint8_t issued[ISSUED_BYTES], mac[DIGEST_BYTES];
	char id[BASE64_ROOM(ID_BYTES)], when[BASE64_ROOM(ISSUED_BYTES)];
	struct view text;

	for (size_t i = 0; i < ISSUED_BYTES; i++)
		issued[i] = (uint8_t)(now_ms >> (8 * (ISSUED_BYTES - 1 - i)));
	base64_encode_url(device->bytes, ID_BYTES, id);
	base64_encode_url(issued, ISSUED_BYTES, when);
	snprintf(ret_value, VALUE_CHARS + 1, "v1.%.*s.%s.%s.", RULES_KEY_ID_CHARS, key->id, id,
		 when);
	text = view_make(ret_value, MAC_AT - 1);
	hmac_sign(key->key, &text, 1, mac);
	base64_encode_url(mac, DIGEST_BYTES, ret_value + MAC_AT);
}

struct view device_cookie_make(const struct rules *r, const struct device_id *device, bool https,
			       int64_t now_ms, struct arena *arena)
{
	char value[MAC_AT + BASE64_ROOM(DIGEST_BYTES)];

	write_value(r, device, now_ms, value);
	return arena_format(arena, "%.*s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%s",
			    VIEW_ARG(device_cookie_name(https)), value, DEVICE_MAX_AGE_S,
			    https ? "; Secure" : "");
}
