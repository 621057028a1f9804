/* What clients show, and what they are shown: certificates of theirs, and of ours by the kind of key that they can read. */
#include "tls_stage.h"

#include <unistd.h>

#define TOLD "http: { client_subject: X-SSL-Client-S-DN }\n"
#define DN "X-SSL-Client-S-DN: "

/* A listener that asks its clients, with authorities and certificates of theirs. */
static const char *asking(const char *how, const char *more)
{
	static char text[1024];

	own_listener = true;
	snprintf(text, sizeof(text),
		 PLAIN_ORIGIN TOLD
		 "listen: [ { address: \"127.0.0.1:0\", tls: { certificate: $/first.pem,"
		 " key: $/first.key, %s } } ]\n%s",
		 how, more);
	return text;
}

#define OPTIONAL "client_ca: $/ca.pem, client_certificate: optional"
#define REQUIRED "client_ca: $/ca.pem, client_certificate: required"

static void make_clients(void)
{
	make("ca", NULL, NULL);
	make("alice", "DNS:alice", "ca");
	make("other_ca", NULL, NULL);
	make("mallory", "DNS:alice", "other_ca");
}

static struct guest_wish as(const char *name)
{
	return (struct guest_wish){ .dir = dir, .name = name };
}

/* In TLS 1.3 the client is done before the other side has judged. */
static bool is_let_in(const struct guest_wish *wish)
{
	SSL *s = visit(wish);
	size_t n;
	char byte;
	bool in;

	if (!s)
		return false;
	guest_say(s, "GARBAGE\r\n\r\n");
	in = SSL_read_ex(s, &byte, 1, &n) == 1; /* 400 */
	guest_vanish(&s);
	return in;
}

/* Asks with these fields; what the origin hears. */
static const char *origin_is_told(SSL *s, const char *fields)
{
	char request[1024];
	const char *head;
	static char kept[16384];

	snprintf(request, sizeof(request), "GET / HTTP/1.1\r\nHost: a.example\r\n%s\r\n", fields);
	guest_say(s, request);
	head = origin_hears();
	snprintf(kept, sizeof(kept), "%s", head);
	raw_send(origin, OK);
	guest_hear(s, "\r\n\r\nok");
	return kept;
}

static void who_has_no_certificate_comes_in_where_it_is_optional(void)
{
	struct guest_wish alice;
	SSL *s;

	make_clients();
	start_with(asking(OPTIONAL, ""));
	s = come(&(struct guest_wish){ 0 });
	ck_assert_ptr_null(strstr(origin_is_told(s, ""), DN));
	guest_leave(&s);
	alice = as("alice");
	s = come(&alice);
	has(origin_is_told(s, ""), DN "CN=alice\r\n");
	has(origin_is_told(s, ""), DN "CN=alice\r\n");
	guest_leave(&s);
}

static void a_bad_certificate_is_worse_than_none(void)
{
	static const char *const how[] = { OPTIONAL, REQUIRED };

	make_clients();
	for (size_t i = 0; i < 2; i++) {
		for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
			struct guest_wish mallory = as("mallory"), alice = as("alice");

			start_with(asking(how[i], ""));
			mallory.version = alice.version = version;
			ck_assert(!is_let_in(&mallory));
			ck_assert(is_let_in(&alice));
			ck_assert_int_eq(is_let_in(&(struct guest_wish){ .version = version }), !i);
			daemon_stop(&gateway);
		}
	}
}

static void a_certificate_of_a_server_is_none_of_a_client(void)
{
	struct guest_wish server;

	make_clients();
	paper_make_for(&(struct paper){ dir, "server", "DNS:alice", "ca" }, "serverAuth");
	start_with(asking(OPTIONAL, ""));
	server = as("server");
	ck_assert(!is_let_in(&server));
}

static void nobody_can_say_that_he_showed_one(void)
{
	static const char *const spellings[] = {
		"X-SSL-Client-S-DN: CN=alice\r\n",
		"x-ssl-client-s-dn: CN=alice\r\n",
		"X_SSL_Client_S_DN: CN=alice\r\n",
		"X.SSL-Client_S.DN: CN=alice\r\n",
		"X-SSL-Client-S-DN: CN=alice\r\nX-SSL-Client-S-DN: CN=bob\r\n",
	};
	struct guest_wish alice;
	SSL *s;

	make_clients();
	start_with(asking(OPTIONAL, "trusted_proxies: [127.0.0.1]\n"));
	s = come(&(struct guest_wish){ 0 });
	for (size_t i = 0; i < sizeof(spellings) / sizeof(*spellings); i++)
		ck_assert_ptr_null(strstr(origin_is_told(s, spellings[i]), "CN=alice"));
	guest_leave(&s);
	alice = as("alice");
	s = come(&alice);
	has(origin_is_told(s, "Connection: X-SSL-Client-S-DN\r\n"), DN "CN=alice\r\n");
	has(origin_is_told(s, "X-SSL-Client-S-DN: CN=root\r\n"), DN "CN=alice\r\n");
	ck_assert_ptr_null(strstr(origin_is_told(s, "X_SSL_Client_S_DN: CN=root\r\n"), "CN=root"));
	guest_leave(&s);
}

static void a_long_subject_is_told_whole(void)
{
	struct guest_wish alice;
	const char *head;
	unsigned n = 0;
	SSL *s;

	make_clients();
	paper_make_for_units(&(struct paper){ dir, "alice", "DNS:alice", "ca" }, 100);
	start_with(asking(OPTIONAL, ""));
	alice = as("alice");
	s = come(&alice);
	head = origin_is_told(s, "");
	has(head, DN);
	for (const char *at = strstr(head, DN); (at = strstr(at, PAPER_UNIT)); at++)
		n++;
	ck_assert_uint_eq(n, 100);
	guest_leave(&s);
}

/* An application takes silence for a client without a certificate. */
static void who_cannot_be_told_is_refused(void)
{
	static const unsigned lengths[] = { 0, 200 };

	make_clients();
	for (size_t i = 0; i < 2; i++) {
		struct guest_wish alice = as("alice");
		SSL *s;

		paper_make_for_units(&(struct paper){ dir, "alice", "DNS:alice", "ca" },
				     lengths[i]);
		start_with(asking(OPTIONAL, ""));
		for (unsigned n = 0; n < 2; n++) {
			s = come(&alice);
			guest_say(s, GET("/"));
			has(guest_hear(s, "\r\n\r\n"), "HTTP/1.1 400 ");
			guest_vanish(&s);
		}
		s = come(&(struct guest_wish){ 0 });
		ck_assert_ptr_null(strstr(origin_is_told(s, ""), DN));
		guest_leave(&s);
		raw_close(&origin);
		origin = -1;
		daemon_stop(&gateway);
	}
}

static void who_comes_back_is_still_known(void)
{
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
		struct guest_wish alice;
		SSL *s;

		make_clients();
		start_with(asking(REQUIRED, ""));
		alice = as("alice");
		alice.version = version;
		s = come(&alice);
		origin_is_told(s, "");
		alice.session = SSL_get1_session(s);
		guest_leave(&s);
		alice.name = NULL;
		s = come(&alice);
		ck_assert_int_eq(SSL_session_reused(s), 1);
		has(origin_is_told(s, ""), DN "CN=alice\r\n");
		guest_leave(&s);
		SSL_SESSION_free(alice.session);
		daemon_stop(&gateway);
		raw_close(&origin);
		origin = -1;
	}
}

/* The session of one who was asked for nothing must not be a way around being asked. */
static void a_session_does_not_help_where_more_is_asked(void)
{
	for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
		struct guest_wish nobody = { .version = version };
		SSL *s;

		make_clients();
		start_with(asking(OPTIONAL, ""));
		s = come(&nobody);
		origin_is_told(s, "");
		nobody.session = SSL_get1_session(s);
		guest_leave(&s);
		ck_assert(is_let_in(&nobody));
		daemon_reload(gateway, settings(asking(REQUIRED, "")));
		ck_assert(!is_let_in(&nobody));
		SSL_SESSION_free(nobody.session);
		daemon_stop(&gateway);
		raw_close(&origin);
		origin = -1;
	}
}

static void other_signers_end_the_sessions_of_the_old_ones(void)
{
	struct guest_wish alice;
	SSL *s;

	make_clients();
	start_with(asking(OPTIONAL, ""));
	alice = as("alice");
	s = come(&alice);
	origin_is_told(s, "");
	alice.session = SSL_get1_session(s);
	guest_leave(&s);
	alice.name = NULL;
	make("ca", NULL, NULL);
	daemon_reload(gateway, settings(asking(OPTIONAL, "")));
	s = come(&alice);
	ck_assert_int_eq(SSL_session_reused(s), 0);
	ck_assert_ptr_null(strstr(origin_is_told(s, ""), DN));
	guest_leave(&s);
	SSL_SESSION_free(alice.session);
}

static void expect_its_end(SSL *s)
{
	char byte;
	size_t n;

	ck_assert_int_ne(SSL_read_ex(s, &byte, 1, &n), 1);
}

/* Sessions ended with a change of what clients are asked for, but who was there already stayed for as long as he kept asking. */
static void who_came_before_more_was_asked_has_to_come_again(void)
{
	struct guest_wish alice;
	SSL *idle, *beginning, *asking_s, *known;

	make_clients();
	start_with(asking(OPTIONAL, ""));
	idle = come(&(struct guest_wish){ 0 });
	origin_is_told(idle, "");
	beginning = come(&(struct guest_wish){ 0 });
	guest_say(beginning, "GET /half");
	asking_s = come(&(struct guest_wish){ 0 });
	guest_say(asking_s, GET("/asked"));
	origin_hears();
	daemon_reload(gateway, settings(asking(REQUIRED, "")));
	expect_its_end(idle);
	expect_its_end(beginning);
	raw_send(origin, OK);
	has(guest_hear(asking_s, "\r\n\r\nok"), "\r\nConnection: close\r\n");
	expect_its_end(asking_s);
	guest_vanish(&idle);
	guest_vanish(&beginning);
	guest_vanish(&asking_s);
	alice = as("alice");
	known = come(&alice);
	origin_is_told(known, "");
	daemon_reload(gateway, settings(asking(REQUIRED, "log: { level: warn }\n")));
	has(origin_is_told(known, ""), DN "CN=alice\r\n");
	make("ca", NULL, NULL);
	daemon_reload(gateway, settings(asking(REQUIRED, "")));
	expect_its_end(known);
	guest_vanish(&known);
}

/* --- kinds of keys --- */

#define TWO_KINDS                                                                     \
	PLAIN_ORIGIN "listen: [ { address: \"127.0.0.1:0\", tls: { certificates: [\n" \
		     "  { certificate: $/ec.pem, key: $/ec.key, ocsp: $/ec.der },\n"  \
		     "  { certificate: $/second.pem, key: $/second.key },\n"          \
		     "  { certificate: $/rsa.pem, key: $/rsa.key } ] } } ]\n"

static int kind_shown(SSL *s)
{
	return EVP_PKEY_get_base_id(X509_get0_pubkey(SSL_get0_peer_certificate(s)));
}

static void of_two_kinds_for_one_name_the_client_gets_what_it_can_read(void)
{
	static const struct {
		const char *signatures;
		int version, kind;
	} clients[] = { { "ECDSA+SHA256", 0, EVP_PKEY_EC },
			{ "RSA-PSS+SHA256", 0, EVP_PKEY_RSA },
			{ "ECDSA+SHA256", TLS1_2_VERSION, EVP_PKEY_EC },
			{ "RSA+SHA256", TLS1_2_VERSION, EVP_PKEY_RSA },
			{ NULL, 0, EVP_PKEY_EC } };

	paper_make(&(struct paper){ dir, "ec", "DNS:www.example,DNS:example", NULL });
	paper_make_rsa(&(struct paper){ dir, "rsa", "DNS:example,DNS:www.example", NULL });
	paper_answer(dir, "ec", 3600);
	own_listener = true;
	start_with(TWO_KINDS);
	for (size_t i = 0; i < sizeof(clients) / sizeof(*clients); i++) {
		SSL *s = come(&(struct guest_wish){ .host = "www.example",
						    .version = clients[i].version,
						    .signatures = clients[i].signatures,
						    .stapled = true });

		ck_assert_int_eq(kind_shown(s), clients[i].kind);
		ck_assert(guest_sees(s, "example"));
		ck_assert_int_eq(guest_got_stapled(s), clients[i].kind == EVP_PKEY_EC);
		exchange(s);
		guest_leave(&s);
	}
	ck_assert_ptr_null(
		visit(&(struct guest_wish){ .host = "b.example", .signatures = "RSA-PSS+SHA256" }));
}

SUITE_MAIN_WITH("tls clients", set_up, tear_down,
		who_has_no_certificate_comes_in_where_it_is_optional,
		a_bad_certificate_is_worse_than_none, a_certificate_of_a_server_is_none_of_a_client,
		nobody_can_say_that_he_showed_one, a_long_subject_is_told_whole,
		who_cannot_be_told_is_refused, who_comes_back_is_still_known,
		a_session_does_not_help_where_more_is_asked,
		other_signers_end_the_sessions_of_the_old_ones,
		who_came_before_more_was_asked_has_to_come_again,
		of_two_kinds_for_one_name_the_client_gets_what_it_can_read)
