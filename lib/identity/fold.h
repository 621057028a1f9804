/* fold: from a name that somebody typed or an origin stated to the account's canonical id.
 * Independent of the locale (libunistring). Pure. Any thread. */
#pragma once

#include "base/arena.h"

enum { FOLD_MAX_BYTES = 256 };

/* With `fold`: white space around it removed (NUL and the control characters that count as such
 * too, since applications trim them), lower case, NFC; so that all spellings which an application
 * takes for one name are one account. Then, in any case: longer than FOLD_MAX_BYTES becomes its
 * SHA-256, in hex. 0; ERR_SYNTAX: no account (empty, not UTF-8, control characters); ERR_NOMEM:
 * arena full. The result points into `name` or the arena. */
int fold_account(struct view name, bool fold, struct arena *arena, struct view *ret_account);
/* Are there control characters in it, but those that `fold` takes off its ends? Databases leave them out when
 * they compare. What is not UTF-8 is looked at byte by byte. */
bool fold_has_control(struct view name, bool fold);
/* Valid UTF-8 without control characters (C0, DEL, C1). */
bool fold_is_text(struct view v);
