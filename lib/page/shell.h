/* shell: what all our pages have around their content: document, name and logo of the site, a way to get help. Also the pieces that
 * several pages use. Everything that comes from outside is escaped here. Pure. */
#pragma once

#include "config/settings.h"
#include "page/texts.h"

/* Up to and including the one main heading; `n` is for the heading's number. */
void shell_open(struct text *t, const struct settings *settings, enum texts_id heading, uint64_t n);
void shell_close(struct text *t, const struct settings *settings);
/* <p class=…>; `n` and `what` as in texts_write. */
void shell_paragraph(struct text *t, const char *class, enum texts_id id, uint64_t n,
		     struct view what);
/* A link that looks like a button; `class` is "first", "plain" or "". Nothing at all unless `url` is http(s) or a path of this
 * site. */
void shell_link(struct text *t, const char *class, enum texts_id id, struct view url);
