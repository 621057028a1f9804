/* flow: the steps of one request, from its head to the end of its response: route, identify, judge, ask, act, forward, learn. The
 * table in flow.c is the drawing; each step either goes on or waits for an answer that comes on the worker's loop.
 * Knows streams and forwards by their contracts only, so that a test can stand in for both. The worker's thread only. */
#pragma once

#include "challenge/journey.h"
#include "decision/learn.h"
#include "gateway/regime.h"
#include "gateway/said.h"
#include "identity/login.h"
#include "proxy/forward.h"
#include "route/route.h"
#include "webhook/asker.h"

struct tunnels;

/* What all flows of one worker share. */
struct flow_context {
	struct loop *loop;
	struct forward_pool *pool;
	struct decide *decide;
	struct registry *registry;
	struct asker *asker;
	struct tunnels *tunnels; /* open ones */
	struct metrics *metrics;
	unsigned metric_shard;
	const struct hmac_key *csrf_key;
	struct regime *regime;   /* for requests that begin now */
	uint64_t request_prefix; /* random; makes request ids */
	uint64_t request_count;
	struct said *said; /* all workers' */
};

/* stream_app's callbacks; `app` is the struct flow_context. */
extern const struct stream_app flow_callbacks;
