/* tell: the bodies of the events that the backend is told or asked, made from an account. One place, so that a device or a
 * challenge looks the same in every event. Pure. New references. */
#pragma once

#include "config/settings.h"
#include "registry/change.h"

/* {"account":…,"device":{…}}; t may be NULL: then without a device. */
json_t *tell_about(const struct account *a, const struct attachment *t);
/* {"id","type","reasons","status"} */
json_t *tell_challenge(const struct challenge *c);
/* The data of redirect: `to` says which of the redirect URLs `url` is; `challenge` may be NULL. */
json_t *tell_redirect(const struct account *a, const struct attachment *t, const char *to,
		      struct view url, const struct challenge_id *challenge);
/* The data of on_limit_exceeded. */
json_t *tell_limit_exceeded(const struct account *a, const struct settings *s,
			    const struct attachment *t, uint32_t reasons);
/* The list of words for REASON_BIT_*. */
json_t *tell_reasons(uint32_t reasons);
