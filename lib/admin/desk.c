#include "admin/desk.h"

#include "admin/accounts.h"
#include "admin/health.h"
#include "admin/letters.h"
#include "admin/servers.h"
#include "base/hmac.h"
#include "base/mem.h"
#include "http/url.h"

#include <stdio.h>

/* A row: what is asked for, who answers, and whether it takes the token. `:` stands for one segment of any text. */
struct row {
	const char *method, *path;
	void (*answer)(const struct inquiry *q);
	bool is_open;
};

static const struct row rows[] = {
	{ "GET", "/healthz", health_answer, true },
	{ "GET", "/readyz", health_answer_ready, true },
	{ "GET", "/metrics", health_answer_metrics, false },
	{ "GET", "/v1/servers", servers_list, false },
	{ "GET", "/v1/events", letters_list, false },
	{ "POST", "/v1/events/replay", letters_replay, false },
	{ "GET", "/v1/accounts", accounts_list, false },
	{ "GET", "/v1/accounts/:", accounts_show, false },
	{ "GET", "/v1/accounts/:/devices", accounts_devices, false },
	{ "POST", "/v1/accounts/:/devices/:/detach", accounts_detach, false },
	{ "POST", "/v1/accounts/:/suspend", accounts_suspend, false },
	{ "POST", "/v1/accounts/:/restore", accounts_restore, false },
	{ "POST", "/v1/accounts/:/limit", accounts_limit, false },
	{ "POST", "/v1/accounts/:/logout_all", accounts_logout_all, false },
};

enum { ROWS = sizeof(rows) / sizeof(*rows) };

/* Answers */

static void put(struct gate_request *r, int status, const json_t *object, const char *allow)
{
	char *text = json_dump(object);

	gate_answer(r, &(struct gate_answer){ .status = status,
					      .type = "application/json",
					      .body = view_of(text),
					      .allow = allow,
					      .asks_for_token = status == 401 });
	mem_free(text);
}

void desk_answer(const struct inquiry *q, int status, json_t *object)
{
	put(q->request, status, object, NULL);
	json_decref(object);
}

void desk_answer_text(const struct inquiry *q, const char *type, struct view text)
{
	gate_answer(q->request, &(struct gate_answer){ .status = 200, .type = type, .body = text });
}

static const char *error_code(int status)
{
	switch (status) {
	case 400:
		return "bad_request";
	case 401:
		return "unauthorized";
	case 404:
		return "not_found";
	case 405:
		return "method_not_allowed";
	case 409:
		return "conflict";
	default:
		return "unavailable";
	}
}

static void fail(struct gate_request *r, int status, const char *message, const char *allow)
{
	json_t *error = json_object(), *object = json_object();

	json_object_set_new(error, "code", json_string(error_code(status)));
	json_object_set_new(error, "message", json_string(message));
	json_object_set_new(object, "error", error);
	put(r, status, object, allow);
	json_decref(object);
}

void desk_fail(const struct inquiry *q, int status, const char *message)
{
	fail(q->request, status, message, NULL);
}

/* Answers that wait for a commit. The wait cannot be taken back, so it outlives the connection and even the listener. */

struct promise {
	struct registry_wait wait;
	struct desk *desk;
	struct gate_request *request; /* NULL: nobody waits any more */
	json_t *object;
};

static void on_gone(struct gate_request *r)
{
	struct promise *p = r->later;

	p->request = NULL;
}

static void on_committed(struct registry_wait *w, bool committed)
{
	struct promise *p = (struct promise *)((char *)w - offsetof(struct promise, wait));

	if (--p->desk->promised == 0 && p->desk->settles)
		loop_stop(w->loop);
	if (p->request && committed)
		put(p->request, 200, p->object, NULL);
	else if (p->request)
		fail(p->request, 503,
		     "it is done, but could not be written in time: it may be lost in a crash",
		     NULL);
	json_decref(p->object);
	mem_free(p);
}

void desk_answer_once(const struct inquiry *q, uint64_t number, json_t *object)
{
	struct promise *p;

	if (number == 0) {
		desk_answer(q, 200, object);
		return;
	}
	p = MEM_NEW(struct promise);
	p->desk = q->desk;
	p->request = q->request;
	p->object = object;
	p->request->later = p;
	p->request->on_gone = on_gone;
	p->wait.loop = q->desk->options.loop;
	p->wait.number = number;
	p->wait.on_committed = on_committed;
	q->desk->promised++;
	registry_wait(q->desk->options.registry, &p->wait);
}

void desk_settle(struct desk *d)
{
	d->settles = true;
	while (d->promised)
		loop_run(d->options.loop);
}

/* Asking */

/* The path's segments, decoded one by one, so that an id may hold a slash. False when an escape is none. */
static bool read_path(struct inquiry *q)
{
	struct view rest = view_from(q->request->head.path, 1), part;

	while (view_split(&rest, '/', &part)) {
		struct view segment = url_decode(part, false, &q->request->arena);

		if (!segment.at)
			return false;
		if (q->n_segments < DESK_MAX_SEGMENTS)
			q->segments[q->n_segments] = segment;
		q->n_segments++;
	}
	return true;
}

static bool path_is(const struct inquiry *q, const char *path)
{
	struct view rest = view_of(path + 1), part;
	size_t i = 0;

	for (; view_split(&rest, '/', &part); i++)
		if (i >= q->n_segments ||
		    (!view_is(part, VIEW(":")) && !view_is(part, q->segments[i])))
			return false;
	return i == q->n_segments;
}

/* The first row for the path that also has the method, else the first for the path, else NULL. */
static const struct row *find_row(const struct inquiry *q, bool *ret_fits)
{
	const struct http_head *head = &q->request->head;
	struct view method = head->method_id == HTTP_HEAD ? VIEW("GET") : head->method;
	const struct row *found = NULL;

	*ret_fits = false;
	for (size_t i = 0; i < ROWS && !*ret_fits; i++) {
		if (!path_is(q, rows[i].path))
			continue;
		*ret_fits = view_is(method, view_of(rows[i].method));
		if (*ret_fits || !found)
			found = &rows[i];
	}
	return found;
}

static bool has_token(const struct inquiry *q)
{
	struct view token = q->desk->options.settings->admin_token, shown;
	struct http_field *field;
	size_t from = 0;

	field = head_find(&q->request->head, HTTP_AUTHORIZATION, &from);
	if (!token.at || !field || head_find(&q->request->head, HTTP_AUTHORIZATION, &from) ||
	    !view_starts_nocase(field->value, VIEW("Bearer ")))
		return false;
	shown = view_trim(view_from(field->value, 7));
	return hmac_equal(shown.at, shown.len, token.at, token.len);
}

static void refuse_stranger(const struct inquiry *q)
{
	const struct admin_options *o = &q->desk->options;

	metric_add(o->metrics, 0, METRIC_ADMIN_REFUSED_TOKEN, 1);
	desk_fail(q, 401,
		  o->settings->admin_token.at
			  ? "a bearer token is needed, and it has to be the right one"
			  : "no token is configured: set admin.token_file");
}

void desk_receive(struct gate_request *r, void *desk)
{
	struct inquiry q = { .desk = desk, .request = r };
	bool is_path = read_path(&q), fits = false;
	const struct row *row = is_path ? find_row(&q, &fits) : NULL;

	if (!(row && row->is_open) && !has_token(&q))
		refuse_stranger(&q);
	else if (!is_path)
		desk_fail(&q, 400, "the path holds an escape that is none");
	else if (!row)
		desk_fail(&q, 404, "there is nothing here");
	else if (!fits)
		fail(r, 405, "not with this method", row->method[0] == 'G' ? "GET, HEAD" : "POST");
	else
		row->answer(&q);
}
