/* network: the kinds of values that say from where somebody comes: addresses with a prefix, and unix sockets.
 * Constant; any thread. */
#pragma once

#include "config/option.h"

/* struct settings_cidr. */
extern const struct option_type network_cidr;
/* The same, or the word unix. */
extern const struct option_type network_proxy;
