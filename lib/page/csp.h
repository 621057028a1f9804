/* csp: the Content-Security-Policy of our pages: nothing but the one style sheet (by its hash), the site's logo, and forms that end
 * at this site or at one of the redirect URLs. Pure. */
#pragma once

#include "base/text.h"
#include "config/settings.h"

void csp_write(struct text *t, const struct settings *settings);
