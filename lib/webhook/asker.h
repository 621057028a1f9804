/* asker: the two questions that the backend may veto, put by any worker, sent by the webhook thread, answered on the worker's
 * loop. Equal questions (same key) wait for one answer, which is remembered for a minute, so that nobody asks twice.
 * After 5 failures in a row nothing is asked for 30 s, then one is tried.
 * asker_ask: any thread. */
#pragma once

#include "base/json.h"
#include "loop/loop.h"
#include "registry/account.h"

struct asker;

/* What came of a question. Only `2xx` with the body `false` or {"return":false} is a veto. */
struct asker_question {
	struct loop_letter letter;   /* internal; delivered on `loop` */
	struct loop *loop;
	uint8_t key[ID_BYTES];       /* the challenge's or the revocation's id */
	const char *type;            /* a literal: "on_challenge", "on_current_device_logout" */
	json_t *data;                /* taken over */
	void (*on_answer)(struct asker_question *q, bool veto);
	struct asker_question *next;
};

/* The answer always comes, on q->loop's thread, at the latest shortly after events.timeout. `q` is the caller's and must
 * live until then; it cannot be taken back. */
void asker_ask(struct asker *a, struct asker_question *q);
