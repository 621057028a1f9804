#include "admin/servers.h"

#include "client/fleet.h"

static const char *why_down(const struct server *s)
{
	if (atomic_load_explicit(&s->refuses, memory_order_relaxed))
		return "takes no connections";
	return "does not pass its health checks";
}

static json_t *describe(const struct fleet *fleet, const struct server *s)
{
	bool up = !fleet->is_watched || server_is_up(s);
	json_t *object = json_object();

	json_object_set_new(object, "url", json_string(s->url));
	json_object_set_new(object, "up", json_boolean(up));
	if (!up)
		json_object_set_new(object, "reason", json_string(why_down(s)));
	if (fleet->is_watched)
		json_object_set_new(object, "in_use", json_integer(server_in_use(s)));
	return object;
}

void servers_list(const struct inquiry *q)
{
	const struct fleet *fleet = fleet_of(q->desk->options.settings);
	json_t *list = json_array(), *object = json_object();

	for (size_t i = 0; i < fleet->n; i++)
		json_array_append_new(list, describe(fleet, fleet->at[i].server));
	json_object_set_new(object, "servers", list);
	desk_answer(q, 200, object);
}

json_t *servers_count(const struct settings *settings)
{
	const struct fleet *fleet = fleet_of(settings);
	json_t *object = json_object();
	size_t up = 0;

	for (size_t i = 0; i < fleet->n; i++)
		up += !fleet->is_watched || server_is_up(fleet->at[i].server);
	json_object_set_new(object, "up", json_integer((json_int_t)up));
	json_object_set_new(object, "of", json_integer((json_int_t)fleet->n));
	return object;
}

/* A path of a socket may hold anything. */
static void put_label(struct text *t, const char *value)
{
	for (; *value; value++) {
		if (*value == '\n')
			text_puts(t, "\\n");
		else if (*value == '"' || *value == '\\')
			text_printf(t, "\\%c", *value);
		else
			text_putc(t, *value);
	}
}

static void put_series(struct text *t, const char *name, const char *server, unsigned value)
{
	text_printf(t, "%s{server=\"", name);
	put_label(t, server);
	text_printf(t, "\"} %u\n", value);
}

void servers_write(const struct settings *settings, struct text *t)
{
	const struct fleet *fleet = fleet_of(settings);

	text_puts(t, "# HELP latchd_origin_up 1 while this server of the origin is asked.\n"
		     "# TYPE latchd_origin_up gauge\n");
	for (size_t i = 0; i < fleet->n; i++)
		put_series(t, "latchd_origin_up", fleet->at[i].server->url,
			   !fleet->is_watched || server_is_up(fleet->at[i].server));
	if (!fleet->is_watched)
		return;
	text_puts(t, "# HELP latchd_origin_in_use Connections to this server that are in use.\n"
		     "# TYPE latchd_origin_in_use gauge\n");
	for (size_t i = 0; i < fleet->n; i++)
		put_series(t, "latchd_origin_in_use", fleet->at[i].server->url,
			   server_in_use(fleet->at[i].server));
}
