/* tlscontext_inside: what tls sees of a context. Nobody else includes this. Any thread. */
#pragma once

#include "loop/tlscontext.h"

#include <openssl/ssl.h>

struct tlscontext_stapled {
	unsigned char *at; /* DER; NULL: none */
	long len;
	int64_t until_s; /* wall time; after it the answer is worth nothing */
};

/* One certificate with its key. */
struct tlscontext_entry {
	SSL_CTX *ssl;
	struct tlscontext_stapled stapled;
};

struct tlscontext {
	atomic_uint refs;
	bool is_client;
	char *peer; /* client: the name that the other side must have */
	bool peer_is_address;
	BIO_METHOD *carrier; /* how bytes get to the descriptor */
	struct tlscontext_entry
		*entries; /* the first is the one for clients that name nobody we know */
	size_t n;
};
