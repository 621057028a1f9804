/* payload: a message's body, taken out of the bytes that follow its head as they come. Counts lengths, removes chunked
 * coding in place, knows where the body ends. Does not read sockets. Pure. One thread at a time. */
#pragma once

#include "http/body.h"

struct payload {
	enum body_framing framing;
	uint64_t left;  /* BODY_LENGTH */
	uint64_t taken; /* payload bytes so far */
	struct body_chunks chunks;
};

void payload_init(struct payload *p, const struct body_plan *plan);
/* Consumes from the front of the `len` bytes at `at`, which it may rearrange. *ret_run is the payload found, *ret_used
 * how many bytes are done with. BODY_MORE: all are, and more must follow; BODY_END: this run is the last one;
 * BODY_BAD: not chunked coding. BODY_CLOSE never ends here: the end of the connection ends it. */
enum body_step payload_take(struct payload *p, const struct http_limits *limits, char *at,
			    size_t len, struct view *ret_run, size_t *ret_used);
