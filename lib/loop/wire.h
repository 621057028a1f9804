/* wire: a connected, non-blocking descriptor that bytes are read from and written to. Today plain sockets; what
 * encrypts comes in here, and nobody above learns of it. One thread at a time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

struct wire {
	int fd; /* -1: closed */
};

/* Bytes read (> 0), 0 at the end of the stream, ERR_BUSY when there is nothing now, ERR_IO. */
ssize_t wire_read(struct wire *w, void *at, size_t size);
/* Bytes written (> 0), ERR_BUSY when there is no room now, ERR_IO. Never raises SIGPIPE. */
ssize_t wire_write(struct wire *w, const struct iovec *parts, size_t n);
/* Nothing to read, and not ended: looks without taking anything. */
bool wire_is_quiet(const struct wire *w);
/* Says that no more will be written. */
void wire_shutdown(struct wire *w);
void wire_close(struct wire *w);
/* Closes such that the other side sees an error, not an end. What was not yet delivered may be lost. */
void wire_reset(struct wire *w);
