#include "volume.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PIECE = 64 * 1024, PAUSED_BYTES = 4 << 20 };

/* Byte i of every volume. */
static void fill(unsigned char *at, uint64_t from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		at[i] = (unsigned char)((from + i) * 2654435761u >> 13);
}

static bool send_all(int fd, const void *at, size_t n)
{
	const char *rest = at;

	while (n) {
		ssize_t sent = send(fd, rest, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		rest += sent;
		n -= (size_t)sent;
	}
	return true;
}

struct end {
	const struct volume *volume;
	int fd;
	bool intact;
};

static bool send_piece(const struct end *e, const unsigned char *piece)
{
	char line[32];

	if (!e->volume->chunked)
		return send_all(e->fd, piece, PIECE);
	return send_all(e->fd, line, (size_t)sprintf(line, "%x\r\n", (unsigned)PIECE)) &&
	       send_all(e->fd, piece, PIECE) && send_all(e->fd, "\r\n", 2);
}

static void *sender(void *arg)
{
	struct end *e = arg;
	unsigned char *piece = malloc(PIECE);

	e->intact = true;
	for (uint64_t at = 0; e->intact && at < e->volume->bytes; at += PIECE) {
		fill(piece, at, PIECE);
		e->intact = send_piece(e, piece);
	}
	if (e->volume->chunked)
		e->intact = e->intact && send_all(e->fd, "0\r\n\r\n", 5);
	free(piece);
	return NULL;
}

static void *receiver(void *arg)
{
	struct end *e = arg;
	unsigned char *piece = malloc(PIECE), *expected = malloc(PIECE);
	uint64_t at = 0;
	ssize_t n = 1;

	e->intact = true;
	while (e->intact && at < e->volume->bytes && n > 0) {
		n = recv(e->fd, piece, PIECE, 0);
		if (n <= 0)
			break;
		fill(expected, at, (size_t)n);
		e->intact = memcmp(piece, expected, (size_t)n) == 0;
		at += (uint64_t)n;
		if (e->volume->pause_us && at < PAUSED_BYTES)
			usleep(e->volume->pause_us);
	}
	e->intact = e->intact && at == e->volume->bytes;
	free(piece);
	free(expected);
	return NULL;
}

bool volume_pass(const struct volume *v, int from, int to)
{
	struct end sends = { .volume = v, .fd = from }, receives = { .volume = v, .fd = to };
	pthread_t threads[2];

	pthread_create(&threads[0], NULL, sender, &sends);
	pthread_create(&threads[1], NULL, receiver, &receives);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	return sends.intact && receives.intact;
}

long volume_peak_kib(pid_t pid)
{
	char line[128], path[64];
	long kib = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)(pid ? pid : getpid()));
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmHWM: %ld", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}
