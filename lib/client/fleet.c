#include "client/fleet.h"

#include "base/mem.h"

#include <assert.h>
#include <string.h>

static void fleet_drop(void *at)
{
	struct fleet *fleet = at;

	for (size_t i = 0; i < fleet->n; i++)
		server_unref(&fleet->at[i].server);
	mem_free(fleet->at);
	mem_free(fleet);
}

static struct server *find(const struct settings *before, const char *url)
{
	const struct fleet *fleet = before ? before->fleet.at : NULL;

	for (size_t i = 0; fleet && i < fleet->n; i++)
		if (strcmp(fleet->at[i].server->url, url) == 0)
			return server_ref(fleet->at[i].server);
	return server_create(url);
}

void fleet_prepare(struct settings *s, const struct settings *before)
{
	struct fleet *fleet = MEM_NEW(struct fleet);

	assert(!s->fleet.at);
	s->fleet = (struct settings_derived){ .at = fleet, .drop = fleet_drop };
	fleet->n = settings_servers(s);
	fleet->at = mem_array(fleet->n, sizeof(*fleet->at));
	fleet->is_watched = fleet->n > 1 || s->origin.health.check != CHECK_OFF;
	for (size_t i = 0; i < fleet->n; i++) {
		struct fleet_server *f = &fleet->at[i];

		f->settings = settings_server(s, i);
		f->server = find(before, f->settings.url);
		f->tls = tlscontext_of_server(s, i);
	}
}

const struct fleet *fleet_of(const struct settings *s)
{
	assert(s->fleet.at);
	return s->fleet.at;
}
