/* given: in which cookie the application gave a session value, and whether a request shows it to the application there. A value
 * that stands elsewhere says who somebody is all the same (or it would be a way round a revocation), but the application did
 * not read it, so nothing that it answers is about it. Pure. Any thread. */
#pragma once

#include "identity/identity.h"

/* The place of a cookie, as identity.cookie[i] has it, but for IDENTITY_ECHO. It follows from the
 * names and hardly ever from their order, for it is stored and outlives the settings. Beyond SESSION_PLACES names share places. */
enum session_given given_in(const struct settings_identity *identity, uint8_t cookie);
/* Whether the application reads a value that was so given where it came now: identity.cookie[i]. One that merely
 * joined is read wherever it comes. */
bool given_is_read(const struct settings_identity *identity, enum session_given given,
		   uint8_t cookie);
