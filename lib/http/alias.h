/* alias: names of parameters that some application reads as another one. PHP leaves out leading
 * spaces, reads `.`, space and an unclosed `[` as `_`, cuts at a NUL and makes arrays of `a[b]`;
 * ASP.NET folds letters. Names are decoded. Pure. Any thread. */
#pragma once

#include "base/view.h"

/* Does `name` read as `wanted`, or is it `wanted`? */
bool alias_is(struct view name, struct view wanted);
/* The same, or as an element of it: `do[]` and `do[login]` for `do`. */
bool alias_is_element(struct view name, struct view wanted);
