#include "gateway/expire.h"

struct expiring {
	struct view name;
	bool https;
	bool root; /* Path=/ without a domain was among the scopes */
	struct arena *arena;
	void (*fn)(void *ctx, struct view set_cookie);
	void *ctx;
};

static void expire(const struct expiring *x, const char *path, const char *domain)
{
	struct view v = arena_format(
		x->arena,
		"%.*s=deleted; Path=%s%s%s; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0%s; HttpOnly",
		VIEW_ARG(x->name), path, domain ? "; Domain=" : "", domain ? domain : "",
		x->https ? "; Secure" : "");

	if (v.at)
		x->fn(x->ctx, v);
}

static void on_scope(const struct registry_scope *scope, void *arg)
{
	struct expiring *x = arg;
	const char *path = scope->path ? scope->path : "/";

	x->root |= !scope->domain && strcmp(path, "/") == 0;
	expire(x, path, scope->domain);
}

void expire_cookies(struct registry *r, const struct view *names, unsigned n, bool https,
		    struct arena *arena, void (*fn)(void *ctx, struct view set_cookie), void *ctx)
{
	for (unsigned i = 0; i < n; i++) {
		struct expiring x = {
			.name = names[i], .https = https, .arena = arena, .fn = fn, .ctx = ctx
		};

		registry_each_scope(r, names[i], on_scope, &x);
		if (!x.root)
			expire(&x, "/", NULL);
	}
}
