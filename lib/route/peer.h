/* peer: who is on the other side, as far as addresses and headers of trusted proxies tell.
 * The client's address is found in X-Forwarded-For from the right, skipping trusted proxies. Pure. */
#pragma once

#include "config/settings.h"
#include "http/head.h"

enum { PEER_TEXT_BYTES = 46, PEER_NETWORK_TEXT_BYTES = 52 };

struct peer {
	/* Of the client; IPv4 as ::ffff:a.b.c.d; zero for unix sockets without a header, and for nobody knows who. */
	uint8_t address[16];
	/* The same, printable, NUL-terminated; "unix:" or "unknown" for zero. */
	char text[PEER_TEXT_BYTES];
	bool trusted;        /* the socket's other end is a trusted proxy */
	bool https;          /* the scheme that the browser used */
	bool ignored_header; /* an untrusted peer sent X-Forwarded-For: said once in the log */
};

/* `socket_address` is the accepted socket's other end, or whom a PROXY header named in its place; AF_UNSPEC when that
 * did not know. `listener_https`: it speaks TLS to us. */
void peer_find(const struct http_head *request, const struct sockaddr_storage *socket_address,
	       bool listener_https, const struct settings *settings, struct peer *ret_peer);
/* The network prefix that is stored: /24 for IPv4, /48 for IPv6; the rest zero. */
void peer_network(const uint8_t address[16], uint8_t ret_network[16]);
/* "192.0.2.0/24" or "2001:db8:1::/48", NUL-terminated. */
void peer_network_text(const uint8_t network[16], char ret_text[PEER_NETWORK_TEXT_BYTES]);
