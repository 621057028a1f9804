/* trace: the head of a request as the origin gets it: what belongs to the client's connection is gone, and the traces
 * are set by which the origin learns who asked (X-Forwarded-*, Forwarded, X-Real-IP, X-Request-Id). A client's own
 * traces are dropped unless it is a trusted proxy. Pure. */
#pragma once

#include "route/peer.h"
#include "serve/stream.h"

/* Edits s->request and writes it. In the stream's arena; at == NULL when that is full. */
struct view trace_request(struct stream *s, const struct peer *peer, const char *request_id);
/* Another request may follow this one on its connection to the origin; else the head says Connection: close. */
bool trace_goes_on(const struct stream *s);
