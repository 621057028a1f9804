#include "signing.h"

#include "base/mem.h"

#include <errno.h>
#include <stdio.h>

enum { MAX_DEVICE_KEYS = 8, MIN_KEY_BYTES = 16, MAX_FILE_BYTES = 16 * 1024 };

struct signing {
	struct hmac_key *csrf;
	struct hmac_key *device[MAX_DEVICE_KEYS];
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

/* One key a line, the newest first. */
static bool read_lines(const char *path, struct view bytes, struct signing *k)
{
	struct view line;

	while (view_split(&bytes, '\n', &line)) {
		line = view_trim(line);
		if (!line.len)
			continue;
		if (line.len < MIN_KEY_BYTES || k->n_device == MAX_DEVICE_KEYS) {
			log_error("signing",
				  "%s: at most %d keys, a line each, of at least %d bytes", path,
				  MAX_DEVICE_KEYS, MIN_KEY_BYTES);
			return false;
		}
		k->device[k->n_device++] = hmac_key_create(line);
	}
	if (!k->n_device)
		log_error("signing", "%s holds no key", path);
	return k->n_device > 0;
}

static bool read_file(const char *path, struct signing *k)
{
	char *bytes = mem_new(MAX_FILE_BYTES);
	FILE *file = fopen(path, "re");
	size_t len = file ? fread(bytes, 1, MAX_FILE_BYTES, file) : 0;
	bool fine = false;

	if (!file || ferror(file))
		log_error("signing", "cannot read %s: %s", path, strerror(errno));
	else
		fine = read_lines(path, view_make(bytes, len), k);
	if (file)
		fclose(file);
	mem_free_secret(bytes, MAX_FILE_BYTES);
	return fine;
}

bool signing_load(const struct settings *settings, struct registry *registry,
		  struct signing **ret_keys)
{
	struct signing *k = MEM_NEW(struct signing);

	*ret_keys = k;
	k->csrf = kept(registry, "csrf");
	if (settings->device_key_file)
		return read_file(settings->device_key_file, k);
	k->device[k->n_device++] = kept(registry, "device");
	return true;
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
