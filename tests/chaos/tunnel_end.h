/* tunnel_end: one end of a WebSocket tunnel: says what the plan tells it to say, in its own time, then that it has said all, or breaks
 * off; hears the same of the other end. One thread. */
#pragma once

#include "ledger.h"

struct tunnel_end {
	struct ledger *ledger;
	uint64_t id;
	enum stuff_side speaks, hears;
	size_t to_say, said, heard;
	size_t reset_at; /* breaks off there; SIZE_MAX: never */
	bool polite;     /* ends its half after the other one has */
	bool ended, other_ended;
};

/* `ahead`: so many bytes were sent already. */
void tunnel_end_begin(struct tunnel_end *t, struct ledger *l, uint64_t id, enum stuff_side speaks,
		      size_t ahead, struct peer *p);
/* Each of them may close the peer. */
void tunnel_end_speak(struct tunnel_end *t, struct peer *p);
void tunnel_end_hear(struct tunnel_end *t, struct peer *p, const char *at, size_t len);
/* The stream ended: with a reset, or not. */
void tunnel_end_is_left(struct tunnel_end *t, struct peer *p, bool reset);
