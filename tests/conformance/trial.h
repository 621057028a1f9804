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
