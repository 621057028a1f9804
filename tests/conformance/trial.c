#include "trial.h"

#include "scan.h"

#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define GET(target) "GET " target " HTTP/1.1\r\nHost: a\r\n"
static const struct bytes usual = BYTES(GET("/") "\r\n");
static const struct bytes after = BYTES(GET("/after") "Connection: close\r\n\r\n");

/* Bytewise is for what a person could have typed. */
enum { LONG_BYTES = 2048, LONG_STEPS = 64 };

struct play {
	struct trial *trial;
	struct party *party;
	char *out; /* the client's bytes, and what follows them at once */
	size_t out_bytes, sent;
	size_t answered; /* of the row's answer */
	bool answering, spoken, followed, settled;
};

/* -- pieces -- */

/* Where the piece that begins at `from` ends. */
static size_t piece_end(const struct trial *t, bool divided, size_t from, size_t row_bytes,
			size_t all_bytes)
{
	size_t stride = row_bytes > LONG_BYTES ? row_bytes / LONG_STEPS : 1;

	if (!divided || t->split == TRIAL_WHOLE || t->row->flags & AT_ONCE)
		return all_bytes;
	if (t->split != TRIAL_BYTEWISE)
		return from < (size_t)t->split ? (size_t)t->split : all_bytes;
	return from + stride < row_bytes ? from + stride : all_bytes;
}

static bool send_piece(struct play *p)
{
	const struct row *row = p->trial->row;
	size_t end;

	if (p->sent == p->out_bytes)
		return false;
	end = piece_end(p->trial, !row->origin.at, p->sent, row->client.len, p->out_bytes);
	stage_send(p->party, p->out + p->sent, end - p->sent);
	p->sent = end;
	if (p->sent == p->out_bytes && row->flags & HANGS_UP)
		stage_hang_up(p->party);
	return true;
}

static bool answer_piece(struct stage *s, struct play *p)
{
	const struct row *row = p->trial->row;
	size_t end;

	if (p->party->asked) { /* perhaps again */
		p->party->asked = false;
		p->answering = true;
		p->answered = 0;
	}
	if (!p->answering)
		return false;
	end = piece_end(p->trial, true, p->answered, row->origin.len, row->origin.len);
	stage_answer(p->party, row->origin.at + p->answered, end - p->answered);
	p->answered = end;
	p->answering = end < row->origin.len;
	if (!p->answering && row->flags & (ORIGIN_CLOSES | ORIGIN_RESETS))
		stage_close_link(s, p->party, row->flags & ORIGIN_RESETS);
	return true;
}

/* -- what the client has heard -- */

struct heard {
	char statuses[128];
	bool any, final, after, tunnel, partial, mixed;
	unsigned echoes; /* answers that the origin gave to whole requests */
	const char *fault;
	char *text;
	size_t text_bytes;
};

static bool is_echo(const struct party *p, const char *at, const struct scan *found,
		    struct heard *h)
{
	char echo[256], own[64];
	struct in_addr address = { htonl(p->address) };
	size_t len;

	if (!scan_field(at, found->head_bytes, "X-Echo", echo, sizeof(echo)))
		return false;
	len = (size_t)snprintf(own, sizeof(own), "%s ", inet_ntoa(address));
	h->mixed |= strncmp(echo, own, len) != 0;
	h->after |= strcmp(echo + len, "/after") == 0;
	return true;
}

/* The length of the message at `at`; 0 when it is the last. */
static size_t hear(struct heard *h, const struct play *p, const char *at, size_t len)
{
	bool to_head = p->trial->row->flags & HEAD_ASKED && !h->final;
	struct scan found = scan_response(at, len, to_head, p->party->ended);

	h->partial = !found.all_bytes || (found.until_end && p->party->reset);
	if (!found.head_bytes)
		return 0;
	h->any = true;
	if (found.fault)
		h->fault = found.fault;
	if (is_echo(p->party, at, &found, h) && !h->after)
		h->echoes++;
	if (h->after)
		return found.all_bytes;
	h->tunnel = found.status == 101;
	h->final |= found.status >= 200 && !h->partial;
	snprintf(h->statuses + strlen(h->statuses), sizeof(h->statuses) - strlen(h->statuses),
		 "%d ", found.status);
	h->text_bytes = scan_copy(&found, at, h->text, h->text_bytes, p->party->in.len);
	return h->tunnel ? 0 : found.all_bytes;
}

/* `text` is freed by the caller. */
static struct heard listen_to(const struct play *p)
{
	const struct wirework_buffer *in = &p->party->in;
	struct heard h = { .text = calloc(1, in->len + 1) };
	size_t at = 0, len = 1;

	while (at < in->len && (len = hear(&h, p, in->at + at, in->len - at)))
		at += len;
	return h;
}

/* -- going on -- */

static bool follow(struct play *p, const struct bytes *first)
{
	if (first && first->at)
		stage_send(p->party, first->at, first->len);
	if (!(p->trial->row->flags & HANGS_UP))
		stage_send(p->party, after.at, after.len);
	p->followed = true;
	return true;
}

/* The origin speaks on when nobody asks it. */
static bool speak_unasked(struct play *p)
{
	stage_answer(p->party, p->trial->row->later.at, p->trial->row->later.len);
	p->spoken = true;
	return true;
}

/* One after the other: what an origin says unasked must not meet the next request of somebody else, who may get the same
 * connection. */
enum phase { PIECES, QUIET_WORDS, NEXT_REQUESTS, PHASES };

static bool go_on(struct stage *s, struct play *p, enum phase phase)
{
	const struct row *row = p->trial->row;
	struct heard h;

	if (phase == PIECES)
		return send_piece(p) || answer_piece(s, p);
	if (p->followed || !p->party->in.len)
		return false;
	h = listen_to(p);
	free(h.text);
	if (h.tunnel)
		p->settled = true;
	if (row->flags & LATER_WHEN_QUIET && !p->spoken)
		return phase == QUIET_WORDS && h.final && speak_unasked(p);
	if (phase != NEXT_REQUESTS)
		return false;
	if (row->later.at && !p->spoken)
		return h.any && follow(p, &row->later);
	return h.final && follow(p, NULL);
}

static void prepare(struct play *p)
{
	const struct row *row = p->trial->row;
	const struct bytes *client = row->client.at ? &row->client : &usual;

	/* What asks by itself needs no answer first. */
	p->followed = !row->origin.at && !row->later.at;
	p->out = malloc(client->len + after.len);
	memcpy(p->out, client->at, client->len);
	p->out_bytes = client->len;
	if (p->followed && !(row->flags & HANGS_UP)) {
		memcpy(p->out + client->len, after.at, after.len);
		p->out_bytes += after.len;
	}
	p->party->row = row;
}

static bool is_over(const struct play *p)
{
	return p->party->ended || p->settled;
}

/* What all of them can do next; the proxy has taken it in when this returns. False when nobody can do anything. */
static bool step(struct stage *s, struct play *plays, size_t n)
{
	bool moved = false;

	for (enum phase phase = PIECES; phase < PHASES && !moved; phase++)
		for (size_t i = 0; i < n; i++)
			moved |= !is_over(&plays[i]) && go_on(s, &plays[i], phase);
	if (moved)
		stage_settle(s);
	return moved;
}

static bool are_over(const struct play *plays, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!is_over(&plays[i]))
			return false;
	return true;
}

static void play(struct stage *s, struct play *plays, size_t n, int patience_ms)
{
	while (!are_over(plays, n))
		if (!step(s, plays, n) && !stage_pump(s, patience_ms))
			break;
	stage_settle(s);
}

/* -- in the words of the table -- */

static void say(struct trial *t, const char *words, const char *more)
{
	size_t len = strlen(t->outcome);

	snprintf(t->outcome + len, sizeof(t->outcome) - len, "%s%.24s", words, more);
	for (char *at = t->outcome + len; *at; at++)
		if ((unsigned char)*at < 0x20 || (unsigned char)*at >= 0x7f)
			*at = '~';
}

static bool holds(const char *text, size_t len, const char *part, bool caseless)
{
	size_t part_len = strlen(part);

	for (size_t at = 0; text && at + part_len <= len; at++)
		if (caseless ? strncasecmp(text + at, part, part_len) == 0
			     : memcmp(text + at, part, part_len) == 0)
			return true;
	return false;
}

static void expect_texts(struct trial *t, const char *const *wanted, const char *const *unwanted,
			 const char *text, size_t len)
{
	for (size_t i = 0; wanted && i < ROW_TEXTS && wanted[i]; i++)
		if (!holds(text, len, wanted[i], false))
			say(t, holds(text, len, wanted[i], true) ? " !recased " : " !lost ",
			    wanted[i]);
	for (size_t i = 0; unwanted && i < ROW_TEXTS && unwanted[i]; i++)
		if (holds(text, len, unwanted[i], true))
			say(t, " !passed ", unwanted[i]);
}

/* What is in the messages matters where they are those that the row wants. */
static void judge_texts(struct play *p, const struct heard *h, bool as_expected)
{
	static const char *const poison[ROW_TEXTS] = { "poison" };
	const struct row *row = p->trial->row;

	expect_texts(p->trial, NULL, poison, h->text, h->text_bytes);
	if (!as_expected)
		return;
	expect_texts(p->trial, row->says, NULL, h->text, h->text_bytes);
	if (row->origin.at)
		expect_texts(p->trial, row->passes, row->stays, h->text, h->text_bytes);
	else
		expect_texts(p->trial, row->passes, row->stays, p->party->passed,
			     p->party->passed_bytes);
}

bool trial_may_mix(const struct trial *a, const struct trial *b)
{
	return !a->row->origin.at == !b->row->origin.at &&
	       !((a->row->flags | b->row->flags) & AT_ONCE);
}

bool trial_is_as_expected(const struct trial *t)
{
	size_t len = strlen(t->outcome);

	for (const char *at = t->row->expected; at; at = strchr(at, '|')) {
		at += strspn(at, "| ");
		if (strncmp(at, t->outcome, len) == 0 && strchr("|", at[len]))
			return true;
	}
	return false;
}

static void judge(struct play *p)
{
	struct trial *t = p->trial;
	const struct row *row = t->row;
	struct heard h = listen_to(p);

	t->outcome[0] = '\0';
	say(t, h.statuses[0] ? h.statuses : "- ",
	    h.tunnel                ? "tunnel"
	    : !p->party->ended      ? "waits"
	    : h.after && !h.partial ? "kept"
	    : h.partial             ? "cut"
				    : "closed");
	if (row->origin.at && !(row->flags & (ORIGIN_CLOSES | ORIGIN_RESETS)))
		say(t, p->party->link || p->party->link_reused ? " kept" : " dropped", "");
	if (p->party->smuggled)
		say(t, " !smuggled", "");
	if (p->party->fault && !row->origin.at)
		say(t, " !origin saw ", p->party->fault);
	if (h.fault)
		say(t, " !client saw ", h.fault);
	if (h.mixed)
		say(t, " !mixed up", "");
	if (!row->origin.at && p->party->reached > h.echoes)
		say(t, " !reached", "");
	if (!row->origin.at && stage_is_hanging(p->party))
		say(t, " !hangs at the origin", "");
	judge_texts(p, &h, trial_is_as_expected(t));
	free(h.text);
}

void trial_run(struct stage *s, struct trial *trials, size_t n, int patience_ms)
{
	struct party *parties = calloc(n, sizeof(*parties));
	struct play *plays = calloc(n, sizeof(*plays));

	for (size_t i = 0; i < n; i++) {
		plays[i] = (struct play){ .trial = &trials[i], .party = &parties[i] };
		prepare(&plays[i]);
	}
	stage_enter(s, parties, n);
	play(s, plays, n, patience_ms);
	for (size_t i = 0; i < n; i++) {
		judge(&plays[i]);
		free(plays[i].out);
	}
	stage_leave(s);
	free(plays);
	free(parties);
}
