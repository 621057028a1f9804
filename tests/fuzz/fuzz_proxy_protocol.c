/* A header that is taken is taken in any split, and what it says reads back when it is written. */
#include "http/proxy_protocol.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size);

/* Until all of it is there more is asked for; a fault may be known early. */
static void check_splits(struct view bytes, int whole)
{
	struct proxy_protocol h;

	for (size_t len = 0; len < bytes.len && len < 512; len++) {
		int rc = proxy_protocol_parse(view_head(bytes, len), &h);

		assert(whole > 0 ? rc == ((int)len < whole ? 0 : whole) : rc <= 0);
		assert(whole != 0 || rc == 0);
		if (rc < 0)
			assert(rc == whole);
	}
}

static void check_round(unsigned version, const struct proxy_protocol *h)
{
	char first[PROXY_PROTOCOL_WRITE_BYTES], second[PROXY_PROTOCOL_WRITE_BYTES];
	struct proxy_protocol again;
	struct text a, b;

	text_init(&a, first, sizeof(first));
	text_init(&b, second, sizeof(second));
	proxy_protocol_write(version, &h->source, &h->destination, &a);
	assert(!a.overflow && proxy_protocol_parse(text_view(&a), &again) == (int)a.len);
	assert(again.version == version && !again.is_local);
	proxy_protocol_write(version, &again.source, &again.destination, &b);
	assert(view_is(text_view(&a), text_view(&b)));
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
	struct view bytes = view_make(at, size);
	struct proxy_protocol h;
	int rc = proxy_protocol_parse(bytes, &h);

	assert(rc <= (int)PROXY_PROTOCOL_MAX_BYTES && rc <= (int)size);
	check_splits(bytes, rc);
	if (rc > 0) {
		check_round(1, &h);
		check_round(2, &h);
	}
	return 0;
}
