/* The happy path is ROUTE, IDENTIFY, JUDGE, ACT, FORWARD, LEARN, RELEASE, without a wait. It can wait for a commit
 * (HOLD) and for the backend (QUESTION); it ends early with an answer of our own (OWN, INTERRUPT, REPLY). The client
 * may go away at any point: on_end comes, and what is still under way finds nobody to tell. */
#include "gateway/flow_inside.h"

#include "base/mem.h"
#include "gateway/access.h"
#include "gateway/tunnels.h"

#include <assert.h>

static const struct {
	enum progress (*run)(struct flow *f);
	uint32_t next;
} steps[] = {
#define BIT(id) (1u << FLOW_##id)
#define FLOW_ROW(id, run, next) [FLOW_##id] = { run, next },
	FLOW_TABLE(FLOW_ROW)
#undef FLOW_ROW
#undef BIT
};

static void run(struct flow *f)
{
	enum progress progress = PROGRESS_GO;

	f->running = true;
	while (f->step != FLOW_DONE && (progress == PROGRESS_GO || f->resumed)) {
		enum flow_step step = f->step;

		f->resumed = false;
		progress = steps[step].run(f);
		if (progress == PROGRESS_WAIT)
			continue;
		assert(steps[step].next & (1u << f->next));
		f->step = f->next;
	}
	f->running = false;
}

void flow_resume(struct flow *f, enum flow_step step)
{
	assert(steps[f->step].next & (1u << step));
	f->step = step;
	f->resumed = true;
	if (!f->running)
		run(f);
}

enum progress flow_go(struct flow *f, enum flow_step next)
{
	f->next = next;
	return PROGRESS_GO;
}

/* The arena is full. */
static void answer_no_room(struct stream *s)
{
	struct http_field fresh = { .name = VIEW("Cache-Control"), .value = VIEW("no-store") };

	stream_reply(s, 503, &fresh, 1, VIEW_NONE);
}

enum progress flow_give_up(struct flow *f)
{
	answer_no_room(f->s);
	return flow_go(f, FLOW_DONE);
}

void flow_count(const struct flow *f, enum metric id, unsigned n)
{
	metric_add(f->w->metrics, f->w->metric_shard, id, n);
}

/* Durable before visible. */
enum progress flow_hold_until(struct flow *f, uint64_t number, enum flow_step then)
{
	if (!number || registry_is_committed(f->w->registry, number))
		return flow_go(f, then);
	f->hold = number;
	f->after_hold = then;
	return flow_go(f, FLOW_HOLD);
}

struct flow_wait {
	struct registry_wait commit;
	struct flow *f; /* NULL: the client went away */
};

static void on_committed(struct registry_wait *commit, bool committed)
{
	struct flow_wait *wait = (struct flow_wait *)commit;
	struct flow *f = wait->f;

	mem_free(wait);
	if (!f)
		return;
	f->wait = NULL;
	if (!committed)
		flow_count(f, METRIC_HOLDS_TIMED_OUT, 1);
	flow_resume(f, f->after_hold);
}

enum progress flow_hold(struct flow *f)
{
	struct flow_wait *wait = MEM_NEW(struct flow_wait);

	wait->f = f;
	wait->commit.loop = f->w->loop;
	wait->commit.number = f->hold;
	wait->commit.on_committed = on_committed;
	f->wait = wait;
	registry_wait(f->w->registry, &wait->commit);
	return PROGRESS_WAIT;
}

static void on_request(void *app, struct stream *s)
{
	struct flow_context *w = app;
	struct flow *f = arena_zalloc(&s->arena, sizeof(*f));

	if (!f) {
		answer_no_room(s);
		return;
	}
	s->app = f;
	f->w = w;
	f->s = s;
	f->regime = regime_ref(w->regime);
	f->step = FLOW_ROUTE;
	run(f);
}

static void on_end(void *app, struct stream *s, bool aborted)
{
	struct flow *f = s->app;

	(void)app;
	(void)aborted;
	if (!f)
		return;
	if (flow_settings(f)->log_access)
		access_log(f);
	if (f->wait)
		f->wait->f = NULL;
	inquiry_forget(f);
	tunnels_remove(f);
	login_close(&f->login);
	reply_fini(f);
	regime_unref(&f->regime);
	s->app = NULL;
}

static void on_refused(void *app, const struct sockaddr_storage *remote, struct view method,
		       struct view path, int status)
{
	struct flow_context *w = app;

	if (w->regime->settings->log_access)
		access_log_refused(w->regime->rules, remote, method, path, status);
}

static void on_connection_end(void *app, void *memo)
{
	struct identity_memo *m = memo;

	(void)app;
	identity_forget(&m);
}

const struct stream_app flow_callbacks = {
	.on_request = on_request,
	.on_end = on_end,
	.on_refused = on_refused,
	.on_connection_end = on_connection_end,
};
