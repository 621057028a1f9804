/* The conformance table against latchd: every row whole, byte by byte, and split at every position. With the argument
 * `compare`: whole, beside nginx and HAProxy. CONFORMANCE_ROW=te-tab plays the rows whose id begins so. */
#define SUITE_TIMEOUT_S 240
#include "compare.h"
#include "subject.h"
#include "suite.h"
#include "trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 256 };

static struct subject latchd;

static void start(void)
{
	subject_start_latchd(&latchd);
}

static void stop(void)
{
	subject_stop(&latchd);
}

struct batch {
	struct trial trials[BATCH];
	size_t n;
	const struct row *bad; /* last */
	unsigned rows, bad_rows, trials_played;
};

static const char *in_words(long split)
{
	static char text[32];

	if (split == TRIAL_WHOLE)
		return "whole";
	if (split == TRIAL_BYTEWISE)
		return "byte by byte";
	snprintf(text, sizeof(text), "split at %ld", split);
	return text;
}

/* Of a row that fails in many places, the first is told. */
static void play(struct batch *b)
{
	trial_run(latchd.stage, b->trials, b->n, latchd.patience_ms);
	b->trials_played += b->n;
	for (size_t i = 0; i < b->n; i++) {
		const struct trial *t = &b->trials[i];

		if (t->row == b->bad || trial_is_as_expected(t))
			continue;
		b->bad = t->row;
		b->bad_rows++;
		printf("%s, %s: \"%s\" instead of \"%s\"\n", t->row->id, in_words(t->split),
		       t->outcome, t->row->expected);
	}
	b->n = 0;
}

static void add(struct batch *b, const struct row *row, long split)
{
	struct trial t = { .row = row, .split = split };

	if (b->n == BATCH || (b->n && !trial_may_mix(&b->trials[0], &t)))
		play(b);
	b->trials[b->n++] = t;
}

static size_t divided_bytes(const struct row *row)
{
	return row->origin.at ? row->origin.len : row->client.len;
}

/* Where to divide the long ones: near both ends everywhere, and here and there between. */
static size_t next_split(const struct row *row, size_t split)
{
	enum { EDGE = 200 };
	size_t len = divided_bytes(row);
	size_t step = suite_is_light() ? 5 : 1;

	if (len <= 4 * EDGE || split < EDGE || split + EDGE >= len)
		return split + step;
	return split + len / 50 < len - EDGE ? split + len / 50 : len - EDGE;
}

static void add_splits(struct batch *b, const struct row *row)
{
	for (size_t at = 1; at < divided_bytes(row); at = next_split(row, at)) {
		add(b, row, (long)at);
		if (row->flags & AT_ONCE)
			return;
	}
}

static void add_whole(struct batch *b, const struct row *row)
{
	add(b, row, TRIAL_WHOLE);
}

static void add_bytewise(struct batch *b, const struct row *row)
{
	add(b, row, TRIAL_BYTEWISE);
}

static void every_row(const char *way, void (*add_row)(struct batch *b, const struct row *row))
{
	struct batch *b = calloc(1, sizeof(*b));
	const char *only = getenv("CONFORMANCE_ROW");
	unsigned bad;

	for (size_t i = 0; i < n_themes; i++)
		for (size_t k = 0; k < themes[i].n_rows; k++) {
			const struct row *row = &themes[i].rows[k];

			if (only && strncmp(row->id, only, strlen(only)) != 0)
				continue;
			b->rows++;
			add_row(b, row);
		}
	if (b->n)
		play(b);
	bad = b->bad_rows;
	printf("%u rows %s in %u trials: %u passed, %u failed\n", b->rows, way, b->trials_played,
	       b->rows - bad, bad);
	fflush(stdout);
	free(b);
	ck_assert_msg(!bad, "%u rows are not answered as the table says", bad);
}

static void every_row_is_answered_as_the_table_says(void)
{
	every_row("whole", add_whole);
}

static void so_it_is_when_it_comes_byte_by_byte(void)
{
	every_row("byte by byte", add_bytewise);
}

static void so_it_is_when_it_comes_in_two_parts(void)
{
	every_row("in two parts", add_splits);
}

static void what_differs_is_explained(void)
{
	compare_run("tests/conformance/differences");
}

static int run(const char *names, void (*const *cases)(void), size_t count, bool compares)
{
	return suite_main(&(struct suite_program){
		.name = "conformance",
		.case_names = names,
		.cases = cases,
		.count = count,
		.setup = compares ? NULL : start,
		.teardown = compares ? NULL : stop,
		.timeout_s = SUITE_TIMEOUT_S,
	});
}

int main(int argc, char **argv)
{
	static void (*const cases[])(void) = { every_row_is_answered_as_the_table_says,
					       so_it_is_when_it_comes_byte_by_byte,
					       so_it_is_when_it_comes_in_two_parts };
	static void (*const comparing[])(void) = { what_differs_is_explained };

	if (argc == 2 && strcmp(argv[1], "compare") == 0)
		return run("what_differs_is_explained", comparing, 1, true);
	return run("every_row_is_answered_as_the_table_says, so_it_is_when_it_comes_byte_by_byte, "
		   "so_it_is_when_it_comes_in_two_parts",
		   cases, 3, false);
}
