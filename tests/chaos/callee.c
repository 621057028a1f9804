/* The happy path is: a request comes (take_head, take_run), is whole, is answered (answer, push), the connection waits for the next one.
 * What goes wrong, the answer's plan says; how a connection ends, its dice. */
#include "callee.h"

#include "tunnel_end.h"

#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { MOST_BYTES = 65536, TAIL_BYTES = 16 };

struct callee {
	struct peer peer;
	struct ledger *ledger;
	bool listens; /* this is the listener */
	unsigned served;
	struct reader reader;
	bool busy; /* a request has begun */
	struct plan_request request;
	struct plan_answer answer;
	bool asked_whole;
	bool answering, answered;
	struct plan_bytes out;
	size_t sent, stop;
	bool spoilt; /* nobody may use it again */
	bool leaves; /* has said all */
	bool stale;  /* closes while nobody asks */
	bool tunnels;
	struct tunnel_end tunnel;
};

static struct ledger_entry *entry_of(struct callee *c)
{
	return ledger_at(c->ledger, c->request.id);
}

static void decide(struct callee *c, enum fate fate)
{
	entry_of(c)->fate = (uint8_t)fate;
}

/* The gateway has left. */
static void is_left(struct callee *c, bool reset)
{
	peer_note(&c->peer, reset ? "was reset" : "was left", c->request.id, c->sent);
	if (c->busy && entry_of(c)->fate == FATE_ARRIVED)
		decide(c, FATE_GIVEN_UP);
	peer_close(&c->peer);
}

/* The end of an answer, whatever it was */

static void end_connection(struct callee *c, bool by_reset)
{
	struct ledger_entry *e = entry_of(c);

	/* What the kernel throws away, when bytes of the other side are unread, may be the answer. */
	if (by_reset || !c->asked_whole)
		e->risky |= c->sent > 0;
	peer_note(&c->peer, by_reset ? "resets" : "closes", c->request.id, c->sent);
	if (by_reset)
		peer_reset(&c->peer);
	else
		peer_close(&c->peer);
}

static void say_all(struct callee *c)
{
	peer_note(&c->peer, "has said all", c->request.id, c->sent);
	c->leaves = true;
	peer_shutdown(&c->peer);
}

static void end_badly(struct callee *c)
{
	struct dice *d = &c->peer.dice;
	/* Of a body that ends with the connection, nothing but a reset says that this is not its end. */
	bool reset = (c->answer.framing == READER_CLOSE && c->sent >= c->out.head_end) ||
		     dice_permille(d, 400);

	end_connection(c, reset);
}

static void rest(struct callee *c)
{
	c->busy = c->answered = c->asked_whole = false;
	reader_next(&c->reader);
	c->stale = dice_permille(&c->peer.dice, 120);
	if (!c->stale)
		return;
	c->peer.wants_turn = true;
	c->peer.turn_at = c->peer.loop->turn + dice_below(&c->peer.dice, 40);
}

static void end_well(struct callee *c)
{
	c->served++;
	if (c->answer.grants) {
		c->tunnels = true;
		tunnel_end_begin(&c->tunnel, c->ledger, c->request.id, STUFF_DOWN, 0, &c->peer);
	} else if (c->answer.mishap == MISHAP_EXTRA) {
		ledger_count(c->ledger, TALLY_EXTRA);
		c->spoilt = true;
	} else if (c->answer.framing == READER_CLOSE || !c->answer.keeps) {
		if (c->asked_whole && dice_permille(&c->peer.dice, 500))
			end_connection(c, false);
		else
			say_all(c);
	} else if (c->asked_whole) {
		rest(c);
	}
}

static enum fate fate_of(const struct callee *c)
{
	switch (c->answer.mishap) {
	case MISHAP_BEFORE:
		return FATE_BEFORE;
	case MISHAP_IN_HEAD:
	case MISHAP_BAD_HEAD:
		return FATE_NO_HEAD;
	case MISHAP_IN_BODY:
	case MISHAP_BAD_CHUNK:
		return FATE_NO_END;
	default:
		return FATE_WHOLE;
	}
}

static void finish_answer(struct callee *c)
{
	peer_note(&c->peer, "has answered", c->request.id, (uint64_t)c->answer.mishap);
	ledger_at(c->ledger, c->request.id)->told_s = (float)ledger_now_s(c->ledger);
	c->answering = false;
	c->answered = true;
	decide(c, fate_of(c));
	free(c->out.at);
	c->out.at = NULL;
	switch (c->answer.mishap) {
	case MISHAP_BEFORE:
	case MISHAP_IN_HEAD:
	case MISHAP_IN_BODY:
		end_badly(c);
		return;
	case MISHAP_BAD_HEAD:
	case MISHAP_BAD_CHUNK:
		c->spoilt = true;
		return;
	default:
		end_well(c);
	}
}

/* Answering */

static size_t place_to_stop(struct callee *c)
{
	struct dice *d = &c->peer.dice;

	switch (c->answer.mishap) {
	case MISHAP_BEFORE:
		return 0;
	case MISHAP_IN_HEAD:
		return 1 + dice_below(d, c->out.head_end - 1);
	case MISHAP_IN_BODY:
		return c->out.head_end + dice_below(d, c->out.end - c->out.head_end);
	default:
		return c->out.len;
	}
}

static void begin_answer(struct callee *c)
{
	if (c->answer.early && !c->asked_whole)
		ledger_count(c->ledger, TALLY_EARLY);
	c->answering = true;
	c->out = plan_write_answer(c->ledger->seed, &c->answer, c->ledger->stuff);
	c->sent = 0;
	c->stop = place_to_stop(c);
	/* Seen to be bad before it is over. */
	if (c->answer.mishap == MISHAP_BAD_HEAD || c->answer.mishap == MISHAP_BAD_CHUNK)
		decide(c, fate_of(c));
	peer_note(&c->peer, "answers", c->request.id, c->stop);
	if (dice_permille(&c->peer.dice, 400))
		c->peer.write_at = c->peer.loop->turn + dice_below(&c->peer.dice, 40);
}

/* What nobody asked for comes with the end of what somebody did, or it would be the beginning of the next answer. */
static long send_tail(struct callee *c)
{
	size_t n = c->out.len - c->sent;
	long sent = peer_send_whole(&c->peer, c->out.at + c->sent, n);

	if (sent <= 0 || (size_t)sent == n)
		return sent;
	c->sent += (size_t)sent;
	entry_of(c)->risky = true;
	decide(c, c->sent >= c->out.end ? FATE_WHOLE : FATE_NO_END);
	c->answered = true;
	end_connection(c, false);
	return 0;
}

static long send_some(struct callee *c)
{
	size_t until = c->stop;

	if (c->answer.mishap != MISHAP_EXTRA)
		return peer_send(&c->peer, c->out.at + c->sent, until - c->sent);
	until = c->out.end > TAIL_BYTES ? c->out.end - TAIL_BYTES : 0;
	return c->sent < until ? peer_send(&c->peer, c->out.at + c->sent, until - c->sent)
			       : send_tail(c);
}

static void push(struct callee *c)
{
	long n;

	if (!c->answering)
		return;
	n = c->sent < c->stop ? send_some(c) : 0;
	if (!peer_is_open(&c->peer))
		return;
	if (n < 0) {
		is_left(c, true);
		return;
	}
	c->sent += (size_t)n;
	entry_of(c)->spoken |= n > 0;
	if (c->sent == c->stop)
		finish_answer(c);
}

/* Requests */

static uint64_t id_of(const struct reader *r)
{
	const char *at = strstr(r->head, " /c/");

	return at ? strtoull(at + 4, NULL, 10) : 0;
}

static void expect_request(struct callee *c)
{
	const struct plan_request *p = &c->request;
	struct ledger *l = c->ledger;
	char want[PLAN_TARGET_BYTES + 64], line[PLAN_LINE_BYTES];
	const char *at;
	size_t len;
	unsigned n = 0;

	snprintf(want, sizeof(want), "%s %s HTTP/1.1\r\n", p->method, p->target);
	LEDGER_EXPECT(l, p->id, strncmp(c->reader.head, want, strlen(want)) == 0,
		      "another request line: %s", c->reader.head);
	at = reader_field(&c->reader, "Host", &len);
	LEDGER_EXPECT(l, p->id, at && len == 10 && memcmp(at, "chaos.test", 10) == 0,
		      "another host: %s", c->reader.head);
	for (; (at = reader_line(&c->reader, "X-Chaos-", n, &len)); n++) {
		plan_field(l->seed, p->id, STUFF_REQUEST, n, line);
		LEDGER_EXPECT(l, p->id, plan_is_field(line, at, len),
			      "another field: \"%.*s\", not \"%s\"", (int)len, at, line);
	}
	LEDGER_EXPECT(l, p->id, n == p->n_fields, "%u fields of %u", n, p->n_fields);
	LEDGER_EXPECT(l, p->id,
		      c->reader.framing == p->framing &&
			      (p->framing != READER_LENGTH || c->reader.left == p->body_bytes),
		      "framed differently: %s", c->reader.head);
}

static void note_arrival(struct callee *c)
{
	struct ledger *l = c->ledger;
	struct ledger_entry *e = entry_of(c);
	const struct ledger_entry *before = e->before ? ledger_at(l, e->before) : NULL;

	LEDGER_EXPECT(l, c->request.id, !before || before->fate != FATE_ARRIVED,
		      "came before the one before it was answered");
	LEDGER_EXPECT(l, c->request.id,
		      !e->arrivals || (e->arrivals == 1 && c->request.repeatable &&
				       e->fate == FATE_BEFORE && e->reused && !e->spoken),
		      "came again");
	if (e->arrivals)
		ledger_count(l, TALLY_REPEATED);
	e->arrivals++;
	e->fate = FATE_ARRIVED;
	e->risky = e->spoken = false;
	e->reused = c->served > 0;
}

static void say_continue(struct callee *c)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

	peer_note(&c->peer, "says 100", c->request.id, 0);
	entry_of(c)->spoken = true;
	if (peer_send_whole(&c->peer, go_on, sizeof(go_on) - 1) < 0)
		is_left(c, true);
}

static void take_head(struct callee *c)
{
	uint64_t id = id_of(&c->reader);
	struct ledger *l = c->ledger;

	peer_note(&c->peer, "is asked", id, c->served);
	LEDGER_EXPECT(l, id, id && id <= l->last, "a strange request: %s", c->reader.head);
	LEDGER_EXPECT(l, id, !c->spoilt, "a connection is used that must not be");
	plan_request(l->seed, id, &c->request);
	c->busy = true;
	c->peer.wants_turn = c->stale = false;
	expect_request(c);
	note_arrival(c);
	plan_answer(l->seed, &c->request, entry_of(c)->arrivals, &c->answer);
	if (c->answer.continues && !(c->answer.early && !c->answer.early_at))
		say_continue(c);
}

static void take_run(struct callee *c, const char *run, size_t len)
{
	struct ledger *l = c->ledger;
	uint64_t offset = c->reader.body_bytes - len;

	LEDGER_EXPECT(l, c->request.id,
		      stuff_is(l->stuff, c->request.id, STUFF_REQUEST, offset, run, len),
		      "other bytes in the request, from %llu on", (unsigned long long)offset);
	l->bytes[0] += len;
}

static void take_end(struct callee *c)
{
	char trailer[PLAN_LINE_BYTES];

	plan_trailer(c->request.id, trailer);
	LEDGER_EXPECT(c->ledger, c->request.id,
		      !*c->reader.trailer || strcmp(c->reader.trailer, trailer) == 0,
		      "another trailer: %s", c->reader.trailer);
	LEDGER_EXPECT(c->ledger, c->request.id, c->reader.body_bytes == c->request.body_bytes,
		      "%llu bytes of %zu", (unsigned long long)c->reader.body_bytes,
		      c->request.body_bytes);
	peer_note(&c->peer, "was asked", c->request.id, c->reader.body_bytes);
	c->asked_whole = true;
	/* The answer went out before; a gateway that has sent all it had may come back. */
	if (c->answered && !c->spoilt && !c->leaves)
		rest(c);
}

static bool is_due(const struct callee *c)
{
	return c->busy && !c->answering && !c->answered && c->reader.got_head &&
	       (c->asked_whole || (c->answer.early && c->reader.body_bytes >= c->answer.early_at));
}

static bool digest(struct callee *c, const char **at, size_t *len)
{
	const char *run = NULL;
	size_t run_len = 0;

	LEDGER_EXPECT(c->ledger, c->request.id, !c->asked_whole || !*len,
		      "asked before the answer to the one before was whole: %.*s", (int)*len, *at);
	if (c->asked_whole)
		return false;
	switch (reader_take(&c->reader, at, len, &run, &run_len)) {
	case READER_HEAD:
		take_head(c);
		return true;
	case READER_RUN:
		take_run(c, run, run_len);
		return true;
	case READER_END:
		take_end(c);
		return *len > 0;
	case READER_BAD:
		ledger_fail(c->ledger, c->request.id, "%s: %s", c->reader.wrong, c->reader.head);
	case READER_MORE:
		break;
	}
	return false;
}

static void hear(struct callee *c, const char *at, size_t len)
{
	bool more = true;

	while (more && peer_is_open(&c->peer))
		more = digest(c, &at, &len) && (len || c->reader.got_head);
	if (peer_is_open(&c->peer) && is_due(c))
		begin_answer(c);
}

static void pull(struct callee *c)
{
	char bytes[MOST_BYTES];
	long n = peer_read(&c->peer, bytes, sizeof(bytes));

	if (n == -2)
		return;
	if (n <= 0 && c->tunnels)
		tunnel_end_is_left(&c->tunnel, &c->peer, n < 0);
	else if (n <= 0)
		is_left(c, n < 0);
	else if (c->tunnels)
		tunnel_end_hear(&c->tunnel, &c->peer, bytes, (size_t)n);
	else
		hear(c, bytes, (size_t)n);
}

static void close_stale(struct callee *c)
{
	if (!c->stale || c->busy || reader_is_within(&c->reader))
		return;
	peer_note(&c->peer, "closes while nobody asks", c->request.id, c->served);
	ledger_count(c->ledger, TALLY_STALE);
	if (!dice_permille(&c->peer.dice, 200)) {
		peer_close(&c->peer);
		return;
	}
	/* What has not left yet never will. */
	if (c->served)
		entry_of(c)->risky = true;
	peer_reset(&c->peer);
}

static void on_event(struct peer *p, bool readable, bool writable)
{
	struct callee *c = (struct callee *)p;

	if (!readable && !writable)
		close_stale(c);
	if (writable && peer_is_open(p) && c->tunnels)
		tunnel_end_speak(&c->tunnel, p);
	else if (writable && peer_is_open(p))
		push(c);
	if (readable && peer_is_open(p))
		pull(c);
	if (!peer_is_open(p) || c->tunnels)
		return;
	p->wants_read = true;
	p->wants_write = c->answering;
}

static void on_free(struct peer *p)
{
	struct callee *c = (struct callee *)p;

	free(c->out.at);
	reader_fini(&c->reader);
}

/* The listener */

static struct callee *open_callee(struct ledger *l, int fd, const char *role)
{
	struct callee *c = calloc(1, sizeof(*c));
	uint64_t number = ++l->tallies[TALLY_CALLEES];

	c->ledger = l;
	c->peer.on_event = on_event;
	c->peer.on_free = on_free;
	c->peer.wants_read = true;
	reader_init(&c->reader, false);
	peer_open(&c->peer, &l->loop, fd, role, number, dice_of(l->seed, number, 2));
	return c;
}

bool callee_is_at_rest(const struct peer *p)
{
	const struct callee *c = (const struct callee *)p;

	return p->on_event == on_event && !c->busy && !reader_is_within(&c->reader);
}

static void on_connection(struct peer *p, bool readable, bool writable)
{
	struct callee *listener = (struct callee *)p;
	int fd, small = 4096;

	(void)readable;
	(void)writable;
	while ((fd = accept4(p->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		struct callee *c = open_callee(listener->ledger, fd, "origin's connection");

		if (dice_permille(&c->peer.dice, 100))
			setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	}
}

void callee_listen(struct ledger *l, uint16_t *ret_port)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct callee *c;

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	ck_assert_int_eq(listen(fd, 4096), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*ret_port = ntohs(at.sin_port);
	c = open_callee(l, fd, "origin");
	c->listens = true;
	c->peer.on_event = on_connection;
}
