/* stage: the real flow of a request over the real registry, with everything around it played: the client, the origin, the backend
 * that is asked, the loop and the clock. No sockets, no sleeping. Included once per test program: it stands in for the
 * loop, serve, proxy and webhook rooms by defining their functions. */
#pragma once

#include "base/mem.h"
#include "decision/policy.h"
#include "gateway/flow.h"
#include "gateway/tunnels.h"
#include "registry/outbox.h"
#include "suite.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { STAGE_COOKIES = 16 };

/* What the origin answers: fields, each with CRLF, and a status. */
struct stage_origin {
	int status;
	const char *fields;
};

/* One request and its response: what a tunnel keeps as long as it is open. */
struct stage_line {
	struct stream stream;
	char arena[32768], head[16384], response_head[16384];
	struct http_head response;
	const struct forward_app *app;
	unsigned closed; /* the code that its client got; 0: it is open */
};

struct stage {
	char dir[64];
	struct registry *registry;
	struct metrics *metrics;
	struct decide *decide;
	struct flow_context context;
	struct settings *settings;
	struct hmac_key *key;
	const struct hmac_key *device_keys[1];
	struct stage_origin origin; /* for the next request */
	/* What happens while the next request is at the origin, before its response; once. */
	void (*meanwhile)(struct stage *g);
	struct said said;
	bool veto; /* what the backend answers */
	unsigned asked;
	char asked_type[40], asked_data[2048];
	/* What was told, since stage_hear was called first. */
	unsigned told[OUTBOX_TYPES];
	char told_data[OUTBOX_TYPES][2048]; /* the last of each */
	/* what came of the last request */
	bool forwarded;
	char seen_by_origin[8192];
	int status;
	char answer[65536]; /* head and body as the client gets them */
	struct peer peer;
	/* inside */
	struct stage_line usual, *line; /* on which the next request comes */
	void *memo;
	char form[4096];
	bool answered;
	struct loop_deadline *look; /* at open tunnels, when it is due */
};

/* A browser: its cookies and what it is. */
struct browser {
	struct stage *stage;
	const char *agent;
	const char *extra; /* fields that come with every request, each with CRLF; or NULL */
	char name[STAGE_COOKIES][64], value[STAGE_COOKIES][512];
	unsigned n;
};

static int64_t stage_now_ms;

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct loop_letter *first, **last;
} mail = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL, &mail.first };

static struct stage *on_stage; /* one per process */

int64_t loop_wall_ms(struct loop *l)
{
	(void)l;
	return stage_now_ms;
}

int64_t loop_now_ms(struct loop *l)
{
	(void)l;
	return stage_now_ms;
}

void loop_post(struct loop *l, struct loop_letter *letter)
{
	(void)l;
	letter->next = NULL;
	pthread_mutex_lock(&mail.lock);
	*mail.last = letter;
	mail.last = &letter->next;
	pthread_cond_signal(&mail.changed);
	pthread_mutex_unlock(&mail.lock);
}

static void deliver_one(void)
{
	struct loop_letter *letter;

	pthread_mutex_lock(&mail.lock);
	while (!mail.first)
		pthread_cond_wait(&mail.changed, &mail.lock);
	letter = mail.first;
	mail.first = letter->next;
	if (!mail.first)
		mail.last = &mail.first;
	pthread_mutex_unlock(&mail.lock);
	letter->on_delivery(letter);
}

static void on_asked(struct loop_letter *letter)
{
	struct asker_question *q = (struct asker_question *)letter;

	q->on_answer(q, on_stage->veto);
}

void asker_ask(struct asker *a, struct asker_question *q)
{
	(void)a;
	on_stage->asked++;
	snprintf(on_stage->asked_type, sizeof(on_stage->asked_type), "%s", q->type);
	char *data = json_dump(q->data);

	snprintf(on_stage->asked_data, sizeof(on_stage->asked_data), "%s", data);
	mem_free(data);
	json_decref(q->data);
	q->letter.on_delivery = on_asked;
	loop_post(NULL, &q->letter);
}

void stream_reply(struct stream *s, int status, const struct http_field *fields, size_t n_fields,
		  struct view body)
{
	struct stage *g = on_stage;
	struct text t;

	text_init(&t, g->answer, sizeof(g->answer) - 1);
	text_printf(&t, "HTTP/1.1 %d\r\n", status);
	for (size_t i = 0; i < n_fields; i++)
		text_printf(&t, "%.*s: %.*s\r\n", VIEW_ARG(fields[i].name),
			    VIEW_ARG(fields[i].value));
	text_printf(&t, "\r\n%.*s", VIEW_ARG(body));
	g->answer[t.len] = '\0';
	s->status = g->status = status;
	g->answered = true;
}

struct collecting {
	struct loop_letter letter;
	struct stream *s;
	void (*on_body)(struct stream *s, int err, struct view body);
};

static void on_collected(struct loop_letter *letter)
{
	struct collecting *c = (struct collecting *)letter;

	c->on_body(c->s, 0, view_of(on_stage->form));
	mem_free(c);
}

void stream_collect(struct stream *s, size_t max_bytes,
		    void (*on_body)(struct stream *s, int err, struct view body))
{
	struct collecting *c = MEM_NEW(struct collecting);

	(void)max_bytes;
	*c = (struct collecting){ { NULL, on_collected }, s, on_body };
	loop_post(NULL, &c->letter);
}

static void release(struct stage *g)
{
	struct text t;

	text_init(&t, g->answer, sizeof(g->answer) - 1);
	head_write_response(&g->line->response, &t);
	g->answer[t.len] = '\0';
	g->line->stream.status = g->status = g->line->response.status;
	g->answered = true;
	if (g->status == 101 || strstr(g->answer, "text/event-stream"))
		g->line->app->on_tunnel(&g->line->stream);
}

void forward_resume(struct stream *s)
{
	(void)s;
	release(on_stage);
}

static void play_origin(struct loop_letter *letter)
{
	struct stage *g = on_stage;
	struct http_limits limits = { 16384, 8192, 100 };
	int len;

	mem_free(letter);
	if (g->form[0] && g->line->app->on_request_bytes)
		g->line->app->on_request_bytes(&g->line->stream, view_of(g->form));
	if (g->line->app->on_request_end &&
	    g->line->app->on_request_end(&g->line->stream) == PROGRESS_WAIT)
		return;
	if (g->meanwhile) {
		void (*meanwhile)(struct stage *) = g->meanwhile;

		g->meanwhile = NULL;
		meanwhile(g);
	}
	if (!g->origin.status) {
		g->line->app->on_failure(&g->line->stream, FORWARD_CONNECT);
		return;
	}
	len = snprintf(g->line->response_head, sizeof(g->line->response_head),
		       "HTTP/1.1 %d X\r\n%s\r\n", g->origin.status,
		       g->origin.fields ? g->origin.fields : "");
	ck_assert_int_eq(head_parse_response(view_make(g->line->response_head, (size_t)len),
					     &limits, &g->line->stream.arena, &g->line->response),
			 0);
	if (g->line->app->on_response(&g->line->stream, &g->line->response) == PROGRESS_GO)
		release(g);
}

void forward_start(struct forward_pool *p, struct stream *s, const struct peer *peer,
		   const char *request_id, const struct forward_app *app)
{
	struct stage *g = on_stage;
	struct loop_letter *letter = MEM_NEW(struct loop_letter);
	struct text t;

	(void)p;
	(void)peer;
	ck_assert_uint_gt(strlen(request_id), 0);
	g->forwarded = true;
	g->line->app = app;
	text_init(&t, g->seen_by_origin, sizeof(g->seen_by_origin) - 1);
	head_write_request(&s->request, &t);
	g->seen_by_origin[t.len] = '\0';
	letter->on_delivery = play_origin;
	loop_post(NULL, letter);
}

void stream_cut(struct stream *s)
{
	(void)s;
	on_stage->status = 0;
	on_stage->answered = true;
}

void forward_resume_request(struct stream *s)
{
	(void)s;
}

/* Tunnels: a test that opens one gives it a line of its own. */

void forward_close(struct stream *s, unsigned code)
{
	struct stage_line *line = (struct stage_line *)s; /* its first member */

	if (!line->closed)
		line->closed = code;
}

struct loop_deadlines *loop_deadlines(struct loop *l, int64_t duration_ms)
{
	(void)l;
	(void)duration_ms;
	return NULL;
}

void loop_deadline_set(struct loop_deadlines *list, struct loop_deadline *d)
{
	(void)list;
	on_stage->look = d;
}

void loop_deadline_clear(struct loop_deadline *d)
{
	if (on_stage->look == d)
		on_stage->look = NULL;
}

int64_t forward_origin_ms(const struct stream *s)
{
	(void)s;
	return 0;
}

static int64_t stage_wall_ms(void)
{
	return stage_now_ms;
}

static void stage_open_registry(struct stage *g)
{
	struct registry_options options = { .path = g->dir,
					    .metrics = g->metrics,
					    .wall_ms = stage_wall_ms };
	struct decide_options decide = { .metrics = g->metrics,
					 .metric_shard = 1,
					 .cache_bytes = 1 << 20 };
	char *why = NULL;

	ck_assert_msg(registry_open(&options, &g->registry, &why) == 0, "%s", why);
	decide.registry = g->registry;
	g->decide = decide_create(&decide);
	g->context =
		(struct flow_context){ .decide = g->decide,
				       .registry = g->registry,
				       .asker = g->settings->events.url ? (struct asker *)g : NULL,
				       .metrics = g->metrics,
				       .metric_shard = 1,
				       .csrf_key = g->key,
				       .said = &g->said };
	g->context.regime =
		regime_create(g->settings, registry_state_key(g->registry), g->device_keys, 1);
	g->context.tunnels = tunnels_create(&g->context);
}

static struct settings *stage_settings(const char *yaml)
{
	static const char usual[] =
		"listen: [\"127.0.0.1:8080\"]\norigin: { url: \"http://127.0.0.1:9\" }\nwarmup: 0s\n"
		"log: { access: false }\n";
	static const char redirects[] =
		"redirect_urls: { new_account_url: /signup.php, logout_url: /login.php }\n";
	static const char identity[] =
		"identity:\n  session_cookies: [PHPSESSID, REMEMBER]\n  account:\n"
		"    - login_form: { path: /login.php, field: user, password: pass, success: { status: 302 } }\n"
		"    - response_header: Latch-Account\n  logout_paths: [/logout.php]\n";
	struct settings *settings;
	struct text messages;
	char text[8192];

	snprintf(text, sizeof(text), "%s%s%s%s", usual, strstr(yaml, "identity:") ? "" : identity,
		 strstr(yaml, "redirect_urls:") ? "" : redirects, yaml);
	text_init_growing(&messages, 65536);
	settings = settings_parse(view_of(text), "stage", &messages);
	ck_assert_msg(settings, "%.*s", VIEW_ARG(text_view(&messages)));
	text_fini(&messages);
	return settings;
}

/* `yaml`: what is added to the usual settings (a login form on /login.php, cookie PHPSESSID, logout on /logout.php). */
static struct stage *stage_open(const char *yaml)
{
	struct stage *g = mem_new(sizeof(*g));

	g->settings = stage_settings(yaml);
	snprintf(g->dir, sizeof(g->dir), "%s/latchd-stage-XXXXXX", suite_room());
	ck_assert_ptr_nonnull(mkdtemp(g->dir));
	g->metrics = metric_create();
	g->key = hmac_key_create(VIEW("a key for cookies and for forms"));
	g->device_keys[0] = g->key;
	stage_now_ms = 1800000000000;
	on_stage = g;
	g->line = &g->usual;
	g->origin = (struct stage_origin){ 200, "" };
	stage_open_registry(g);
	return g;
}

static void stage_leave_registry(struct stage *g)
{
	tunnels_destroy(&g->context.tunnels);
	regime_unref(&g->context.regime);
	decide_destroy(&g->decide);
	registry_close(&g->registry);
}

/* Other settings, as after a reload. */
__attribute__((unused)) static void stage_use(struct stage *g, const char *yaml)
{
	settings_unref(&g->settings);
	g->settings = stage_settings(yaml);
	regime_unref(&g->context.regime);
	g->context.regime =
		regime_create(g->settings, registry_state_key(g->registry), g->device_keys, 1);
}

__attribute__((unused)) static void stage_restart(struct stage *g)
{
	stage_leave_registry(g);
	stage_open_registry(g);
}

static void stage_close(struct stage *g)
{
	char command[128];

	stage_leave_registry(g);
	flow_callbacks.on_connection_end(&g->context, g->memo);
	metric_destroy(&g->metrics);
	hmac_key_destroy(&g->key);
	settings_unref(&g->settings);
	snprintf(command, sizeof(command), "rm -rf %s", g->dir);
	ck_assert_int_eq(system(command), 0);
	mem_free(g);
}

__attribute__((unused)) static void stage_pass(int64_t ms)
{
	stage_now_ms += ms;
}

static void end_line(struct stage *g, struct stage_line *line)
{
	flow_callbacks.on_end(&g->context, &line->stream, false);
	arena_fini(&line->stream.arena);
}

/* Plays one whole request; the status that the client gets. */
static int stage_play(struct stage *g, const char *head, const char *form)
{
	struct http_limits limits = { 16384, 8192, 100 };
	struct sockaddr_storage remote = { .ss_family = AF_INET };

	ck_assert_uint_lt(strlen(head), sizeof(g->line->head));
	snprintf(g->line->head, sizeof(g->line->head), "%s", head);
	snprintf(g->form, sizeof(g->form), "%s", form ? form : "");
	g->forwarded = g->answered = false;
	g->seen_by_origin[0] = g->answer[0] = '\0';
	memcpy(&((struct sockaddr_in *)&remote)->sin_addr, "\x7f\0\0\1", 4);
	g->line->stream = (struct stream){ .settings = g->settings,
					   .remote = &remote,
					   .memo = &g->memo,
					   .began_ms = stage_now_ms };
	arena_init(&g->line->stream.arena, g->line->arena, sizeof(g->line->arena), 1 << 20);
	ck_assert_int_eq(head_parse_request(view_of(g->line->head), &limits, &g->line->stream.arena,
					    &g->line->stream.request),
			 0);
	ck_assert_int_eq(body_plan_request(&g->line->stream.request, &g->line->stream.body), 0);
	flow_callbacks.on_request(&g->context, &g->line->stream);
	while (!g->answered)
		deliver_one();
	if (g->line == &g->usual)
		end_line(g, g->line);
	g->origin = (struct stage_origin){ 200, "" };
	return g->status;
}

static const char firefox[] =
	"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
__attribute__((unused)) static const char phone[] =
	"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
	"Mobile/15E148 Safari/604.1";

static struct browser browser_new(struct stage *g)
{
	g->origin = (struct stage_origin){ 200, "" };
	return (struct browser){ .stage = g, .agent = firefox };
}

__attribute__((unused)) static const char *browser_cookie(const struct browser *b, const char *name)
{
	for (unsigned i = 0; i < b->n; i++)
		if (strcmp(b->name[i], name) == 0)
			return b->value[i];
	return NULL;
}

static void browser_set_cookie(struct browser *b, const char *name, const char *value)
{
	unsigned i = 0;

	while (i < b->n && strcmp(b->name[i], name) != 0)
		i++;
	ck_assert_uint_lt(i, STAGE_COOKIES);
	snprintf(b->name[i], sizeof(b->name[i]), "%s", name);
	snprintf(b->value[i], sizeof(b->value[i]), "%s", value);
	if (i == b->n)
		b->n++;
}

__attribute__((unused)) static void browser_drop_cookie(struct browser *b, const char *name)
{
	for (unsigned i = 0; i < b->n; i++)
		if (strcmp(b->name[i], name) == 0) {
			b->n--;
			memmove(b->name[i], b->name[b->n], sizeof(b->name[i]));
			memmove(b->value[i], b->value[b->n], sizeof(b->value[i]));
		}
}

static void take_set_cookies(struct browser *b, const char *answer)
{
	for (const char *at = answer; (at = strstr(at, "\r\nSet-Cookie: "));) {
		char line[2048], name[64], value[512];

		at += 14;
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\r"), at);
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(line, "="), line);
		snprintf(value, sizeof(value), "%.*s", (int)strcspn(strchr(line, '=') + 1, ";"),
			 strchr(line, '=') + 1);
		if (strstr(line, "Max-Age=0"))
			browser_drop_cookie(b, name);
		else
			browser_set_cookie(b, name, value);
	}
}

/* `fields`: each with CRLF. */
static int browser_request(struct browser *b, const char *method, const char *target,
			   const char *fields, const char *form)
{
	char head[8192];
	struct text t;

	text_init(&t, head, sizeof(head) - 1);
	text_printf(&t, "%s %s HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: %s\r\n%s%s", method,
		    target, b->agent, fields, b->extra ? b->extra : "");
	for (unsigned i = 0; i < b->n; i++)
		text_printf(&t, "%s%s=%s", i ? "; " : "Cookie: ", b->name[i], b->value[i]);
	text_puts(&t, b->n ? "\r\n" : "");
	if (form)
		text_printf(
			&t,
			"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %zu\r\n",
			strlen(form));
	text_puts(&t, "\r\n");
	head[t.len] = '\0';
	stage_play(b->stage, head, form);
	take_set_cookies(b, b->stage->answer);
	return b->stage->status;
}

static const char navigation[] = "Accept: text/html\r\nSec-Fetch-Mode: navigate\r\n";

__attribute__((unused)) static int browser_click(struct browser *b, const char *target)
{
	return browser_request(b, "GET", target, navigation, NULL);
}

__attribute__((unused)) static int browser_fetch(struct browser *b, const char *target)
{
	return browser_request(b, "GET", target,
			       "Accept: application/json\r\nSec-Fetch-Mode: cors\r\n", NULL);
}

__attribute__((unused)) static int browser_post(struct browser *b, const char *target,
						const char *form)
{
	return browser_request(b, "POST", target, navigation, form);
}

/* The origin accepts the login with a fresh session of that value. */
__attribute__((unused)) static int browser_log_in(struct browser *b, const char *user,
						  const char *session)
{
	char fields[256], form[256];

	snprintf(fields, sizeof(fields), "Location: /\r\nSet-Cookie: PHPSESSID=%s; Path=/\r\n",
		 session);
	snprintf(form, sizeof(form), "user=%s&pass=secret", user);
	b->stage->origin = (struct stage_origin){ 302, fields };
	return browser_post(b, "/login.php", form);
}

__attribute__((unused)) static void browser_arrive(struct browser *b, const char *user,
						   const char *session)
{
	ck_assert_int_eq(browser_log_in(b, user, session), 302);
	ck_assert_int_eq(browser_click(b, "/members"), 200);
}

/* The value of a field of the last answer; "" without one. */
__attribute__((unused)) static const char *stage_field(const struct stage *g, const char *name)
{
	static char value[2048];
	char needle[80];
	const char *at;

	snprintf(needle, sizeof(needle), "\r\n%s: ", name);
	at = strstr(g->answer, needle);
	snprintf(value, sizeof(value), "%.*s", at ? (int)strcspn(at + strlen(needle), "\r") : 0,
		 at ? at + strlen(needle) : "");
	return value;
}

/* Posts an action of the page that is open; `device`: the n-th checkbox's, -1: none. */
__attribute__((unused)) static int browser_act(struct browser *b, const char *action, int device)
{
	char challenge[64], csrf[128], form[512], id[64] = "";
	const char *page = b->stage->answer, *at = page;

	at = strstr(page, "name=\"challenge\" value=\"");
	ck_assert_msg(at, "no form in: %s", page);
	snprintf(challenge, sizeof(challenge), "%.*s", (int)strcspn(at + 24, "\""), at + 24);
	at = strstr(page, "name=\"csrf\" value=\"");
	snprintf(csrf, sizeof(csrf), "%.*s", (int)strcspn(at + 19, "\""), at + 19);
	at = page;
	for (int i = 0; i <= device; i++) {
		at = strstr(at, "name=\"device\" value=\"");
		ck_assert_ptr_nonnull(at);
		at += 21;
		snprintf(id, sizeof(id), "%.*s", (int)strcspn(at, "\""), at);
	}
	snprintf(form, sizeof(form), "challenge=%s&csrf=%s&action=%s%s%s", challenge, csrf, action,
		 id[0] ? "&device=" : "", id);
	return browser_post(b, "/.latch/challenge", form);
}

/* The account, from inside. */

struct stage_step {
	unsigned n; /* of the attachment, oldest first */
	int value;
	struct challenge_id challenge;
	bool found;
};

__attribute__((unused)) static void
stage_change(struct stage *g, const char *account,
	     void (*fn)(struct account *a, struct change *c, void *arg), void *arg)
{
	registry_change(g->registry, view_of(account), false, fn, arg);
}

static void step_detach(struct account *a, struct change *c, void *arg)
{
	struct stage_step *s = arg;

	ck_assert_uint_lt(s->n, a->n_attachments);
	policy_detach(a, c, a->attachments[s->n], (enum revoke_cause)s->value, NULL);
}

/* Somebody else ends the n-th attachment. */
__attribute__((unused)) static void stage_detach(struct stage *g, const char *account, unsigned n,
						 enum revoke_cause cause)
{
	struct stage_step s = { .n = n, .value = (int)cause };

	stage_change(g, account, step_detach, &s);
}

static void step_suspend(struct account *a, struct change *c, void *arg)
{
	struct stage_step *s = arg;

	a->suspended = s->value;
	change_account(c);
}

__attribute__((unused)) static void stage_suspend(struct stage *g, const char *account,
						  bool suspended)
{
	struct stage_step s = { .value = suspended };

	stage_change(g, account, step_suspend, &s);
}

static void step_suspend_device(struct account *a, struct change *c, void *arg)
{
	struct stage_step *s = arg;

	a->attachments[s->n]->suspended = s->value;
	change_attachment(c, a->attachments[s->n]);
}

__attribute__((unused)) static void stage_suspend_device(struct stage *g, const char *account,
							 unsigned n, bool suspended)
{
	struct stage_step s = { .n = n, .value = suspended };

	stage_change(g, account, step_suspend_device, &s);
}

static void step_limit(struct account *a, struct change *c, void *arg)
{
	struct stage_step *s = arg;

	a->admin_limit = s->value;
	change_account(c);
}

/* The administrator's. */
__attribute__((unused)) static void stage_limit(struct stage *g, const char *account, int limit)
{
	struct stage_step s = { .value = limit };

	stage_change(g, account, step_limit, &s);
}

struct stage_count {
	unsigned attached, counted, all, sessions;
};

static void look_count(const struct account *a, void *arg)
{
	struct stage_count *count = arg;

	count->sessions = a->n_sessions;
	for (unsigned i = 0; i < a->n_attachments; i++) {
		count->all += a->attachments[i]->status != ATTACHMENT_PENDING;
		count->attached += a->attachments[i]->status == ATTACHMENT_ATTACHED;
		count->counted += a->attachments[i]->counted;
	}
}

/* What the account has: devices that came back, attached ones, those that hold a place. */
__attribute__((unused)) static struct stage_count stage_count(struct stage *g, const char *account)
{
	struct stage_count count = { 0 };

	registry_look(g->registry, view_of(account), look_count, &count);
	return count;
}

/* Takes note of all that was told. */
__attribute__((unused)) static void stage_hear(struct stage *g)
{
	struct outbox_event e;

	while (outbox_waiting(g->registry)) {
		if (!outbox_take(g->registry, stage_now_ms, &e, 1)) {
			sched_yield();
			continue;
		}
		g->told[e.type]++;
		snprintf(g->told_data[e.type], sizeof(g->told_data[e.type]), "%s", e.data);
		mem_free(e.data);
		outbox_done(g->registry, e.seq);
	}
}

__attribute__((unused)) static unsigned stage_told(struct stage *g, enum outbox_type type)
{
	stage_hear(g);
	return g->told[type];
}

__attribute__((unused)) static bool stage_origin_saw(const struct stage *g, const char *text)
{
	return g->forwarded && strstr(g->seen_by_origin, text);
}

/* A request with just these fields, from nobody's jar. */
__attribute__((unused)) static int stage_raw(struct stage *g, const char *target,
					     const char *fields)
{
	struct browser b = { .stage = g, .agent = firefox, .extra = fields };

	return browser_request(&b, "GET", target, navigation, NULL);
}
