/* trailing: which fields behind the origin's body (trailers) the client gets.
 * Those that it asked for (TE: trailers), that the origin announced (Trailer), that may stand there at all (http/trailer.h) and
 * whose name is no header in which the account is told: nothing is learnt from trailers, so nothing may be shown in them
 * either. In requests none pass: no origin says that it takes them, and a sender has to know (RFC 9110 §6.5.1); they are read to their
 * end and dropped.
 * The worker's thread only. */
#pragma once

#include "serve/stream.h"

/* A list; at == NULL: none. Before hop_drop. */
struct view trailing_names(struct stream *s, const struct http_head *response);
