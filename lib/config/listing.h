/* listing: settings written as YAML, by the schema, so that reading it again gives the same. Secrets are masked;
 * what is not set is left out. Any thread. */
#pragma once

#include "base/text.h"

/* `base` is what reader_read fills. */
void listing_write(const void *base, struct text *t);

/* Appends the paths of the options that differ and that a reload does not pick up, with ", " between them. */
void listing_compare(const void *before, const void *after, struct text *t);
