/* ledger: what is known of every exchange, on both sides: how often it came to the origin and what became of the answer
 * there, and how it ended for the client. Whoever finds that the two do not agree fails here, with the story of those
 * concerned and the seed. One thread. */
#pragma once

#include "daemon.h"
#include "peer.h"
#include "plan.h"
#include "stuff.h"

/* What the origin did last. */
enum fate {
	FATE_UNSEEN,  /* it never came, or was lost on a connection that was over */
	FATE_ARRIVED, /* and is not answered yet */
	FATE_WHOLE,
	FATE_BEFORE,  /* ended before the first byte of an answer */
	FATE_NO_HEAD, /* ended within the head, or it was none */
	FATE_NO_END,  /* a head, and then an end that is none */
	FATE_GIVEN_UP /* the gateway went away before the end */
};

/* What the client saw of it. */
enum outcome {
	OUTCOME_OPEN,
	OUTCOME_ANSWERED,
	OUTCOME_BAD_GATEWAY,
	OUTCOME_CUT,
	OUTCOME_UNANSWERED, /* asked behind an answer that was the last one */
	OUTCOME_ABORTED,    /* by the client itself */
	OUTCOME_TUNNEL
};

struct ledger_entry {
	uint8_t arrivals, fate, outcome;
	bool risky; /* the origin ended such that the kernel may have thrown away what it had sent */
	bool reused;     /* the last connection had answered before */
	bool aborted;    /* by the client, some time */
	bool spoken;     /* of the last attempt: some bytes went out */
	bool tunnel_cut; /* by one of its ends */
	uint32_t before; /* the exchange before it on the client's connection; 0: none */
	float told_s;    /* when the origin had said all of its answer; 0: it has not */
};

enum tally {
	TALLY_WHOLE,
	TALLY_CUT,
	TALLY_BAD_GATEWAY,
	TALLY_UNANSWERED,
	TALLY_ABORTED,
	TALLY_TUNNELS,
	TALLY_REPEATED,
	TALLY_LOST, /* on a connection that the origin had closed */
	TALLY_INTERIMS,
	TALLY_CONTINUES,
	TALLY_EARLY,
	TALLY_EXTRA,
	TALLY_STALE,
	TALLY_PIPELINED,
	TALLY_HALF_CLOSED,
	TALLY_CALLERS,
	TALLY_CALLEES,
	TALLY_N
};

enum { LEDGER_IDLE_S = 15 }; /* http.idle_timeout */

struct ledger {
	uint64_t seed;
	double began_s;
	struct stuff *stuff;
	struct peer_loop loop;
	struct ledger_entry *entries; /* from 1 on */
	uint64_t last, limit;         /* of the ids; the limit grows up to `room` */
	uint64_t room;
	uint64_t ended, tallies[TALLY_N];
	uint64_t bytes[2]; /* of bodies that were compared: up, down */
	uint16_t gateway_port;
	unsigned n_callers;    /* alive */
	struct daemon *daemon; /* its log is shown when something fails */
};

void ledger_init(struct ledger *l, uint64_t seed, uint64_t exchanges);
void ledger_fini(struct ledger *l);
struct ledger_entry *ledger_at(struct ledger *l, uint64_t id);
void ledger_count(struct ledger *l, enum tally t);
/* Seconds since it began. */
double ledger_now_s(const struct ledger *l);
/* Whether the gateway may have lost its patience with a connection that rests behind this exchange (RFC 9112 §9.5): all of the answer left
 * the origin that long ago, and a client that takes its time, or that gets none on a busy machine, may still have it before it. */
bool ledger_may_rest_too_long(struct ledger *l, uint64_t id);
/* How it ended for the client; once. */
void ledger_settle(struct ledger *l, uint64_t id, enum outcome outcome);
/* Ends the test. */
void ledger_fail(struct ledger *l, uint64_t id, const char *format, ...)
	__attribute__((format(printf, 3, 4), noreturn));
#define LEDGER_EXPECT(l, id, fact, ...)                      \
	do {                                                 \
		if (!(fact))                                 \
			ledger_fail((l), (id), __VA_ARGS__); \
	} while (0)
/* Of an answer that came whole, cut, or as a 502: is it what the origin did? */
void ledger_check(struct ledger *l, const struct plan_request *p, enum outcome outcome);
/* When all connections have ended. */
void ledger_close(struct ledger *l);
void ledger_report(const struct ledger *l, double seconds);
