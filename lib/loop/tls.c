#include "loop/tls.h"

#include "base/err.h"
#include "base/mem.h"
#include "loop/tlscontext_inside.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <string.h>

enum {
	RECORD_BYTES = 16384, /* what one holds (RFC 8446 §5.1) */
	MAX_RECORDS = 64,     /* in one read: 64 KiB, however cautiously they are cut */
	/* Messages of handshakes and alerts, with those of the first handshake, and one more for each read that brings data, and for
	 * so many bytes of them. */
	MAX_MESSAGES = 100,
	BYTES_PER_MESSAGE = 1024,
};

struct tls {
	SSL *ssl;
	struct tlscontext *context;
	struct tlscontext_end end;
	bool failed;       /* for good */
	unsigned messages; /* that brought no data, less what data forgives */
	bool more;         /* there is something to read that no descriptor announces */
	bool awaits_room;  /* a read has something to write first */
	const char *why;
};

/* OpenSSL goes on reading for as long as nothing comes but new keys, tickets, or requests for a handshake that it does not want.
 * Each costs us much, and who has prepared them next to nothing. */
static void on_message(const SSL *ssl, int where, int value)
{
	struct tls *t = SSL_get_app_data(ssl);

	(void)value;
	if (!(where & (SSL_CB_LOOP | SSL_CB_ALERT)) || ++t->messages <= MAX_MESSAGES)
		return;
	t->failed = true;
	SSL_set_shutdown(t->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

static void forgive_messages(struct tls *t, size_t bytes)
{
	size_t n = bytes ? 1 + bytes / BYTES_PER_MESSAGE : 0;

	t->messages -= n < t->messages ? (unsigned)n : t->messages;
}

struct tls *tls_open(struct tlscontext *context, int fd)
{
	struct tls *t = MEM_NEW(struct tls);
	BIO *carrier = BIO_new(context->carrier);

	t->ssl = SSL_new(context->entries->ssl);
	if (!t->ssl || !carrier) {
		SSL_free(t->ssl);
		BIO_free(carrier);
		mem_free(t);
		ERR_clear_error();
		return NULL;
	}
	t->end.fd = fd;
	BIO_set_data(carrier, &t->end);
	BIO_set_init(carrier, 1);
	SSL_set_bio(t->ssl, carrier, carrier);
	SSL_set_app_data(t->ssl, t);
	SSL_set_info_callback(t->ssl, on_message);
	t->context = tlscontext_ref(context);
	if (!context->is_client) {
		SSL_set_accept_state(t->ssl);
		return t;
	}
	SSL_set_connect_state(t->ssl);
	if (!context->peer_is_address)
		SSL_set_tlsext_host_name(t->ssl, context->peer);
	return t;
}

void tls_close(struct tls **t, bool silently)
{
	if (!*t)
		return;
	if (!silently)
		tls_shutdown(*t);
	SSL_free((*t)->ssl);
	tlscontext_unref(&(*t)->context);
	ERR_clear_error();
	MEM_FREE(*t);
}

static const char *reason(const struct tls *t)
{
	long verdict = SSL_get_verify_result(t->ssl);
	const char *text;

	if (t->context->is_client && verdict != X509_V_OK)
		return X509_verify_cert_error_string(verdict);
	text = ERR_reason_error_string(ERR_peek_error());
	return text ? text : "the connection was closed";
}

static int failure(struct tls *t, int result)
{
	int what = SSL_get_error(t->ssl, result);

	if (t->failed) {
		ERR_clear_error();
		return ERR_IO;
	}
	if (what == SSL_ERROR_WANT_READ)
		return ERR_BUSY;
	if (what == SSL_ERROR_WANT_WRITE) {
		t->awaits_room = true;
		return ERR_BUSY;
	}
	if (what == SSL_ERROR_ZERO_RETURN)
		return 0;
	if (!SSL_is_init_finished(t->ssl) && !t->why)
		t->why = reason(t);
	t->failed = true;
	ERR_clear_error();
	return ERR_IO;
}

int tls_shake(struct tls *t)
{
	int result;

	if (t->failed)
		return ERR_IO;
	t->awaits_room = false;
	ERR_clear_error();
	result = SSL_do_handshake(t->ssl);
	if (result == 1)
		return 0;
	result = failure(t, result);
	return result ? result : ERR_IO;
}

bool tls_is_shaken(const struct tls *t)
{
	return SSL_is_init_finished(t->ssl);
}

bool tls_met_text(const struct tls *t)
{
	return t->failed && t->end.is_text && !tls_is_shaken(t);
}

const char *tls_why(const struct tls *t)
{
	return t->why ? t->why : "the connection was closed";
}

bool tls_subject(const struct tls *t, struct text *subject)
{
	X509 *certificate = tls_is_shaken(t) ? SSL_get0_peer_certificate(t->ssl) : NULL;
	size_t before = subject->len;
	BIO *written;
	char *at;
	long len;

	if (!certificate || SSL_get_verify_result(t->ssl) != X509_V_OK ||
	    !(SSL_get_verify_mode(t->ssl) & SSL_VERIFY_PEER))
		return true;
	written = BIO_new(BIO_s_mem());
	if (written && X509_NAME_print_ex(written, X509_get_subject_name(certificate), 0,
					  XN_FLAG_RFC2253) > 0) {
		len = BIO_get_mem_data(written, &at);
		if ((size_t)len <= subject->size - subject->len)
			text_put(subject, view_make(at, (size_t)len));
	}
	BIO_free(written);
	ERR_clear_error();
	return subject->len > before;
}

ssize_t tls_read(struct tls *t, void *at, size_t size)
{
	size_t len = 0, n;
	unsigned records = MAX_RECORDS;
	int result = 1, err;

	t->awaits_room = t->more = false;
	if (t->failed)
		return ERR_IO;
	ERR_clear_error();
	do {
		result = SSL_read_ex(t->ssl, (char *)at + len, size - len, &n);
		len += result > 0 ? n : 0;
	} while (result > 0 && len < size && --records && SSL_has_pending(t->ssl));
	forgive_messages(t, len);
	if (result > 0) {
		t->more = SSL_has_pending(t->ssl);
		return (ssize_t)len;
	}
	err = failure(t, result);
	t->more = len && err != ERR_BUSY; /* the end is told after the bytes before it */
	return len ? (ssize_t)len : err;
}

/* Small parts become one record: each costs a call, and bytes around it. */
static struct view gather(const struct iovec *parts, size_t n, char room[RECORD_BYTES])
{
	size_t len = 0;

	if (n == 1 || parts->iov_len >= RECORD_BYTES)
		return view_make(parts->iov_base, parts->iov_len);
	for (size_t i = 0; i < n && len < RECORD_BYTES; i++) {
		size_t step = parts[i].iov_len;

		if (step > RECORD_BYTES - len)
			step = RECORD_BYTES - len;
		memcpy(room + len, parts[i].iov_base, step);
		len += step;
	}
	return view_make(room, len);
}

ssize_t tls_write(struct tls *t, const struct iovec *parts, size_t n_parts)
{
	char room[RECORD_BYTES];
	struct view bytes = gather(parts, n_parts, room);
	bool awaited_room = t->awaits_room;
	size_t n;
	int result;

	if (t->failed)
		return ERR_IO;
	ERR_clear_error();
	result = SSL_write_ex(t->ssl, bytes.at, bytes.len, &n);
	if (result > 0)
		return (ssize_t)n;
	/* A write that waits for bytes: half a message of a handshake that nobody should send in pieces. */
	if (SSL_get_error(t->ssl, result) == SSL_ERROR_WANT_READ) {
		t->failed = true;
		return ERR_IO;
	}
	result = failure(t, result);
	t->awaits_room = awaited_room;
	return result ? result : ERR_IO;
}

bool tls_is_quiet(struct tls *t)
{
	char byte;
	size_t n;
	int result;

	if (t->failed)
		return false;
	t->awaits_room = false;
	ERR_clear_error();
	result = SSL_peek_ex(t->ssl, &byte, 1, &n);
	if (result <= 0 && failure(t, result) == ERR_BUSY)
		return true;
	t->more = true;
	return false;
}

void tls_resume(struct tls *t)
{
	if (t->awaits_room)
		tls_is_quiet(t);
}

void tls_shutdown(struct tls *t)
{
	if (t->failed || !SSL_is_init_finished(t->ssl) ||
	    (SSL_get_shutdown(t->ssl) & SSL_SENT_SHUTDOWN))
		return;
	ERR_clear_error();
	SSL_shutdown(t->ssl);
	ERR_clear_error();
}

bool tls_has_more(const struct tls *t)
{
	return t->more;
}

bool tls_awaits_room(const struct tls *t)
{
	return t->awaits_room;
}
