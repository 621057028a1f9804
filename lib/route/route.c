#include "route/route.h"

#include "http/hop.h"

/* -- which page -- */

static bool is_asset(struct view path)
{
	struct view directory = VIEW("/.latch/assets/"), name;

	if (!view_starts(path, directory))
		return false;
	name = view_from(path, directory.len);
	for (size_t i = 0; i < name.len; i++) {
		char c = view_lower(name.at[i]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && !memchr("._-", c, 3))
			return false;
	}
	return name.len && name.at[0] != '.';
}

/* In any spelling that some origin might understand: none of it is the origin's. */
static bool is_own(const struct url_path *path)
{
	char folded[] = "/.latch";
	struct url_address own = { .folded_path = folded };

	return url_path_is_at(&own, path);
}

static enum route_kind find_kind(struct view path, const struct url_path *read)
{
	if (!is_own(read))
		return ROUTE_PROXY;
	if (view_is(path, VIEW("/.latch/challenge")))
		return ROUTE_CHALLENGE;
	if (view_is(path, VIEW("/.latch/suspended")))
		return ROUTE_SUSPENDED;
	return is_asset(path) ? ROUTE_ASSET : ROUTE_OWN_UNKNOWN;
}

/* -- what kind of client -- */

/* A weight of zero means: not this (RFC 9110 §12.4.2). */
static bool is_refused(struct view params)
{
	struct view param;

	while (view_split(&params, ';', &param)) {
		param = view_trim(param);
		if (!view_starts_nocase(param, VIEW("q=")))
			continue;
		for (size_t i = 2; i < param.len; i++)
			if (param.at[i] != '0' && param.at[i] != '.')
				return false;
		return param.len > 2;
	}
	return false;
}

static bool accepts(const struct http_head *request, struct view type)
{
	const struct http_field *f;
	struct view rest, range;
	size_t from = 0;

	while ((f = head_find(request, HTTP_ACCEPT, &from)))
		for (rest = f->value; view_split(&rest, ',', &range);) {
			size_t end = view_find(range, ';');

			if (view_is_nocase(view_trim(view_head(range, end)), type))
				return end == range.len || !is_refused(view_from(range, end + 1));
		}
	return false;
}

/* Sec-Fetch-Mode says it; browsers without it show a page by what they accept. The header that
 * jQuery and others send marks the requests of scripts in those (an Android WebView puts its
 * package's name there). */
static bool is_navigation(const struct http_head *request)
{
	const struct http_field *mode = head_find(request, HTTP_SEC_FETCH_MODE, NULL);

	if (mode)
		return view_is(mode->value, VIEW("navigate"));
	return (request->method_id == HTTP_GET || request->method_id == HTTP_HEAD) &&
	       !view_is_nocase(head_value(request, HTTP_X_REQUESTED_WITH),
			       VIEW("XMLHttpRequest")) &&
	       accepts(request, VIEW("text/html"));
}

static enum route_client find_client(const struct http_head *request)
{
	if (hop_has_token(request, HTTP_UPGRADE, VIEW("websocket")) &&
	    hop_has_token(request, HTTP_CONNECTION, VIEW("upgrade")))
		return ROUTE_UPGRADE;
	if (is_navigation(request))
		return ROUTE_NAVIGATION;
	return accepts(request, VIEW("text/event-stream")) ? ROUTE_UPGRADE : ROUTE_API;
}

/* -- exemptions -- */

static bool is_among_narrowly(const struct url_address *at, size_t n,
			      const struct http_head *request, struct arena *arena)
{
	for (size_t i = 0; i < n; i++)
		if (url_matches_narrowly(&at[i], request->path, request->query, false, arena))
			return true;
	return false;
}

/* The path is looked at first: hardly any request is for one of these. */
static bool is_redirect(const char *url, const struct url_address *a,
			const struct http_head *request, const struct settings *settings,
			struct arena *arena)
{
	struct view host =
		settings->public_authority ? view_of(settings->public_authority) : request->host;

	return url && url_matches_narrowly(a, request->path, request->query, true, arena) &&
	       url_is_on(a, host);
}

static bool is_any_redirect(const struct http_head *request, const struct settings *settings,
			    struct arena *arena)
{
	const struct settings_redirects *to = &settings->redirects;

	return is_redirect(to->logout_url, &to->logout, request, settings, arena) ||
	       is_redirect(to->new_account_url, &to->new_account, request, settings, arena) ||
	       is_redirect(to->suspended_url, &to->suspended, request, settings, arena) ||
	       is_redirect(to->upgrade_url, &to->upgrade, request, settings, arena);
}

static bool is_exempt(const struct http_head *request, const struct settings *settings,
		      struct arena *arena)
{
	return is_any_redirect(request, settings, arena) ||
	       is_among_narrowly(settings->identity.logout_paths, settings->identity.n_logout_paths,
				 request, arena) ||
	       is_among_narrowly(settings->exempt.paths, settings->exempt.n_paths, request,
				 arena) ||
	       (view_starts(request->path, VIEW("/.well-known/")) &&
		!url_is_ambiguous(request->path));
}

static bool is_logout(const struct http_head *request, const struct url_path *path,
		      const struct settings *settings, struct arena *arena)
{
	const struct settings_identity *identity = &settings->identity;

	for (size_t i = 0; i < identity->n_logout_paths; i++)
		if (url_is_at(&identity->logout_paths[i], path, request->query, arena))
			return true;
	return false;
}

/* Matching says "no" when the arena is full. Room only shrinks: if there is room now for as much
 * as matching asks for at once, there always was. Only what has to be decoded or cleaned asks at
 * all. */
static bool had_room(const struct http_head *request, struct arena *arena)
{
	size_t most =
		request->path.len > request->query.len ? request->path.len : request->query.len;
	bool is_plain = view_find(request->target, '%') == request->target.len &&
			view_find(request->target, '+') == request->target.len &&
			view_find(request->path, ';') == request->path.len &&
			view_find(request->path, '\\') == request->path.len &&
			view_find_view(request->path, VIEW("//")) == request->path.len &&
			view_find_view(request->path, VIEW("/.")) == request->path.len;

	return is_plain || arena_alloc(arena, most + 1);
}

bool route_find(const struct http_head *request, const struct peer *peer,
		const struct settings *settings, struct arena *arena, struct route *ret_route)
{
	struct route route = { .client = find_client(request) };
	struct url_path path;

	if (!url_path_read(request->path, arena, &path))
		return false;
	route.kind = find_kind(request->path, &path);
	route.exempt = route.kind != ROUTE_PROXY || is_exempt(request, settings, arena);
	route.exempt_peer = settings_cidr_contains(&settings->exempt.cidrs, peer->address);
	route.logout = is_logout(request, &path, settings, arena);
	if (!had_room(request, arena))
		return false;
	*ret_route = route;
	return true;
}
