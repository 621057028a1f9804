/* loop: one thread's event base, the time it is there, and its mailbox. Time is read once per
 * turn. Everything but loop_post and loop_stop belongs to the thread that runs the loop. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct block_shelf;
struct event_base;
struct loop;

/* NULL when the system has no more descriptors. */
struct loop *loop_create(void);
void loop_destroy(struct loop **l);
/* Returns after loop_stop. */
void loop_run(struct loop *l);
/* From any thread, and from a signal handler. */
void loop_stop(struct loop *l);

struct event_base *loop_base(struct loop *l);
/* The blocks that everybody on this loop reads into. */
struct block_shelf *loop_shelf(struct loop *l);
int64_t loop_now_ms(struct loop *l);  /* steady, of this turn */
int64_t loop_wall_ms(struct loop *l); /* of this turn */
/* The number of this turn: what the kernel had to say was asked for once in each. */
uint64_t loop_turn(const struct loop *l);
/* The wall time as an HTTP date, NUL-terminated; valid until the next call. */
const char *loop_http_date(struct loop *l);

/* A letter to the loop's thread. The sender owns it until it is posted, the receiver from
 * delivery on; letters of one sender arrive in order. Embed it first in what is sent. */
struct loop_letter {
	struct loop_letter *next;
	void (*on_delivery)(struct loop_letter *letter);
};
/* From any thread; never blocks for long, never fails. A letter that was posted is delivered
 * before loop_run returns; one that was posted later, by loop_destroy. */
void loop_post(struct loop *l, struct loop_letter *letter);

/* Runs after the callbacks of this turn, before the loop waits again: for what must not happen
 * under a callback (freeing its object, calling a user back). In order. */
struct loop_task {
	struct loop_task *next;
	void (*run)(struct loop_task *task);
	bool queued;
};
void loop_defer(struct loop *l, struct loop_task *task);
/* Takes a queued task back. Harmless when it is not queued. */
void loop_undefer(struct loop *l, struct loop_task *task);

/* Deadlines: FIFO lists per duration, one timer per loop. Setting, moving and clearing are O(1)
 * and make no system call. They expire in the order of their times, however late. */
struct loop_deadline {
	struct loop_deadline *next, *prev;
	struct loop_deadlines *list; /* NULL: not set */
	int64_t at_ms;
	void (*on_expiry)(struct loop_deadline *d);
};
struct loop_deadlines;
/* A list whose deadlines all last `duration_ms`; the loop owns it. The same duration gives the same list. */
struct loop_deadlines *loop_deadlines(struct loop *l, int64_t duration_ms);
/* (Re)starts. */
void loop_deadline_set(struct loop_deadlines *list, struct loop_deadline *d);
void loop_deadline_clear(struct loop_deadline *d);
