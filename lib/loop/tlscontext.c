#include "loop/tlscontext.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "loop/tlscontext_inside.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* Mozilla's "intermediate" list but for its DHE suites: who can do those with AES-GCM can do ECDHE as well, and
 * whoever asks for them makes us calculate for nothing. */
static const char ciphers[] = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
			      "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
			      "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

enum { OCSP_MAX_BYTES = 65536, SESSION_LIFE_S = 12 * 60 * 60 };

/* Bytes to and from the descriptor: OpenSSL's own way would raise SIGPIPE. */

static int descriptor(BIO *b)
{
	return (int)(intptr_t)BIO_get_data(b);
}

static int carrier_read(BIO *b, char *at, int size)
{
	ssize_t n;

	BIO_clear_retry_flags(b);
	do
		n = recv(descriptor(b), at, (size_t)size, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		BIO_set_retry_read(b);
	if (n == 0)
		BIO_set_flags(b, BIO_FLAGS_IN_EOF);
	return (int)n;
}

static int carrier_write(BIO *b, const char *at, int size)
{
	ssize_t n;

	BIO_clear_retry_flags(b);
	do
		n = send(descriptor(b), at, (size_t)size, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		BIO_set_retry_write(b);
	return (int)n;
}

static long carrier_ctrl(BIO *b, int what, long number, void *pointer)
{
	(void)number;
	(void)pointer;
	if (what == BIO_CTRL_EOF)
		return BIO_test_flags(b, BIO_FLAGS_IN_EOF) != 0;
	return what == BIO_CTRL_FLUSH;
}

static bool make_carrier(struct tlscontext *c)
{
	c->carrier = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "descriptor");
	return c->carrier && BIO_meth_set_read(c->carrier, carrier_read) &&
	       BIO_meth_set_write(c->carrier, carrier_write) &&
	       BIO_meth_set_ctrl(c->carrier, carrier_ctrl);
}

/* Its life */

static struct tlscontext *context_new(size_t n)
{
	struct tlscontext *c = MEM_NEW(struct tlscontext);

	atomic_init(&c->refs, 1);
	c->entries = mem_array(n, sizeof(*c->entries));
	c->n = n;
	return c;
}

struct tlscontext *tlscontext_ref(struct tlscontext *c)
{
	atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
	return c;
}

void tlscontext_unref(struct tlscontext **c)
{
	struct tlscontext *context = *c;

	*c = NULL;
	if (!context || atomic_fetch_sub_explicit(&context->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < context->n; i++) {
		SSL_CTX_free(context->entries[i].ssl);
		mem_free(context->entries[i].stapled.at);
	}
	BIO_meth_free(context->carrier);
	mem_free(context->entries);
	mem_free(context->peer);
	mem_free(context);
}

/* What goes wrong */

static int say(struct text *why, const char *file, const char *what)
{
	const char *text = what ? what : ERR_reason_error_string(ERR_peek_error());

	text_printf(why, "%s: %s", file, text ? text : "cannot be used");
	ERR_clear_error();
	return ERR_SYNTAX;
}

/* A key behind a passphrase must not make a daemon ask its terminal. */
static int no_passphrase(char *at, int size, int writing, void *arg)
{
	(void)at;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static SSL_CTX *ssl_new(const SSL_METHOD *method)
{
	char groups[] = "X25519:P-256:P-384";
	SSL_CTX *ssl = SSL_CTX_new(method);

	if (!ssl)
		return NULL;
	SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
	SSL_CTX_set_cipher_list(ssl, ciphers);
	SSL_CTX_set1_groups_list(ssl, groups);
	SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(ssl, 1);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_default_passwd_cb(ssl, no_passphrase);
	return ssl;
}

static int load_certificate(SSL_CTX *ssl, const struct settings_certificate *from, struct text *why)
{
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ssl, from->certificate) != 1)
		return say(why, from->certificate,
			   ERR_GET_REASON(ERR_peek_error()) == PEM_R_NO_START_LINE
				   ? "there is no certificate in it"
				   : NULL);
	if (SSL_CTX_use_PrivateKey_file(ssl, from->key, SSL_FILETYPE_PEM) != 1 &&
	    ERR_GET_LIB(ERR_peek_last_error()) != ERR_LIB_X509)
		return say(why, from->key, "there is no private key without a passphrase in it");
	if (SSL_CTX_check_private_key(ssl) != 1)
		return say(why, from->key, "not the key of the certificate");
	return 0;
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
		return say(why, file, "not a successful OCSP response (DER)");
	ret_stapled->at = (unsigned char *)mem_copy(bytes, len);
	ret_stapled->len = (long)len;
	return 0;
}

static int on_status(SSL *ssl, void *arg)
{
	const struct tlscontext_stapled *stapled = arg;
	unsigned char *copy;

	if (!stapled->at || clock_wall_ms() / 1000 >= stapled->until_s)
		return SSL_TLSEXT_ERR_NOACK;
	copy = OPENSSL_memdup(stapled->at, (size_t)stapled->len);
	if (!copy)
		return SSL_TLSEXT_ERR_NOACK;
	SSL_set_tlsext_status_ocsp_resp(ssl, copy, stapled->len);
	return SSL_TLSEXT_ERR_OK;
}

/* Listeners */

static bool fits(const struct tlscontext_entry *e, const char *name, unsigned flags)
{
	X509 *certificate = SSL_CTX_get0_certificate(e->ssl);

	return X509_check_host(certificate, name, 0, flags, NULL) == 1;
}

/* The name itself is better than a wildcard. */
static const struct tlscontext_entry *find_entry(const struct tlscontext *c, const char *name)
{
	static const unsigned flags[] = { X509_CHECK_FLAG_NO_WILDCARDS,
					  X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS };

	for (size_t pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < c->n; i++)
			if (fits(&c->entries[i], name, flags[pass]))
				return &c->entries[i];
	return c->entries;
}

static int on_name(SSL *ssl, int *alert, void *arg)
{
	const struct tlscontext *c = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert;
	if (!name)
		return SSL_TLSEXT_ERR_NOACK;
	SSL_set_SSL_CTX(ssl, find_entry(c, name)->ssl);
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

static int make_entry(struct tlscontext *c, size_t i, const struct settings_certificate *from,
		      struct text *why)
{
	struct tlscontext_entry *e = &c->entries[i];
	int err;

	e->ssl = ssl_new(TLS_server_method());
	if (!e->ssl)
		return say(why, from->certificate, NULL);
	err = load_certificate(e->ssl, from, why);
	if (!err && from->ocsp)
		err = load_stapled(from->ocsp, &e->stapled, why);
	SSL_CTX_set_tlsext_status_cb(e->ssl, on_status);
	SSL_CTX_set_tlsext_status_arg(e->ssl, &e->stapled);
	SSL_CTX_set_tlsext_servername_callback(e->ssl, on_name);
	SSL_CTX_set_tlsext_servername_arg(e->ssl, c);
	SSL_CTX_set_alpn_select_cb(e->ssl, on_protocols, NULL);
	SSL_CTX_set_session_id_context(e->ssl, (const unsigned char *)"latchd", 6);
	SSL_CTX_set_timeout(e->ssl, SESSION_LIFE_S);
	return err;
}

int tlscontext_create_server(const struct settings_tls *tls, struct tlscontext **ret_context,
			     struct text *why)
{
	size_t first = tls->certificate.certificate != NULL, n = first + tls->n_more;
	struct tlscontext *c = context_new(n);
	int err = make_carrier(c) ? 0 : say(why, "TLS", NULL);

	assert(n > 0);
	for (size_t i = 0; i < n && !err; i++)
		err = make_entry(c, i, i < first ? &tls->certificate : &tls->more[i - first], why);
	if (err)
		tlscontext_unref(&c);
	else
		*ret_context = c;
	return err;
}

/* The origin */

static bool is_address(const char *host)
{
	struct in6_addr ignored;

	return inet_pton(AF_INET, host, &ignored) == 1 || inet_pton(AF_INET6, host, &ignored) == 1;
}

static int trust(struct tlscontext *c, SSL_CTX *ssl, const struct settings_trust *from,
		 struct text *why)
{
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ssl);

	if (!from->verify)
		return 0;
	SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER, NULL);
	if (from->ca && SSL_CTX_load_verify_file(ssl, from->ca) != 1)
		return say(why, from->ca, "there is no certificate in it");
	if (!from->ca)
		SSL_CTX_set_default_verify_paths(ssl);
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (c->peer_is_address ? X509_VERIFY_PARAM_set1_ip_asc(param, c->peer)
			       : X509_VERIFY_PARAM_set1_host(param, c->peer, 0))
		return 0;
	return say(why, c->peer, NULL);
}

static int make_client(struct tlscontext *c, const struct settings_trust *from, struct text *why)
{
	SSL_CTX *ssl = ssl_new(TLS_client_method());
	int err;

	c->entries->ssl = ssl;
	if (!ssl || !make_carrier(c))
		return say(why, "TLS", NULL);
	SSL_CTX_set_alpn_protos(ssl, (const unsigned char *)"\x08http/1.1", 9);
	err = trust(c, ssl, from, why);
	if (!err && from->certificate.certificate)
		err = load_certificate(ssl, &from->certificate, why);
	return err;
}

int tlscontext_create_client(const struct settings_origin *origin, struct tlscontext **ret_context,
			     struct text *why)
{
	struct tlscontext *c = context_new(1);
	int err;

	c->is_client = true;
	c->peer = mem_text(origin->address.host);
	c->peer_is_address = is_address(c->peer);
	err = make_client(c, &origin->trust, why);
	if (err)
		tlscontext_unref(&c);
	else
		*ret_context = c;
	return err;
}

/* All of the settings */

struct tlscontext_set {
	struct tlscontext **listeners;
	size_t n;
	struct tlscontext *origin;
};

static void set_drop(void *at)
{
	struct tlscontext_set *set = at;

	for (size_t i = 0; i < set->n; i++)
		tlscontext_unref(&set->listeners[i]);
	tlscontext_unref(&set->origin);
	mem_free(set->listeners);
	mem_free(set);
}

static bool is_on(const struct settings_tls *tls)
{
	return tls->certificate.certificate || tls->n_more;
}

bool tlscontext_prepare(struct settings *s, const char *name, struct text *messages)
{
	struct tlscontext_set *set = MEM_NEW(struct tlscontext_set);
	char room[512];
	struct text why;
	bool good = true;

	assert(!s->tls.at);
	set->n = s->n_listeners;
	set->listeners = mem_array(set->n, sizeof(struct tlscontext *));
	s->tls = (struct settings_derived){ .at = set, .drop = set_drop };
	for (size_t i = 0; i < set->n; i++) {
		text_init(&why, room, sizeof(room));
		if (!is_on(&s->listeners[i].tls) ||
		    !tlscontext_create_server(&s->listeners[i].tls, &set->listeners[i], &why))
			continue;
		good = false;
		text_printf(messages, "%s: listen[%zu].tls: %.*s\n", name, i,
			    VIEW_ARG(text_view(&why)));
	}
	text_init(&why, room, sizeof(room));
	if (s->origin.https && tlscontext_create_client(&s->origin, &set->origin, &why)) {
		good = false;
		text_printf(messages, "%s: origin.tls: %.*s\n", name, VIEW_ARG(text_view(&why)));
	}
	return good;
}

struct tlscontext *tlscontext_of_listener(const struct settings *s, size_t listener)
{
	const struct tlscontext_set *set = s->tls.at;

	assert(set || listener >= s->n_listeners || !is_on(&s->listeners[listener].tls));
	return set && listener < set->n ? set->listeners[listener] : NULL;
}

struct tlscontext *tlscontext_of_origin(const struct settings *s)
{
	const struct tlscontext_set *set = s->tls.at;

	assert(set || !s->origin.https);
	return set ? set->origin : NULL;
}
