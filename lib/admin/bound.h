/* bound: the listening socket of the operators, TCP or unix. Unlike the clients' sockets it shares its port with
 * nobody, so that a second daemon on the same address learns of it. Any thread. */
#pragma once

#include "config/settings.h"

/* A listening, non-blocking descriptor, or ERR_IO (see errno). *ret_port: what was bound, 0 for a unix socket.
 * A unix socket is its owner's alone (0600); one that nobody listens on is replaced, anything else that has
 * the path is left alone. */
int bound_open(const struct settings_address *address, uint16_t *ret_port);
/* Takes the path of a unix socket away again; the descriptor is whoever's it was given to. */
void bound_forget(const struct settings_address *address);
