/* agent: type, operating system and browser family, language and label of a device, from client hints, then User-Agent.
 * One table of families. Pure. */
#pragma once

#include "http/head.h"
#include "registry/account.h"

/* Network is the caller's to fill in. */
void agent_read(const struct http_head *request, struct device_facts *ret_facts);
/* "Firefox on Windows", "Unknown browser on Linux"; lives as long as the arena. at == NULL: arena full. */
struct view agent_label(const struct device_facts *facts, struct arena *arena);
