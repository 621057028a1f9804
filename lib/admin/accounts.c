#include "admin/accounts.h"

#include "base/err.h"
#include "decision/places.h"
#include "decision/policy.h"
#include "decision/tell.h"
#include "identity/fold.h"
#include "registry/outbox.h"
#include "route/peer.h"

enum { LIST_MAX = 100, MAX_LIMIT = 1000000 };

/* What is shown */

/* The prefix under which the client's address is kept; null when it is not known. */
static json_t *network_json(const uint8_t network[NETWORK_BYTES])
{
	static const uint8_t nowhere[NETWORK_BYTES];
	char text[PEER_NETWORK_TEXT_BYTES];

	if (memcmp(network, nowhere, NETWORK_BYTES) == 0)
		return json_null();
	peer_network_text(network, text);
	return json_string(text);
}

static json_t *device_json(const struct attachment *t)
{
	json_t *d = json_object();
	char id[ID_TEXT_BYTES];

	account_id_format(t->device.bytes, id);
	json_object_set_new(d, "id", json_string(id));
	json_object_set_new(d, "status", json_string(account_status_text(t->status)));
	json_object_set_new(d, "type", json_string(account_type_text(t->facts.type)));
	json_object_set_new(d, "counted", json_boolean(t->counted));
	json_object_set_new(d, "label", json_text(view_of(t->label)));
	json_object_set_new(d, "first_seen", json_time(t->first_seen_ms));
	json_object_set_new(d, "last_seen", json_time(t->last_seen_ms));
	json_object_set_new(d, "network", network_json(t->facts.network));
	return d;
}

static json_t *limit_json(int32_t limit)
{
	return limit == ACCOUNT_NO_LIMIT ? json_null() : json_integer(limit);
}

static json_t *text_json(const char *text)
{
	return text ? json_text(view_of(text)) : json_null();
}

static json_t *limits_json(const struct account *a, const struct settings *s)
{
	json_t *limits = json_object();

	json_object_set_new(limits, "overall", json_integer(places_limit(a, s)));
	json_object_set_new(limits, "mobile", json_integer(s->limits.mobile));
	json_object_set_new(limits, "tablet", json_integer(s->limits.tablet));
	json_object_set_new(limits, "desktop", json_integer(s->limits.desktop));
	return limits;
}

static bool is_listed(const struct attachment *t)
{
	return t->status == ATTACHMENT_ATTACHED || t->status == ATTACHMENT_EXEMPT;
}

static json_t *account_json(const struct account *a, const struct settings *s)
{
	json_t *object = json_object();
	unsigned listed = 0;

	for (unsigned i = 0; i < a->n_attachments; i++)
		listed += is_listed(a->attachments[i]);
	json_object_set_new(object, "id", json_text(view_of(a->id)));
	json_object_set_new(object, "suspended", json_boolean(a->suspended));
	json_object_set_new(object, "devices", json_integer(listed));
	json_object_set_new(object, "counted", json_integer(places_taken(a, DEVICE_TYPES)));
	json_object_set_new(object, "limit", limit_json(a->admin_limit));
	json_object_set_new(object, "origin_limit", limit_json(a->origin_limit));
	json_object_set_new(object, "limits", limits_json(a, s));
	json_object_set_new(object, "email", text_json(a->email));
	json_object_set_new(object, "phone", text_json(a->phone));
	json_object_set_new(object, "groups", text_json(a->groups));
	json_object_set_new(object, "created", json_time(a->created_ms));
	return object;
}

/* What is asked about */

/* One look or step: filled in by the inquiry, and by what was found. */
struct business {
	const struct inquiry *q;
	struct view account;
	struct device_id device;
	struct view status;
	int32_t limit;
	bool is_known;    /* the account (and device) is there */
	bool is_conflict; /* it is there, but this cannot be done to it */
	json_t *object;   /* the answer */
};

static const struct settings *settings_of(const struct business *b)
{
	return b->q->desk->options.settings;
}

/* An id in a path is the account's own, or so long that its digest is. */
static bool find_account(const struct inquiry *q, struct business *b)
{
	*b = (struct business){ .q = q };
	if (fold_account(q->segments[2], false, &q->request->arena, &b->account) == 0)
		return true;
	desk_fail(q, 400, "an account's id is UTF-8 without control characters, and not empty");
	return false;
}

/* For what no change or look was run on, or none of it. */
static void answer(struct business *b, uint64_t number)
{
	if (b->object && !b->is_conflict) {
		desk_answer_once(b->q, number, b->object);
		return;
	}
	json_decref(b->object);
	if (b->is_conflict)
		desk_fail(b->q, 409, "this device is not attached");
	else
		desk_fail(b->q, 404, b->is_known ? "no such device" : "no such account");
}

static void look(struct business *b, void (*fn)(const struct account *a, void *arg))
{
	registry_look(b->q->desk->options.registry, b->account, fn, b);
	answer(b, 0);
}

/* A step may run again after a conflict: its answer is the last one's. */
static void set_object(struct business *b, json_t *object)
{
	json_decref(b->object);
	b->object = object;
}

static void act(struct business *b, const char *what,
		void (*fn)(struct account *a, struct change *c, void *arg))
{
	struct registry *r = b->q->desk->options.registry;
	uint64_t number = registry_change(r, b->account, false, fn, b);

	if (b->object && !b->is_conflict)
		log_info("admin", "%s, account %016llx", what,
			 (unsigned long long)registry_account_hash(r, b->account));
	answer(b, number);
}

/* Looking */

static void show(const struct account *a, void *arg)
{
	struct business *b = arg;

	set_object(b, account_json(a, settings_of(b)));
}

void accounts_show(const struct inquiry *q)
{
	struct business b;

	if (find_account(q, &b))
		look(&b, show);
}

static bool is_wanted(const struct attachment *t, struct view status)
{
	if (t->status == ATTACHMENT_PENDING)
		return false;
	if (!status.at)
		return is_listed(t);
	return view_is(status, VIEW("all")) ||
	       view_is(status, view_of(account_status_text(t->status)));
}

static void show_devices(const struct account *a, void *arg)
{
	struct business *b = arg;
	json_t *list = json_array(), *object = json_object();

	for (unsigned i = 0; i < a->n_attachments; i++)
		if (is_wanted(a->attachments[i], b->status))
			json_array_append_new(list, device_json(a->attachments[i]));
	json_object_set_new(object, "devices", list);
	set_object(b, object);
}

static bool is_status(struct view word)
{
	static const enum attachment_status shown[] = { ATTACHMENT_ATTACHED, ATTACHMENT_DETACHED,
							ATTACHMENT_DORMANT, ATTACHMENT_EXEMPT };

	for (size_t i = 0; i < sizeof(shown) / sizeof(*shown); i++)
		if (view_is(word, view_of(account_status_text(shown[i]))))
			return true;
	return view_is(word, VIEW("all"));
}

/* False when the query asks for what is not known; answered then. */
static bool read_status(struct business *b)
{
	struct url_query_cursor cursor = { b->q->request->head.query };
	struct view name, value;

	while (url_query_next(&cursor, &name, &value)) {
		if (view_is(name, VIEW("status")) && !b->status.at && is_status(value)) {
			b->status = value;
			continue;
		}
		desk_fail(
			b->q, 400,
			"the query may hold status=attached, exempt, detached, dormant or all, once");
		return false;
	}
	return true;
}

void accounts_devices(const struct inquiry *q)
{
	struct business b;

	if (find_account(q, &b) && read_status(&b))
		look(&b, show_devices);
}

struct listing_of_all {
	const struct settings *settings;
	json_t *list;
	bool truncated;
};

static bool list_one(const struct account *a, void *arg)
{
	struct listing_of_all *all = arg;

	all->truncated = json_array_size(all->list) == LIST_MAX;
	if (!all->truncated)
		json_array_append_new(all->list, account_json(a, all->settings));
	return !all->truncated;
}

void accounts_list(const struct inquiry *q)
{
	struct listing_of_all all = { .settings = q->desk->options.settings, .list = json_array() };
	json_t *object = json_object();

	registry_each(q->desk->options.registry, list_one, &all);
	json_object_set_new(object, "accounts", all.list);
	json_object_set_new(object, "truncated", json_boolean(all.truncated));
	desk_answer(q, 200, object);
}

/* Acting */

static void suspend(struct account *a, struct change *c, void *arg)
{
	struct business *b = arg;

	if (!a->suspended) {
		a->suspended = true;
		change_account(c);
		change_tell(c, OUTBOX_ACCOUNT_SUSPENDED, tell_about(a, NULL));
	}
	set_object(b, account_json(a, settings_of(b)));
}

void accounts_suspend(const struct inquiry *q)
{
	struct business b;

	if (find_account(q, &b))
		act(&b, "suspended", suspend);
}

static void restore(struct account *a, struct change *c, void *arg)
{
	struct business *b = arg;

	if (a->suspended) {
		a->suspended = false;
		change_account(c);
		change_tell(c, OUTBOX_ACCOUNT_RESTORED, tell_about(a, NULL));
	}
	set_object(b, account_json(a, settings_of(b)));
}

void accounts_restore(const struct inquiry *q)
{
	struct business b;

	if (find_account(q, &b))
		act(&b, "restored", restore);
}

/* A device that was idle for too long has left its place but keeps its sessions: those are what is taken away then. */
static void detach(struct account *a, struct change *c, void *arg)
{
	struct business *b = arg;
	struct attachment *t = account_attachment(a, &b->device);

	b->is_known = true;
	if (!t)
		return;
	b->is_conflict = !is_listed(t) && account_live_sessions(a, t) == 0;
	if (!b->is_conflict)
		policy_detach(a, c, t, REVOKE_DETACH, NULL);
	set_object(b, device_json(t));
}

void accounts_detach(const struct inquiry *q)
{
	struct business b;

	if (!find_account(q, &b))
		return;
	if (account_id_parse(q->segments[4], b.device.bytes))
		act(&b, "a device was detached", detach);
	else
		desk_fail(q, 400, "a device's id is 32 lower-case hex digits");
}

static void log_out_all(struct account *a, struct change *c, void *arg)
{
	struct business *b = arg;

	for (unsigned i = 0; i < a->n_attachments; i++)
		policy_detach(a, c, a->attachments[i], REVOKE_ADMIN, NULL);
	set_object(b, account_json(a, settings_of(b)));
}

void accounts_logout_all(const struct inquiry *q)
{
	struct business b;

	if (find_account(q, &b))
		act(&b, "all devices were logged out", log_out_all);
}

static void set_limit(struct account *a, struct change *c, void *arg)
{
	struct business *b = arg;

	if (a->admin_limit != b->limit) {
		a->admin_limit = b->limit;
		change_account(c);
	}
	set_object(b, account_json(a, settings_of(b)));
}

static bool read_limit(const struct inquiry *q, int32_t *ret_limit)
{
	json_t *body = json_read(q->request->body), *limit = json_object_get(body, "limit");
	bool is_number = json_is_integer(limit) && json_integer_value(limit) >= 0 &&
			 json_integer_value(limit) <= MAX_LIMIT;
	bool is_right = json_object_size(body) == 1 && (is_number || json_is_null(limit));

	if (is_right)
		*ret_limit = is_number ? (int32_t)json_integer_value(limit) : ACCOUNT_NO_LIMIT;
	json_decref(body);
	return is_right;
}

void accounts_limit(const struct inquiry *q)
{
	struct business b;

	if (!find_account(q, &b))
		return;
	if (read_limit(q, &b.limit))
		act(&b, "given a limit of its own", set_limit);
	else
		desk_fail(
			q, 400,
			"the body is {\"limit\":N}, where N is a number from 0 (unlimited) to 1000000, or null");
}
