/* unwrap: from the value of a cookie that names the user to the name: decoded step by step, one
 * part taken. Pure. */
#pragma once

#include "base/arena.h"
#include "config/settings.h"

/* The separator is looked for before the first step of decoding and after every one, and acted on
 * once, where it first shows: so "base64(name)|...", "base64(name|...)" and "name%7C..." are within
 * reach, and a name with an encoded separator in it is not cut. 0; ERR_SYNTAX: a step does not fit
 * the value, or the separator never showed; ERR_NOMEM. */
int unwrap_value(const struct settings_source *source, struct view value, struct arena *arena,
		 struct view *ret_name);
