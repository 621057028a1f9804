/* contradiction: what no option can see by itself: settings that exclude each other, or need each other, and
 * those that work but hardly as they were meant. Any thread. */
#pragma once

#include "config/document.h"
#include "config/settings.h"

/* `root` says where things stand, and what was written. Settings may be half read: what is missing was
 * complained of before. */
void contradiction_check(struct document_node *root, const struct settings *s,
			 struct finding_list *findings);
