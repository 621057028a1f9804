#include "identity/granted.h"

#include "identity/named.h"

/* More lines than any browser keeps cookies of one site are not looked at. */
enum { MAX_COOKIES = 180 };

static size_t count_lines(const struct http_head *response)
{
	size_t from = 0, n = 0;

	while (n < MAX_COOKIES && head_find(response, HTTP_SET_COOKIE, &from))
		n++;
	return n;
}

static bool is_same_place(const struct set_cookie *a, const struct set_cookie *b)
{
	return view_is(a->name, b->name) && view_is(a->path, b->path) &&
	       view_is_nocase(a->domain, b->domain);
}

static void add_cookie(struct granted *g, const struct rules *r, const struct set_cookie *cookie)
{
	for (size_t i = 0; i < g->n; i++)
		if (is_same_place(&g->at[i].cookie, cookie)) {
			g->at[i].stays = false;
			g->at[i].is_gone = cookie->deletes;
		}
	g->at[g->n++] = (struct granted_cookie){ .cookie = *cookie,
						 .named = named_find(r, cookie->name),
						 .stays = true,
						 .is_gone = cookie->deletes };
}

static bool is_carried(const struct identity *who, const struct session_key *key)
{
	for (unsigned i = 0; i < who->n_keys; i++)
		if (memcmp(&who->keys[i], key, sizeof(*key)) == 0)
			return true;
	return false;
}

/* False when the arena is full. */
static bool add_key(const struct rules *r, const struct identity *who, struct arena *arena,
		    struct granted_cookie *c)
{
	struct view canonical;

	if (c->named == NAMED_NONE || c->cookie.deletes)
		return true;
	canonical = named_canonical(c->cookie.value, arena);
	c->has_key = canonical.at && named_key(r, canonical, &c->key);
	c->is_new = c->has_key && !is_carried(who, &c->key);
	return canonical.at != NULL;
}

bool granted_read(const struct rules *r, const struct http_head *response,
		  const struct identity *who, int64_t now_ms, struct arena *arena,
		  struct granted *ret_granted)
{
	struct granted g = { 0 };
	size_t from = 0, lines = count_lines(response);
	struct set_cookie cookie;

	*ret_granted = g;
	if (!lines)
		return true;
	g.at = arena_zalloc(arena, lines * sizeof(*g.at));
	for (; g.at && lines; lines--)
		if (cookie_parse_set(head_find(response, HTTP_SET_COOKIE, &from)->value, now_ms,
				     &cookie))
			add_cookie(&g, r, &cookie);
	for (size_t i = 0; i < g.n; i++)
		if (!add_key(r, who, arena, &g.at[i]))
			return false;
	*ret_granted = g;
	return g.at != NULL;
}

bool granted_is_deleted(const struct granted *g, struct view name)
{
	bool deleted = false;

	for (size_t i = 0; i < g->n; i++) {
		const struct granted_cookie *c = &g->at[i];

		if (!c->stays || !view_is(c->cookie.name, name))
			continue;
		if (!c->cookie.deletes)
			return false;
		deleted = true;
	}
	return deleted;
}
