/* endpoint: the kinds of values that say where a socket is: addresses to bind, and servers to connect to.
 * Checks how they are written; resolves and opens nothing. Constant; any thread. */
#pragma once

#include "config/option.h"

/* struct settings_address. */
extern const struct option_type endpoint_address;
/* unsigned, the mode of a file. */
extern const struct option_type endpoint_mode;
/* The members url, address, https and authority of struct settings_origin, which the row's offset names. */
extern const struct option_type endpoint_origin;
/* struct settings_server. */
extern const struct option_type endpoint_server;
