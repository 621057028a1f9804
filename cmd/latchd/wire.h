/* wire: builds the daemon in order and tears it down backwards. Main thread. */
#pragma once

#include "config/settings.h"

struct wire;

/* False after an error, which is in the log. */
bool wire_up(struct settings *settings, struct wire **ret_wire);
/* Serves until a signal says so. */
void wire_run(struct wire *w, const char *config);
void wire_down(struct wire **w);
