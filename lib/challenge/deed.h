/* deed: what each action of a challenged person does to the account. Which page offers which action is said here and nowhere
 * else. Runs inside a change, which may be thrown away and run again: all that a deed leaves behind is in the account, in the
 * change and in the scene's answer. */
#pragma once

#include "challenge/journey.h"

struct deed_scene {
	const struct journey_request *q;
	struct account *a;
	struct change *c;
	struct attachment *t;          /* whose challenge it is */
	struct journey_answer *answer; /* of kind JOURNEY_GO when a deed was done */
	enum journey_error error;      /* why it was not done */
	bool full;                     /* the arena was; nothing was done */
};

/* The step that the challenge has reached. */
enum journey_step deed_step(const struct challenge *ch);
/* What is offered there: bits 1 << enum journey_action. */
uint32_t deed_offered(const struct settings *s, const struct challenge *ch);
/* Whether nothing is in this device's way (any more). */
bool deed_is_solved(const struct account *a, const struct settings *s, const struct attachment *t);

/* Goes on to where the person wanted to be. */
void deed_go_on(struct deed_scene *s);
/* Does what the request asks for: the answer is filled in; or, with `error` set or `full`, nothing was done. */
void deed_do(struct deed_scene *s);
