/* scan: reads HTTP/1.1 messages as a recipient that trusts nobody would, independently of lib/http: how long a message is, and
 * what is wrong with its form. What a proxy passes on must have no fault at all. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { SCAN_TARGET_BYTES = 128 };

struct scan {
	size_t head_bytes;              /* 0: the head is not complete */
	size_t all_bytes;               /* of the whole message; 0: not complete */
	bool until_end;                 /* of a response: as long as the connection */
	int status;                     /* of a response */
	char target[SCAN_TARGET_BYTES]; /* of a request; its beginning */
	size_t body_at, body_bytes;     /* as framed; body_bytes counts what is there */
	bool chunked;
	const char *fault; /* what a strict recipient would refuse; NULL: nothing */
};

struct scan scan_request(const char *at, size_t len);
/* `to_head`: it answers a HEAD. `ended`: nothing comes behind these bytes. */
struct scan scan_response(const char *at, size_t len, bool to_head, bool ended);
/* The value of a field of a message's head, copied; false when there is none. */
bool scan_field(const char *head, size_t head_bytes, const char *name, char *value, size_t size);
/* Appends head and decoded body of a message to `text`, at most `room` bytes in all; the new length. */
size_t scan_copy(const struct scan *s, const char *at, char *text, size_t len, size_t room);
