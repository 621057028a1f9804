/* announce: how the origin hears of a client before its request: by the PROXY protocol, where origin.proxy_protocol asks for
 * it. The client is whom X-Forwarded-For names as well, and it connected to an address of ours, or to the one that a proxy
 * in front states. Nothing is kept but in the stream's arena. */
#pragma once

#include "route/peer.h"
#include "serve/stream.h"

/* VIEW_NONE: nothing is said. False when the arena is full. */
bool announce_client(struct stream *s, const struct peer *peer, struct view *ret_preface);
