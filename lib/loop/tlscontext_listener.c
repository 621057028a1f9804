/* The listeners' part of tlscontext: certificates by name and kind of key, what is stapled to them, and whose certificates
 * clients may show. */
#include "base/clock.h"
#include "base/err.h"
#include "base/hmac.h"
#include "base/mem.h"
#include "loop/certnames.h"
#include "loop/tickets.h"
#include "loop/tlscontext_inside.h"

#include <assert.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { OCSP_MAX_BYTES = 65536 };

/* OpenSSL keeps one certificate of each kind, and shows the one that the client can read. */
static enum tlscontext_kind kind_of(X509 *certificate)
{
	switch (certificate ? EVP_PKEY_get_base_id(X509_get0_pubkey(certificate)) : EVP_PKEY_NONE) {
	case EVP_PKEY_RSA:
		return TLSCONTEXT_RSA;
	case EVP_PKEY_EC:
		return TLSCONTEXT_ECDSA;
	default:
		return TLSCONTEXT_OTHER;
	}
}

/* Stapling */

static int64_t time_of(const ASN1_GENERALIZEDTIME *at)
{
	struct tm tm;

	return at && ASN1_TIME_to_tm(at, &tm) ? (int64_t)timegm(&tm) : INT64_MAX;
}

static bool is_of_use(OCSP_RESPONSE *response, int64_t *ret_until_s)
{
	OCSP_BASICRESP *basic = OCSP_response_get1_basic(response);
	OCSP_SINGLERESP *single = basic ? OCSP_resp_get0(basic, 0) : NULL;
	ASN1_GENERALIZEDTIME *until = NULL;

	if (single)
		OCSP_single_get0_status(single, NULL, NULL, NULL, &until);
	*ret_until_s = time_of(until);
	OCSP_BASICRESP_free(basic);
	return single != NULL;
}

static int load_stapled(const char *file, struct tlscontext_stapled *ret_stapled, struct text *why)
{
	unsigned char bytes[OCSP_MAX_BYTES];
	const unsigned char *at = bytes;
	FILE *in = fopen(file, "re");
	size_t len = in ? fread(bytes, 1, sizeof(bytes), in) : 0;
	OCSP_RESPONSE *response =
		len < sizeof(bytes) ? d2i_OCSP_RESPONSE(NULL, &at, (long)len) : NULL;
	bool good = response && OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL &&
		    is_of_use(response, &ret_stapled->until_s);

	if (in)
		fclose(in);
	OCSP_RESPONSE_free(response);
	if (!good)
		return tlscontext_say(why, file, "not a successful OCSP response (DER)");
	ret_stapled->at = (unsigned char *)mem_copy(bytes, len);
	ret_stapled->len = (long)len;
	return 0;
}

static int on_status(SSL *ssl, void *arg)
{
	const struct tlscontext_entry *entry = arg;
	const struct tlscontext_stapled *stapled =
		&entry->stapled[kind_of(SSL_get_certificate(ssl))];
	unsigned char *copy;

	if (!stapled->at || clock_wall_ms() / 1000 >= stapled->until_s)
		return SSL_TLSEXT_ERR_NOACK;
	copy = OPENSSL_memdup(stapled->at, (size_t)stapled->len);
	if (!copy)
		return SSL_TLSEXT_ERR_NOACK;
	SSL_set_tlsext_status_ocsp_resp(ssl, copy, stapled->len);
	return SSL_TLSEXT_ERR_OK;
}

/* Which certificate */

static int on_name(SSL *ssl, int *alert, void *arg)
{
	const struct tlscontext *c = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	const struct tlscontext_entry *found;

	(void)alert;
	if (!name)
		return SSL_TLSEXT_ERR_NOACK;
	found = certnames_find(c->names, view_of(name));
	SSL_set_SSL_CTX(ssl, found ? found->ssl : c->entries->ssl);
	return SSL_TLSEXT_ERR_OK;
}

/* A client that speaks nothing that we do learns it now, and not from bytes that it cannot read. */
static int on_protocols(SSL *ssl, const unsigned char **ret_at, unsigned char *ret_len,
			const unsigned char *offered, unsigned len, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&chosen, ret_len, ours, sizeof(ours) - 1, offered, len) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*ret_at = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* Whose certificates clients may show */

/* Sessions are brought back only to who asks for the same: the session of a listener that asks for nothing is none where a
 * certificate is asked for, and a change of signers ends all of them. */
static bool mark_sessions(struct tlscontext *c, SSL_CTX *ssl, const struct settings_tls *tls)
{
	STACK_OF(X509_OBJECT) *signers = X509_STORE_get0_objects(SSL_CTX_get_cert_store(ssl));
	uint8_t room[2 * DIGEST_BYTES] = { 'l', (uint8_t)tls->client_certificate };

	for (int i = 0; i < sk_X509_OBJECT_num(signers); i++) {
		X509 *signer = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(signers, i));

		if (signer && X509_digest(signer, EVP_sha256(), room + DIGEST_BYTES, NULL) != 1)
			return false;
		hmac_sha256(view_make(room, sizeof(room)), room);
	}
	memcpy(c->asks, room, DIGEST_BYTES);
	return SSL_CTX_set_session_id_context(ssl, room, DIGEST_BYTES) == 1;
}

static int ask_clients(struct tlscontext *c, SSL_CTX *ssl, const struct settings_tls *tls,
		       struct text *why)
{
	STACK_OF(X509_NAME) * names;
	int mode = SSL_VERIFY_PEER;

	ERR_clear_error();
	if (tls->client_certificate != CLIENT_CERTIFICATE_OFF) {
		names = SSL_load_client_CA_file(tls->client_ca);
		if (!names || SSL_CTX_load_verify_file(ssl, tls->client_ca) != 1) {
			sk_X509_NAME_pop_free(names, X509_NAME_free);
			return tlscontext_say(why, tls->client_ca, "there is no certificate in it");
		}
		SSL_CTX_set_client_CA_list(ssl, names);
		if (tls->client_certificate == CLIENT_CERTIFICATE_REQUIRED)
			mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
		SSL_CTX_set_verify(ssl, mode, NULL);
	}
	return mark_sessions(c, ssl, tls) ? 0 : tlscontext_say(why, "TLS", NULL);
}

/* Two kinds of keys for the same names */

static bool has_name(const GENERAL_NAMES *names, GENERAL_NAME *name)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
		if (GENERAL_NAME_cmp(sk_GENERAL_NAME_value(names, i), name) == 0)
			return true;
	return false;
}

static bool covers(const GENERAL_NAMES *a, const GENERAL_NAMES *b)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(b); i++)
		if (!has_name(a, sk_GENERAL_NAME_value(b, i)))
			return false;
	return true;
}

static bool is_for_same_names(X509 *a, X509 *b)
{
	GENERAL_NAMES *of_a = X509_get_ext_d2i(a, NID_subject_alt_name, NULL, NULL);
	GENERAL_NAMES *of_b = X509_get_ext_d2i(b, NID_subject_alt_name, NULL, NULL);
	bool same = of_a && of_b && covers(of_a, of_b) && covers(of_b, of_a);

	GENERAL_NAMES_free(of_a);
	GENERAL_NAMES_free(of_b);
	return same;
}

/* The entry made before that is for the same names and has no key of this kind. */
static struct tlscontext_entry *find_partner(const struct tlscontext *c, X509 *certificate)
{
	for (size_t i = 0; i < c->n; i++) {
		struct tlscontext_entry *e = &c->entries[i];

		if (!e->has[kind_of(certificate)] &&
		    is_for_same_names(SSL_CTX_get0_certificate(e->ssl), certificate))
			return e;
	}
	return NULL;
}

/* All of it */

static int dress(struct tlscontext *c, struct tlscontext_entry *e, const struct settings_tls *tls,
		 struct text *why)
{
	SSL_CTX_set_tlsext_status_cb(e->ssl, on_status);
	SSL_CTX_set_tlsext_status_arg(e->ssl, e);
	SSL_CTX_set_tlsext_servername_callback(e->ssl, on_name);
	SSL_CTX_set_tlsext_servername_arg(e->ssl, c);
	SSL_CTX_set_alpn_select_cb(e->ssl, on_protocols, NULL);
	tickets_use(c->tickets, e->ssl);
	return ask_clients(c, e->ssl, tls, why);
}

/* A certificate goes to an entry of its own, or beside the one of another kind for its names. */
static int add_certificate(struct tlscontext *c, const struct settings_certificate *from,
			   const struct settings_tls *tls, struct text *why)
{
	struct tlscontext_entry *e = &c->entries[c->n], *partner;
	enum tlscontext_kind kind;
	int err;

	e->ssl = tlscontext_ssl_new(TLS_server_method());
	if (!e->ssl)
		return tlscontext_say(why, from->certificate, NULL);
	err = tlscontext_load(e->ssl, from, why);
	kind = kind_of(SSL_CTX_get0_certificate(e->ssl));
	partner = err ? NULL : find_partner(c, SSL_CTX_get0_certificate(e->ssl));
	if (partner) {
		SSL_CTX_free(e->ssl);
		e = partner;
		err = tlscontext_load(e->ssl, from, why);
	} else {
		c->n++;
		err = err ? err : dress(c, e, tls, why);
		if (!err)
			certnames_add(c->names, SSL_CTX_get0_certificate(e->ssl), e);
	}
	e->has[kind] = true;
	if (!err && from->ocsp)
		err = load_stapled(from->ocsp, &e->stapled[kind], why);
	return err;
}

bool tlscontext_asks_alike(const struct tlscontext *a, const struct tlscontext *b)
{
	return memcmp(a->asks, b->asks, sizeof(a->asks)) == 0;
}

int tlscontext_create_server(const struct settings_tls *tls, struct tickets *tickets,
			     struct tlscontext **ret_context, struct text *why)
{
	size_t first = tls->certificate.certificate != NULL, n = first + tls->n_more;
	struct tlscontext *c = tlscontext_new(n);
	int err = c->carrier ? 0 : tlscontext_say(why, "TLS", NULL);

	assert(n > 0);
	c->n = 0;
	c->names = certnames_create();
	c->tickets = tickets_ref(tickets);
	for (size_t i = 0; i < n && !err; i++)
		err = add_certificate(c, i < first ? &tls->certificate : &tls->more[i - first], tls,
				      why);
	if (err)
		tlscontext_unref(&c);
	else
		*ret_context = c;
	return err;
}
