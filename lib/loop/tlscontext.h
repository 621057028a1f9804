/* tlscontext: what TLS connections of one kind have in common: the certificates and keys of a listener, or whom we
 * believe to be a server of the origin. Made from settings, which name the files; the files are read once, here. Speaks to nobody:
 * see tls. Mozilla's "intermediate" profile (TLS 1.2 and 1.3), certificates by SNI (RFC 6066 §3) and kind of key,
 * client certificates, ALPN http/1.1
 * (RFC 7301), tickets (RFC 5077, 8446 §4.6.1), stapled OCSP answers (RFC 6066 §8).
 * A context does not change once it is made; new files make a new one, for new connections. Any thread. */
#pragma once

#include "base/text.h"
#include "config/settings.h"

struct tickets;
struct tlscontext;

/* Makes the contexts of all listeners and of the origin's servers and keeps them with the settings, which nobody else
 * may see yet. Clients may bring back sessions that they have from those of `before` (NULL: these are the first).
 * False when any could not be made: a line for each in `messages`: NAME: KEY: FILE: what is wrong. */
bool tlscontext_prepare(struct settings *s, const struct settings *before, const char *name,
			struct text *messages);

/* Of prepared settings; NULL: in plain. They live as long as the settings, or longer for who takes a reference. */
struct tlscontext *tlscontext_of_listener(const struct settings *s, size_t listener);
struct tlscontext *tlscontext_of_server(const struct settings *s, size_t server);

/* By hand. ERR_IO or ERR_SYNTAX with a sentence in `why`. */
int tlscontext_create_server(const struct settings_tls *tls, struct tickets *tickets,
			     struct tlscontext **ret_context, struct text *why);
int tlscontext_create_client(const char *host, const struct settings_trust *trust,
			     struct tlscontext **ret_context, struct text *why);
/* Two of listeners: a client that was let in by one would be by the other, as far as its certificate goes. */
bool tlscontext_asks_alike(const struct tlscontext *a, const struct tlscontext *b);
struct tlscontext *tlscontext_ref(struct tlscontext *c);
/* Accepts a pointer to NULL. */
void tlscontext_unref(struct tlscontext **c);
