/* agent: type, operating system and browser family, language and label of a device, from client
 * hints, then User-Agent. One table of families, whose numbers are stored. Only families that
 * User-Agent tells as well are told apart: WebSocket handshakes and plain http carry no hints, and
 * a device must not change its family between two requests. Compared and shown, never trusted.
 * Pure. Any thread. */
#pragma once

#include "http/head.h"
#include "registry/account.h"

/* Network is the caller's to fill in; it is zero here. */
void agent_read(const struct http_head *request, struct device_facts *ret_facts);
/* "Firefox on Windows", "Unknown browser on Linux", "curl", "Unknown device"; lives as long as the
 * arena, and longer when nothing had to be put together. at == NULL: arena full. */
struct view agent_label(const struct device_facts *facts, struct arena *arena);
