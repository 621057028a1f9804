/* certnames: which of several certificates is for the name that a client asks for (RFC 6066 §3). Names are compared as
 * RFC 6125 §6.4 has it: without regard to case; a wildcard is a whole label, the leftmost, and stands for exactly one.
 * The name itself is better than a wildcard, and of two certificates the one that was added first. Any thread, once all
 * are added. */
#pragma once

#include "base/view.h"

#include <openssl/x509.h>

struct certnames;

struct certnames *certnames_create(void);
/* Accepts a pointer to NULL. */
void certnames_destroy(struct certnames **n);

/* All names that the certificate is for: those of its subjectAltName, or else its common name. `of` is not NULL, is what
 * certnames_find gives for them, and stays the caller's. */
void certnames_add(struct certnames *n, X509 *certificate, void *of);
/* NULL: no certificate is for it. */
void *certnames_find(const struct certnames *n, struct view name);
