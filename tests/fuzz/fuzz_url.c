/* An address, a path and a query, a line each: what matches narrowly matches generously, a
 * cleaned path is clean, and a parameter appended twice is there once, and one
 * that was taken out is gone. */
#include "http/targetparam.h"
#include "http/url.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size);

static void check_match(const struct url_address *a, struct view path, struct view query,
			struct arena *arena)
{
	struct view folded = view_of(a->folded_path);
	bool is_narrow = url_matches_narrowly(a, path, query, false, arena);
	bool is_alone = url_matches_narrowly(a, path, query, true, arena);

	assert(!is_alone || is_narrow);
	assert(!is_narrow || !url_is_ambiguous(path));
	assert(!is_narrow || url_matches_generously(a, path, query, arena));
	assert(!is_narrow || url_path_matches_generously(a, path, arena));
	assert(folded.len && folded.at[0] == '/' &&
	       view_find_view(folded, VIEW("//")) == folded.len);
	assert(view_find_view(folded, VIEW("/../")) == folded.len);
}

static void check_append(struct view url, struct view value)
{
	struct text once, twice;

	text_init_growing(&once, 1 << 20);
	text_init_growing(&twice, 1 << 20);
	url_append(&once, url, VIEW("challenge"), value);
	url_append(&twice, text_view(&once), VIEW("challenge"), value);
	assert(view_is(text_view(&once), text_view(&twice)));
	text_fini(&once);
	text_fini(&twice);
}

static void check_decoding(struct view v, struct arena *arena)
{
	struct view strict = url_decode(v, true, arena);
	struct view lenient = url_decode_leniently(v, true, arena);

	assert(lenient.at && lenient.len <= v.len);
	assert(!strict.at || view_is(strict, lenient));
}

static bool is_named(void *ctx, const struct targetparam *param)
{
	(void)ctx;
	return view_is_nocase(param->name, VIEW("s"));
}

/* What went is not found again, and nothing else went: of two removals the second changes nothing. */
static void check_parameters(struct view target, struct arena *arena)
{
	struct http_head h = { .target = target };
	struct targetparam_cursor cursor = { 0 };
	struct targetparam param;
	struct view left;

	assert(targetparam_remove(&h, arena, is_named, NULL));
	assert(h.target.len <= target.len && h.path.len + h.query.len <= h.target.len);
	left = cursor.target = h.target;
	while (targetparam_next(&cursor, &param)) {
		assert(param.start < param.end && param.end <= left.len);
		assert(!is_named(NULL, &param));
	}
	assert(targetparam_remove(&h, arena, is_named, NULL));
	assert(view_is(h.target, left));
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
	struct view rest = view_make(at, size), entry = VIEW(""), path = VIEW(""),
		    query = VIEW_NONE;
	struct url_address a;
	struct arena arena;

	arena_init(&arena, NULL, 0, 1 << 22);
	(void)(view_split(&rest, '\n', &entry) && view_split(&rest, '\n', &path) &&
	       view_split(&rest, '\n', &query));
	check_decoding(path, &arena);
	check_append(entry, path);
	check_parameters(path, &arena);
	entry = arena_copy(&arena, entry);
	if (url_address_parse(entry.at, &a) == 0) {
		check_match(&a, path, query, &arena);
		check_match(&a, view_of(a.path), query, &arena);
		url_address_fini(&a);
	}
	arena_fini(&arena);
	return 0;
}
