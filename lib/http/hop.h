/* hop: what belongs to one connection only and is never forwarded (RFC 9110 §7.6.1). Pure. */
#pragma once

#include "http/head.h"

/* Whether the sender lets the connection live after this message (RFC 9112 §9.3). */
bool hop_keeps_alive(const struct http_head *h);
/* Drops hop-by-hop fields and those that Connection names (never Host, Cookie, framing fields or
 * other fields that a gateway relies on); TE becomes "trailers" or nothing; Upgrade goes unless the
 * caller forwards an upgrade. False when the arena is full. */
bool hop_drop(struct http_head *h, struct arena *arena, bool keep_upgrade);
/* A list field (Connection, TE …): does any line contain this token, case-insensitively? */
bool hop_has_token(const struct http_head *h, enum http_name name, struct view token);
