/* witness: what llhttp, an independent and strict parser, makes of the same bytes: one message, fed in any pieces.
 * For the fuzz targets that compare our parsers with it. One thread. */
#pragma once

#include "base/text.h"

struct witness {
	/* the head, when head_done: */
	bool head_done;
	unsigned minor, status;
	bool has_length, has_coding, is_chunked, upgrades, keeps_alive;
	uint64_t length;
	struct text start;  /* method and target, or reason, each with a NUL behind it */
	struct text fields; /* names and values, each with a NUL behind it */
	/* the body: */
	struct text payload, trailers;
	bool done;
	/* both: */
	size_t taken; /* bytes up to the end of the message, or to where it was refused */
	bool refused;
	const char *why;
	_Alignas(16) char parser[256];
};

void witness_init(struct witness *w, bool is_request);
void witness_fini(struct witness *w);
/* Does nothing once the message is over or was refused. */
void witness_feed(struct witness *w, struct view bytes);
