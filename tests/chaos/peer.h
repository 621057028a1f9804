/* peer: one connection of the tester's, on either side of the gateway, in a loop that has many of them. A peer sends in
 * pieces, reads in bites and pauses between them; a pause is counted in turns of the loop, so that nobody waits for a
 * clock: where nothing else can happen, the turns that a pause lasts are skipped. What a peer did is remembered, to be told
 * when something goes wrong. One thread. */
#pragma once

#include "dice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PEER_STORY = 48, PEER_DEAD = 2048 };

struct peer_deed {
	uint64_t turn;
	const char *what;
	uint64_t number, more;
};

struct peer;

/* What is told of one. */
struct peer_story {
	const char *role;
	uint64_t number;
	uint64_t n_deeds;
	struct peer_deed deeds[PEER_STORY];
};

struct peer_loop {
	int epoll;
	uint64_t turn;
	uint64_t progress; /* bytes moved, connections made or ended */
	struct peer *first, *gone;
	unsigned n_peers;
	struct peer_story *dead; /* the last PEER_DEAD */
	uint64_t n_dead;
};

struct peer {
	struct peer_loop *loop;
	struct peer *next, *prev;
	struct peer_story story;
	int fd;
	struct dice dice;
	/* What it wants, and not before which turn. */
	bool wants_read, wants_write, wants_turn;
	uint64_t read_at, write_at, turn_at;
	unsigned interest;        /* of epoll */
	unsigned appetite, haste; /* styles of reading and sending */
	void (*on_event)(struct peer *p, bool readable, bool writable);
	void (*on_free)(struct peer *p);
};

void peer_loop_init(struct peer_loop *l);
void peer_loop_fini(struct peer_loop *l);
/* One turn: whoever has something to do does it; waits so long when nobody has. */
void peer_loop_turn(struct peer_loop *l, int wait_ms);
/* The stories of all that have to do with this number, of those who live and those who died lately. */
void peer_loop_tell(const struct peer_loop *l, uint64_t number);

/* `p` is the first member of something malloc'd and zeroed; `fd` is its from now on. */
void peer_open(struct peer *p, struct peer_loop *l, int fd, const char *role, uint64_t number,
	       struct dice dice);
/* Free the rest in on_free; both come after this turn. */
void peer_close(struct peer *p);
/* With a reset instead of an end. */
void peer_reset(struct peer *p);
/* No more will be sent. */
void peer_shutdown(struct peer *p);
bool peer_is_open(const struct peer *p);

/* Sends some of it, as its style is: bytes sent, 0 when there is no room now, -1 when nobody reads any more. Perhaps pauses. */
long peer_send(struct peer *p, const char *at, size_t len);
/* All of it in one go: bytes sent or -1. */
long peer_send_whole(struct peer *p, const char *at, size_t len);
/* Reads some: bytes, 0 at the end, -1 at a reset, -2 when there is nothing now. Perhaps pauses. */
long peer_read(struct peer *p, char *at, size_t size);
/* Remembers what it did, about which number. `what` is constant. */
void peer_note(struct peer *p, const char *what, uint64_t number, uint64_t more);
