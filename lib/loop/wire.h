/* wire: a connected, non-blocking descriptor that bytes are read from and written to, in plain or through TLS, and
 * whoever reads and writes need not know which. One thread at a time. */
#pragma once

#include "loop/tls.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

struct wire {
	int fd;          /* -1: closed */
	struct tls *tls; /* NULL: in plain */
};

/* From now on through TLS, as the context says. False when there is no memory. */
bool wire_secure(struct wire *w, struct tlscontext *context);
/* From now on in plain. */
void wire_bare(struct wire *w);
/* Does the handshake, which a first read would do as well: 0 when it is done, ERR_BUSY, ERR_IO. */
int wire_shake(struct wire *w);

/* Bytes read (> 0), 0 at the end of the stream, ERR_BUSY when there is nothing now, ERR_IO. */
ssize_t wire_read(struct wire *w, void *at, size_t size);
/* Bytes written (> 0), ERR_BUSY when there is no room now, ERR_IO. Never raises SIGPIPE. What had to wait is tried
 * again with the same bytes, and perhaps more behind them. */
ssize_t wire_write(struct wire *w, const struct iovec *parts, size_t n);
/* Nothing to read, and not ended: looks without taking anything. */
bool wire_is_quiet(const struct wire *w);
enum wire_fate {
	WIRE_WELL,
	WIRE_HALF,   /* the other side says no more, or */
	WIRE_CLOSED, /* neither side does, or */
	WIRE_FAILED, /* it was reset */
};
/* What became of it, as the kernel knows, where bytes that nobody reads may stand before the end. */
enum wire_fate wire_fate(const struct wire *w);
/* Says that no more will be written. */
void wire_shutdown(struct wire *w);
void wire_close(struct wire *w);
/* Closes such that the other side sees an error, not an end. What was not yet delivered may be lost. */
void wire_reset(struct wire *w);

/* The handshake is not done yet. */
static inline bool wire_is_opening(const struct wire *w)
{
	return w->tls && !tls_is_shaken(w->tls);
}

/* As tls_met_text. */
static inline bool wire_met_text(const struct wire *w)
{
	return w->tls && tls_met_text(w->tls);
}

/* As tls_subject; nothing in plain. */
static inline bool wire_subject(const struct wire *w, struct text *subject)
{
	return !w->tls || tls_subject(w->tls, subject);
}

/* The next read finds something, of which the descriptor will not tell: it was taken from there already. */
static inline bool wire_has_more(const struct wire *w)
{
	return w->tls && tls_has_more(w->tls);
}

/* A read was ERR_BUSY because it has to write first: wait until the descriptor is writable, and not until it is
 * readable, then call wire_resume. */
static inline bool wire_awaits_room(const struct wire *w)
{
	return w->tls && tls_awaits_room(w->tls);
}

static inline void wire_resume(struct wire *w)
{
	if (w->tls)
		tls_resume(w->tls);
}
