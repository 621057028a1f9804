#include "base/base64.h"

#include "base/err.h"

#include <limits.h>

static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static size_t encode(const uint8_t *at, size_t len, const char *alphabet, bool padded, char *out)
{
	char *start = out;

	for (; len >= 3; at += 3, len -= 3) {
		*out++ = alphabet[at[0] >> 2];
		*out++ = alphabet[(at[0] & 3) << 4 | at[1] >> 4];
		*out++ = alphabet[(at[1] & 15) << 2 | at[2] >> 6];
		*out++ = alphabet[at[2] & 63];
	}
	if (len) {
		uint8_t second = len == 2 ? at[1] : 0;

		*out++ = alphabet[at[0] >> 2];
		*out++ = alphabet[(at[0] & 3) << 4 | second >> 4];
		if (len == 2)
			*out++ = alphabet[(second & 15) << 2];
		for (size_t i = len; padded && i < 3; i++)
			*out++ = '=';
	}
	*out = '\0';
	return (size_t)(out - start);
}

size_t base64_encode(const void *at, size_t len, char *ret_text)
{
	return encode(at, len, standard, true, ret_text);
}

size_t base64_encode_url(const void *at, size_t len, char *ret_text)
{
	return encode(at, len, url_safe, false, ret_text);
}

/* 0 to 63, or -1. */
static int value_of(char c, const char *alphabet)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == alphabet[62] ? 62 : c == alphabet[63] ? 63 : -1;
}

/* `text` has no padding. The bytes are checked as a whole before the first is written. */
static int decode(struct view text, const char *alphabet, uint8_t *out, size_t size)
{
	size_t len = text.len / 4 * 3 + (text.len % 4 ? text.len % 4 - 1 : 0);
	unsigned spare_bits = text.len % 4 == 2 ? 4 : text.len % 4 == 3 ? 2 : 0;
	uint32_t bits = 0;
	unsigned held = 0;

	for (size_t i = 0; i < text.len; i++)
		if (value_of(text.at[i], alphabet) < 0)
			return ERR_SYNTAX;
	if (text.len % 4 == 1)
		return ERR_SYNTAX;
	if (spare_bits &&
	    (unsigned)value_of(text.at[text.len - 1], alphabet) & ((1u << spare_bits) - 1))
		return ERR_SYNTAX;
	if (len > size || len > INT_MAX)
		return ERR_TOO_LARGE;
	for (size_t i = 0; i < text.len; i++) {
		bits = bits << 6 | (uint32_t)value_of(text.at[i], alphabet);
		held += 6;
		if (held >= 8) {
			held -= 8;
			*out++ = (uint8_t)(bits >> held);
		}
	}
	return (int)len;
}

int base64_decode(struct view text, void *ret_bytes, size_t size)
{
	if (text.len % 4)
		return ERR_SYNTAX;
	if (view_ends(text, VIEW("==")))
		text.len -= 2;
	else if (view_ends(text, VIEW("=")))
		text.len -= 1;
	return decode(text, standard, ret_bytes, size);
}

int base64_decode_url(struct view text, void *ret_bytes, size_t size)
{
	return decode(text, url_safe, ret_bytes, size);
}
