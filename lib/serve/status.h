/* status: what the status codes that this program sends are called (RFC 9110 §15, 6585). Pure. Any thread. */
#pragma once

#include "base/view.h"

/* An empty view for a code that has no name here. */
struct view status_reason(int status);
