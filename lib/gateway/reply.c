/* The happy path is: OWN or INTERRUPT prepares an answer (page, redirect or JSON), a number is waited for, REPLY
 * sends it. It can fail by the arena being full: then 503 without more. */
#include "gateway/flow_inside.h"

#include "base/mem.h"
#include "decision/interrupt.h"
#include "gateway/expire.h"
#include "http/url.h"
#include "identity/sid.h"

enum {
	MAX_BODY_BYTES = 256 * 1024,
	MAX_URL_BYTES = 4096,
	MAX_FORM_DEVICES = 2 * ACCOUNT_MAX_DEVICES
};

static bool start_reply(struct flow *f, int status)
{
	if (!f->reply) {
		f->reply = arena_zalloc(&f->s->arena, sizeof(*f->reply));
		if (!f->reply)
			return false;
		text_init_growing(&f->reply->body, MAX_BODY_BYTES);
	}
	text_clear(&f->reply->body);
	f->reply->n_fields = 0;
	f->reply->status = status;
	return true;
}

static void add_field(struct flow *f, struct view name, struct view value)
{
	struct flow_reply *r = f->reply;

	if (value.at && r->n_fields < sizeof(r->fields) / sizeof(*r->fields))
		r->fields[r->n_fields++] = (struct http_field){ .name = name, .value = value };
}

static void add_page_fields(struct flow *f)
{
	struct http_field fields[PAGE_MAX_FIELDS];
	unsigned n = page_fields(flow_settings(f), &f->s->arena, fields);

	for (unsigned i = 0; i < n; i++)
		add_field(f, fields[i].name, fields[i].value);
}

static void add_json_fields(struct flow *f)
{
	add_field(f, VIEW("Content-Type"), VIEW("application/json"));
	add_field(f, VIEW("Cache-Control"), VIEW("no-store"));
}

static void add_set_cookie(void *ctx, struct view value)
{
	add_field(ctx, VIEW("Set-Cookie"), value);
}

static void add_device_cookie(struct flow *f)
{
	if (f->set_cookie)
		add_set_cookie(f, device_cookie_make(f->regime->rules, &f->verdict.device,
						     f->peer.https, loop_wall_ms(f->w->loop),
						     &f->s->arena));
}

/* Every session cookie that the request carried, or a "remember me" cookie would log the browser in again. */
static void expire_sessions(struct flow *f)
{
	struct view names[IDENTITY_MAX_KEYS];
	unsigned n =
		identity_cookie_names(f->regime->rules, &f->s->request, names, IDENTITY_MAX_KEYS);

	expire_cookies(f->w->registry, names, n, f->peer.https, &f->s->arena, add_set_cookie, f);
}

enum progress reply_with_notice(struct flow *f, enum page_notice notice, struct view link)
{
	if (!start_reply(f, page_notice_status(notice)))
		return flow_give_up(f);
	page_notice(flow_settings(f), notice, link, &f->reply->body);
	add_page_fields(f);
	return flow_go(f, FLOW_REPLY);
}

static enum progress redirect(struct flow *f, struct view url)
{
	if (!start_reply(f, 303))
		return flow_give_up(f);
	add_field(f, VIEW("Location"), url);
	add_field(f, VIEW("Cache-Control"), VIEW("no-store"));
	return flow_go(f, FLOW_REPLY);
}

static enum progress refuse_with_json(struct flow *f, int status, struct view challenge,
				      struct view url)
{
	static const char *const messages[] = {
		[ACT_CHALLENGE] = "This account is used on too many devices.",
		[ACT_LOGOUT] = "This device was logged out.",
		[ACT_SUSPENDED] = "This account is suspended.",
		[ACT_DENY] = "This account is used on too many devices.",
	};

	if (!start_reply(f, status))
		return flow_give_up(f);
	page_json(view_of(reason_code(f->verdict.reason)), messages[reason_act(f->verdict.reason)],
		  challenge, url, &f->reply->body);
	add_json_fields(f);
	return flow_go(f, FLOW_REPLY);
}

static struct view origin_code(int status)
{
	return status == 504   ? VIEW("gateway_timeout")
	       : status == 503 ? VIEW("service_unavailable")
			       : VIEW("bad_gateway");
}

enum progress reply_without_origin(struct flow *f, enum page_notice notice, int status)
{
	if (f->route.client == ROUTE_NAVIGATION) {
		reply_with_notice(f, notice, VIEW_NONE);
	} else if (!start_reply(f, status)) {
		return flow_give_up(f);
	} else {
		page_json(origin_code(status),
			  status == 504 ? "The site takes too long to answer."
					: "The site is out of reach at the moment.",
			  VIEW_NONE, VIEW_NONE, &f->reply->body);
		add_json_fields(f);
		flow_go(f, FLOW_REPLY);
	}
	if (f->next != FLOW_REPLY)
		return PROGRESS_GO;
	f->reply->status = status;
	add_field(f, VIEW("Retry-After"), VIEW("5"));
	return PROGRESS_GO;
}

static enum progress refuse_upgrade(struct flow *f)
{
	if (!start_reply(f, 403))
		return flow_give_up(f);
	add_field(f, VIEW("Cache-Control"), VIEW("no-store"));
	return flow_go(f, FLOW_REPLY);
}

enum progress reply_send(struct flow *f)
{
	struct flow_reply *r = f->reply;

	if (r->body.overflow)
		return flow_give_up(f);
	stream_reply(f->s, r->status, r->fields, r->n_fields, text_view(&r->body));
	return flow_go(f, FLOW_DONE);
}

void reply_fini(struct flow *f)
{
	if (f->reply)
		text_fini(&f->reply->body);
}

/* What an interruption looks like, to each kind of client. */

struct obstacle {
	struct view url; /* where a navigation goes; VIEW_NONE: `notice` is shown instead */
	enum page_notice notice;
	int api_status;
	const char *to; /* the redirect event's; NULL: none */
	char challenge[ID_TEXT_BYTES];
};

static struct view with_challenge(struct flow *f, const char *url, const char *challenge)
{
	char *room = arena_alloc(&f->s->arena, MAX_URL_BYTES);
	struct text t;

	if (!challenge[0] || !room)
		return view_of(url);
	text_init(&t, room, MAX_URL_BYTES);
	url_append(&t, view_of(url), VIEW("challenge"), view_of(challenge));
	return t.overflow ? view_of(url) : text_view(&t);
}

static void find_obstacle(struct flow *f, struct obstacle *o)
{
	const struct settings_redirects *to = &flow_settings(f)->redirects;

	*o = (struct obstacle){ .api_status = 403 };
	if (f->verdict.has_challenge)
		account_id_format(f->verdict.challenge.bytes, o->challenge);
	switch (reason_act(f->verdict.reason)) {
	case ACT_CHALLENGE:
		o->url = arena_format(&f->s->arena, "/.latch/challenge?challenge=%s", o->challenge);
		break;
	case ACT_LOGOUT:
		o->url = with_challenge(f, to->logout_url, o->challenge);
		o->api_status = 401;
		o->to = "logout";
		break;
	case ACT_SUSPENDED:
		o->url = view_of(to->suspended_url);
		o->notice = PAGE_SUSPENDED;
		o->to = to->suspended_url ? "suspended" : NULL;
		break;
	default:
		o->notice =
			f->verdict.reason == REASON_DENIED_TRIAL ? PAGE_DENIED_TRIAL : PAGE_DENIED;
		break;
	}
}

/* The page to return to is the last navigation that was interrupted; what was posted is never replayed. It is kept, so
 * it goes without session ids. */
static struct view wanted(const struct flow *f)
{
	const struct http_head *h = &f->s->request;
	struct http_head copy = *h;

	if (f->route.client != ROUTE_NAVIGATION || f->route.kind != ROUTE_PROXY ||
	    (h->method_id != HTTP_GET && h->method_id != HTTP_HEAD))
		return VIEW_NONE;
	if (!f->who.has_parameters)
		return h->target;
	return sid_remove(f->regime->rules, &copy, NULL, 0, &f->s->arena) ? copy.target : VIEW_NONE;
}

static uint64_t note(struct flow *f, const struct obstacle *o, bool *ret_loop)
{
	struct interrupt i = { .settings = flow_settings(f),
			       .account = f->account.account,
			       .verdict = &f->verdict,
			       .wanted = wanted(f),
			       .to = o->to,
			       .url = o->url };

	inquiry_find_account(f);
	if (!f->account.known)
		return 0;
	if (f->account.session >= 0)
		i.session = &f->who.keys[f->account.session];
	return interrupt_note(f->w->registry, &i, ret_loop);
}

static enum progress show_obstacle(struct flow *f, const struct obstacle *o, bool loop)
{
	switch (f->route.client) {
	case ROUTE_NAVIGATION:
		if (!o->url.at)
			return reply_with_notice(f, o->notice, VIEW_NONE);
		return loop ? reply_with_notice(f, PAGE_LOOP, o->url) : redirect(f, o->url);
	case ROUTE_API:
		return refuse_with_json(f, o->api_status, view_of(o->challenge), o->url);
	default:
		return refuse_upgrade(f);
	}
}

enum progress reply_interrupt(struct flow *f)
{
	struct obstacle o;
	uint64_t number = 0;
	bool loop = false;
	enum progress progress;

	find_obstacle(f, &o);
	if (f->route.client == ROUTE_NAVIGATION)
		number = note(f, &o, &loop);
	progress = show_obstacle(f, &o, loop);
	if (f->next != FLOW_REPLY || f->route.client != ROUTE_NAVIGATION)
		return progress;
	/* A script's request leaves the cookies: the person shall see the redirect on the next click. */
	if (reason_act(f->verdict.reason) == ACT_LOGOUT)
		expire_sessions(f);
	add_device_cookie(f);
	return flow_hold_until(f, number, FLOW_REPLY);
}

/* Our own pages. */

struct journey_form {
	struct view challenge, csrf, action;
	struct view devices[MAX_FORM_DEVICES];
	unsigned n_devices;
};

static void read_form(struct view body, struct arena *arena, struct journey_form *form)
{
	struct url_query_cursor cursor = { body };
	struct view name, value;

	while (url_query_next(&cursor, &name, &value)) {
		struct view decoded = url_decode(value, true, arena);

		if (!decoded.at)
			continue;
		if (view_is(name, VIEW("challenge")))
			form->challenge = decoded;
		else if (view_is(name, VIEW("csrf")))
			form->csrf = decoded;
		else if (view_is(name, VIEW("action")))
			form->action = decoded;
		else if (view_is(name, VIEW("device")) && form->n_devices < MAX_FORM_DEVICES)
			form->devices[form->n_devices++] = decoded;
	}
}

static enum progress go_where_journey_leads(struct flow *f, const struct journey_answer *a)
{
	switch (a->kind) {
	case JOURNEY_SHOW:
		if (!start_reply(f, a->status))
			return flow_give_up(f);
		page_challenge(flow_settings(f), a->page, loop_wall_ms(f->w->loop),
			       &f->reply->body);
		add_page_fields(f);
		flow_go(f, FLOW_REPLY);
		break;
	case JOURNEY_GO:
		redirect(f, a->url);
		break;
	case JOURNEY_FORBIDDEN:
		reply_with_notice(f, PAGE_FORGED, VIEW_NONE);
		break;
	case JOURNEY_SUSPENDED:
	case JOURNEY_LOGGED_OUT:
		/* Acted on as on any other address. */
		f->route.exempt = false;
		return flow_go(f, FLOW_JUDGE);
	default:
		reply_with_notice(f, PAGE_LINK_DEAD, VIEW_NONE);
		break;
	}
	if (f->next != FLOW_REPLY)
		return PROGRESS_GO;
	if (a->expire_sessions)
		expire_sessions(f);
	return flow_hold_until(f, a->number, FLOW_REPLY);
}

static enum progress walk(struct flow *f, struct journey_form *form, bool post)
{
	struct journey_request r = { .registry = f->w->registry,
				     .settings = flow_settings(f),
				     .csrf_key = f->w->csrf_key,
				     .who = &f->who,
				     .account = &f->account,
				     .challenge = form->challenge,
				     .post = post,
				     .csrf = form->csrf,
				     .action = form->action,
				     .devices = form->devices,
				     .n_devices = form->n_devices,
				     .now_ms = loop_wall_ms(f->w->loop),
				     .arena = &f->s->arena };
	struct journey_answer answer;

	inquiry_find_account(f);
	if (journey_step(&r, &answer))
		return flow_give_up(f);
	return go_where_journey_leads(f, &answer);
}

static void on_form(struct stream *s, int err, struct view body)
{
	struct flow *f = s->app;
	struct journey_form *form = arena_zalloc(&s->arena, sizeof(*form));

	if (err || !form) {
		reply_with_notice(f, PAGE_TOO_LARGE, VIEW_NONE);
	} else {
		read_form(body, &s->arena, form);
		walk(f, form, true);
	}
	flow_resume(f, f->next);
}

static enum progress challenge_page(struct flow *f)
{
	struct http_head *h = &f->s->request;
	struct journey_form *form;

	if (h->method_id == HTTP_POST) {
		stream_collect(f->s, FLOW_MAX_FORM_BYTES, on_form);
		return PROGRESS_WAIT;
	}
	form = arena_zalloc(&f->s->arena, sizeof(*form));
	if (!form)
		return flow_give_up(f);
	read_form(h->query, &f->s->arena, form);
	return walk(f, form, false);
}

enum progress reply_own(struct flow *f)
{
	switch (f->route.kind) {
	case ROUTE_CHALLENGE:
		return challenge_page(f);
	case ROUTE_SUSPENDED:
		return reply_with_notice(f, PAGE_SUSPENDED, VIEW_NONE);
	default:
		return reply_with_notice(f, PAGE_NOT_FOUND, VIEW_NONE);
	}
}
