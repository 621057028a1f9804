/* Chunked coding beside llhttp: what we take for a message, it takes for the same one: the same payload, the same
 * trailers, the same end. The last byte says who sends it and how it is split.
 *
 * Where we are laxer, and why. All three are in extensions, whose grammar RFC 9112 §7.1.1 obliges us to read, and
 * which we drop:
 * - blanks around `;` and `=` (BWS); llhttp refuses them,
 * - an extension behind a value that is not quoted; llhttp takes the end of that value for the end of all,
 * - a backslash in a quoted value.
 * So a refusal is put to llhttp once more with the extensions spelt in a way that it knows. */
#include "http/body.h"
#include "mutate.h"
#include "witness.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size);

enum { MAX_BYTES = 1 << 14, MAX_PIECE = 64 };

static const struct http_limits LIMITS = { 1 << 14, 1024, 64 };

const struct view mutate_lines[] = {
	{ "0\r\n\r\n", 5 },
	{ "0\r\n", 3 },
	{ "1\r\nx\r\n", 6 },
	{ "5\r\nhello\r\n", 10 },
	{ "a\r\n0\r\n\r\n0\r\n\r\n\r\n", 15 },
	{ "000a\r\n\r\nGET / \r\n\r\n", 18 },
	{ "2;a=b\r\nxy\r\n", 11 },
	{ "2;a=\"b;c\"\r\nxy\r\n", 15 },
	{ "2 ; a = \"b\\\"c\" ; d\r\nxy\r\n", 24 },
	{ "ffffffffffffffff\r\n", 18 },
	{ "X-Checksum: 1\r\n", 15 },
	{ "Content-Length: 5\r\n", 19 },
	{ "Transfer-Encoding: chunked\r\n", 28 },
	{ "Connection: close\r\n", 19 },
	{ " folded\r\n", 9 },
	{ "A:\r\n", 4 },
};
const size_t mutate_lines_count = sizeof(mutate_lines) / sizeof(mutate_lines[0]);
const bool mutate_chunks = true;

struct ours {
	enum body_step step;
	struct text payload;
	struct trailer trailer;
	size_t taken;
};

/* The next piece's length: none has more than MAX_PIECE bytes, unless the split is 0. */
static size_t piece(unsigned *split)
{
	if (!*split)
		return SIZE_MAX;
	*split = *split * 1103515245 + 12345;
	return 1 + (*split >> 16) % MAX_PIECE % (1 + (*split >> 24) % MAX_PIECE);
}

static void read_theirs(struct view bytes, bool is_request, unsigned split, struct witness *w)
{
	witness_init(w, is_request);
	witness_feed(
		w,
		is_request
			? VIEW("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
			: VIEW("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
	assert(w->head_done && !w->refused);
	w->taken = 0;
	while (w->taken < bytes.len && !w->done && !w->refused)
		witness_feed(w, view_head(view_from(bytes, w->taken), piece(&split)));
}

/* `wanted`: the trailers that are to be kept. */
static void read_ours(struct view bytes, unsigned split, struct view wanted, struct arena *arena,
		      struct ours *o)
{
	struct body_chunks c;

	trailer_init(&o->trailer, wanted, arena);
	body_chunks_init(&c);
	c.trailer = &o->trailer;
	o->step = BODY_MORE;
	o->taken = 0;
	text_init_growing(&o->payload, 1 << 20);
	while (o->step == BODY_MORE && o->taken < bytes.len) {
		struct view input = view_head(view_from(bytes, o->taken), piece(&split)), data;

		while ((o->step = body_chunks_next(&c, &LIMITS, &input, &data)) == BODY_DATA)
			text_put(&o->payload, data);
		o->taken = (size_t)(input.at - bytes.at);
	}
}

/* The names in "name NUL value NUL ...", as a list. */
static struct view names_of(const struct text *fields, struct arena *arena)
{
	struct view rest = text_view(fields), name, value;
	char *at = arena_alloc(arena, fields->len + 1);
	struct text t;

	text_init(&t, at, fields->len + 1);
	while (rest.len && view_split(&rest, '\0', &name) && view_split(&rest, '\0', &value)) {
		text_put(&t, name);
		text_putc(&t, ',');
	}
	return text_view(&t);
}

static void check_trailers(const struct ours *o, const struct witness *w)
{
	struct view lines = trailer_lines(&o->trailer), theirs = text_view(&w->trailers), line;

	while (lines.len && view_split(&lines, '\n', &line)) {
		size_t colon = view_find(line, ':');
		struct view value =
			view_trim(view_head(view_from(line, colon + 1), line.len - colon - 2));
		struct view their_name, their_value;

		assert(view_split(&theirs, '\0', &their_name));
		assert(view_split(&theirs, '\0', &their_value));
		assert(view_is(view_head(line, colon), their_name) && view_is(value, their_value));
	}
	assert(!theirs.len);
}

/* A size line without its CRLF: each extension's value in quotes, no blanks, no backslashes. */
static void spell_line(struct view line, struct text *t)
{
	bool quoted = false, bare = false;

	for (size_t i = 0; i < line.len; i++) {
		char c = line.at[i];

		if (quoted && c == '\\')
			c = line.at[++i] == '"' || line.at[i] == '\\' ? 'q' : line.at[i];
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == ' ' || c == '\t'))
			continue;
		if (!quoted && c == ';' && bare)
			text_putc(t, '"');
		bare = !quoted && c != ';' && bare;
		text_putc(t, c);
		if (quoted || c != '=')
			continue;
		while (line.at[i + 1] == ' ' || line.at[i + 1] == '\t')
			i++;
		bare = line.at[i + 1] != '"';
		if (bare)
			text_putc(t, '"');
	}
	if (bare)
		text_putc(t, '"');
}

static uint64_t size_of(struct view line)
{
	uint64_t size = 0;

	for (size_t i = 0; i < line.len && strchr("0123456789abcdefABCDEF", line.at[i]); i++)
		size = size << 4 |
		       (uint64_t)(line.at[i] <= '9' ? line.at[i] - '0' : (line.at[i] & 15) + 9);
	return size;
}

/* Bytes that we accepted, or accepted so far, with their extensions spelt plainly. False when none stood there. */
static bool spell_plainly(struct view bytes, struct text *t)
{
	bool any = false;
	uint64_t size = 1;

	while (size && bytes.len) {
		size_t end = view_find_view(bytes, VIEW("\r\n"));
		struct view line = view_head(bytes, end);

		if (end == bytes.len)
			return false;
		any |= view_find(line, ';') < end;
		size = size_of(line);
		spell_line(line, t);
		bytes = view_from(bytes, end);
		end = size && size < bytes.len ? (size_t)size + 4 : bytes.len;
		text_put(t, view_head(bytes, end));
		bytes = view_from(bytes, end);
	}
	return any;
}

static void check_same(const struct ours *o, const struct witness *w)
{
	assert(!w->refused);
	assert(w->done == (o->step == BODY_END));
	assert(view_is(text_view(&w->payload), text_view(&o->payload)));
	if (w->done)
		check_trailers(o, w);
}

static void compare_once_more(struct view bytes, bool is_request, unsigned split,
			      struct arena *arena)
{
	struct witness w;
	struct ours o;
	struct text t;

	text_init_growing(&t, 1 << 20);
	assert(spell_plainly(bytes, &t));
	read_theirs(text_view(&t), is_request, split, &w);
	read_ours(bytes, split, names_of(&w.trailers, arena), arena, &o);
	check_same(&o, &w);
	assert(w.taken == t.len);
	text_fini(&o.payload);
	text_fini(&t);
	witness_fini(&w);
}

/* What is not whole yet cannot be spelt in another way; but it has to be for that reason. */
static bool may_be_extension(struct view bytes)
{
	return view_find(bytes, ';') < bytes.len || view_ends(bytes, VIEW(" ")) ||
	       view_ends(bytes, VIEW("\t"));
}

static void compare(struct view bytes, bool is_request, unsigned split, struct arena *arena)
{
	struct witness w;
	struct ours o;

	read_theirs(bytes, is_request, split, &w);
	read_ours(bytes, split, names_of(&w.trailers, arena), arena, &o);
	if (o.step != BODY_BAD && !w.refused) {
		check_same(&o, &w);
		assert(w.taken == o.taken);
	}
	if (o.step == BODY_MORE && w.refused)
		assert(may_be_extension(bytes));
	if (o.step == BODY_END && w.refused)
		compare_once_more(view_head(bytes, o.taken), is_request, split, arena);
	text_fini(&o.payload);
	witness_fini(&w);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
	struct arena arena;

	if (size < 1 || size > MAX_BYTES)
		return 0;
	arena_init(&arena, NULL, 0, 1 << 20);
	compare(view_make(at, size - 1), at[size - 1] & 1, at[size - 1] >> 1, &arena);
	arena_fini(&arena);
	return 0;
}
