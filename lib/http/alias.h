/* alias: names of parameters that some application reads as another one. PHP leaves out leading
 * spaces, reads `.`, space and an unclosed `[` as `_`, cuts at a NUL and makes arrays of `a[b]`;
 * ASP.NET folds letters. Names are decoded. Pure. Any thread. */
#pragma once

#include "base/view.h"

/* Takes a letter off the front (not empty), folded. Two beyond ASCII have their other case in it: whoever folds by Unicode,
 * as Go's JSON does, reads `\u017f` as `s` and `\u212a` as `k`. */
char alias_take(struct view *rest);
/* Does `name` read as `wanted`, or is it `wanted`? */
bool alias_is(struct view name, struct view wanted);
/* The same, or as an element of it: `do[]` and `do[login]` for `do`. */
bool alias_is_element(struct view name, struct view wanted);
