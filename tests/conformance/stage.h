/* stage: both sides of a proxy under trial in one thread: any number of clients, each with an address of its own (127.x.y.z), by
 * which the origin knows whose request it gets, and the connections that the proxy opens to the origin.
 *
 * The origin answers every whole request with 200, "ok" and who asked for what (X-Echo), but leaves the first request of a
 * party whose row has an answer of its own to the trial. A request in which nobody's address stands came in disguise and
 * is booked on the party that used the connection last. Failures of the test itself abort it. */
#pragma once

#include "row.h"
#include "wirework.h"

#include <stdbool.h>
#include <stdint.h>

struct link;

struct party {
	const struct row *row;
	uint32_t address; /* 127.x.y.z */
	/* the client's side: */
	int fd;
	struct wirework_buffer in;
	bool ended, reset;
	/* the origin's: */
	struct link *link; /* over which its last request came; NULL: none, or closed */
	bool link_reused;  /* somebody else's came over it after that */
	bool asked;        /* the row's answer is wanted on `link` */
	unsigned reached;  /* whole requests, but for /after */
	bool smuggled;
	const char *fault; /* of what came */
	char *passed;      /* heads and bodies that came, but for those of /after */
	size_t passed_bytes;
};
enum { PARTY_PASSED_BYTES = 256 * 1024 };

struct stage;

/* `certain`: the proxy has one thread and takes bytes in the order in which they came, so that a request of its own answering
 * shows what has been taken in; else stage_settle waits a moment. */
struct stage *stage_open(bool certain);
void stage_close(struct stage **s);
uint16_t stage_origin_port(const struct stage *s);
void stage_use_proxy(struct stage *s, uint16_t port);

/* These are the parties until stage_leave; connects them. */
void stage_enter(struct stage *s, struct party *parties, size_t n);
/* Closes what is theirs, and every connection to the origin over which half a request came. */
void stage_leave(struct stage *s);
/* What has arrived on both sides, or arrives within wait_ms. Whether anything has. */
bool stage_pump(struct stage *s, int wait_ms);
/* Returns when the proxy has taken in all that was sent to it. */
void stage_settle(struct stage *s);
/* Half a request stands on a connection that the proxy has left open. */
bool stage_is_hanging(const struct party *p);

void stage_send(struct party *p, const char *at, size_t len);
void stage_hang_up(struct party *p);
void stage_answer(struct party *p, const char *at, size_t len);
void stage_close_link(struct stage *s, struct party *p, bool reset);
