#include "paper.h"

#include <check.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[64];

const char *paper_folder(void)
{
	snprintf(folder, sizeof(folder), "/tmp/paper.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	return folder;
}

void paper_burn(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static FILE *file_of(const struct paper *p, const char *name, const char *ending, const char *mode)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.%s", p->dir, name, ending);
	f = fopen(path, mode);
	ck_assert_msg(f != NULL, "%s", path);
	return f;
}

static void add(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;

	X509V3_set_ctx(&context, issuer, x, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	ck_assert_ptr_nonnull(extension);
	X509_add_ext(x, extension, -1);
	X509_EXTENSION_free(extension);
}

static void put(X509_NAME *subject, const char *what, const char *value)
{
	X509_NAME_add_entry_by_txt(subject, what, MBSTRING_ASC, (const unsigned char *)value, -1,
				   -1, 0);
}

static X509 *blank(EVP_PKEY *key)
{
	X509 *x = X509_new();
	int serial;

	RAND_bytes((unsigned char *)&serial, sizeof(serial));
	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial & 0x7fffffff);
	X509_gmtime_adj(X509_getm_notBefore(x), -60);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_set_pubkey(x, key);
	return x;
}

static void sign(const struct paper *p, X509 *x, EVP_PKEY *key, const char *purpose)
{
	X509 *issuer = x;
	EVP_PKEY *with = key;

	if (p->signer) {
		FILE *f = file_of(p, p->signer, "pem", "r"), *k = file_of(p, p->signer, "key", "r");

		issuer = PEM_read_X509(f, NULL, NULL, NULL);
		with = PEM_read_PrivateKey(k, NULL, NULL, NULL);
		fclose(f);
		fclose(k);
	}
	X509_set_issuer_name(x, X509_get_subject_name(issuer));
	add(x, issuer, NID_basic_constraints, p->hosts ? "CA:FALSE" : "critical,CA:TRUE");
	if (p->hosts)
		add(x, issuer, NID_subject_alt_name, p->hosts);
	if (purpose)
		add(x, issuer, NID_ext_key_usage, purpose);
	ck_assert_int_gt(X509_sign(x, with, EVP_sha256()), 0);
	if (issuer != x) {
		X509_free(issuer);
		EVP_PKEY_free(with);
	}
}

/* Takes the certificate, which has a subject, and the key. */
static void issue(const struct paper *p, X509 *x, EVP_PKEY *key, const char *purpose)
{
	FILE *f = file_of(p, p->name, "pem", "w"), *k = file_of(p, p->name, "key", "w");

	sign(p, x, key, purpose);
	ck_assert_int_eq(PEM_write_X509(f, x), 1);
	ck_assert_int_eq(PEM_write_PrivateKey(k, key, NULL, NULL, 0, NULL, NULL), 1);
	fclose(f);
	fclose(k);
	X509_free(x);
	EVP_PKEY_free(key);
}

static void make(const struct paper *p, EVP_PKEY *key, const char *purpose)
{
	X509 *x = blank(key);

	put(X509_get_subject_name(x), "CN", p->name);
	issue(p, x, key, purpose);
}

void paper_make(const struct paper *p)
{
	make(p, EVP_EC_gen("P-256"), NULL);
}

void paper_make_rsa(const struct paper *p)
{
	make(p, EVP_RSA_gen(2048), NULL);
}

void paper_make_for(const struct paper *p, const char *purpose)
{
	make(p, EVP_EC_gen("P-256"), purpose);
}

void paper_make_for_units(const struct paper *p, unsigned n_units)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = blank(key);

	for (unsigned i = 0; i < n_units; i++)
		put(X509_get_subject_name(x), "OU", PAPER_UNIT);
	issue(p, x, key, NULL);
}

void paper_answer(const char *dir, const char *name, long until_s)
{
	struct paper p = { .dir = dir, .name = name };
	FILE *f = file_of(&p, name, "pem", "r"), *k = file_of(&p, name, "key", "r");
	X509 *x = PEM_read_X509(f, NULL, NULL, NULL);
	EVP_PKEY *key = PEM_read_PrivateKey(k, NULL, NULL, NULL);
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	ASN1_TIME *from = X509_gmtime_adj(NULL, -7200), *until = X509_gmtime_adj(NULL, until_s);
	OCSP_RESPONSE *response;
	unsigned char *der = NULL;
	int len;
	OCSP_CERTID *id = OCSP_cert_to_id(NULL, x, x);

	fclose(f);
	fclose(k);
	OCSP_basic_add1_status(basic, id, V_OCSP_CERTSTATUS_GOOD, 0, NULL, from, until);
	ck_assert_int_eq(OCSP_basic_sign(basic, x, key, EVP_sha256(), NULL, 0), 1);
	response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	f = file_of(&p, name, "der", "w");
	len = i2d_OCSP_RESPONSE(response, &der);
	ck_assert_int_gt(len, 0);
	ck_assert_uint_eq(fwrite(der, 1, (size_t)len, f), (size_t)len);
	fclose(f);
	OPENSSL_free(der);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	OCSP_CERTID_free(id);
	ASN1_TIME_free(from);
	ASN1_TIME_free(until);
	X509_free(x);
	EVP_PKEY_free(key);
}
