/* websocket: which requests ask for a WebSocket, and which responses grant one, in answer to which (RFC 6455 §4.1,
 * §4.2). Knows nothing of what passes afterwards: see proxy/tunnel. Pure. Any thread. */
#pragma once

#include "http/head.h"

/* A GET over HTTP/1.1 without a body that asks for an upgrade to WebSocket, with one well-formed key and one version. Whatever
 * is less is an ordinary request. */
bool websocket_is_asked(const struct http_head *request);
/* Makes the Upgrade field say "websocket" and nothing else; TE and what it would add go. Before hop_drop. False when the arena
 * is full. */
bool websocket_narrow(struct http_head *request, struct arena *arena);
/* A 101 that switches to WebSocket and to nothing else; by its form. */
bool websocket_is_granted(const struct http_head *response);
/* Whether one that is granted answers this very request, which asked: whoever does not know the key does not speak WebSocket,
 * or speaks to somebody else. */
bool websocket_answers(const struct http_head *response, const struct http_head *request);
