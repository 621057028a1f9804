/* charset: whether the letters of a body are their ASCII bytes, as far as its Content-Type says. Does not decode
 * anything. Pure. Any thread. */
#pragma once

#include "base/view.h"

#include <stdbool.h>

/* Could some reader of this Content-Type decode the body by a charset in which a name is written in other bytes than in
 * ASCII? So it is for every charset but those known to keep them: there are too many of the others, under too many names
 * (UTF-16, UTF-7, EBCDIC's many pages, ISO-2022 with its escapes). */
bool charset_is_foreign(struct view content_type);
