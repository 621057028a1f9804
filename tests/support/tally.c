#include "tally.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_FUNCTIONS = 8192, NAME_BYTES = 96, LINE_BYTES = 2048, PATH_BYTES = 256 };

struct function {
	char name[NAME_BYTES];
	double self, calls;
};

struct tally {
	double own, all;
	struct function functions[MAX_FUNCTIONS];
	unsigned n;
};

static const char *program(void)
{
	return getenv("LATCHD_COUNTED") ? getenv("LATCHD_COUNTED") : "build/plain/latchd";
}

bool tally_is_possible(void)
{
#if defined(__clang__) || !defined(__OPTIMIZE__)
	return false;
#else
	const char *variant = getenv("LATCHD_VARIANT");

	return (!variant || strcmp(variant, "plain") == 0) &&
	       system("valgrind --version >/dev/null 2>&1") == 0;
#endif
}

void tally_begin(const char *dir)
{
	char out[PATH_BYTES];

	snprintf(out, sizeof(out), "%s/tally", dir);
	setenv("LATCHD_COUNTED", getenv("LATCHD") ? getenv("LATCHD") : "build/plain/latchd", 1);
	setenv("LATCHD_CALLGRIND_OUT", out, 1);
	setenv("LATCHD", "tests/support/callgrind.sh", 1);
}

/* See callgrind.sh. */
static void end_chapter(struct daemon *d)
{
	ck_assert_int_eq(daemon_admin(d, "GET", "/healthz", NULL, NULL), 200);
}

void tally_open(struct daemon *d)
{
	end_chapter(d);
}

static struct function *find(struct tally *t, const char *name)
{
	unsigned i = 0;

	while (i < t->n && strncmp(t->functions[i].name, name, NAME_BYTES - 1) != 0)
		i++;
	if (i < t->n)
		return &t->functions[i];
	ck_assert_uint_lt(t->n, MAX_FUNCTIONS);
	snprintf(t->functions[t->n].name, NAME_BYTES, "%.*s", NAME_BYTES - 1, name);
	return &t->functions[t->n++];
}

/* The line after `calls=` says what the called one cost, which is counted where it is spent. */
static void read_line(struct tally *t, const char *line, struct function **in, bool *own,
		      char called[NAME_BYTES], bool *skip)
{
	unsigned long long n;

	if (strncmp(line, "ob=", 3) == 0) {
		*own = strstr(line, strrchr(program(), '/')) != NULL;
	} else if (strncmp(line, "fn=", 3) == 0) {
		*in = find(t, line + 3);
	} else if (strncmp(line, "cfn=", 4) == 0) {
		snprintf(called, NAME_BYTES, "%.*s", NAME_BYTES - 1, line + 4);
	} else if (sscanf(line, "calls=%llu", &n) == 1) {
		find(t, called)->calls += (double)n;
		*skip = true;
	} else if (*in && sscanf(line, "%*u %llu", &n) == 1) {
		t->all += *skip ? 0 : (double)n;
		t->own += *skip || !*own ? 0 : (double)n;
		(*in)->self += *skip ? 0 : (double)n;
		*skip = false;
	}
}

static void read_file(struct tally *t, const char *path)
{
	FILE *file = fopen(path, "re");
	char line[LINE_BYTES], called[NAME_BYTES] = "";
	struct function *in = NULL;
	bool own = false, skip = false;

	ck_assert_msg(file, "callgrind has not written %s", path);
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		read_line(t, line, &in, &own, called, &skip);
	}
	fclose(file);
}

/* Chapters are numbered from 1; the one that was just ended is the last there is. */
struct tally *tally_close(struct daemon *d, const char *dir)
{
	struct tally *t = calloc(1, sizeof(*t));
	char path[PATH_BYTES];
	unsigned chapter = 1;

	end_chapter(d);
	do
		snprintf(path, sizeof(path), "%s/tally.%u", dir, ++chapter);
	while (access(path, R_OK) == 0);
	snprintf(path, sizeof(path), "%s/tally.%u", dir, chapter - 1);
	read_file(t, path);
	return t;
}

void tally_free(struct tally **t)
{
	free(*t);
	*t = NULL;
}

double tally_own(const struct tally *t)
{
	return t->own;
}

double tally_all(const struct tally *t)
{
	return t->all;
}

double tally_calls(const struct tally *t, const char *function)
{
	for (unsigned i = 0; i < t->n; i++)
		if (strcmp(t->functions[i].name, function) == 0)
			return t->functions[i].calls;
	return 0;
}

static int by_cost(const void *a, const void *b)
{
	const struct function *x = *(const struct function *const *)a;
	const struct function *y = *(const struct function *const *)b;

	return (x->self < y->self) - (x->self > y->self);
}

char *tally_costliest(const struct tally *t, unsigned n, unsigned per)
{
	const struct function **order = calloc(t->n + 1, sizeof(*order));
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	for (unsigned i = 0; i < t->n; i++)
		order[i] = &t->functions[i];
	qsort(order, t->n, sizeof(*order), by_cost);
	for (unsigned i = 0; i < n && i < t->n; i++)
		fprintf(out, "%8.0f %s\n", order[i]->self / per, order[i]->name);
	fclose(out);
	free(order);
	return text;
}
