/* backend: the application's side of events, as the teller and the asker share it: the settings in force, the
 * courier, and whether it said 410, after which nothing is sent until the settings are loaded again.
 * Writes the envelope {"type","timestamp","client_id","data"} and signs it. Does not know what is told or
 * asked. The webhook thread only. */
#pragma once

#include "base/metric.h"
#include "base/text.h"
#include "config/settings.h"
#include "loop/loop.h"
#include "webhook/courier.h"

struct backend {
	struct loop *loop;
	struct courier *courier;
	struct metrics *metrics;
	struct settings *settings; /* a reference */
	bool gone;
};

/* Takes a reference. ERR_IO when the system has no descriptor to give; then there is nothing to finish. */
int backend_init(struct backend *b, struct loop *loop, struct settings *settings,
		 struct metrics *metrics);
/* Nothing may be under way. */
void backend_fini(struct backend *b);
/* Takes a reference. Also forgets that the backend was gone. */
void backend_use_settings(struct backend *b, struct settings *settings);

/* Whether anybody is there to be told and asked. */
static inline bool backend_is_configured(const struct backend *b)
{
	return b->settings->events.url != NULL;
}
static inline bool backend_is_there(const struct backend *b)
{
	return backend_is_configured(b) && !b->gone;
}

/* What is said to it; `data` is a JSON value as text. */
struct backend_message {
	const char *type, *id;
	int64_t happened_ms; /* wall */
	struct view data;
};

/* A parcel with the bytes that it carries. */
struct backend_parcel {
	struct courier_parcel courier; /* on_return is the caller's to set */
	struct text body;
};

/* Writes, signs and sends; the result comes to p->courier.on_return. */
void backend_send(struct backend *b, struct backend_parcel *p,
		  const struct backend_message *message, int64_t timeout_ms);
/* To be called in on_return, or later: what was carried is not needed any more. */
void backend_free_body(struct backend_parcel *p);

/* An answer said 410. */
void backend_is_gone(struct backend *b);
void backend_count(struct backend *b, enum metric metric);
