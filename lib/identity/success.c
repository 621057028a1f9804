#include "identity/success.h"

#include "identity/named.h"

static bool has_status(const struct settings_success *s, int status)
{
	if (!s->status)
		return status < 400;
	return s->status_is_class ? status / 100 == (int)s->status / 100 : status == (int)s->status;
}

/* Offset of the authority in "scheme://authority/…" or "//authority/…"; 0: there is none. */
static size_t find_authority(struct view location)
{
	size_t slashes = view_find_view(location, VIEW("//"));

	if (slashes == 0)
		return 2;
	if (slashes == location.len || location.at[slashes - 1] != ':' ||
	    view_find(location, '/') < slashes)
		return 0;
	return slashes + 2;
}

/* RFC 3986 §5.2.3: whether the request's path up to its last slash, followed by `location`, begins
 * with the prefix. */
static bool merged_starts(struct view path, struct view location, struct view prefix)
{
	while (path.len && path.at[path.len - 1] != '/')
		path.len--;
	if (prefix.len <= path.len)
		return view_starts(path, prefix);
	return view_starts(prefix, path) && view_starts(location, view_from(prefix, path.len));
}

static bool location_starts(struct view location, struct view request_path, struct view prefix)
{
	size_t authority = find_authority(location);
	struct view rest = view_from(location, authority);

	if (view_starts(location, prefix))
		return true;
	if (authority)
		return view_starts(view_from(rest, view_find(rest, '/')), prefix);
	return location.len && location.at[0] != '/' &&
	       merged_starts(request_path, location, prefix);
}

static bool has_location(const struct settings_success *s, const struct http_head *request,
			 const struct http_head *response)
{
	struct view location = head_value(response, HTTP_LOCATION);

	if (s->location &&
	    (!location.at || !location_starts(location, request->path, view_of(s->location))))
		return false;
	return !s->not_location || !location.at ||
	       !location_starts(location, request->path, view_of(s->not_location));
}

static bool fits(struct view name, struct view pattern)
{
	if (pattern.len && pattern.at[pattern.len - 1] == '*')
		return view_starts(name, view_head(pattern, pattern.len - 1));
	return view_is(name, pattern);
}

/* A cookie that is no session's counts once it has any value. */
static bool is_set(const struct granted_cookie *c)
{
	if (c->named != NAMED_NONE)
		return c->stays && c->is_new;
	return c->stays && !c->is_gone && c->cookie.value.len &&
	       !view_is(c->cookie.value, VIEW("deleted"));
}

static bool has_cookies(const struct settings_success *s, const struct granted *granted)
{
	bool has_new = false, has_wanted = !s->sets_cookie;

	if (s->sets_cookie_none)
		return true;
	for (size_t i = 0; i < granted->n; i++) {
		const struct granted_cookie *c = &granted->at[i];

		has_new |= c->stays && c->is_new;
		has_wanted |= is_set(c) && s->sets_cookie &&
			      fits(c->cookie.name, view_of(s->sets_cookie));
	}
	return has_new && has_wanted;
}

enum lesson_miss success_check(const struct settings_success *s, const struct http_head *request,
			       const struct http_head *response, const struct granted *granted)
{
	if (!has_status(s, response->status))
		return LESSON_MISS_STATUS;
	if (!has_location(s, request, response))
		return LESSON_MISS_LOCATION;
	return has_cookies(s, granted) ? LESSON_NO_MISS : LESSON_MISS_NO_COOKIE;
}
