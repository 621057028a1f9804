/* The happy path is: what the request shows was seen before, nothing that could change the verdict has happened since, so
 * it still holds. It can fail by anything being unequal; then the registry is asked and the answer kept. */
#include "decision/decide.h"

#include "base/hmac.h"
#include "base/map.h"
#include "base/mem.h"
#include "decision/cache.h"
#include "decision/policy.h"
#include "identity/agent.h"

#include <stddef.h>

enum { COOKIE_AGAIN_MS = 60 * 1000 };

struct decide {
	struct decide_options options;
	struct cache *cache;
	struct map_seed seeds[2];
};

struct decide *decide_create(const struct decide_options *options)
{
	struct decide *d = MEM_NEW(struct decide);

	d->options = *options;
	d->cache = cache_create(options->cache_bytes);
	hmac_random(d->seeds, sizeof(d->seeds));
	return d;
}

void decide_destroy(struct decide **d)
{
	if (*d)
		cache_destroy(&(*d)->cache);
	MEM_FREE(*d);
}

static void count(const struct decide *d, enum metric id)
{
	metric_add(d->options.metrics, d->options.metric_shard, id, 1);
}

/* Everything that a verdict can depend on and that the request shows. The keys stand last: most requests have one, and what
 * is not there need not be hashed. */
static struct cache_key key_of(const struct decide *d, const struct decide_question *q)
{
	const struct identity *who = q->who;
	struct {
		struct device_id device;
		uint8_t network[NETWORK_BYTES];
		uint64_t asserted;
		uint8_t n_keys, seen, type, os, browser, exempt, spare[2];
		struct session_key keys[IDENTITY_MAX_KEYS];
	} shown;
	struct view bytes = view_make(&shown, offsetof(typeof(shown), keys[0]) +
						      who->n_keys * sizeof(shown.keys[0]));

	memset(&shown, 0, offsetof(typeof(shown), keys[0]));
	shown.n_keys = (uint8_t)who->n_keys;
	shown.seen = (uint8_t)who->device_seen;
	shown.type = who->facts.type;
	shown.os = who->facts.os;
	shown.browser = who->facts.browser;
	shown.exempt = q->exempt_peer;
	memcpy(shown.keys, who->keys, who->n_keys * sizeof(*who->keys));
	memcpy(shown.network, who->facts.network, NETWORK_BYTES);
	if (who->device_seen == DEVICE_VALID)
		shown.device = who->device;
	if (who->asserted.at)
		shown.asserted = map_hash(d->seeds[1], who->asserted);
	return (struct cache_key){ map_hash(d->seeds[0], bytes), map_hash(d->seeds[1], bytes) };
}

static uint64_t generation_of(const struct registry *r, const struct identity *who,
			      uint64_t account_hash)
{
	uint64_t sum = account_hash ? registry_generation(r, account_hash) : 0;

	for (unsigned i = 0; i < who->n_keys; i++)
		sum += registry_generation(r, registry_key_hash(&who->keys[i]));
	return sum;
}

static void name_session(struct decide_account *account, unsigned i,
			 const struct registry_found *found)
{
	account->foreign |= account->bound; /* of whoever it seemed to be until now */
	account->bound = (uint8_t)(1u << i);
	account->known = true;
	account->session = (int)i;
	account->source = found->source;
	account->state = found->state;
	account->device = found->device;
	memcpy(account->account, found->account, sizeof(found->account));
}

/* Of values that are bound to two accounts, the one that was bound last says who is logged in. */
static void note_bound(struct decide_account *account, unsigned i,
		       const struct registry_found *found, int64_t *bound_ms)
{
	bool same = account->known && strcmp(account->account, found->account) == 0;

	if (same) {
		account->bound |= (uint8_t)(1u << i);
		if (found->bound_ms > *bound_ms)
			*bound_ms = found->bound_ms;
	} else if (!account->known || found->bound_ms > *bound_ms) {
		name_session(account, i, found);
		*bound_ms = found->bound_ms;
	} else {
		account->foreign |= (uint8_t)(1u << i);
	}
}

/* The first revoked value refuses the request; otherwise a bound one names the session. */
static void find_session(struct registry *r, const struct identity *who,
			 struct decide_account *account)
{
	struct registry_found found;
	int64_t bound_ms = 0;

	for (unsigned i = 0; i < who->n_keys && account->state != SESSION_REVOKED; i++) {
		registry_find(r, &who->keys[i], &found);
		if (!found.known || found.state == SESSION_ANONYMOUS)
			account->unbound |= (uint8_t)((who->cookie[i] != IDENTITY_ECHO) << i);
		else if (found.state == SESSION_ENDED)
			account->ended |= (uint8_t)(1u << i);
		else if (found.state == SESSION_REVOKED)
			name_session(account, i, &found);
		else if (found.state == SESSION_BOUND)
			note_bound(account, i, &found, &bound_ms);
	}
}

static void assert_account(const struct identity *who, struct decide_account *account)
{
	struct decide_account was = *account;
	size_t len = who->asserted.len < sizeof(account->account) ? who->asserted.len
								  : sizeof(account->account) - 1;
	bool same = account->known && view_is(view_of(account->account), who->asserted);
	uint8_t may_name = account->unbound | account->bound;
	int session = -1;

	for (unsigned i = 0; i < who->n_keys && session < 0; i++)
		if (may_name & (1u << i))
			session = (int)i;
	if (same)
		session = account->session;
	*account = (struct decide_account){ .known = true,
					    .session = session,
					    .source = who->asserted_source,
					    .state = SESSION_BOUND,
					    .ended = account->ended,
					    .bound = same ? account->bound : 0,
					    .foreign = account->foreign,
					    .unbound = same ? account->unbound : may_name };
	memcpy(account->account, who->asserted.at, len);
	account->account[len] = '\0';
	if (was.known && strcmp(was.account, account->account) != 0)
		memcpy(account->previous, was.account, sizeof(was.account));
}

void decide_find_account(struct registry *r, const struct identity *who,
			 struct decide_account *ret_account)
{
	struct decide_account account = { .session = -1, .state = SESSION_ANONYMOUS };

	find_session(r, who, &account);
	if (who->asserted.at && account.state != SESSION_REVOKED &&
	    (!account.known || who->asserted_source <= account.source))
		assert_account(who, &account);
	*ret_account = account;
}

struct judgement {
	struct visit visit;
	struct verdict verdict;
	struct session_key unbound[IDENTITY_MAX_KEYS];
	uint8_t index[IDENTITY_MAX_KEYS]; /* of unbound[i] among the request's keys */
};

static void gather_unbound(struct judgement *j, const struct identity *who,
			   const struct decide_account *account)
{
	for (unsigned i = 0; i < who->n_keys; i++) {
		if (!(account->unbound & (1u << i)) || (int)i == account->session)
			continue;
		j->index[j->visit.n_unbound] = (uint8_t)i;
		j->unbound[j->visit.n_unbound++] = who->keys[i];
	}
	j->visit.unbound = j->unbound;
}

static uint8_t not_to_forward(const struct judgement *j, const struct decide_account *account)
{
	uint8_t mask = account->ended | account->foreign;

	for (unsigned i = 0; i < j->visit.n_unbound; i++)
		if (j->verdict.unjoined & (1u << i))
			mask |= (uint8_t)(1u << j->index[i]);
	return mask;
}

static void judge(struct account *a, struct change *c, void *arg)
{
	struct judgement *j = arg;

	policy_judge(a, c, &j->visit, &j->verdict);
	j->verdict.account_hash = a->hash;
}

/* When the warmup ends. */
static int64_t warm_ms(const struct decide *d, const struct decide_question *q)
{
	return registry_born_ms(d->options.registry) + q->settings->warmup_ms;
}

/* A clock that was set back does not make it last until the old time comes again. */
static bool is_warming_up(const struct decide *d, const struct decide_question *q)
{
	return registry_was_empty(d->options.registry) && q->now_ms < warm_ms(d, q) &&
	       q->now_ms > registry_born_ms(d->options.registry) - q->settings->warmup_ms;
}

static void ask_registry(struct decide *d, const struct decide_question *q,
			 const struct decide_account *account, struct verdict *ret_verdict)
{
	const struct identity *who = q->who;
	struct judgement j = {
		.visit = { .settings = q->settings,
			   .warmup = is_warming_up(d, q),
			   .exempt_peer = q->exempt_peer,
			   .session = account->session >= 0 ? &who->keys[account->session] : NULL,
			   .source = account->source,
			   .has_cookie = who->device_seen == DEVICE_VALID,
			   .cookie = who->device,
			   .facts = who->facts,
			   .label = agent_label(&who->facts, q->arena) }
	};
	uint64_t number;

	device_mint(&j.visit.fresh);
	gather_unbound(&j, who, account);
	number = registry_change(d->options.registry, view_of(account->account), true, judge, &j);
	if (j.verdict.reason == REASON_PENDING || j.verdict.asks != VISIT_ASKS_NOTHING)
		j.verdict.until_ms = 0;
	else if (j.visit.warmup && j.verdict.until_ms > warm_ms(d, q))
		j.verdict.until_ms = warm_ms(d, q);
	j.verdict.number = number;
	j.verdict.ended = not_to_forward(&j, account);
	*ret_verdict = j.verdict;
}

static void leave(struct account *a, struct change *c, void *arg)
{
	const struct identity *who = arg;

	for (unsigned i = 0; i < who->n_keys; i++) {
		struct session *s = account_session(a, &who->keys[i]);

		if (s && s->state == SESSION_BOUND)
			policy_leave(a, c, s, false);
	}
}

/* A change of account concerns this session only. */
static void leave_previous(struct decide *d, const struct identity *who,
			   const struct decide_account *account)
{
	struct identity carried = *who;

	if (account->previous[0])
		registry_change(d->options.registry, view_of(account->previous), false, leave,
				&carried);
}

/* Generations are read before what they guard, so that a change in between makes the entry stale, never wrong. */
static void judge_anew(struct decide *d, const struct decide_question *q, struct cache_entry *e)
{
	struct registry *r = d->options.registry;
	struct decide_account account;

	e->generation = generation_of(r, q->who, 0);
	decide_find_account(r, q->who, &account);
	if (account.known) {
		e->generation +=
			registry_generation(r, registry_account_hash(r, view_of(account.account)));
		leave_previous(d, q->who, &account);
		ask_registry(d, q, &account, &e->verdict);
	} else {
		e->verdict.reason = account.ended ? REASON_ENDED : REASON_ANONYMOUS;
		e->verdict.until_ms = q->now_ms + POLICY_VERDICT_MS;
		e->verdict.ended = account.ended;
	}
	e->until_ms = e->verdict.until_ms;
	e->epoch = q->settings->epoch;
	e->touched_ms = q->now_ms;
}

struct touched {
	const struct device_id *device;
	const struct device_facts *facts;
};

static void touch(struct account *a, struct change *c, void *arg)
{
	struct touched *touched = arg;
	struct attachment *t = account_attachment(a, touched->device);

	if (t)
		policy_touch(c, t, touched->facts);
}

/* The active are not judged idle: a hit tells the account of itself now and then. */
static void touch_account(struct decide *d, const struct decide_question *q, struct cache_entry *e)
{
	struct touched touched = { &e->verdict.device, &q->who->facts };
	struct decide_account account;

	e->touched_ms = q->now_ms;
	decide_find_account(d->options.registry, q->who, &account);
	if (account.known)
		registry_change(d->options.registry, view_of(account.account), false, touch,
				&touched);
}

static bool holds(const struct decide *d, const struct decide_question *q,
		  const struct cache_entry *e)
{
	return e && e->until_ms > q->now_ms && e->epoch == q->settings->epoch &&
	       e->generation == generation_of(d->options.registry, q->who, e->verdict.account_hash);
}

/* Without its cookie, a device gets it again on navigations, at most once a minute; at once when it was just made. */
static bool sets_cookie(const struct decide_question *q, struct cache_entry *e)
{
	bool due = e->verdict.reason == REASON_PENDING ||
		   (q->navigation && q->now_ms - e->cookie_ms >= COOKIE_AGAIN_MS);
	/* The verdict may be about another device than the one whose cookie grew old. */
	bool reissue = q->who->device_reissue && device_id_is(&q->who->device, &e->verdict.device);

	if (!e->verdict.has_device || !(e->verdict.give_cookie || reissue) || !due)
		return false;
	e->cookie_ms = q->now_ms;
	return true;
}

void decide_request(struct decide *d, const struct decide_question *q, struct verdict *ret_verdict,
		    bool *ret_set_cookie)
{
	struct cache_key key = key_of(d, q);
	struct cache_entry *e = cache_get(d->cache, &key);

	if (holds(d, q, e)) {
		count(d, METRIC_VERDICT_HITS);
		if (e->verdict.has_device &&
		    policy_touch_is_due(q->settings, q->now_ms - e->touched_ms))
			touch_account(d, q, e);
	} else {
		int64_t cookie_ms = e ? e->cookie_ms : 0;

		count(d, METRIC_VERDICT_MISSES);
		e = cache_put(d->cache, &key);
		judge_anew(d, q, e);
		e->cookie_ms = cookie_ms;
	}
	if (e->verdict.number && registry_is_committed(d->options.registry, e->verdict.number))
		e->verdict.number = 0;
	*ret_set_cookie = sets_cookie(q, e);
	*ret_verdict = e->verdict;
}
