#include "identity/named.h"

#include "http/blank.h"
#include "identity/rules_inside.h"

static bool is_named(const struct settings_cookie *cookie, struct view name)
{
	size_t len = strlen(cookie->name);

	return (cookie->prefix ? name.len >= len : name.len == len) &&
	       memcmp(name.at, cookie->name, len) == 0;
}

int named_find(const struct rules *r, struct view name)
{
	const struct settings_identity *identity = &r->settings->identity;

	for (size_t i = 0; name.len && i < identity->n_cookies; i++)
		if (is_named(&identity->cookies[i], name))
			return (int)i;
	return NAMED_NONE;
}

bool named_is_sealed(const struct rules *r, int cookie)
{
	return cookie != NAMED_NONE && r->settings->identity.cookies[cookie].seal;
}

static bool could_be_named(const struct rules *r, const struct cookie_pair *pair)
{
	const struct settings_identity *identity = &r->settings->identity;

	for (size_t i = 0; i < identity->n_cookies; i++)
		if (cookie_could_be(pair, view_of(identity->cookies[i].name),
				    identity->cookies[i].prefix))
			return true;
	return false;
}

bool named_is_look_alike(const struct rules *r, const struct cookie_pair *pair)
{
	struct cookie_pair whole = *pair;

	if (pair->name.len) {
		whole.value = view_make(pair->name.at,
					(size_t)(pair->value.at + pair->value.len - pair->name.at));
		return could_be_named(r, &whole);
	}
	whole.name = view_head(pair->value, view_find(pair->value, '='));
	whole.value = view_from(pair->value, whole.name.len);
	return whole.value.len &&
	       (named_find(r, whole.name) != NAMED_NONE || could_be_named(r, &whole));
}

bool named_is_same(struct view a, struct view b)
{
	struct cookie_pair pair = { .name = a, .value = VIEW("") };

	return view_is(a, b) || cookie_could_be(&pair, b, false);
}

/* `deleted`, which PHP writes over what it deletes, is shorter than the shortest that counts. */
_Static_assert(sizeof("deleted") - 1 < NAMED_MIN_VALUE_BYTES, "a deleted value is no key");

/* Stores that end a text at a NUL or leave blanks at its ends out would find the same session. */
static struct view as_stored(struct view value)
{
	return value.at ? blank_trim(view_head(value, view_find(value, '\0'))) : value;
}

struct view named_canonical(struct view value, struct arena *arena)
{
	value = blank_trim(value);
	return as_stored(value.len ? cookie_canonical(value, arena) : VIEW(""));
}

bool named_echo(const struct rules *r, struct view value, struct arena *arena, bool *ret_full,
		struct session_key *ret_key)
{
	struct view cut = cookie_cut(blank_trim(value)), canonical;

	if (cut.len < NAMED_MIN_VALUE_BYTES)
		return false;
	canonical = named_canonical(cut, arena);
	*ret_full |= !canonical.at;
	return canonical.at && named_key(r, canonical, ret_key);
}

struct view named_canonical_parameter(struct view value, bool plus_is_space, struct arena *arena)
{
	return as_stored(url_decode_leniently(value, plus_is_space, arena));
}

bool named_key(const struct rules *r, struct view canonical, struct session_key *ret_key)
{
	uint8_t mac[DIGEST_BYTES];

	if (canonical.len < NAMED_MIN_VALUE_BYTES)
		return false;
	hmac_sign(r->state_key, &canonical, 1, mac);
	memcpy(ret_key->bytes, mac, ID_BYTES);
	return true;
}
