#include "base/logline.h"

#include "base/clock.h"

#include <assert.h>
#include <unistr.h>

/* A byte becomes six at most, so the longest line stays below LOGLINE_BYTES. */
enum { MESSAGE_BYTES = 2000, PATH_BYTES = 1000, WORD_BYTES = 128 };

static const char *const level_words[] = { "error", "warn", "info", "debug" };

/* Letters that a terminal or a reader could take for something else: controls (C0, C1), and what
 * changes the direction or ends a line. */
static bool is_harmful(ucs4_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static void put_escaped(struct text *t, enum log_format format, struct view bytes)
{
	static const char digits[] = "0123456789abcdef";
	/* In JSON the backslash itself is escaped. */
	struct view mark = format == LOG_JSON ? VIEW("\\\\x") : VIEW("\\x");

	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char c = (unsigned char)bytes.at[i];

		text_put(t, mark);
		text_putc(t, digits[c >> 4]);
		text_putc(t, digits[c & 15]);
	}
}

static bool is_plain(char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

/* One character that is not plain ASCII; returns its length in bytes. */
static size_t put_odd(struct text *t, enum log_format format, struct view v)
{
	ucs4_t c;
	int len = u8_mbtoucr(&c, (const uint8_t *)v.at, v.len);

	if (len <= 0) {
		put_escaped(t, format, view_head(v, 1));
		return 1;
	}
	if (c == '"' || c == '\\') {
		text_putc(t, '\\');
		text_putc(t, (char)c);
	} else if (is_harmful(c)) {
		put_escaped(t, format, view_head(v, (size_t)len));
	} else {
		text_put(t, view_head(v, (size_t)len));
	}
	return (size_t)len;
}

static void put_clean(struct text *t, enum log_format format, struct view v, size_t max)
{
	struct view left = view_head(v, max);

	while (left.len) {
		size_t plain = 0;

		while (plain < left.len && is_plain(left.at[plain]))
			plain++;
		text_put(t, view_head(left, plain));
		left = view_from(left, plain);
		if (left.len)
			left = view_from(left, put_odd(t, format, left));
	}
	if (v.len > max)
		text_puts(t, "...");
}

static void put_time(struct text *t, int64_t wall_ms)
{
	char time[CLOCK_RFC3339_BYTES];

	clock_rfc3339(wall_ms, time);
	text_put(t, view_make(time, CLOCK_RFC3339_BYTES - 1));
}

void logline_message(struct text *t, enum log_format format, int64_t wall_ms, enum log_level level,
		     const char *room, struct view message)
{
	bool json = format == LOG_JSON;

	text_puts(t, json ? "{\"time\":\"" : "");
	put_time(t, wall_ms);
	text_puts(t, json ? "\",\"level\":\"" : " ");
	text_puts(t, level_words[level]);
	text_puts(t, json ? "\",\"room\":\"" : " ");
	text_puts(t, room);
	text_puts(t, json ? "\",\"message\":\"" : ": ");
	put_clean(t, format, message, MESSAGE_BYTES);
	text_puts(t, json ? "\"}\n" : "\n");
	assert(!t->overflow);
}

static void put_word(struct text *t, enum log_format format, const char *key, struct view v,
		     size_t max)
{
	if (!v.len)
		return;
	text_puts(t, format == LOG_JSON ? ",\"" : " ");
	text_puts(t, key);
	text_puts(t, format == LOG_JSON ? "\":\"" : "=\"");
	put_clean(t, format, v, max);
	text_putc(t, '"');
}

static void put_key(struct text *t, enum log_format format, const char *key)
{
	text_puts(t, format == LOG_JSON ? ",\"" : " ");
	text_puts(t, key);
	text_puts(t, format == LOG_JSON ? "\":" : "=");
}

static void put_number(struct text *t, enum log_format format, const char *key, uint64_t n)
{
	put_key(t, format, key);
	text_number(t, n);
}

static void put_hash(struct text *t, enum log_format format, const char *key, uint64_t hash)
{
	uint8_t bytes[8];

	if (!hash)
		return;
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(hash >> (56 - 8 * i));
	put_key(t, format, key);
	text_puts(t, format == LOG_JSON ? "\"" : "");
	text_hex(t, bytes, sizeof(bytes));
	text_puts(t, format == LOG_JSON ? "\"" : "");
}

static uint64_t not_negative(int64_t n)
{
	return n > 0 ? (uint64_t)n : 0;
}

void logline_request(struct text *t, enum log_format format, int64_t wall_ms,
		     const struct log_access *line)
{
	bool json = format == LOG_JSON;

	text_puts(t, json ? "{\"time\":\"" : "");
	put_time(t, wall_ms);
	text_puts(t, json ? "\",\"level\":\"info\",\"room\":\"access\"" : " info access:");
	put_word(t, format, "client", view_of(line->client), WORD_BYTES);
	put_word(t, format, "method", line->method, WORD_BYTES);
	put_word(t, format, "path", line->path, PATH_BYTES);
	put_number(t, format, "status", not_negative(line->status));
	put_number(t, format, "bytes", line->bytes_out);
	put_number(t, format, "ms", not_negative(line->duration_ms));
	if (line->origin_status)
		put_number(t, format, "origin_status", not_negative(line->origin_status));
	if (line->origin_ms >= 0)
		put_number(t, format, "origin_ms", not_negative(line->origin_ms));
	put_word(t, format, "verdict", view_of(line->verdict), WORD_BYTES);
	put_hash(t, format, "account", line->account_hash);
	put_hash(t, format, "device", line->device_hash);
	put_word(t, format, "id", view_of(line->request_id), WORD_BYTES);
	text_puts(t, json ? "}\n" : "\n");
	assert(!t->overflow);
}
