/* tls and wire together, on a pair of sockets: near is ours, far is OpenSSL used by hand. */
#include "base/clock.h"
#include "base/err.h"
#include "loop/inflow.h"
#include "loop/tickets.h"
#include "paper.h"
#include "suite.h"

#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *dir;
static struct tlscontext *context;
static struct tickets *tickets;
static struct wire near;
static SSL *far;
static int far_fd;

static char *file(const char *name, const char *ending)
{
	char *path;

	ck_assert_int_gt(asprintf(&path, "%s/%s.%s", dir, name, ending), 0);
	return path;
}

static void open_far(int fd)
{
	SSL_CTX *c = SSL_CTX_new(TLS_client_method());

	far_fd = fd;
	far = SSL_new(c);
	SSL_CTX_free(c);
	SSL_set_fd(far, fd);
	SSL_set_connect_state(far);
}

static void set_up(void)
{
	struct settings_tls tls = { 0 };
	struct text why;
	char room[256];
	int pair[2];

	dir = paper_folder();
	paper_make(&(struct paper){ dir, "near", "DNS:near", NULL });
	tls.certificate.certificate = file("near", "pem");
	tls.certificate.key = file("near", "key");
	text_init(&why, room, sizeof(room));
	tickets = tickets_create(clock_steady_ms);
	ck_assert_int_eq(tlscontext_create_server(&tls, tickets, &context, &why), 0);
	free(tls.certificate.certificate);
	free(tls.certificate.key);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	near = (struct wire){ .fd = pair[0] };
	ck_assert(wire_secure(&near, context));
	open_far(pair[1]);
}

static void tear_down(void)
{
	wire_close(&near);
	SSL_free(far);
	if (far_fd >= 0)
		close(far_fd);
	tlscontext_unref(&context);
	tickets_unref(&tickets);
	paper_burn();
}

static void shake(void)
{
	char byte;

	ck_assert(wire_is_opening(&near));
	for (unsigned i = 0; i < 20 && (wire_is_opening(&near) || !SSL_is_init_finished(far));
	     i++) {
		SSL_do_handshake(far);
		ck_assert_int_eq(wire_read(&near, &byte, 1), ERR_BUSY);
	}
	ck_assert(!wire_is_opening(&near));
	ck_assert(wire_is_quiet(&near));
}

static void say(const void *at, size_t len)
{
	size_t n;

	ck_assert_int_eq(SSL_write_ex(far, at, len, &n), 1);
	ck_assert_uint_eq(n, len);
}

static int hear(char *at, int size)
{
	return SSL_read(far, at, size);
}

static void vanish(void)
{
	SSL_free(far);
	far = NULL;
	close(far_fd);
	far_fd = -1;
}

static void what_is_read_in_part_is_not_forgotten(void)
{
	char room[4000];

	shake();
	memset(room, 'x', sizeof(room));
	say(room, sizeof(room));
	ck_assert(!wire_is_quiet(&near));
	ck_assert_int_eq(wire_read(&near, room, 1000), 1000);
	ck_assert(wire_has_more(&near));
	ck_assert_int_eq(wire_read(&near, room, 3000), 3000);
	ck_assert(!wire_has_more(&near));
	ck_assert_int_eq(wire_read(&near, room, 1), ERR_BUSY);
	ck_assert(!wire_awaits_room(&near));
}

static void a_read_takes_several_records(void)
{
	char room[100];

	shake();
	say("one", 3);
	say("two", 3);
	say("three", 5);
	ck_assert_int_eq(wire_read(&near, room, sizeof(room)), 11);
	ck_assert_int_eq(memcmp(room, "onetwothree", 11), 0);
	ck_assert(!wire_has_more(&near));
}

static void half_a_record_is_nothing_yet(void)
{
	char record[200], room[100];
	int spare[2];
	ssize_t len;

	shake();
	/* The record goes aside first. */
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, spare), 0);
	SSL_set_wfd(far, spare[0]);
	say("whole", 5);
	len = recv(spare[1], record, sizeof(record), 0);
	ck_assert_int_gt(len, 10);
	ck_assert_int_eq(send(far_fd, record, 10, 0), 10);
	ck_assert_int_eq(wire_read(&near, room, sizeof(room)), ERR_BUSY);
	ck_assert_msg(!wire_has_more(&near), "it would be read for ever");
	ck_assert_int_eq(send(far_fd, record + 10, (size_t)len - 10, 0), len - 10);
	ck_assert_int_eq(wire_read(&near, room, sizeof(room)), 5);
	close(spare[0]);
	close(spare[1]);
}

static void an_end_comes_after_the_bytes_before_it(void)
{
	char room[100];

	shake();
	say("last", 4);
	SSL_shutdown(far);
	ck_assert_int_eq(wire_read(&near, room, sizeof(room)), 4);
	ck_assert_msg(wire_has_more(&near), "nobody would read the end");
	ck_assert_int_eq(wire_read(&near, room, sizeof(room)), 0);
	ck_assert_int_eq(wire_read(&near, room, sizeof(room)), 0);
}

static void an_end_that_nobody_said_is_an_error(void)
{
	char room[100];

	shake();
	say("last", 4);
	vanish();
	ck_assert_int_eq(wire_read(&near, room, sizeof(room)), 4);
	ck_assert_int_eq(wire_read(&near, room, sizeof(room)), ERR_IO);
	ck_assert_int_eq(wire_read(&near, room, sizeof(room)), ERR_IO);
	ck_assert(!wire_is_quiet(&near));
}

static void our_end_is_said_and_a_reset_is_not(void)
{
	char room[10];
	int n;

	shake();
	wire_shutdown(&near);
	n = hear(room, sizeof(room));
	ck_assert_int_eq(SSL_get_error(far, n), SSL_ERROR_ZERO_RETURN);
	wire_close(&near);
	tear_down();
	set_up();
	shake();
	wire_reset(&near);
	n = hear(room, sizeof(room));
	ck_assert_int_ne(SSL_get_error(far, n), SSL_ERROR_ZERO_RETURN);
}

static void small_parts_become_one_record(void)
{
	static char a[] = "5\r\n", b[] = "hello", c[] = "\r\n";
	struct iovec parts[] = { { a, 3 }, { b, 5 }, { c, 2 } };
	char room[100];

	shake();
	ck_assert_int_eq(wire_write(&near, parts, 3), 10);
	ck_assert_int_eq(hear(room, sizeof(room)), 10);
	ck_assert_int_eq(memcmp(room, "5\r\nhello\r\n", 10), 0);
}

/* Writes until there is no room; returns how much was taken. */
static size_t fill(char *at, size_t len)
{
	size_t taken = 0;
	ssize_t n = 0;

	while (n >= 0) {
		struct iovec part = { at + taken, len - taken };

		n = wire_write(&near, &part, 1);
		taken += n > 0 ? (size_t)n : 0;
		ck_assert_uint_lt(taken, len);
	}
	ck_assert_int_eq(n, ERR_BUSY);
	return taken;
}

enum { LARGE = 4 << 20 };

static char *large(void)
{
	char *at = malloc(LARGE);

	for (size_t i = 0; i < LARGE; i++)
		at[i] = (char)(i * 31 / 7);
	return at;
}

static void a_write_goes_on_where_it_had_to_stop(void)
{
	char *body = large(), *got = malloc(LARGE);
	size_t sent, received = 0;

	shake();
	sent = fill(body, LARGE);
	while (received < LARGE) {
		int n = hear(got + received, LARGE - (int)received);
		struct iovec part = { body + sent, LARGE - sent };
		ssize_t more = sent < LARGE ? wire_write(&near, &part, 1) : 0;

		ck_assert(more >= 0 || more == ERR_BUSY);
		sent += more > 0 ? (size_t)more : 0;
		received += n > 0 ? (size_t)n : 0;
	}
	ck_assert_int_eq(memcmp(got, body, LARGE), 0);
	free(got);
	free(body);
}

static void a_read_that_has_to_write_waits_for_room(void)
{
	char room[4096] = { 0 };
	size_t filled = 0;
	int nothing[2];
	ssize_t n;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, nothing), 0);
	while ((n = send(near.fd, room, sizeof(room), 0)) > 0)
		filled += (size_t)n;
	SSL_set_rfd(far, nothing[0]);
	SSL_do_handshake(far);
	ck_assert_int_eq(wire_read(&near, room, sizeof(room)), ERR_BUSY);
	ck_assert(wire_awaits_room(&near));
	wire_resume(&near);
	ck_assert_msg(wire_awaits_room(&near), "there is no room still");
	for (; filled; filled -= (size_t)n)
		n = recv(far_fd, room, filled < sizeof(room) ? filled : sizeof(room), 0);
	wire_resume(&near);
	ck_assert(!wire_awaits_room(&near));
	SSL_set_rfd(far, far_fd);
	shake();
	close(nothing[0]);
	close(nothing[1]);
}

/* Each costs as much as a large one, and somebody who sends many keeps everybody else waiting. */
static void of_tiny_records_a_read_takes_a_few(void)
{
	char room[1000];
	ssize_t n, taken = 0;

	shake();
	for (unsigned i = 0; i < 200; i++)
		say("x", 1);
	for (; taken < 200; taken += n) {
		n = wire_read(&near, room, sizeof(room));
		ck_assert_int_gt(n, 0);
		ck_assert_int_lt(n, 100);
		ck_assert_int_eq(wire_has_more(&near), taken + n < 200);
	}
	ck_assert_int_eq(wire_read(&near, room, sizeof(room)), ERR_BUSY);
}

/* As one does that comes byte by byte. */
static void a_handshake_may_take_any_number_of_looks(void)
{
	char byte;

	for (unsigned i = 0; i < 1000; i++)
		ck_assert_int_eq(wire_read(&near, &byte, 1), ERR_BUSY);
	shake();
	say("x", 1);
	ck_assert_int_eq(wire_read(&near, &byte, 1), 1);
}

static void renew_keys(void)
{
	ck_assert_int_eq(SSL_key_update(far, SSL_KEY_UPDATE_REQUESTED), 1);
	ck_assert_int_eq(SSL_do_handshake(far), 1);
}

static void a_flood_of_new_keys_little_by_little_ends_it_too(void)
{
	char byte;
	unsigned n = 0;

	shake();
	do {
		hear(&byte, 1);
		renew_keys();
	} while (wire_read(&near, &byte, 1) == ERR_BUSY && n++ < 1000);
	ck_assert_uint_ge(n, 10);
	ck_assert_uint_lt(n, 1000);
}

static void a_handshake_with_garbage_fails_with_a_reason(void)
{
	ck_assert_int_eq(send(far_fd, "GET / HTTP/1.1\r\n\r\n", 18, 0), 18);
	ck_assert_int_eq(wire_shake(&near), ERR_IO);
	ck_assert_str_eq(tls_why(near.tls), "http request");
	ck_assert_int_eq(wire_shake(&near), ERR_IO);
}

enum { FLOOD = 150 };

static void change_keys(unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		ck_assert_int_eq(SSL_key_update(far, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
		ck_assert_int_eq(SSL_do_handshake(far), 1);
	}
}

/* Each costs its reader a hundred times what it costs to send it again and again, and no data comes of it: a read must not go on for
 * as long as they come. */
static void a_flood_of_new_keys_ends_the_connection(void)
{
	char byte;

	shake();
	change_keys(FLOOD);
	say("late", 4);
	ck_assert_int_eq(wire_read(&near, &byte, 1), ERR_IO);
	ck_assert_int_eq(wire_read(&near, &byte, 1), ERR_IO);
	ck_assert_int_eq(wire_write(&near, &(struct iovec){ &byte, 1 }, 1), ERR_IO);
}

static void a_flood_of_new_keys_between_bytes_ends_it_too(void)
{
	char byte;
	ssize_t n = 1;

	shake();
	for (unsigned i = 0; i < 50 && n == 1; i++) {
		change_keys(20);
		say("x", 1);
		n = wire_read(&near, &byte, 1);
	}
	ck_assert_int_eq(n, ERR_IO);
}

static void a_flood_where_nothing_is_expected_is_not_quiet(void)
{
	shake();
	change_keys(FLOOD);
	ck_assert(!wire_is_quiet(&near));
}

static void new_keys_now_and_then_are_welcome(void)
{
	char room[4096];

	shake();
	memset(room, 'x', sizeof(room));
	for (unsigned i = 0; i < 1000; i++) {
		change_keys(1);
		say(room, sizeof(room));
		ck_assert_int_eq(wire_read(&near, room, sizeof(room)), sizeof(room));
	}
	change_keys(20);
	ck_assert(wire_is_quiet(&near));
}

static const char *complaint(const char *certificate, const char *key, const char *ocsp)
{
	static char room[512];
	struct tlscontext *none = NULL;
	struct settings_tls tls = { 0 };
	struct text why;

	text_init(&why, room, sizeof(room) - 1);
	tls.certificate.certificate = file(certificate, "pem");
	tls.certificate.key = file(key, "key");
	tls.certificate.ocsp = ocsp ? file(ocsp, "der") : NULL;
	ck_assert_int_eq(tlscontext_create_server(&tls, tickets, &none, &why), ERR_SYNTAX);
	ck_assert_ptr_null(none);
	free(tls.certificate.certificate);
	free(tls.certificate.key);
	free(tls.certificate.ocsp);
	room[why.len] = '\0';
	return room;
}

static void write_text(const char *name, const char *ending, const char *text)
{
	char *path = file(name, ending);
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
	free(path);
}

#define has(text, part) ck_assert_msg(strstr(text, part), "no \"%s\" in \"%s\"", part, text)

static void what_is_wrong_with_a_file_is_said(void)
{
	paper_make(&(struct paper){ dir, "other", "DNS:other", NULL });
	write_text("empty", "pem", "");
	write_text("empty", "key", "");
	write_text("empty", "der", "");
	write_text(
		"locked", "key",
		"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n");
	has(complaint("empty", "near", NULL), "/empty.pem: there is no certificate in it");
	has(complaint("absent", "near", NULL), "/absent.pem: ");
	has(complaint("near", "empty", NULL),
	    "/empty.key: there is no private key without a passphrase in it");
	has(complaint("near", "locked", NULL),
	    "/locked.key: there is no private key without a passphrase in it");
	has(complaint("near", "other", NULL), "/other.key: not the key of the certificate");
	has(complaint("near", "near", "empty"), "/empty.der: not a successful OCSP response (DER)");
}

SUITE_MAIN_WITH("tls", set_up, tear_down, what_is_read_in_part_is_not_forgotten,
		a_read_takes_several_records, half_a_record_is_nothing_yet,
		an_end_comes_after_the_bytes_before_it, an_end_that_nobody_said_is_an_error,
		our_end_is_said_and_a_reset_is_not, small_parts_become_one_record,
		a_write_goes_on_where_it_had_to_stop, a_read_that_has_to_write_waits_for_room,
		of_tiny_records_a_read_takes_a_few, a_handshake_may_take_any_number_of_looks,
		a_flood_of_new_keys_little_by_little_ends_it_too,
		a_handshake_with_garbage_fails_with_a_reason,
		a_flood_of_new_keys_ends_the_connection,
		a_flood_of_new_keys_between_bytes_ends_it_too,
		a_flood_where_nothing_is_expected_is_not_quiet, new_keys_now_and_then_are_welcome,
		what_is_wrong_with_a_file_is_said)
