#include "loop/tlscontext.h"

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "loop/certnames.h"
#include "loop/tickets.h"
#include "loop/tlscontext_inside.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/socket.h>

/* Mozilla's "intermediate" list but for its DHE suites: who can do those with AES-GCM can do ECDHE as well, and
 * whoever asks for them makes us calculate for nothing. */
static const char ciphers[] = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
			      "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
			      "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

/* Bytes to and from the descriptor: OpenSSL's own way would raise SIGPIPE. */

static int descriptor(BIO *b)
{
	return ((const struct tlscontext_end *)BIO_get_data(b))->fd;
}

static void note_beginning(struct tlscontext_end *end, char byte)
{
	end->has_begun = true;
	end->is_text = view_lower(byte) >= 'a' && view_lower(byte) <= 'z';
}

static int carrier_read(BIO *b, char *at, int size)
{
	struct tlscontext_end *end = BIO_get_data(b);
	ssize_t n;

	BIO_clear_retry_flags(b);
	do
		n = recv(end->fd, at, (size_t)size, 0);
	while (n < 0 && errno == EINTR);
	if (n > 0 && !end->has_begun)
		note_beginning(end, at[0]);
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

static void make_carrier(struct tlscontext *c)
{
	c->carrier = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "descriptor");
	if (!c->carrier)
		return;
	BIO_meth_set_read(c->carrier, carrier_read);
	BIO_meth_set_write(c->carrier, carrier_write);
	BIO_meth_set_ctrl(c->carrier, carrier_ctrl);
}

/* Its life */

struct tlscontext *tlscontext_new(size_t n)
{
	struct tlscontext *c = MEM_NEW(struct tlscontext);

	atomic_init(&c->refs, 1);
	c->entries = mem_array(n, sizeof(*c->entries));
	c->n = n;
	make_carrier(c);
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
		for (size_t kind = 0; kind < TLSCONTEXT_KINDS; kind++)
			mem_free(context->entries[i].stapled[kind].at);
	}
	certnames_destroy(&context->names);
	tickets_unref(&context->tickets);
	BIO_meth_free(context->carrier);
	mem_free(context->entries);
	mem_free(context->peer);
	mem_free(context);
}

/* What goes wrong */

int tlscontext_say(struct text *why, const char *file, const char *what)
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

SSL_CTX *tlscontext_ssl_new(const SSL_METHOD *method)
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

int tlscontext_load(SSL_CTX *ssl, const struct settings_certificate *from, struct text *why)
{
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ssl, from->certificate) != 1)
		return tlscontext_say(why, from->certificate,
				      ERR_GET_REASON(ERR_peek_error()) == PEM_R_NO_START_LINE
					      ? "there is no certificate in it"
					      : NULL);
	if (SSL_CTX_use_PrivateKey_file(ssl, from->key, SSL_FILETYPE_PEM) != 1 &&
	    ERR_GET_LIB(ERR_peek_last_error()) != ERR_LIB_X509)
		return tlscontext_say(why, from->key,
				      "there is no private key without a passphrase in it");
	if (SSL_CTX_check_private_key(ssl) != 1)
		return tlscontext_say(why, from->key, "not the key of the certificate");
	return 0;
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
		return tlscontext_say(why, from->ca, "there is no certificate in it");
	if (!from->ca)
		SSL_CTX_set_default_verify_paths(ssl);
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (c->peer_is_address ? X509_VERIFY_PARAM_set1_ip_asc(param, c->peer)
			       : X509_VERIFY_PARAM_set1_host(param, c->peer, 0))
		return 0;
	return tlscontext_say(why, c->peer, NULL);
}

static int make_client(struct tlscontext *c, const struct settings_trust *from, struct text *why)
{
	SSL_CTX *ssl = tlscontext_ssl_new(TLS_client_method());
	int err;

	c->entries->ssl = ssl;
	if (!ssl || !c->carrier)
		return tlscontext_say(why, "TLS", NULL);
	SSL_CTX_set_alpn_protos(ssl, (const unsigned char *)"\x08http/1.1", 9);
	err = trust(c, ssl, from, why);
	if (!err && from->certificate.certificate)
		err = tlscontext_load(ssl, &from->certificate, why);
	return err;
}

int tlscontext_create_client(const char *host, const struct settings_trust *trust,
			     struct tlscontext **ret_context, struct text *why)
{
	struct tlscontext *c = tlscontext_new(1);
	int err;

	c->is_client = true;
	c->peer = mem_text(host);
	c->peer_is_address = is_address(c->peer);
	err = make_client(c, trust, why);
	if (err)
		tlscontext_unref(&c);
	else
		*ret_context = c;
	return err;
}

/* All of the settings */

struct tlscontext_set {
	struct tlscontext **listeners, **servers;
	size_t n_listeners, n_servers;
	struct tickets *tickets;
};

static void set_drop(void *at)
{
	struct tlscontext_set *set = at;

	for (size_t i = 0; i < set->n_listeners; i++)
		tlscontext_unref(&set->listeners[i]);
	for (size_t i = 0; i < set->n_servers; i++)
		tlscontext_unref(&set->servers[i]);
	tickets_unref(&set->tickets);
	mem_free(set->listeners);
	mem_free(set->servers);
	mem_free(set);
}

static bool is_on(const struct settings_tls *tls)
{
	return tls->certificate.certificate || tls->n_more;
}

static bool prepare_listeners(const struct settings *s, struct tlscontext_set *set,
			      const char *name, struct text *messages)
{
	char room[512];
	struct text why;
	bool good = true;

	for (size_t i = 0; i < set->n_listeners; i++) {
		const struct settings_tls *tls = &s->listeners[i].tls;

		text_init(&why, room, sizeof(room));
		if (!is_on(tls) ||
		    !tlscontext_create_server(tls, set->tickets, &set->listeners[i], &why))
			continue;
		good = false;
		text_printf(messages, "%s: listen[%zu].tls: %.*s\n", name, i,
			    VIEW_ARG(text_view(&why)));
	}
	return good;
}

/* All are trusted alike but for their names: what is wrong with one is wrong with all. */
static bool prepare_servers(const struct settings *s, struct tlscontext_set *set, const char *name,
			    struct text *messages)
{
	char room[512];
	struct text why;

	for (size_t i = 0; i < set->n_servers; i++) {
		struct settings_server server = settings_server(s, i);

		text_init(&why, room, sizeof(room));
		if (!server.https ||
		    !tlscontext_create_client(server.address.host, &s->origin.trust,
					      &set->servers[i], &why))
			continue;
		text_printf(messages, "%s: origin.tls: %.*s\n", name, VIEW_ARG(text_view(&why)));
		return false;
	}
	return true;
}

bool tlscontext_prepare(struct settings *s, const struct settings *before, const char *name,
			struct text *messages)
{
	const struct tlscontext_set *last = before ? before->tls.at : NULL;
	struct tlscontext_set *set = MEM_NEW(struct tlscontext_set);
	bool good;

	assert(!s->tls.at);
	set->tickets = last ? tickets_ref(last->tickets) : tickets_create(clock_steady_ms);
	set->n_listeners = s->n_listeners;
	set->listeners = mem_array(set->n_listeners, sizeof(struct tlscontext *));
	set->n_servers = settings_servers(s);
	set->servers = mem_array(set->n_servers, sizeof(struct tlscontext *));
	s->tls = (struct settings_derived){ .at = set, .drop = set_drop };
	good = prepare_listeners(s, set, name, messages);
	return prepare_servers(s, set, name, messages) && good;
}

struct tlscontext *tlscontext_of_listener(const struct settings *s, size_t listener)
{
	const struct tlscontext_set *set = s->tls.at;

	assert(set || listener >= s->n_listeners || !is_on(&s->listeners[listener].tls));
	return set && listener < set->n_listeners ? set->listeners[listener] : NULL;
}

struct tlscontext *tlscontext_of_server(const struct settings *s, size_t server)
{
	const struct tlscontext_set *set = s->tls.at;

	assert(set || !settings_server(s, server).https);
	return set ? set->servers[server] : NULL;
}
