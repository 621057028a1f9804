/* A target: its parameters lie in order and inside, what is dropped is gone, every other byte stays, and what remains is a target. */
#include "http/targetparam.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size);

static const struct http_limits LIMITS = { 1 << 16, 1 << 15, 100 };

static bool goes(void *ctx, const struct targetparam *param)
{
	size_t *n = ctx;

	++*n;
	return param->name.len % 2 == 1;
}

static size_t check_params(struct view target)
{
	struct targetparam_cursor cursor = { .target = target };
	struct targetparam param;
	size_t last = 0, n = 0;

	for (; targetparam_next(&cursor, &param); n++) {
		assert(param.start >= last && param.start < param.end && param.end <= target.len);
		assert(param.name.at >= target.at + param.start);
		assert(param.name.at + param.name.len <= target.at + param.end);
		assert(!param.value.len ||
		       param.value.at + param.value.len <= target.at + param.end);
		last = param.start;
	}
	return n;
}

static void check_removal(struct http_head *h, struct arena *arena)
{
	size_t before = check_params(h->target), asked = 0, again = 0, bytes = h->target.len;

	assert(targetparam_remove(h, arena, goes, &asked));
	assert(asked == before && h->target.len <= bytes && h->target.len);
	assert(h->path.len && h->path.at == h->target.at);
	assert(!h->query.at || h->query.at + h->query.len == h->target.at + h->target.len);
	bytes = h->target.len;
	assert(targetparam_remove(h, arena, goes, &again) && again == check_params(h->target));
	assert(h->target.len == bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
	struct view bytes = view_make(at, size);
	struct http_head h;
	struct arena arena;

	arena_init(&arena, NULL, 0, 1 << 20);
	bytes = arena_format(&arena, "GET /%.*s HTTP/1.1\r\nHost: a\r\n\r\n",
			     VIEW_ARG(view_head(bytes, 4096)));
	check_params(view_head(view_make(at, size), 4096));
	if (head_parse_request(bytes, &LIMITS, &arena, &h) == 0)
		check_removal(&h, &arena);
	arena_fini(&arena);
	return 0;
}
