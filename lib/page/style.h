/* style: the one style sheet of our pages, in the site's colour. Light and dark by the reader's choice, for narrow and wide
 * windows, and for either direction of writing. Pure. */
#pragma once

#include "base/text.h"
#include "config/settings.h"

/* What stands between <style> and </style>; the content security policy carries its hash. */
void style_write(struct text *t, const struct settings_branding *branding);
/* Black or white: whichever is readable (contrast of 4.5 or more, WCAG 2.1 §1.4.3) on "#rrggbb". */
const char *style_ink_on(const char *color);
/* Whether this is "#rrggbb". */
bool style_is_color(const char *color);
