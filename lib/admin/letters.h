/* letters: what operators see of events that could not be delivered, and how they have them sent again. Each function answers
 * one inquiry. */
#pragma once

#include "admin/desk.h"

/* GET /v1/events: how many wait and how many are dead letters, and of those at most 100, the oldest first:
 * {"waiting":N,"dead":N,"events":[…],"truncated":…} */
void letters_list(const struct inquiry *q);
/* POST /v1/events/replay: at most 1000 dead letters, the oldest first, are delivered as if they were told now, under the ids
 * that they have: {"replayed":N,"dead":N}, once that is durable. 409: the last such call is not yet. */
void letters_replay(const struct inquiry *q);
