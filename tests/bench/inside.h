/* inside: latchd's state and judgement without its sockets, for what a load from outside cannot tell apart. Everything that
 * cannot be had ends the program with a sentence. One thread. */
#pragma once

#include "decision/decide.h"
#include "decision/learn.h"

enum { INSIDE_SESSION_CHARS = 26, INSIDE_ACTIVE_CACHE_BYTES = 32 * 1024 * 1024 };

struct inside {
	struct settings *settings;
	struct metrics *metrics;
	struct registry *registry;
	struct hmac_key *device_key;
	struct rules *rules;
	struct decide *decide;
	struct arena arena;
	char room[16384];
};

/* Opens the state that the settings in this file name. */
void inside_open(struct inside *in, const char *config);
void inside_close(struct inside *in);

/* The session value of person number `n`, as a cookie would have it. */
void inside_session(unsigned n, char ret_value[INSIDE_SESSION_CHARS + 1]);
/* What the person's requests say: the session, and a desktop browser without a device cookie. */
void inside_person(struct inside *in, unsigned n, struct identity *ret_who);
/* The person's login is learnt; from then on requests come with the device's cookie. Returns the number to be committed. */
uint64_t inside_log_in(struct inside *in, unsigned n, struct identity *who);
/* One request is judged. */
void inside_judge(struct inside *in, const struct settings *settings, const struct identity *who,
		  struct verdict *ret_verdict);

/* Time that has passed, and time that this thread has had. */
double inside_now_s(void);
double inside_spent_s(void);
