/* ago: how long ago something was, in words that a reader's time zone does not change. Pure. */
#pragma once

#include "base/text.h"

/* As a <time> element; what lies ahead is now. */
void ago_write(struct text *t, int64_t wall_ms, int64_t now_ms);
