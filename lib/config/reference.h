/* reference: the configuration file that explains itself, made from the schema: every option with a sentence,
 * its default, type and range; what is required is set, the rest is commented out. Any thread. */
#pragma once

#include "base/text.h"

void reference_write(struct text *t);
