#include "identity/sift.h"

#include "identity/seal.h"

#include <assert.h>

void sift_init(struct sift *s, const struct rules *r, struct arena *arena)
{
	s->rules = r;
	s->arena = arena;
	s->n_seen = s->n_pairs = s->n_keys = 0;
	s->full = false;
}

/* False: there are IDENTITY_MAX_KEYS others already. */
static bool note_key(struct sift *s, const struct session_key *key, int cookie)
{
	for (unsigned i = 0; i < s->n_keys; i++)
		if (memcmp(&s->keys[i], key, sizeof(*key)) == 0) {
			if (s->cookie[i] == IDENTITY_ECHO)
				s->cookie[i] = (uint8_t)cookie;
			return true;
		}
	if (s->n_keys == IDENTITY_MAX_KEYS)
		return false;
	s->keys[s->n_keys] = *key;
	s->cookie[s->n_keys++] = (uint8_t)cookie;
	return true;
}

/* False: the name came before, with another value. */
static bool note_value(struct sift *s, struct view name, struct view canonical)
{
	for (unsigned i = 0; i < s->n_seen; i++)
		if (named_is_same(name, s->seen[i].name))
			return view_is(s->seen[i].value, canonical);
	assert(s->n_seen < SIFT_MAX_PAIRS);
	s->seen[s->n_seen++] = (struct sift_seen){ name, canonical };
	return true;
}

/* False: there is no room for it. */
static bool note_echo(struct sift *s, struct view value)
{
	struct session_key key;

	return !named_echo(s->rules, value, s->arena, &s->full, &key) ||
	       note_key(s, &key, IDENTITY_ECHO);
}

static enum sift_kind sift_value(struct sift *s, struct view name, struct view value, int cookie)
{
	struct view canonical = named_canonical(value, s->arena);
	struct session_key key;
	bool first;

	s->full = !canonical.at;
	if (s->full)
		return SIFT_REMOVED;
	first = note_value(s, name, canonical);
	if (named_key(s->rules, canonical, &key) &&
	    !note_key(s, &key, first ? cookie : IDENTITY_ECHO))
		return SIFT_REMOVED;
	return note_echo(s, value) && !s->full && first ? SIFT_SESSION : SIFT_REMOVED;
}

static enum sift_kind sift_named(struct sift *s, const struct cookie_pair *pair, int cookie)
{
	if (s->n_pairs == SIFT_MAX_PAIRS)
		return SIFT_REMOVED;
	s->n_pairs++;
	if (!named_is_sealed(s->rules, cookie))
		return sift_value(s, pair->name, pair->value, cookie);
	if (!seal_is_good(s->rules, pair->name, pair->value))
		return SIFT_UNSEALED;
	s->bare = seal_strip(pair->value, s->arena);
	s->full = !s->bare.at;
	return s->full ? SIFT_REMOVED : sift_value(s, pair->name, s->bare, cookie);
}

enum sift_kind sift_pair(struct sift *s, const struct cookie_pair *pair)
{
	int cookie;

	s->bare = VIEW_NONE;
	if (device_is_cookie_name(pair->name))
		return SIFT_DEVICE;
	if (named_is_look_alike(s->rules, pair))
		return SIFT_REMOVED;
	cookie = named_find(s->rules, pair->name);
	return cookie == NAMED_NONE ? SIFT_OTHER : sift_named(s, pair, cookie);
}
