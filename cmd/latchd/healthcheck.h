/* healthcheck: asks the running daemon's admin listener whether it is healthy, for container engines. */
#pragma once

#include "config/settings.h"

/* The exit status: 0 healthy, 1 not. */
int healthcheck_run(const struct settings *settings);
