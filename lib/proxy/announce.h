/* announce: how the origin hears of a client before its request: by the PROXY protocol, where origin.proxy_protocol asks for
 * it. The client is whom X-Forwarded-For names as well; the address that it connected to is not known here, and said to be
 * zero. Pure but for the stream's arena. */
#pragma once

#include "route/peer.h"
#include "serve/stream.h"

/* VIEW_NONE: nothing is said. False when the arena is full. */
bool announce_client(struct stream *s, const struct peer *peer, struct view *ret_preface);
