/* The keys of sessions: two ends in one process, on a clock that stands still until it is moved. */
#include "loop/tickets.h"
#include "paper.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

enum { HOUR_MS = 60 * 60 * 1000 };

static int64_t now_ms;
static struct tickets *tickets;
static SSL_CTX *server;

static int64_t still(void)
{
	return now_ms;
}

static SSL_CTX *make_server(struct tickets *t)
{
	SSL_CTX *c = SSL_CTX_new(TLS_server_method());
	const char *dir = paper_folder();
	char path[128];

	paper_make(&(struct paper){ dir, "a", "DNS:a", NULL });
	snprintf(path, sizeof(path), "%s/a.pem", dir);
	ck_assert_int_eq(SSL_CTX_use_certificate_chain_file(c, path), 1);
	snprintf(path, sizeof(path), "%s/a.key", dir);
	ck_assert_int_eq(SSL_CTX_use_PrivateKey_file(c, path, SSL_FILETYPE_PEM), 1);
	paper_burn();
	SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_session_id_context(c, (const unsigned char *)"a", 1);
	tickets_use(t, c);
	return c;
}

static void set_up(void)
{
	now_ms = 1000;
	tickets = tickets_create(still);
	server = make_server(tickets);
}

static void tear_down(void)
{
	SSL_CTX_free(server);
	tickets_unref(&tickets);
}

static SSL *end_of(SSL_CTX *c, BIO *bio)
{
	SSL *s = SSL_new(c);

	SSL_set_bio(s, bio, bio);
	return s;
}

/* A visit with the session that *session is, which becomes the one that the client has afterwards. True when it was taken up. */
static bool visit(SSL_CTX *to, int version, SSL_SESSION **session)
{
	SSL_CTX *client = SSL_CTX_new(TLS_client_method());
	BIO *a, *b;
	SSL *near, *far;
	char byte;
	bool reused;

	SSL_CTX_set_min_proto_version(client, version);
	SSL_CTX_set_max_proto_version(client, version);
	ck_assert_int_eq(BIO_new_bio_pair(&a, 0, &b, 0), 1);
	near = end_of(to, a);
	far = end_of(client, b);
	SSL_set_accept_state(near);
	SSL_set_connect_state(far);
	if (*session)
		SSL_set_session(far, *session);
	for (int i = 0; i < 10 && !(SSL_is_init_finished(near) && SSL_is_init_finished(far)); i++) {
		SSL_do_handshake(far);
		SSL_do_handshake(near);
	}
	ck_assert(SSL_is_init_finished(near) && SSL_is_init_finished(far));
	SSL_read(far, &byte, 1); /* tickets of 1.3 come behind */
	reused = SSL_session_reused(far);
	SSL_SESSION_free(*session);
	*session = SSL_get1_session(far);
	SSL_set_quiet_shutdown(near, 1);
	SSL_set_quiet_shutdown(far, 1);
	SSL_shutdown(far);
	SSL_shutdown(near);
	SSL_free(near);
	SSL_free(far);
	SSL_CTX_free(client);
	return reused;
}

static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

#define EACH(version) for (const int *version = versions; version < versions + 2; version++)

static void a_session_is_brought_back(void)
{
	EACH(version)
	{
		SSL_SESSION *session = NULL;

		ck_assert(!visit(server, *version, &session));
		for (int i = 0; i < 5; i++)
			ck_assert(visit(server, *version, &session));
		SSL_SESSION_free(session);
	}
}

static void a_session_outlives_the_context_that_gave_it(void)
{
	EACH(version)
	{
		SSL_SESSION *session = NULL;

		visit(server, *version, &session);
		SSL_CTX_free(server);
		server = make_server(tickets);
		ck_assert(visit(server, *version, &session));
		SSL_SESSION_free(session);
	}
}

static void other_keys_do_not_open_it(void)
{
	struct tickets *others = tickets_create(still);
	SSL_CTX *stranger = make_server(others);

	EACH(version)
	{
		SSL_SESSION *session = NULL;

		visit(server, *version, &session);
		ck_assert(!visit(stranger, *version, &session));
		SSL_SESSION_free(session);
	}
	SSL_CTX_free(stranger);
	tickets_unref(&others);
}

/* The same session again, whatever the visit gave. */
static bool is_taken_up(SSL_SESSION *session, int version)
{
	SSL_SESSION *own = SSL_SESSION_dup(session);
	bool taken = visit(server, version, &own);

	SSL_SESSION_free(own);
	return taken;
}

static void a_key_is_read_for_as_long_as_its_last_session_lives(void)
{
	EACH(version)
	{
		SSL_SESSION *session = NULL, *other = NULL;
		int64_t began_ms = now_ms + 24 * HOUR_MS;

		now_ms = began_ms;
		visit(server, *version, &session);
		now_ms = began_ms + 12 * HOUR_MS - 1;
		ck_assert(is_taken_up(session, *version));
		now_ms = began_ms + 12 * HOUR_MS;
		ck_assert(is_taken_up(session, *version));
		visit(server, *version, &other); /* under the next key */
		now_ms = began_ms + 24 * HOUR_MS - 1;
		ck_assert(is_taken_up(session, *version));
		now_ms = began_ms + 24 * HOUR_MS;
		ck_assert(!is_taken_up(session, *version));
		ck_assert(is_taken_up(other, *version));
		SSL_SESSION_free(session);
		SSL_SESSION_free(other);
	}
}

static void after_a_long_silence_no_old_key_is_read(void)
{
	EACH(version)
	{
		SSL_SESSION *session = NULL;

		visit(server, *version, &session);
		now_ms += 72 * (int64_t)HOUR_MS;
		ck_assert(!is_taken_up(session, *version));
		SSL_SESSION_free(session);
	}
}

static void an_old_session_is_exchanged_for_one_under_the_new_key(void)
{
	EACH(version)
	{
		SSL_SESSION *session = NULL;

		visit(server, *version, &session);
		for (int i = 0; i < 10; i++) {
			now_ms += 11 * HOUR_MS;
			ck_assert_msg(visit(server, *version, &session), "after %d times 11 h", i);
		}
		SSL_SESSION_free(session);
	}
}

static void a_changed_ticket_is_none(void)
{
	const unsigned char *at;
	unsigned char *der = NULL, *found;
	size_t ticket_len;
	SSL_SESSION *session = NULL;
	int len;

	visit(server, TLS1_2_VERSION, &session);
	SSL_SESSION_get0_ticket(session, &at, &ticket_len);
	len = i2d_SSL_SESSION(session, &der);
	found = memmem(der, (size_t)len, at, ticket_len);
	ck_assert_ptr_nonnull(found);
	for (size_t i = 0; i < ticket_len; i += 7) {
		const unsigned char *read = der;
		SSL_SESSION *changed;

		found[i] ^= 1;
		changed = d2i_SSL_SESSION(NULL, &read, len);
		found[i] ^= 1;
		ck_assert_ptr_nonnull(changed);
		ck_assert_msg(!visit(server, TLS1_2_VERSION, &changed), "byte %zu", i);
		SSL_SESSION_free(changed);
	}
	OPENSSL_free(der);
	SSL_SESSION_free(session);
}

SUITE_MAIN_WITH("tickets", set_up, tear_down, a_session_is_brought_back,
		a_session_outlives_the_context_that_gave_it, other_keys_do_not_open_it,
		a_key_is_read_for_as_long_as_its_last_session_lives,
		after_a_long_silence_no_old_key_is_read,
		an_old_session_is_exchanged_for_one_under_the_new_key, a_changed_ticket_is_none)
