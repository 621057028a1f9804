#include "decision/given.h"

#include <assert.h>

enum { NO_PLACE = 0 };

/* FNV-1a: the same on every machine and in every version. */
static unsigned place_of(const struct settings_cookie *cookie)
{
	uint32_t hash = UINT32_C(2166136261) ^ cookie->prefix;

	for (const char *at = cookie->name; *at; at++)
		hash = (hash ^ (uint8_t)*at) * UINT32_C(16777619);
	return 1 + hash % SESSION_PLACES;
}

/* The first free one from `place` on; `place` itself when all are taken. */
static unsigned free_place(const bool taken[SESSION_PLACES + 1], unsigned place)
{
	unsigned p = place;

	do {
		if (!taken[p])
			return p;
		p = p % SESSION_PLACES + 1;
	} while (p != place);
	return place;
}

enum session_given given_in(const struct settings_identity *identity, uint8_t cookie)
{
	bool taken[SESSION_PLACES + 1] = { 0 };
	unsigned place = NO_PLACE;

	if (cookie == IDENTITY_NO_COOKIE)
		return SESSION_GIVEN_IN_TARGET;
	assert(cookie < identity->n_cookies);
	for (unsigned i = 0; i <= cookie; i++) {
		place = free_place(taken, place_of(&identity->cookies[i]));
		taken[place] = true;
	}
	return (enum session_given)place;
}

bool given_is_read(const struct settings_identity *identity, enum session_given given,
		   uint8_t cookie)
{
	if (cookie == IDENTITY_ECHO)
		return false;
	return given == SESSION_JOINED || given == SESSION_GIVEN ||
	       given == given_in(identity, cookie);
}
