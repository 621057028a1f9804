/* guest: a blocking TLS connection for tests, on either side, over a socket of raw's. Aborts the test on what it cannot go
 * on after. */
#pragma once

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct guest_wish {
	const char *host;       /* asked for by SNI; NULL: none */
	int version;            /* the only one; 0: any */
	SSL_SESSION *session;   /* to be resumed */
	const char *protocols;  /* ALPN, with its length bytes; NULL: none */
	bool stapled;           /* asks for an OCSP response */
	const char *before;     /* said in plain before the handshake; NULL: nothing */
	const char *dir, *name; /* the certificate to show, as paper's; NULL: none */
	const char *signatures; /* the only ones that it can read; NULL: any */
};

/* NULL when there was no handshake. */
SSL *guest_visit(uint16_t port, const struct guest_wish *wish);
/* The other side, with DIR/NAME.pem and its key. */
SSL *guest_host(int fd, const char *dir, const char *name);
void guest_send(SSL *s, const void *at, size_t len);
void guest_say(SSL *s, const char *text);
/* Reads until what was read ends with `end`; static memory. */
const char *guest_hear(SSL *s, const char *end);
/* Reads n bytes; returns their sum, for large bodies. */
uint64_t guest_take(SSL *s, size_t n);
/* True for an end that was said (close_notify), false for any other; waits for it. */
bool guest_ends_well(SSL *s);
/* Whether the certificate that was shown is for this name. */
bool guest_sees(SSL *s, const char *host);
/* Whether an OCSP response came with the certificate. */
bool guest_got_stapled(SSL *s);
/* The certificate that the other side of guest_host showed is this one; NULL: it showed none. */
bool guest_was_shown(SSL *s, const char *name);
/* Without close_notify, the descriptor too. */
void guest_vanish(SSL **s);
/* With it. */
void guest_leave(SSL **s);
