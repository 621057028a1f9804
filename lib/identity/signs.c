#include "identity/signs.h"

_Static_assert(SIGN_COUNT <= 64, "there is a bit for every sign");

static const struct view TEXTS[SIGN_COUNT] = {
#define TEXT(arg, id, first, second, text, family) [SIGN_##id] = { text, sizeof(text) - 1 },
	SIGNS_TABLE(TEXT, )
#undef TEXT
};

/* The signs whose first, whose second byte this is. */
/* clang-format off */
#define FIRST_BYTES(X) \
	X('E') X('O') X('S') X('Y') X('U') X('F') X('C') X('M') X('T') X('c') X('W') X('A') X('i') X('L') X('B') \
	X('P') X('K') X('"')
#define SECOND_BYTES(X) \
	X('d') X('P') X('p') X('a') X('C') X('i') X('x') X('h') X('r') X('S') X('u') X('n') X('M') X('O') X('Y') \
	X('G') X('W') X('m') X('L') X('A') X('l') X('o') X('V')
/* clang-format on */

#define IF_FIRST(byte, id, first, ...) | ((first) == (byte) ? SIGNS_ONE(id) : 0)
#define IF_SECOND(byte, id, first, second, ...) | ((second) == (byte) ? SIGNS_ONE(id) : 0)
#define FROM_FIRST(byte) (UINT64_C(0) SIGNS_TABLE(IF_FIRST, byte))
#define FROM_SECOND(byte) (UINT64_C(0) SIGNS_TABLE(IF_SECOND, byte))

#define FIRST_ROW(byte) [byte] = FROM_FIRST(byte),
#define SECOND_ROW(byte) [byte] = FROM_SECOND(byte),
static const uint64_t BY_FIRST[256] = { FIRST_BYTES(FIRST_ROW) };
static const uint64_t BY_SECOND[256] = { SECOND_BYTES(SECOND_ROW) };

#define OR_FIRST(byte) | FROM_FIRST(byte)
#define OR_SECOND(byte) | FROM_SECOND(byte)
_Static_assert((UINT64_C(0) FIRST_BYTES(OR_FIRST)) == SIGNS_BITS(SIGNS_TABLE),
	       "every sign has its first byte in the table");
_Static_assert((UINT64_C(0) SECOND_BYTES(OR_SECOND)) == SIGNS_BITS(SIGNS_TABLE),
	       "and its second one");

/* Those of the candidates with which the text begins. */
static __attribute__((noinline)) uint64_t begun(const char *at, const char *end,
						uint64_t candidates)
{
	uint64_t found = 0;

	for (; candidates; candidates &= candidates - 1) {
		struct view text = TEXTS[__builtin_ctzll(candidates)];

		if ((size_t)(end - at) >= text.len && memcmp(at, text.at, text.len) == 0)
			found |= candidates & -candidates;
	}
	return found;
}

uint64_t signs_in(struct view v)
{
	const char *last = v.len ? v.at + v.len - 1 : v.at;
	uint64_t found = 0;

	for (const char *at = v.at; at < last; at++) {
		uint64_t candidates = BY_FIRST[(uint8_t)*at];

		if (!candidates)
			continue;
		candidates &= BY_SECOND[(uint8_t)at[1]] & ~found;
		if (candidates)
			found |= begun(at, last + 1, candidates);
	}
	return found;
}
