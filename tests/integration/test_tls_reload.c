/* TLS that goes on: sessions, open connections and WebSockets while certificates come and go. */
#include "tls_stage.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#define UPGRADE                                                                 \
	"GET /socket HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\n"    \
	"Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" \
	"Sec-WebSocket-Version: 13\r\n\r\n"
#define GRANTED                                                                             \
	"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" \
	"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
#define FRAME "\x81\x04ping"
#define GOING_AWAY "\x88\x02\x03\xe9"

static void reload(void)
{
	daemon_reload(gateway, settings(PLAIN_ORIGIN));
}

static void sessions_are_brought_back_after_a_reload(void)
{
	static const int versions[] = { TLS1_2_VERSION, TLS1_3_VERSION };

	start();
	for (size_t i = 0; i < 2; i++) {
		struct guest_wish wish = { .version = versions[i], .host = "b.example" };
		SSL *s = come(&wish);

		exchange(s);
		wish.session = SSL_get1_session(s);
		guest_leave(&s);
		for (int n = 0; n < 3; n++) {
			make("first", "DNS:a.example", NULL);
			reload();
			s = come(&wish);
			ck_assert_msg(SSL_session_reused(s) == 1, "after %d reloads", n + 1);
			guest_leave(&s);
		}
		SSL_SESSION_free(wish.session);
	}
}

static void spoil(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void expect_reload_to_fail(const char *why)
{
	daemon_signal(gateway, SIGHUP);
	daemon_await_log(gateway, why);
	daemon_await_log(gateway, "was not loaded: the settings in force stay");
	daemon_await(gateway, "READY=1");
}

static void a_bad_file_keeps_the_old_ones_and_is_named(void)
{
	SSL *before, *after;

	start();
	before = come(&(struct guest_wish){ 0 });
	exchange(before);
	spoil("first.pem", "nothing of use\n");
	expect_reload_to_fail("/first.pem: there is no certificate in it");
	ck_assert(daemon_metric(gateway, "settings_reload_failed") == 1);
	make("first", "DNS:new.example", NULL);
	spoil("second.key", "");
	expect_reload_to_fail("/second.key: there is no private key");
	make("third", "DNS:x.b.example", NULL);
	ck_assert_int_eq(daemon_run(gateway, "-t", NULL), 1);
	after = come(&(struct guest_wish){ 0 });
	ck_assert_msg(guest_sees(after, "a.example"), "a part of what is wrong is in force");
	exchange(before);
	exchange(after);
	make("second", "DNS:b.example", NULL);
	reload();
	ck_assert(daemon_metric(gateway, "settings_reload_failed") == 0);
	exchange(before);
	guest_leave(&after);
	after = come(&(struct guest_wish){ 0 });
	ck_assert(guest_sees(after, "new.example"));
	exchange(after);
	guest_leave(&before);
	guest_leave(&after);
}

static void a_file_that_is_gone_keeps_the_old_one(void)
{
	char path[128];
	SSL *s;

	start();
	snprintf(path, sizeof(path), "%s/first.key", dir);
	ck_assert_int_eq(unlink(path), 0);
	expect_reload_to_fail("listen[0].tls.key: ");
	s = come(&(struct guest_wish){ 0 });
	ck_assert(guest_sees(s, "a.example"));
	exchange(s);
	guest_leave(&s);
}

enum { MANY = 20, HALF = 300 * 1000 };

static void a_reload_cuts_nobody_whatever_is_under_way(void)
{
	static char half[HALF];
	SSL *idle[MANY], *asking, *loading;
	int other;

	memset(half, 'h', sizeof(half));
	start();
	for (int i = 0; i < MANY; i++) {
		idle[i] = come(&(struct guest_wish){ 0 });
		exchange(idle[i]);
	}
	loading = come(&(struct guest_wish){ 0 });
	guest_say(loading, GET("/load"));
	has(origin_hears(), "GET /load ");
	raw_send(origin, "HTTP/1.1 200 OK\r\nContent-Length: 600000\r\n\r\n");
	raw_send_bytes(origin, half, HALF);
	guest_hear(loading, "\r\n\r\n");
	guest_take(loading, 100000);
	asking = come(&(struct guest_wish){ 0 });
	guest_say(asking, GET("/ask"));
	other = raw_accept(listener);
	has(raw_read_head(other), "GET /ask ");
	for (int n = 0; n < 3; n++) {
		make("first", "DNS:new.example", NULL);
		reload();
	}
	raw_send_bytes(origin, half, HALF);
	guest_take(loading, 500000);
	raw_send(other, OK);
	guest_hear(asking, "\r\n\r\nok");
	raw_close(&other);
	for (int i = 0; i < MANY; i++) {
		exchange(idle[i]);
		guest_leave(&idle[i]);
	}
	guest_leave(&asking);
	guest_leave(&loading);
}

/* --- WebSockets --- */

static SSL *open_socket(void)
{
	SSL *s = come(&(struct guest_wish){ 0 });

	guest_say(s, UPGRADE);
	has(origin_hears(), "X-Forwarded-Proto: https\r\n");
	raw_send(origin, GRANTED);
	has(guest_hear(s, "\r\n\r\n"), "HTTP/1.1 101 ");
	return s;
}

static void ping(SSL *s)
{
	guest_say(s, FRAME);
	ck_assert_int_eq(memcmp(raw_read_bytes(origin, 6), FRAME, 6), 0);
	raw_send(origin, FRAME);
	guest_hear(s, FRAME);
}

static void a_socket_carries_bytes_through_tls_both_ways(void)
{
	static char much[HALF];
	uint64_t sum = 0;
	pid_t child;
	SSL *s;

	for (size_t i = 0; i < HALF; i++) {
		much[i] = (char)(i * 7 + i / 999);
		sum = sum * 31 + (unsigned char)much[i];
	}
	start();
	s = open_socket();
	for (int i = 0; i < 50; i++)
		ping(s);
	child = fork();
	if (child == 0) {
		raw_send_bytes(origin, much, HALF);
		_exit(0);
	}
	ck_assert_uint_eq(guest_take(s, HALF), sum);
	guest_send(s, much, 16000);
	ck_assert_int_eq(memcmp(raw_read_bytes(origin, 16000), much, 16000), 0);
	ping(s);
	guest_vanish(&s);
}

static void the_end_of_a_socket_is_told_on_either_side(void)
{
	SSL *s;

	start();
	s = open_socket();
	ping(s);
	raw_send(origin, "\x88\x02\x03\xe8");
	raw_close(&origin);
	guest_hear(s, "\x88\x02\x03\xe8");
	ck_assert(guest_ends_well(s));
	guest_vanish(&s);
	origin = -1;
	s = open_socket();
	guest_say(s, "\x88\x02\x03\xe8");
	SSL_shutdown(s);
	ck_assert_int_eq(memcmp(raw_read_bytes(origin, 4), "\x88\x02\x03\xe8", 4), 0);
	raw_expect_end(origin);
	guest_vanish(&s);
}

static void a_socket_outlives_a_reload_and_hears_of_the_end(void)
{
	SSL *s;

	start();
	s = open_socket();
	make("first", "DNS:new.example", NULL);
	reload();
	ping(s);
	daemon_signal(gateway, SIGTERM);
	guest_hear(s, GOING_AWAY);
	ck_assert(guest_ends_well(s));
	ck_assert_int_eq(daemon_wait(gateway), 0);
	guest_vanish(&s);
}

SUITE_MAIN_WITH("tls reload", set_up, tear_down, sessions_are_brought_back_after_a_reload,
		a_bad_file_keeps_the_old_ones_and_is_named, a_file_that_is_gone_keeps_the_old_one,
		a_reload_cuts_nobody_whatever_is_under_way,
		a_socket_carries_bytes_through_tls_both_ways,
		the_end_of_a_socket_is_told_on_either_side,
		a_socket_outlives_a_reload_and_hears_of_the_end)
