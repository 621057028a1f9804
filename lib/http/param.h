/* param: the `; name=value` list behind a media type or a disposition (RFC 9110 §5.6.6). Pure.
 * Any thread. */
#pragma once

#include "base/view.h"

/* Takes the next parameter off *rest (start with what stands from the first `;` on, or the empty
 * view). The value is raw: a quoted string keeps its quotes, and its `;`; without `=` it is at
 * == NULL. Empty ones are skipped. False at the end. */
bool param_next(struct view *rest, struct view *ret_name, struct view *ret_value);
/* The value without quotes and escapes, or as much of it as `size` bytes hold. */
struct view param_unquote(struct view raw, char *room, size_t size);
