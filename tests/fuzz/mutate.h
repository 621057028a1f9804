/* mutate: changes an input as somebody would who knows that it consists of lines. In the fuzz variant only. */
#pragma once

#include "base/view.h"

/* Each target has its own: lines, or several, that are worth putting in. */
extern const struct view mutate_lines[];
extern const size_t mutate_lines_count;
/* The input is a body in chunks with one byte more: most of what was broken is mended. */
extern const bool mutate_chunks;
