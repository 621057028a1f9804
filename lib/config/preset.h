/* preset: what the identity section says for applications that many people run, written as the operator would
 * write it. Any thread. */
#pragma once

#include "config/document.h"

/* Fills in the keys of `identity` that the document lacks, when it names a preset that is known. */
void preset_apply(struct document_node *root, struct arena *arena, struct finding_list *findings);
