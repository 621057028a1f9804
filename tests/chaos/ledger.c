#include "ledger.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const fates[] = { "never came",  "came",       "was answered", "got no byte",
				     "got no head", "got no end", "was given up" };
static const char *const outcomes[] = { "open",       "answered", "502",   "cut",
					"unanswered", "aborted",  "tunnel" };
static const char *const names[TALLY_N] = { "answered",
					    "cut",
					    "502",
					    "unanswered",
					    "aborted",
					    "tunnels",
					    "repeated",
					    "lost",
					    "interim",
					    "continue",
					    "early",
					    "extra",
					    "stale",
					    "pipelined",
					    "half-closed",
					    "client connections",
					    "origin connections" };

void ledger_init(struct ledger *l, uint64_t seed, uint64_t exchanges)
{
	*l = (struct ledger){ .seed = seed, .room = exchanges };
	l->began_s = ledger_now_s(l);
	l->stuff = stuff_create(seed);
	l->entries = calloc(exchanges + 1, sizeof(*l->entries));
	peer_loop_init(&l->loop);
}

void ledger_fini(struct ledger *l)
{
	peer_loop_fini(&l->loop);
	stuff_destroy(&l->stuff);
	free(l->entries);
}

struct ledger_entry *ledger_at(struct ledger *l, uint64_t id)
{
	LEDGER_EXPECT(l, id, id && id <= l->last, "there is no such exchange");
	return &l->entries[id];
}

double ledger_now_s(const struct ledger *l)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9 - l->began_s;
}

bool ledger_may_rest_too_long(struct ledger *l, uint64_t id)
{
	double told_s = id ? (double)ledger_at(l, id)->told_s : 0;

	return told_s > 0 && ledger_now_s(l) - told_s > LEDGER_IDLE_S - 1;
}

void ledger_count(struct ledger *l, enum tally t)
{
	l->tallies[t]++;
}

/* A crash, or what a sanitizer has found, is the better story. */
static void tell_log(const struct daemon *d)
{
	char *text = daemon_log(d);

	fprintf(stderr, "  latchd says (%s):\n%.20000s\n", daemon_dir(d), text);
	free(text);
}

void ledger_fail(struct ledger *l, uint64_t id, const char *format, ...)
{
	char why[512];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	fprintf(stderr, "exchange %llu: %s\n", (unsigned long long)id, why);
	if (id && id <= l->last) {
		const struct ledger_entry *e = &l->entries[id];

		fprintf(stderr,
			"  came %u times to the origin, where it %s%s; for the client: %s\n",
			e->arrivals, fates[e->fate], e->risky ? " (at risk)" : "",
			outcomes[e->outcome]);
	}
	peer_loop_tell(&l->loop, id);
	if (id && id <= l->last && l->entries[id].before) {
		fprintf(stderr, "  The one before it:\n");
		peer_loop_tell(&l->loop, l->entries[id].before);
	}
	if (l->daemon)
		tell_log(l->daemon);
	fprintf(stderr, "To see it again: make chaos SEED=%llu EXCHANGES=%llu\n",
		(unsigned long long)l->seed, (unsigned long long)l->room);
	/* Not ck_abort: all that is still under way would be told of as leaks. */
	_exit(EXIT_FAILURE);
}

void ledger_settle(struct ledger *l, uint64_t id, enum outcome outcome)
{
	static const enum tally tallies[] = {
		[OUTCOME_ANSWERED] = TALLY_WHOLE,  [OUTCOME_BAD_GATEWAY] = TALLY_BAD_GATEWAY,
		[OUTCOME_CUT] = TALLY_CUT,         [OUTCOME_UNANSWERED] = TALLY_UNANSWERED,
		[OUTCOME_ABORTED] = TALLY_ABORTED, [OUTCOME_TUNNEL] = TALLY_TUNNELS
	};
	struct ledger_entry *e = ledger_at(l, id);

	LEDGER_EXPECT(l, id, e->outcome == OUTCOME_OPEN, "ended twice, now as %s",
		      outcomes[outcome]);
	e->outcome = (uint8_t)outcome;
	e->aborted |= outcome == OUTCOME_ABORTED;
	l->ended++;
	l->loop.progress++;
	ledger_count(l, tallies[outcome]);
}

/* Nothing came back on a connection that had been used before: then it is asked once more, elsewhere. */
static bool should_have_been_repeated(const struct plan_request *p, const struct ledger_entry *e)
{
	return p->repeatable && e->arrivals == 1 && e->fate == FATE_BEFORE && e->reused &&
	       !e->spoken;
}

void ledger_check(struct ledger *l, const struct plan_request *p, enum outcome outcome)
{
	const struct ledger_entry *e = ledger_at(l, p->id);

	switch (outcome) {
	case OUTCOME_ANSWERED:
		LEDGER_EXPECT(l, p->id, e->fate == FATE_WHOLE, "a whole answer, where it %s",
			      fates[e->fate]);
		return;
	case OUTCOME_CUT:
		LEDGER_EXPECT(l, p->id, e->fate == FATE_NO_END || e->risky,
			      "a cut answer, where it %s", fates[e->fate]);
		return;
	case OUTCOME_BAD_GATEWAY:
		LEDGER_EXPECT(l, p->id,
			      e->fate == FATE_BEFORE || e->fate == FATE_NO_HEAD ||
				      /* Seen in time. */
				      e->fate == FATE_NO_END || e->risky ||
				      (e->fate == FATE_UNSEEN && !p->repeatable),
			      "a 502, where it %s", fates[e->fate]);
		LEDGER_EXPECT(l, p->id, !should_have_been_repeated(p, e),
			      "a 502 instead of a repetition");
		if (e->fate == FATE_UNSEEN)
			ledger_count(l, TALLY_LOST);
		return;
	default:
		return;
	}
}

static void close_entry(struct ledger *l, uint64_t id)
{
	struct ledger_entry *e = &l->entries[id];

	LEDGER_EXPECT(l, id, e->outcome != OUTCOME_OPEN, "never ended");
	LEDGER_EXPECT(l, id, e->outcome != OUTCOME_UNANSWERED || !e->arrivals,
		      "came to the origin behind an answer that was the last");
	LEDGER_EXPECT(l, id, e->fate != FATE_GIVEN_UP || e->aborted || e->tunnel_cut,
		      "was given up, and nobody had asked for that");
	LEDGER_EXPECT(l, id, e->fate != FATE_ARRIVED, "is still with the origin");
}

void ledger_close(struct ledger *l)
{
	for (uint64_t id = 1; id <= l->last; id++)
		close_entry(l, id);
	LEDGER_EXPECT(l, 0, l->ended == l->last, "%llu exchanges ended of %llu",
		      (unsigned long long)l->ended, (unsigned long long)l->last);
}

void ledger_report(const struct ledger *l, double seconds)
{
	printf("chaos: seed %llu, %llu exchanges in %.1f s (%.0f a second), %.1f MiB up, %.1f MiB down\n",
	       (unsigned long long)l->seed, (unsigned long long)l->ended, seconds,
	       (double)l->ended / seconds, (double)l->bytes[0] / 1048576,
	       (double)l->bytes[1] / 1048576);
	for (unsigned i = 0; i < TALLY_N; i++)
		printf("%s%s %llu", i ? ", " : "  ", names[i], (unsigned long long)l->tallies[i]);
	printf("\n");
	fflush(stdout);
}
