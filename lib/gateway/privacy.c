#include "gateway/privacy.h"

bool privacy_may_carry_cookie(int status)
{
	return status != 304 && status != 206;
}

static bool speaks_to_shared_caches(struct view directive)
{
	struct view name = view_trim(view_head(directive, view_find(directive, '=')));

	return view_is_nocase(name, VIEW("public")) || view_is_nocase(name, VIEW("s-maxage")) ||
	       view_is_nocase(name, VIEW("private")) || !name.len;
}

/* "private", and what the origin said that still holds. */
static struct view made_private(const struct http_head *response, struct arena *arena)
{
	struct view all = VIEW("private");
	struct http_field *field;
	size_t from = 0;

	while (all.at && (field = head_find(response, HTTP_CACHE_CONTROL, &from))) {
		struct view rest = field->value, directive;

		while (all.at && view_split(&rest, ',', &directive))
			if (!speaks_to_shared_caches(directive)) {
				directive = view_trim(directive);
				all = arena_format(arena, "%.*s, %.*s", VIEW_ARG(all),
						   VIEW_ARG(directive));
			}
	}
	return all;
}

void privacy_add_cookie(struct http_head *response, struct arena *arena, struct view set_cookie)
{
	struct view control = made_private(response, arena);

	if (!set_cookie.at || !control.at ||
	    !head_set(response, arena, HTTP_CACHE_CONTROL, control))
		return;
	head_drop(response, HTTP_SURROGATE_CONTROL);
	head_drop(response, HTTP_CDN_CACHE_CONTROL);
	head_add(response, arena, VIEW("Set-Cookie"), set_cookie);
}
