/* tlscontext_inside: what tls, and the parts of tlscontext, see of a context. Nobody else includes this. Any thread. */
#pragma once

#include "base/hmac.h"
#include "loop/tlscontext.h"

#include <openssl/ssl.h>

struct tlscontext_stapled {
	unsigned char *at; /* DER; NULL: none */
	long len;
	int64_t until_s; /* wall time; after it the answer is worth nothing */
};

enum tlscontext_kind { TLSCONTEXT_RSA, TLSCONTEXT_ECDSA, TLSCONTEXT_OTHER, TLSCONTEXT_KINDS };

/* Certificates for one set of names, with their keys: one of each kind at most. */
struct tlscontext_entry {
	SSL_CTX *ssl;
	bool has[TLSCONTEXT_KINDS];
	struct tlscontext_stapled stapled[TLSCONTEXT_KINDS];
};

struct certnames;

/* What a carrier is for: a descriptor, and how the other side began. */
struct tlscontext_end {
	int fd;
	bool has_begun;
	bool is_text; /* with a letter: a handshake begins with no letter */
};

struct tlscontext {
	atomic_uint refs;
	bool is_client;
	char *peer; /* client: the name that the other side must have */
	bool peer_is_address;
	BIO_METHOD *carrier;     /* how bytes get to the descriptor; its data is a tlscontext_end */
	struct tickets *tickets; /* server */
	/* Server: which certificates it asks of clients; equal for equal demands. */
	uint8_t asks[DIGEST_BYTES];
	struct tlscontext_entry
		*entries; /* the first is the one for clients that name nobody we know */
	size_t n;
	struct certnames *names; /* server: whose entry is for which */
};

/* With room for n entries; its carrier is NULL when there was no memory for one. */
struct tlscontext *tlscontext_new(size_t n);
/* What client and server have in common. NULL when there is no memory. */
SSL_CTX *tlscontext_ssl_new(const SSL_METHOD *method);
/* 0, or what tlscontext_say says. */
int tlscontext_load(SSL_CTX *ssl, const struct settings_certificate *from, struct text *why);
/* "FILE: what is wrong"; NULL: what OpenSSL says. Returns ERR_SYNTAX. */
int tlscontext_say(struct text *why, const char *file, const char *what);
