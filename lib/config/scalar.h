/* scalar: the kinds of values that are one word in the file: texts, numbers, durations, sizes, choices.
 * Constant; any thread. */
#pragma once

#include "config/option.h"

/* char *, not empty, at most `max` bytes. */
extern const struct option_type scalar_text;
/* char *, a path of a file or folder. */
extern const struct option_type scalar_file;
/* char *, #rrggbb. */
extern const struct option_type scalar_color;
extern const struct option_type scalar_boolean;
/* The same for what is off unless somebody wants it: printed when it is on. */
extern const struct option_type scalar_flag;
/* An integer of any width, or one of `words`. */
extern const struct option_type scalar_count;
/* An enum or bool: one of `words`. */
extern const struct option_type scalar_word;
/* int64_t, milliseconds. */
extern const struct option_type scalar_duration;
/* 8 bytes, a number of bytes. */
extern const struct option_type scalar_size;

/* For other types. A text as a YAML scalar, quoted where it must be, `${` escaped. */
void scalar_put(struct text *t, struct view v);
/* char * members: */
bool scalar_text_is_set(const struct option *o, const void *base);
void scalar_text_print(const struct option *o, const void *base, struct text *t);
void scalar_text_drop(const struct option *o, void *base);
/* Keeps a copy; what was there is freed. */
void scalar_text_keep(const struct option *o, void *base, struct view text);
