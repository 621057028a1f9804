/* Where clients come in: headers of proxies in front of TLS, socket files, sockets of systemd's, too many from one address. */
#include "daemon.h"
#include "guest.h"
#include "origin.h"
#include "paper.h"
#include "raw.h"
#include "suite.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define has(text, part) ck_assert_msg(strstr(text, part), "no \"%s\" in \"%s\"", part, text)
#define has_not(text, part) ck_assert_msg(!strstr(text, part), "\"%s\" in \"%s\"", part, text)
#define GET "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"
#define CLOSE "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n"
#define FORGED                                                           \
	"GET / HTTP/1.1\r\nHost: a.example\r\n"                          \
	"X-Forwarded-For: 203.0.113.1\r\nForwarded: for=203.0.113.1\r\n" \
	"X-Real-IP: 203.0.113.1\r\nConnection: close\r\n\r\n"
#define HEADER "PROXY TCP4 192.0.2.7 198.51.100.1 1234 443\r\n"

static const char common[] =
	"origin: { url: \"http://127.0.0.1:{origin}\" }\n"
	"state: { path: \"{dir}/state\" }\n"
	"warmup: 0s\n"
	"admin: { listen: \"127.0.0.1:0\", token_file: \"{dir}/admin.token\" }\n"
	"identity: { session_cookies: [PHPSESSID], account: [ { response_header: Latch-Account } ] }\n"
	"redirect_urls: { new_account_url: /new, logout_url: /out }\n";

static struct daemon *gateway;
static struct origin *origin;
static const char *dir;
static char yaml[4096];

/* Answers with the head that it got. */
static bool echo(struct origin_call *call)
{
	return origin_answer(call, 200, "", call->request->head);
}

static void set_up(void)
{
	dir = paper_folder();
	origin = origin_start(echo, NULL);
}

static void tear_down(void)
{
	daemon_stop(&gateway);
	origin_stop(&origin);
	paper_burn();
}

static const char *with(const char *more)
{
	snprintf(yaml, sizeof(yaml), "%s%s", common, more);
	return yaml;
}

static void start_given(const char *more, int handed_in)
{
	gateway = daemon_start(&(struct daemon_options){ .yaml = with(more),
							 .origin = origin_port(origin),
							 .bare = true,
							 .handed_in = handed_in });
}

static void start(const char *more)
{
	start_given(more, 0);
}

static const char *path(void)
{
	static char at[128];

	snprintf(at, sizeof(at), "%s/socket", daemon_dir(gateway));
	return at;
}

static int come_by_path(void)
{
	int fd = raw_connect_path(path());

	ck_assert_int_ge(fd, 0);
	return fd;
}

/* What the origin was told in answer to these bytes. */
static const char *told(int fd, const char *bytes)
{
	const char *all;

	raw_send(fd, bytes);
	all = raw_read_all(fd, NULL);
	has(all, "HTTP/1.1 200 ");
	raw_close(&fd);
	return all;
}

/* --- headers of proxies --- */

#define PROXIED(more) "listen: [ { address: \"127.0.0.1:0\", proxy_protocol: true" more " } ]\n"

static void the_stated_address_is_told_to_the_application_and_logged(void)
{
	const char *head;

	start(PROXIED(""));
	head = told(raw_connect(daemon_port(gateway)), HEADER FORGED);
	has(head, "X-Forwarded-For: 192.0.2.7\r\n");
	has(head, "X-Real-IP: 192.0.2.7\r\n");
	has(head, "Forwarded: for=192.0.2.7;");
	has_not(head, "203.0.113.1");
	daemon_await_log(gateway, "client=\"192.0.2.7\" method=\"GET\"");
}

/* What a balancer knows nothing of cannot be a trusted proxy, though the balancer is. */
static void an_unknown_client_is_nobody_that_is_trusted(void)
{
	const char *head;

	start("trusted_proxies: [127.0.0.0/8, unix]\n" PROXIED(""));
	head = told(raw_connect(daemon_port(gateway)), "PROXY UNKNOWN\r\n" FORGED);
	has(head, "X-Forwarded-For: unknown\r\n");
	has(head, "Forwarded: for=unknown;");
	has_not(head, "203.0.113.1");
}

static void a_header_comes_before_tls(void)
{
	static const char listen[] = "listen: [ { address: \"127.0.0.1:0\", proxy_protocol: true,"
				     " tls: { certificate: %s/first.pem, key: %s/first.key } } ]\n";
	char settings[512];
	SSL *s;

	paper_make(&(struct paper){ dir, "first", "DNS:a.example", NULL });
	snprintf(settings, sizeof(settings), listen, dir, dir);
	start(settings);
	s = guest_visit(daemon_port(gateway), &(struct guest_wish){ .before = HEADER });
	ck_assert_ptr_nonnull(s);
	guest_say(s, GET);
	has(guest_hear(s, "X-Request-Id: "), "X-Forwarded-For: 192.0.2.7\r\n");
	guest_vanish(&s);
	ck_assert_ptr_null(guest_visit(daemon_port(gateway), &(struct guest_wish){ 0 }));
}

static void a_reload_changes_who_may_send_a_header(void)
{
	int fd;

	start(PROXIED(""));
	told(raw_connect(daemon_port(gateway)), HEADER CLOSE);
	daemon_reload(gateway, with(PROXIED(", proxy_protocol_from: [192.0.2.1]")));
	fd = raw_connect(daemon_port(gateway));
	raw_expect_end(fd);
	raw_close(&fd);
	daemon_reload(gateway, with("listen: [ \"127.0.0.1:0\" ]\n"));
	has(told(raw_connect(daemon_port(gateway)), CLOSE), "X-Forwarded-For: 127.0.0.1\r\n");
}

/* --- socket files --- */

#define BY_PATH(more) "listen: [ \"127.0.0.1:0\", { address: \"unix:{dir}/socket\"" more " } ]\n"

static void clients_come_through_a_socket_file(void)
{
	struct stat there;
	const char *head;

	start("workers: 3\n" BY_PATH(", mode: \"0622\""));
	ck_assert_int_eq(stat(path(), &there), 0);
	ck_assert_uint_eq(there.st_mode & 0777, 0622);
	for (int i = 0; i < 20; i++) {
		head = told(come_by_path(), FORGED);
		has(head, "X-Forwarded-For: unix:\r\n");
		has(head, "Forwarded: for=unknown;");
		has_not(head, "203.0.113.1");
	}
	daemon_await_log(gateway, "client=\"unix:\" method=\"GET\"");
	daemon_signal(gateway, SIGTERM);
	ck_assert_int_eq(daemon_wait(gateway), 0);
	ck_assert_int_eq(access(path(), F_OK), -1);
}

static void a_proxy_behind_a_socket_file_can_be_trusted(void)
{
	const char *head;

	start("trusted_proxies: [unix]\n" BY_PATH(""));
	head = told(come_by_path(), FORGED);
	has(head, "X-Forwarded-For: 203.0.113.1, unix:\r\n");
	has(head, "X-Real-IP: 203.0.113.1\r\n");
	has(told(raw_connect(daemon_port(gateway)), FORGED), "X-Forwarded-For: 127.0.0.1\r\n");
}

static void a_header_may_come_through_a_socket_file(void)
{
	start("listen: [ \"127.0.0.1:0\", { address: \"unix:{dir}/socket\", proxy_protocol: true,"
	      " proxy_protocol_from: [unix] } ]\n");
	has(told(come_by_path(), HEADER CLOSE), "X-Forwarded-For: 192.0.2.7\r\n");
}

static void a_daemon_that_was_killed_leaves_a_file_that_is_replaced(void)
{
	start(BY_PATH(""));
	daemon_kill(gateway);
	ck_assert_int_eq(access(path(), F_OK), 0);
	daemon_restart(gateway);
	told(come_by_path(), CLOSE);
}

static void a_file_where_another_listens_is_an_error(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int other = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;
	char *output;

	gateway = daemon_prepare(
		&(struct daemon_options){ .yaml = with(BY_PATH("")), .origin = 9, .bare = true });
	strcpy(at.sun_path, path());
	ck_assert_int_eq(bind(other, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(other, 8), 0);
	ck_assert_int_eq(daemon_run(gateway, "", &output), 1);
	has(output, "/socket: Address already in use");
	free(output);
	fd = come_by_path(); /* it is there still */
	raw_close(&fd);
	raw_close(&other);
}

static void a_reload_leaves_connections_of_a_socket_file_alone(void)
{
	int before, after;

	start(BY_PATH(""));
	before = come_by_path();
	raw_send(before, GET);
	raw_read_until(before, "X-Request-Id: ");
	daemon_reload(gateway, with(BY_PATH("") "limits: { devices: 5 }\n"));
	after = come_by_path();
	raw_send(after, GET);
	raw_read_until(after, "X-Request-Id: ");
	raw_send(before, GET);
	raw_read_until(before, "X-Request-Id: ");
	raw_close(&before);
	raw_close(&after);
}

/* --- sockets of systemd's --- */

static void a_socket_of_systemds_is_taken_over(void)
{
	char settings[512];
	uint16_t port;
	int listener = raw_listen(&port), early = raw_connect(port);

	raw_send(early, HEADER CLOSE); /* before anybody is there */
	snprintf(settings, sizeof(settings),
		 "workers: 2\nlisten: [ { address: \"127.0.0.1:%u\", proxy_protocol: true } ]\n",
		 (unsigned)port);
	start_given(settings, listener);
	ck_assert_uint_eq(daemon_port(gateway), port);
	has(raw_read_all(early, NULL), "X-Forwarded-For: 192.0.2.7\r\n");
	raw_close(&early);
	for (int i = 0; i < 10; i++)
		told(raw_connect(port), HEADER CLOSE);
	daemon_signal(gateway, SIGTERM);
	ck_assert_int_eq(daemon_wait(gateway), 0);
	early = raw_connect(port); /* waits for whoever comes next */
	raw_close(&early);
	raw_close(&listener);
}

static void a_socket_that_nobody_wants_is_said(void)
{
	uint16_t port;
	int listener = raw_listen(&port);

	start_given("listen: [ \"127.0.0.1:0\" ]\n", listener);
	daemon_await_log(gateway,
			 "socket 1 of those that systemd opened is at no address of `listen`");
	told(raw_connect(daemon_port(gateway)), CLOSE);
	raw_close(&listener);
}

/* --- too many --- */

static void workers_count_the_connections_of_an_address_together(void)
{
	int open[3], fd;

	start("workers: 3\nlisten: [ \"127.0.0.1:0\" ]\nhttp: { max_connections_per_address: 3 }\n");
	for (int i = 0; i < 3; i++) {
		open[i] = raw_connect(daemon_port(gateway));
		raw_send(open[i], GET);
		raw_read_until(open[i], "X-Request-Id: ");
	}
	for (int i = 0; i < 5; i++) {
		fd = raw_connect(daemon_port(gateway));
		has(raw_read_all(fd, NULL), "HTTP/1.1 503 Service Unavailable\r\n");
		raw_close(&fd);
	}
	for (int i = 0; i < 3; i++)
		raw_close(&open[i]);
}

SUITE_MAIN_WITH("listeners", set_up, tear_down,
		the_stated_address_is_told_to_the_application_and_logged,
		an_unknown_client_is_nobody_that_is_trusted, a_header_comes_before_tls,
		a_reload_changes_who_may_send_a_header, clients_come_through_a_socket_file,
		a_proxy_behind_a_socket_file_can_be_trusted,
		a_header_may_come_through_a_socket_file,
		a_daemon_that_was_killed_leaves_a_file_that_is_replaced,
		a_file_where_another_listens_is_an_error,
		a_reload_leaves_connections_of_a_socket_file_alone,
		a_socket_of_systemds_is_taken_over, a_socket_that_nobody_wants_is_said,
		workers_count_the_connections_of_an_address_together)
