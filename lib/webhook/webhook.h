/* webhook: one thread that tells the backend what happened (from the outbox: at least once, in order per account, retried,
 * durable) and asks what may be vetoed (asker.h), with libcurl, signed as Standard Webhooks. Knows nothing of what events mean.
 * Any thread for the functions here. */
#pragma once

#include "base/metric.h"
#include "config/settings.h"
#include "registry/registry.h"
#include "webhook/asker.h"

struct webhook;

struct webhook_options {
	struct registry *registry;
	struct settings *settings; /* takes a reference */
	struct metrics *metrics;
};

/* Starts the thread. NULL only when the system has no thread or descriptor to give. */
struct webhook *webhook_start(const struct webhook_options *options);
/* Cuts what is under way (it stays in the outbox), answers open questions with "no veto", joins the thread. */
void webhook_stop(struct webhook **w);
void webhook_use_settings(struct webhook *w, struct settings *settings);
struct asker *webhook_asker(struct webhook *w);
