#include "gateway/regime.h"

#include "base/mem.h"

struct regime *regime_create(struct settings *settings, const struct hmac_key *state_key,
			     const struct hmac_key *const *device_keys, size_t n_device_keys)
{
	struct regime *g = MEM_NEW(struct regime);

	g->refs = 1;
	g->settings = settings_ref(settings);
	g->rules = rules_create(settings, state_key, device_keys, n_device_keys);
	return g;
}

struct regime *regime_ref(struct regime *g)
{
	g->refs++;
	return g;
}

void regime_unref(struct regime **g)
{
	if (*g && --(*g)->refs == 0) {
		rules_destroy(&(*g)->rules);
		settings_unref(&(*g)->settings);
		mem_free(*g);
	}
	*g = NULL;
}
