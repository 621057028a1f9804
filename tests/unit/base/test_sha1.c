#include "base/sha1.h"
#include "suite.h"

#include <string.h>

/* From RFC 3174 §7.3. */
static const struct view abc = VIEW("abc");
static const uint8_t abc_digest[] = "\xa9\x99\x3e\x36\x47\x06\x81\x6a\xba\x3e\x25\x71\x78\x50\xc2"
				    "\x6c\x9c\xd0\xd8\x9d";

static void a_text_has_its_digest(void)
{
	uint8_t digest[SHA1_BYTES];

	sha1_digest(&abc, 1, digest);
	ck_assert_mem_eq(digest, abc_digest, SHA1_BYTES);
}

static void parts_are_one_text(void)
{
	const struct view parts[] = { VIEW("a"), VIEW_NONE, VIEW("bc") };
	uint8_t digest[SHA1_BYTES];

	sha1_digest(parts, 3, digest);
	ck_assert_mem_eq(digest, abc_digest, SHA1_BYTES);
}

static void nothing_has_a_digest_too(void)
{
	uint8_t digest[SHA1_BYTES];

	sha1_digest(NULL, 0, digest);
	ck_assert_mem_eq(digest,
			 "\xda\x39\xa3\xee\x5e\x6b\x4b\x0d\x32\x55\xbf\xef\x95\x60\x18\x90\xaf\xd8"
			 "\x07\x09",
			 SHA1_BYTES);
}

SUITE_MAIN("sha1", a_text_has_its_digest, parts_are_one_text, nothing_has_a_digest_too)
