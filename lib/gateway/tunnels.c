/* The happy path is: a tunnel is added, looked at every LOOK_MS, found unchanged, removed at its end. It ends earlier
 * when its account is another's or nobody's meanwhile, and when its verdict is no longer to allow it. */
#include "gateway/tunnels.h"

#include "base/mem.h"
#include "decision/policy.h"
#include "gateway/flow_inside.h"
#include "proxy/tunnel.h"

#include <assert.h>
#include <stddef.h>

enum {
	LOOK_MS = 250,
	HOLD_MS = 1000, /* so long a verdict waits for its commit, as a response does */
	SCRATCH_BYTES = 2048,
};

struct tunnel {
	struct tunnel *next, *prev;
	struct flow *f;
	uint64_t account_hash; /* whose it is; 0: nobody's that we know */
	uint64_t generation, epoch;
	uint64_t bytes; /* that had passed when it was judged */
	int64_t judged_ms;
	int64_t held_ms;       /* since when its verdict waits to be committed; 0: it does not */
	bool due;              /* to be judged, whatever the generation says */
	bool asking;           /* the backend */
	bool closing;          /* nothing more is asked */
	bool cookie_came_back; /* its device's, when it was judged */
};

struct tunnels {
	struct flow_context *w;
	struct tunnel *first;
	struct loop_deadlines *looks;
	struct loop_deadline look;
	bool draining;
};

static void look_at_all(struct loop_deadline *d);

struct tunnels *tunnels_create(struct flow_context *w)
{
	struct tunnels *all = MEM_NEW(struct tunnels);

	all->w = w;
	all->looks = loop_deadlines(w->loop, LOOK_MS);
	all->look.on_expiry = look_at_all;
	return all;
}

void tunnels_destroy(struct tunnels **t)
{
	if (!*t)
		return;
	assert(!(*t)->first);
	loop_deadline_clear(&(*t)->look);
	MEM_FREE(*t);
}

static void count(const struct flow *f, enum metric id, int64_t n)
{
	metric_add(f->w->metrics, f->w->metric_shard, id, n);
}

static bool is_socket(const struct flow *f)
{
	return f->s->status == 101;
}

static uint64_t bytes_of(const struct flow *f)
{
	return f->s->bytes_in + f->s->bytes_out;
}

/* The sum under which a verdict on this request holds. */
static uint64_t generation_of(const struct flow *f)
{
	const struct registry *r = f->w->registry;
	uint64_t hash = f->verdict.account_hash;
	uint64_t sum = hash ? registry_generation(r, hash) : 0;

	for (unsigned i = 0; i < f->who.n_keys; i++)
		sum += registry_generation(r, registry_key_hash(&f->who.keys[i]));
	return sum;
}

/* What the account says of the device without being asked to judge it, which could attach it anew. */
struct standing {
	const struct device_id *device;
	bool suspended;
	bool is_here; /* attached, or taken away in a way that a verdict will tell of */
	bool is_pending;
	bool cookie_came_back;
};

static void read_standing(const struct account *a, void *arg)
{
	struct standing *s = arg;
	struct attachment *t = account_attachment(a, s->device);
	struct session_key pair;
	const struct session *session;

	s->suspended = a->suspended || (t && t->suspended);
	s->is_here = t && t->status != ATTACHMENT_DETACHED;
	s->is_pending = t && t->status == ATTACHMENT_PENDING;
	s->cookie_came_back = t && t->cookie_came_back;
	if (!t || s->is_here)
		return;
	policy_pair_key(a, t, &pair);
	session = account_session(a, &pair);
	s->is_here = session && session->state == SESSION_REVOKED;
}

enum outlook {
	OUTLOOK_SAME,   /* nothing that could change the verdict */
	OUTLOOK_JUDGE,  /* the verdict says */
	OUTLOOK_FOREIGN /* the account, or the device's place in it, was left meanwhile */
};

/* A device that is PENDING counts when it comes back; a tunnel that stays open is no coming back. */
static enum outlook outlook_of(struct tunnel *t)
{
	struct flow *f = t->f;
	struct registry *r = f->w->registry;
	struct standing standing = { .device = &f->verdict.device };
	struct decide_account *account = &f->account;
	struct view name;

	decide_find_account(r, &f->who, account);
	name = view_of(account->account);
	if (!t->account_hash)
		return account->known ? OUTLOOK_JUDGE : OUTLOOK_SAME;
	if (!account->known || registry_account_hash(r, name) != t->account_hash)
		return OUTLOOK_FOREIGN;
	if (account->state == SESSION_REVOKED || !f->verdict.has_device)
		return OUTLOOK_JUDGE;
	registry_look(r, name, read_standing, &standing);
	t->cookie_came_back = standing.cookie_came_back;
	if (!standing.is_here)
		return OUTLOOK_FOREIGN;
	return f->verdict.reason == REASON_PENDING && standing.is_pending && !standing.suspended
		       ? OUTLOOK_SAME
		       : OUTLOOK_JUDGE;
}

/* Without a session it is its cookie that names a device from the moment it has come back; this request may be older. */
static struct identity sender_of(const struct tunnel *t)
{
	const struct flow *f = t->f;
	struct identity who = f->who;

	if (!who.n_keys && f->verdict.has_device && t->cookie_came_back) {
		who.device_seen = DEVICE_VALID;
		who.device = f->verdict.device;
	}
	return who;
}

static void ask_for_verdict(const struct tunnel *t)
{
	struct flow *f = t->f;
	char scratch[SCRATCH_BYTES];
	struct arena arena;
	struct identity who = sender_of(t);
	struct decide_question q = { .settings = f->w->regime->settings,
				     .who = &who,
				     .exempt_peer = f->route.exempt_peer,
				     .now_ms = loop_wall_ms(f->w->loop),
				     .arena = &arena };
	bool set_cookie;

	arena_init(&arena, scratch, sizeof(scratch), SCRATCH_BYTES);
	decide_request(f->w->decide, &q, &f->verdict, &set_cookie);
	arena_fini(&arena);
}

static void close_for_policy(struct tunnel *t)
{
	t->closing = true;
	forward_close(t->f->s, TUNNEL_POLICY);
}

/* Durable before visible, as long as anything becomes durable in time. */
static bool is_held(struct tunnel *t)
{
	const struct flow *f = t->f;
	int64_t now_ms = loop_now_ms(f->w->loop);
	bool committed =
		!f->verdict.number || registry_is_committed(f->w->registry, f->verdict.number);

	if (committed || !registry_is_writing(f->w->registry)) {
		t->held_ms = 0;
		return false;
	}
	if (!t->held_ms)
		t->held_ms = now_ms;
	return now_ms - t->held_ms < HOLD_MS;
}

/* A verdict that is not committed is asked for again. */
static void act(struct tunnel *t)
{
	struct flow *f = t->f;
	enum act act = reason_act(f->verdict.reason);

	t->due = is_held(t);
	if (t->due)
		return;
	t->account_hash = f->verdict.account_hash;
	if (act == ACT_ALLOW || f->stranger)
		return;
	t->asking = act != ACT_STRANGER && inquiry_ask(f);
	if (!t->asking)
		close_for_policy(t);
}

static void judge(struct tunnel *t)
{
	struct flow *f = t->f;

	t->due = false;
	t->generation = generation_of(f);
	t->epoch = f->w->regime->settings->epoch;
	t->bytes = bytes_of(f);
	t->judged_ms = loop_now_ms(f->w->loop);
	switch (outlook_of(t)) {
	case OUTLOOK_SAME:
		return;
	case OUTLOOK_FOREIGN:
		close_for_policy(t);
		return;
	case OUTLOOK_JUDGE:
		ask_for_verdict(t);
		act(t);
	}
}

static bool is_due(const struct tunnel *t)
{
	struct flow *f = t->f;
	bool active = bytes_of(f) != t->bytes;
	bool knows_whose = f->verdict.account_hash != 0;

	if (t->due || generation_of(f) != t->generation ||
	    t->epoch != f->w->regime->settings->epoch)
		return true;
	if (!knows_whose || f->verdict.reason == REASON_PENDING)
		return false;
	/* One look later than a verdict tells of itself, or the other clock may hold it back until the next time. */
	if (active && policy_touch_is_due(f->w->regime->settings,
					  loop_now_ms(f->w->loop) - t->judged_ms - LOOK_MS))
		return true;
	/* Who is silent is not kept from growing idle by being judged. */
	return f->verdict.reason != REASON_ATTACHED &&
	       f->verdict.until_ms <= loop_wall_ms(f->w->loop);
}

static void look_at_all(struct loop_deadline *d)
{
	struct tunnels *all = (struct tunnels *)((char *)d - offsetof(struct tunnels, look));

	for (struct tunnel *t = all->first; t; t = t->next) {
		if (t->asking || t->closing || !is_due(t))
			continue;
		t->f->questions = 0;
		judge(t);
	}
	if (all->first)
		loop_deadline_set(all->looks, &all->look);
}

void tunnels_answered(struct flow *f)
{
	f->tunnel->asking = false;
	judge(f->tunnel);
}

/* Who opened an event stream by a GET opens it again by itself; what else comes as one has an end worth waiting for. */
static void say_goodbye(struct tunnel *t)
{
	if (!is_socket(t->f) && t->f->s->request.method_id != HTTP_GET)
		return;
	t->closing = true;
	forward_close(t->f->s, TUNNEL_GOING_AWAY);
}

/* Judged at the first look: something may have happened since the verdict, and the response may have taught something. */
void tunnels_add(struct flow *f)
{
	struct tunnels *all = f->w->tunnels;
	struct tunnel *t = arena_zalloc(&f->s->arena, sizeof(*t));

	if (!t) {
		stream_cut(f->s);
		return;
	}
	*t = (struct tunnel){
		.next = all->first, .f = f, .due = true, .account_hash = f->verdict.account_hash
	};
	if (t->next)
		t->next->prev = t;
	else
		loop_deadline_set(all->looks, &all->look);
	all->first = t;
	f->tunnel = t;
	count(f, is_socket(f) ? METRIC_TUNNELS : METRIC_EVENT_STREAMS, 1);
	if (is_socket(f))
		count(f, METRIC_TUNNELS_TOTAL, 1);
	if (all->draining)
		say_goodbye(t);
}

void tunnels_remove(struct flow *f)
{
	struct tunnel *t = f->tunnel;

	if (!t)
		return;
	*(t->prev ? &t->prev->next : &f->w->tunnels->first) = t->next;
	if (t->next)
		t->next->prev = t->prev;
	f->tunnel = NULL;
	count(f, is_socket(f) ? METRIC_TUNNELS : METRIC_EVENT_STREAMS, -1);
}

void tunnels_drain(struct tunnels *all)
{
	all->draining = true;
	for (struct tunnel *t = all->first; t; t = t->next)
		say_goodbye(t);
}
