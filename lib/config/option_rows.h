/* option_rows: the table of all options, in the order of the reference file. A new option is a row here and a
 * member of struct settings. Constant; any thread. */
#pragma once

#include "config/option.h"

extern const struct option option_rows_all[];
extern const size_t option_rows_count;
