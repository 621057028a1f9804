/* tickets: the keys under which TLS sessions are given to clients, to be brought back (RFC 5077, RFC 8446 §4.6.1). Made here, in
 * memory only; a new one every 12 hours, and the one before is still read, so that who steals the memory reads no more
 * than a day. Shared by all workers, and kept over reloads. Any thread. */
#pragma once

#include <openssl/ssl.h>
#include <stdint.h>

enum { TICKETS_LIFE_S = 12 * 60 * 60 }; /* of a session, and of a key until the next one is made */

struct tickets;

/* `now_ms` never jumps (clock_steady_ms). */
struct tickets *tickets_create(int64_t (*now_ms)(void));
struct tickets *tickets_ref(struct tickets *t);
/* The keys are overwritten with the last reference. Accepts a pointer to NULL. */
void tickets_unref(struct tickets **t);

/* Sessions of this context are sealed so. It is what SSL_CTX_get_app_data says from now on, and must not outlive the tickets. */
void tickets_use(struct tickets *t, SSL_CTX *ssl);
