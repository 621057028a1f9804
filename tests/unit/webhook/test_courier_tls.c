/* Whom the courier trusts: a server whose certificate nobody vouches for gets no byte of a webhook. */
#include "suite.h"

#include "webhook/courier.h"
#include "wirework.h"

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

struct server {
	pthread_t thread;
	SSL_CTX *ctx;
	int fd;
	bool greeted, got_bytes;
};

static X509 *sign_itself(EVP_PKEY *key)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);
	X509_EXTENSION *names =
		X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "IP:127.0.0.1");

	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -60);
	X509_gmtime_adj(X509_getm_notAfter(x), 3600);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"127.0.0.1", -1,
				   -1, 0);
	X509_set_issuer_name(x, name);
	X509_add_ext(x, names, -1);
	X509_set_pubkey(x, key);
	ck_assert_int_gt(X509_sign(x, key, EVP_sha256()), 0);
	X509_EXTENSION_free(names);
	return x;
}

static SSL_CTX *make_context(void)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = sign_itself(key);

	ck_assert_int_eq(SSL_CTX_use_certificate(ctx, x), 1);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey(ctx, key), 1);
	X509_free(x);
	EVP_PKEY_free(key);
	return ctx;
}

static void *serve(void *arg)
{
	struct server *s = arg;
	int fd = accept(s->fd, NULL, NULL);
	SSL *ssl = SSL_new(s->ctx);
	char bytes[1024];

	s->greeted = fd >= 0;
	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) == 1)
		s->got_bytes = SSL_read(ssl, bytes, sizeof(bytes)) > 0;
	SSL_free(ssl);
	close(fd);
	return NULL;
}

static struct loop *loop;
static enum courier_outcome outcome;

static void on_return(struct courier_parcel *parcel, const struct courier_receipt *receipt)
{
	(void)parcel;
	outcome = receipt->outcome;
	loop_stop(loop);
}

static void a_certificate_that_nobody_vouches_for_gets_nothing(void)
{
	struct server s = { .ctx = make_context() };
	struct courier_parcel parcel = { .id = "msg_1",
					 .signature = "",
					 .body = VIEW("{}"),
					 .timeout_ms = 10000,
					 .on_return = on_return };
	struct courier *courier;
	uint16_t port = 0;
	char url[64];

	s.fd = wirework_listen(&port);
	snprintf(url, sizeof(url), "https://127.0.0.1:%u/", port);
	parcel.url = url;
	ck_assert_int_eq(pthread_create(&s.thread, NULL, serve, &s), 0);
	loop = loop_create();
	courier = courier_create(loop);
	courier_send(courier, &parcel);
	loop_run(loop);
	courier_destroy(&courier);
	loop_destroy(&loop);
	pthread_join(s.thread, NULL);
	close(s.fd);
	SSL_CTX_free(s.ctx);
	ck_assert(s.greeted);
	ck_assert(!s.got_bytes);
	ck_assert_int_eq(outcome, COURIER_FAILED);
}

SUITE_MAIN("courier's trust", a_certificate_that_nobody_vouches_for_gets_nothing)
