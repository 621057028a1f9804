#include "client/server.h"

#include "base/mem.h"

struct server *server_create(const char *url)
{
	struct server *s = MEM_NEW(struct server);

	atomic_init(&s->refs, 1);
	s->url = mem_text(url);
	return s;
}

struct server *server_ref(struct server *s)
{
	atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
	return s;
}

void server_unref(struct server **s)
{
	struct server *server = *s;

	*s = NULL;
	if (!server || atomic_fetch_sub_explicit(&server->refs, 1, memory_order_acq_rel) != 1)
		return;
	mem_free(server->url);
	mem_free(server);
}
