/* places: who holds a place under an account's limits, and in which order. A counted device holds one from the moment it is
 * first allowed until it is detached; places go in the order in which they were taken. Pure. */
#pragma once

#include "config/settings.h"
#include "registry/change.h"

#include <limits.h>

/* The account's own limit (an administrator's, else the origin's), else the site's; 0: unlimited. */
unsigned places_limit(const struct account *a, const struct settings *s);
unsigned places_type_limit(const struct settings *s, enum device_type type);

/* Devices that hold a place; of one type, or of all with DEVICE_TYPES. */
unsigned places_taken(const struct account *a, enum device_type type);

/* By how many the devices that come before `t` in order exceed what leaves room for it; 0: it has room. One that holds a
 * place is behind those that took theirs earlier, one without a place is behind all. */
unsigned places_excess(const struct account *a, const struct settings *s,
		       const struct attachment *t);
unsigned places_type_excess(const struct account *a, const struct settings *s,
			    const struct attachment *t);

/* The least recently active holder of a place other than `t` (of its type only, when `same_type`); NULL: none. */
struct attachment *places_idlest(const struct account *a, const struct attachment *t,
				 bool same_type);
/* When the next holder other than `t` will be idle for too long (wall); INT64_MAX: never. */
int64_t places_next_expiry_ms(const struct account *a, const struct settings *s,
			      const struct attachment *t);
