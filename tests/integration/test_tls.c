/* TLS on both sides of the daemon: OpenSSL's own client in front of it, its server behind. */
#include "tls_stage.h"
#include "wirework.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

static bool it_said(const char *part)
{
	char *log = daemon_log(gateway);
	bool said = strstr(log, part) != NULL;

	free(log);
	return said;
}

/* The log is written by a thread of its own. */
static void await_words(const char *part)
{
	for (unsigned i = 0; i < WIREWORK_PATIENCE_MS / 10 && !it_said(part); i++)
		usleep(10000);
	ck_assert_msg(it_said(part), "nobody said \"%s\"", part);
}

static void both_versions_are_spoken_and_the_application_learns_of_it(void)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

	start();
	for (size_t i = 0; i < 2; i++) {
		SSL *s = come(&(struct guest_wish){ .version = versions[i],
						    .protocols = "\x02h2\x08http/1.1" });
		const unsigned char *protocol;
		unsigned len;

		ck_assert_int_eq(SSL_version(s), versions[i]);
		SSL_get0_alpn_selected(s, &protocol, &len);
		ck_assert_uint_eq(len, 8);
		guest_say(s, GET("/a") GET("/b"));
		has(origin_hears(), "X-Forwarded-Proto: https\r\n");
		raw_send(origin, OK);
		guest_hear(s, "\r\n\r\nok");
		has(origin_hears(), "GET /b ");
		raw_send(origin, OK);
		guest_hear(s, "\r\n\r\nok");
		exchange(s);
		guest_leave(&s);
	}
}

static void what_is_old_or_foreign_is_refused(void)
{
	SSL *s;

	start();
	ck_assert_ptr_null(visit(&(struct guest_wish){ .version = TLS1_1_VERSION }));
	ck_assert_ptr_null(visit(&(struct guest_wish){ .version = TLS1_VERSION }));
	ck_assert_ptr_null(visit(&(struct guest_wish){ .protocols = "\x02h2" }));
	s = come(&(struct guest_wish){ .version = TLS1_2_VERSION });
	ck_assert_int_eq(SSL_get_secure_renegotiation_support(s), 1);
	ck_assert_int_eq(SSL_renegotiate(s), 1);
	ck_assert_int_ne(SSL_do_handshake(s), 1);
	guest_vanish(&s);
}

static void the_name_asked_for_chooses_the_certificate(void)
{
	static const struct {
		const char *host, *shown;
	} names[] = { { "a.example", "a.example" },   { NULL, "a.example" },
		      { "c.example", "a.example" },   { "b.example", "b.example" },
		      { "y.b.example", "b.example" }, { "x.y.b.example", "a.example" } };
	SSL *s;

	start();
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		s = come(&(struct guest_wish){ .host = names[i].host });
		ck_assert_msg(guest_sees(s, names[i].shown), "for %s", names[i].host);
		guest_leave(&s);
	}
	s = come(&(struct guest_wish){ .host = "X.B.example" });
	ck_assert_msg(!guest_sees(s, "b.example"), "the wildcard hides the name itself");
	exchange(s);
	guest_leave(&s);
}

static void sessions_are_resumed_on_every_worker(void)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

	start_with("workers: 3\n" ORIGIN);
	for (size_t i = 0; i < 2; i++) {
		SSL *s = come(&(struct guest_wish){ .version = versions[i], .host = "b.example" });
		SSL_SESSION *session;

		origin = -1;
		exchange(s); /* a 1.3 ticket comes before the first answer */
		raw_close(&origin);
		session = SSL_get1_session(s);
		guest_leave(&s);
		for (unsigned n = 0; n < 8; n++) {
			s = come(&(struct guest_wish){
				.version = versions[i], .host = "b.example", .session = session });
			ck_assert_int_eq(SSL_session_reused(s), 1);
			guest_leave(&s);
		}
		SSL_SESSION_free(session);
	}
}

static void a_reload_brings_new_certificates_and_cuts_nobody(void)
{
	SSL *before, *after;

	start();
	before = come(&(struct guest_wish){ 0 });
	exchange(before);
	make("first", "DNS:new.example", NULL);
	daemon_reload(gateway, settings(PLAIN_ORIGIN));
	after = come(&(struct guest_wish){ 0 });
	ck_assert(guest_sees(after, "new.example"));
	exchange(before);
	exchange(after);
	await_words("is in force"); /* which is said last */
	ck_assert(!it_said("only a restart"));
	guest_leave(&before);
	guest_leave(&after);
}

static void what_is_wrong_with_a_file_is_said_and_changes_nothing(void)
{
	char from[128], to[128], *output;
	SSL *s;

	start();
	snprintf(from, sizeof(from), "%s/second.key", dir);
	snprintf(to, sizeof(to), "%s/first.key", dir);
	ck_assert_int_eq(rename(from, to), 0);
	make("second", "DNS:b.example", NULL);
	ck_assert_int_eq(daemon_run(gateway, "-t", &output), 1);
	has(output, "/first.key: not the key of the certificate\n");
	has(output, "listen[0].tls: ");
	free(output);
	s = come(&(struct guest_wish){ 0 });
	ck_assert(guest_sees(s, "a.example"));
	exchange(s);
	guest_leave(&s);
}

static void an_ocsp_response_is_stapled_while_it_is_good(void)
{
	static const char with[] =
		"workers: 1\n" ORIGIN
		"listen: [ { address: \"127.0.0.1:0\", tls: { certificates: [ { certificate: $/first.pem,"
		" key: $/first.key, ocsp: $/first.der }, { certificate: $/second.pem, key: $/second.key,"
		" ocsp: $/second.der }, { certificate: $/third.pem, key: $/third.key } ] } } ]\n";
	static const struct {
		const char *host;
		bool stapled;
	} names[] = { { "a.example", true }, { "b.example", false }, { "x.b.example", false } };

	paper_answer(dir, "first", 3600);
	paper_answer(dir, "second", -60);
	own_listener = true;
	start_with(with);
	for (size_t i = 0; i < 3; i++) {
		SSL *s = come(&(struct guest_wish){ .host = names[i].host, .stapled = true });

		ck_assert_int_eq(guest_got_stapled(s), names[i].stapled);
		guest_leave(&s);
	}
}

static void whoever_does_not_finish_a_handshake_is_sent_away(void)
{
	int silent, half;

	start_with(PLAIN_ORIGIN "http: { head_timeout: 200ms }\n");
	silent = raw_connect(daemon_port(gateway));
	half = raw_connect(daemon_port(gateway));
	raw_send_bytes(half, "\x16\x03\x01\x02", 4);
	raw_expect_end(silent);
	raw_expect_end(half);
	raw_close(&silent);
	raw_close(&half);
}

static void garbage_is_no_handshake(void)
{
	static const char *const garbage[] = { "\x16\x03\x01\x00\x05hello", "\x80\x2e\x01",
					       "\x17\x03\x03\x00\x01x", "\r\n\r\n" };
	SSL *s;

	start_with(PLAIN_ORIGIN "http: { head_timeout: 300ms }\n");
	for (size_t i = 0; i < sizeof(garbage) / sizeof(*garbage); i++) {
		int fd = raw_connect(daemon_port(gateway));
		bool reset;

		raw_send(fd, garbage[i]);
		raw_send_bytes(fd, "\0\0\0\0\0\0\0\0", 8);
		ck_assert(!strstr(raw_read_all(fd, &reset), "HTTP"));
		raw_close(&fd);
	}
	daemon_reload(gateway, settings(PLAIN_ORIGIN));
	s = come(&(struct guest_wish){ 0 });
	exchange(s);
	guest_leave(&s);
}

static const char *answer_to_text(const char *text, bool slowly)
{
	int fd = raw_connect(daemon_port(gateway)), on = 1;
	const char *answer;
	bool reset;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	for (; slowly && text[1]; text++) {
		if (send(fd, text, 1, MSG_NOSIGNAL) < 0)
			break;
		usleep(100);
	}
	raw_send(fd, text);
	answer = raw_read_all(fd, &reset);
	ck_assert(!reset);
	raw_close(&fd);
	return answer;
}

/* It was closed without a word, and whoever had written http:// for https:// could not tell why. */
static void who_speaks_plain_http_is_told_what_is_spoken_here(void)
{
	static const char *const said[] = {
		GET("/"),
		"OPTIONS * HTTP/1.1\r\n\r\n",
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"patch",
		"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\n\r\nabc",
		"CONNECT a:1 HTTP/1.1\r\n"
	};
	enum { N = sizeof(said) / sizeof(*said) };
	struct look *look;
	SSL *s;

	start();
	look = daemon_look(gateway);
	for (size_t i = 0; i < 2 * (size_t)N; i++) {
		const char *answer = answer_to_text(said[i % N], i >= N);

		has(answer, "HTTP/1.1 400 Bad Request\r\n");
		has(answer, "\r\nConnection: close\r\n");
		has(answer,
		    "\r\n\r\n400 Bad Request\nPlain HTTP was sent to a port that speaks HTTPS.\n");
		ck_assert_ptr_null(strstr(strstr(answer, "HTTPS.\n"), "HTTP/1.1"));
	}
	daemon_moved(gateway, &look, "responses 4xx=12", "requests_refused=12", NULL);
	await_words("status=400");
	s = come(&(struct guest_wish){ 0 });
	exchange(s);
	guest_leave(&s);
}

enum { LARGE = 3 * 1000 * 1000 + 17 };

static char *large(uint64_t *ret_sum)
{
	char *at = malloc(LARGE + 1);

	*ret_sum = 0;
	for (size_t i = 0; i < LARGE; i++) {
		at[i] = (char)('a' + (i * 7 + i / 1000) % 26);
		*ret_sum = *ret_sum * 31 + (unsigned char)at[i];
	}
	at[LARGE] = '\0';
	return at;
}

static void large_bodies_come_down_whole(void)
{
	uint64_t sum;
	char *body = large(&sum), head[128];
	pid_t child;
	SSL *s;

	start();
	s = come(&(struct guest_wish){ 0 });
	guest_say(s, GET("/"));
	origin_hears();
	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", LARGE);
	raw_send(origin, head);
	child = fork();
	if (child == 0) {
		raw_send_bytes(origin, body, LARGE);
		_exit(0);
	}
	usleep(50000); /* the client is slow: the other side has to wait */
	guest_hear(s, "\r\n\r\n");
	ck_assert_uint_eq(guest_take(s, LARGE), sum);
	exchange(s);
	guest_leave(&s);
	free(body);
}

static void large_bodies_go_up_whole(void)
{
	static const size_t pieces[] = { LARGE, 1000, 16384, 40000 };
	uint64_t sum, got = 0;
	char *body = large(&sum), head[128];
	SSL *s;

	start();
	s = come(&(struct guest_wish){ 0 });
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++) {
		pid_t child;

		snprintf(head, sizeof(head),
			 "POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: %d\r\n\r\n", LARGE);
		guest_say(s, head);
		origin_hears();
		child = fork();
		if (child == 0) {
			/* Both ends of this connection cannot wait in one process. */
			for (size_t at = 0; at < LARGE; at += pieces[i])
				guest_send(s, body + at,
					   LARGE - at < pieces[i] ? LARGE - at : pieces[i]);
			_exit(0);
		}
		got = 0;
		for (size_t left = LARGE; left;) {
			size_t n = left < 100000 ? left : 100000;
			const char *at = raw_read_bytes(origin, n);

			for (size_t k = 0; k < n; k++)
				got = got * 31 + (unsigned char)at[k];
			left -= n;
		}
		ck_assert_uint_eq(got, sum);
		raw_send(origin, OK);
		guest_hear(s, "\r\n\r\nok");
		/* What the child wrote, this side does not know of: its keys have moved on. */
		guest_vanish(&s);
		s = come(&(struct guest_wish){ 0 });
	}
	guest_vanish(&s);
	free(body);
}

static void the_end_of_a_response_is_said(void)
{
	SSL *s;

	start();
	s = come(&(struct guest_wish){ 0 });
	guest_say(s, "GET / HTTP/1.0\r\nHost: a.example\r\n\r\n");
	origin_hears();
	raw_send(origin, "HTTP/1.1 200 OK\r\n\r\nall of it");
	raw_close(&origin);
	guest_hear(s, "all of it");
	ck_assert(guest_ends_well(s));
	guest_vanish(&s);
	s = come(&(struct guest_wish){ 0 });
	guest_say(s, "GET / HTTP/1.0\r\nHost: a.example\r\n\r\n");
	origin_hears();
	raw_send(origin, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
	guest_hear(s, "hello");
	raw_close(&origin);
	ck_assert_msg(!guest_ends_well(s), "a truncated body looks whole");
	guest_vanish(&s);
}

#define EVENTS                                                                                     \
	"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" \
	"9\r\ndata: x\n\n\r\n"

/* By close_notify and a FIN, by the first alone, and by the second alone. */
static void an_event_stream_ends_with_its_client(void)
{
	start();
	for (unsigned how = 0; how < 3; how++) {
		SSL *s = come(&(struct guest_wish){ 0 });

		guest_say(s, GET("/events"));
		origin_hears();
		raw_send(origin, EVENTS);
		guest_hear(s, "data: x\n\n\r\n");
		if (how == 0) {
			guest_leave(&s);
		} else if (how == 1) {
			ck_assert_int_eq(SSL_shutdown(s), 0);
			ck_assert(guest_ends_well(s));
			guest_vanish(&s);
		} else {
			guest_vanish(&s);
		}
		raw_expect_end(origin);
		raw_close(&origin);
		origin = -1;
	}
}

static void who_has_said_all_is_still_answered(void)
{
	SSL *s;

	start();
	s = come(&(struct guest_wish){ 0 });
	guest_say(s, GET("/"));
	origin_hears();
	ck_assert_int_eq(SSL_shutdown(s), 0);
	shutdown(SSL_get_fd(s), SHUT_WR);
	ck_assert(raw_is_silent(origin, 100));
	raw_send(origin, OK);
	guest_hear(s, "\r\n\r\nok");
	ck_assert(guest_ends_well(s));
	guest_vanish(&s);
}

static void clients_that_vanish_leave_nothing_behind(void)
{
	SSL *s;

	start();
	for (unsigned i = 0; i < 3; i++) {
		s = come(&(struct guest_wish){ 0 });
		guest_say(s, GET("/"));
		origin_hears();
		guest_vanish(&s);
		raw_expect_end(origin);
		raw_close(&origin);
		origin = -1;
	}
	s = come(&(struct guest_wish){ 0 });
	exchange(s);
	guest_leave(&s);
}

static void the_device_cookie_is_for_https_only(void)
{
	SSL *s;
	const char *head;

	start();
	s = come(&(struct guest_wish){ 0 });
	guest_say(s, GET("/login"));
	origin_hears();
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nLatch-Account: alice\r\n"
			 "Set-Cookie: PHPSESSID=0123456789abcdef0123\r\n\r\nok");
	head = guest_hear(s, "\r\n\r\nok");
	has(head, "Set-Cookie: __Host-latch=v1.");
	has(strstr(head, "__Host-latch"), "; Secure");
	guest_leave(&s);
}

/* The other side */

#define HTTPS_ORIGIN(more) \
	"workers: 1\norigin: { url: \"https://localhost:{origin}\", tls: { " more " } }\n"

static SSL *ask_origin(SSL *s, const char *name)
{
	guest_say(s, GET("/"));
	origin = raw_accept(listener);
	return guest_host(origin, dir, name);
}

static void an_origin_is_believed_for_its_chain_and_name(void)
{
	SSL *s, *o;

	make("ca", NULL, NULL);
	make("app", "DNS:localhost", "ca");
	make("latchd", "DNS:latchd", "ca");
	start_with(HTTPS_ORIGIN("ca: $/ca.pem, certificate: $/latchd.pem, key: $/latchd.key"));
	s = come(&(struct guest_wish){ 0 });
	o = ask_origin(s, "app");
	ck_assert_ptr_nonnull(o);
	ck_assert(guest_was_shown(o, "latchd"));
	ck_assert_str_eq(SSL_get_servername(o, TLSEXT_NAMETYPE_host_name), "localhost");
	for (unsigned i = 0; i < 3; i++) {
		has(guest_hear(o, "\r\n\r\n"), "GET / HTTP/1.1\r\n");
		guest_say(o, OK);
		guest_hear(s, "\r\n\r\nok");
		if (i < 2)
			guest_say(s, GET("/"));
	}
	SSL_free(o);
	guest_leave(&s);
}

static void nobody_else_passes_for_the_origin(void)
{
	static const char *const impostors[] = { "other", "self" };

	make("ca", NULL, NULL);
	make("other", "DNS:other.example", "ca");
	make("self", "DNS:localhost", NULL);
	start_with(HTTPS_ORIGIN("ca: $/ca.pem"));
	for (size_t i = 0; i < 2; i++) {
		SSL *s = come(&(struct guest_wish){ 0 });
		SSL *o = ask_origin(s, impostors[i]);
		char byte;

		/* In TLS 1.3 this side is done before the other has judged. */
		ck_assert(!o || SSL_read(o, &byte, 1) <= 0);
		has(guest_hear(s, "\r\n\r\n"), "HTTP/1.1 502 ");
		SSL_free(o);
		raw_close(&origin);
		guest_vanish(&s);
	}
	origin = -1;
	await_words("hostname mismatch");
	await_words("self-signed certificate");
}

static void an_origin_that_ends_without_saying_so_was_cut_off(void)
{
	SSL *s, *o;

	make("app", "DNS:localhost", NULL);
	start_with(HTTPS_ORIGIN("ca: $/app.pem"));
	for (unsigned i = 0; i < 2; i++) {
		s = come(&(struct guest_wish){ 0 });
		guest_say(s, "GET / HTTP/1.0\r\nHost: a.example\r\n\r\n");
		origin = raw_accept(listener);
		o = guest_host(origin, dir, "app");
		ck_assert_ptr_nonnull(o);
		guest_hear(o, "\r\n\r\n");
		guest_say(o, "HTTP/1.1 200 OK\r\n\r\nsome of it");
		guest_hear(s, "some of it");
		if (i)
			guest_leave(&o);
		else
			guest_vanish(&o);
		ck_assert_int_eq(guest_ends_well(s), i);
		guest_vanish(&s);
	}
	origin = -1;
}

SUITE_MAIN_WITH("tls", set_up, tear_down, both_versions_are_spoken_and_the_application_learns_of_it,
		what_is_old_or_foreign_is_refused, the_name_asked_for_chooses_the_certificate,
		sessions_are_resumed_on_every_worker,
		a_reload_brings_new_certificates_and_cuts_nobody,
		what_is_wrong_with_a_file_is_said_and_changes_nothing,
		an_ocsp_response_is_stapled_while_it_is_good,
		whoever_does_not_finish_a_handshake_is_sent_away, garbage_is_no_handshake,
		who_speaks_plain_http_is_told_what_is_spoken_here, large_bodies_come_down_whole,
		large_bodies_go_up_whole, the_end_of_a_response_is_said,
		an_event_stream_ends_with_its_client, who_has_said_all_is_still_answered,
		clients_that_vanish_leave_nothing_behind, the_device_cookie_is_for_https_only,
		an_origin_is_believed_for_its_chain_and_name, nobody_else_passes_for_the_origin,
		an_origin_that_ends_without_saying_so_was_cut_off)
