/* reader: takes HTTP/1 messages out of bytes that come in any split. Written for the tester alone, shares nothing with
 * lib/http, and is as strict about what latchd sends as a peer may be. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum reader_framing { READER_NONE, READER_LENGTH, READER_CHUNKED, READER_CLOSE };

enum reader_step {
	READER_MORE, /* all was taken */
	READER_HEAD, /* the head is there */
	READER_RUN,  /* some of the body */
	READER_END,  /* the message is over */
	READER_BAD,
};

struct reader {
	bool of_answers;
	bool bodiless; /* the answer is one to HEAD: set it before */
	char *head;    /* NUL-terminated, with the empty line */
	size_t head_len, head_room;
	bool got_head;
	int status; /* of an answer */
	bool old;   /* HTTP/1.0 */
	bool says_close, says_keep_alive;
	enum reader_framing framing;
	uint64_t left, body_bytes;
	unsigned state;
	char line[256]; /* of chunked coding */
	size_t line_len;
	char trailer[64]; /* the last one */
	const char *wrong;
};

void reader_init(struct reader *r, bool of_answers);
void reader_fini(struct reader *r);
/* For the next message; what was said of the last one is gone. */
void reader_next(struct reader *r);
enum reader_step reader_take(struct reader *r, const char **at, size_t *len, const char **ret_run,
			     size_t *ret_run_len);
/* The end of the stream is a good end here. */
bool reader_may_end(const struct reader *r);
/* Something of a message has come, and not all of it. */
bool reader_is_within(const struct reader *r);
/* The first field of that name: *ret_len bytes; NULL: there is none. Names in any case. */
const char *reader_field(const struct reader *r, const char *name, size_t *ret_len);
/* The n-th line of the head that begins with this, in any case, without its CRLF; NULL. */
const char *reader_line(const struct reader *r, const char *prefix, unsigned n, size_t *ret_len);
