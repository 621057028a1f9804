/* row: one line of the conformance table: bytes of a client or of an origin, and what a proxy between the two has to make of
 * them. The rows stand in *_table.h, a file a theme; README.md says how to read and add one.
 *
 * Behind the bytes of a client the runner always sends one more request, for /after: what becomes of it shows whether the
 * proxy knew where the first one ended. /smuggled is what hostile bytes ask for in disguise, poison what hostile answers
 * carry: neither ever gets through, whatever the row says. */
#pragma once

#include <stddef.h>

struct bytes {
	const char *at; /* NULL: the usual ones */
	size_t len;
};
/* Of a literal, NULs included. */
#define BYTES(literal)                         \
	{                                      \
		(literal), sizeof(literal) - 1 \
	}

enum row_flag {
	HANGS_UP = 1,   /* the client says that no more will come, instead of asking for /after */
	HEAD_ASKED = 2, /* its first request is a HEAD */
	ORIGIN_CLOSES = 4,     /* when it has answered */
	ORIGIN_RESETS = 8,     /* the same, rudely */
	ORIGIN_HASTES = 16,    /* it answers as soon as it has the head */
	LATER_WHEN_QUIET = 32, /* `later` is the origin's, long after its answer */
	AT_ONCE = 64, /* alone and never divided: the proxy waits for a second, and no longer */
};

enum { ROW_TEXTS = 4 };

struct row {
	const char *id;
	struct bytes client; /* usual: GET / */
	struct bytes origin; /* usual: 200, with "ok" */
	struct bytes later;  /* the client's, once it has heard something */
	/* The statuses that the client gets, then "kept", "closed" or "cut" (in the midst of an answer); with bytes of the
	 * origin also what becomes of its connection: "kept" or "dropped". "200 kept", "502 kept dropped". */
	const char *expected;
	const char *rfc; /* section; HTTP.md's stricter rules name the one that they narrow */
	/* What the other side must get, and must not; what the client must read. Messages are compared with their bodies'
	 * framing removed. */
	const char *passes[ROW_TEXTS], *stays[ROW_TEXTS], *says[ROW_TEXTS];
	unsigned flags;
};

#define ASKS(id_, bytes, expected_, rfc_, ...) \
	{ .id = (id_),                         \
	  .client = BYTES(bytes),              \
	  .expected = (expected_),             \
	  .rfc = (rfc_),                       \
	  __VA_ARGS__ },
#define ANSWERS(id_, bytes, expected_, rfc_, ...) \
	{ .id = (id_),                            \
	  .origin = BYTES(bytes),                 \
	  .expected = (expected_),                \
	  .rfc = (rfc_),                          \
	  __VA_ARGS__ },
#define PASSES(...) .passes = { __VA_ARGS__ }
#define STAYS(...) .stays = { __VA_ARGS__ }
#define SAYS(...) .says = { __VA_ARGS__ }
#define LATER(bytes) .later = BYTES(bytes)
#define ASKED(bytes) .client = BYTES(bytes)
#define FLAGS(flags_) .flags = (flags_)

struct theme {
	const char *name;
	const struct row *rows;
	size_t n_rows;
};
extern const struct theme themes[];
extern const size_t n_themes;
