/* body: how a message's end is found, and chunked coding as a stream. Pure. Any thread. */
#pragma once

#include "http/trailer.h"

enum body_framing {
	BODY_NONE,   /* nothing follows the head */
	BODY_LENGTH, /* `length` bytes */
	BODY_CHUNKED,
	BODY_CLOSE, /* responses only: up to the end of the connection */
};

struct body_plan {
	enum body_framing framing;
	uint64_t length;
};

/* RFC 9112 §6. Returns 0, or the status to refuse with: 400, 501. */
int body_plan_request(const struct http_head *h, struct body_plan *ret_plan);
/* RFC 9112 §6.3; `method` is the request's. 0 or ERR_SYNTAX (conflicting or malformed framing). */
int body_plan_response(const struct http_head *h, enum http_method method,
		       struct body_plan *ret_plan);

/* Strict chunked decoder (RFC 9112 §7.1): feeds on bytes as they come, in any split. */
struct body_chunks {
	uint64_t left;        /* of the current chunk */
	size_t line_bytes;    /* of the line being read */
	size_t trailer_bytes; /* so far */
	unsigned trailer_fields;
	uint8_t state;
	uint8_t digits;
	uint8_t name_bytes;
	char name[18]; /* of the trailer field being read, as far as it can be one that frames */
	struct trailer *trailer; /* gets the trailer fields; NULL: they are left out */
};
enum body_step { BODY_MORE, BODY_DATA, BODY_END, BODY_BAD };

void body_chunks_init(struct body_chunks *c);
/* Consumes from the front of *input. BODY_DATA: *ret_data is the next run of payload (call
 * again); BODY_MORE: all input consumed, more needed; BODY_END: the message is over, *input is
 * what follows; BODY_BAD: not chunked coding, or trailers beyond the head's limits or such as would frame
 * a message (Content-Length, Transfer-Encoding). Extensions are checked and left out. */
enum body_step body_chunks_next(struct body_chunks *c, const struct http_limits *limits,
				struct view *input, struct view *ret_data);
/* "1a2b\r\n" before a chunk of `len` (> 0) bytes; returns its length. The chunk is followed by
 * CRLF. */
size_t body_chunk_head(uint64_t len, char ret_line[20]);
