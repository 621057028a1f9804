/* proxy_protocol: the line or block in which a proxy says whose connection it passes on, read and written (haproxy.org,
 * proxy-protocol.txt, versions 1 and 2). Does not know whether the sender may be believed, and touches no socket. Pure.
 * Any thread. */
#pragma once

#include "base/text.h"

#include <sys/socket.h>

enum {
	PROXY_PROTOCOL_MAX_BYTES = 4096,  /* of a header with all its TLVs that is read */
	PROXY_PROTOCOL_WRITE_BYTES = 232, /* room for any header that is written */
};

/* Addresses of family AF_UNSPEC are not known: the sender says so (UNKNOWN, UNSPEC), or it speaks for itself. A path of an
 * AF_UNIX address that fills its field has no NUL. */
struct proxy_protocol {
	unsigned version; /* 1 or 2 */
	bool is_local;    /* LOCAL: the sender itself is the client */
	struct sockaddr_storage source;
	struct sockaddr_storage destination;
};

/* Reads the header that `bytes` must begin with; called again with more of them as they come. Returns its length; 0 when it is
 * not whole yet; ERR_SYNTAX when it is none (known by its first line or 16 bytes); ERR_TOO_LARGE when it states more than
 * PROXY_PROTOCOL_MAX_BYTES; ERR_FORGED when its CRC32C does not fit. TLVs have their bounds checked and are left out. */
int proxy_protocol_parse(struct view bytes, struct proxy_protocol *ret_header);

/* Writes the header of `version` for a connection from `source` to `destination`. IPv4 in IPv6 is written as what it is, two
 * families as IPv6. What the version has no word for is "UNKNOWN" or UNSPEC; so is NULL, but in version 2 that is LOCAL. */
void proxy_protocol_write(unsigned version, const struct sockaddr_storage *source,
			  const struct sockaddr_storage *destination, struct text *t);
