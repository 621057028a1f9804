/* Listening sockets: addresses, socket files, and what was handed in. */
#include "raw.h"
#include "suite.h"

#include "base/err.h"
#include "base/mem.h"
#include "serve/door.h"
#include "serve/socketfile.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/test_door.XXXXXX", path[64];
static struct settings_listener listener;
static struct door *door;

static void set_up(void)
{
	strcpy(folder, "/tmp/test_door.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/socket", folder);
	listener = (struct settings_listener){ .address.unix_path = path };
}

static void tear_down(void)
{
	door_close(&door);
	unlink(path);
	rmdir(folder);
}

static int open_door(void)
{
	return door_open(&listener, NULL, 0, &door);
}

static void use_tcp(const char *host, uint16_t port)
{
	static char text[64];

	snprintf(text, sizeof(text), "%s", host);
	listener.address = (struct settings_address){ .host = text, .port = port };
}

/* Somebody connects; `fd` has to accept. */
static void assert_accepts(int fd)
{
	int guest = raw_connect_path(path), own;

	ck_assert_int_ge(guest, 0);
	own = accept(fd, NULL, NULL);
	ck_assert_int_ge(own, 0);
	raw_close(&own);
	raw_close(&guest);
}

/* --- addresses --- */

/* Machines without it are rare, and some containers are such. */
static bool has_in6(void)
{
	struct sockaddr_in6 at = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool has = fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0;

	if (fd >= 0)
		close(fd);
	return has;
}

static void two_workers_may_bind_one_port(void)
{
	int first, second;

	use_tcp(has_in6() ? "::1" : "127.0.0.1", 0);
	ck_assert_int_eq(open_door(), 0);
	ck_assert_uint_ne(door_port(door), 0);
	first = door_take(door);
	second = door_take(door);
	ck_assert_int_ge(first, 0);
	ck_assert_int_ge(second, 0);
	ck_assert_int_ne(first, second);
	close(first);
	close(second);
}

/* A second daemon on the same port took half of the connections, without a word. */
static void a_port_that_another_program_shares_is_taken(void)
{
	struct door *other = NULL;
	int fd;

	use_tcp("127.0.0.1", 0);
	ck_assert_int_eq(open_door(), 0);
	fd = door_take(door);
	listener.address.port = door_port(door);
	ck_assert_int_eq(door_open(&listener, NULL, 0, &other), ERR_IO);
	ck_assert_int_eq(errno, EADDRINUSE);
	close(fd);
}

static void what_cannot_be_bound_is_an_error(void)
{
	use_tcp("192.0.2.1", 80);
	ck_assert_int_eq(open_door(), ERR_IO);
	ck_assert_int_eq(errno, EADDRNOTAVAIL);
	listener.address = (struct settings_address){ .unix_path = path };
	rmdir(folder);
	ck_assert_int_eq(open_door(), ERR_IO);
	ck_assert_int_eq(errno, ENOENT);
}

/* --- socket files --- */

static unsigned mode_of_file(void)
{
	struct stat there;

	ck_assert_int_eq(lstat(path, &there), 0);
	ck_assert(S_ISSOCK(there.st_mode));
	return there.st_mode & 0777;
}

static void workers_share_a_socket_file(void)
{
	int first, second;

	ck_assert_int_eq(open_door(), 0);
	ck_assert_uint_eq(door_port(door), 0);
	first = door_take(door);
	second = door_take(door);
	door_hand_over(door);
	assert_accepts(first);
	assert_accepts(second);
	close(first);
	assert_accepts(second);
	close(second);
	ck_assert_int_eq(raw_connect_path(path), -1);
	ck_assert_int_eq(errno, ECONNREFUSED);
}

static void a_socket_file_has_the_mode_that_was_asked_for(void)
{
	mode_t old = umask(0077);

	ck_assert_int_eq(open_door(), 0);
	ck_assert_uint_eq(mode_of_file(), 0660);
	door_close(&door);
	listener.mode = 0606;
	ck_assert_int_eq(open_door(), 0);
	ck_assert_uint_eq(mode_of_file(), 0606);
	umask(old);
}

static void the_file_goes_with_the_door(void)
{
	ck_assert_int_eq(open_door(), 0);
	door_hand_over(door);
	ck_assert_int_eq(access(path, F_OK), 0);
	door_close(&door);
	ck_assert_int_eq(access(path, F_OK), -1);
}

static void a_file_that_was_left_over_is_replaced(void)
{
	struct socketfile file;
	int dead = socketfile_bind(path, 0, 1, &file), fd;

	ck_assert_int_ge(dead, 0);
	close(dead);
	ck_assert_int_eq(access(path, F_OK), 0);
	ck_assert_int_eq(open_door(), 0);
	fd = door_take(door);
	assert_accepts(fd);
	close(fd);
}

static void a_file_where_somebody_listens_stays(void)
{
	struct socketfile file;
	int other = socketfile_bind(path, 0, 1, &file);

	ck_assert_int_ge(other, 0);
	ck_assert_int_eq(open_door(), ERR_IO);
	ck_assert_int_eq(errno, EADDRINUSE);
	for (int i = 0; i < 4; i++) { /* with a full backlog as well */
		int guest = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		struct sockaddr_un at = { .sun_family = AF_UNIX };

		strcpy(at.sun_path, path);
		connect(guest, (struct sockaddr *)&at, sizeof(at));
	}
	ck_assert_int_eq(open_door(), ERR_IO);
	ck_assert_int_eq(errno, EADDRINUSE);
	close(other);
}

static void what_is_no_socket_stays(void)
{
	FILE *f = fopen(path, "w");

	fputs("precious", f);
	fclose(f);
	ck_assert_int_eq(open_door(), ERR_IO);
	ck_assert_int_eq(errno, EEXIST);
	ck_assert_int_eq(access(path, F_OK), 0);
}

/* A link to somebody's socket is neither followed nor removed. */
static void a_link_stays(void)
{
	ck_assert_int_eq(symlink("/nowhere", path), 0);
	ck_assert_int_eq(open_door(), ERR_IO);
	ck_assert_int_eq(errno, EEXIST);
}

static void the_file_of_a_successor_is_not_removed(void)
{
	struct socketfile file;
	int successor;

	ck_assert_int_eq(open_door(), 0);
	door_hand_over(door);
	successor = socketfile_bind(path, 0, 1, &file);
	ck_assert_int_ge(successor, 0);
	door_close(&door);
	assert_accepts(successor);
	close(successor);
}

/* Of several who find a dead file at the same time one gets the path, and stays the one. */
static void two_never_get_one_path(void)
{
	for (int round = 0; round < 20; round++) {
		struct socketfile file;
		int dead = socketfile_bind(path, 0, 1, &file), go[2], winners = 0;
		pid_t children[6];

		close(dead);
		ck_assert_int_eq(pipe(go), 0);
		for (int i = 0; i < 6; i++) {
			children[i] = fork();
			if (children[i] == 0) {
				char byte;

				close(go[1]);
				(void)!read(go[0], &byte, 1);
				if (socketfile_bind(path, 0, 8, &file) < 0)
					_exit(0);
				pause();
			}
		}
		close(go[0]);
		close(go[1]);
		for (int i = 0; i < 5; i++) { /* all but one give up */
			int status;

			ck_assert_int_gt(wait(&status), 0);
		}
		for (int i = 0; i < 6; i++)
			winners += kill(children[i], SIGKILL) == 0 &&
				   waitpid(children[i], NULL, 0) == children[i];
		ck_assert_int_eq(winners, 1);
	}
}

/* --- handed in --- */

static int given_tcp(int family, uint16_t *ret_port)
{
	struct sockaddr_storage at = { .ss_family = (sa_family_t)family };
	socklen_t len = sizeof(at);
	int fd = socket(family, SOCK_STREAM, 0), off = 0;

	if (family == AF_INET)
		((struct sockaddr_in *)&at)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(fd, 8), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*ret_port = ntohs(family == AF_INET ? ((struct sockaddr_in *)&at)->sin_port
					    : ((struct sockaddr_in6 *)&at)->sin6_port);
	return fd;
}

static void a_socket_that_was_handed_in_is_taken(void)
{
	uint16_t port, other;
	struct door_given given[] = { { .fd = given_tcp(AF_INET, &other) },
				      { .fd = given_tcp(AF_INET, &port) } };
	int guest, worker, own;

	use_tcp("127.0.0.1", port);
	ck_assert_int_eq(door_open(&listener, given, 2, &door), 0);
	ck_assert(given[1].taken && !given[0].taken);
	ck_assert_uint_eq(door_port(door), port);
	worker = door_take(door);
	door_hand_over(door);
	guest = raw_connect(port);
	own = accept(worker, NULL, NULL);
	ck_assert_int_ge(own, 0);
	raw_close(&own);
	raw_close(&guest);
	close(worker);
	close(given[0].fd);
}

static void a_socket_for_everything_is_one_for_ipv4(void)
{
	struct door_given given;
	uint16_t port;

	if (!has_in6())
		return;
	given = (struct door_given){ .fd = given_tcp(AF_INET6, &port) };
	use_tcp("127.0.0.1", port);
	ck_assert_int_eq(door_open(&listener, &given, 1, &door), ERR_IO);
	ck_assert(!given.taken);
	use_tcp("0.0.0.0", port);
	ck_assert_int_eq(door_open(&listener, &given, 1, &door), 0);
	ck_assert(given.taken);
	ck_assert_uint_eq(door_port(door), port);
}

static void a_socket_file_that_was_handed_in_stays(void)
{
	struct socketfile file;
	struct door_given given = { .fd = socketfile_bind(path, 0, 8, &file) };
	int worker;

	ck_assert_int_eq(door_open(&listener, &given, 1, &door), 0);
	ck_assert(given.taken);
	worker = door_take(door);
	door_hand_over(door);
	assert_accepts(worker);
	close(worker);
	door_close(&door);
	ck_assert_int_eq(access(path, F_OK), 0);
}

static void what_does_not_listen_is_not_taken(void)
{
	struct door_given given[] = { { .fd = socket(AF_INET, SOCK_STREAM, 0) },
				      { .fd = socket(AF_UNIX, SOCK_DGRAM, 0) },
				      { .fd = dup(0) } };

	ck_assert_int_eq(door_open(&listener, given, 3, &door), 0);
	for (int i = 0; i < 3; i++) {
		ck_assert(!given[i].taken);
		close(given[i].fd);
	}
}

SUITE_MAIN_WITH("door", set_up, tear_down, two_workers_may_bind_one_port,
		a_port_that_another_program_shares_is_taken, what_cannot_be_bound_is_an_error,
		workers_share_a_socket_file, a_socket_file_has_the_mode_that_was_asked_for,
		the_file_goes_with_the_door, a_file_that_was_left_over_is_replaced,
		a_file_where_somebody_listens_stays, what_is_no_socket_stays, a_link_stays,
		the_file_of_a_successor_is_not_removed, two_never_get_one_path,
		a_socket_that_was_handed_in_is_taken, a_socket_for_everything_is_one_for_ipv4,
		a_socket_file_that_was_handed_in_stays, what_does_not_listen_is_not_taken)
