#include "base/json.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistr.h>

enum { MAX_DEPTH = 32 };

static json_t *whole(json_t *value)
{
	if (!value) {
		fputs("latchd: out of memory\n", stderr);
		abort();
	}
	return value;
}

/* Looks before jansson recurses; brackets that do not match are left for it to refuse. */
static bool is_deep(struct view text)
{
	bool quoted = false;
	int depth = 0;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '[' || c == '{') && ++depth > MAX_DEPTH)
			return true;
		else if (!quoted && (c == ']' || c == '}'))
			depth--;
	}
	return false;
}

json_t *json_read(struct view text)
{
	/* jansson takes a NUL for the end, and would not look at what follows. */
	if (!text.len || memchr(text.at, '\0', text.len) || is_deep(text))
		return NULL;
	return json_loadb(text.at, text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
}

/* `at` has room for three bytes for each of `v`. */
static size_t repair(struct view v, uint8_t *at)
{
	const uint8_t *from = (const uint8_t *)v.at;
	size_t len = 0;

	for (size_t i = 0; i < v.len;) {
		ucs4_t c;

		i += (size_t)u8_mbtouc(&c, from + i, v.len - i);
		len += (size_t)u8_uctomb(at + len, c, 4);
	}
	return len;
}

json_t *json_text(struct view v)
{
	json_t *value = json_stringn(v.len ? v.at : "", v.len);
	uint8_t *repaired;

	if (value)
		return value;
	repaired = mem_new(v.len * 3 + 4);
	value = json_stringn_nocheck((const char *)repaired, repair(v, repaired));
	mem_free(repaired);
	return whole(value);
}

json_t *json_time(int64_t wall_ms)
{
	char text[CLOCK_RFC3339_BYTES];

	clock_rfc3339(wall_ms, text);
	return whole(json_string(text));
}

static int on_piece(const char *piece, size_t len, void *text)
{
	text_put(text, view_make(piece, len));
	return 0;
}

void json_write(struct text *t, const json_t *value)
{
	json_dump_callback(value, on_piece, t, JSON_COMPACT | JSON_ENCODE_ANY);
}

char *json_dump(const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

	if (!text)
		whole(NULL);
	return text;
}
