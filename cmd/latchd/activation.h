/* activation: the listening sockets that systemd has opened for us (sd_listen_fds(3)): connections that come while we are
 * not there wait in them. The main thread. */
#pragma once

#include "serve/door.h"

struct activation {
	struct door_given *sockets;
	size_t n;
};

/* Once: the environment forgets them. */
void activation_take(struct activation *a);
/* Says which of them no listener wanted, and closes them. */
void activation_settle(struct activation *a);
