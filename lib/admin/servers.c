#include "admin/servers.h"

#include "client/fleet.h"

static json_t *describe(const struct fleet *fleet, const struct server *s)
{
	int64_t refuses_since_ms = atomic_load_explicit(&s->refuses_since_ms, memory_order_relaxed);
	int64_t ails_since_ms = atomic_load_explicit(&s->ails_since_ms, memory_order_relaxed);
	int64_t since_ms = refuses_since_ms ? refuses_since_ms : ails_since_ms;
	json_t *object = json_object();

	json_object_set_new(object, "url", json_string(s->url));
	json_object_set_new(object, "up", json_boolean(!since_ms));
	if (since_ms) {
		json_object_set_new(object, "reason",
				    json_string(refuses_since_ms
							? "takes no connections"
							: "does not pass its health checks"));
		json_object_set_new(object, "since", json_time(since_ms));
	}
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
		up += server_is_up(fleet->at[i].server);
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

	text_puts(t,
		  "# HELP latchd_origin_up 1 unless this server of the origin took no connection "
		  "when it was asked last, or does not pass its health checks.\n"
		  "# TYPE latchd_origin_up gauge\n");
	for (size_t i = 0; i < fleet->n; i++)
		put_series(t, "latchd_origin_up", fleet->at[i].server->url,
			   server_is_up(fleet->at[i].server));
	if (!fleet->is_watched)
		return;
	text_puts(t, "# HELP latchd_origin_in_use Connections to this server that are in use.\n"
		     "# TYPE latchd_origin_in_use gauge\n");
	for (size_t i = 0; i < fleet->n; i++)
		put_series(t, "latchd_origin_in_use", fleet->at[i].server->url,
			   server_in_use(fleet->at[i].server));
}
