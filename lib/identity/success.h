/* success: whether the response to a login says that it succeeded. Pure. */
#pragma once

#include "identity/granted.h"
#include "identity/lesson.h"

/* The first condition that does not hold: LESSON_MISS_STATUS, LESSON_MISS_LOCATION or
 * LESSON_MISS_NO_COOKIE; LESSON_NO_MISS when all hold. A status of 400 or more is a success only
 * where `status` says so. A location is compared as it came, without scheme and authority, and,
 * when relative, completed with the request's path. */
enum lesson_miss success_check(const struct settings_success *s, const struct http_head *request,
			       const struct http_head *response, const struct granted *granted);
