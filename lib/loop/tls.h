/* tls: one TLS connection over a non-blocking descriptor that somebody else owns. wire is its only user: whoever
 * reads and writes through a wire does not learn of it. Renegotiation is off. An end without close_notify is an
 * error: it may be somebody else's doing (RFC 8446 §6.1). So is another side that renews its keys and says nothing.
 * Leaves OpenSSL's error queue empty. One thread at a time. */
#pragma once

#include "loop/tlscontext.h"

#include <sys/types.h>
#include <sys/uio.h>

struct tls;

/* Takes a reference to the context. NULL when there is no memory. */
struct tls *tls_open(struct tlscontext *context, int fd);
/* Tells the other side that it is the end, as far as that goes without waiting, unless `silently`. Accepts a pointer to
 * NULL. The descriptor stays open. */
void tls_close(struct tls **t, bool silently);

/* 0 when it is done, ERR_BUSY, ERR_IO. A read does it as well. */
int tls_shake(struct tls *t);
bool tls_is_shaken(const struct tls *t);
/* The handshake failed because the other side speaks no TLS, and began with a letter, as HTTP does. */
bool tls_met_text(const struct tls *t);
/* Why a handshake failed: a sentence of OpenSSL's. Constant memory. */
const char *tls_why(const struct tls *t);

/* Appends whose certificate the other side has shown, if it was good: its subject as RFC 4514 writes it, in visible ASCII. Nothing
 * without one, and before the handshake is done. False, and nothing, where one was shown whose subject is empty, does not fit, or
 * cannot be written: silence would look as if there were none. */
bool tls_subject(const struct tls *t, struct text *subject);

/* As wire's. */
ssize_t tls_read(struct tls *t, void *at, size_t size);
ssize_t tls_write(struct tls *t, const struct iovec *parts, size_t n);
bool tls_is_quiet(struct tls *t);
void tls_shutdown(struct tls *t);
bool tls_has_more(const struct tls *t);
bool tls_awaits_room(const struct tls *t);
void tls_resume(struct tls *t);
