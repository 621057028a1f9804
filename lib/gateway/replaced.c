#include "gateway/replaced.h"

#include "identity/named.h"
#include "identity/sid.h"

static bool is_set_anew(const struct http_head *response, const struct cookie_pair *carried)
{
	const struct http_field *f;
	struct set_cookie cookie;
	size_t from = 0;

	while ((f = head_find(response, HTTP_SET_COOKIE, &from)))
		if (cookie_parse_set(f->value, 0, &cookie) && view_is(cookie.name, carried->name) &&
		    !view_is(cookie.value, carried->value))
			return true;
	return false;
}

static uint8_t bit_of(const struct identity *who, const struct session_key *key)
{
	for (unsigned i = 0; i < who->n_keys; i++)
		if (memcmp(&who->keys[i], key, sizeof(*key)) == 0)
			return (uint8_t)(1u << i);
	return 0;
}

/* A cookie of the parameter's name, in any case, with another value. */
static bool is_set_beside(const struct rules *r, const struct http_head *response,
			  const struct sid *sid, struct arena *arena)
{
	const struct http_field *f;
	struct set_cookie cookie;
	size_t from = 0;

	while ((f = head_find(response, HTTP_SET_COOKIE, &from)))
		if (cookie_parse_set(f->value, 0, &cookie) &&
		    named_find(r, cookie.name) != NAMED_NONE &&
		    sid_is_called(r, sid, cookie.name) &&
		    !view_is(named_canonical(cookie.value, arena), sid->canonical))
			return true;
	return false;
}

static uint8_t replaced_parameters(const struct rules *r, const struct http_head *request,
				   const struct identity *who, const struct http_head *response,
				   struct arena *arena)
{
	struct sid_cursor cursor = { .params = { .target = request->target } };
	uint8_t replaced = 0;
	struct sid sid;

	while (who->has_parameters && sid_next(r, &cursor, arena, &sid))
		if (sid.has_key && is_set_beside(r, response, &sid, arena))
			replaced |= bit_of(who, &sid.key);
	return replaced;
}

uint8_t replaced_find(const struct rules *r, const struct http_head *request,
		      const struct identity *who, const struct http_head *response,
		      struct arena *arena)
{
	struct cookie_cursor cursor = { 0 };
	struct cookie_pair pair;
	struct session_key key;
	uint8_t replaced = 0;

	while (head_find(response, HTTP_SET_COOKIE, NULL) && cookie_next(request, &cursor, &pair)) {
		struct view canonical;

		if (named_find(r, pair.name) == NAMED_NONE || !is_set_anew(response, &pair))
			continue;
		canonical = named_canonical(pair.value, arena);
		if (canonical.at && named_key(r, canonical, &key))
			replaced |= bit_of(who, &key);
	}
	return replaced | replaced_parameters(r, request, who, response, arena);
}
