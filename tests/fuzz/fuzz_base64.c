/* Whatever decodes has one spelling: encoding it again gives the same text. */
#include "base/base64.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size);

static void must_be(const char *again, size_t len, struct view text)
{
	if (!view_is(view_make(again, len), text))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
	static const size_t room = 4096;
	struct view text = view_make(at, size < room ? size : room);
	uint8_t bytes[4096];
	char again[BASE64_ROOM(4096)];
	int len = base64_decode(text, bytes, sizeof(bytes));

	if (len >= 0)
		must_be(again, base64_encode(bytes, (size_t)len, again), text);
	len = base64_decode_url(text, bytes, sizeof(bytes));
	if (len >= 0)
		must_be(again, base64_encode_url(bytes, (size_t)len, again), text);
	return 0;
}
