#include "tunnel_end.h"

#include <stdlib.h>

enum { MOST_BYTES = 65536 };

static void set_wants(struct tunnel_end *t, struct peer *p)
{
	if (!peer_is_open(p))
		return;
	if (t->ended && t->other_ended) {
		peer_note(p, "tunnel is over", t->id, t->heard);
		peer_close(p);
		return;
	}
	p->wants_read = !t->other_ended;
	p->wants_write = !t->ended && (t->said < t->to_say || !t->polite || t->other_ended);
}

void tunnel_end_begin(struct tunnel_end *t, struct ledger *l, uint64_t id, enum stuff_side speaks,
		      size_t ahead, struct peer *p)
{
	*t = (struct tunnel_end){ .ledger = l,
				  .id = id,
				  .speaks = speaks,
				  .hears = speaks == STUFF_UP ? STUFF_DOWN : STUFF_UP,
				  .to_say = plan_tunnel_bytes(l->seed, id, speaks),
				  .said = ahead,
				  .reset_at = SIZE_MAX,
				  .polite = speaks == STUFF_UP && dice_permille(&p->dice, 500) };
	if (dice_permille(&p->dice, 100))
		t->reset_at = ahead + dice_below(&p->dice, t->to_say - ahead + 1);
	peer_note(p, "tunnel", id, t->to_say);
	set_wants(t, p);
}

static void break_off(struct tunnel_end *t, struct peer *p)
{
	peer_note(p, "breaks the tunnel off", t->id, t->said);
	ledger_at(t->ledger, t->id)->tunnel_cut = true;
	/* A reset may catch up with the answer that began the tunnel. */
	ledger_at(t->ledger, t->id)->risky = true;
	peer_reset(p);
}

static void say_more(struct tunnel_end *t, struct peer *p)
{
	char bytes[MOST_BYTES];
	size_t until = t->to_say < t->reset_at ? t->to_say : t->reset_at, n = until - t->said;
	long sent;

	n = n < sizeof(bytes) ? n : sizeof(bytes);
	stuff_write(t->ledger->stuff, t->id, t->speaks, t->said, bytes, n);
	sent = peer_send(p, bytes, n);
	if (sent < 0)
		tunnel_end_is_left(t, p, true);
	else
		t->said += (size_t)sent;
}

void tunnel_end_speak(struct tunnel_end *t, struct peer *p)
{
	if (t->said < t->to_say && t->said < t->reset_at)
		say_more(t, p);
	if (!peer_is_open(p))
		return;
	if (t->said >= t->reset_at) {
		break_off(t, p);
		return;
	}
	if (t->said == t->to_say && !t->ended && (!t->polite || t->other_ended)) {
		peer_note(p, "has said all", t->id, t->said);
		t->ended = true;
		peer_shutdown(p);
	}
	set_wants(t, p);
}

void tunnel_end_hear(struct tunnel_end *t, struct peer *p, const char *at, size_t len)
{
	struct ledger *l = t->ledger;

	LEDGER_EXPECT(l, t->id, stuff_is(l->stuff, t->id, t->hears, t->heard, at, len),
		      "other bytes in the tunnel, from %zu on", t->heard);
	t->heard += len;
	l->bytes[t->hears == STUFF_DOWN] += len;
	LEDGER_EXPECT(l, t->id, t->heard <= plan_tunnel_bytes(l->seed, t->id, t->hears),
		      "too many bytes in the tunnel");
	set_wants(t, p);
}

void tunnel_end_is_left(struct tunnel_end *t, struct peer *p, bool reset)
{
	struct ledger *l = t->ledger;
	const struct ledger_entry *e = ledger_at(l, t->id);
	bool cut = e->tunnel_cut || e->aborted;

	peer_note(p, reset ? "tunnel was reset" : "tunnel was ended", t->id, t->heard);
	LEDGER_EXPECT(l, t->id, cut || !reset, "the tunnel was reset, and nobody did that");
	LEDGER_EXPECT(l, t->id, cut || t->heard == plan_tunnel_bytes(l->seed, t->id, t->hears),
		      "the tunnel ended after %zu bytes of %zu", t->heard,
		      plan_tunnel_bytes(l->seed, t->id, t->hears));
	t->other_ended = true;
	if (reset || cut) {
		peer_close(p);
		return;
	}
	set_wants(t, p);
}
