/* wirework: bytes on loopback sockets for tests: listening, connecting, sending whole, reading a message. Aborts the test
 * (ck_abort) on what a test cannot go on after; waits for conditions, with a limit that only a failure reaches. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WIREWORK_PATIENCE_MS = 30000 };

/* A port of 127.0.0.1 on which nobody listens and that nobody else is given while this process lives: who is away may come back, and
 * who looks for him meanwhile finds nobody else. (The last ones of many only.) */
uint16_t wirework_port(void);
/* A listening socket on 127.0.0.1; *port: 0 for any, becomes the port, which is kept as wirework_port keeps it. */
int wirework_listen(uint16_t *port);
int wirework_connect(uint16_t port);
/* -1 when nobody listens. */
int wirework_try_connect(uint16_t port);
void wirework_send(int fd, const void *bytes, size_t len);
/* False at the end of the stream; aborts when nothing comes. Appends to a NUL-terminated, growing buffer. */
struct wirework_buffer {
	char *at;
	size_t len, size;
};
bool wirework_receive(int fd, struct wirework_buffer *buffer);
/* Appends what is there already, and waits for nothing. */
enum wirework_news { WIREWORK_NOTHING, WIREWORK_BYTES, WIREWORK_END, WIREWORK_RESET };
enum wirework_news wirework_take(int fd, struct wirework_buffer *buffer);
void wirework_drop(struct wirework_buffer *buffer, size_t len);
void wirework_free(struct wirework_buffer *buffer);

/* An HTTP/1.1 message, taken from the front of a buffer. */
struct message {
	char *head; /* start line and fields, with the empty line; NUL-terminated */
	char *body; /* decoded; NUL-terminated */
	size_t body_len;
	int status;    /* of a response */
	bool complete; /* false: the connection ended before its end */
};
/* Reads until a whole message is there. `is_request` / `no_body` (answer to HEAD) say how its end is found. False: the connection ended
 * before the first byte. */
bool message_read(int fd, struct wirework_buffer *buffer, bool is_request, bool no_body,
		  struct message *ret_message);
void message_free(struct message *m);
/* The value of the n-th field of that name (0: first), or NULL. In a buffer of the message's own: valid until the next call with it. */
const char *message_field(const struct message *m, const char *name, unsigned n);
