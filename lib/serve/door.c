#include "serve/door.h"

#include "base/err.h"
#include "base/mem.h"
#include "serve/socketfile.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

enum { LISTEN_BACKLOG = 1024 };

struct door {
	const struct settings_listener *listener;
	uint16_t port;
	int fd;       /* what the next worker gets, or a copy of it; -1: handed over */
	bool is_one;  /* socket for all workers */
	bool is_made; /* the socket file is ours */
	struct socketfile file;
};

/* TCP */

static uint16_t port_of(const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)address)->sin6_port);
	return address->ss_family == AF_INET
		       ? ntohs(((const struct sockaddr_in *)address)->sin_port)
		       : 0;
}

static uint16_t bound_port(int fd)
{
	struct sockaddr_storage local;
	socklen_t len = sizeof(local);

	return getsockname(fd, (struct sockaddr *)&local, &len) < 0 ? 0 : port_of(&local);
}

/* A socket bound to it; -1: see errno. */
static int bound(const struct addrinfo *where, bool may_share)
{
	int fd = socket(where->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1, error;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (may_share)
		setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	if (where->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, where->ai_addr, where->ai_addrlen) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

/* The workers share a port with each other, but not with another program that shares its own: SO_REUSEPORT would let us in
 * without a word. */
static bool is_free(const struct addrinfo *where)
{
	int fd = bound(where, false);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int bind_one(const struct addrinfo *where)
{
	int fd = bound(where, true), error;

	if (fd < 0 || listen(fd, LISTEN_BACKLOG) == 0)
		return fd < 0 ? ERR_IO : fd;
	error = errno;
	close(fd);
	errno = error;
	return ERR_IO;
}

/* NULL, with errno, when there is no such address. */
static struct addrinfo *look_up(const struct settings_address *address, uint16_t port)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
				  .ai_socktype = SOCK_STREAM,
				  .ai_flags = AI_PASSIVE };
	struct addrinfo *found;
	char service[8];

	snprintf(service, sizeof(service), "%u", (unsigned)port);
	if (getaddrinfo(address->host, service, &hints, &found) == 0)
		return found;
	errno = EADDRNOTAVAIL;
	return NULL;
}

int door_bind(const struct settings_address *address, uint16_t port, bool shared,
	      uint16_t *ret_port)
{
	struct addrinfo *found = look_up(address, port);
	int fd;

	if (!found)
		return ERR_IO;
	fd = shared || is_free(found) ? bind_one(found) : ERR_IO;
	freeaddrinfo(found);
	if (fd >= 0)
		*ret_port = bound_port(fd);
	return fd;
}

/* Sockets that were handed in */

static bool is_any(const struct sockaddr *address)
{
	static const struct in6_addr any = IN6ADDR_ANY_INIT;

	if (address->sa_family == AF_INET6)
		return memcmp(&((const struct sockaddr_in6 *)address)->sin6_addr, &any,
			      sizeof(any)) == 0;
	return ((const struct sockaddr_in *)address)->sin_addr.s_addr == INADDR_ANY;
}

static bool is_same_host(const struct sockaddr *a, const struct sockaddr *b)
{
	if (a->sa_family != b->sa_family)
		return false;
	if (a->sa_family == AF_INET6)
		return memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr,
			      &((const struct sockaddr_in6 *)b)->sin6_addr, 16) == 0;
	return ((const struct sockaddr_in *)a)->sin_addr.s_addr ==
	       ((const struct sockaddr_in *)b)->sin_addr.s_addr;
}

/* [::] of systemd's is IPv4 as well, where it is bound to both. */
static bool takes_both(int fd)
{
	int only = 1;
	socklen_t len = sizeof(only);

	return getsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, &len) == 0 && !only;
}

static bool fits_tcp(int fd, const struct sockaddr_storage *local,
		     const struct settings_address *address)
{
	const struct sockaddr *at = (const struct sockaddr *)local;
	struct addrinfo *found = look_up(address, address->port);
	bool fits = false;

	for (struct addrinfo *one = found; one && !fits; one = one->ai_next)
		fits = address->port == port_of(local) &&
		       (is_same_host(one->ai_addr, at) ||
			(is_any(one->ai_addr) && is_any(at) && takes_both(fd)));
	if (found)
		freeaddrinfo(found);
	return fits;
}

static bool fits(int fd, const struct settings_address *address)
{
	struct sockaddr_storage local = { 0 };
	socklen_t len = sizeof(local);
	int listens = 0;
	socklen_t listens_len = sizeof(listens);

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &listens_len) < 0 || !listens ||
	    getsockname(fd, (struct sockaddr *)&local, &len) < 0)
		return false;
	if (local.ss_family == AF_UNIX)
		return address->unix_path && strcmp(((const struct sockaddr_un *)&local)->sun_path,
						    address->unix_path) == 0;
	return address->host && (local.ss_family == AF_INET || local.ss_family == AF_INET6) &&
	       fits_tcp(fd, &local, address);
}

/* -1: none fits. */
static int find_given(const struct settings_address *address, struct door_given *given,
		      size_t n_given)
{
	for (size_t i = 0; i < n_given; i++)
		if (!given[i].taken && fits(given[i].fd, address)) {
			given[i].taken = true;
			return given[i].fd;
		}
	return -1;
}

/* All of them */

int door_open(const struct settings_listener *listener, struct door_given *given, size_t n_given,
	      struct door **ret_door)
{
	const struct settings_address *address = &listener->address;
	struct door *d = MEM_NEW(struct door);

	d->listener = listener;
	d->fd = find_given(address, given, n_given);
	d->is_one = d->fd >= 0 || address->unix_path;
	if (d->fd >= 0) {
		d->port = bound_port(d->fd);
	} else if (address->unix_path) {
		d->fd = socketfile_bind(address->unix_path, listener->mode, LISTEN_BACKLOG,
					&d->file);
		d->is_made = d->fd >= 0;
	} else {
		d->fd = door_bind(address, address->port, false, &d->port);
	}
	if (d->fd < 0) {
		mem_free(d);
		return ERR_IO;
	}
	*ret_door = d;
	return 0;
}

int door_take(struct door *d)
{
	int fd = d->fd;

	if (d->is_one) {
		fd = fcntl(d->fd, F_DUPFD_CLOEXEC, 0);
		return fd < 0 ? ERR_IO : fd;
	}
	d->fd = -1;
	return fd >= 0 ? fd : door_bind(&d->listener->address, d->port, true, &d->port);
}

void door_hand_over(struct door *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
}

uint16_t door_port(const struct door *d)
{
	return d->port;
}

void door_close(struct door **d)
{
	if (!*d)
		return;
	door_hand_over(*d);
	if ((*d)->is_made)
		socketfile_remove((*d)->listener->address.unix_path, &(*d)->file);
	MEM_FREE(*d);
}
