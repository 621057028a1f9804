/* hotline: connections that stay open: a visitor's request on a socket of its own, for tests that go on by hand. */
#pragma once

#include "story.h"

/* What asks for a WebSocket, and grants exactly that one; each with CRLF. */
#define HOTLINE_UPGRADE                                   \
	"Connection: Upgrade\r\nUpgrade: websocket\r\n"   \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" \
	"Sec-WebSocket-Version: 13\r\n"
#define HOTLINE_GRANTED                                 \
	"HTTP/1.1 101 Switching Protocols\r\n"          \
	"Connection: Upgrade\r\nUpgrade: websocket\r\n" \
	"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"

/* Asks with the visitor's session and device, as Firefox on Linux. `fields`: each with CRLF. */
int hotline_ask(struct story *s, const struct visitor *v, const char *method, const char *target,
		const char *fields);
/* How many descriptors a process has open. */
unsigned hotline_descriptors(pid_t pid);
