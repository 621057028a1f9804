#include "http/multipart.h"

#include "http/charset.h"
#include "http/name.h"
#include "http/param.h"

/* The happy path is OUTSIDE (the preamble) - a delimiter - DELIMITER_LINE (its end) - HEADER
 * (line by line) - VALUE - a delimiter ... - DELIMITER_LINE with two hyphens - OUTSIDE (the
 * epilogue). */
enum { OUTSIDE, DELIMITER_LINE, HEADER, VALUE };

enum { CR_SEEN = 0, LF_SEEN = 1, AT_LINE_START = 2 }; /* where in the delimiter a match begins */

static void begin_match(struct multipart *m, size_t start, size_t end)
{
	m->match_start = start;
	m->match_end = end;
}

bool multipart_init(struct multipart *m, struct view boundary)
{
	*m = (struct multipart){ .state = OUTSIDE };
	if (!boundary.len || boundary.len > MULTIPART_BOUNDARY_BYTES)
		return false;
	memcpy(m->delimiter, "\r\n--", 4);
	memcpy(m->delimiter + 4, boundary.at, boundary.len);
	m->delimiter_len = 4 + boundary.len;
	begin_match(m, AT_LINE_START, AT_LINE_START);
	return true;
}

/* -- the headers of a part -- */

/* A token, or a quoted string without escapes and with nothing behind it: what nobody reads
 * differently. */
static bool is_clear(struct view raw)
{
	bool is_quoted = raw.len >= 2 && raw.at[0] == '"' && raw.at[raw.len - 1] == '"';
	struct view inner = is_quoted ? view_make(raw.at + 1, raw.len - 2) : raw;

	for (size_t i = 0; i < inner.len; i++)
		if (is_quoted ? inner.at[i] == '"' || inner.at[i] == '\\'
			      : !name_is_token_byte(inner.at[i]) || inner.at[i] == '\'')
			return false;
	return raw.len > 0;
}

static bool read_name(struct multipart *m, struct view raw)
{
	char room[GATHER_NAME_BYTES + 1];
	struct view name = param_unquote(raw, room, sizeof(room));
	bool is_first = !m->has_name;

	m->has_name = true;
	m->name_len = name.len < GATHER_NAME_BYTES ? name.len : 0;
	memcpy(m->name, name.at, m->name_len);
	return is_first && is_clear(raw);
}

static void note_file(struct multipart *m, struct view raw)
{
	m->is_empty_file = !raw.len || view_is(raw, VIEW("\"\""));
	m->is_file = true;
}

/* False when readers could disagree about which field this is. */
static bool read_disposition(struct multipart *m, struct view value)
{
	struct view rest = view_from(value, view_find(value, ';')), name, raw;
	bool is_clear_name = !m->has_disposition;

	m->has_disposition = true;
	while (param_next(&rest, &name, &raw)) {
		if (view_is_nocase(name, VIEW("name")))
			is_clear_name &= raw.at && read_name(m, raw);
		else if (view_is_nocase(name, VIEW("filename")) ||
			 view_is_nocase(name, VIEW("filename*")))
			note_file(m, raw);
		else
			is_clear_name = false;
	}
	return is_clear_name && (!m->is_line_over || m->is_file);
}

static bool is_identity_encoding(struct view v)
{
	return view_is_nocase(v, VIEW("7bit")) || view_is_nocase(v, VIEW("8bit")) ||
	       view_is_nocase(v, VIEW("binary"));
}

/* False when readers could disagree about what the form holds. */
static bool read_header(struct multipart *m, struct view line)
{
	size_t colon = view_find(line, ':');
	struct view name = view_head(line, colon), value = view_trim(view_from(line, colon + 1));

	if (colon == line.len || view_starts(line, VIEW("--")) || !is_clear(name))
		return false;
	if (view_is_nocase(name, VIEW("content-disposition")))
		return read_disposition(m, value);
	if (view_is_nocase(name, VIEW("content-transfer-encoding")))
		m->is_odd |= !is_identity_encoding(value);
	else if (view_is_nocase(name, VIEW("content-type")))
		m->is_odd |= m->is_line_over || charset_is_foreign(value);
	return true;
}

static void begin_value(struct multipart *m, struct gather *g)
{
	gather_begin(g);
	m->is_odd |= m->is_empty_file;
	if (!m->is_file || m->is_empty_file) {
		gather_name(g, view_make(m->name, m->name_len));
		gather_name_end(g);
	}
	m->state = VALUE;
	begin_match(m, AT_LINE_START, AT_LINE_START);
}

/* -- lines -- */

static void begin_line(struct multipart *m, uint8_t state)
{
	m->state = state;
	m->line_len = 0;
	m->is_line_over = false;
}

static void begin_part(struct multipart *m)
{
	m->has_disposition = m->has_name = m->is_file = m->is_empty_file = m->is_odd = false;
	m->name_len = 0;
	begin_line(m, HEADER);
}

static void end_delimiter_line(struct multipart *m, struct gather *g, struct view line)
{
	struct view rest = view_trim(line);
	bool is_last = view_is(rest, VIEW("--"));

	if (!is_last && rest.len)
		gather_doubt(g);
	if (rest.len == 0) {
		begin_part(m);
		return;
	}
	m->is_closed |= is_last;
	m->state = OUTSIDE;
	begin_match(m, AT_LINE_START, AT_LINE_START);
}

static void end_line(struct multipart *m, struct gather *g)
{
	struct view line = view_make(m->line, m->line_len);
	bool has_cr = view_ends(line, VIEW("\r"));

	if (has_cr)
		line.len--;
	else if (!m->is_line_over)
		gather_doubt(g);
	if (m->state == DELIMITER_LINE) {
		end_delimiter_line(m, g, line);
	} else if (line.len) {
		if (!read_header(m, line))
			gather_doubt(g);
		begin_line(m, HEADER);
	} else {
		begin_value(m, g);
	}
}

static void on_line_byte(struct multipart *m, struct gather *g, char c)
{
	if (c == '\n')
		end_line(m, g);
	else if (m->line_len < MULTIPART_LINE_BYTES)
		m->line[m->line_len++] = c;
	else
		m->is_line_over = true;
}

/* -- values, and what stands outside of parts -- */

static void put(const struct multipart *m, struct gather *g, struct view bytes)
{
	if (m->state == VALUE)
		gather_value(g, bytes);
}

/* Bytes that looked like the beginning of a delimiter were none. */
static void let_go(struct multipart *m, struct gather *g)
{
	put(m, g, view_make(m->delimiter + m->match_start, m->match_end - m->match_start));
	begin_match(m, 0, 0);
}

/* A delimiter that not every reader takes for one. */
static bool is_doubtful(const struct multipart *m)
{
	return m->is_closed || m->match_start == LF_SEEN ||
	       (m->state == VALUE && m->match_start == AT_LINE_START);
}

static void on_delimiter(struct multipart *m, struct gather *g)
{
	if (is_doubtful(m))
		gather_doubt(g);
	if (m->state == VALUE)
		gather_end(g, !m->is_odd);
	begin_line(m, DELIMITER_LINE);
}

static void on_byte(struct multipart *m, struct gather *g, char c)
{
	bool is_matching = m->match_end > 0;

	if (is_matching && c == m->delimiter[m->match_end]) {
		if (++m->match_end == m->delimiter_len)
			on_delimiter(m, g);
		return;
	}
	if (is_matching)
		let_go(m, g);
	if (c == '\r')
		begin_match(m, CR_SEEN, 1);
	else if (c == '\n')
		begin_match(m, LF_SEEN, 2);
	else
		put(m, g, view_make(&c, 1));
}

static size_t plain_run(struct view v)
{
	size_t i = 0;

	while (i < v.len && v.at[i] != '\r' && v.at[i] != '\n')
		i++;
	return i;
}

void multipart_feed(struct multipart *m, struct gather *g, struct view bytes)
{
	while (bytes.len) {
		bool is_free = (m->state == VALUE || m->state == OUTSIDE) && !m->match_end;
		size_t run = is_free ? plain_run(bytes) : 0;

		if (run)
			put(m, g, view_head(bytes, run));
		else if (m->state == DELIMITER_LINE || m->state == HEADER)
			on_line_byte(m, g, bytes.at[0]);
		else
			on_byte(m, g, bytes.at[0]);
		bytes = view_from(bytes, run ? run : 1);
	}
}

void multipart_finish(struct multipart *m, struct gather *g)
{
	if (m->state != VALUE)
		return;
	let_go(m, g);
	gather_end(g, false);
}
