#include "reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_HEAD_BYTES = 128 * 1024 };

enum { IN_HEAD, IN_BODY, IN_SIZE, IN_CHUNK, AFTER_CHUNK, IN_TRAILERS, OVER };

void reader_init(struct reader *r, bool of_answers)
{
	*r = (struct reader){ .of_answers = of_answers };
}

void reader_fini(struct reader *r)
{
	free(r->head);
	r->head = NULL;
}

void reader_next(struct reader *r)
{
	*r = (struct reader){ .of_answers = r->of_answers,
			      .head = r->head,
			      .head_room = r->head_room };
}

static enum reader_step wrong(struct reader *r, const char *what)
{
	r->wrong = what;
	return READER_BAD;
}

const char *reader_line(const struct reader *r, const char *prefix, unsigned n, size_t *ret_len)
{
	size_t prefix_len = strlen(prefix);
	const char *at = strstr(r->head, "\r\n");

	for (; at && strncmp(at, "\r\n\r\n", 4) != 0; at = strstr(at + 2, "\r\n"))
		if (strncasecmp(at + 2, prefix, prefix_len) == 0 && n-- == 0) {
			*ret_len = (size_t)(strstr(at + 2, "\r\n") - (at + 2));
			return at + 2;
		}
	return NULL;
}

static const char *nth_field(const struct reader *r, const char *name, unsigned n, size_t *ret_len)
{
	char prefix[64];
	size_t len;
	const char *line;

	snprintf(prefix, sizeof(prefix), "%s:", name);
	line = reader_line(r, prefix, n, &len);
	if (!line)
		return NULL;
	line += strlen(prefix);
	len -= strlen(prefix);
	while (len && (*line == ' ' || *line == '\t')) {
		line++;
		len--;
	}
	while (len && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		len--;
	*ret_len = len;
	return line;
}

const char *reader_field(const struct reader *r, const char *name, size_t *ret_len)
{
	return nth_field(r, name, 0, ret_len);
}

static bool is_word(const char *at, size_t len, const char *word)
{
	return at && len == strlen(word) && strncasecmp(at, word, len) == 0;
}

/* HTTP/1.1 200 OK; of a request the owner looks at the line itself. */
static bool read_start(struct reader *r)
{
	const char *end = strstr(r->head, "\r\n");

	if (!r->of_answers) {
		r->old = end - r->head > 8 && memcmp(end - 8, "HTTP/1.0", 8) == 0;
		return r->old || (end - r->head > 8 && memcmp(end - 8, "HTTP/1.1", 8) == 0);
	}
	if (strncmp(r->head, "HTTP/1.1 ", 9) != 0 || end - r->head < 13 || r->head[12] != ' ')
		return false;
	for (unsigned i = 9; i < 12; i++)
		if (r->head[i] < '0' || r->head[i] > '9')
			return false;
	r->status = atoi(r->head + 9);
	return true;
}

static const char *read_framing(struct reader *r)
{
	size_t length_len = 0, coding_len = 0, ignored;
	const char *length = reader_field(r, "Content-Length", &length_len);
	const char *coding = reader_field(r, "Transfer-Encoding", &coding_len);

	if (length && coding)
		return "both a length and a coding";
	if (nth_field(r, "Content-Length", 1, &ignored) ||
	    nth_field(r, "Transfer-Encoding", 1, &ignored))
		return "framed twice";
	if (coding && !is_word(coding, coding_len, "chunked"))
		return "a coding that is not chunked";
	r->framing = coding ? READER_CHUNKED : length ? READER_LENGTH : READER_NONE;
	for (size_t i = 0; i < length_len; i++) {
		if (length[i] < '0' || length[i] > '9' || i > 17)
			return "a length that is no number";
		r->left = 10 * r->left + (uint64_t)(length[i] - '0');
	}
	if (r->of_answers && r->framing == READER_NONE)
		r->framing = READER_CLOSE;
	if (r->of_answers &&
	    (r->bodiless || r->status < 200 || r->status == 204 || r->status == 304))
		r->framing = READER_NONE;
	return NULL;
}

static enum reader_step begin_body(struct reader *r)
{
	size_t len = 0;
	const char *word = reader_field(r, "Connection", &len), *trouble;

	r->got_head = true;
	if (!read_start(r))
		return wrong(r, "a bad first line");
	trouble = read_framing(r);
	if (trouble)
		return wrong(r, trouble);
	r->says_close = is_word(word, len, "close");
	r->says_keep_alive = is_word(word, len, "keep-alive");
	r->state = r->framing == READER_CHUNKED ? IN_SIZE : IN_BODY;
	if (r->framing == READER_NONE || (r->framing == READER_LENGTH && !r->left))
		r->state = OVER;
	return READER_HEAD;
}

/* Byte by byte: heads are short. */
static enum reader_step take_head(struct reader *r, const char **at, size_t *len)
{
	while (*len) {
		if (r->head_len + 2 > r->head_room) {
			r->head_room = r->head_room ? 2 * r->head_room : 1024;
			r->head = realloc(r->head, r->head_room);
		}
		if (!**at || r->head_len > MAX_HEAD_BYTES)
			return wrong(r, "a NUL in a head, or no end of it");
		r->head[r->head_len++] = *(*at)++;
		(*len)--;
		r->head[r->head_len] = '\0';
		if (r->head_len >= 4 && memcmp(r->head + r->head_len - 4, "\r\n\r\n", 4) == 0)
			return begin_body(r);
	}
	return READER_MORE;
}

static enum reader_step take_run(struct reader *r, const char **at, size_t *len,
				 const char **ret_run, size_t *ret_run_len)
{
	size_t n = r->framing != READER_CLOSE && r->left < *len ? (size_t)r->left : *len;

	*ret_run = *at;
	*ret_run_len = n;
	*at += n;
	*len -= n;
	r->body_bytes += n;
	if (r->framing == READER_CLOSE)
		return READER_RUN;
	r->left -= n;
	if (!r->left)
		r->state = r->framing == READER_CHUNKED ? AFTER_CHUNK : OVER;
	return READER_RUN;
}

static const char *end_line(struct reader *r)
{
	char *end;

	r->line[r->line_len] = '\0';
	r->line_len = 0;
	if (r->state == AFTER_CHUNK) {
		r->state = IN_SIZE;
		return *r->line ? "bytes behind a chunk" : NULL;
	}
	if (r->state == IN_TRAILERS) {
		if (!*r->line)
			r->state = OVER;
		else
			snprintf(r->trailer, sizeof(r->trailer), "%.63s", r->line);
		return NULL;
	}
	r->left = strtoull(r->line, &end, 16);
	r->state = r->left ? IN_CHUNK : IN_TRAILERS;
	return *end || end == r->line ? "a bad chunk size" : NULL;
}

static enum reader_step take_line(struct reader *r, const char **at, size_t *len)
{
	while (*len) {
		char c = *(*at)++;

		(*len)--;
		if (c == '\n') {
			const char *trouble;

			if (!r->line_len || r->line[r->line_len - 1] != '\r')
				return wrong(r, "a bare LF in chunked coding");
			r->line_len--;
			trouble = end_line(r);
			if (trouble)
				return wrong(r, trouble);
			return READER_MORE;
		}
		if (r->line_len + 1 >= sizeof(r->line))
			return wrong(r, "a long line in chunked coding");
		r->line[r->line_len++] = c;
	}
	return READER_MORE;
}

enum reader_step reader_take(struct reader *r, const char **at, size_t *len, const char **ret_run,
			     size_t *ret_run_len)
{
	enum reader_step step = READER_MORE;

	if (!r->got_head)
		return take_head(r, at, len);
	while (r->state != OVER) {
		if (!*len)
			return READER_MORE;
		if (r->state == IN_BODY || r->state == IN_CHUNK)
			return take_run(r, at, len, ret_run, ret_run_len);
		step = take_line(r, at, len);
		if (step == READER_BAD)
			return step;
	}
	return READER_END;
}

bool reader_may_end(const struct reader *r)
{
	return r->got_head && r->framing == READER_CLOSE;
}

bool reader_is_within(const struct reader *r)
{
	return r->head_len && r->state != OVER;
}
