/* multipart: multipart/form-data as it streams by, into a gather (RFC 7578, 2046 §5.1), in
 * constant memory. Readers of this format differ wildly, so whatever strays from what browsers
 * write (bare LF, folded or doubled headers, parts behind the closing delimiter, encodings ...)
 * is read as the most lenient would, and is conflicting. Parts with a file name are files, not
 * fields; with an empty one they are either. One thread at a time. */
#pragma once

#include "http/gather.h"

enum { MULTIPART_BOUNDARY_BYTES = 200, MULTIPART_LINE_BYTES = 1024 };

struct multipart {
	char delimiter[4 + MULTIPART_BOUNDARY_BYTES]; /* CRLF, two hyphens, boundary */
	size_t delimiter_len;
	size_t match_start, match_end; /* the bytes of it that were just seen */
	uint8_t state;
	bool is_closed; /* the closing delimiter has come */
	bool is_line_over;
	size_t line_len;
	char line[MULTIPART_LINE_BYTES];
	/* of the part being read: */
	bool has_disposition, has_name, is_file, is_empty_file, is_odd;
	size_t name_len;
	char name[GATHER_NAME_BYTES];
};

/* False when a boundary cannot be this long, or is empty. */
bool multipart_init(struct multipart *m, struct view boundary);
void multipart_feed(struct multipart *m, struct gather *g, struct view bytes);
void multipart_finish(struct multipart *m, struct gather *g);
