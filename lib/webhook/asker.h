/* asker: the questions that the backend may veto, put by any worker, sent by the webhook thread, answered on
 * the worker's own loop. Equal questions wait for one answer, which is remembered for a minute, so nobody asks
 * twice. After 5 failures in a row (no answer in time, none at all, or another status than 2xx) nothing is
 * asked for 30 s, then one is tried. Without events.url, after a 410, and with too many open, the answer is
 * "no veto" at once. It does not know what the questions mean and keeps no answer for longer: whoever asks
 * does. */
#pragma once

#include "base/json.h"
#include "loop/loop.h"
#include "registry/account.h"

struct asker;
struct backend;

struct asker_question {
	struct loop_letter letter; /* internal; delivered on `loop` */
	struct loop *loop;         /* must run until the answer has come */
	/* The challenge's or the revocation's id; with `type`, what is equal. */
	uint8_t key[ID_BYTES];
	const char *type; /* a literal: "on_challenge", "on_current_device_logout" */
	json_t *data;     /* taken over */
	void (*on_answer)(struct asker_question *q, bool veto); /* `q` may be freed in it */
	/* internal: */
	struct asker_question *next;
	struct asker *asker;
	bool veto;
};

/* Any thread. The answer always comes, on q->loop's thread and never before this returns to that loop, at the
 * latest shortly after events.timeout. `q` is the caller's and must live until then; it cannot be taken
 * back: whoever loses interest says so in what surrounds `q`. */
void asker_ask(struct asker *a, struct asker_question *q);
/* Answers what is open with "no veto", and from here on everything at once. When it returns, all answers are
 * posted: so the loops of those who asked may stop, and then the webhook thread. Any thread but the webhook's
 * own. */
void asker_close(struct asker *a);

/* For the webhook, which owns it. `pause_ms` after 5 failures, `remember_ms` an answer. */
struct asker *asker_create(struct backend *b, int64_t pause_ms, int64_t remember_ms);
/* After asker_close, when the webhook's loop runs no more. Accepts a pointer to NULL. */
void asker_destroy(struct asker **a);
