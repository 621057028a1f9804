#include "signing.h"

#include "base/mem.h"

struct signing {
	struct hmac_key *csrf;
	struct hmac_key *device[SETTINGS_MAX_DEVICE_KEYS];
	size_t n_device;
};

static struct hmac_key *kept(struct registry *registry, const char *name)
{
	uint8_t secret[DIGEST_BYTES];
	struct hmac_key *key;

	registry_secret(registry, name, secret);
	key = hmac_key_create(view_make(secret, sizeof(secret)));
	explicit_bzero(secret, sizeof(secret));
	return key;
}

struct signing *signing_create(const struct settings *settings, struct registry *registry)
{
	const struct settings_keys *keys = &settings->device_keys;
	struct signing *k = MEM_NEW(struct signing);

	k->csrf = kept(registry, "csrf");
	for (; k->n_device < keys->n; k->n_device++)
		k->device[k->n_device] = hmac_key_create(keys->at[k->n_device]);
	if (!k->n_device)
		k->device[k->n_device++] = kept(registry, "device");
	return k;
}

void signing_destroy(struct signing **k)
{
	if (*k) {
		hmac_key_destroy(&(*k)->csrf);
		for (size_t i = 0; i < (*k)->n_device; i++)
			hmac_key_destroy(&(*k)->device[i]);
	}
	MEM_FREE(*k);
}

const struct hmac_key *signing_csrf(const struct signing *k)
{
	return k->csrf;
}

const struct hmac_key *const *signing_device(const struct signing *k)
{
	return (const struct hmac_key *const *)k->device;
}

size_t signing_device_count(const struct signing *k)
{
	return k->n_device;
}
