/* moves: which metrics of a daemon moved between two looks, and that no other did.
 *
 * A series is written in words: its name without latchd_ and _total, then the values of its labels: "requests", "responses 2xx",
 * "verdicts allow". An expectation is "responses 2xx=3"; `=*` is any change, `=?` any or none.
 * Series that depend on time or scheduling (connections, cache hits, commits, deliveries, the process) count only where they are
 * named: see moves.c. A name as /metrics writes it is understood as well. */
#pragma once

struct daemon;

struct look;

struct look *daemon_look(struct daemon *d);
void look_free(struct look **l);
/* Waits until exactly these have moved since `*before`, which is freed. Fails with the list of what did move. */
void daemon_moved(struct daemon *d, struct look **before, ...) __attribute__((sentinel));
/* The same for a list that ends in NULL. */
void daemon_moved_all(struct daemon *d, struct look **before, const char *const *expected);
/* "origin_up http://127.0.0.1:PORT=-1": the server on that port took no connection. Overwritten by the next call. */
const char *moves_down(unsigned port);
/* The value of one series now, in the same words; -1 when there is none. */
double daemon_metric(struct daemon *d, const char *series);
