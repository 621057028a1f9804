/* Bodies pass untouched, whatever their coding, and at once: what an origin or a client says first, the other hears first. The
 * login form is read on its way, and nothing is altered or waits for that. */
#include "daemon.h"
#include "legacy.h"
#include "origin.h"
#include "raw.h"
#include "suite.h"

#include <openssl/sha.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct daemon *gateway;
static struct look *before;
static struct origin *application; /* or, by hand: */
static int listener = -1, client = -1, origin = -1;

#define has(text, part) ck_assert_msg(strstr(text, part), "no \"%s\" in \"%s\"", part, text)
#define has_not(text, part) ck_assert_msg(!strstr(text, part), "\"%s\" in \"%s\"", part, text)
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define STREAM "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
#define LOGIN(fields) "POST /login.php HTTP/1.1\r\nHost: a\r\n" fields "\r\n"
#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"
#define LOGGED_IN                                                    \
	"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n" \
	"Set-Cookie: PHPSESSID=session-of-legacy-1; Path=/\r\n\r\n"

static void start_by_hand(void)
{
	uint16_t port;

	listener = raw_listen(&port);
	gateway = daemon_start(&(struct daemon_options){ .yaml = legacy_settings, .origin = port });
	before = daemon_look(gateway);
	client = raw_connect(daemon_port(gateway));
}

static void start_with(origin_script *script)
{
	application = origin_start(script, NULL);
	gateway = daemon_start(&(struct daemon_options){ .yaml = legacy_settings,
							 .origin = origin_port(application) });
	before = daemon_look(gateway);
	client = raw_connect(daemon_port(gateway));
}

static void stop(void)
{
	if (client >= 0)
		raw_close(&client);
	if (origin >= 0)
		raw_close(&origin);
	look_free(&before);
	daemon_stop(&gateway);
	if (application)
		origin_stop(&application);
	if (listener >= 0)
		raw_close(&listener);
}

static const char *origin_hears(void)
{
	if (origin < 0)
		origin = raw_accept(listener);
	return raw_read_head(origin);
}

/* Requests of nobody we know, and otherwise only what is listed. */
#define NOTHING_BUT(n, ...)                                                \
	daemon_moved(gateway, &before, "requests=" n, "verdicts allow=" n, \
		     "requests_identified nothing=" n, __VA_ARGS__, NULL)

/* Bytes of any kind */

struct bytes {
	char *at;
	size_t len;
};

static struct bytes any_bytes(size_t len)
{
	struct bytes b = { malloc(len), len };
	uint64_t state = 88172645463325252u + len;

	for (size_t i = 0; i < len; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		b.at[i] = (char)(state >> 32);
	}
	return b;
}

static void sum_into(const void *at, size_t len, char ret_hex[2 * SHA256_DIGEST_LENGTH + 1])
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	SHA256(at, len, digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(ret_hex + 2 * i, 3, "%02x", digest[i]);
}

/* Whole, or in chunks of odd sizes. */
static void send_body(int fd, const char *at, size_t len, bool chunked)
{
	char line[32];

	for (size_t done = 0, n; chunked && done < len; done += n) {
		n = len - done < 77777 ? len - done : 77777 - done % 4099;
		snprintf(line, sizeof(line), "%zx;n=%zu\r\n", n, done);
		wirework_send(fd, line, strlen(line));
		wirework_send(fd, at + done, n);
		wirework_send(fd, "\r\n", 2);
	}
	if (chunked)
		wirework_send(fd, "0\r\n\r\n", 5);
	else
		wirework_send(fd, at, len);
}

static void send_framing(int fd, size_t len, bool chunked)
{
	char field[64];

	snprintf(field, sizeof(field), "Content-Length: %zu\r\n\r\n", len);
	if (chunked)
		snprintf(field, sizeof(field), "Transfer-Encoding: chunked\r\n\r\n");
	wirework_send(fd, field, strlen(field));
}

static const char *field_of(const struct message *m, const char *name)
{
	const char *value = message_field(m, name, 0);

	return value ? value : "(none)";
}

/* Gives back what it was given, with the sum of what it got, in the framing that it got; at the login as one who has logged in. */
static bool echo(struct origin_call *call)
{
	const struct message *m = call->request;
	bool login = strncmp(call->target, "/login.php", 10) == 0;
	char head[1024], sum[65];

	sum_into(m->body, m->body_len, sum);
	snprintf(head, sizeof(head),
		 "HTTP/1.1 %s\r\nX-Sum: %s\r\nContent-Type: %s\r\nContent-Encoding: %s\r\n"
		 "X-Accepts: %s\r\n%s",
		 login ? "302 Found" : "200 OK", sum, field_of(m, "Content-Type"),
		 field_of(m, "Content-Encoding"), field_of(m, "Accept-Encoding"),
		 login ? "Location: /\r\nSet-Cookie: PHPSESSID=session-of-legacy-1; Path=/\r\n"
		       : "");
	wirework_send(call->fd, head, strlen(head));
	send_framing(call->fd, m->body_len, message_field(m, "Transfer-Encoding", 0));
	send_body(call->fd, m->body, m->body_len, message_field(m, "Transfer-Encoding", 0));
	return true;
}

/* To whoever echoes, and back, while both are under way. */
struct sending {
	const char *at;
	size_t len;
	bool chunked;
};

static void *send_in_thread(void *arg)
{
	const struct sending *s = arg;

	send_body(client, s->at, s->len, s->chunked);
	return NULL;
}

static struct message pass(const char *start, struct bytes body, bool chunked)
{
	struct sending sending = { body.at, body.len, chunked };
	struct wirework_buffer buffer = { 0 };
	struct message answer;
	pthread_t thread;
	char sum[65];

	wirework_send(client, start, strlen(start));
	send_framing(client, body.len, chunked);
	ck_assert_int_eq(pthread_create(&thread, NULL, send_in_thread, &sending), 0);
	ck_assert(message_read(client, &buffer, false, false, &answer) && answer.complete);
	pthread_join(thread, NULL);
	sum_into(body.at, body.len, sum);
	ck_assert_str_eq(field_of(&answer, "X-Sum"), sum);
	sum_into(answer.body, answer.body_len, sum);
	ck_assert_str_eq(field_of(&answer, "X-Sum"), sum);
	wirework_free(&buffer);
	return answer;
}

/* Codings */

static void what_is_compressed_passes_as_it_is_both_ways(void)
{
	static const char *const codings[] = { "gzip", "br", "deflate", "zstd", "gzip, br", "x" };
	struct bytes body = any_bytes(300 * 1000);

	start_with(echo);
	for (unsigned i = 0; i < 12; i++) {
		const char *coding = codings[i / 2];
		struct message answer;
		char start[256];

		snprintf(start, sizeof(start),
			 "PUT /a HTTP/1.1\r\nHost: a\r\nContent-Encoding: %s\r\n"
			 "Accept-Encoding: gzip;q=0.5,  br, *;q=0\r\n",
			 coding);
		answer = pass(start, body, i % 2);
		ck_assert_str_eq(field_of(&answer, "Content-Encoding"), coding);
		ck_assert_str_eq(field_of(&answer, "X-Accepts"), "gzip;q=0.5,  br, *;q=0");
		message_free(&answer);
	}
	NOTHING_BUT("12", "responses 2xx=12");
	free(body.at);
	stop();
}

static void ranges_pass_as_they_are(void)
{
	static const char parts[] =
		"--b\r\nContent-Range: bytes 0-1/9\r\n\r\nab\r\n--b\r\nContent-Range: bytes 5-6/9\r\n\r\n"
		"fg\r\n--b--\r\n";
	const char *text;

	start_by_hand();
	raw_send(client, "GET /f HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1, 5-6,-0\r\n"
			 "If-Range: \"tag\"\r\n\r\n");
	text = origin_hears();
	has(text, "\r\nRange: bytes=0-1, 5-6,-0\r\nIf-Range: \"tag\"\r\n");
	raw_send(origin,
		 "HTTP/1.1 206 Partial Content\r\n"
		 "Content-Type: multipart/byteranges; boundary=b\r\nContent-Length: 85\r\n\r\n");
	raw_send(origin, parts);
	text = raw_read_until(client, "--b--\r\n");
	has(text, "HTTP/1.1 206 Partial Content\r\n"
		  "Content-Type: multipart/byteranges; boundary=b\r\nContent-Length: 85\r\n");
	ck_assert_str_eq(strstr(text, "--b\r\n"), parts);
	raw_send(client, "GET /f HTTP/1.1\r\nHost: a\r\nRange: bytes=99-\r\n\r\n");
	origin_hears();
	raw_send(origin, "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */9\r\n"
			 "Content-Length: 0\r\n\r\n");
	has(raw_read_head(client), "\r\nContent-Range: bytes */9\r\n");
	NOTHING_BUT("2", "responses 2xx=1", "responses 4xx=1");
	stop();
}

/* Forms */

static struct bytes upload(size_t file_bytes)
{
	static const char first[] =
		"--frontier\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nalice\r\n"
		"--frontier\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.bin\"\r\n"
		"Content-Type: application/octet-stream\r\n\r\n";
	static const char last[] =
		"\r\n--frontier\r\nContent-Disposition: form-data; name=\"pass\"\r\n\r\nsecret\r\n"
		"--frontier--\r\n";
	struct bytes file = any_bytes(file_bytes), b;

	b.len = strlen(first) + file.len + strlen(last);
	b.at = malloc(b.len);
	memcpy(b.at, first, strlen(first));
	memcpy(b.at + strlen(first), file.at, file.len);
	memcpy(b.at + strlen(first) + file.len, last, strlen(last));
	free(file.at);
	return b;
}

#define UPLOAD(path)                            \
	"POST " path " HTTP/1.1\r\nHost: a\r\n" \
	"Content-Type: multipart/form-data; boundary=frontier\r\n"

static void uploads_of_any_bytes_pass_as_they_are_both_ways(void)
{
	struct bytes body = upload(suite_is_light() ? 1 << 20 : 5 << 20);

	start_with(echo);
	for (unsigned i = 0; i < 2; i++) {
		struct message answer = pass(UPLOAD("/upload.php"), body, i % 2);

		ck_assert_int_eq(answer.status, 200);
		message_free(&answer);
	}
	NOTHING_BUT("2", "responses 2xx=2");
	free(body.at);
	stop();
}

/* The name stands before the file, the password behind it. */
static void a_login_around_an_upload_is_seen_and_passes_as_it_is(void)
{
	struct bytes body = upload(suite_is_light() ? 1 << 20 : 5 << 20);

	start_with(echo);
	for (unsigned i = 0; i < 2; i++) {
		struct message answer = pass(UPLOAD("/login.php"), body, i % 2);

		ck_assert_int_eq(answer.status, 302);
		message_free(&answer);
		ck_assert(daemon_metric(gateway, "logins") == i + 1);
	}
	free(body.at);
	stop();
}

/* Byte n is there before byte n + 1 is sent; then the login is known all the same. */
static void drip(const char *form, bool chunked)
{
	for (const char *at = form; *at; at++) {
		char piece[] = "1\r\n?\r\n";

		piece[3] = *at;
		raw_send_bytes(client, chunked ? piece : at, chunked ? 6 : 1);
		ck_assert_mem_eq(raw_read_bytes(origin, chunked ? 6 : 1), chunked ? piece : at,
				 chunked ? 6 : 1);
	}
}

static void expect_login(void)
{
	raw_send(origin, LOGGED_IN);
	has(raw_read_head(client), "HTTP/1.1 302 Found\r\n");
	daemon_moved(gateway, &before, "requests=1", "logins=1", "verdicts allow=1",
		     "requests_identified nothing=1", "responses 3xx=1", NULL);
	stop();
}

static void a_login_that_drips_arrives_drop_by_drop(void)
{
	start_by_hand();
	raw_send(client, LOGIN(FORM "Content-Length: 22\r\n"));
	has(origin_hears(), "\r\nContent-Length: 22\r\n");
	drip("user=alice&pass=secret", false);
	expect_login();
}

static void a_login_that_drips_in_chunks_arrives_drop_by_drop(void)
{
	start_by_hand();
	raw_send(client, LOGIN(FORM "Transfer-Encoding: chunked\r\n"));
	has(origin_hears(), "\r\nTransfer-Encoding: chunked\r\n");
	drip("user=%61lice&pass=secret", true);
	raw_send(client, "0\r\n\r\n");
	raw_read_until(origin, "0\r\n\r\n");
	expect_login();
}

static void a_login_in_json_drips_too(void)
{
	start_by_hand();
	raw_send(client, LOGIN("Content-Type: application/json\r\nContent-Length: 34\r\n"));
	origin_hears();
	drip("{\"user\":\"alice\", \"pass\": \"secret\"}", false);
	expect_login();
}

static void a_login_in_another_charset_that_holds_ascii_is_seen(void)
{
	start_by_hand();
	raw_send(client,
		 LOGIN("Content-Type: application/x-www-form-urlencoded; charset=ISO-8859-15\r\n"
		       "Content-Length: 23\r\n") "user=alice&pass=s\xe9+cret");
	origin_hears();
	ck_assert_mem_eq(raw_read_bytes(origin, 23), "user=alice&pass=s\xe9+cret", 23);
	expect_login();
}

/* Accounts are told in UTF-8, so such a name is none; that is counted. */
static void a_login_under_a_name_that_is_no_utf_8_passes_and_is_counted(void)
{
	start_by_hand();
	raw_send(client, LOGIN(FORM "Content-Length: 22\r\n") "user=Andr\xe9&pass=secret");
	origin_hears();
	ck_assert_mem_eq(raw_read_bytes(origin, 22), "user=Andr\xe9&pass=secret", 22);
	raw_send(origin, LOGGED_IN);
	raw_read_head(client);
	NOTHING_BUT("1", "responses 3xx=1", "logins_missed name=1");
	stop();
}

static void refuse(const char *request, const char *body, size_t len)
{
	start_by_hand();
	raw_send(client, request);
	origin_hears();
	raw_send_bytes(client, body, len);
	has(raw_read_head(client), "HTTP/1.1 400 Bad Request\r\n");
	/* The origin never has the whole of it. */
	ck_assert_uint_lt(strlen(raw_read_all(origin, NULL)), len);
	NOTHING_BUT("1", "responses 4xx=1");
	stop();
}

/* An application that undoes the coding (many do so unasked) would let alice in where the gateway saw no name. */
static void a_compressed_login_is_refused(void)
{
	static const char body[] = "\x1f\x8b\x08 not really, but who knows";

	refuse(LOGIN(FORM "Content-Encoding: gzip\r\nContent-Length: 28\r\n"), body, 28);
	refuse(LOGIN(FORM "Content-Encoding: br\r\nContent-Length: 28\r\n"), body, 28);
}

static void a_login_in_letters_of_two_bytes_is_refused(void)
{
	static const char body[] = "u\0s\0e\0r\0=\0a\0&\0p\0a\0s\0s\0=\0b\0";

	refuse(LOGIN("Content-Type: application/x-www-form-urlencoded; charset=UTF-16LE\r\n"
		     "Content-Length: 26\r\n"),
	       body, 26);
}

/* Who reads JSON as a stream is done at its last brace, and lets in before the body ends whoever holds back the rest. */
static void a_login_that_is_answered_before_its_body_ends_is_learnt(void)
{
	start_by_hand();
	raw_send(client, LOGIN("Content-Type: application/json\r\nContent-Length: 1000000\r\n"));
	origin_hears();
	drip("{\"user\":\"alice\", \"pass\": \"secret\"}", false);
	expect_login();
	start_by_hand();
	raw_send(client, LOGIN(FORM "Transfer-Encoding: chunked\r\n"));
	origin_hears();
	drip("user=alice&pass=secret&", true);
	expect_login();
}

/* It would have been refused at its end, which never came. */
static void a_login_in_doubt_that_is_answered_before_its_body_ends_brings_no_session(void)
{
	start_by_hand();
	raw_send(client, LOGIN(FORM "Content-Length: 1000000\r\n"));
	origin_hears();
	drip("user=alice&user=bob&pass=secret&", false);
	raw_send(origin, LOGGED_IN);
	raw_expect_end(client);
	daemon_moved(gateway, &before, "requests=1", "verdicts allow=1",
		     "requests_identified nothing=1", NULL);
	stop();
}

static void a_login_in_doubt_may_be_refused_before_its_body_ends(void)
{
	start_by_hand();
	raw_send(client, LOGIN(FORM "Content-Length: 1000000\r\n"));
	origin_hears();
	drip("user=alice&user=bob&pass=secret&", false);
	raw_send(origin, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n");
	has(raw_read_head(client), "HTTP/1.1 413 ");
	NOTHING_BUT("1", "responses 4xx=1", "logins_missed status=1");
	stop();
}

/* Elsewhere nobody reads it, and it passes. */
static void a_compressed_body_elsewhere_passes(void)
{
	struct bytes body = any_bytes(5000);
	struct message answer;

	start_with(echo);
	answer = pass("POST /api HTTP/1.1\r\nHost: a\r\n" FORM "Content-Encoding: gzip\r\n", body,
		      true);
	ck_assert_int_eq(answer.status, 200);
	message_free(&answer);
	NOTHING_BUT("1", "responses 2xx=1");
	free(body.at);
	stop();
}

/* Streams */

static void events_arrive_one_by_one(void)
{
	start_by_hand();
	raw_send(client, "GET /events HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n");
	origin_hears();
	raw_send(origin,
		 STREAM "Content-Type: text/event-stream\r\nContent-Encoding: gzip\r\n\r\n");
	/* Even the head is there before the first event. */
	has(raw_read_head(client),
	    "\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\n");
	for (int i = 0; i < 50; i++) {
		raw_send(origin, "9\r\ndata: 1\n\n\r\n");
		raw_read_until(client, "9\r\ndata: 1\n\n\r\n");
	}
	raw_send(origin, "0\r\n\r\n");
	raw_read_until(client, "0\r\n\r\n");
	NOTHING_BUT("1", "responses 2xx=1");
	stop();
}

static void events_until_the_end_of_the_connection_arrive_one_by_one(void)
{
	start_by_hand();
	raw_send(client, "GET /events HTTP/1.0\r\n\r\n");
	origin_hears();
	raw_send(origin, "HTTP/1.1 200 OK\r\n\r\n");
	raw_read_head(client);
	for (int i = 0; i < 50; i++) {
		raw_send(origin, "data: 1\n\n");
		raw_read_until(client, "data: 1\n\n");
	}
	raw_close(&origin);
	raw_expect_end(client);
	NOTHING_BUT("1", "responses 2xx=1");
	stop();
}

static void a_long_poll_waits_without_a_byte_and_ends_at_once(void)
{
	start_by_hand();
	for (int i = 0; i < 3; i++) {
		raw_send(client, "POST /poll HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
		origin_hears();
		raw_read_bytes(origin, 2);
		ck_assert(raw_is_silent(client, 20));
		raw_send(origin, OK);
		raw_read_until(client, "\r\n\r\nok");
	}
	NOTHING_BUT("3", "responses 2xx=3", "origin_connects=1", "origin_reuses=2");
	stop();
}

/* Both bodies are under way, and each answers the other. */
static void a_conversation_in_two_bodies_is_held_up_by_nobody(void)
{
	start_by_hand();
	raw_send(client, "POST /talk HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
	origin_hears();
	raw_send(origin, STREAM "\r\n");
	raw_read_head(client);
	for (int i = 0; i < 50; i++) {
		raw_send(client, "4\r\nask?\r\n");
		raw_read_until(origin, "4\r\nask?\r\n");
		raw_send(origin, "5\r\nsay.!\r\n");
		raw_read_until(client, "5\r\nsay.!\r\n");
	}
	raw_send(client, "0\r\n\r\n");
	raw_read_until(origin, "0\r\n\r\n");
	raw_send(origin, "0\r\n\r\n");
	raw_read_until(client, "0\r\n\r\n");
	NOTHING_BUT("1", "responses 2xx=1");
	stop();
}

/* Trailers */

#define GRPC_WEB                                                                     \
	"POST /svc/Method HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\n" \
	"Content-Type: application/grpc-web+proto\r\nContent-Length: 6\r\n\r\n\0\0\0\0\1x"

static void the_status_of_a_remote_call_comes_behind_its_body(void)
{
	const char *text;

	start_by_hand();
	for (int i = 0; i < 2; i++) {
		raw_send_bytes(client, GRPC_WEB, sizeof(GRPC_WEB) - 1);
		has(origin_hears(), "\r\nTE: trailers\r\n");
		raw_read_bytes(origin, 6);
		raw_send(origin, STREAM "Content-Type: application/grpc-web+proto\r\n"
					"Trailer: grpc-status, grpc-message\r\n\r\n3\r\nabc\r\n");
		text = raw_read_until(client, "3\r\nabc\r\n");
		has(text, "\r\nTrailer: grpc-status, grpc-message\r\n");
		raw_send(origin, "0\r\ngrpc-status: 5\r\ngrpc-message: not%20found\r\n\r\n");
		raw_read_until(client, "0\r\ngrpc-status: 5\r\ngrpc-message: not%20found\r\n\r\n");
	}
	NOTHING_BUT("2", "responses 2xx=2", "origin_connects=1", "origin_reuses=1");
	stop();
}

static void nobody_is_identified_by_a_trailer(void)
{
	const char *text;

	start_by_hand();
	raw_send(client, "GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n"
			 "Cookie: PHPSESSID=session-of-legacy-1\r\n\r\n");
	origin_hears();
	raw_send(origin, STREAM "Trailer: Latch-Account, Set-Cookie, Done\r\n\r\n3\r\nabc\r\n0\r\n"
				"Latch-Account: alice\r\n"
				"Set-Cookie: PHPSESSID=session-of-legacy-2; Path=/\r\n"
				"Done: yes\r\n\r\n");
	text = raw_read_until(client, "3\r\nabc\r\n0\r\nDone: yes\r\n\r\n");
	has(text, "\r\nTrailer: Done\r\n");
	daemon_moved(gateway, &before, "requests=1", "verdicts allow=1",
		     "requests_identified session=1", "responses 2xx=1", NULL);
	stop();
}

static void nobody_is_identified_by_a_trailer_of_a_login(void)
{
	start_by_hand();
	raw_send(
		client,
		LOGIN(FORM
		      "Transfer-Encoding: chunked\r\nTrailer: user\r\n") "b\r\npass=secret\r\n0\r\nuser: alice\r\n\r\n");
	has_not(origin_hears(), "Trailer");
	has_not(raw_read_until(origin, "0\r\n\r\n"), "alice");
	raw_send(origin, LOGGED_IN);
	raw_read_head(client);
	ck_assert(daemon_metric(gateway, "logins") == 0);
	stop();
}

SUITE_MAIN("bodies", what_is_compressed_passes_as_it_is_both_ways, ranges_pass_as_they_are,
	   uploads_of_any_bytes_pass_as_they_are_both_ways,
	   a_login_around_an_upload_is_seen_and_passes_as_it_is,
	   a_login_that_drips_arrives_drop_by_drop,
	   a_login_that_drips_in_chunks_arrives_drop_by_drop, a_login_in_json_drips_too,
	   a_login_in_another_charset_that_holds_ascii_is_seen,
	   a_login_under_a_name_that_is_no_utf_8_passes_and_is_counted,
	   a_compressed_login_is_refused, a_login_in_letters_of_two_bytes_is_refused,
	   a_login_that_is_answered_before_its_body_ends_is_learnt,
	   a_login_in_doubt_that_is_answered_before_its_body_ends_brings_no_session,
	   a_login_in_doubt_may_be_refused_before_its_body_ends, a_compressed_body_elsewhere_passes,
	   events_arrive_one_by_one, events_until_the_end_of_the_connection_arrive_one_by_one,
	   a_long_poll_waits_without_a_byte_and_ends_at_once,
	   a_conversation_in_two_bodies_is_held_up_by_nobody,
	   the_status_of_a_remote_call_comes_behind_its_body, nobody_is_identified_by_a_trailer,
	   nobody_is_identified_by_a_trailer_of_a_login)
