#include "http/name.h"

enum { MAX_BYTES = 19 };

#define BIT(name) (UINT64_C(1) << (name))
#define INLINED static inline __attribute__((always_inline))

#define IS_SHORT(id, spelling)                            \
	_Static_assert(sizeof(spelling) - 1 <= MAX_BYTES, \
		       "by_length has a case for every known name");
HTTP_NAME_TABLE(IS_SHORT)
#undef IS_SHORT

static const struct view SPELLINGS[HTTP_NAME_COUNT] = {
#define SPELLING(id, spelling) [HTTP_##id] = { spelling, sizeof(spelling) - 1 },
	HTTP_NAME_TABLE(SPELLING)
#undef SPELLING
};

/* Names that a CGI-like origin cannot tell from look-alikes, and that only we may set, or that say where a body ends and
 * what it is. */
#define GUARDED                                                                             \
	(BIT(HTTP_CONTENT_LENGTH) | BIT(HTTP_CONTENT_TYPE) | BIT(HTTP_TRANSFER_ENCODING) |  \
	 BIT(HTTP_PATH_INFO) | BIT(HTTP_SCRIPT_NAME) | BIT(HTTP_X_ORIGINAL_URL) |           \
	 BIT(HTTP_X_REWRITE_URL) | BIT(HTTP_X_REQUEST_ID) | BIT(HTTP_X_FORWARDED_FOR) |     \
	 BIT(HTTP_X_FORWARDED_HOST) | BIT(HTTP_X_FORWARDED_PROTO) | BIT(HTTP_X_REAL_IP) |   \
	 BIT(HTTP_LATCH_ACCOUNT) | BIT(HTTP_LATCH_EMAIL) | BIT(HTTP_LATCH_PHONE) |          \
	 BIT(HTTP_LATCH_DEVICE_LIMIT) | BIT(HTTP_LATCH_GROUPS) | BIT(HTTP_LATCH_METADATA) | \
	 BIT(HTTP_LATCH_EVENT))

const bool name_token_bytes[256] = {
	['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['!'] = true,
	['#'] = true,         ['$'] = true,         ['%'] = true,         ['&'] = true,
	['\''] = true,        ['*'] = true,         ['+'] = true,         ['-'] = true,
	['.'] = true,         ['^'] = true,         ['_'] = true,         ['`'] = true,
	['|'] = true,         ['~'] = true,
};

static char folded(char c)
{
	c = view_lower(c);
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ? c : '-';
}

/* The names that have this length, and those that begin with this letter: two constants once the
 * compiler has worked through the table, so that a look-up compares one spelling, rarely two. */
INLINED uint64_t names_of_length(size_t length)
{
#define OF_LENGTH(id, spelling) | (sizeof(spelling) - 1 == length ? BIT(HTTP_##id) : 0)
	return 0 HTTP_NAME_TABLE(OF_LENGTH);
#undef OF_LENGTH
}

INLINED uint64_t names_from_letter(char letter)
{
#define FROM_LETTER(id, spelling) | (((spelling)[0] | 0x20) == letter ? BIT(HTTP_##id) : 0)
	return 0 HTTP_NAME_TABLE(FROM_LETTER);
#undef FROM_LETTER
}

/* clang-format off */
#define LENGTHS(X) \
	X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15) X(16) X(17) \
	X(18) X(19)
#define LETTERS(X) \
	X('a') X('b') X('c') X('d') X('e') X('f') X('g') X('h') X('i') X('j') X('k') X('l') \
	X('m') X('n') X('o') X('p') X('q') X('r') X('s') X('t') X('u') X('v') X('w') X('x') \
	X('y') X('z')
/* clang-format on */

static uint64_t by_length(size_t length)
{
	switch (length) {
#define LENGTH(n) \
	case n:   \
		return names_of_length(n);
		LENGTHS(LENGTH)
#undef LENGTH
	default:
		return 0;
	}
}

static uint64_t by_letter(char letter)
{
	switch (letter) {
#define LETTER(c) \
	case c:   \
		return names_from_letter(c);
		LETTERS(LETTER)
#undef LETTER
	default:
		return 0;
	}
}

/* Up to eight bytes, without the bit that tells upper from lower case. */
INLINED uint64_t caseless(const char *at, size_t len)
{
	uint64_t bytes = 0;

	memcpy(&bytes, at, len);
	return bytes | UINT64_C(0x2020202020202020);
}

/* Whether these spell the same in the first and in the last `step` bytes. */
INLINED bool ends_agree(struct view a, struct view b, size_t step)
{
	return caseless(a.at, step) == caseless(b.at, step) &&
	       caseless(a.at + a.len - step, step) == caseless(b.at + b.len - step, step);
}

/* Word by word, overlapping; two names of the same length, 2 to 24 bytes. Dropping the case bit
 * makes no other two characters of a token equal that could stand at one place of a known name. */
static bool is_spelt(struct view name, struct view spelling)
{
	if (name.len < 4)
		return ends_agree(name, spelling, 2);
	if (name.len < 8)
		return ends_agree(name, spelling, 4);
	return ends_agree(name, spelling, 8) &&
	       (name.len <= 16 || caseless(name.at + 8, 8) == caseless(spelling.at + 8, 8));
}

static enum http_name spelt(struct view name, uint64_t candidates)
{
	for (; candidates; candidates &= candidates - 1) {
		enum http_name id = (enum http_name)__builtin_ctzll(candidates);

		if (is_spelt(name, SPELLINGS[id]))
			return id;
	}
	return HTTP_UNKNOWN;
}

/* A guarded name in disguise, or any other that begins with "latch-", in disguise or not. */
static enum http_name disguised(struct view name, uint64_t candidates, bool *ret_alike)
{
	*ret_alike = true;
	for (candidates &= GUARDED; candidates; candidates &= candidates - 1) {
		enum http_name id = (enum http_name)__builtin_ctzll(candidates);

		if (name_is_alike(name, SPELLINGS[id]))
			return id;
	}
	*ret_alike = !view_starts_nocase(name, VIEW("latch-"));
	if (!*ret_alike || name_is_alike(view_head(name, 6), VIEW("latch-")))
		return HTTP_LATCH_OTHER;
	*ret_alike = false;
	return HTTP_UNKNOWN;
}

enum http_name name_recognise(struct view name, bool *ret_alike)
{
	char letter = name.len ? view_lower(name.at[0]) : '\0';
	uint64_t candidates = by_length(name.len) & by_letter(letter);
	enum http_name id = spelt(name, candidates);

	*ret_alike = false;
	if (id == HTTP_UNKNOWN && (letter == 'l' || candidates & GUARDED))
		id = disguised(name, candidates, ret_alike);
	return id;
}

bool name_is_alike(struct view a, struct view b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (folded(a.at[i]) != folded(b.at[i]))
			return false;
	return true;
}

struct view name_spelling(enum http_name name)
{
	return SPELLINGS[name];
}
