/* reach: how many hops a TRACE or OPTIONS may still go (RFC 9110 §7.6.2). Knows no connections. Pure but for the stream's
 * arena. The worker's thread only. */
#pragma once

#include "serve/stream.h"

/* True when its Max-Forwards says that it goes no further: it is for the caller to answer. Else the number that goes on is
 * one less; a value that is no number, or another method's, means nothing and passes. */
bool reach_ends_here(struct stream *s);
/* Answers as the last one on the way, who has nothing to show of itself. */
void reach_answer(struct stream *s);
