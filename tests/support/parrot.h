/* parrot: the server's end of a WebSocket (RFC 6455) that says every message back, as a script of `origin`. It is strict:
 * whatever the RFC forbids fails the connection with the code that it names for that. Where permessage-deflate (RFC 7692) was
 * offered it agrees, keeps no context, and says compressed messages back as they came.
 *
 * Keeps every byte that it heard. After its closing frame it says no more and listens to the end. */
#pragma once

#include "origin.h"

struct parrot;

struct parrot *parrot_create(void);
void parrot_destroy(struct parrot **p);
/* For origin_start, with the parrot as ctx. A request that is no handshake is answered 426. */
origin_script parrot_script;
/* Waits until no conversation is under way and returns what was heard since the last call, to be freed. */
char *parrot_heard(struct parrot *p, size_t *ret_len);
