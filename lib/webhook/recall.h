/* recall: what was answered, remembered for a while and in a bounded number; the oldest makes room.
 * Pure; one thread at a time. */
#pragma once

#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum { RECALL_KEY_BYTES = 32 };

struct recall;

struct recall *recall_create(unsigned max, int64_t keep_ms);
void recall_destroy(struct recall **r);

/* `key` has at most RECALL_KEY_BYTES. A key that is there gets the new answer and keeps its age. */
void recall_put(struct recall *r, struct view key, bool veto, int64_t now_ms);
bool recall_find(struct recall *r, struct view key, int64_t now_ms, bool *ret_veto);
unsigned recall_count(const struct recall *r);
