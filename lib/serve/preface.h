/* preface: what comes before everything on a connection of a listener with `proxy_protocol`: the header in which a proxy
 * states whose connection it is. Takes just its bytes off the descriptor, because what follows may be TLS. Does not know
 * whether the sender may be believed. The loop's thread only. */
#pragma once

#include "http/proxy_protocol.h"

struct preface;
struct tlscontext;

/* Takes a reference to the context that what follows is for; NULL: in plain. */
struct preface *preface_create(struct tlscontext *tls);
/* Accepts a pointer to NULL. */
void preface_destroy(struct preface **p);
struct tlscontext *preface_tls(const struct preface *p);

/* Reads what is there: 0 when the header is whole; ERR_BUSY when more must come; ERR_CLOSED when the connection ended
 * before its first byte; ERR_IO when it ended within the header; else what proxy_protocol_parse says. */
int preface_read(struct preface *p, int fd, struct proxy_protocol *ret_header);
