/* blank: what the trimming functions of applications leave out at both ends of a text, which is more than HTTP's white space:
 * JavaScript's takes U+00A0 (in Node's Latin-1 the byte 0xa0), Python's every white space of Unicode, and control characters.
 * Pure. Any thread. */
#pragma once

#include "base/view.h"

/* Without whatever some of them would leave out. A letter whose UTF-8 ends in such a byte may lose it: good for comparing, not for
 * showing. */
struct view blank_trim(struct view v);
