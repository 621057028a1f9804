#include "healthcheck.h"

#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATIENCE_S = 3 };

/* With limits on connecting, sending and receiving: who hangs is not healthy. */
static int try_address(int family, const struct sockaddr *address, socklen_t len)
{
	struct timeval patience = { .tv_sec = PATIENCE_S };
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	if (connect(fd, address, len) == 0)
		return fd;
	close(fd);
	return -1;
}

static int connect_unix(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	return try_address(AF_UNIX, (struct sockaddr *)&address, sizeof(address));
}

static int connect_tcp(const char *host, uint16_t port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
	char service[8];
	int fd = -1;

	snprintf(service, sizeof(service), "%u", port);
	if (getaddrinfo(host, service, &hints, &list) != 0)
		return -1;
	for (struct addrinfo *a = list; a && fd < 0; a = a->ai_next)
		fd = try_address(a->ai_family, a->ai_addr, a->ai_addrlen);
	freeaddrinfo(list);
	return fd;
}

int healthcheck_run(const struct settings *settings)
{
	static const char request[] =
		"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
	const struct settings_address *at = &settings->admin_listen;
	char answer[64] = "";
	int fd;

	if (!at->host && !at->unix_path) {
		fputs("latchd: no admin listener to ask: set admin.listen\n", stderr);
		return 1;
	}
	fd = at->unix_path ? connect_unix(at->unix_path) : connect_tcp(at->host, at->port);
	if (fd < 0 || write(fd, request, sizeof(request) - 1) < 0 ||
	    read(fd, answer, sizeof(answer) - 1) < 0)
		fprintf(stderr, "latchd: %s does not answer\n", at->text);
	if (fd >= 0)
		close(fd);
	return strncmp(answer, "HTTP/1.1 200", 12) == 0 ? 0 : 1;
}
