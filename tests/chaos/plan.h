/* plan: what an exchange is going to be like: what is asked, what is answered, and what goes wrong on the origin's side. It
 * follows from the seed and the exchange's number, so that each side knows what the other one does. Pure. */
#pragma once

#include "dice.h"
#include "reader.h"
#include "stuff.h"

enum { PLAN_TARGET_BYTES = 400, PLAN_LINE_BYTES = 400, PLAN_AT_THE_END = -1 };

struct plan_request {
	uint64_t id;
	const char *method;
	bool is_head;
	bool repeatable; /* may reach the origin a second time */
	bool old;        /* HTTP/1.0 */
	bool keeps;      /* the connection may live on */
	bool expects;
	bool upgrades;
	bool absolute; /* form of the target */
	enum reader_framing framing;
	size_t body_bytes;
	unsigned n_fields;
	char target[PLAN_TARGET_BYTES]; /* as the origin gets it */
};

enum plan_mishap {
	MISHAP_NONE,
	MISHAP_BEFORE,    /* ends before its first byte */
	MISHAP_IN_HEAD,   /* ends within the head */
	MISHAP_IN_BODY,   /* ends behind the head, before the end */
	MISHAP_BAD_HEAD,  /* is no HTTP */
	MISHAP_BAD_CHUNK, /* is chunked, but badly */
	MISHAP_EXTRA,     /* is followed by a message that nobody asked for */
	PLAN_N_MISHAPS
};

struct plan_answer {
	uint64_t id;
	unsigned attempt;
	int status;
	bool old; /* HTTP/1.0 */
	bool keeps;
	bool continues; /* says 100 to those who expect it */
	bool bodiless;  /* whatever the head says */
	bool grants;    /* a WebSocket */
	unsigned n_interims;
	enum reader_framing framing;
	size_t body_bytes;
	unsigned n_fields;
	bool early;      /* without waiting for the end of the request */
	size_t early_at; /* but for so much of its body */
	enum plan_mishap mishap;
};

/* A message as it goes out. */
struct plan_bytes {
	char *at;
	size_t len;
	size_t head_end; /* of the final head; of an answer, interim ones come before */
	size_t head_begin;
	size_t end; /* where the message should end */
};

void plan_request(uint64_t seed, uint64_t id, struct plan_request *ret_plan);
void plan_answer(uint64_t seed, const struct plan_request *request, unsigned attempt,
		 struct plan_answer *ret_plan);
/* Free `at`. */
struct plan_bytes plan_write_request(uint64_t seed, const struct plan_request *p,
				     const struct stuff *stuff);
struct plan_bytes plan_write_answer(uint64_t seed, const struct plan_answer *p,
				    const struct stuff *stuff);
/* The n-th line that begins with X-Chaos-, as it is sent and has to arrive. */
void plan_field(uint64_t seed, uint64_t id, enum stuff_side side, unsigned n,
		char ret_line[PLAN_LINE_BYTES]);
/* White space at its end is nobody's. */
bool plan_is_field(const char *want, const char *line, size_t len);
/* Of either side: the trailer that may follow its chunks. */
void plan_trailer(uint64_t id, char ret_line[PLAN_LINE_BYTES]);
/* How much each side says in a tunnel. */
size_t plan_tunnel_bytes(uint64_t seed, uint64_t id, enum stuff_side side);
