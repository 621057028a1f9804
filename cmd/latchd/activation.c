#include "activation.h"

#include "base/log.h"
#include "base/mem.h"

#include <systemd/sd-daemon.h>
#include <unistd.h>

void activation_take(struct activation *a)
{
	int n = sd_listen_fds(1);

	a->n = n > 0 ? (size_t)n : 0;
	a->sockets = a->n ? mem_array(a->n, sizeof(*a->sockets)) : NULL;
	for (size_t i = 0; i < a->n; i++)
		a->sockets[i].fd = SD_LISTEN_FDS_START + (int)i;
}

void activation_settle(struct activation *a)
{
	for (size_t i = 0; i < a->n; i++) {
		if (a->sockets[i].taken)
			continue;
		log_warn("latchd",
			 "socket %zu of those that systemd opened is at no address of `listen`",
			 i + 1);
		close(a->sockets[i].fd);
	}
	MEM_FREE(a->sockets);
	a->n = 0;
}
