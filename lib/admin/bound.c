#include "admin/bound.h"

#include "base/err.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 64 };

static int give_up(int fd)
{
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	return ERR_IO;
}

static int listen_at(int fd, const struct sockaddr *address, socklen_t len)
{
	if (fd < 0 || bind(fd, address, len) < 0 || listen(fd, BACKLOG) < 0)
		return give_up(fd);
	return fd;
}

/* Left behind by a daemon that was killed: a socket that nobody answers on. */
static bool is_left_behind(const struct sockaddr_un *address)
{
	struct stat st;
	bool refused;
	int fd;

	if (lstat(address->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	refused = fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0 &&
		  errno == ECONNREFUSED;
	if (fd >= 0)
		close(fd);
	return refused;
}

static int open_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t before;
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return ERR_IO;
	}
	memcpy(address.sun_path, path, strlen(path));
	if (is_left_behind(&address))
		unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	before = umask(0177);
	fd = listen_at(fd, (struct sockaddr *)&address, sizeof(address));
	umask(before);
	return fd;
}

static int open_tcp(const struct addrinfo *where)
{
	int fd = socket(where->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0)
		return ERR_IO;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (where->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	return listen_at(fd, where->ai_addr, where->ai_addrlen);
}

static uint16_t port_of(int fd)
{
	struct sockaddr_storage local = { 0 };
	socklen_t len = sizeof(local);

	getsockname(fd, (struct sockaddr *)&local, &len);
	return ntohs(local.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&local)->sin6_port
						 : ((struct sockaddr_in *)&local)->sin_port);
}

int bound_open(const struct settings_address *address, uint16_t *ret_port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE }, *found;
	char service[8];
	int fd;

	if (address->unix_path) {
		fd = open_unix(address->unix_path);
		if (fd >= 0)
			*ret_port = 0;
		return fd;
	}
	snprintf(service, sizeof(service), "%u", (unsigned)address->port);
	if (getaddrinfo(address->host, service, &hints, &found) != 0) {
		errno = EADDRNOTAVAIL;
		return ERR_IO;
	}
	fd = open_tcp(found);
	freeaddrinfo(found);
	if (fd >= 0)
		*ret_port = port_of(fd);
	return fd;
}

void bound_forget(const struct settings_address *address)
{
	if (address->unix_path)
		unlink(address->unix_path);
}
