/* The happy path is: FORWARD cleans the head and hands it on; the login form is read as it streams past; LEARN reads the
 * origin's response head and applies what it teaches; RELEASE lets it go. It can fail by the origin (a page of ours), and
 * by a form that two readers could read differently (400). */
#include "gateway/flow_inside.h"

#include "base/log.h"
#include "gateway/privacy.h"
#include "gateway/replaced.h"
#include "gateway/tunnels.h"
#include "identity/sid.h"

static unsigned ended_keys(const struct flow *f, struct session_key *ret_keys)
{
	unsigned n = 0;

	for (unsigned i = 0; i < f->who.n_keys; i++)
		if (f->verdict.ended & (1u << i))
			ret_keys[n++] = f->who.keys[i];
	return n;
}

static bool tell_origin_of_veto(struct flow *f)
{
	struct http_head *h = &f->s->request;
	struct arena *arena = &f->s->arena;
	bool logout = f->verdict.reason == REASON_VETOED_LOGOUT;
	char id[ID_TEXT_BYTES];

	if (f->stranger || (!logout && f->verdict.reason != REASON_VETOED_CHALLENGE))
		return true;
	account_id_format(f->verdict.challenge.bytes, id);
	return head_add(h, arena, VIEW("Latch-Verdict"),
			logout ? VIEW("logout") : VIEW("challenge")) &&
	       (!f->verdict.has_challenge ||
		head_add(h, arena, VIEW("Latch-Challenge"), arena_copy(arena, view_of(id))));
}

/* What the origin may see of it. */
static bool clean(struct flow *f)
{
	struct http_head *h = &f->s->request;
	struct arena *arena = &f->s->arena;
	const struct rules *rules = f->regime->rules;
	struct session_key ended[IDENTITY_MAX_KEYS];
	unsigned n = ended_keys(f, ended);

	if (!identity_clean(rules, h, &f->peer, &f->who, arena))
		return false;
	if (f->stranger && !identity_estrange(rules, h, arena))
		return false;
	if (n && !f->stranger && !identity_remove_keys(rules, h, ended, n, arena))
		return false;
	return tell_origin_of_veto(f);
}

enum progress pass_forward(struct flow *f)
{
	struct stream *s = f->s;
	bool full = false;

	f->login = login_open(f->regime->rules, &s->request, &s->arena, &full);
	if (full || !clean(f))
		return flow_give_up(f);
	f->forwarded = true;
	forward_start(f->w->pool, s, &f->peer, f->request_id, &pass_callbacks);
	return PROGRESS_WAIT;
}

static void on_request_bytes(struct stream *s, struct view bytes)
{
	struct flow *f = s->app;

	if (f->login)
		login_feed(f->login, bytes);
}

static enum progress on_request_end(struct stream *s)
{
	struct flow *f = s->app;

	if (!f->login || login_finish(f->login))
		return PROGRESS_GO;
	reply_with_notice(f, PAGE_BAD_REQUEST, VIEW_NONE);
	flow_resume(f, f->next);
	return PROGRESS_WAIT;
}

static void on_failure(struct stream *s, enum forward_failure why)
{
	struct flow *f = s->app;

	switch (why) {
	case FORWARD_TIMEOUT:
		reply_without_origin(f, PAGE_GATEWAY_TIMEOUT, 504);
		break;
	case FORWARD_DOWN:
	case FORWARD_BUSY:
		reply_without_origin(f, PAGE_BAD_GATEWAY, 503);
		break;
	default:
		reply_without_origin(f, PAGE_BAD_GATEWAY, 502);
		break;
	}
	flow_resume(f, f->next);
}

/* A form that looked like a login but was none: counted by condition, and said once. */
static void note_miss(struct flow *f, enum lesson_miss miss)
{
	static const char *const words[] = {
#define MISS_WORDS(id, label, words_) [LESSON_MISS_##id] = words_,
		LESSON_MISS_TABLE(MISS_WORDS)
#undef MISS_WORDS
	};
	struct view path = sid_free_head(f->regime->rules, f->s->request.path);

	if (miss == LESSON_NO_MISS)
		return;
	/* The metric's rows stand in the order of the table of misses. */
	flow_count(f, METRIC_LOGIN_MISS_NO_USER + (miss - LESSON_MISS_NO_USER), 1);
	if (!said_first(f->w->said, SAID_MISS + miss))
		return;
	log_warn("identity", "a form on %.*s that looked like a login was none: %d, %s",
		 VIEW_ARG(path), f->origin_status, words[miss]);
}

static void on_scope(void *ctx, struct view name, struct view path, struct view domain)
{
	struct flow *f = ctx;

	registry_learn_scope(f->w->registry, name, path, domain);
}

static void apply(struct flow *f, const struct lesson *lesson)
{
	struct learn_input in = { .settings = flow_settings(f),
				  .who = &f->who,
				  .lesson = lesson,
				  .stranger = f->stranger,
				  .not_forwarded = f->verdict.ended,
				  .replaced = replaced_find(f->regime->rules, &f->s->request,
							    &f->who, f->response, &f->s->arena),
				  .may_go_on = f->verdict.reason == REASON_VETOED_LOGOUT,
				  .now_ms = loop_wall_ms(f->w->loop),
				  .arena = &f->s->arena };

	learn_response(f->w->registry, &in, &f->learned);
	if (f->learned.withhold_cookies)
		lesson_withhold_cookies(f->regime->rules, f->response);
	if (f->learned.shared) {
		flow_count(f, METRIC_SESSIONS_SHARED, 1);
		log_warn(
			"identity",
			"a session cookie had the same value for two accounts on two devices: it names no session");
	}
	if (lesson->account.at && f->learned.account_hash)
		flow_count(f, METRIC_LOGINS, 1);
	if (f->learned.set_cookie) {
		f->set_cookie = true;
		f->verdict.device = f->learned.device;
	}
}

/* The arena is full. What may be a login does not pass unlearnt. */
static enum progress cut(struct flow *f)
{
	stream_cut(f->s);
	return PROGRESS_WAIT;
}

/* Some origins have read enough of a login before its body ends. */
static bool answers_in_doubt(struct flow *f)
{
	return f->login && !login_finish(f->login) && f->response->status < 400;
}

/* Only when everything has been learnt from the bare values. */
static bool seal(struct flow *f, int64_t now_ms)
{
	struct view too_long = VIEW_NONE;

	if (!lesson_seal_cookies(f->regime->rules, f->response, now_ms, &f->s->arena, &too_long))
		return false;
	if (too_long.at && said_first(f->w->said, SAID_LONG_SEAL))
		log_warn(
			"identity",
			"with its seal the cookie %.*s is too long for browsers, which will not keep it",
			VIEW_ARG(too_long));
	return true;
}

enum progress pass_learn(struct flow *f)
{
	struct stream *s = f->s;
	int64_t now_ms = loop_wall_ms(f->w->loop);
	struct lesson lesson;

	f->origin_status = f->response->status;
	if (answers_in_doubt(f))
		return cut(f);
	if (!lesson_read(f->regime->rules, &s->request, &f->who, f->login, f->response, now_ms,
			 &s->arena, &lesson))
		return cut(f);
	lesson_consume(f->regime->rules, f->response);
	note_miss(f, lesson.miss);
	if (lesson.bad_limit)
		flow_count(f, METRIC_LIMITS_BAD, 1);
	if (lesson.n_set)
		lesson_each_scope(f->regime->rules, f->response, now_ms, on_scope, f);
	if (learn_is_due(&lesson))
		apply(f, &lesson);
	if (!seal(f, now_ms))
		return cut(f);
	return flow_hold_until(f, f->learned.number, FLOW_RELEASE);
}

/* The response goes to the client; at once when LEARN did not have to wait. */
enum progress pass_release(struct flow *f)
{
	if (f->set_cookie && privacy_may_carry_cookie(f->response->status))
		privacy_add_cookie(f->response, &f->s->arena,
				   device_cookie_make(f->regime->rules, &f->verdict.device,
						      f->peer.https, loop_wall_ms(f->w->loop),
						      &f->s->arena));
	if (f->held)
		forward_resume(f->s);
	return flow_go(f, FLOW_DONE);
}

static enum progress on_response(struct stream *s, struct http_head *response)
{
	struct flow *f = s->app;

	f->response = response;
	flow_resume(f, FLOW_LEARN);
	if (f->step == FLOW_DONE)
		return PROGRESS_GO;
	f->held = true;
	return PROGRESS_WAIT;
}

static void on_tunnel(struct stream *s)
{
	tunnels_add(s->app);
}

const struct forward_app pass_callbacks = {
	.on_request_bytes = on_request_bytes,
	.on_request_end = on_request_end,
	.on_response = on_response,
	.on_tunnel = on_tunnel,
	.on_failure = on_failure,
};
