#include "office.h"

#include "admin/bound.h"
#include "base/err.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/un.h>

static struct settings_address tcp(const char *host, uint16_t port)
{
	return (struct settings_address){ .host = (char *)(uintptr_t)host, .port = port };
}

static void an_address_in_use_is_an_error(void)
{
	struct settings_address address = tcp("127.0.0.1", line.port);
	uint16_t port = 7;

	errno = 0;
	ck_assert_int_eq(bound_open(&address, &port), ERR_IO);
	ck_assert_int_eq(errno, EADDRINUSE);
	ck_assert_uint_eq(port, 7);
}

static void an_address_that_is_none_is_an_error(void)
{
	struct settings_address address = tcp("no-such-host.invalid", 1);
	uint16_t port;

	ck_assert_int_eq(bound_open(&address, &port), ERR_IO);
	ck_assert_int_ne(errno, 0);
}

static void a_v6_address_is_bound_too(void)
{
	struct settings_address address = tcp("::1", 0);
	uint16_t port = 0;
	int fd = bound_open(&address, &port);

	if (fd < 0) {
		/* A machine without IPv6, or a kernel without it. */
		ck_assert(errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT);
		return;
	}
	ck_assert_uint_ne(port, 0);
	ck_assert(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	ck_assert(fcntl(fd, F_GETFL) & O_NONBLOCK);
	close(fd);
}

static struct settings_address unix_address(void)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/admin.sock", office.ground.path);
	return (struct settings_address){ .unix_path = path };
}

static struct client call_unix(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct client c = { .fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0),
			    .got = calloc(1, 1) };

	memcpy(at.sun_path, path, strlen(path));
	ck_assert_int_eq(connect(c.fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return c;
}

static void a_unix_socket_is_served_and_taken_away(void)
{
	struct settings_address address = unix_address();
	char admin[256];
	struct client c;
	struct stat st;

	admin_stop(&office.admin);
	settings_unref(&office.settings);
	snprintf(admin, sizeof(admin), "listen: \"unix:%s\", token: " OFFICE_TOKEN,
		 address.unix_path);
	office.settings = office_settings(admin);
	ck_assert_int_eq(office_start(), 0);
	ck_assert_uint_eq(line.port, 0);
	ck_assert_int_eq(stat(address.unix_path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	c = call_unix(address.unix_path);
	line_say(&c, "GET /healthz HTTP/1.0\r\n\r\n");
	line_await_end(&c);
	ck_assert_int_eq(line_status(&c), 200);
	line_hang_up(&c);
	admin_stop(&office.admin);
	ck_assert_int_eq(stat(address.unix_path, &st), -1);
}

static void a_socket_left_behind_is_replaced_and_nothing_else_is(void)
{
	struct settings_address address = unix_address();
	uint16_t port;
	int first = bound_open(&address, &port), second;

	ck_assert_int_ge(first, 0);
	ck_assert_int_eq(bound_open(&address, &port), ERR_IO); /* somebody listens */
	ck_assert_int_eq(errno, EADDRINUSE);
	close(first); /* as a kill would */
	second = bound_open(&address, &port);
	ck_assert_int_ge(second, 0);
	close(second);
	bound_forget(&address);
	close(open(address.unix_path, O_CREAT | O_WRONLY, 0600));
	ck_assert_int_eq(bound_open(&address, &port), ERR_IO);
	ck_assert_int_eq(access(address.unix_path, F_OK), 0);
	bound_forget(&address);
}

static void a_path_too_long_for_a_socket_is_an_error(void)
{
	char path[200];
	struct settings_address address = { .unix_path = path };
	uint16_t port;

	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	ck_assert_int_eq(bound_open(&address, &port), ERR_IO);
	ck_assert_int_eq(errno, ENAMETOOLONG);
}

static const char suspend[] = "POST /v1/accounts/alice/suspend HTTP/1.1\r\nHost: a\r\n"
			      "Authorization: Bearer " OFFICE_TOKEN "\r\n\r\n";

/* However far the request has come: read, waiting for its commit, answered. */
static void it_stops_at_any_moment_of_an_action(void)
{
	for (int turns = 0; turns < 8; turns++) {
		struct client c = line_call();

		ground_login(&office.ground, "alice", 1, 1);
		ck_assert_int_eq(send(c.fd, suspend, sizeof(suspend) - 1, 0), sizeof(suspend) - 1);
		for (int i = 0; i < turns; i++)
			line_turn();
		admin_stop(&office.admin);
		line_hang_up(&c);
		ck_assert_int_eq(office_start(), 0);
	}
}

static void it_stops_while_nothing_can_be_written(void)
{
	struct client c;

	ground_settle(&office.ground, ground_login(&office.ground, "alice", 1, 1));
	office_break_disk(true);
	c = line_call();
	ck_assert_int_eq(send(c.fd, suspend, sizeof(suspend) - 1, 0), sizeof(suspend) - 1);
	line_turn();
	line_turn();
	admin_stop(&office.admin);
	office_break_disk(false);
	line_hang_up(&c);
}

static void a_client_may_go_at_any_moment_of_an_action(void)
{
	for (int turns = 0; turns < 8; turns++) {
		struct linger now = { .l_onoff = 1 };
		struct client c = line_call();

		ground_login(&office.ground, "alice", 1, 1);
		ck_assert_int_eq(send(c.fd, suspend, sizeof(suspend) - 1, 0), sizeof(suspend) - 1);
		for (int i = 0; i < turns; i++)
			line_turn();
		setsockopt(c.fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		line_hang_up(&c);
		line_turns();
	}
	ck_assert_int_eq(office_ask("GET", "/v1/accounts/alice"), 200);
	ck_assert_ptr_nonnull(strstr(office.c.got, "\"suspended\":true"));
}

static void two_listeners_live_in_one_process(void)
{
	struct admin *first = office.admin;
	uint16_t first_port = line.port;

	office.admin = NULL;
	ck_assert_int_eq(office_start(), 0);
	ck_assert_uint_ne(line.port, first_port);
	ck_assert_int_eq(office_ask("GET", "/healthz"), 200);
	line.port = first_port;
	ck_assert_int_eq(office_ask("GET", "/healthz"), 200);
	admin_stop(&first);
}

static void stopping_what_never_started_does_nothing(void)
{
	struct admin *none = NULL;

	admin_stop(&none);
	ck_assert_ptr_null(none);
}

SUITE_MAIN_WITH("admin", office_setup, office_teardown, an_address_in_use_is_an_error,
		an_address_that_is_none_is_an_error, a_v6_address_is_bound_too,
		a_unix_socket_is_served_and_taken_away,
		a_socket_left_behind_is_replaced_and_nothing_else_is,
		a_path_too_long_for_a_socket_is_an_error, it_stops_at_any_moment_of_an_action,
		it_stops_while_nothing_can_be_written, a_client_may_go_at_any_moment_of_an_action,
		two_listeners_live_in_one_process, stopping_what_never_started_does_nothing)
