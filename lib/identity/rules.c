#include "identity/rules.h"

#include "base/base64.h"
#include "base/mem.h"
#include "identity/rules_inside.h"

#include <assert.h>

enum { KEY_ID_BYTES = 6 };

_Static_assert(BASE64_ROOM(KEY_ID_BYTES) == RULES_KEY_ID_CHARS + 1,
	       "a key id fills its characters");

/* Derived from the key itself: the same on every machine and after every restart, in any order of
 * keys. No cookie signs this text, since theirs begin with a version. */
static void make_key_id(const struct hmac_key *key, char ret_id[RULES_KEY_ID_CHARS])
{
	struct view purpose = VIEW("latch device key id");
	uint8_t mac[DIGEST_BYTES];
	char text[BASE64_ROOM(KEY_ID_BYTES)];

	hmac_sign(key, &purpose, 1, mac);
	base64_encode_url(mac, KEY_ID_BYTES, text);
	memcpy(ret_id, text, RULES_KEY_ID_CHARS);
}

/* Derived in the same way, under another text: what one kind of MAC says, no other can. */
static struct hmac_key *make_seal_key(const struct hmac_key *key)
{
	struct view purpose = VIEW("latch cookie seal key");
	uint8_t mac[DIGEST_BYTES];
	struct hmac_key *seal;

	hmac_sign(key, &purpose, 1, mac);
	seal = hmac_key_create(view_make(mac, sizeof(mac)));
	explicit_bzero(mac, sizeof(mac));
	return seal;
}

static bool has_seals(const struct settings_identity *identity)
{
	for (size_t i = 0; i < identity->n_cookies; i++)
		if (identity->cookies[i].seal)
			return true;
	return false;
}

struct rules *rules_create(struct settings *settings, const struct hmac_key *state_key,
			   const struct hmac_key *const *device_keys, size_t n_device_keys)
{
	struct rules *r = MEM_NEW(struct rules);

	assert(n_device_keys > 0);
	r->settings = settings_ref(settings);
	hmac_random(&r->id, sizeof(r->id));
	r->state_key = state_key;
	r->has_seals = has_seals(&settings->identity);
	r->device_keys = mem_array(n_device_keys, sizeof(*r->device_keys));
	r->n_device_keys = n_device_keys;
	for (size_t i = 0; i < n_device_keys; i++) {
		r->device_keys[i].key = device_keys[i];
		make_key_id(device_keys[i], r->device_keys[i].id);
		r->device_keys[i].seal = make_seal_key(device_keys[i]);
	}
	return r;
}

void rules_destroy(struct rules **r)
{
	if (!*r)
		return;
	for (size_t i = 0; i < (*r)->n_device_keys; i++)
		hmac_key_destroy(&(*r)->device_keys[i].seal);
	settings_unref(&(*r)->settings);
	mem_free((*r)->device_keys);
	MEM_FREE(*r);
}
