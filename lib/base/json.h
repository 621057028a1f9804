/* json: the only room that includes jansson; it hands out jansson's own type and
 * adds what the project needs around it. Any thread, one at a time per value. */
#pragma once

#include "base/text.h"
#include "base/view.h"

#include <jansson.h>

/* Parses a whole text (any JSON value; duplicate keys are refused). NULL when it is
 * not well-formed or deeper than 32. The caller owns a reference. */
json_t *json_read(struct view text);
/* A string value from bytes; bytes that are not UTF-8 become U+FFFD. New reference. */
json_t *json_text(struct view v);
/* Wall time as RFC 3339 with three decimals. New reference. */
json_t *json_time(int64_t wall_ms);
/* Appends the compact form. */
void json_write(struct text *t, const json_t *value);
/* The compact form, malloc'd and NUL-terminated; free with mem_free. */
char *json_dump(const json_t *value);
