/* process: what the system says about this process, as metrics with the names that Prometheus' own client libraries use. Linux.
 * Any thread. */
#pragma once

#include "base/text.h"

/* Appends them in the text format; what the system does not tell is left out. */
void process_write(struct text *t);
