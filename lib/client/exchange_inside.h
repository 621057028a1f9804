/* exchange_inside: what the parts of exchange see of each other. Nobody else includes this. The worker's thread only. */
#pragma once

#include "client/exchange.h"

static inline struct block_shelf *exchange_shelf(struct exchange *x)
{
	return loop_shelf(pool_loop(x->pool));
}

/* What the user already knows of the response stays readable. Accepts NULL. */
static inline void exchange_keep_block(struct exchange *x, struct block *b)
{
	if (!b)
		return;
	b->next = x->kept;
	x->kept = b;
}

static inline void exchange_keep_response(struct exchange *x)
{
	if (!x->link || !x->got_head)
		return;
	exchange_keep_block(x, x->link->in.block);
	x->link->in = (struct inflow){ 0 };
}

/* Something changed that says what is waited for now. */
void exchange_set_deadline(struct exchange *x);
/* The user hears of it; the link is gone. */
void exchange_fail(struct exchange *x, enum exchange_failure why);
/* The link ended before there was an answer: true when the request is on its way again. */
bool exchange_repeat(struct exchange *x);

/* Neither the user nor a half that is over keeps the response from being read. */
static inline bool exchange_is_reading(const struct exchange *x)
{
	return x->link && !x->held && !x->waiting && !x->origin_ended;
}

/* As link_user's. */
void exchange_on_readable(void *user);
/* The user has room again. */
void exchange_read_on(struct exchange *x);
