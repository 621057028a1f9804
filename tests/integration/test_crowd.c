/* A crowd that does nothing: idle connections, in the clear and through TLS, and silent WebSockets. What each of them costs, and that
 * somebody else does not notice them. CROWD says how many (`make crowd`); with it, what was measured is printed. */
#define SUITE_TIMEOUT_S 300
#include "daemon.h"
#include "guest.h"
#include "legacy.h"
#include "origin.h"
#include "paper.h"
#include "raw.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	USUAL_CROWD = 2000,
	LIGHT_CROWD = 200,
	WARM = 100,  /* come first, so that what comes once is there */
	LOOKS = 500, /* at the latency */
	SPARE_FILES = 400,
	IDLE_BYTES = 6 * 1024,
	IDLE_TLS_BYTES = 20 * 1024,
	SOCKET_BYTES = 24 * 1024,
	NOTICE_US = 2000, /* on a machine that has other things to do */
};

#define GET "GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define HANDSHAKE                                           \
	"GET /socket HTTP/1.1\r\nHost: www.example.com\r\n" \
	"Connection: Upgrade\r\nUpgrade: websocket\r\n"     \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"   \
	"Sec-WebSocket-Version: 13\r\n\r\n"
#define GRANTED                                         \
	"HTTP/1.1 101 Switching Protocols\r\n"          \
	"Connection: Upgrade\r\nUpgrade: websocket\r\n" \
	"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"

static const char common[] =
	"origin: { url: \"http://127.0.0.1:{origin}\" }\nworkers: 2\n"
	"http: { max_connections: 20000, idle_timeout: 1h }\n"
	"identity: { session_cookies: [PHPSESSID], account: [{ response_header: Latch-Account }] }\n" LEGACY_REDIRECTS
	"state: { path: \"{dir}/state\" }\nwarmup: 0s\n"
	"admin: { listen: \"127.0.0.1:0\", token_file: \"{dir}/admin.token\" }\n"
	"log: { level: warn, access: false }\n";

static struct origin *origin;
static struct daemon *gateway, *empty; /* the same, without a crowd */
static const char *papers;
static int *fds;
static SSL **guests;
static unsigned crowd;

static bool script(struct origin_call *call)
{
	char byte;

	if (strcmp(call->target, "/socket") != 0) {
		wirework_send(call->fd, OK, strlen(OK));
		return true;
	}
	wirework_send(call->fd, GRANTED, strlen(GRANTED));
	while (recv(call->fd, &byte, 1, 0) > 0)
		;
	return false;
}

/* As many as asked for, as far as there are descriptors. */
static unsigned size_of_crowd(unsigned each)
{
	const char *asked = getenv("CROWD");
	unsigned n = asked && *asked    ? (unsigned)atoi(asked)
		     : suite_is_light() ? LIGHT_CROWD
					: USUAL_CROWD;
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	if (n * each + SPARE_FILES > files.rlim_cur)
		n = (unsigned)(files.rlim_cur - SPARE_FILES) / each;
	ck_assert_msg(n > WARM, "no crowd with %u descriptors", (unsigned)files.rlim_cur);
	return n;
}

/* `each`: how many descriptors one of the crowd takes. */
static void start(bool secretly, unsigned each)
{
	char yaml[4096], tls[256] = "";

	crowd = size_of_crowd(each);
	fds = calloc(crowd, sizeof(*fds));
	guests = calloc(crowd, sizeof(SSL *));
	papers = paper_folder();
	paper_make(&(struct paper){ papers, "first", "DNS:www.example.com", NULL });
	origin = origin_start(script, NULL);
	if (secretly)
		snprintf(tls, sizeof(tls),
			 ", tls: { certificate: %s/first.pem, key: %s/first.key }", papers, papers);
	snprintf(yaml, sizeof(yaml), "listen: [ { address: \"127.0.0.1:0\"%s } ]\n%s", tls, common);
	gateway = daemon_start(&(struct daemon_options){
		.yaml = yaml, .origin = origin_port(origin), .bare = true });
	empty = daemon_start(&(struct daemon_options){
		.yaml = yaml, .origin = origin_port(origin), .bare = true });
}

static void stop(void)
{
	for (unsigned i = 0; i < crowd; i++) {
		if (fds[i])
			raw_close(&fds[i]);
		if (guests[i])
			guest_vanish(&guests[i]);
	}
	daemon_stop(&gateway);
	daemon_stop(&empty);
	origin_stop(&origin);
	paper_burn();
	free(fds);
	free(guests);
}

static long resident_bytes(void)
{
	char path[64];
	long ignored, pages = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)daemon_pid(gateway));
	file = fopen(path, "re");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fscanf(file, "%ld %ld", &ignored, &pages), 2);
	fclose(file);
	return pages * sysconf(_SC_PAGESIZE);
}

/* Somebody else, who does notice or does not */

static int by_size(const void *a, const void *b)
{
	const long *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

struct latency {
	long median_us, p99_us;
};

static struct latency sum_up(long us[LOOKS])
{
	qsort(us, LOOKS, sizeof(*us), by_size);
	return (struct latency){ us[LOOKS / 2], us[LOOKS * 99 / 100] };
}

static long ask_once(void (*ask)(void *arg), void *arg)
{
	long began_us = now_us();

	ask(arg);
	return now_us() - began_us;
}

/* In turns, so that what else the machine does is the same for both. */
static void look(void (*ask)(void *arg), void *a, void *b, struct latency ret[2])
{
	long us[2][LOOKS];

	for (unsigned i = 0; i < LOOKS; i++) {
		us[0][i] = ask_once(ask, a);
		us[1][i] = ask_once(ask, b);
	}
	ret[0] = sum_up(us[0]);
	ret[1] = sum_up(us[1]);
}

static void ask_plain(void *arg)
{
	int fd = *(int *)arg;

	raw_send(fd, GET);
	raw_read_until(fd, "ok");
}

static void ask_secretly(void *arg)
{
	guest_say(arg, GET);
	guest_hear(arg, "ok");
}

/* The crowd */

static void come_plain(unsigned i)
{
	fds[i] = raw_connect(daemon_port(gateway));
	ask_plain(&fds[i]);
}

static void come_secretly(unsigned i)
{
	guests[i] = guest_visit(daemon_port(gateway),
				&(struct guest_wish){ .host = "www.example.com" });
	ck_assert_ptr_nonnull(guests[i]);
	ask_secretly(guests[i]);
}

static void come_to_talk(unsigned i)
{
	fds[i] = raw_connect(daemon_port(gateway));
	raw_send(fds[i], HANDSHAKE);
	raw_read_head(fds[i]);
}

/* `among` and `alone`: connections of somebody else's, to both of them. */
static void measure(const char *what, void (*come)(unsigned i), void (*ask)(void *arg), void *among,
		    void *alone, long limit_bytes)
{
	struct latency is[2];
	long before, each;

	look(ask, among, alone, is);
	for (unsigned i = 0; i < WARM; i++)
		come(i);
	before = resident_bytes();
	for (unsigned i = WARM; i < crowd; i++)
		come(i);
	each = (resident_bytes() - before) / (long)(crowd - WARM);
	look(ask, among, alone, is);
	if (getenv("CROWD"))
		printf("%u %s: %ld bytes each; somebody else waits %ld us (99%%: %ld us), and %ld us (%ld us) "
		       "without them\n",
		       crowd, what, each, is[0].median_us, is[0].p99_us, is[1].median_us,
		       is[1].p99_us);
	ck_assert_int_lt(is[0].median_us, 2 * is[1].median_us + NOTICE_US);
	if (!suite_is_sanitized())
		ck_assert_int_le(each, limit_bytes);
}

static void who_is_idle_costs_six_kibibytes_at_most(void)
{
	int somebody, elsewhere;

	start(false, 1);
	somebody = raw_connect(daemon_port(gateway));
	elsewhere = raw_connect(daemon_port(empty));
	measure("idle connections", come_plain, ask_plain, &somebody, &elsewhere, IDLE_BYTES);
	raw_close(&somebody);
	raw_close(&elsewhere);
	stop();
}

static void who_is_idle_behind_tls_costs_twenty(void)
{
	const struct guest_wish wish = { .host = "www.example.com" };
	SSL *somebody, *elsewhere;

	start(true, 1);
	somebody = guest_visit(daemon_port(gateway), &wish);
	elsewhere = guest_visit(daemon_port(empty), &wish);
	measure("idle connections through TLS", come_secretly, ask_secretly, somebody, elsewhere,
		IDLE_TLS_BYTES);
	guest_vanish(&somebody);
	guest_vanish(&elsewhere);
	stop();
}

static void who_has_an_open_socket_and_is_silent_costs_little(void)
{
	int somebody, elsewhere;

	start(false, 10);
	somebody = raw_connect(daemon_port(gateway));
	elsewhere = raw_connect(daemon_port(empty));
	measure("silent WebSockets", come_to_talk, ask_plain, &somebody, &elsewhere, SOCKET_BYTES);
	raw_close(&somebody);
	raw_close(&elsewhere);
	stop();
}

SUITE_MAIN("crowd", who_is_idle_costs_six_kibibytes_at_most, who_is_idle_behind_tls_costs_twenty,
	   who_has_an_open_socket_and_is_silent_costs_little)
