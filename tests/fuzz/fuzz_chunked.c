/* Any split gives the same payload, the same end and the same fault; payload that is coded
 * decodes to itself. */
#include "base/mem.h"
#include "http/body.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size);

struct result {
	enum body_step step;
	struct text payload;
	size_t taken;
};

static void decode(struct view bytes, size_t cut, struct result *r)
{
	const struct http_limits limits = { 4096, 1024, 8 };
	struct body_chunks c;

	body_chunks_init(&c);
	*r = (struct result){ .step = BODY_MORE };
	text_init_growing(&r->payload, 1 << 20);
	while (r->step == BODY_MORE && r->taken < bytes.len) {
		struct view rest = view_from(bytes, r->taken), input = view_head(rest, cut), data;

		while ((r->step = body_chunks_next(&c, &limits, &input, &data)) == BODY_DATA)
			text_put(&r->payload, data);
		r->taken = (size_t)(input.at - bytes.at);
	}
}

static void check_same(const struct result *a, struct result *b)
{
	assert(a->step == b->step && view_is(text_view(&a->payload), text_view(&b->payload)));
	assert(a->step == BODY_BAD || a->taken == b->taken);
	text_fini(&b->payload);
}

static void check_coding(struct view payload)
{
	struct text t;
	struct result r;
	char line[20];

	text_init_growing(&t, 1 << 20);
	if (payload.len) {
		text_put(&t, view_make(line, body_chunk_head(payload.len, line)));
		text_put(&t, payload);
		text_puts(&t, "\r\n");
	}
	text_puts(&t, "0\r\n\r\n");
	decode(text_view(&t), 7, &r);
	assert(r.step == BODY_END && r.taken == t.len && view_is(text_view(&r.payload), payload));
	text_fini(&r.payload);
	text_fini(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
	struct view bytes = view_make(at, size);
	struct result whole, pieces;

	decode(bytes, SIZE_MAX, &whole);
	for (size_t cut = 1; cut < 9; cut++) {
		decode(bytes, cut, &pieces);
		check_same(&whole, &pieces);
	}
	check_coding(bytes);
	text_fini(&whole.payload);
	return 0;
}
