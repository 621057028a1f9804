/* door: the listening socket of one of the settings' listeners, or one for each worker: bound to an address, to the path of
 * a unix socket, or handed in by whoever started us (systemd). Accepts nothing: see serve. The thread that starts and
 * stops the gateway.
 *
 * On an address that we bind, each worker has a socket of its own (SO_REUSEPORT) and the kernel spreads connections. A
 * socket file, and a socket that was handed in, are one socket: the workers accept from it in turns. */
#pragma once

#include "config/settings.h"

struct door;

/* Listening sockets that were there before us; door_open takes those that fit. */
struct door_given {
	int fd;
	bool taken;
};

/* ERR_IO: see errno. The settings outlive the door. */
int door_open(const struct settings_listener *listener, struct door_given *given, size_t n_given,
	      struct door **ret_door);
/* The next worker's listening, non-blocking descriptor, which is the caller's; or ERR_IO. */
int door_take(struct door *d);
/* All workers have theirs: the door listens only as long as one of them does. */
void door_hand_over(struct door *d);
/* 0 for a socket file. */
uint16_t door_port(const struct door *d);
/* Removes the socket file that it made. Accepts a pointer to NULL. */
void door_close(struct door **d);

/* One socket on a TCP address. For port 0 the chosen port is in *ret_port; pass it in address->port's place to bind the
 * other workers' sockets to the same, `shared`: an address that is taken is an error only for the first. */
int door_bind(const struct settings_address *address, uint16_t port, bool shared,
	      uint16_t *ret_port);
