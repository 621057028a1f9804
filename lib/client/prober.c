/* The happy path is: a tick finds a server due, its name becomes addresses, a link connects, the request goes out, a response's
 * head comes and has the right status. It can fail at each of these, and by being late: all that is a bad answer. Where no
 * path is asked for the connection alone is the answer. */
#include "client/prober.h"

#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "client/checkup.h"
#include "client/fleet.h"
#include "client/link.h"
#include "http/head.h"
#include "http/proxy_protocol.h"

#include <stddef.h>
#include <stdio.h>

struct probe {
	struct prober *prober;
	const struct fleet_server *where;
	struct checkup health;
	struct lookup_addresses addresses;
	struct lookup *asking;
	struct link link;
	bool is_open; /* the link */
	bool is_busy;
	struct loop_deadline deadline;
	size_t scanned;
	char *request; /* NULL: the connection is enough */
};

struct prober {
	struct loop *loop;
	struct settings *settings;
	const struct fleet *fleet;
	struct probe *probes; /* as in the fleet */
	struct loop_deadline tick;
};

static const struct settings_health *wanted(const struct probe *q)
{
	return &q->prober->settings->origin.health;
}

/* The end of one question */

static void close_probe(struct probe *q)
{
	lookup_cancel(&q->asking);
	loop_deadline_clear(&q->deadline);
	if (q->is_open)
		link_close(&q->link);
	q->is_open = q->is_busy = false;
}

static void note_connection(struct probe *q)
{
	struct server *s = q->where->server;

	if (server_clear(&s->refuses_since_ms))
		log_info("origin", "%s takes connections again", s->url);
}

static void note_answer(struct probe *q, bool good, const char *what)
{
	struct server *s = q->where->server;

	if (!wanted(q)->check || !checkup_take(&q->health, wanted(q), good))
		return;
	if (good) {
		server_clear(&s->ails_since_ms);
		log_info("origin", "%s is well: it is asked again", s->url);
	} else {
		server_blame(&s->ails_since_ms, loop_wall_ms(q->prober->loop));
		log_warn("origin", "%s is not well: it is left out until it is: %s", s->url, what);
	}
}

/* `what`: NULL when all is well. */
static void finish(struct probe *q, const char *what)
{
	close_probe(q);
	note_answer(q, !what, what);
}

static void set_deadline(struct probe *q)
{
	const struct settings_origin *origin = &q->prober->settings->origin;

	loop_deadline_set(loop_deadlines(q->prober->loop, origin->health.check
								  ? origin->health.timeout_ms
								  : origin->connect_timeout_ms),
			  &q->deadline);
}

static void on_deadline(struct loop_deadline *d)
{
	struct probe *q = (struct probe *)((char *)d - offsetof(struct probe, deadline));

	finish(q,
	       q->is_open && !q->link.connecting ? "no answer in time" : "no connection in time");
}

/* The answer */

static bool is_right(const struct settings_health *h, unsigned status)
{
	return h->status_is_class ? status / 100 == h->status / 100 : status == h->status;
}

static void judge(struct probe *q, const struct http_head *response)
{
	char what[32];

	snprintf(what, sizeof(what), "it answers %u", (unsigned)response->status);
	finish(q, is_right(wanted(q), (unsigned)response->status) ? NULL : what);
}

/* Of the answer only its first final head is read. */
static void take_heads(struct probe *q)
{
	const struct settings_http *http = &q->prober->settings->http;
	struct http_limits limits = { .max_head_bytes = http->max_head_bytes,
				      .max_target_bytes = http->max_target_bytes,
				      .max_fields = http->max_headers };
	struct inflow *in = &q->link.in;
	struct http_head response = { 0 };
	struct arena arena;
	size_t len;
	int err = 0;

	arena_init(&arena, NULL, 0, http->max_head_bytes * 4);
	while (!err && response.status < 200 &&
	       (len = head_end(inflow_bytes(in), &q->scanned)) > 0) {
		err = head_parse_response(view_head(inflow_bytes(in), len), &limits, &arena,
					  &response);
		inflow_take(in, len);
		q->scanned = 0;
	}
	if (err || inflow_bytes(in).len > http->max_head_bytes)
		finish(q, "its answer is not HTTP");
	else if (response.status >= 200)
		judge(q, &response);
	arena_fini(&arena);
}

static void on_readable(void *user)
{
	struct probe *q = user;
	const struct settings_http *http = &q->prober->settings->http;
	ssize_t n = inflow_read(&q->link.in, loop_shelf(q->prober->loop), &q->link.wire,
				http->max_head_bytes + 1);

	if (n == ERR_BUSY)
		link_start_reading(&q->link);
	else if (n == ERR_TOO_LARGE)
		finish(q, "its answer is not HTTP");
	else if (n <= 0)
		finish(q, "it closes the connection without an answer");
	else
		take_heads(q);
}

static void on_writable(void *user)
{
	struct probe *q = user;

	if (link_flush(&q->link) == ERR_IO)
		finish(q, "it closes the connection without an answer");
}

/* The question */

static void on_connected(void *user, int err)
{
	struct probe *q = user;

	/* That we have no descriptor says nothing about the server. */
	if (err == ERR_NOMEM) {
		close_probe(q);
		return;
	}
	if (err) {
		finish(q, q->link.why ? q->link.why : "it takes no connection");
		return;
	}
	note_connection(q);
	if (!q->request) {
		finish(q, NULL);
		return;
	}
	outflow_put(&q->link.out, view_of(q->request));
	on_writable(q);
}

static const struct link_user link_callbacks = { .on_connected = on_connected,
						 .on_readable = on_readable,
						 .on_writable = on_writable };

/* As a connection of the gateway's own: nobody is announced. */
static void put_preface(const struct probe *q, struct text *t)
{
	enum settings_announce announce = q->prober->settings->origin.announce;

	if (announce != ANNOUNCE_NOTHING)
		proxy_protocol_write(announce == ANNOUNCE_V1 ? 1 : 2, NULL, NULL, t);
}

static void connect_link(struct probe *q)
{
	char room[PROXY_PROTOCOL_WRITE_BYTES];
	struct link_target target = { .addresses = &q->addresses, .tls = q->where->tls };
	struct text preface;
	int err;

	text_init(&preface, room, sizeof(room));
	put_preface(q, &preface);
	target.preface = text_view(&preface);
	q->link = (struct link){ .callbacks = &link_callbacks, .user = q };
	q->scanned = 0;
	err = link_connect(&q->link, q->prober->loop, &target);
	q->is_open = !err;
	if (err == ERR_NOMEM)
		close_probe(q);
	else if (err)
		finish(q, q->addresses.n ? "it takes no connection" : "its name has no address");
}

static void on_addresses(void *arg, const struct lookup_addresses *found)
{
	struct probe *q = arg;

	q->asking = NULL;
	q->addresses = *found;
	connect_link(q);
}

static void ask(struct probe *q)
{
	struct loop *loop = q->prober->loop;

	q->is_busy = true;
	q->health.asked_ms = loop_now_ms(loop);
	set_deadline(q);
	if (lookup_literal(&q->where->settings.address, &q->addresses)) {
		connect_link(q);
		return;
	}
	q->asking = lookup_start(loop, &q->where->settings.address, on_addresses, q);
	if (!q->asking)
		close_probe(q);
}

/* Who is due */

static void look(struct prober *p)
{
	for (size_t i = 0; i < p->fleet->n; i++) {
		struct probe *q = &p->probes[i];

		if (!q->is_busy &&
		    checkup_is_due(&q->health, wanted(q), server_is_up(q->where->server),
				   loop_now_ms(p->loop)))
			ask(q);
	}
}

static void set_tick(struct prober *p)
{
	const struct settings_health *h = &p->settings->origin.health;
	int64_t ms =
		h->check && h->interval_ms < CHECKUP_RETRY_MS ? h->interval_ms : CHECKUP_RETRY_MS;

	loop_deadline_set(loop_deadlines(p->loop, ms), &p->tick);
}

static void on_tick(struct loop_deadline *d)
{
	struct prober *p = (struct prober *)((char *)d - offsetof(struct prober, tick));

	look(p);
	set_tick(p);
}

/* The prober itself */

static char *write_request(const struct settings_health *h, const struct settings_server *server)
{
	struct text t;
	char *request;

	if (h->check != CHECK_REQUEST)
		return NULL;
	text_init_growing(&t, 1 << 20);
	text_printf(&t,
		    "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: latchd/" LATCHD_VERSION
		    " (health)\r\nAccept: */*\r\nConnection: close\r\n\r\n",
		    h->path, h->host ? h->host : server->authority);
	request = mem_copy(t.at, t.len);
	text_fini(&t);
	return request;
}

static struct checkup remembered(const struct fleet *fleet, const struct probe *probes,
				 const struct server *server)
{
	for (size_t i = 0; fleet && i < fleet->n; i++)
		if (fleet->at[i].server == server)
			return probes[i].health;
	return (struct checkup){ 0 };
}

static void forget_probes(struct prober *p)
{
	for (size_t i = 0; p->fleet && i < p->fleet->n; i++) {
		close_probe(&p->probes[i]);
		mem_free(p->probes[i].request);
	}
	mem_free(p->probes);
}

static void make_probes(struct prober *p)
{
	const struct fleet *fleet = fleet_of(p->settings);
	const struct settings_health *h = &p->settings->origin.health;
	struct probe *probes = mem_array(fleet->n, sizeof(*probes));

	for (size_t i = 0; i < fleet->n; i++) {
		const struct fleet_server *where = &fleet->at[i];

		probes[i].prober = p;
		probes[i].where = where;
		probes[i].deadline.on_expiry = on_deadline;
		probes[i].request = write_request(h, &where->settings);
		if (h->check)
			probes[i].health = remembered(p->fleet, p->probes, where->server);
		else
			server_clear(&where->server->ails_since_ms);
	}
	forget_probes(p);
	p->probes = probes;
	p->fleet = fleet;
	loop_deadline_clear(&p->tick);
	if (!fleet->is_watched)
		return;
	look(p);
	set_tick(p);
}

struct prober *prober_start(struct loop *loop, struct settings *settings)
{
	struct prober *p = MEM_NEW(struct prober);

	p->loop = loop;
	p->settings = settings_ref(settings);
	p->tick.on_expiry = on_tick;
	make_probes(p);
	return p;
}

void prober_use_settings(struct prober *p, struct settings *settings)
{
	struct settings *old = p->settings;

	p->settings = settings_ref(settings);
	make_probes(p);
	settings_unref(&old);
}

void prober_stop(struct prober **p)
{
	struct prober *prober = *p;

	if (!prober)
		return;
	*p = NULL;
	loop_deadline_clear(&prober->tick);
	forget_probes(prober);
	settings_unref(&prober->settings);
	mem_free(prober);
}
