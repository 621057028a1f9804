/* preset: what an operator need not write, because something else that is written says it: the identity section of
 * applications that many people run, and how servers are looked after. Put into the document as the operator would have
 * written it. Any thread. */
#pragma once

#include "config/document.h"

/* Fills in the keys of `identity` that the document lacks, when it names a preset that is known, and origin.health.check, when the
 * document says anything of health. */
void preset_apply(struct document_node *root, struct arena *arena, struct finding_list *findings);
