/* courier: carries signed bodies to the backend and brings back what it said: libcurl's multi interface on
 * our own loop, many at once on kept connections (HTTP/1.1, RFC 9112). It follows no redirect, verifies
 * certificate and name, speaks nothing but http and https, and takes no proxy, password or cookie from its
 * surroundings: http_proxy and ~/.netrc are not read, the address is the one that is configured.
 * Knows neither events nor questions, retries nothing. The loop's thread only. */
#pragma once

#include "base/view.h"
#include "loop/loop.h"

struct courier;

enum courier_outcome {
	COURIER_ANSWERED,
	COURIER_TIMEOUT,
	COURIER_FAILED, /* no address, no connection, no trust, no HTTP */
	COURIER_CUT,    /* taken back by courier_cancel or courier_cut */
};

/* More of an answer's body is not read: the connection is closed and the status counts. */
enum { COURIER_ANSWER_BYTES = 64 * 1024 };

struct courier_receipt {
	enum courier_outcome outcome;
	unsigned status;  /* when answered */
	struct view body; /* when answered; until on_return is over */
	bool body_is_whole;
	int64_t retry_after_ms; /* what the answer asked for, as seconds or as a date; 0: nothing */
	const char *why;        /* a literal without address or content, for the log */
};

struct courier_run; /* internal */

/* One delivery; embedded in what belongs to its sender, who fills in all but the last. */
struct courier_parcel {
	const char *url, *id;
	int64_t timestamp_s;
	const char *signature; /* "": unsigned */
	struct view body;      /* stays until on_return */
	int64_t timeout_ms;    /* of the whole exchange */
	void (*on_return)(struct courier_parcel *parcel, const struct courier_receipt *receipt);
	struct courier_run *run;
};

/* NULL when the system has no descriptor to give. */
struct courier *courier_create(struct loop *loop);
/* Nothing may be under way. Accepts NULL. */
void courier_destroy(struct courier **c);

/* on_return comes exactly once and not before this has returned to the loop; the parcel may be freed in
 * it, and another one sent. `url`, `id` and `signature` are copied. */
void courier_send(struct courier *c, struct courier_parcel *parcel);
/* on_return comes at once. */
void courier_cancel(struct courier *c, struct courier_parcel *parcel);
/* Cancels all that is under way, and what their returns send. */
void courier_cut(struct courier *c);
