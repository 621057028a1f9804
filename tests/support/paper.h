/* paper: certificates for tests, made on the spot: P-256 or RSA keys, valid for an hour. Aborts the test on failure. */
#pragma once

#include <stdbool.h>

struct paper {
	const char *dir, *name; /* becomes DIR/NAME.pem and DIR/NAME.key */
	const char *hosts;      /* "DNS:a.example,IP:127.0.0.1"; NULL: a certificate authority */
	const char *signer;     /* name of an authority in the same folder; NULL: its own */
};

void paper_make(const struct paper *p);
/* With an RSA key of 2048 bits. */
void paper_make_rsa(const struct paper *p);
/* Good for one purpose only: "serverAuth", "clientAuth". */
void paper_make_for(const struct paper *p, const char *purpose);
/* Its subject is so many organisational units, and nothing else. */
#define PAPER_UNIT "a unit whose name is as long as the names of units may be..."
void paper_make_for_units(const struct paper *p, unsigned n_units);
/* DIR/NAME.der: an OCSP response by which NAME is good until then, counted from now. */
void paper_answer(const char *dir, const char *name, long until_s);
/* A folder for them, in static memory, and its end. */
const char *paper_folder(void);
void paper_burn(void);
