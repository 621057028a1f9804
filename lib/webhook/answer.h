/* answer: whether what the backend answered to a question is a veto. Pure; any thread. */
#pragma once

#include "base/view.h"

#include <stdbool.h>

/* True for 2xx with the JSON body `false` or {"return":false}, and for nothing else: an object with other
 * members, `null`, `0`, "false", bytes behind the value, no body and no JSON are no veto. */
bool answer_is_veto(unsigned status, struct view body);
