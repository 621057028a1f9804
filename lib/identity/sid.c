#include "identity/sid.h"

#include "http/alias.h"
#include "identity/named.h"
#include "identity/rules_inside.h"

#include <assert.h>

enum { MAX_NAMES = 16 };

static const struct settings_texts *names_of(const struct rules *r)
{
	return &r->settings->identity.parameters;
}

/* The configured name that this raw one reads as, or names.n. False when the arena is full. */
static bool find_name(const struct rules *r, const struct targetparam *param, struct arena *arena,
		      size_t *ret_index)
{
	const struct settings_texts *names = names_of(r);
	struct view name = url_decode_leniently(param->name, param->in_query, arena);
	size_t i = 0;

	while (i < names->n && !alias_is_element(name, view_of(names->at[i])))
		i++;
	*ret_index = i;
	return name.at != NULL;
}

static void read_value(const struct rules *r, const struct targetparam *param, struct arena *arena,
		       struct sid *sid)
{
	sid->canonical = named_canonical_parameter(param->value, param->in_query, arena);
	sid->has_key = sid->canonical.at && named_key(r, sid->canonical, &sid->key);
}

/* False when it is none of those, or the arena is full. */
static bool read_one(const struct rules *r, const struct targetparam *param, unsigned *n,
		     struct arena *arena, bool *full, struct sid *ret_sid)
{
	struct sid sid = { .canonical = VIEW("") };

	*full |= !find_name(r, param, arena, &sid.index);
	if (*full || sid.index == names_of(r)->n)
		return false;
	sid.is_beyond = ++*n > SID_MAX;
	if (!sid.is_beyond)
		read_value(r, param, arena, &sid);
	*full |= !sid.canonical.at;
	if (!*full)
		*ret_sid = sid;
	return !*full;
}

bool sid_next(const struct rules *r, struct sid_cursor *cursor, struct arena *arena,
	      struct sid *ret_sid)
{
	struct targetparam param;

	while (names_of(r)->n && !cursor->full && targetparam_next(&cursor->params, &param))
		if (read_one(r, &param, &cursor->n, arena, &cursor->full, ret_sid))
			return true;
	return false;
}

bool sid_is_called(const struct rules *r, const struct sid *sid, struct view cookie)
{
	return alias_is(cookie, view_of(names_of(r)->at[sid->index]));
}

/* -- one after the other -- */

struct sorting {
	const struct rules *rules;
	struct arena *arena;
	struct identity *who;         /* while reading: keys are added */
	const struct identity *known; /* whose keys have their places */
	struct view first[MAX_NAMES]; /* value under each name */
	unsigned n;
	bool full;
};

static unsigned index_of(const struct identity *who, const struct session_key *key)
{
	unsigned i = 0;

	while (i < who->n_keys && memcmp(&who->keys[i], key, sizeof(*key)) != 0)
		i++;
	return i;
}

/* The configured cookie that is one with it to the origin, or IDENTITY_NO_COOKIE. */
static uint8_t cookie_of(const struct rules *r, const struct sid *sid)
{
	const struct settings_identity *identity = &r->settings->identity;
	struct view name = view_of(names_of(r)->at[sid->index]);
	uint8_t i = 0;

	for (; i < identity->n_cookies; i++) {
		const struct settings_cookie *c = &identity->cookies[i];
		struct view cookie = view_of(c->name);

		if (alias_is(cookie, c->prefix ? view_head(name, cookie.len) : name))
			return i;
	}
	return IDENTITY_NO_COOKIE;
}

static bool take_key(struct sorting *s, const struct session_key *key, uint8_t cookie)
{
	unsigned i = index_of(s->known, key);

	if (i < s->known->n_keys) {
		if (s->who && s->who->cookie[i] == IDENTITY_ECHO)
			s->who->cookie[i] = cookie;
		return true;
	}
	if (!s->who || s->who->n_keys == IDENTITY_MAX_KEYS)
		return false;
	s->who->cookie[s->who->n_keys] = cookie;
	s->who->keys[s->who->n_keys++] = *key;
	return true;
}

/* Whether the origin may see it. A second value is looked up all the same. */
static bool may_stay(struct sorting *s, const struct sid *sid)
{
	struct view *first = &s->first[sid->index];
	bool is_first;

	assert(sid->index < MAX_NAMES);
	if (!first->at)
		*first = sid->canonical;
	is_first = view_is(*first, sid->canonical);
	if (sid->is_beyond)
		return false;
	if (sid->has_key &&
	    !take_key(s, &sid->key, is_first ? cookie_of(s->rules, sid) : IDENTITY_ECHO))
		return false;
	return is_first;
}

bool sid_read(const struct rules *r, const struct http_head *request, struct arena *arena,
	      struct identity *who)
{
	struct sorting s = { .rules = r, .arena = arena, .who = who, .known = who };
	struct sid_cursor cursor = { .params = { .target = request->target } };
	struct sid sid;

	while (sid_next(r, &cursor, arena, &sid)) {
		who->has_parameters = true;
		who->surplus_parameters += !may_stay(&s, &sid);
	}
	return !cursor.full;
}

static bool drop_surplus(void *ctx, const struct targetparam *param)
{
	struct sorting *s = ctx;
	struct sid sid;

	return read_one(s->rules, param, &s->n, s->arena, &s->full, &sid) && !may_stay(s, &sid);
}

bool sid_clean(const struct rules *r, struct http_head *request, const struct identity *who,
	       struct arena *arena)
{
	struct sorting s = { .rules = r, .arena = arena, .known = who };

	if (!who->surplus_parameters)
		return true;
	return targetparam_remove(request, arena, drop_surplus, &s) && !s.full;
}

struct removal {
	const struct rules *rules;
	struct arena *arena;
	const struct session_key *keys;
	unsigned n_keys, n;
	bool full;
};

static bool drop_keyed(void *ctx, const struct targetparam *param)
{
	struct removal *removal = ctx;
	struct sid sid;

	if (!read_one(removal->rules, param, &removal->n, removal->arena, &removal->full, &sid))
		return false;
	if (!removal->keys)
		return true;
	for (unsigned i = 0; sid.has_key && i < removal->n_keys; i++)
		if (memcmp(&removal->keys[i], &sid.key, sizeof(sid.key)) == 0)
			return true;
	return false;
}

bool sid_remove(const struct rules *r, struct http_head *request, const struct session_key *keys,
		unsigned n, struct arena *arena)
{
	struct removal removal = { .rules = r, .arena = arena, .keys = keys, .n_keys = n };

	if (!names_of(r)->n)
		return true;
	return targetparam_remove(request, arena, drop_keyed, &removal) && !removal.full;
}

struct view sid_free_head(const struct rules *r, struct view path)
{
	struct targetparam_cursor cursor = { .target = path };
	struct targetparam param;

	if (!names_of(r)->n || !targetparam_next(&cursor, &param))
		return path;
	return view_head(path, param.start);
}
