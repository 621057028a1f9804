/* steps: the pages of the challenge, one for each step of the journey. Shows what the model says and offers what it
 * offers; decides nothing. Pure. */
#pragma once

#include "challenge/journey.h"

void steps_write(struct text *t, const struct settings *settings, const struct journey_page *p,
		 int64_t now_ms);
