/* Lines of Cookie values: pairs lie in order inside their line, what is dropped is gone, the
 * rest stays. The whole input is a Set-Cookie value too. */
#include "http/cookie.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size);

struct tally {
	size_t n;
	size_t dropped;
	uint64_t kept; /* a sum over what stays, in no order */
};

static uint64_t weight(const struct cookie_pair *pair)
{
	uint64_t sum = 14695981039346656037u;

	for (size_t i = 0; i < pair->name.len; i++)
		sum = (sum ^ (uint8_t)pair->name.at[i]) * 1099511628211u;
	for (size_t i = 0; i < pair->value.len; i++)
		sum = (sum ^ (uint8_t)pair->value.at[i] ^ 0x100) * 1099511628211u;
	return sum;
}

/* Those whose name has an even length go. */
static bool drop_even(void *ctx, const struct cookie_pair *pair)
{
	struct tally *tally = ctx;
	bool is_even = pair->name.len % 2 == 0;

	tally->n++;
	tally->dropped += is_even;
	tally->kept += is_even ? 0 : weight(pair);
	return is_even;
}

static void check_pairs(const struct http_head *h, struct arena *arena)
{
	struct cookie_cursor cursor = { 0 };
	struct cookie_pair pair, last = { 0 };

	while (cookie_next(h, &cursor, &pair)) {
		assert(pair.start < pair.end && pair.end <= h->fields[pair.field].value.len);
		assert(pair.field > last.field || pair.start >= last.end);
		assert(cookie_canonical(pair.value, arena).len <= pair.value.len);
		(void)cookie_could_be(&pair, VIEW("a_b"), pair.value.len & 1);
		last = pair;
	}
}

static void check_lines(struct view bytes, struct arena *arena)
{
	struct http_head h = { 0 };
	struct tally before = { 0 }, after = { 0 };
	struct view rest = bytes, line;

	while (h.n_fields < 50 && view_split(&rest, '\n', &line)) {
		assert(head_add(&h, arena, VIEW("Cookie"), VIEW("")));
		h.fields[h.n_fields - 1].value = line;
	}
	check_pairs(&h, arena);
	assert(cookie_remove(&h, arena, drop_even, &before));
	check_pairs(&h, arena);
	assert(cookie_remove(&h, arena, drop_even, &after));
	assert(after.dropped == 0 && after.n == before.n - before.dropped);
	assert(after.kept == before.kept);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
	struct view bytes = view_make(at, size);
	struct set_cookie c;
	struct arena arena;

	arena_init(&arena, NULL, 0, 1 << 22);
	check_lines(bytes, &arena);
	if (cookie_parse_set(bytes, INT64_C(1700000000000), &c))
		assert(c.name.len && c.name.at >= bytes.at && (!c.path.at || c.path.at[0] == '/'));
	arena_fini(&arena);
	return 0;
}
