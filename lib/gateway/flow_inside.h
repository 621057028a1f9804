/* flow_inside: what the files of the flow share: flow.c (the table and waiting), inquiry.c (up to the verdict), reply.c
 * (answers of our own), pass.c (forwarding and learning). Not for other rooms. */
#pragma once

#include "gateway/flow.h"
#include "page/page.h"

#define FLOW_TABLE(X)                                                                 \
	X(ROUTE, inquiry_route, BIT(IDENTIFY) | BIT(OWN) | BIT(DONE))                 \
	X(IDENTIFY, inquiry_identify, BIT(JUDGE) | BIT(OWN) | BIT(REPLY) | BIT(DONE)) \
	X(JUDGE, inquiry_judge, BIT(HOLD) | BIT(QUESTION))                            \
	X(QUESTION, inquiry_question, BIT(JUDGE) | BIT(ACT))                          \
	X(ACT, inquiry_act, BIT(FORWARD) | BIT(INTERRUPT) | BIT(REPLY) | BIT(DONE))   \
	X(OWN, reply_own, BIT(HOLD) | BIT(REPLY) | BIT(JUDGE) | BIT(DONE))            \
	X(INTERRUPT, reply_interrupt, BIT(HOLD) | BIT(REPLY) | BIT(DONE))             \
	X(REPLY, reply_send, BIT(DONE))                                               \
	X(FORWARD, pass_forward, BIT(LEARN) | BIT(REPLY) | BIT(DONE))                 \
	X(LEARN, pass_learn, BIT(HOLD) | BIT(RELEASE))                                \
	X(RELEASE, pass_release, BIT(DONE))                                           \
	X(HOLD, flow_hold, BIT(QUESTION) | BIT(ACT) | BIT(REPLY) | BIT(RELEASE))      \
	X(DONE, NULL, 0)

enum flow_step {
#define FLOW_ENUM(id, run, next) FLOW_##id,
	FLOW_TABLE(FLOW_ENUM)
#undef FLOW_ENUM
};

/* Something under way whose answer outlives the flow, perhaps. */
struct flow_wait;
struct flow_question;
struct tunnel;

enum { FLOW_REQUEST_ID_BYTES = 129, FLOW_MAX_FORM_BYTES = 64 * 1024 };

/* An answer of our own, in the making. */
struct flow_reply {
	int status;
	/* Eight cookies, each with nine places to expire, and what else an answer has. */
	struct http_field fields[96];
	unsigned n_fields;
	struct text body;
};

struct flow {
	struct flow_context *w;
	struct stream *s;
	struct regime *regime;
	enum flow_step step, next;
	enum flow_step after_hold;
	uint64_t hold; /* the number that HOLD waits for */
	struct flow_wait *wait;
	struct flow_question *question;
	bool running; /* inside run() */
	bool resumed; /* the answer came before the wait began */

	const char *request_id;
	struct peer peer;
	struct route route;
	struct identity who;
	struct decide_account account; /* filled in where somebody needs the name */
	struct verdict verdict;
	bool set_cookie; /* the verdict's device cookie goes with the response */
	unsigned questions;
	bool stranger; /* forwarded without its session cookies */

	struct login *login;
	struct http_head *response; /* the origin's, while it is held */
	bool forwarded;
	bool held; /* on_response returned WAIT */
	int origin_status;
	struct learn_result learned;

	struct tunnel *tunnel;    /* once its stream is one: see tunnels.h */
	struct flow_reply *reply; /* an answer of our own, once there is one */
};

static inline const struct settings *flow_settings(const struct flow *f)
{
	return f->regime->settings;
}

void flow_count(const struct flow *f, enum metric id, unsigned n);
/* Goes on after a wait or a callback. */
void flow_resume(struct flow *f, enum flow_step step);
/* The next step is `then`, after the number has been committed. */
enum progress flow_hold_until(struct flow *f, uint64_t number, enum flow_step then);
enum progress flow_go(struct flow *f, enum flow_step next);
/* The arena is full: 503 without more, and the flow is done. */
enum progress flow_give_up(struct flow *f);
/* The client went away while the backend was asked. */
void inquiry_forget(struct flow *f);
/* Asks the backend what the verdict asks. False when there is nothing, or nobody, to ask, or it was asked in vain. */
bool inquiry_ask(struct flow *f);
/* Fills in f->account. */
void inquiry_find_account(struct flow *f);
/* "https://www.example.com": where this site is, as the browser sees it. */
struct view inquiry_site(struct flow *f);

enum progress inquiry_route(struct flow *f);
enum progress inquiry_identify(struct flow *f);
enum progress inquiry_judge(struct flow *f);
enum progress inquiry_question(struct flow *f);
enum progress inquiry_act(struct flow *f);
enum progress flow_hold(struct flow *f);
enum progress reply_own(struct flow *f);
enum progress reply_interrupt(struct flow *f);
enum progress reply_send(struct flow *f);
enum progress pass_forward(struct flow *f);
enum progress pass_learn(struct flow *f);
enum progress pass_release(struct flow *f);

/* Makes REPLY's answer a built-in page, or its JSON. */
enum progress reply_with_notice(struct flow *f, enum page_notice notice, struct view link);
/* The origin did not answer: its page, or JSON for a script, with 502, 503 or 504, and when to try again. */
enum progress reply_without_origin(struct flow *f, enum page_notice notice, int status);
void reply_fini(struct flow *f);
/* The proxy room's callbacks while a request is forwarded. */
extern const struct forward_app pass_callbacks;
