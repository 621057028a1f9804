/* backlog: the order in which undelivered events go out; knows their numbers and sizes, not their bodies. Of one account
 * one event is ready at a time, the first; an event that has failed three times steps aside and holds nobody up.
 * Any thread; a lock of its own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BACKLOG_PATIENCE = 3 };

struct backlog_queue;

struct backlog_entry {
	struct backlog_entry *next, *prev; /* of its account; before it is added, of its batch */
	struct backlog_entry *older, *younger; /* of all */
	struct backlog_queue *queue;
	uint64_t seq;
	uint64_t account_hash;
	int64_t next_ms;
	uint32_t attempts;
	uint32_t data_bytes;
	size_t heap_at; /* from 1; 0: not ready, or out */
	bool out;
};

struct backlog;

struct backlog *backlog_create(void);
void backlog_destroy(struct backlog **b);

/* Adds a list, linked by next, in the order of seq; owns it from here on (mem_free). */
void backlog_add(struct backlog *b, struct backlog_entry *entries);

struct backlog_taken {
	uint64_t seq;
	int64_t next_ms;
	unsigned attempts;
};
/* Up to `n` that are ready and due. They are out until one of the three below. */
unsigned backlog_take(struct backlog *b, int64_t now_ms, struct backlog_taken *ret_taken,
		      unsigned n);
/* Forgotten. False, here and below: it was not out. */
bool backlog_drop(struct backlog *b, uint64_t seq);
/* Due again; `failed` counts it as an attempt. */
bool backlog_return(struct backlog *b, uint64_t seq, int64_t next_ms, bool failed,
		    unsigned *ret_attempts);

/* The oldest that is not out is forgotten, while all together take more than `max_bytes` of memory and disk. Its number, or
 * 0: there is room. */
uint64_t backlog_shed(struct backlog *b, uint64_t max_bytes);

/* When the next one that is ready is due; INT64_MAX: none. */
int64_t backlog_next_due_ms(struct backlog *b);
uint64_t backlog_count(struct backlog *b);
