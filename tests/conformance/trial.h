/* trial: a row of the table played on the stage, in one of three ways, and what became of it in the words of the table. */
#pragma once

#include "row.h"
#include "stage.h"

/* How the row's bytes are sent: as one, in two parts, or each by itself. */
enum { TRIAL_WHOLE = 0, TRIAL_BYTEWISE = -1 };

struct trial {
	const struct row *row;
	long split; /* a position in the bytes, TRIAL_WHOLE or TRIAL_BYTEWISE */
	char outcome[256];
};

/* Plays them side by side, and waits for what does not come for so long. */
void trial_run(struct stage *s, struct trial *trials, size_t n, int patience_ms);
/* Rows in which the client is odd and rows in which the origin is are not played side by side: they would get each other's
 * connections. */
bool trial_may_mix(const struct trial *a, const struct trial *b);
/* The outcome is one that the row expects. */
bool trial_is_as_expected(const struct trial *t);
