#include "compare.h"

#include "subject.h"
#include "trial.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 24, LINE_BYTES = 512, MAX_DIFFERENCES = 1024 };
enum { LATCHD, NGINX, HAPROXY, SUBJECTS };

static void (*const starts[])(struct subject *) = { subject_start_latchd, subject_start_nginx,
						    subject_start_haproxy };
static const char *const names[] = { "latchd", "nginx", "haproxy" };

/* "nginx te-tab codings | 200 kept": that proxy, that row, the group of README.md (with `?`: only now and then), the outcome. */
struct difference {
	char subject[16], id[64], group[32], outcome[256];
	bool met;
};

struct comparison {
	size_t n;
	struct trial *trials[SUBJECTS]; /* n each, in the order of the table */
	const struct theme **themes;
	struct difference *differences;
	size_t n_differences;
	unsigned unexplained, outdated, explained[SUBJECTS];
};

static void read_differences(struct comparison *c, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[LINE_BYTES];

	ck_assert_msg(file, "cannot read %s", path);
	c->differences = calloc(MAX_DIFFERENCES, sizeof(*c->differences));
	while (fgets(line, sizeof(line), file)) {
		struct difference *d = &c->differences[c->n_differences];

		if (line[0] == '#' || line[0] == '\n')
			continue;
		ck_assert_uint_lt(c->n_differences, MAX_DIFFERENCES);
		ck_assert_msg(sscanf(line, "%15s %63s %31s | %255[^\n]", d->subject, d->id,
				     d->group, d->outcome) == 4,
			      "%s: what is this? %s", path, line);
		c->n_differences++;
	}
	fclose(file);
}

/* See trial_may_mix. */
static size_t batch_size(const struct trial *trials, size_t n)
{
	size_t size = 1;

	while (size < n && size < BATCH && trial_may_mix(&trials[0], &trials[size]))
		size++;
	return size;
}

static void try_all(struct comparison *c, int which)
{
	struct subject subject;

	starts[which](&subject);
	for (size_t from = 0, n; from < c->n; from += n) {
		n = batch_size(c->trials[which] + from, c->n - from);
		trial_run(subject.stage, c->trials[which] + from, n, subject.patience_ms);
	}
	subject_stop(&subject);
}

static struct difference *find_difference(const struct comparison *c, int which,
					  const struct trial *t)
{
	for (size_t i = 0; i < c->n_differences; i++) {
		struct difference *d = &c->differences[i];

		if (strcmp(d->subject, names[which]) == 0 && strcmp(d->id, t->row->id) == 0 &&
		    strcmp(d->outcome, t->outcome) == 0)
			return d;
	}
	return NULL;
}

/* Another number for the same: the row wants the request refused, and it was. */
static bool refuses_too(const struct trial *t)
{
	const char *wanted = t->row->expected, *got = t->outcome;

	return strchr("45", wanted[0]) && strchr("45", got[0]) &&
	       strcmp(wanted + 3, " closed") == 0 && strcmp(got + 3, " closed") == 0;
}

static void judge(struct comparison *c, int which, struct trial *t)
{
	struct difference *d;

	if (trial_is_as_expected(t)) {
		strcpy(t->outcome, "=");
		return;
	}
	if (which != LATCHD && refuses_too(t)) {
		t->outcome[3] = '\0';
		return;
	}
	d = which == LATCHD ? NULL : find_difference(c, which, t);
	if (d) {
		char text[sizeof(t->outcome)];

		d->met = true;
		c->explained[which]++;
		snprintf(text, sizeof(text), "%.200s (%s)", t->outcome, d->group);
		strcpy(t->outcome, text);
		return;
	}
	c->unexplained++;
	printf("UNEXPLAINED %s %s ? | %s\n", names[which], t->row->id, t->outcome);
}

static void print_table(const struct comparison *c)
{
	const struct theme *theme = NULL;

	for (size_t i = 0; i < c->n; i++) {
		const struct row *row = c->trials[LATCHD][i].row;

		if (c->themes[i] != theme)
			printf("\n%-34s %-14s %-26s %-7s %-40s %s\n", c->themes[i]->name, "RFC",
			       "expected", "latchd", "nginx", "haproxy");
		theme = c->themes[i];
		printf("  %-32s %-14s %-26s %-7s %-40s %s\n", row->id, row->rfc, row->expected,
		       c->trials[LATCHD][i].outcome, c->trials[NGINX][i].outcome,
		       c->trials[HAPROXY][i].outcome);
	}
}

static void collect(struct comparison *c)
{
	for (size_t i = 0; i < n_themes; i++)
		c->n += themes[i].n_rows;
	c->themes = calloc(c->n, sizeof(struct theme *));
	for (int which = 0; which < SUBJECTS; which++) {
		size_t at = 0;

		c->trials[which] = calloc(c->n, sizeof(struct trial));
		for (size_t i = 0; i < n_themes; i++)
			for (size_t k = 0; k < themes[i].n_rows; k++, at++) {
				c->trials[which][at].row = &themes[i].rows[k];
				c->themes[at] = &themes[i];
			}
	}
}

static void find_outdated(struct comparison *c)
{
	for (size_t i = 0; i < c->n_differences; i++) {
		const struct difference *d = &c->differences[i];

		if (d->met || d->group[strlen(d->group) - 1] == '?')
			continue;
		c->outdated++;
		printf("OUTDATED %s %s %s | %s\n", d->subject, d->id, d->group, d->outcome);
	}
}

void compare_run(const char *differences_path)
{
	struct comparison c = { 0 };

	read_differences(&c, differences_path);
	collect(&c);
	for (int which = 0; which < SUBJECTS; which++)
		try_all(&c, which);
	for (int which = 0; which < SUBJECTS; which++)
		for (size_t i = 0; i < c.n; i++)
			judge(&c, which, &c.trials[which][i]);
	find_outdated(&c);
	print_table(&c);
	printf("\n%zu rows; explained differences: nginx %u, haproxy %u; unexplained: %u; outdated "
	       "explanations: %u\n",
	       c.n, c.explained[NGINX], c.explained[HAPROXY], c.unexplained, c.outdated);
	for (int which = 0; which < SUBJECTS; which++)
		free(c.trials[which]);
	free(c.differences);
	free(c.themes);
	fflush(stdout);
	ck_assert_msg(!c.unexplained && !c.outdated, "the differences are not explained");
}
