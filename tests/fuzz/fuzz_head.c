/* Any split ends the head at the same place; what is parsed, written and parsed again stays the
 * same. */
#include "http/body.h"
#include "http/hop.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size);

static const struct http_limits LIMITS = { 8192, 4096, 100 };

static void check_end(struct view bytes, size_t end)
{
	size_t scanned = 0, found = 0;

	for (size_t len = 0; !found && len <= bytes.len; len++)
		found = head_end(view_head(bytes, len), &scanned);
	assert(found == end);
}

static bool parse(struct view bytes, bool is_request, struct arena *arena, struct http_head *h)
{
	return is_request ? head_parse_request(bytes, &LIMITS, arena, h) == 0
			  : head_parse_response(bytes, &LIMITS, arena, h) == 0;
}

static struct view written(const struct http_head *h, bool is_request, struct arena *arena)
{
	struct text t;

	text_init(&t, arena_alloc(arena, 2 * LIMITS.max_head_bytes), LIMITS.max_head_bytes);
	if (is_request)
		head_write_request(h, &t);
	else
		head_write_response(h, &t);
	return t.overflow ? VIEW_NONE : text_view(&t);
}

static void check_round(struct view bytes, bool is_request)
{
	struct http_head first, second;
	struct body_plan plan;
	struct arena arena;
	struct view text;

	arena_init(&arena, NULL, 0, 1 << 18);
	if (parse(bytes, is_request, &arena, &first)) {
		if (is_request && !first.host.at)
			assert(head_set(&first, &arena, HTTP_HOST, VIEW("a")));
		text = written(&first, is_request, &arena);
		if (text.at && first.n_fields <= LIMITS.max_fields) {
			assert(parse(text, is_request, &arena, &second) && second.minor == 1);
			assert(view_is(text, written(&second, is_request, &arena)));
			assert(first.present == second.present &&
			       first.n_fields == second.n_fields);
		}
		(void)body_plan_request(&first, &plan);
		(void)body_plan_response(&first, HTTP_GET, &plan);
		assert(hop_drop(&first, &arena, false) && !head_find(&first, HTTP_UPGRADE, NULL));
	}
	arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
	struct view bytes = view_make(at, size);
	size_t scanned = 0, end = head_end(bytes, &scanned);

	check_end(bytes, end);
	check_round(end ? view_head(bytes, end) : bytes, true);
	check_round(end ? view_head(bytes, end) : bytes, false);
	return 0;
}
