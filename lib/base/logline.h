/* logline: what one line of the log looks like, as text or as JSON; a pure function of
 * its input. Bytes that are not printable text are escaped, whatever is too long is
 * cut, so a line always fits and always is one line. It writes nowhere. Any thread. */
#pragma once

#include "base/log.h"
#include "base/text.h"

/* A text of this size never overflows. */
enum { LOGLINE_BYTES = 16384 };

/* Both end in a newline. */
void logline_message(struct text *t, enum log_format format, int64_t wall_ms, enum log_level level,
		     const char *room, struct view message);
void logline_request(struct text *t, enum log_format format, int64_t wall_ms,
		     const struct log_access *line);
