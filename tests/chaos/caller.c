/* The happy path is: connect, ask (push), once or several times ahead, take answers in (pull, digest), until enough was asked; close. What a
 * caller does instead, its mood says from the beginning. */
#include "caller.h"

#include "tunnel_end.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { MOST_AHEAD = 8, MOST_BYTES = 65536 };

enum mood {
	MOOD_GOOD,
	MOOD_HALF_CLOSE,    /* says that it has said all, and listens on */
	MOOD_LEAVES_ASKING, /* within a request */
	MOOD_STOPS_ASKING,  /* within a request, says that it has said all */
	MOOD_LEAVES_WAITING,
	MOOD_LEAVES_READING
};

struct caller {
	struct peer peer;
	struct ledger *ledger;
	enum mood mood;
	bool by_reset;
	unsigned left, depth;
	/* Asked and not answered, in order. */
	struct plan_request calls[MOST_AHEAD];
	unsigned first, n;
	uint64_t last_id;
	/* The last of them, while it is being sent. */
	bool sending;
	struct plan_bytes out;
	size_t sent, gate, stop;
	uint64_t leave_after; /* bytes of answers */
	/* The answer to the first of them. */
	struct reader reader;
	struct plan_answer answer;
	bool from_origin;
	unsigned n_interims;
	bool closing; /* an answer was the last */
	bool half_closed;
	bool unheard;     /* nobody reads what it sends any more */
	uint64_t stopped; /* the exchange that will never be asked whole; 0: none */
	bool tunnels;
	size_t ahead; /* said before the tunnel was there */
	struct tunnel_end tunnel;
};

static struct plan_request *front(struct caller *c)
{
	return &c->calls[c->first];
}

static struct plan_request *back(struct caller *c)
{
	return &c->calls[(c->first + c->n - 1) % MOST_AHEAD];
}

static void stop_sending(struct caller *c)
{
	free(c->out.at);
	c->out.at = NULL;
	c->sending = false;
}

static void settle_all(struct caller *c, enum outcome outcome)
{
	for (unsigned i = 0; i < c->n; i++) {
		uint64_t id = c->calls[(c->first + i) % MOST_AHEAD].id;

		ledger_settle(c->ledger, id, id == c->stopped ? OUTCOME_ABORTED : outcome);
	}
	c->n = 0;
}

static void leave(struct caller *c, const char *how)
{
	peer_note(&c->peer, how, c->n ? front(c)->id : c->last_id, c->sent);
	settle_all(c, OUTCOME_ABORTED);
	if (c->by_reset)
		peer_reset(&c->peer);
	else
		peer_close(&c->peer);
}

/* Asking */

static bool may_ask(const struct caller *c)
{
	return !c->sending && c->left && c->n < c->depth && !c->closing && !c->unheard &&
	       !c->half_closed && !c->tunnels && c->ledger->last < c->ledger->limit;
}

/* Where in this request the caller leaves, if it is its mood, and this the request. */
static size_t place_to_stop(struct caller *c, const struct plan_request *p)
{
	if ((c->mood != MOOD_LEAVES_ASKING && c->mood != MOOD_STOPS_ASKING) || c->left)
		return SIZE_MAX;
	if (p->expects)
		return dice_below(&c->peer.dice, c->out.head_end);
	return dice_permille(&c->peer.dice, 400) ? dice_below(&c->peer.dice, c->out.head_end)
						 : dice_below(&c->peer.dice, c->out.len);
}

static void ask(struct caller *c)
{
	struct ledger *l = c->ledger;
	struct plan_request *p;

	c->n++;
	p = back(c);
	plan_request(l->seed, ++l->last, p);
	l->entries[p->id].before = (uint32_t)c->last_id;
	c->last_id = p->id;
	c->left--;
	if (!p->keeps || p->upgrades)
		c->left = 0;
	c->out = plan_write_request(l->seed, p, l->stuff);
	c->sending = true;
	c->sent = 0;
	c->gate = p->expects ? c->out.head_end : c->out.len;
	c->stop = place_to_stop(c, p);
	if (c->stop != SIZE_MAX) {
		c->stopped = p->id;
		l->entries[p->id].aborted = true;
	}
	peer_note(&c->peer, "asks", p->id, c->out.len);
	if (c->n > 1)
		ledger_count(l, TALLY_PIPELINED);
	if (p->expects && dice_permille(&c->peer.dice, 970)) {
		/* Who expects to be told does not wait forever. */
		c->peer.wants_turn = true;
		c->peer.turn_at = c->peer.loop->turn + dice_below(&c->peer.dice, 400);
	}
}

static void half_close(struct caller *c)
{
	peer_note(&c->peer, "has said all", c->last_id, c->sent);
	ledger_count(c->ledger, TALLY_HALF_CLOSED);
	c->half_closed = true;
	c->left = 0;
	peer_shutdown(&c->peer);
}

static void speak_ahead(struct caller *c)
{
	char bytes[64];
	size_t all = plan_tunnel_bytes(c->ledger->seed, c->last_id, STUFF_UP);
	long n;

	if (!all || !dice_permille(&c->peer.dice, 100))
		return;
	c->ahead = all < sizeof(bytes) ? all : sizeof(bytes);
	stuff_write(c->ledger->stuff, c->last_id, STUFF_UP, 0, bytes, c->ahead);
	n = peer_send_whole(&c->peer, bytes, c->ahead);
	c->ahead = n > 0 ? (size_t)n : 0;
}

static void finish_asking(struct caller *c)
{
	peer_note(&c->peer, "has asked", back(c)->id, c->n);
	stop_sending(c);
	if (back(c)->upgrades)
		speak_ahead(c);
	if (c->mood == MOOD_HALF_CLOSE && !c->left && !back(c)->upgrades)
		half_close(c);
	if (c->mood == MOOD_LEAVES_WAITING && !c->left) {
		c->peer.wants_turn = true;
		c->peer.turn_at = c->peer.loop->turn + dice_below(&c->peer.dice, 60);
	}
}

static void reach_stop(struct caller *c)
{
	stop_sending(c);
	if (c->mood == MOOD_LEAVES_ASKING) {
		leave(c, "leaves, asking");
		return;
	}
	half_close(c);
}

static void push(struct caller *c)
{
	size_t until;
	long n;

	if (may_ask(c))
		ask(c);
	if (!c->sending)
		return;
	until = c->gate < c->stop ? c->gate : c->stop;
	n = until > c->sent ? peer_send(&c->peer, c->out.at + c->sent, until - c->sent) : 0;
	if (n < 0) {
		peer_note(&c->peer, "is not heard any more", back(c)->id, c->sent);
		c->unheard = true;
		stop_sending(c);
		return;
	}
	c->sent += (size_t)n;
	if (c->sent == c->stop)
		reach_stop(c);
	else if (c->sent == c->out.len)
		finish_asking(c);
}

/* Listening */

static void take_tunnel(struct caller *c)
{
	uint64_t id = front(c)->id;

	LEDGER_EXPECT(c->ledger, id, front(c)->upgrades && !c->sending,
		      "a 101 that nobody asked for");
	ledger_settle(c->ledger, id, OUTCOME_TUNNEL);
	c->n = 0;
	c->tunnels = true;
	tunnel_end_begin(&c->tunnel, c->ledger, id, STUFF_UP, c->ahead, &c->peer);
}

static void take_interim(struct caller *c)
{
	struct ledger *l = c->ledger;
	const struct plan_request *p = front(c);
	char want[64];
	size_t len;
	const char *line = reader_line(&c->reader, "X-Interim", 0, &len);

	LEDGER_EXPECT(l, p->id, !p->old, "an interim answer to an old client");
	if (c->reader.status == 100) {
		LEDGER_EXPECT(l, p->id, p->expects, "a 100 that nobody asked for");
		ledger_count(l, TALLY_CONTINUES);
		if (c->sending && back(c) == p)
			c->gate = c->out.len;
		return;
	}
	ledger_count(l, TALLY_INTERIMS);
	do
		snprintf(want, sizeof(want), "X-Interim: %llu.%u", (unsigned long long)p->id,
			 c->n_interims++);
	while (line && c->n_interims < 5 && (len != strlen(want) || memcmp(line, want, len) != 0));
	LEDGER_EXPECT(l, p->id, line && c->n_interims < 5, "another interim answer: %s",
		      c->reader.head);
}

static void expect_fields(struct caller *c)
{
	char want[PLAN_LINE_BYTES];
	size_t len;
	const char *line;
	unsigned n = 0;

	for (; (line = reader_line(&c->reader, "X-Chaos-", n, &len)); n++) {
		plan_field(c->ledger->seed, front(c)->id, STUFF_ANSWER, n, want);
		LEDGER_EXPECT(c->ledger, front(c)->id, plan_is_field(want, line, len),
			      "another field: \"%.*s\", not \"%s\"", (int)len, line, want);
	}
	LEDGER_EXPECT(c->ledger, front(c)->id, n == c->answer.n_fields, "%u fields of %u", n,
		      c->answer.n_fields);
}

/* How the body's end is found may be changed on the way, to what this client knows. */
static void expect_framing(struct caller *c)
{
	const struct plan_answer *a = &c->answer;
	const struct plan_request *p = front(c);
	enum reader_framing want = a->framing;

	if (a->bodiless)
		want = READER_NONE;
	else if (a->framing == READER_CHUNKED || a->framing == READER_CLOSE)
		want = p->old ? READER_CLOSE : READER_CHUNKED;
	LEDGER_EXPECT(c->ledger, p->id, c->reader.framing == want, "framed as %d, not as %d: %s",
		      c->reader.framing, want, c->reader.head);
	LEDGER_EXPECT(c->ledger, p->id, want != READER_LENGTH || c->reader.left == a->body_bytes,
		      "another length: %s", c->reader.head);
}

/* The origin's answers say whose they are. */
static void take_head(struct caller *c)
{
	struct ledger *l = c->ledger;
	const struct plan_request *p = front(c);
	const struct ledger_entry *e = ledger_at(l, p->id);
	size_t len;
	const char *id = reader_field(&c->reader, "X-Id", &len);
	unsigned long long number = 0;
	unsigned attempt = 0;

	peer_note(&c->peer, "hears", p->id, (uint64_t)c->reader.status);
	c->from_origin = id != NULL;
	if (!id) {
		LEDGER_EXPECT(l, p->id, c->reader.status == 502 || p->id == c->stopped,
			      "an answer of the gateway's own: %s", c->reader.head);
		return;
	}
	LEDGER_EXPECT(l, p->id,
		      sscanf(id, "%llu.%u", &number, &attempt) == 2 && number == p->id &&
			      attempt == e->arrivals,
		      "the answer to another request: %s", c->reader.head);
	plan_answer(l->seed, p, attempt, &c->answer);
	LEDGER_EXPECT(l, p->id, c->reader.status == c->answer.status, "another status: %s",
		      c->reader.head);
	expect_fields(c);
	expect_framing(c);
}

static void take_run(struct caller *c, const char *run, size_t len)
{
	struct ledger *l = c->ledger;
	uint64_t offset = c->reader.body_bytes - len;

	if (!c->from_origin)
		return;
	LEDGER_EXPECT(l, front(c)->id,
		      stuff_is(l->stuff, front(c)->id, STUFF_ANSWER, offset, run, len),
		      "other bytes in the answer, from %llu on", (unsigned long long)offset);
	l->bytes[1] += len;
}

/* A connection over which a request did not go whole ends, and so does one that was asked to. */
static void note_end(struct caller *c)
{
	const struct plan_request *p = front(c);
	bool asked_whole = !(c->sending && back(c) == p) && !(c->unheard && back(c) == p);

	c->closing = c->reader.says_close || (p->old && !c->reader.says_keep_alive) ||
		     c->reader.framing == READER_CLOSE;
	LEDGER_EXPECT(c->ledger, p->id, c->closing || (asked_whole && p->keeps),
		      "a connection that goes on where it must not");
	if (c->closing && c->sending && (!asked_whole || dice_permille(&c->peer.dice, 500))) {
		c->ledger->entries[back(c)->id].aborted = true;
		stop_sending(c);
	}
}

static void take_end(struct caller *c)
{
	struct plan_request *p = front(c);
	struct ledger *l = c->ledger;
	enum outcome outcome = c->from_origin ? OUTCOME_ANSWERED : OUTCOME_BAD_GATEWAY;
	char trailer[PLAN_LINE_BYTES];

	plan_trailer(p->id, trailer);
	LEDGER_EXPECT(l, p->id, !*c->reader.trailer || strcmp(c->reader.trailer, trailer) == 0,
		      "another trailer: %s", c->reader.trailer);
	LEDGER_EXPECT(l, p->id,
		      !c->from_origin || c->answer.bodiless ||
			      c->reader.body_bytes == c->answer.body_bytes,
		      "%llu bytes of %zu", (unsigned long long)c->reader.body_bytes,
		      c->answer.body_bytes);
	note_end(c);
	if (p->id == c->stopped)
		outcome = OUTCOME_ABORTED;
	else
		ledger_check(l, p, outcome);
	peer_note(&c->peer, "was answered", p->id, c->reader.body_bytes);
	ledger_settle(l, p->id, outcome);
	c->first = (c->first + 1) % MOST_AHEAD;
	c->n--;
	c->n_interims = 0;
	reader_next(&c->reader);
}

/* False when there is no more to be had from these bytes. */
static bool digest(struct caller *c, const char **at, size_t *len)
{
	const char *run = NULL;
	size_t run_len = 0;

	LEDGER_EXPECT(c->ledger, c->last_id, c->n && !c->closing,
		      "bytes that nobody asked for: %.*s", (int)*len, *at);
	c->reader.bodiless = front(c)->is_head;
	switch (reader_take(&c->reader, at, len, &run, &run_len)) {
	case READER_HEAD:
		if (c->reader.status == 101) {
			take_tunnel(c);
		} else if (c->reader.status < 200) {
			take_interim(c);
			reader_next(&c->reader);
		} else {
			take_head(c);
		}
		return true;
	case READER_RUN:
		take_run(c, run, run_len);
		return true;
	case READER_END:
		take_end(c);
		return *len > 0;
	case READER_BAD:
		ledger_fail(c->ledger, front(c)->id, "%s: %s", c->reader.wrong, c->reader.head);
	case READER_MORE:
		break;
	}
	return *len > 0;
}

static void hear(struct caller *c, const char *at, size_t len)
{
	bool more = true;

	while (more && !c->tunnels)
		more = digest(c, &at, &len) && (len || (c->n && c->reader.got_head));
	if (c->tunnels && len)
		tunnel_end_hear(&c->tunnel, &c->peer, at, len);
}

/* An answer whose end only the end of the connection tells has to be cut by a reset, and that may catch up with answers before it. */
static bool is_caught_up(struct caller *c)
{
	for (unsigned i = 1; i < c->n; i++) {
		const struct plan_request *p = &c->calls[(c->first + i) % MOST_AHEAD];
		const struct ledger_entry *e = ledger_at(c->ledger, p->id);

		if ((p->old && (e->fate == FATE_NO_END || e->risky)) || e->tunnel_cut)
			return true;
	}
	return false;
}

/* The connection ends. What was not answered must not be expected to be. */
static void take_last(struct caller *c, bool reset)
{
	struct ledger *l = c->ledger;
	struct plan_request *p = front(c);
	uint64_t before = c->n ? ledger_at(l, p->id)->before : c->last_id;
	bool at_rest = !c->reader.got_head && ledger_may_rest_too_long(l, before);

	peer_note(&c->peer, reset ? "was reset" : "was left", c->last_id, c->n);
	if (c->n && c->reader.got_head && !reset && reader_may_end(&c->reader)) {
		take_end(c);
	} else if (reset && is_caught_up(c)) {
		settle_all(c, OUTCOME_CUT);
	} else if (c->n && !c->closing && p->id != c->stopped && !at_rest) {
		/* Cut, perhaps before the answer had begun. */
		ledger_check(l, p, OUTCOME_CUT);
		ledger_settle(l, p->id, OUTCOME_CUT);
		c->first = (c->first + 1) % MOST_AHEAD;
		c->n--;
	} else if (!c->n) {
		LEDGER_EXPECT(l, c->last_id, c->closing || c->half_closed || at_rest,
			      "the connection ended without a reason");
	}
	if (c->sending)
		l->entries[back(c)->id].aborted = true;
	settle_all(c, OUTCOME_UNANSWERED);
	peer_close(&c->peer);
}

static void pull(struct caller *c)
{
	char bytes[MOST_BYTES];
	long n = peer_read(&c->peer, bytes, sizeof(bytes));

	if (n == -2)
		return;
	if (n <= 0 && c->tunnels) {
		tunnel_end_is_left(&c->tunnel, &c->peer, n < 0);
		return;
	}
	/* A send that failed has taken the error with it: what looks like an end may be a reset. */
	if (n <= 0) {
		take_last(c, n < 0 || c->unheard);
		return;
	}
	hear(c, bytes, (size_t)n);
	if (c->mood != MOOD_LEAVES_READING || c->left || !peer_is_open(&c->peer) || c->tunnels)
		return;
	if (c->leave_after < (uint64_t)n)
		leave(c, "leaves, reading");
	else
		c->leave_after -= (uint64_t)n;
}

/* A turn that it has waited for. */
static void act(struct caller *c)
{
	if (c->mood == MOOD_LEAVES_WAITING && !c->left && !c->sending && c->n && !c->tunnels)
		leave(c, "leaves, waiting");
	else if (c->sending)
		c->gate = c->out.len;
}

static void set_wants(struct caller *c)
{
	size_t until = c->gate < c->stop ? c->gate : c->stop;
	bool enough = !c->n && !c->sending && (!c->left || c->ledger->last >= c->ledger->limit) &&
		      !c->closing && !c->half_closed;

	if (enough) {
		peer_note(&c->peer, "has enough", c->last_id, 0);
		peer_close(&c->peer);
		return;
	}
	c->peer.wants_read = true;
	c->peer.wants_write = may_ask(c) || (c->sending && (c->sent < until || c->sent == c->stop));
}

static void on_event(struct peer *p, bool readable, bool writable)
{
	struct caller *c = (struct caller *)p;

	if (!readable && !writable)
		act(c);
	if (writable && peer_is_open(p) && !c->tunnels)
		push(c);
	else if (writable && peer_is_open(p))
		tunnel_end_speak(&c->tunnel, p);
	if (readable && peer_is_open(p))
		pull(c);
	if (peer_is_open(p) && !c->tunnels)
		set_wants(c);
}

static void on_free(struct peer *p)
{
	struct caller *c = (struct caller *)p;

	free(c->out.at);
	reader_fini(&c->reader);
	c->ledger->n_callers--;
}

static void throw_mood(struct caller *c)
{
	struct dice *d = &c->peer.dice;
	size_t n = dice_below(d, 100);

	c->mood = n < 76   ? MOOD_GOOD
		  : n < 84 ? MOOD_HALF_CLOSE
		  : n < 88 ? MOOD_LEAVES_ASKING
		  : n < 91 ? MOOD_STOPS_ASKING
		  : n < 95 ? MOOD_LEAVES_WAITING
			   : MOOD_LEAVES_READING;
	c->by_reset = dice_permille(d, 500);
	c->left = 1 + (unsigned)dice_below(d, 24);
	c->depth = dice_permille(d, 600) ? 1 : 1 + (unsigned)dice_below(d, MOST_AHEAD);
	c->leave_after = dice_below(d, dice_permille(d, 500) ? 500 : 20000);
}

static int connect_to(uint16_t port, struct dice *d)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int small = 4096;

	if (dice_permille(d, 100))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 && errno != EINPROGRESS)
		return -1;
	return fd;
}

void caller_start(struct ledger *l, uint64_t number)
{
	struct caller *c = calloc(1, sizeof(*c));
	struct dice d = dice_of(l->seed, number, 1);
	int fd = connect_to(l->gateway_port, &d);

	LEDGER_EXPECT(l, 0, fd >= 0, "cannot connect: %s", strerror(errno));
	peer_open(&c->peer, &l->loop, fd, "client", number, d);
	c->ledger = l;
	c->peer.on_event = on_event;
	c->peer.on_free = on_free;
	c->stop = SIZE_MAX;
	reader_init(&c->reader, true);
	throw_mood(c);
	ledger_count(l, TALLY_CALLERS);
	l->n_callers++;
	set_wants(c);
}
