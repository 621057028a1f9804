#include "config/contradiction_inside.h"

#include <stdio.h>

/* Without public_url every host could be this site. */
static bool may_be_this_site(const struct settings *s, const struct url_address *address)
{
	return !s->public_authority || url_is_on(address, view_of(s->public_authority));
}

/* Path and query of a URL or path, as a browser would ask for them. */
static void split_target(struct view url, struct view *ret_path, struct view *ret_query)
{
	size_t scheme = view_find_view(url, VIEW("://"));
	size_t mark;

	url = view_head(url, view_find(url, '#'));
	if (url.len && url.at[0] != '/' && scheme < url.len) {
		url = view_from(url, scheme + 3);
		url = view_from(url, view_find(url, '/') < view_find(url, '?')
					     ? view_find(url, '/')
					     : view_find(url, '?'));
	}
	mark = view_find(url, '?');
	*ret_path = mark ? view_head(url, mark) : VIEW("/");
	*ret_query = view_from(url, mark + 1);
}

/* Whether a request for this very URL is recognised as going there. */
static bool leads_to_itself(const struct url_address *address, struct view url, bool is_redirect)
{
	char first[4096];
	struct arena arena;
	struct view path, query;
	bool matches;

	arena_init(&arena, first, sizeof(first), 1 << 20);
	split_target(url, &path, &query);
	matches = url_matches_narrowly(address, path, query, is_redirect, &arena);
	arena_fini(&arena);
	return matches;
}

static void check_redirect(const struct contradiction *c, const char *path, const char *url,
			   const struct url_address *address)
{
	struct text appended;
	bool is_safe;

	if (!url || !may_be_this_site(c->s, address))
		return;
	if (view_starts(view_of(address->path), VIEW("/.latch/"))) {
		contradiction_complain(c, path, "leads to latchd's own pages");
		return;
	}
	text_init_growing(&appended, 1 << 20);
	url_append(&appended, view_of(url), VIEW("challenge"), VIEW("x"));
	is_safe = leads_to_itself(address, view_of(url), true) &&
		  leads_to_itself(address, text_view(&appended), true);
	text_fini(&appended);
	if (!is_safe)
		contradiction_warn(
			c, path,
			"this address could mean two things, and would itself be challenged");
}

static void check_redirects(const struct contradiction *c)
{
	const struct settings_redirects *to = &c->s->redirects;

	/* Who has completed a challenge is allowed: success_url is not among them. */
	check_redirect(c, "redirect_urls.new_account_url", to->new_account_url, &to->new_account);
	check_redirect(c, "redirect_urls.logout_url", to->logout_url, &to->logout);
	check_redirect(c, "redirect_urls.suspended_url", to->suspended_url, &to->suspended);
	check_redirect(c, "redirect_urls.upgrade_url", to->upgrade_url, &to->upgrade);
}

static void check_exempt(const struct contradiction *c)
{
	char path[CONTRADICTION_PATH_BYTES];

	for (size_t i = 0; i < c->s->exempt.n_paths; i++) {
		const struct url_address *address = &c->s->exempt.paths[i];

		if (!address->text || leads_to_itself(address, view_of(address->text), false))
			continue;
		snprintf(path, sizeof(path), "exempt.paths[%zu]", i);
		contradiction_warn(c, path,
				   "this address could mean two things, and is never exempt");
	}
}

void contradiction_check_links(const struct contradiction *c)
{
	check_redirects(c);
	check_exempt(c);
}
