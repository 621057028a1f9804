/* arrival: who comes in, inside the room serve: whose connection it is, as the socket or the header of a proxy says, and
 * whether its address has too many already. Accepts nothing and reads no requests. Nobody outside the room includes this.
 * The worker's thread only. */
#pragma once

#include "serve/connection.h"

/* Counts a connection of this address, unless it may have as many as it likes; true when arrival_leave_crowd has to follow.
 * *ret_is_crowded: it has its most already. */
bool arrival_enter_crowd(struct serve *s, const struct sockaddr_storage *remote,
			 bool *ret_is_crowded);
void arrival_leave_crowd(struct serve *s, const struct sockaddr_storage *remote);
/* Counts one too many, METRIC_CONNECTIONS_CROWDED of its address or METRIC_CONNECTIONS_REFUSED of all, and tells it so, as far as
 * that costs nothing; the caller closes. */
void arrival_turn_away(struct serve *s, enum metric why, int fd, bool in_plain);
/* Reads the header that comes before everything. False when it is not whole yet, or the connection ended here. */
bool arrival_take_preface(struct serve_connection *c);
