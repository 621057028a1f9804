/* What is scanned many bytes at a time ends where it ends byte by byte. */
#include "wire.h"

#include "http/scan.h"

enum { LONGEST = 70 };

static const char *token_end(const char *at, const char *end)
{
	while (at < end && name_is_token_byte(*at))
		at++;
	return at;
}

static const char *text_end(const char *at, const char *end)
{
	while (at < end && ((uint8_t)*at >= 0x20 || *at == '\t') && *at != 0x7f)
		at++;
	return at;
}

static void assert_ends(const char *at, const char *end)
{
	if (scan_token(at, end) != token_end(at, end) || scan_text(at, end) != text_end(at, end))
		ck_abort_msg("%.*s", (int)(end - at), at);
}

/* Behind the last byte, and in front of the first, lies nobody's memory. */
static void check(const char *bytes, size_t len)
{
	struct view exact = wire_exact(view_make(bytes, len));

	for (size_t start = 0; start <= len; start++)
		assert_ends(exact.at + start, exact.at + len);
	wire_free(exact);
}

static void any_byte_anywhere_ends_what_it_ends(void)
{
	static const char *const AROUND[] = { "a", "-", "0", "Z", " ", "\t", "\x80", "_", "~" };
	unsigned step = suite_is_sanitized() ? 7 : 1;
	char bytes[LONGEST];

	for (size_t around = 0; around < sizeof(AROUND) / sizeof(AROUND[0]); around++)
		for (size_t len = 1; len <= LONGEST; len += 1 + len / 6)
			for (unsigned byte = 0; byte < 256; byte += step) {
				size_t at = (byte + around) % len;

				memset(bytes, AROUND[around][0], len);
				bytes[at] = (char)byte;
				check(bytes, len);
			}
}

static void every_place_of_a_word_is_looked_at(void)
{
	static const char ENDS[] = {
		'\0', '\x1f', '\x7f', '\r', '\n', ':', '@', '[', '`', '{', '/'
	};
	char bytes[LONGEST];

	for (size_t i = 0; i < sizeof(ENDS); i++)
		for (size_t at = 0; at < LONGEST; at++) {
			memset(bytes, 'n', LONGEST);
			bytes[at] = ENDS[i];
			check(bytes, LONGEST);
		}
}

static void tabs_end_no_text(void)
{
	char bytes[LONGEST];

	for (size_t at = 0; at < LONGEST; at++) {
		memset(bytes, 'v', LONGEST);
		bytes[at] = '\t';
		bytes[(at * 7 + 3) % LONGEST] = '\t';
		check(bytes, LONGEST);
		ck_assert_ptr_eq(scan_text(bytes, bytes + LONGEST), bytes + LONGEST);
	}
}

static uint64_t dice = 42;

static unsigned draw(unsigned n)
{
	dice = dice * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(dice >> 33) % n;
}

static void random_bytes_end_alike(void)
{
	unsigned rounds = suite_is_sanitized() ? 2000 : 10000;
	char bytes[LONGEST];

	for (unsigned round = 0; round < rounds; round++) {
		size_t len = draw(LONGEST + 1);

		for (size_t i = 0; i < len; i++)
			bytes[i] = (char)(draw(20) ? 0x20 + draw(0x5f) : draw(256));
		check(bytes, len);
	}
}

SUITE_MAIN("scan", any_byte_anywhere_ends_what_it_ends, every_place_of_a_word_is_looked_at,
	   tabs_end_no_text, random_bytes_end_alike)
