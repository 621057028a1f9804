/* The happy path is: the address is the origin's, the sender is read, the verdict comes from the cache and allows. It can
 * fail by the arena being full (503). */
#include "gateway/flow_inside.h"

#include "base/json.h"
#include "base/mem.h"
#include "decision/interrupt.h"
#include "gateway/tunnels.h"
#include "page/page.h"

enum { MAX_QUESTIONS = 2 };

static bool is_request_id(struct view v)
{
	if (!v.at || !v.len || v.len >= FLOW_REQUEST_ID_BYTES)
		return false;
	for (size_t i = 0; i < v.len; i++) {
		char c = v.at[i];

		if (!(view_lower(c) >= 'a' && view_lower(c) <= 'z') && !(c >= '0' && c <= '9') &&
		    c != '.' && c != '_' && c != '-')
			return false;
	}
	return true;
}

/* Made anew, or kept from a trusted proxy. */
static bool name_request(struct flow *f)
{
	struct view given = head_value(&f->s->request, HTTP_X_REQUEST_ID);
	struct view id;
	struct text t;
	char *bytes;

	if (f->peer.trusted && is_request_id(given)) {
		id = arena_copy(&f->s->arena, given);
		f->request_id = id.at;
		return id.at != NULL;
	}
	bytes = arena_alloc(&f->s->arena, 33);
	if (!bytes)
		return false;
	text_init(&t, bytes, 33);
	uint64_t number[2] = { f->w->request_prefix, __builtin_bswap64(++f->w->request_count) };

	text_hex(&t, number, sizeof(number));
	bytes[t.len] = '\0';
	f->request_id = bytes;
	return true;
}

enum progress inquiry_route(struct flow *f)
{
	struct stream *s = f->s;
	const struct settings *settings = flow_settings(f);

	peer_find(&s->request, s->remote, s->https, settings, &f->peer);
	if (!name_request(f) || !route_find(&s->request, &f->peer, settings, &s->arena, &f->route))
		return flow_give_up(f);
	if (f->peer.ignored_header && said_first(f->w->said, SAID_IGNORED_HEADER))
		log_warn("gateway",
			 "X-Forwarded-For from %s is ignored: it is not among trusted_proxies",
			 f->peer.text);
	if (f->route.kind == ROUTE_ASSET || f->route.kind == ROUTE_SUSPENDED ||
	    f->route.kind == ROUTE_OWN_UNKNOWN)
		return flow_go(f, FLOW_OWN);
	return flow_go(f, FLOW_IDENTIFY);
}

/* Counted here, and not by serve, to which the form is good. */
static enum progress refuse_assertions(struct flow *f)
{
	flow_count(f, METRIC_REFUSED, 1);
	if (said_first(f->w->said, SAID_TWO_ASSERTIONS))
		log_warn(
			"gateway",
			"a trusted proxy sent the account's header twice with different values: such requests are refused");
	return reply_with_notice(f, PAGE_BAD_REQUEST, VIEW_NONE);
}

enum progress inquiry_identify(struct flow *f)
{
	struct stream *s = f->s;
	struct identity_memo *memo = *s->memo;
	bool fits = identity_read(f->regime->rules, &s->request, &f->peer, loop_wall_ms(f->w->loop),
				  &memo, &s->arena, &f->who);

	*s->memo = memo;
	if (!fits)
		return flow_give_up(f);
	if (f->who.device_seen == DEVICE_FORGED)
		flow_count(f, METRIC_COOKIES_FORGED, 1);
	if (f->who.look_alikes)
		flow_count(f, METRIC_COOKIES_LOOK_ALIKE, f->who.look_alikes);
	if (f->who.surplus_parameters)
		flow_count(f, METRIC_PARAMETERS_REMOVED, f->who.surplus_parameters);
	if (f->who.unsealed)
		flow_count(f, METRIC_COOKIES_UNSEALED, f->who.unsealed);
	if (f->who.asserted_twice)
		return refuse_assertions(f);
	return flow_go(f, f->route.kind == ROUTE_CHALLENGE ? FLOW_OWN : FLOW_JUDGE);
}

static void count_identified(struct flow *f)
{
	if (f->verdict.account_hash)
		flow_count(f, METRIC_IDENTIFIED_ACCOUNT, 1);
	else
		flow_count(f, f->who.n_keys ? METRIC_IDENTIFIED_SESSION : METRIC_IDENTIFIED_NOTHING,
			   1);
}

enum progress inquiry_judge(struct flow *f)
{
	struct decide_question q = { .settings = flow_settings(f),
				     .who = &f->who,
				     .exempt_peer = f->route.exempt_peer,
				     .navigation = f->route.client == ROUTE_NAVIGATION,
				     .now_ms = loop_wall_ms(f->w->loop),
				     .arena = &f->s->arena };
	bool set_cookie;

	decide_request(f->w->decide, &q, &f->verdict, &set_cookie);
	f->set_cookie |= set_cookie;
	if (!f->questions)
		count_identified(f);
	return flow_hold_until(f, f->verdict.number, FLOW_QUESTION);
}

void inquiry_find_account(struct flow *f)
{
	if (!f->account.known)
		decide_find_account(f->w->registry, &f->who, &f->account);
}

struct view inquiry_site(struct flow *f)
{
	const struct settings *settings = flow_settings(f);

	if (settings->public_authority)
		return arena_format(&f->s->arena, "%s://%s",
				    settings->public_https ? "https" : "http",
				    settings->public_authority);
	return arena_format(&f->s->arena, "%s://%.*s", f->peer.https ? "https" : "http",
			    VIEW_ARG(f->s->request.host));
}

struct flow_question {
	struct asker_question question;
	struct flow *f; /* NULL: the client went away; the answer is kept all the same */
	struct registry *registry;
	struct verdict verdict;
	char account[257];
};

void inquiry_forget(struct flow *f)
{
	if (f->question)
		f->question->f = NULL;
	f->question = NULL;
}

static void on_answer(struct asker_question *question, bool veto)
{
	struct flow_question *q = (struct flow_question *)question;
	struct flow *f = q->f;

	interrupt_answer(q->registry, q->account, &q->verdict, veto);
	mem_free(q);
	if (!f)
		return;
	f->question = NULL;
	if (f->tunnel)
		tunnels_answered(f);
	else
		flow_resume(f, FLOW_JUDGE);
}

static json_t *question_body(struct flow *f)
{
	char id[ID_TEXT_BYTES];
	struct view site = inquiry_site(f), url;

	account_id_format(f->verdict.challenge.bytes, id);
	url = arena_format(&f->s->arena, "%.*s/.latch/challenge?challenge=%s", VIEW_ARG(site), id);
	return interrupt_question(f->w->registry, f->account.account, &f->verdict, url);
}

static bool interrupts(const struct flow *f)
{
	enum act act = reason_act(f->verdict.reason);

	return act != ACT_ALLOW && act != ACT_STRANGER && !f->route.exempt;
}

static struct flow_question *new_question(struct flow *f, json_t *data)
{
	struct flow_question *q = MEM_NEW(struct flow_question);

	q->f = f;
	q->registry = f->w->registry;
	q->verdict = f->verdict;
	memcpy(q->account, f->account.account, sizeof(q->account));
	q->question.loop = f->w->loop;
	q->question.data = data;
	q->question.on_answer = on_answer;
	if (f->verdict.asks == VISIT_ASKS_CHALLENGE) {
		q->question.type = "on_challenge";
		memcpy(q->question.key, f->verdict.challenge.bytes, ID_BYTES);
	} else {
		q->question.type = "on_current_device_logout";
		memcpy(q->question.key, f->verdict.revocation.bytes, ID_BYTES);
	}
	return q;
}

static bool may_ask(const struct flow *f)
{
	return f->verdict.asks != VISIT_ASKS_NOTHING && f->w->asker && f->questions < MAX_QUESTIONS;
}

bool inquiry_ask(struct flow *f)
{
	json_t *data;

	if (!may_ask(f))
		return false;
	f->questions++;
	f->account.known = false;
	inquiry_find_account(f);
	data = f->account.known ? question_body(f) : NULL;
	if (!data)
		return false;
	f->question = new_question(f, data);
	asker_ask(f->w->asker, &f->question->question);
	return true;
}

/* Asked once; whoever has no backend to ask, or asks twice in vain, goes on. */
enum progress inquiry_question(struct flow *f)
{
	if (!interrupts(f) || !may_ask(f))
		return flow_go(f, FLOW_ACT);
	return inquiry_ask(f) ? PROGRESS_WAIT : flow_go(f, FLOW_JUDGE);
}

static enum metric act_metric(enum act act)
{
	static const enum metric metrics[] = {
		[ACT_ALLOW] = METRIC_VERDICT_ALLOW,
		[ACT_STRANGER] = METRIC_VERDICT_STRANGER,
		[ACT_CHALLENGE] = METRIC_VERDICT_CHALLENGE,
		[ACT_LOGOUT] = METRIC_VERDICT_LOGOUT,
		[ACT_SUSPENDED] = METRIC_VERDICT_SUSPENDED,
		[ACT_DENY] = METRIC_VERDICT_DENY,
	};

	return metrics[act];
}

/* Whoever is not allowed comes to an exempt address as a stranger. */
enum progress inquiry_act(struct flow *f)
{
	enum act act = reason_act(f->verdict.reason);

	if (act != ACT_ALLOW && act != ACT_STRANGER && f->route.exempt) {
		f->stranger = true;
		act = ACT_STRANGER;
	}
	flow_count(f, act_metric(act), 1);
	if (f->route.kind != ROUTE_PROXY && !interrupts(f))
		return reply_with_notice(f, PAGE_LINK_DEAD, VIEW_NONE);
	return flow_go(f, interrupts(f) ? FLOW_INTERRUPT : FLOW_FORWARD);
}
