#include "guest.h"

#include "raw.h"

#include <check.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { ROOM = 1 << 20 };

static SSL_CTX *context(const SSL_METHOD *method)
{
	SSL_CTX *c = SSL_CTX_new(method);

	ck_assert_ptr_nonnull(c);
	SSL_CTX_set_security_level(c, 0);
	return c;
}

static void show(SSL_CTX *c, const char *dir, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s.pem", dir, name);
	ck_assert_int_eq(SSL_CTX_use_certificate_chain_file(c, path), 1);
	snprintf(path, sizeof(path), "%s/%s.key", dir, name);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey_file(c, path, SSL_FILETYPE_PEM), 1);
}

SSL *guest_visit(uint16_t port, const struct guest_wish *wish)
{
	SSL_CTX *c = context(TLS_client_method());
	SSL *s;
	int fd = raw_connect(port);

	if (wish->version) {
		SSL_CTX_set_min_proto_version(c, wish->version);
		SSL_CTX_set_max_proto_version(c, wish->version);
	}
	if (wish->name)
		show(c, wish->dir, wish->name);
	if (wish->signatures)
		ck_assert_int_eq(SSL_CTX_ctrl(c, SSL_CTRL_SET_SIGALGS_LIST, 0,
					      (void *)(uintptr_t)wish->signatures),
				 1);
	if (wish->before)
		raw_send(fd, wish->before);
	s = SSL_new(c);
	SSL_CTX_free(c);
	if (wish->host)
		SSL_ctrl(s, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
			 (void *)(uintptr_t)wish->host);
	if (wish->session)
		SSL_set_session(s, wish->session);
	if (wish->protocols)
		SSL_set_alpn_protos(s, (const unsigned char *)wish->protocols,
				    (unsigned)strlen(wish->protocols));
	if (wish->stapled)
		SSL_set_tlsext_status_type(s, TLSEXT_STATUSTYPE_ocsp);
	SSL_set_fd(s, fd);
	if (SSL_connect(s) == 1)
		return s;
	SSL_free(s);
	raw_close(&fd);
	return NULL;
}

static int believe(int good, X509_STORE_CTX *store)
{
	(void)good;
	(void)store;
	return 1;
}

SSL *guest_host(int fd, const char *dir, const char *name)
{
	SSL_CTX *c = context(TLS_server_method());
	SSL *s;

	show(c, dir, name);
	/* Whatever a client shows is good enough for a test. */
	SSL_CTX_set_verify(c, SSL_VERIFY_PEER, believe);
	s = SSL_new(c);
	SSL_CTX_free(c);
	SSL_set_fd(s, fd);
	if (SSL_accept(s) == 1)
		return s;
	SSL_free(s);
	return NULL;
}

void guest_send(SSL *s, const void *at, size_t len)
{
	size_t n;

	ck_assert_int_eq(SSL_write_ex(s, at, len, &n), 1);
	ck_assert_uint_eq(n, len);
}

void guest_say(SSL *s, const char *text)
{
	guest_send(s, text, strlen(text));
}

const char *guest_hear(SSL *s, const char *end)
{
	static char room[ROOM];
	size_t len = 0, tail = strlen(end), n;

	while (len < tail || memcmp(room + len - tail, end, tail) != 0) {
		ck_assert_uint_lt(len, ROOM - 1);
		ck_assert_msg(SSL_read_ex(s, room + len, 1, &n) == 1, "no \"%s\" in \"%.*s\"", end,
			      (int)len, room);
		len += n;
	}
	room[len] = '\0';
	return room;
}

uint64_t guest_take(SSL *s, size_t left)
{
	unsigned char room[20000];
	uint64_t sum = 0;

	while (left) {
		size_t n = 0;

		ck_assert_msg(SSL_read_ex(s, room, left < sizeof(room) ? left : sizeof(room), &n) ==
				      1,
			      "%zu bytes are missing", left);
		for (size_t i = 0; i < n; i++)
			sum = sum * 31 + room[i];
		left -= n;
	}
	return sum;
}

bool guest_ends_well(SSL *s)
{
	char room[4096];
	size_t n;
	int result;

	do
		result = SSL_read_ex(s, room, sizeof(room), &n);
	while (result > 0);
	return SSL_get_error(s, result) == SSL_ERROR_ZERO_RETURN;
}

bool guest_sees(SSL *s, const char *host)
{
	return X509_check_host(SSL_get0_peer_certificate(s), host, 0, 0, NULL) == 1;
}

bool guest_got_stapled(SSL *s)
{
	const unsigned char *at;

	return SSL_get_tlsext_status_ocsp_resp(s, &at) > 0;
}

bool guest_was_shown(SSL *s, const char *name)
{
	X509 *x = SSL_get0_peer_certificate(s);
	char shown[64] = "";

	if (x)
		X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, shown,
					  sizeof(shown));
	return name ? strcmp(shown, name) == 0 : !x;
}

void guest_vanish(SSL **s)
{
	int fd = SSL_get_fd(*s);

	SSL_free(*s);
	*s = NULL;
	raw_close(&fd);
}

void guest_leave(SSL **s)
{
	SSL_shutdown(*s);
	guest_vanish(s);
}
