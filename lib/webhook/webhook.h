/* webhook: one thread with a loop of its own that tells the backend what happened (teller.h) and asks what may
 * be vetoed (asker.h), both as Standard Webhooks. Knows nothing of what events mean. The functions here: any
 * thread. */
#pragma once

#include "base/metric.h"
#include "config/settings.h"
#include "registry/registry.h"
#include "webhook/asker.h"
#include "webhook/retry.h"

struct webhook;

/* For tests, which do not wait for hours. */
struct webhook_pace {
	struct retry_plan plan;
	int64_t pause_ms;    /* after 5 failures in a row */
	int64_t remember_ms; /* an answer */
};

struct webhook_options {
	struct registry *registry;
	struct settings *settings; /* takes a reference */
	struct metrics *metrics;
	const struct webhook_pace *pace; /* NULL: retry_standard, 30 s, 1 min */
};

/* Starts the thread. NULL only when the system has no thread or descriptor to give. */
struct webhook *webhook_start(const struct webhook_options *options);
/* Cuts what is under way (it stays in the outbox), answers open questions with "no veto", joins the thread.
 * Nobody may ask from here on: who runs loops that ask calls asker_close, stops those, and then this. The
 * registry outlives it. Accepts a pointer to NULL. */
void webhook_stop(struct webhook **w);
/* For what is sent from now on; a backend that answered 410 is told and asked again. Takes a reference. */
void webhook_use_settings(struct webhook *w, struct settings *settings);
/* Lives as long as `w`. */
struct asker *webhook_asker(struct webhook *w);
