/* expire: Set-Cookie values that take session cookies away from the browser, for every path and domain under which the origin has
 * set them. Pure but for looking the scopes up. */
#pragma once

#include "base/arena.h"
#include "registry/registry.h"

/* Calls back with one Set-Cookie value per name and known scope, Path=/ always among them. Values live in the arena. */
void expire_cookies(struct registry *r, const struct view *names, unsigned n, bool https,
		    struct arena *arena, void (*fn)(void *ctx, struct view set_cookie), void *ctx);
