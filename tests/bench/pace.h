/* pace: a paced load. One request every 1/rate seconds, whether or not the one before has been answered, over kept-alive
 * connections, and the latency of each counted from the moment when it was due. A generator that waits for an answer
 * before it sends hides the very delays that are looked for (that is what wrk does); h2load paces in steps of 10 ms
 * and counts from the moment of sending.
 *
 * It runs inside the application, on its thread, and neither ever sleeps meanwhile: as two processes on one core they would be
 * woken in turn for every request, which costs that core more than a proxy costs the other, and what would be measured is
 * the queue in front of them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct pace {
	uint16_t port; /* of 127.0.0.1 */
	double rate;   /* requests per second */
	double seconds;
	unsigned connections;
	/* One request or several of equal length, byte for byte; several are dealt out to the connections in turn. Answers
	 * need a Content-Length. */
	const char *file;
	/* The application: when `fd` is readable, `turn` is called with `arg`. */
	int fd;
	void (*turn)(void *arg);
	void *arg;
};

/* Writes to `out`, one a line: `requests N` and `failed N`; `p50 US` and `p99 US`, each the median of that percentile over
 * slices of 50 ms, so that another process' turn on a core spoils the slices it falls into and not the figure; `all_p99 US`
 * and `all_p999 US` over the whole run, where nothing is left out. False when an answer was not 200 or did not come, or the file is none.
 * A connection is opened anew when the server has said that it closes it, or closes it while it is idle. */
bool pace_run(const struct pace *order, FILE *out);
