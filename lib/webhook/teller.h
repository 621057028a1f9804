/* teller: delivers what waits in the outbox. In order per account (the outbox sees to that), up to 32 accounts at a
 * time; 2xx is delivered, anything else is tried again by plan, and what has failed behind the plan's last wait is
 * buried as a dead letter; of those the oldest are dropped beyond events.max_dead_letters. 410 stops it until the
 * settings are loaded again. It sleeps until something is committed or due. The webhook thread only. */
#pragma once

#include "registry/registry.h"
#include "webhook/backend.h"
#include "webhook/retry.h"

enum { TELLER_AT_ONCE = 32 };

struct teller;

/* Begins at once to listen, and to deliver when the loop runs. Never NULL. `b` and `r` outlive it. */
struct teller *teller_create(struct backend *b, struct registry *r, struct retry_plan plan);
/* Looks again: the settings are other ones. */
void teller_look(struct teller *t);
/* Ends listening and takes no more: before the loop stops. Any thread. */
void teller_hush(struct teller *t);
/* Nothing may be under way; the loop runs no more. Accepts NULL. */
void teller_destroy(struct teller **t);
