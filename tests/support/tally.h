/* tally: what a daemon does between two moments, counted by callgrind: instructions and calls, the same on every run. For the
 * plain build by gcc alone: other flags and compilers make other instructions. */
#pragma once

#include "daemon.h"

#include <stdbool.h>
#include <stddef.h>

struct tally;

/* Whether valgrind is there and this is the build whose instructions mean something. */
bool tally_is_possible(void);
/* From now on daemons of this process are counted, into files in `dir`. One daemon at a time. */
void tally_begin(const char *dir);
/* What is counted from here on belongs to the next chapter. */
void tally_open(struct daemon *d);
/* Ends the chapter; tally_free. */
struct tally *tally_close(struct daemon *d, const char *dir);
void tally_free(struct tally **t);

/* Instructions of the program itself, and with the libraries'. */
double tally_own(const struct tally *t);
double tally_all(const struct tally *t);
/* How often a function was called from another one; 0 for one that was not, or is not there. */
double tally_calls(const struct tally *t, const char *function);
/* The `n` costliest functions of all, a line each, the figures divided by `per`; free it. */
char *tally_costliest(const struct tally *t, unsigned n, unsigned per);
