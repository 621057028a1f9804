/* tunnels: one worker's open tunnels, and its open event streams, which are tunnels here too. Asks again and again, cheaply,
 * whether whoever opened one is still allowed to have it, and closes it when that is over: after the backend was asked,
 * and not on its veto. As many as there are connections. The worker's thread only.
 *
 * A look compares the generations under which the tunnel was judged; only when they moved, when its verdict has run out, or
 * when bytes have passed and the account shall hear that the device is active, it is judged anew. */
#pragma once

#include "gateway/flow.h"

struct flow;
struct tunnel;
struct tunnels;

struct tunnels *tunnels_create(struct flow_context *w);
/* No tunnel is open any more. */
void tunnels_destroy(struct tunnels **t);
/* The flow's stream became a tunnel, or its response an event stream. */
void tunnels_add(struct flow *f);
/* Its end. Harmless when it was none. */
void tunnels_remove(struct flow *f);
/* The backend has answered what inquiry_ask asked for this tunnel. */
void tunnels_answered(struct flow *f);
/* Closes all, and those that open from now on; but event streams that nobody would open again end by themselves, or with
 * their connections. */
void tunnels_drain(struct tunnels *t);
