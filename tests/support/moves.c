#include "moves.h"

#include "daemon.h"
#include "wirework.h"

#include <check.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SERIES = 512, WORDS_BYTES = 96, MAX_EXPECTED = 48, STEP_MS = 10 };

struct series {
	char words[WORDS_BYTES];
	double value;
};

struct look {
	struct series series[MAX_SERIES];
	unsigned n;
};

struct expectation {
	char words[WORDS_BYTES];
	char kind; /* '*', '?' or '=' */
	double by;
};

/* What depends on time, scheduling or the looking itself. */
static bool is_loose(const char *words)
{
	static const char *const beginnings[] = {
		"connections",        "verdict_cache", "registry_",     "origin_connects",
		"origin_reuses",      "log_",          "process_",      "build_info",
		"webhook_deliveries", "tunnels",       "origin_in_use", "holds_uncommitted"
	};

	for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++)
		if (strncmp(words, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return false;
}

static void drop_end(char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	if (len >= n && strcmp(text + len - n, end) == 0)
		text[len - n] = '\0';
}

/* `latchd_responses_total{class="2xx"}` is "responses 2xx"; what is in words already stays. */
static void put_in_words(const char *series, size_t len, char words[WORDS_BYTES])
{
	size_t name = strcspn(series, "{ "), n = name < len ? name : len;
	char text[WORDS_BYTES];
	bool is_ours = len >= 7 && strncmp(series, "latchd_", 7) == 0;

	if (!is_ours && !memchr(series, '{', len)) {
		snprintf(words, WORDS_BYTES, "%.*s", (int)len, series);
		return;
	}
	snprintf(text, sizeof(text), "%.*s", (int)n, series);
	drop_end(text, "_total");
	snprintf(words, WORDS_BYTES, "%s", is_ours ? text + 7 : text);
	for (const char *at = memchr(series, '"', len); at && at < series + len;) {
		size_t value = strcspn(at + 1, "\"");

		snprintf(words + strlen(words), WORDS_BYTES - strlen(words), " %.*s", (int)value,
			 at + 1);
		at += value + 2;
		at = at < series + len ? memchr(at, '"', (size_t)(series + len - at)) : NULL;
	}
}

struct look *daemon_look(struct daemon *d)
{
	struct look *look = calloc(1, sizeof(*look));
	char *text = daemon_scrape(d), *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *space = strrchr(line, ' ');

		if (*line == '#' || !space)
			continue;
		ck_assert_uint_lt(look->n, MAX_SERIES);
		put_in_words(line, (size_t)(space - line), look->series[look->n].words);
		look->series[look->n++].value = atof(space);
	}
	free(text);
	return look;
}

void look_free(struct look **l)
{
	free(*l);
	*l = NULL;
}

static const struct series *find(const struct look *look, const char *words)
{
	for (unsigned i = 0; i < look->n; i++)
		if (strcmp(look->series[i].words, words) == 0)
			return &look->series[i];
	return NULL;
}

double daemon_metric(struct daemon *d, const char *name)
{
	struct look *look = daemon_look(d);
	char words[WORDS_BYTES];
	const struct series *series;
	double value;

	put_in_words(name, strlen(name), words);
	series = find(look, words);
	value = series ? series->value : -1;

	look_free(&look);
	return value;
}

static struct expectation read_expectation(const char *text)
{
	const char *equals = strrchr(text, '=');
	struct expectation e = { .kind = '=' };

	ck_assert_msg(equals && equals[1], "%s is no expectation: write series=number", text);
	put_in_words(text, (size_t)(equals - text), e.words);
	if (equals[1] == '*' || equals[1] == '?')
		e.kind = equals[1];
	else
		e.by = atof(equals + 1);
	return e;
}

static const struct expectation *expected_of(const struct expectation *e, unsigned n,
					     const char *words)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(e[i].words, words) == 0)
			return &e[i];
	return NULL;
}

static bool fits(const struct expectation *e, const char *words, double by)
{
	if (!e)
		return by == 0 || is_loose(words);
	return e->kind == '?' || (e->kind == '*' ? by != 0 : by == e->by);
}

/* Whether all is as expected; what moved is written to `out` in the words of an expectation, with a mark at what is wrong. */
static bool compare(const struct look *before, const struct look *after,
		    const struct expectation *expected, unsigned n, FILE *out)
{
	bool all = true;

	for (unsigned i = 0; i < n; i++)
		if (!find(after, expected[i].words)) {
			fprintf(out, "\n  ! there is no series \"%s\"", expected[i].words);
			all = false;
		}
	for (unsigned i = 0; i < after->n; i++) {
		const struct series *now = &after->series[i], *was = find(before, now->words);
		const struct expectation *e = expected_of(expected, n, now->words);
		double by = now->value - (was ? was->value : 0);
		bool right = fits(e, now->words, by);

		all &= right;
		if (!right || (by != 0 && !is_loose(now->words)))
			fprintf(out, "\n  %c %s=%g", right ? ' ' : '!', now->words, by);
		if (!right)
			fprintf(out, ", expected %g", e ? e->by : 0);
	}
	return all;
}

static void wait_for(struct daemon *d, const struct look *before,
		     const struct expectation *expected, unsigned n)
{
	for (int waited_ms = 0;; waited_ms += STEP_MS) {
		struct look *after = daemon_look(d);
		char *text = NULL;
		size_t len = 0;
		FILE *out = open_memstream(&text, &len);
		bool right = compare(before, after, expected, n, out);

		fclose(out);
		ck_assert_msg(right || waited_ms < WIREWORK_PATIENCE_MS,
			      "the metrics moved otherwise:%s", text);
		free(text);
		look_free(&after);
		if (right)
			return;
		poll(NULL, 0, STEP_MS);
	}
}

void daemon_moved_all(struct daemon *d, struct look **before, const char *const *expected)
{
	struct expectation e[MAX_EXPECTED];
	unsigned n = 0;

	for (; expected[n]; n++) {
		ck_assert_uint_lt(n, MAX_EXPECTED);
		e[n] = read_expectation(expected[n]);
	}
	wait_for(d, *before, e, n);
	look_free(before);
}

void daemon_moved(struct daemon *d, struct look **before, ...)
{
	const char *expected[MAX_EXPECTED + 1], *text;
	unsigned n = 0;
	va_list list;

	va_start(list, before);
	while ((text = va_arg(list, const char *))) {
		ck_assert_uint_lt(n, MAX_EXPECTED);
		expected[n++] = text;
	}
	va_end(list);
	expected[n] = NULL;
	daemon_moved_all(d, before, expected);
}

const char *moves_down(unsigned port)
{
	static char words[WORDS_BYTES];

	snprintf(words, sizeof(words), "origin_up http://127.0.0.1:%u=-1", port);
	return words;
}
