#include "http/scan.h"

#include "http/name.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#ifdef __SSE2__
static __m128i load_16(const char *at)
{
	return _mm_loadu_si128((const __m128i *)(const void *)at);
}

/* Whether each of these bytes lies between two. */
static __m128i lies_between(__m128i v, char first, char last)
{
	const __m128i from = _mm_sub_epi8(v, _mm_set1_epi8(first));

	return _mm_cmpeq_epi8(_mm_min_epu8(from, _mm_set1_epi8((char)(last - first))), from);
}

/* A bit for each of 16 bytes that is no letter, digit or hyphen, which is what names are made of. */
static unsigned others_of_16(const char *at)
{
	const __m128i v = load_16(at);
	const __m128i letter = lies_between(_mm_or_si128(v, _mm_set1_epi8(0x20)), 'a', 'z');
	const __m128i digit = lies_between(v, '0', '9');
	const __m128i hyphen = _mm_cmpeq_epi8(v, _mm_set1_epi8('-'));

	return (unsigned)_mm_movemask_epi8(_mm_or_si128(letter, _mm_or_si128(digit, hyphen))) ^
	       0xffff;
}

/* A bit for each that is a control character, HTAB among them. */
static unsigned controls_of_16(const char *at)
{
	const __m128i v = load_16(at);
	const __m128i low = lies_between(v, 0, 0x1f);
	const __m128i del = _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f));

	return (unsigned)_mm_movemask_epi8(_mm_or_si128(low, del));
}
#endif

const char *scan_token(const char *at, const char *end)
{
#ifdef __SSE2__
	if (end - at >= 16) {
		unsigned others = others_of_16(at);

		at += others ? __builtin_ctz(others) : 16;
	}
#endif
	while (at < end && name_is_token_byte(*at))
		at++;
	return at;
}

/* Is one of these eight bytes below 0x20, or 0x7f? The classic carry trick; exact as a yes or no. */
static bool has_control(uint64_t eight)
{
	const uint64_t ones = UINT64_MAX / 255, high = ones * 0x80;
	uint64_t del = eight ^ (ones * 0x7f);

	return (((eight - ones * 0x20) & ~eight) | ((del - ones) & ~del)) & high;
}

/* Past nothing but text, and most of it. */
static const char *skip_most(const char *at, const char *end)
{
	uint64_t eight;

#ifdef __SSE2__
	for (; end - at >= 16; at += 16) {
		unsigned controls = controls_of_16(at);

		if (controls)
			return at + __builtin_ctz(controls);
	}
#endif
	for (; end - at >= 8; at += 8) {
		memcpy(&eight, at, 8);
		if (has_control(eight))
			break;
	}
	return at;
}

static bool is_text(char c)
{
	return ((uint8_t)c >= 0x20 || c == '\t') && c != 0x7f;
}

const char *scan_text(const char *at, const char *end)
{
	at = skip_most(at, end);
	while (at < end && is_text(*at))
		at++;
	return at;
}
