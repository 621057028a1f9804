#include "http/blank.h"

#define BYTES(literal)                       \
	{                                    \
		literal, sizeof(literal) - 1 \
	}

/* In UTF-8: U+0085, U+00A0, U+1680, U+180E, U+2000 to U+200B, U+2028, U+2029, U+202F, U+205F, U+2060, U+3000, U+FEFF. */
static const struct view WIDE[] = {
	BYTES("\xc2\x85"),     BYTES("\xc2\xa0"),     BYTES("\xe1\x9a\x80"), BYTES("\xe1\xa0\x8e"),
	BYTES("\xe2\x80\x80"), BYTES("\xe2\x80\x81"), BYTES("\xe2\x80\x82"), BYTES("\xe2\x80\x83"),
	BYTES("\xe2\x80\x84"), BYTES("\xe2\x80\x85"), BYTES("\xe2\x80\x86"), BYTES("\xe2\x80\x87"),
	BYTES("\xe2\x80\x88"), BYTES("\xe2\x80\x89"), BYTES("\xe2\x80\x8a"), BYTES("\xe2\x80\x8b"),
	BYTES("\xe2\x80\xa8"), BYTES("\xe2\x80\xa9"), BYTES("\xe2\x80\xaf"), BYTES("\xe2\x81\x9f"),
	BYTES("\xe2\x81\xa0"), BYTES("\xe3\x80\x80"), BYTES("\xef\xbb\xbf"),
};

static bool is_narrow(char c)
{
	uint8_t u = (uint8_t)c;

	return (u >= 0x09 && u <= 0x0d) || (u >= 0x1c && u <= 0x20) || u == 0x85 || u == 0xa0;
}

static size_t width_at_start(struct view v)
{
	for (size_t i = 0; i < sizeof(WIDE) / sizeof(WIDE[0]); i++)
		if (view_starts(v, WIDE[i]))
			return WIDE[i].len;
	return is_narrow(v.at[0]);
}

static size_t width_at_end(struct view v)
{
	for (size_t i = 0; i < sizeof(WIDE) / sizeof(WIDE[0]); i++)
		if (view_ends(v, WIDE[i]))
			return WIDE[i].len;
	return is_narrow(v.at[v.len - 1]);
}

static bool is_graphic(char c)
{
	return (uint8_t)c > 0x20 && (uint8_t)c < 0x7f;
}

struct view blank_trim(struct view v)
{
	size_t width;

	while (v.len && !is_graphic(v.at[0]) && (width = width_at_start(v)))
		v = view_from(v, width);
	while (v.len && !is_graphic(v.at[v.len - 1]) && (width = width_at_end(v)))
		v.len -= width;
	return v;
}
