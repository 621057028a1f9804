/* hop: what belongs to one connection only and is never forwarded (RFC 9110 §7.6.1). Pure. */
#pragma once

#include "http/head.h"

/* Whether the sender lets the connection live after this message (RFC 9112 §9.3). */
bool hop_keeps_alive(const struct http_head *h);
/* For how long the sender says that it keeps a connection over which nothing comes (Keep-Alive: timeout=seconds); INT64_MAX
 * where it does not say. */
int64_t hop_keep_alive_ms(const struct http_head *h);
/* Whether this is a request whose sender wants the fields behind a chunked body (RFC 9110 §10.1.4). */
bool hop_takes_trailers(const struct http_head *h);
/* Drops hop-by-hop fields (Transfer-Encoding and Trailer among them: whoever writes the body
 * adds its own framing; Content-Length stays, once and written as a number is) and unknown ones that
 * Connection names. One that Connection names and that is in the table of names stays: Host, Cookie and
 * whatever else a gateway relies on. TE becomes "trailers", with its "Connection: TE", where
 * hop_takes_trailers, else nothing; Upgrade goes,
 * unless the caller forwards an upgrade: then it stays, with a "Connection: Upgrade". False when
 * the arena is full, or Connection names many more fields than there are. */
bool hop_drop(struct http_head *h, struct arena *arena, bool keep_upgrade);
/* A list field (Connection, TE ...): does any line contain this token, case-insensitively? */
bool hop_has_token(const struct http_head *h, enum http_name name, struct view token);
