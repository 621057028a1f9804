#include "client/fleet.h"

#include "base/mem.h"

#include <assert.h>
#include <string.h>

static void fleet_drop(void *at)
{
	struct fleet *fleet = at;

	for (size_t i = 0; i < fleet->n; i++) {
		server_unref(&fleet->at[i].server);
		tlscontext_unref(&fleet->at[i].tls);
	}
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

/* The one of a single server is made with the settings already. */
static bool trust(const struct settings *s, struct fleet_server *f, struct text *why)
{
	struct settings_origin one = { .address = f->settings.address, .trust = s->origin.trust };

	if (!f->settings.https)
		return true;
	if (s->origin.n_servers)
		return tlscontext_create_client(&one, &f->tls, why) == 0;
	f->tls = tlscontext_ref(tlscontext_of_origin(s));
	return true;
}

bool fleet_prepare(struct settings *s, const struct settings *before, const char *name,
		   struct text *messages)
{
	struct fleet *fleet = MEM_NEW(struct fleet);
	bool good = true;

	assert(!s->fleet.at);
	s->fleet = (struct settings_derived){ .at = fleet, .drop = fleet_drop };
	fleet->n = settings_servers(s);
	fleet->at = mem_array(fleet->n, sizeof(*fleet->at));
	fleet->is_watched = fleet->n > 1 || s->origin.health.check != CHECK_OFF;
	for (size_t i = 0; i < fleet->n; i++) {
		struct fleet_server *f = &fleet->at[i];
		char room[512];
		struct text why;

		text_init(&why, room, sizeof(room));
		f->settings = settings_server(s, i);
		f->server = find(before, f->settings.url);
		if (trust(s, f, &why))
			continue;
		good = false;
		text_printf(messages, "%s: origin.tls: %.*s\n", name, VIEW_ARG(text_view(&why)));
	}
	return good;
}

const struct fleet *fleet_of(const struct settings *s)
{
	assert(s->fleet.at);
	return s->fleet.at;
}
